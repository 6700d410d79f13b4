//! What must hold of a chart as it is for an entry to be written into it: asked in the entry's own transaction.

use crate::db::Tx;
use crate::error::Outcome;
use entity::cell::Sealed;
use entity::id::{PatientId, RecordId, RecordVersionId};
use std::marker::PhantomData;

/// What is about to be written.
pub struct Proposed<'a, C> {
    /// Into whose chart.
    pub patient: PatientId,
    /// The entry.
    pub entry: RecordId,
    /// The version that would come of it.
    pub version: RecordVersionId,
    /// What it says until now; none of a new one.
    pub before: Option<&'a C>,
    /// What it would say.
    pub after: &'a C,
}

/// In spite of what it is written, and why: both sealed for its version.
pub struct Overridden {
    /// Why.
    pub reason: Sealed,
    /// In spite of what.
    pub conflicts: Sealed,
}

/// What must hold.
pub trait Check<C>: Send + Sync + 'static {
    /// Why it does not.
    type Refusal: Send + 'static;

    /// Whether it holds, or is overridden.
    fn ask(
        &self,
        tx: &Tx,
        proposed: Proposed<'_, C>,
    ) -> impl Future<Output = Outcome<Option<Overridden>, Self::Refusal>> + Send;
}

/// Nothing must.
pub struct Unchecked<R>(PhantomData<fn() -> R>);

impl<R> Default for Unchecked<R> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<C: Sync, R: Send + 'static> Check<C> for Unchecked<R> {
    type Refusal = R;

    async fn ask(&self, _: &Tx, _: Proposed<'_, C>) -> Outcome<Option<Overridden>, R> {
        Ok(Ok(None))
    }
}
