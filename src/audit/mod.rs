//! The audit: who looked at what, who did what, through which relation, and what became of it.
//!
//! Final decisions are noted on the viewer's trail ([`crate::access::Trail`]). What was only read is made durable by
//! [`Audit::flush`] before the answer leaves, many requests to a commit; what goes with a change is written in the change's own
//! transaction ([`crate::state::State::write`]). What many who follow a stream are shown at about the same time is one entry that
//! names them all ([`shown`]), and so is what one request looks at alike in many records ([`looked_at`]); whoever reads finds one
//! for each. An entry names fields, never values, and carries a keyed hash that only
//! the server can make; a sealer puts the entries into a chain of such hashes ([`chain`]), and checkpoints of the chain go to a
//! second place, so that neither editing nor deleting nor cutting off the end goes unnoticed ([`verify`]).
//!
//! Nothing here decides who may see what, and nothing here is ever changed or deleted.

pub mod chain;
mod checkpoint;
mod entry;
pub mod export;
mod gathered;
mod key;
pub mod looked_at;
mod many;
mod sealer;
mod seen;
pub mod shown;
pub mod store;
pub mod verify;
mod writer;

pub use checkpoint::Checkpoint;
pub use entry::{action, object, relationship_name};
pub use key::AuditKey;
pub use sealer::Sealer;
pub use writer::Keeping;

use crate::access::{Act, Begun, Kinds, Look, Object, Viewer, together};
use crate::clock::Clock;
use crate::db::Db;
use crate::error::Fault;
use crate::recent::Recent;
use crate::vault::Vault;
use entity::audit_entry;
use entry::{Follower, Maker};
use gathered::Shown;
use sea_orm::{Statement, Value};
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::Notify;
use uuid::Uuid;
use writer::Writer;

/// Of how many who follow, and for how long, it is known what their request was.
const FOLLOWERS: u64 = 50_000;
const KNOWN: Duration = Duration::from_hours(1);

/// The audit of one process. Cheap to clone.
#[derive(Clone)]
pub struct Audit {
    inner: Arc<Inner>,
}

struct Inner {
    db: Db,
    maker: Maker,
    /// Counts those who follow streams here.
    followers: AtomicI32,
    /// The requests of those who follow, here or elsewhere, as far as they were read.
    requests: Recent<(Uuid, i32), Arc<str>>,
    writer: Writer,
    bell: Arc<Notify>,
    /// Whether looks are recorded at all.
    records: bool,
}

impl Audit {
    /// The audit over this database; its key is made the first time. The second value is to run as long as the process
    /// answers.
    ///
    /// # Errors
    /// When the key cannot be read or made.
    pub async fn open(
        db: &Db,
        vault: &Vault,
        clock: Clock,
        records: bool,
    ) -> Result<(Self, Sealer), Fault> {
        let maker = Maker {
            node: clock.new_id(),
            clock,
            key: Arc::new(AuditKey::open(db, vault).await?),
        };
        let bell = Arc::new(Notify::new());
        let inner = Inner {
            db: db.clone(),
            writer: Writer::start(db.clone(), Arc::clone(&bell), maker.clone()),
            maker,
            followers: AtomicI32::new(1),
            requests: Recent::new(FOLLOWERS, KNOWN),
            bell,
            records,
        };
        let audit = Self {
            inner: Arc::new(inner),
        };
        let sealer = Sealer::new(audit.clone());
        Ok((audit, sealer))
    }

    /// Makes everything that the viewer's trail has noted, and that is not, durable. Only then may the answer leave.
    ///
    /// # Errors
    /// [`Fault::Unavailable`] when it cannot be: then nothing is answered.
    pub async fn flush(&self, viewer: &Viewer) -> Result<(), Fault> {
        self.keep(viewer)?.kept().await
    }

    /// Begins with that: what has been noted until now is on its way when this returns, and the answer may leave when it has
    /// been [kept](Keeping::kept). So more can be answered meanwhile.
    ///
    /// # Errors
    /// [`Fault::Unavailable`] when too many wait.
    pub fn keep(&self, viewer: &Viewer) -> Result<Keeping, Fault> {
        let Some(trail) = viewer.trail() else {
            return Ok(Keeping::nothing());
        };
        let looks = trail.take();
        if looks.is_empty() || !self.inner.records {
            return Ok(Keeping::nothing());
        }
        let entries = self.inner.maker.looked_at(viewer, &looks)?;
        self.inner.writer.keep(entries, Vec::new())
    }

    /// The same for a delivery of a subscription: what others are shown alike at about the same time goes into one entry with
    /// it.
    ///
    /// # Errors
    /// [`Fault::Unavailable`] when too many wait.
    pub fn keep_shown(&self, viewer: &Viewer, following: &Following) -> Result<Keeping, Fault> {
        let mut together = Together::default();
        self.gather(&mut together, viewer, following)?;
        self.keep_together(together)
    }

    /// Puts what the viewer's trail has noted, and that is not durable, together with what others are shown.
    ///
    /// # Errors
    /// When an address cannot be sealed.
    pub fn gather(
        &self,
        together: &mut Together,
        viewer: &Viewer,
        following: &Following,
    ) -> Result<(), Fault> {
        let looks = viewer.trail().map(|trail| trail.take()).unwrap_or_default();
        if looks.is_empty() || !self.inner.records {
            return Ok(());
        }
        let follower = following.of(self, viewer)?;
        for look in looks {
            match follower.filter(|_| many::is_mere_look(&look)) {
                Some(follower) => together.shown.push(Shown {
                    follower: Arc::clone(follower),
                    look,
                }),
                None => {
                    let entries = self.entries(viewer, &[look], false)?;
                    together.entries.extend(entries);
                }
            }
        }
        Ok(())
    }

    /// Begins to make durable what was put together.
    ///
    /// # Errors
    /// [`Fault::Unavailable`] when too many wait.
    pub fn keep_together(&self, together: Together) -> Result<Keeping, Fault> {
        let Together { entries, shown } = together;
        if entries.is_empty() && shown.is_empty() {
            return Ok(Keeping::nothing());
        }
        self.inner.writer.keep(entries, shown)
    }

    /// The statement that writes what goes with a change.
    ///
    /// # Errors
    /// When an address cannot be sealed.
    pub fn insert_of(&self, viewer: &Viewer, lent: &[Look]) -> Result<Statement, Fault> {
        let entries = self.entries(viewer, &together(lent), true)?;
        Ok(store::insert(self.inner.db.kind(), &entries))
    }

    /// What goes with a change that is one statement of PostgreSQL's.
    ///
    /// # Errors
    /// When an address cannot be sealed.
    pub fn rider_of(&self, viewer: &Viewer, lent: &[Look]) -> Result<Rider, Fault> {
        let entries = self.entries(viewer, &together(lent), true)?;
        Ok(Rider(store::cells(&entries)))
    }

    /// Says that entries were committed, for the sealer.
    pub fn ring(&self) {
        self.inner.bell.notify_one();
    }

    /// The statement that writes one act about which there was nothing to decide, done or failed; none for a viewer without a
    /// trail. For [`crate::db::Tx::defer`], where it depends on the transaction what became of it.
    ///
    /// # Errors
    /// When an address cannot be sealed.
    pub fn note(
        &self,
        viewer: &Viewer,
        (act, kinds, object): (Act, Kinds, Object),
        is_done: bool,
    ) -> Result<Option<Statement>, Fault> {
        let entries = self.entries(viewer, &[noted(act, kinds, object)], is_done)?;
        let is_any = !entries.is_empty();
        Ok(is_any.then(|| store::insert(self.inner.db.kind(), &entries)))
    }

    /// The statement that writes what an operator does on the command line, or what they tried and did not do.
    ///
    /// # Errors
    /// None but mistakes of ours.
    pub fn operation(
        &self,
        command: &str,
        (kinds, object): (Kinds, Object),
        is_done: bool,
    ) -> Result<Option<Statement>, Fault> {
        let begun = Begun {
            operation: command.into(),
            fields: "".into(),
            request_id: "".into(),
            address: None,
        };
        let nobody = Viewer::anonymous().begun(begun);
        self.note(&nobody, (Act::Operate, kinds, object), is_done)
    }

    /// Keeps what an operator does on the command line, or what they tried and did not do.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn operated(
        &self,
        command: &str,
        about: (Kinds, Object),
        is_done: bool,
    ) -> Result<(), Fault> {
        match self.operation(command, about, is_done)? {
            Some(statement) => self.inner.db.append(vec![statement]).await,
            None => Ok(()),
        }
    }

    /// The key that entries, links and checkpoints are proved with.
    #[must_use]
    pub fn key(&self) -> &AuditKey {
        &self.inner.maker.key
    }

    /// The database that it is in.
    #[must_use]
    pub fn db(&self) -> &Db {
        &self.inner.db
    }

    fn bell(&self) -> &Notify {
        &self.inner.bell
    }

    fn clock(&self) -> &Clock {
        &self.inner.maker.clock
    }

    fn entries(
        &self,
        viewer: &Viewer,
        looks: &[Look],
        is_done: bool,
    ) -> Result<Vec<audit_entry::Model>, Fault> {
        self.inner.maker.entries(viewer, looks, is_done)
    }

    /// Waits until everything that was accepted is written, counted denials included.
    pub async fn settle(&self) {
        self.inner.writer.settle().await;
    }
}

/// One subscription, as the audit writes down who follows: not before they are shown anything.
#[derive(Default)]
pub struct Following(OnceLock<Option<Arc<Follower>>>);

impl Following {
    /// Nothing for whoever follows no stream, or leaves no trail.
    fn of(&self, audit: &Audit, viewer: &Viewer) -> Result<Option<&Arc<Follower>>, Fault> {
        if self.0.get().is_none() {
            let number = audit.inner.followers.fetch_add(1, Ordering::Relaxed);
            let follower = audit.inner.maker.follower(viewer, number)?;
            // Of two who come first at once, one is who follows.
            let _ = self.0.set(follower.map(Arc::new));
        }
        Ok(self.0.get().and_then(Option::as_ref))
    }
}

/// What some are shown, on its way into the audit together.
#[derive(Default)]
pub struct Together {
    entries: Vec<audit_entry::Model>,
    shown: Vec<Shown>,
}

/// Entries on their way with a change that is one statement of PostgreSQL's.
#[derive(Clone, Debug)]
pub struct Rider(Vec<Value>);

impl Rider {
    /// What adds them, as a part of the change's statement: its parameters begin with `$first`, and it does so if the
    /// condition holds.
    #[must_use]
    pub fn text(first: usize, condition: &str) -> String {
        store::inserting(first, condition)
    }

    /// How many parameters it has.
    pub const PARAMETERS: usize = 24;

    /// Its parameters.
    #[must_use]
    pub fn parameters(self) -> Vec<Value> {
        self.0
    }
}

fn noted(act: Act, kinds: Kinds, object: Object) -> Look {
    Look {
        act,
        kinds,
        object,
        relationship: None,
        broken_glass: None,
        allowed: true,
        is_kept: false,
    }
}
