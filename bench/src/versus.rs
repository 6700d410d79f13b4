//! The comparison: all servers run, each round asks them one after another, so that what the machine does meanwhile falls
//! on all alike. Before it, all must give the same answers.

use crate::contestant::{Contestant, OURS, helpers, tidied};
use crate::http::Connection;
use crate::kit::Kit;
use crate::load::{self, Requests};
use crate::meter::{Helpers, Meter};
use crate::operations::leaves;
use crate::output::{Done, Told, say, tell, write_json};
use crate::report::{self, Run};
use crate::source::Source;
use serde::Serialize;
use serde_json::Value;
use std::path::PathBuf;
use std::time::Duration;

/// How many answers are compared.
const COMPARED: usize = 20;
/// No server answers more requests a second on the machines this runs on; so many bookings are made ready.
const FASTEST: usize = 8000;

/// Whom to compare, and how.
#[derive(clap::Args)]
pub struct Arguments {
    /// The kit that `load` wrote.
    #[arg(long, value_name = "FILE")]
    kit: PathBuf,
    /// The server's program.
    #[arg(long, value_name = "FILE")]
    server: PathBuf,
    /// The folder of the other servers.
    #[arg(long, value_name = "FOLDER")]
    peers: PathBuf,
    /// Names of contestant files there; server time is given against the first.
    #[arg(long, value_delimiter = ',', default_value = "mercurius-dl,mercurius")]
    against: Vec<String>,
    /// Operations: q1 (one appointment), q2 (a doctor's day), m1 (booking).
    #[arg(long, value_delimiter = ',', default_value = "q1,q2,m1")]
    operations: Vec<String>,
    /// Rounds.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=50))]
    rounds: u32,
    /// Seconds a run.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u64).range(1..=60))]
    seconds: u64,
    /// Seconds of warming up, once for each contestant and operation.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u64).range(0..=60))]
    warm: u64,
    /// Connections.
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=1000))]
    connections: u16,
    /// Where all figures go as JSON.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Serialize)]
struct Figures<'a> {
    connections: u16,
    seconds: u64,
    rounds: u32,
    runs: &'a [Run],
}

/// Compares.
pub async fn run(arguments: Arguments) -> Done<()> {
    let kit = Kit::read(&arguments.kit)?;
    let helpers = helpers(&kit).await?;
    tidied(&kit).await?;
    let mut contestants = Vec::new();
    for name in &arguments.against {
        contestants.push(Contestant::theirs(&kit, &arguments.peers, name).await?);
    }
    contestants.push(Contestant::ours(&kit, &arguments.server).await?);
    let source = Source::open(&kit.source).await?;
    let done = compare(&arguments, &kit, &source, &contestants, helpers).await;
    for contestant in contestants {
        contestant.server.stop().await;
    }
    tidied(&kit).await?;
    let runs = done?;
    print(&arguments, &runs)?;
    let figures = Figures {
        connections: arguments.connections,
        seconds: arguments.seconds,
        rounds: arguments.rounds,
        runs: &runs,
    };
    match &arguments.out {
        Some(file) => write_json(&figures, Some(file)),
        None => Ok(()),
    }
}

async fn compare(
    arguments: &Arguments,
    kit: &Kit,
    source: &Source,
    contestants: &[Contestant],
    helpers: Helpers,
) -> Done<Vec<Run>> {
    for operation in &arguments.operations {
        same_answers(operation, source, contestants).await?;
    }
    let mut runs = Vec::new();
    let mut offset = 0;
    let rounds = usize::try_from(arguments.rounds).told("rounds")?;
    for operation in &arguments.operations {
        for round in 0..rounds {
            for contestant in contestants {
                let turn = Turn {
                    arguments,
                    source,
                    contestant,
                    helpers,
                    operation,
                    round,
                };
                let run = turn.take(&mut offset).await?;
                tell(&run.line());
                if run.rows_added.is_some() {
                    tidied(kit).await?;
                }
                runs.push(run);
            }
        }
    }
    Ok(runs)
}

/// One contestant's turn in one round.
struct Turn<'a> {
    arguments: &'a Arguments,
    source: &'a Source,
    contestant: &'a Contestant,
    helpers: Helpers,
    operation: &'a str,
    round: usize,
}

impl Turn<'_> {
    async fn take(&self, offset: &mut u64) -> Done<Run> {
        let (arguments, contestant) = (self.arguments, self.contestant);
        let operation = contestant
            .operations
            .get(self.operation)
            .ok_or_else(|| format!("there is no operation {}", self.operation))?;
        let connections = usize::from(arguments.connections);
        let time = Duration::from_secs(arguments.seconds);
        let warm = Duration::from_secs(if self.round == 0 { arguments.warm } else { 0 });
        let most = FASTEST * usize::try_from((time + warm).as_secs()).told("seconds")?;
        let bodies = operation.bodies(self.source, *offset, most).await?;
        *offset += u64::try_from(most).told("an offset")?;
        let once = operation.consumes();
        let (warming, measured) = if once {
            bodies.split_at(FASTEST * usize::try_from(warm.as_secs()).told("seconds")?)
        } else {
            (&bodies[..], &bodies[..])
        };
        let of = |bodies| Requests::of(&contestant.target, bodies, operation.expected(), once);
        if !warm.is_zero() {
            let tally = load::run(&contestant.target, &of(warming), connections, warm).await;
            if let Some(bad) = tally.first_bad {
                return Err(format!("{}: {bad}", contestant.name));
            }
        }
        contestant.settled().await?;
        let requests = of(measured);
        let before = contestant.booked().await?;
        let meter = Meter::start(contestant.server.pid, self.helpers);
        let tally = load::run(&contestant.target, &requests, connections, time).await;
        // What it does later for what it has answered is its cost, too.
        contestant.settled().await?;
        let cost = meter.stop(tally.answered);
        let answered = tally.answered;
        let names = (self.operation, contestant.name.as_str());
        let mut run = Run::new(names, self.round, connections, tally, cost);
        if once {
            let added = contestant.booked().await? - before;
            if i64::try_from(answered) != Ok(added) {
                return Err(format!(
                    "{}: {answered} bookings answered, {added} rows added",
                    contestant.name
                ));
            }
            run.rows_added = Some(added);
        }
        Ok(run)
    }
}

/// Fails unless all give the same answers; bookings are compared by being counted.
async fn same_answers(operation: &str, source: &Source, contestants: &[Contestant]) -> Done<()> {
    let mut wanted: Option<Vec<Vec<String>>> = None;
    for contestant in contestants {
        let Some(asked) = contestant
            .operations
            .get(operation)
            .filter(|asked| !asked.consumes())
        else {
            continue;
        };
        let bodies = asked.bodies(source, 0, 0).await?;
        let mut connection = Connection::open(contestant.target.address).await?;
        let mut given = Vec::new();
        for body in bodies.iter().take(COMPARED) {
            let answer = connection
                .exchange(&contestant.target.request(body))
                .await?;
            let answer: Value = serde_json::from_slice(answer.body).told("an answer")?;
            if answer.get("errors").is_some() {
                return Err(format!("{}: {answer}", contestant.name));
            }
            given.push(leaves(&answer["data"]));
        }
        match &wanted {
            None => wanted = Some(given),
            Some(wanted) => {
                if let Some(at) = (0..given.len()).find(|at| given[*at] != wanted[*at]) {
                    let (a, b) = (&wanted[at], &given[at]);
                    return Err(format!(
                        "{operation}: {} answers {b:?}, not {a:?}",
                        contestant.name
                    ));
                }
            }
        }
    }
    let values: usize = wanted.iter().flatten().map(Vec::len).sum();
    tell(&format!(
        "{operation}: {} servers, the same {values} values.",
        contestants.len()
    ));
    Ok(())
}

fn print(arguments: &Arguments, runs: &[Run]) -> Done<()> {
    let titles = crate::operations::theirs()?;
    let mut names = arguments.against.clone();
    names.push(OURS.to_owned());
    for operation in &arguments.operations {
        let own: Vec<&Run> = runs
            .iter()
            .filter(|run| run.operation == *operation)
            .collect();
        let title = titles
            .get(operation)
            .map_or(operation.as_str(), |known| known.title.as_str());
        say(&report::table(title, &own, &names, &names[0]));
    }
    Ok(())
}
