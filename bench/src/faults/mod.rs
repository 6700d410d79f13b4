//! Faults, caused on purpose while people book, cancel and follow; and afterwards an account of everything: what was
//! acknowledged is there, every stream counts without gaps, everybody heard everything once and in order, and rows, events
//! and audit agree. Whoever asks for this command asks to see it fail: any loss ends it with an error.

mod acts;
mod check;
mod followers;
pub mod power;
mod writers;

use crate::output::{Done, say, tell, write_json};
use crate::scene::room_for;
use crate::stage::{Kind as Database, Size, Stage};
use acts::{Kind, World};
use serde::Serialize;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How long subscribers may take to hear the rest once nobody writes.
const PATIENCE: Duration = Duration::from_secs(60);

/// What to cause.
#[derive(clap::Args)]
pub struct Arguments {
    /// The server's program.
    #[arg(long, value_name = "FILE")]
    server: PathBuf,
    /// What to cause.
    #[arg(long, value_enum)]
    kind: Kind,
    /// How often.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    cycles: u32,
    /// Which database; whatever concerns PostgreSQL, Redis or several copies needs PostgreSQL.
    #[arg(long, value_enum, default_value_t = Database::Postgres)]
    database: Database,
    /// Seconds that a pause, an outage or a held transaction lasts.
    #[arg(long, default_value_t = 5.0)]
    outage: f64,
    /// Milliseconds of undisturbed traffic between two faults, at most.
    #[arg(long, default_value_t = 800, value_parser = clap::value_parser!(u64).range(1..=60_000))]
    calm: u64,
    /// Those who write at the same time.
    #[arg(long, default_value_t = 4)]
    writers: usize,
    /// Milliseconds from one write of a writer to the next: what is asked is how soon things arrive, not how much a machine
    /// can do.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u64).range(0..=60_000))]
    pause: u64,
    /// Those who follow.
    #[arg(long, default_value_t = 40)]
    followers: usize,
    /// Milliseconds within which a change must arrive while Redis is gone.
    #[arg(long, default_value_t = 1000)]
    within: u32,
    /// Where the figures go as JSON.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// What came of it.
#[derive(Debug, Default, Serialize)]
pub struct Figures {
    /// What was caused.
    pub kind: String,
    /// Over which database.
    pub database: String,
    /// How often.
    pub cycles: u32,
    /// How long it took.
    pub seconds: f64,
    /// Bookings that were acknowledged.
    pub booked: usize,
    /// Cancellations that were acknowledged.
    pub cancelled: usize,
    /// Requests that were sent again, for nobody knew what had become of them.
    pub sent_again: usize,
    /// Sockets that ended by the fault.
    pub sockets_broken: u32,
    /// Tries to come back.
    pub tries: u32,
    /// Messages heard by all.
    pub deliveries: usize,
    /// Of them, those that came as they happened while the fault lasted.
    pub live_during_fault: usize,
    /// The slowest half-way, of those.
    pub p50_ms: f64,
    /// 99 of 100 came within.
    pub p99_ms: f64,
    /// All came within.
    pub max_ms: f64,
    /// 99 of 100 came within, of what came as it happened while there was no fault: what the machine does at its best.
    pub otherwise_p99_ms: f64,
    /// What does not agree; nothing must be here but zeros.
    pub wrong: check::Wrong,
    /// What was refused although it should not have been, the first of it.
    pub refused: Option<String>,
    /// What programs lost that commit to SQLite one way and the other, when the power was cut.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    controls: Vec<Control>,
}

/// A program that commits and has its power cut.
#[derive(Debug, Serialize)]
struct Control {
    /// How SQLite flushed.
    synchronous: &'static str,
    /// Commits that it knew of.
    acknowledged: usize,
    /// Of them, those that were gone.
    lost: usize,
}

/// Causes it and gives an account.
pub async fn run(arguments: Arguments) -> Done<()> {
    let fits = match arguments.database {
        Database::Sqlite => matches!(arguments.kind, Kind::Kill | Kind::Cut | Kind::PowerCut),
        Database::Postgres => arguments.kind != Kind::PowerCut,
    };
    if !fits {
        return Err("this fault cannot befall this database; see --database".to_owned());
    }
    room_for(arguments.followers * 4)?;
    let size = Size {
        admins: 8,
        doctors: 4,
        patients: 20,
    };
    let stage = Stage::open(arguments.database, &arguments.server, size).await?;
    let mut controls = Vec::new();
    if arguments.kind == Kind::PowerCut {
        for synchronous in ["FULL", "NORMAL"] {
            let (acknowledged, lost) = power::control(&stage, synchronous).await?;
            controls.push(Control {
                synchronous,
                acknowledged,
                lost,
            });
        }
    }
    let mut figures = account(&arguments, stage).await?;
    figures.controls = controls;
    say(&table(&figures));
    if let Some(file) = &arguments.out {
        write_json(&figures, Some(file))?;
    }
    let late = arguments.kind.is_of_redis() && figures.max_ms > f64::from(arguments.within);
    for control in &figures.controls {
        say(&format!(
            "Control with synchronous={}: {} of {} acknowledged commits lost.",
            control.synchronous, control.lost, control.acknowledged
        ));
        if (control.lost == 0) != (control.synchronous == "FULL") {
            return Err("the control does not do what it must: the method is no good".to_owned());
        }
    }
    if figures.wrong.is_any() || figures.refused.is_some() || late {
        return Err(format!("not all is as it must be: {figures:?}"));
    }
    Ok(())
}

async fn account(arguments: &Arguments, stage: Stage) -> Done<Figures> {
    let mut world = World::open(stage, arguments.kind).await?;
    let crowd = followers::open(&world, arguments.followers).await?;
    let writers = writers::start(
        &world,
        arguments.writers,
        Duration::from_millis(arguments.pause),
    )
    .await?;
    let began = Instant::now();
    let mut windows = Vec::new();
    for cycle in 0..arguments.cycles {
        acts::calm(arguments.calm).await;
        let outage = Duration::from_secs_f64(arguments.outage);
        let window = world.cause(&crowd, cycle, outage).await?;
        windows.push(window);
        if (cycle + 1) % 10 == 0 {
            tell(&format!("{} of {} cycles", cycle + 1, arguments.cycles));
        }
    }
    acts::calm(arguments.calm).await;
    let written = writers.stop().await?;
    let ledger = check::Ledger::read(&world.stage).await?;
    let complete = followers::complete(&crowd, &world.stage, &ledger, PATIENCE).await;
    tell(match complete {
        true => "All have heard everything.",
        false => "Some have not heard everything.",
    });
    let mut figures = Figures {
        kind: format!("{:?}", arguments.kind),
        database: format!("{:?}", arguments.database),
        cycles: arguments.cycles,
        seconds: began.elapsed().as_secs_f64(),
        booked: written.booked.len(),
        cancelled: written.cancelled.len(),
        sent_again: written.sent_again.values().sum(),
        refused: written.refused.clone(),
        ..Figures::default()
    };
    let records = crowd.close().await;
    world.stop().await;
    // Again, for the audit writes its last while the server stops.
    let ledger = check::Ledger::read(&world.stage).await?;
    check::followers(&world.stage, &ledger, &records, &mut figures);
    check::delays(&records, &windows, &mut figures);
    check::rows(&ledger, &written, &mut figures.wrong);
    check::audit(&world, &mut figures.wrong)?;
    Ok(figures)
}

fn table(it: &Figures) -> String {
    let wrong = &it.wrong;
    format!(
        "| {} on {} | |\n|---|---:|\n| cycles, seconds | {}, {:.0} |\n| acknowledged bookings, cancellations | {}, {} |\n| requests sent again | {} |\n| sockets broken, tries to come back | {}, {} |\n| deliveries | {} |\n| live during the fault: number, p50, p99, max ms | {}, {:.1}, {:.1}, {:.1} |\n| live otherwise: p99 ms | {:.1} |\n| acknowledged writes lost | {} |\n| rows that nobody was told of | {} |\n| events lost, doubled, out of order, foreign | {}, {}, {}, {} |\n| gaps in streams | {} |\n| rows and events that disagree | {} |\n| writes and audit that disagree | {} |\n| audit verifies | {} |\n",
        it.kind,
        it.database,
        it.cycles,
        it.seconds,
        it.booked,
        it.cancelled,
        it.sent_again,
        it.sockets_broken,
        it.tries,
        it.deliveries,
        it.live_during_fault,
        it.p50_ms,
        it.p99_ms,
        it.max_ms,
        it.otherwise_p99_ms,
        wrong.acknowledged_lost,
        wrong.unacknowledged_rows,
        wrong.heard.lost,
        wrong.heard.doubled,
        wrong.heard.disordered,
        wrong.heard.foreign,
        wrong.gaps,
        wrong.events,
        wrong.audit,
        if wrong.audit_broken { "no" } else { "yes" },
    )
}
