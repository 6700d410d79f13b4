//! The load: a number of connections, each asking again as soon as it is answered, for a time or until the requests run
//! out. Every answer is looked at.

use crate::http::{Connection, Target};
use serde::Serialize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// What is sent, and how a good answer is known.
#[derive(Clone)]
pub struct Requests {
    /// Whole requests.
    pub all: Arc<[Vec<u8>]>,
    /// What every good answer contains.
    pub expected: &'static str,
    /// Each is sent once; else they are sent round and round.
    pub once: bool,
}

impl Requests {
    /// Requests of these bodies.
    #[must_use]
    pub fn of(target: &Target, bodies: &[String], expected: &'static str, once: bool) -> Self {
        Self {
            all: bodies.iter().map(|body| target.request(body)).collect(),
            expected,
            once,
        }
    }
}

/// What came of it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Tally {
    /// Good answers.
    pub answered: usize,
    /// Answers with another status, with errors, or without what was expected; and connections that broke.
    pub bad: usize,
    /// The first bad one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_bad: Option<String>,
    /// Bytes of all bodies.
    pub bytes: usize,
    /// Wall time.
    pub seconds: f64,
    /// Time of each good answer in microseconds, in no order until the end, then ascending.
    #[serde(skip)]
    pub micros: Vec<u32>,
}

impl Tally {
    /// Answers a second.
    #[must_use]
    pub fn rate(&self) -> f64 {
        count(self.answered) / self.seconds.max(0.001)
    }

    /// Milliseconds within which this share of the answers came.
    #[must_use]
    pub fn millis_at(&self, share: f64) -> f64 {
        quantile(&self.micros, share) / 1000.0
    }

    fn add(&mut self, other: Self) {
        self.answered += other.answered;
        self.bad += other.bad;
        self.bytes += other.bytes;
        self.first_bad = self.first_bad.take().or(other.first_bad);
        self.micros.extend(other.micros);
    }
}

/// A count as a number to calculate with.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "no count here comes near 2^52")]
pub fn count(number: usize) -> f64 {
    number as f64
}

/// The value below which this share of an ascending list lies; zero of an empty one.
#[must_use]
pub fn quantile(ascending: &[u32], share: f64) -> f64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share from 0 to 1 of a length"
    )]
    let place = (count(ascending.len()) * share) as usize;
    let last = ascending.len().saturating_sub(1);
    ascending
        .get(place.min(last))
        .map_or(0.0, |micros| f64::from(*micros))
}

/// Sends the requests over so many connections for so long.
pub async fn run(
    target: &Target,
    requests: &Requests,
    connections: usize,
    time: Duration,
) -> Tally {
    let next = Arc::new(AtomicUsize::new(0));
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..connections {
        let (requests, next, address) = (requests.clone(), Arc::clone(&next), target.address);
        tasks.spawn(async move {
            let mut tally = Tally::default();
            // A connection that breaks is counted and opened again, so that a server that drops some is still measured.
            while started.elapsed() < time {
                match one(address, &requests, &next, started + time, &mut tally).await {
                    Ok(()) => break,
                    Err(words) => {
                        tally.bad += 1;
                        tally.first_bad.get_or_insert(words);
                        tokio::time::sleep(Duration::from_millis(100)).await;
                    }
                }
            }
            tally
        });
    }
    let mut all = Tally::default();
    while let Some(done) = tasks.join_next().await {
        all.add(done.unwrap_or_default());
    }
    all.seconds = started.elapsed().as_secs_f64();
    all.micros.sort_unstable();
    all
}

async fn one(
    address: std::net::SocketAddr,
    requests: &Requests,
    next: &AtomicUsize,
    end: Instant,
    tally: &mut Tally,
) -> Result<(), String> {
    let mut connection = Connection::open(address).await?;
    while Instant::now() < end {
        let at = next.fetch_add(1, Ordering::Relaxed);
        let at = if requests.once {
            at
        } else {
            at % requests.all.len().max(1)
        };
        let Some(request) = requests.all.get(at) else {
            return Ok(());
        };
        let sent = Instant::now();
        let answer = connection.exchange(request).await?;
        let good = answer.status == 200
            && !contains(answer.body, "\"errors\":")
            && contains(answer.body, requests.expected);
        tally.bytes += answer.body.len();
        if good {
            tally.answered += 1;
            let micros = sent.elapsed().as_micros();
            tally.micros.push(u32::try_from(micros).unwrap_or(u32::MAX));
        } else {
            tally.bad += 1;
            let body = String::from_utf8_lossy(answer.body);
            let words = || {
                format!(
                    "HTTP {}: {}",
                    answer.status,
                    body.chars().take(300).collect::<String>()
                )
            };
            tally.first_bad.get_or_insert_with(words);
        }
    }
    Ok(())
}

/// Whether the text occurs. Answers of a few kilobytes: a plain look at each place is a few microseconds.
fn contains(body: &[u8], text: &str) -> bool {
    let text = text.as_bytes();
    let Some(first) = text.first() else {
        return true;
    };
    body.iter()
        .enumerate()
        .any(|(at, byte)| byte == first && body[at..].starts_with(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_an_entry_of_the_list() {
        let list: Vec<u32> = (1..=100).collect();
        assert!((quantile(&list, 0.5) - 51.0).abs() < f64::EPSILON);
        assert!((quantile(&list, 1.0) - 100.0).abs() < f64::EPSILON);
        assert!(quantile(&[], 0.5).abs() < f64::EPSILON);
    }

    #[test]
    fn user_errors_are_not_errors() {
        let body = br#"{"data":{"bookAppointment":{"userErrors":[]}}}"#;
        assert!(!contains(body, "\"errors\":"));
        assert!(contains(body, "\"userErrors\":[]"));
    }
}
