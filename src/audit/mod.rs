//! The audit: who looked at what, who did what, through which relation, and what became of it.
//!
//! Final decisions are noted on the viewer's trail ([`crate::access::Trail`]). What was only read is made durable by
//! [`Audit::flush`] before the answer leaves, many requests to a commit; what goes with a change is written in the change's own
//! transaction ([`crate::state::State::write`]). An entry names fields, never values, and carries a keyed hash that only
//! the server can make; a sealer puts the entries into a chain of such hashes ([`chain`]), and checkpoints of the chain go to a
//! second place, so that neither editing nor deleting nor cutting off the end goes unnoticed ([`verify`]).
//!
//! Nothing here decides who may see what, and nothing here is ever changed or deleted.

pub mod chain;
mod checkpoint;
mod entry;
pub mod export;
mod key;
mod sealer;
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
use crate::vault::Vault;
use entity::audit_entry;
use sea_orm::{Statement, Value};
use std::sync::Arc;
use tokio::sync::Notify;
use uuid::Uuid;
use writer::Writer;

/// The audit of one process. Cheap to clone.
#[derive(Clone)]
pub struct Audit {
    inner: Arc<Inner>,
}

struct Inner {
    db: Db,
    clock: Clock,
    key: Arc<AuditKey>,
    node: Uuid,
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
        let key = Arc::new(AuditKey::open(db, vault).await?);
        let prover = Arc::clone(&key);
        let prove: writer::Prove = Arc::new(move |entry| {
            entry.mac = chain::proof(prover.secret(), entry).to_vec();
        });
        let bell = Arc::new(Notify::new());
        let inner = Inner {
            db: db.clone(),
            node: clock.new_id(),
            writer: Writer::start(db.clone(), Arc::clone(&bell), prove),
            clock,
            key,
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
        let entries = self.entries(viewer, &looks, false)?;
        self.inner.writer.keep(entries)
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
            Some(statement) => self.inner.db.append(statement).await,
            None => Ok(()),
        }
    }

    /// The key that entries, links and checkpoints are proved with.
    #[must_use]
    pub fn key(&self) -> &AuditKey {
        &self.inner.key
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
        &self.inner.clock
    }

    fn entries(
        &self,
        viewer: &Viewer,
        looks: &[Look],
        is_done: bool,
    ) -> Result<Vec<audit_entry::Model>, Fault> {
        let maker = entry::Maker {
            clock: &self.inner.clock,
            key: &self.inner.key,
            node: self.inner.node,
        };
        maker.entries(viewer, looks, is_done)
    }

    /// Waits until everything that was accepted is written, counted denials included.
    pub async fn settle(&self) {
        self.inner.writer.settle().await;
    }
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
    pub const PARAMETERS: usize = 23;

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
