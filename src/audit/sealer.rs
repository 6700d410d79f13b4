//! The sealer: puts entries into the chain soon after they are written, one copy at a time.
//!
//! Entries are sealed in the order in which they are found, each once. On PostgreSQL one can become visible after another
//! that was written later; so the sealer looks again at everything from a place up to which all is settled. What it tells
//! patients of those who looked (`access:` streams) it tells in the same transaction.

use super::looked_at::LookedAt;
use super::{Audit, Checkpoint, chain, seen, store};
use crate::db::{Kind, Tx};
use crate::error::Fault;
use crate::event::log;
use chrono::TimeDelta;
use entity::audit_link;
use std::convert::Infallible;
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::Instant;
use uuid::Uuid;

/// How often it looks if no bell rings.
const SWEEP: Duration = Duration::from_millis(500);
/// How long it lets entries gather after a bell.
const GATHER: Duration = Duration::from_millis(100);
/// Entries a transaction…
const BATCH: u64 = 500;
/// …that name no more patients than this, but for the first of them.
const NAMED: usize = 5000;
/// Transactions at a stretch: then a checkpoint may be due, and it is known anew up to where nothing comes any more.
const STRETCH: u32 = 40;
/// A checkpoint after so many links…
const LINKS: i64 = 1000;
/// …or so long.
const PAUSE: Duration = Duration::from_secs(60);
/// At its start, and every minute, it looks at everything from so long before the last link on: longer than any transaction
/// lasts.
const BACK: TimeDelta = TimeDelta::minutes(10);
/// A mark is believed after so long: a place can be given out a moment before its transaction has a number.
const MARK: Duration = Duration::from_secs(1);

/// The sealer of one process.
pub struct Sealer {
    audit: Audit,
    /// Up to here everything is sealed, and nothing more comes.
    settled: Option<i64>,
    mark: Option<(Instant, store::Horizon)>,
    checkpoints: Option<PathBuf>,
    /// The last link of the last checkpoint, and when it was written.
    checked: (i64, Instant),
    /// When it last looked at what may have come late.
    looked_back: Instant,
}

impl Sealer {
    pub(super) fn new(audit: Audit) -> Self {
        Self {
            audit,
            settled: None,
            mark: None,
            checkpoints: None,
            checked: (0, Instant::now()),
            looked_back: Instant::now(),
        }
    }

    /// The same, which adds checkpoints to this file.
    #[must_use]
    pub fn with_checkpoints(self, file: PathBuf) -> Self {
        Self {
            checkpoints: Some(file),
            ..self
        }
    }

    /// Seals until told to stop; then once more, with a checkpoint.
    pub async fn run(mut self, mut stop: oneshot::Receiver<()>) {
        loop {
            let audit = self.audit.clone();
            tokio::select! {
                _ = &mut stop => break,
                () = audit.bell().notified() => tokio::time::sleep(GATHER).await,
                () = tokio::time::sleep(SWEEP) => {}
            }
            if self.looked_back.elapsed() >= PAUSE {
                self.look_back();
            }
            self.seal_or_say().await;
            self.check(false).await;
        }
        self.audit.settle().await;
        self.seal_or_say().await;
        self.check(true).await;
    }

    /// Has it look once more at everything from [`BACK`] before the last link on: a mark is believed after a second, and an
    /// insert can stall for longer between its place and its transaction's number.
    pub fn look_back(&mut self) {
        self.looked_back = Instant::now();
        self.settled = None;
        self.mark = None;
    }

    async fn seal_or_say(&mut self) {
        if let Err(fault) = self.seal().await {
            tracing::error!(?fault, "The audit's chain could not go on; trying again");
        }
    }

    /// Seals everything there is.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn seal(&mut self) -> Result<(), Fault> {
        let db = self.audit.db().clone();
        let from = match self.settled {
            Some(place) => place,
            None => self.beginning().await?,
        };
        self.settled = Some(from);
        let settled = self.horizon().await?;
        // Not from the beginning again for each transaction: behind a long queue that would never come to an end.
        let mut after = from;
        let mut is_all = false;
        for _ in 0..STRETCH {
            if store::unsealed(db.read(), after, 1).await?.is_empty() {
                is_all = true;
                break;
            }
            let audit = self.audit.clone();
            let sealed = db.write::<_, Infallible, _>(move |tx| {
                let audit = audit.clone();
                Box::pin(async move { Ok(Ok(seal_some(tx, &audit, after).await?)) })
            });
            let Ok(sealed) = sealed.await?;
            // Nothing when another copy is at it.
            let Some(sealed) = sealed else { return Ok(()) };
            db.meter().audit_sealed.add(sealed.count);
            after = sealed.last.unwrap_or(after);
        }
        if let Some(place) = settled {
            self.settled = Some(if is_all { place } else { place.min(after) });
        }
        if !is_all {
            self.audit.ring();
        }
        Ok(())
    }

    /// Where to look from at the start.
    async fn beginning(&self) -> Result<i64, Fault> {
        let db = self.audit.db();
        let Some(last) = store::last_link(db.read()).await? else {
            return Ok(0);
        };
        let made = last.entry_id.0.get_timestamp();
        let seconds = made.map_or(0, |stamp| stamp.to_unix().0);
        let back = seconds.saturating_sub(BACK.num_seconds().unsigned_abs());
        // The first id of that second.
        let first = Uuid::from_u128(u128::from(back * 1000) << 80);
        store::place_before(db, first).await
    }

    /// Up to where everything will be settled once all that is visible now is sealed.
    async fn horizon(&mut self) -> Result<Option<i64>, Fault> {
        let db = self.audit.db();
        if db.kind() == Kind::Sqlite {
            // One writes at a time, so nothing comes later at an earlier place; what is linked need not be looked at again.
            let last = store::last_link(db.read()).await?;
            let Some(last) = last else { return Ok(None) };
            let entry = store::entries(db, [last.entry_id]).await?.pop();
            return Ok(entry.map(|entry| entry.place));
        }
        let now = store::horizon(db.read()).await?;
        match self.mark {
            Some((since, mark)) if since.elapsed() >= MARK && now.oldest >= mark.next => {
                self.mark = None;
                Ok(Some(mark.place))
            }
            Some(_) => Ok(None),
            None => {
                self.mark = Some((Instant::now(), now));
                Ok(None)
            }
        }
    }

    /// Writes a checkpoint if it is time. That it cannot be written is told loudly, and nobody is made to wait for it.
    async fn check(&mut self, now: bool) {
        let Some(file) = self.checkpoints.clone() else {
            return;
        };
        let last = match store::last_link(self.audit.db().read()).await {
            Ok(Some(last)) => last,
            Ok(None) => return,
            Err(fault) => {
                tracing::error!(?fault, "The audit's last link could not be read");
                return;
            }
        };
        let (seq, at) = self.checked;
        let is_due = now || last.seq - seq >= LINKS || at.elapsed() >= PAUSE;
        if !is_due || last.seq == seq {
            return;
        }
        let time = self.audit.clock().now();
        let checkpoint = Checkpoint::of(self.audit.key(), last.seq, &last.hash, time);
        let written = tokio::task::spawn_blocking(move || checkpoint.append(&file)).await;
        match written {
            Ok(Ok(())) => self.checked = (last.seq, Instant::now()),
            Ok(Err(error)) => {
                tracing::error!(%error, "A checkpoint of the audit could not be written");
            }
            Err(error) => tracing::error!(%error, "A checkpoint of the audit was not written"),
        }
    }
}

/// What was sealed at once.
#[derive(Default)]
struct Sealed {
    count: u64,
    /// The place of the last entry, if there was any.
    last: Option<i64>,
}

/// Seals some entries, unless another copy is sealing.
async fn seal_some(tx: &mut Tx, audit: &Audit, from: i64) -> Result<Option<Sealed>, Fault> {
    if !store::takes_turn(tx.connection(), tx.kind()).await? {
        return Ok(None);
    }
    let last = store::last_link(tx.connection()).await?;
    let (mut seq, mut hash) =
        last.map_or((0, chain::BEGINNING.to_vec()), |link| (link.seq, link.hash));
    let mut entries = store::unsealed(tx.connection(), from, BATCH).await?;
    let mut named = 0;
    let fit = entries.iter().take_while(|entry| {
        let is_room = named < NAMED;
        named += LookedAt::of(entry).map_or(1, |at| at.0.len());
        is_room
    });
    entries.truncate(fit.count());
    let Some(end) = entries.last().map(|entry| entry.place) else {
        return Ok(Some(Sealed::default()));
    };
    let secret = audit.key().secret();
    let mut links = Vec::with_capacity(entries.len());
    for entry in &entries {
        if entry.mac != chain::proof(secret, entry) {
            // It is sealed all the same: the chain goes on, and `audit verify` names it.
            tracing::error!(entry.id = %entry.id, "An entry of the audit was not written by this server");
        }
        seq += 1;
        hash = chain::link(secret, &hash, seq, entry).to_vec();
        links.push(audit_link::Model {
            seq,
            entry_id: entry.id,
            hash: hash.clone(),
        });
    }
    store::insert_links(tx.connection(), links).await?;
    let crowds = seen::crowds(audit, &entries).await?;
    log::append_many(tx, &seen::seen(&entries, &crowds)).await?;
    Ok(Some(Sealed {
        count: entries.len() as u64,
        last: Some(end),
    }))
}
