//! An oracle beside the server: the design's access table written down a second time, in the tests alone, and a world that
//! it knows by heart. Random probes (whoever, whatever, by whichever way) must be answered as the oracle says, to the leaf.
//!
//! `ORACLE_PROBES` says how many on each database (5,000 unless said), `ORACLE_SEED` from which seed.

mod act;
mod alerts;
mod answer;
mod ask;
mod build;
pub mod cells;
mod chart;
mod deeds;
mod documents;
mod follow;
mod grants;
mod pages;
mod proposals;
mod roots;
mod rules;
mod run;
mod shape;
mod times;
mod visits;
mod waits;
mod world;

use crate::support::{App, Backend, Contract, Random};
use run::Mismatches;
use world::World;

#[expect(
    clippy::disallowed_methods,
    reason = "how many probes there are is said by whoever runs the tests"
)]
fn said(variable: &str, unless_said: u64) -> u64 {
    let value = std::env::var(variable).ok();
    value
        .and_then(|value| value.parse().ok())
        .unwrap_or(unless_said)
}

/// Whether the oracle, on this world, sees that the policy is bent: within so many looks.
#[cfg(feature = "mutation")]
pub struct Watch {
    world: World,
    seed: u64,
}

#[cfg(feature = "mutation")]
impl Watch {
    /// A world to look at.
    pub async fn over(app: &App) -> Self {
        let seed = said("ORACLE_SEED", 20_261_121);
        let world = World::build(app, &mut Random::of(seed)).await;
        Self { world, seed }
    }

    /// After how many looks it saw something wrong; none if it did not.
    pub async fn notices(&self, app: &App, looks: usize) -> Option<usize> {
        let mut random = Random::of(self.seed + 1);
        let mut wrong = Mismatches::of(self.seed);
        for done in (0..looks).step_by(50) {
            run::read(app, &self.world, &mut random, 50, &mut wrong).await;
            if wrong.count() > 0 {
                return Some(done + 50);
            }
        }
        None
    }
}

/// How often looks and deeds take turns, at least.
const ROUNDS: usize = 5;
/// So many probes at most before everybody's token is refreshed.
const ROUND: usize = 2_000;

async fn story(app: App) {
    let (seed, count) = (
        said("ORACLE_SEED", 20_261_121),
        said("ORACLE_PROBES", 5_000),
    );
    let mut random = Random::of(seed);
    let mut wrong = Mismatches::of(seed);
    let mut world = World::build(&app, &mut random).await;
    let count = usize::try_from(count).unwrap();
    // Looks and deeds take turns: what was done must show in what is seen afterwards.
    let rounds = ROUNDS.max(count / ROUND);
    for _ in 0..rounds {
        world.refresh().await;
        run::read(
            &app,
            &world,
            &mut random,
            count * 6 / 10 / rounds,
            &mut wrong,
        )
        .await;
        pages::walk(&app, &world, &mut random, count / 10 / rounds, &mut wrong).await;
        act::act(
            &app,
            &mut world,
            &mut random,
            count * 2 / 10 / rounds,
            &mut wrong,
        )
        .await;
    }
    // Whoever follows for longer than a token lasts is shut out: those of the last round stay.
    let mut followers = follow::Followers::default();
    let mut left = count / 10;
    while left > 0 {
        world.refresh().await;
        let some = left.min(ROUND / 4);
        followers = follow::follow(&app, &world, &mut random, some, &mut wrong).await;
        left -= some;
    }
    let deliveries = followers.receive(&app, &mut world, &mut wrong).await;
    report(format_args!(
        "seed {seed}: {count} probes, {deliveries} deliveries"
    ));
    wrong.are_none();
}

#[test]
fn every_mutation_is_tried() {
    let contract = Contract::read();
    let mut there: Vec<_> = contract
        .fields("Mutation")
        .into_iter()
        .map(|field| field.name)
        .collect();
    let mut tried = deeds::all();
    there.sort_unstable();
    tried.sort_unstable();
    assert_eq!(tried, there);
}

/// Documents of any size, and followers who read when it is their turn: the door's limits have tests of their own.
pub const ROOMY: &[(&str, &str)] = &[
    ("socket.ping", "10min"),
    ("socket.send_timeout", "5min"),
    ("limits.cost", "10000000"),
    ("limits.fields", "100000"),
    ("limits.tokens", "100000"),
    ("limits.query_bytes", "65536"),
    ("limits.nesting", "60"),
    ("limits.depth", "60"),
    ("limits.spreads", "1000"),
];

/// What the server answers is what the oracle expects.
mod the_server_and_the_oracle_agree {
    use super::*;

    #[test]
    fn sqlite() {
        crate::support::run_with(Backend::Sqlite, ROOMY, story);
    }

    #[test]
    fn postgres() {
        crate::support::run_with(Backend::Postgres, ROOMY, story);
    }
}

/// What a run did, for whoever runs it with `--nocapture`.
#[expect(
    clippy::print_stdout,
    reason = "the counts that a run reached are part of its result"
)]
fn report(line: std::fmt::Arguments<'_>) {
    println!("{line}");
}
