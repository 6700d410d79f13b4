//! One stream, many subscribers: our server, a bare broadcast of the same bytes and, if asked for, other servers, by turns.

use super::bare::Way;
use super::party::Party;
use super::round::{Figures, Pace, table};
use super::{Common, room_for, told};
use crate::kit::Kit;
use crate::output::{Done, Told};
use crate::stage::{Size, Stage};
use std::path::PathBuf;

/// Connections for bookings at a pace, of which each waits for its answer.
const CONNECTIONS: usize = 8;

/// How to measure.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    common: Common,
    /// Subscribers of the stream.
    #[arg(long, default_value_t = 5000, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    subscribers: u32,
    /// Accounts of the subscribers; 0 for one each.
    #[arg(long, default_value_t = 0)]
    accounts: usize,
    /// Events a second; 0 for the next as soon as all have heard of the last.
    #[arg(long, default_value_t = 2.0)]
    rate: f64,
    /// With --rate 0: events at once, and as many more as soon as all have heard of those.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100))]
    at_once: u32,
    /// Events a round.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
    events: u32,
    /// Rounds.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=20))]
    rounds: u32,
    /// Leave out the bare broadcast.
    #[arg(long)]
    without_bare: bool,
    /// The folder of the other servers, whose services run.
    #[arg(long, value_name = "FOLDER")]
    peers: Option<PathBuf>,
    /// Names of contestant files there.
    #[arg(long, value_delimiter = ',', default_value = "mercurius,yoga")]
    against: Vec<String>,
    /// The others' database.
    #[arg(
        long,
        value_name = "URL",
        default_value = "postgres://postgres@127.0.0.1:55432/ptbench"
    )]
    peers_database: String,
}

/// Measures.
pub async fn run(arguments: Arguments) -> Done<()> {
    let subscribers = usize::try_from(arguments.subscribers).told("subscribers")?;
    let (rounds, events) = (arguments.rounds, arguments.events);
    let (rounds, events) = (
        usize::try_from(rounds).told("rounds")?,
        usize::try_from(events).told("events")?,
    );
    let pace = match Pace::of(arguments.rate, CONNECTIONS) {
        Pace::Together(_) => Pace::Together(usize::try_from(arguments.at_once).told("at once")?),
        steady => steady,
    };
    // As many crowds as parties at the same time: ours, two ways of broadcasting, and the others.
    let bare = if arguments.without_bare { 0 } else { 2 };
    let others = arguments
        .peers
        .as_ref()
        .map_or(0, |_| arguments.against.len());
    room_for(subscribers * (1 + bare + others))?;
    let size = Size {
        admins: match arguments.accounts {
            0 => subscribers,
            some => some.min(subscribers),
        },
        doctors: 1,
        patients: 100,
    };
    let stage = Stage::open(arguments.common.database, &arguments.common.server, size).await?;
    // One round more, to warm up.
    let bookings = events * rounds + 5;
    let mut parties = vec![Party::ours(&stage, subscribers, bookings).await?];
    if !arguments.without_bare {
        for way in [Way::Tasks, Way::Raw] {
            parties.push(Party::bare(&stage, way, subscribers).await?);
        }
    }
    let kit = Kit::new(
        arguments.peers_database.clone(),
        arguments.peers_database.clone(),
        None,
    );
    if let Some(folder) = &arguments.peers {
        for (at, name) in arguments.against.iter().enumerate() {
            let name = (at, name.as_str());
            let many = (subscribers, bookings);
            parties.push(Party::theirs(&stage, &kit, folder, name, many).await?);
        }
    }
    let mut figures: Vec<Figures> = Vec::new();
    for party in &mut parties {
        // Nothing is kept of it: caches, pools and code are warm after it.
        party.round(0, 5, Pace::Together(1)).await?;
    }
    for round in 0..rounds {
        for party in &mut parties {
            let done = party.round(round, events, pace).await?;
            figures.push(party.judged(done, &stage).await?);
        }
    }
    for party in parties {
        party.server.stop().await;
    }
    if arguments.peers.is_some() {
        let source = crate::source::Source::open(&kit.source).await?;
        source
            .run(&["delete from appointments where starts_at >= '2030-01-01'"])
            .await?;
    }
    figures.sort_by(|one, other| one.party.cmp(&other.party));
    told(
        &table("fan-out", &figures),
        &figures,
        arguments.common.out.as_deref(),
    )?;
    super::must_be_clean(figures.iter().filter(|it| it.party == "patient-tracker"))
}
