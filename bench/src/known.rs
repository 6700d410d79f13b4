//! Whether a stranger can tell an account that there is from one that there is not by how long signing in takes: a wrong
//! password for each, in pairs of which now the one and now the other comes first, so that whatever else the machine does
//! falls on both.
//!
//! Both are refused in the same words; that the same statements are sent is held by a test. This is the clock's word.

use crate::contestant::start_ours;
use crate::http::{Connection, Target};
use crate::kit::{Kit, PORT};
use crate::load::quantile;
use crate::output::{Done, Told, say, write_json};
use crate::revoked::made;
use crate::server::Server;
use serde::Serialize;
use serde_json::json;
use std::path::PathBuf;
use std::time::Instant;

const SIGN_IN: &str =
    "mutation ($input: SignInInput!) { signIn(input: $input) { userErrors { code } } }";
const REGISTER: &str = "mutation ($input: RegisterPatientInput!) {
    registerPatient(input: $input) { accepted userErrors { code } } }";
/// So many wrong passwords an account takes before it makes whoever guesses wait, which would be told by the answer.
const FREE: u32 = 4;

/// How to measure.
#[derive(clap::Args)]
pub struct Arguments {
    /// An empty PostgreSQL database.
    #[arg(long, value_name = "URL")]
    database: String,
    /// The server's program.
    #[arg(long, value_name = "FILE")]
    server: PathBuf,
    /// Attempts at each kind of address.
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(10..=2_000))]
    attempts: u32,
    /// Where the figures go as JSON.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Serialize)]
struct Figures {
    attempts: u32,
    known_median_ms: f64,
    unknown_median_ms: f64,
    /// By how much of the smaller the medians differ.
    medians_differ_percent: f64,
    /// The median of the differences within pairs, known less unknown.
    within_pairs_ms: f64,
}

/// Measures.
pub async fn run(arguments: Arguments) -> Done<()> {
    let kit = Kit::new(String::new(), arguments.database.clone(), None);
    made(&kit).await?;
    let (start, target) = start_ours(&kit, &arguments.server, PORT)?;
    let server = Server::start(&start, &target).await?;
    let measured = pairs(&arguments, &target).await;
    server.stop().await;
    let figures = measured?;
    say(&format!(
        "{} attempts each: known {:.2} ms, unknown {:.2} ms (medians), {:.2} % apart; within pairs {:+.3} ms.",
        figures.attempts,
        figures.known_median_ms,
        figures.unknown_median_ms,
        figures.medians_differ_percent,
        figures.within_pairs_ms
    ));
    if let Some(file) = &arguments.out {
        write_json(&figures, Some(file))?;
    }
    match figures.medians_differ_percent < 5.0 {
        true => Ok(()),
        false => Err("the medians differ by 5 % or more".to_owned()),
    }
}

/// Registers as many as it takes, and tries them and as many who are nobody.
async fn pairs(arguments: &Arguments, target: &Target) -> Done<Figures> {
    for number in 0..arguments.attempts.div_ceil(FREE) {
        let input = json!({ "email": known(number), "password": Kit::new_password(),
            "name": { "given": ["Bench"], "family": "Known" }, "birthDate": "1980-05-17" });
        let data = target.ask(REGISTER, json!({ "input": input })).await?;
        if data.pointer("/registerPatient/accepted") != Some(&json!(true)) {
            return Err(format!("nobody was registered: {data}"));
        }
    }
    let mut connection = Connection::open(target.address).await?;
    let (mut times, mut within) = ([Vec::new(), Vec::new()], Vec::new());
    for number in 0..arguments.attempts {
        // As many attempts at each of those who are nobody: what is counted of them is counted in rows too.
        let addresses = [
            known(number / FREE),
            format!("nobody-{}@clinic.test", number / FREE),
        ];
        let mut pair = [0; 2];
        for turn in 0..2 {
            let which = (turn + number as usize) % 2;
            pair[which] = attempt(&mut connection, target, &addresses[which]).await?;
            times[which].push(pair[which]);
        }
        within.push(i64::from(pair[0]) - i64::from(pair[1]));
    }
    within.sort_unstable();
    let median = |times: &mut Vec<u32>| {
        times.sort_unstable();
        quantile(times, 0.5) / 1_000.0
    };
    let [known, unknown] = &mut times;
    let (known, unknown) = (median(known), median(unknown));
    let middle = within.get(within.len() / 2).copied().unwrap_or_default();
    Ok(Figures {
        attempts: arguments.attempts,
        known_median_ms: known,
        unknown_median_ms: unknown,
        medians_differ_percent: (known - unknown).abs() / known.min(unknown) * 100.0,
        within_pairs_ms: i32::try_from(middle).map_or(f64::NAN, f64::from) / 1_000.0,
    })
}

fn known(number: u32) -> String {
    format!("known-{number}@clinic.test")
}

/// Tries a wrong password; how many microseconds until the refusal is there.
async fn attempt(connection: &mut Connection, target: &Target, email: &str) -> Done<u32> {
    let input =
        json!({ "email": email, "password": "not this password at all", "device": "bench" });
    let body = json!({ "query": SIGN_IN, "variables": { "input": input } }).to_string();
    let request = target.request(&body);
    let begun = Instant::now();
    let answer = connection.exchange(&request).await?;
    let took = begun.elapsed();
    let text = String::from_utf8_lossy(answer.body);
    if !text.contains("INVALID_CREDENTIALS") {
        return Err(format!("another answer than a refusal: {text}"));
    }
    u32::try_from(took.as_micros()).told("a time")
}
