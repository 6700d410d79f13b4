//! Somebody else's requests meanwhile: who asks for an appointment again and again, from a thread of its own.
//! On the crowd's thread it would wait for its turn among the crowd, and that is not the server's time.

use super::round::{Times, times};
use crate::http::{Connection, Target};
use crate::output::{Done, Told};
use serde::Serialize;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::runtime;
use tokio::sync::oneshot;

/// Between an answer and the next question.
const PAUSE: Duration = Duration::from_millis(5);

/// Asks until it is told to stop.
pub struct Prober {
    probed: oneshot::Receiver<Done<Probed>>,
    over: Arc<AtomicBool>,
}

/// How it went.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Probed {
    /// Good answers.
    pub answers: usize,
    /// Others, and connections that broke.
    pub bad: usize,
    /// How long good ones took.
    pub times: Times,
}

/// By what connection somebody asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// By one that is open.
    Again,
    /// By a new one each time, which is part of the time.
    Anew,
}

impl Prober {
    /// Asks for this appointment.
    #[must_use]
    pub fn start(target: Target, appointment: u128, asks: Asks) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let query = "query ($id: ID!) { appointment(id: $id) { id startsAt status } }";
        let id = format!("app_{appointment:032x}");
        let body = json!({ "query": query, "variables": { "id": id } }).to_string();
        let (done, probed) = oneshot::channel();
        let meanwhile = Arc::clone(&over);
        std::thread::spawn(move || {
            let own = runtime::Builder::new_current_thread().enable_all().build();
            let went = own.map(|own| own.block_on(ask(target, body, asks, meanwhile)));
            // Whoever does not wait for it any more does not want it.
            let _ = done.send(went.told("the prober's thread"));
        });
        Self { probed, over }
    }

    /// How it went.
    pub async fn stop(self) -> Done<Probed> {
        self.over.store(true, Ordering::Relaxed);
        self.probed.await.told("the prober")?
    }
}

async fn ask(target: Target, body: String, asks: Asks, over: Arc<AtomicBool>) -> Probed {
    let request = target.request(&body);
    let (mut micros, mut bad) = (Vec::new(), 0);
    let mut connection = None;
    while !over.load(Ordering::Relaxed) {
        let sent = Instant::now();
        let mut open = match connection.take() {
            Some(open) => open,
            None => match Connection::open(target.address).await {
                Ok(open) => open,
                Err(_) => {
                    bad += 1;
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
            },
        };
        match open.exchange(&request).await.map(|answer| answer.status) {
            Ok(200) => {
                let took = sent.elapsed().as_micros();
                micros.push(u32::try_from(took).unwrap_or(u32::MAX));
                connection = (asks == Asks::Again).then_some(open);
            }
            _ => bad += 1,
        }
        tokio::time::sleep(PAUSE).await;
    }
    Probed {
        answers: micros.len(),
        bad,
        times: times(micros),
    }
}
