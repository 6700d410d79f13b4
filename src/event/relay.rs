//! From commit to bell: what the database's writes have moved is rung for, many at once.

use super::bus::Bus;
use super::hub::Hub;
use crate::db::{Committed, Head};
use crate::meter::Meter;
use std::collections::HashMap;
use tokio::sync::{mpsc, oneshot};

/// How many commits are rung for at once.
const BATCH: usize = 256;

/// Rings for commits, in the order they come, never making a writer wait.
pub struct Relay {
    committed: mpsc::Receiver<Committed>,
    bus: Bus,
    hub: Hub,
    meter: Meter,
}

impl Relay {
    /// A relay from the database's commits to this bus and hub.
    #[must_use]
    pub fn new(committed: mpsc::Receiver<Committed>, bus: Bus, hub: Hub, meter: Meter) -> Self {
        Self {
            committed,
            bus,
            hub,
            meter,
        }
    }

    /// Runs until told to stop; what is waiting then is still rung for.
    pub async fn run(mut self, mut stop: oneshot::Receiver<()>) {
        let mut waiting = Vec::new();
        loop {
            tokio::select! {
                biased;
                more = self.committed.recv_many(&mut waiting, BATCH) => match more {
                    0 => return,
                    _ => self.ring(&mut waiting).await,
                },
                _ = &mut stop => return,
            }
        }
    }

    async fn ring(&mut self, waiting: &mut Vec<Committed>) {
        let mut furthest: HashMap<String, i64> = HashMap::new();
        let mut since = Vec::with_capacity(waiting.len());
        for committed in waiting.drain(..) {
            since.push(committed.at);
            for head in committed.heads {
                let seq = furthest.entry(head.stream).or_default();
                *seq = head.seq.max(*seq);
            }
        }
        let heads: Vec<Head> = furthest
            .into_iter()
            .map(|(stream, seq)| Head { stream, seq })
            .collect();
        self.bus.ring(&self.hub, &heads).await;
        for at in since {
            self.meter.bell_lag.took(at.elapsed());
        }
    }
}
