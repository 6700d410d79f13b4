//! From commit to bell: what the database's writes have moved is rung for, many at once.

use super::bus::Bus;
use super::hub::Hub;
use crate::db::Head;
use std::collections::HashMap;
use tokio::sync::mpsc;

/// Rings for commits, in the order they come, never making a writer wait.
pub struct Relay {
    committed: mpsc::Receiver<Vec<Head>>,
    bus: Bus,
    hub: Hub,
}

impl Relay {
    /// A relay from the database's commits to this bus and hub.
    #[must_use]
    pub fn new(committed: mpsc::Receiver<Vec<Head>>, bus: Bus, hub: Hub) -> Self {
        Self {
            committed,
            bus,
            hub,
        }
    }

    /// Runs until the database is dropped; what is waiting then is still rung for.
    pub async fn run(mut self) {
        let mut waiting = Vec::new();
        while self.committed.recv_many(&mut waiting, 256).await > 0 {
            let mut furthest: HashMap<String, i64> = HashMap::new();
            for head in waiting.drain(..).flatten() {
                let seq = furthest.entry(head.stream).or_default();
                *seq = head.seq.max(*seq);
            }
            let heads: Vec<Head> = furthest
                .into_iter()
                .map(|(stream, seq)| Head { stream, seq })
                .collect();
            self.bus.ring(&self.hub, &heads).await;
        }
    }
}
