//! Ordering a medication, and changing an order: held against the chart as it is in the transaction that writes it.

use super::check::{Check, Overridden, Proposed};
use super::record::{Record, RecordRefusal, record_if};
use super::update::{Update, UpdateRefusal, update_if};
use super::{authority, find};
use crate::access::{Action, Resource, Viewer};
use crate::chart::content::{Allergy, MedicationRequest, MedicationStatement, note};
use crate::chart::safety::{Conflict, EntryKind, MOST, Taken, conflicts};
use crate::chart::sealed::{open_with, seal_overridden};
use crate::chart::store;
use crate::db::Tx;
use crate::error::{Fault, Outcome};
use crate::interaction::Interactions;
use crate::patient::PatientRecord;
use crate::patient::input::{At as _, Checks, Invalid, Problem};
use crate::patient::service::find_patient;
use crate::state::State;
use crate::vault::{DataKey, Unreadable};
use chrono::{DateTime, Utc};
use entity::chart_record;
use entity::code::{RecordKind, RecordStatus};
use entity::id::RecordId;
use serde::Serialize;
use std::sync::Arc;

/// In spite of what an order is to be given, and why.
#[derive(Clone, Serialize)]
pub struct InSpite {
    /// The entries that stand in its way, as far as the caller has seen them.
    pub entries: Vec<RecordId>,
    /// Why.
    pub reason: String,
}

impl InSpite {
    fn checked(self) -> Result<Self, Invalid> {
        let mut checks = Checks::default();
        let many = self.entries.len() > MOST;
        let few = checks.take(match many {
            true => Err(Problem::TooMany).at("entries"),
            false => Ok(self.entries),
        });
        let reason = note(Some(&self.reason)).and_then(|reason| reason.ok_or(Problem::Blank));
        let reason = checks.take(reason.at("reason"));
        checks.end(|| {
            Some(Self {
                entries: few?,
                reason: reason?,
            })
        })
    }
}

/// Why a medication is not ordered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PrescribeRefusal {
    /// A value is not taken.
    Invalid(Invalid),
    /// Something stands in its way.
    SafetyConflict(Vec<Conflict>),
    /// The chart has as many orders as are kept.
    TooManyRecords,
    /// The key was used with another input.
    IdempotencyKeyReused,
}

impl From<RecordRefusal> for PrescribeRefusal {
    fn from(refusal: RecordRefusal) -> Self {
        match refusal {
            RecordRefusal::Invalid(invalid) => Self::Invalid(invalid),
            RecordRefusal::TooManyRecords => Self::TooManyRecords,
            RecordRefusal::IdempotencyKeyReused => Self::IdempotencyKeyReused,
        }
    }
}

/// Why an order is not changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangeOrderRefusal {
    /// A value is not taken.
    Invalid(Invalid),
    /// Something stands in its way.
    SafetyConflict(Vec<Conflict>),
    /// It has changed since it was read.
    Conflict,
    /// It was entered in error: it says nothing any more.
    EnteredInError,
    /// It has as many versions as are kept.
    TooManyVersions,
    /// The key was used with another input.
    IdempotencyKeyReused,
}

impl From<UpdateRefusal> for ChangeOrderRefusal {
    fn from(refusal: UpdateRefusal) -> Self {
        match refusal {
            UpdateRefusal::Invalid(invalid) => Self::Invalid(invalid),
            UpdateRefusal::Conflict => Self::Conflict,
            UpdateRefusal::EnteredInError => Self::EnteredInError,
            UpdateRefusal::TooManyVersions => Self::TooManyVersions,
            UpdateRefusal::IdempotencyKeyReused => Self::IdempotencyKeyReused,
        }
    }
}

/// Whether an order becomes one by this that the patient is to take, of something that it was not of before.
fn orders(before: Option<&MedicationRequest>, after: &MedicationRequest) -> bool {
    let is_same = before.is_some_and(|before| {
        before.status == RecordStatus::Active && before.medication == after.medication
    });
    after.status == RecordStatus::Active && !is_same
}

/// What of a chart an order is held against: active allergies, and what the patient is to take, or takes.
type Known = (Vec<(RecordId, Allergy)>, Vec<Taken>);

/// Holds an order against the chart.
struct Safety<R> {
    key: Arc<DataKey>,
    interactions: Arc<dyn Interactions>,
    in_spite: Option<InSpite>,
    refusal: fn(Vec<Conflict>) -> R,
}

impl<R> Safety<R> {
    fn over(
        state: &State,
        patient: &PatientRecord,
        in_spite: Option<InSpite>,
        refusal: fn(Vec<Conflict>) -> R,
    ) -> Result<Self, Unreadable> {
        Ok(Self {
            key: Arc::clone(patient.key(&state.vault)?),
            interactions: Arc::clone(&state.interactions),
            in_spite,
            refusal,
        })
    }

    /// What of this chart an order is held against.
    fn known(&self, rows: &[chart_record::Model], now: DateTime<Utc>) -> Result<Known, Unreadable> {
        let is_over = |until: Option<DateTime<Utc>>| until.is_some_and(|until| until <= now);
        let (mut allergies, mut taken) = (Vec::new(), Vec::new());
        for row in rows {
            match row.kind {
                RecordKind::Allergy => allergies.push((row.id, open_with(&self.key, row)?)),
                RecordKind::MedicationRequest => {
                    let order: MedicationRequest = open_with(&self.key, row)?;
                    taken.extend((!is_over(order.ends_at)).then_some(Taken {
                        entry: row.id,
                        kind: EntryKind::MedicationRequest,
                        medication: order.medication,
                    }));
                }
                RecordKind::MedicationStatement => {
                    let said: MedicationStatement = open_with(&self.key, row)?;
                    taken.extend((!is_over(said.taken_until)).then_some(Taken {
                        entry: row.id,
                        kind: EntryKind::MedicationStatement,
                        medication: said.medication,
                    }));
                }
                _ => {}
            }
        }
        Ok((allergies, taken))
    }
}

impl<R: Send + 'static> Check<MedicationRequest> for Safety<R> {
    type Refusal = R;

    async fn ask(
        &self,
        tx: &Tx,
        proposed: Proposed<'_, MedicationRequest>,
    ) -> Outcome<Option<Overridden>, R> {
        if !orders(proposed.before, proposed.after) {
            return Ok(Ok(None));
        }
        // Two orders that stand in each other's way wait for each other: the second sees the first.
        tx.lock(&[store::prescribing(proposed.patient)]).await?;
        let mut rows = store::held_against(tx, proposed.patient).await?;
        rows.retain(|row| row.id != proposed.entry);
        let (allergies, taken) = self.known(&rows, tx.clock().now())?;
        let medication = &proposed.after.medication;
        let found = conflicts(medication, &allergies, &taken, &*self.interactions);
        if found.is_empty() {
            return Ok(Ok(None));
        }
        let in_spite = self.in_spite.as_ref().filter(|it| {
            let mut found = found.iter();
            found.all(|conflict| it.entries.contains(&conflict.entry))
        });
        let Some(in_spite) = in_spite else {
            return Ok(Err((self.refusal)(found)));
        };
        let sealed = seal_overridden(&self.key, proposed.version, &in_spite.reason, &found);
        let (reason, conflicts) = sealed.map_err(Fault::from)?;
        Ok(Ok(Some(Overridden { reason, conflicts })))
    }
}

/// Leave to order in spite of something, noted for the audit.
async fn may_override(
    state: &State,
    viewer: &Viewer,
    patient: &PatientRecord,
    in_spite: &Option<InSpite>,
) -> Result<(), Fault> {
    if in_spite.is_some() {
        let what = Resource::Medications;
        authority(state, viewer, patient, Action::Override, what).await?;
    }
    Ok(())
}

/// Orders a medication, unless something stands in its way that is not overridden.
///
/// # Errors
/// Those of the database; not found when the viewer may not know of the patient, forbidden when they may not do this.
pub async fn prescribe(
    state: &State,
    viewer: &Viewer,
    mut command: Record<MedicationRequest>,
) -> Outcome<RecordId, PrescribeRefusal> {
    viewer.signed_in()?;
    let patient = find_patient(state, viewer, command.patient).await?;
    may_override(state, viewer, &patient, &command.in_spite).await?;
    let in_spite = command.in_spite.take().map(InSpite::checked).transpose();
    command.in_spite = crate::accept!(in_spite.at("overriding").map_err(PrescribeRefusal::Invalid));
    let in_spite = command.in_spite.clone();
    let check = Safety::over(state, &patient, in_spite, PrescribeRefusal::SafetyConflict)?;
    record_if(state, viewer, command, check).await
}

/// Changes an order, unless something stands in the way of what it becomes that is not overridden.
///
/// # Errors
/// Those of the database; not found when the viewer may not read it, forbidden when they may not change it.
pub async fn change_order(
    state: &State,
    viewer: &Viewer,
    mut command: Update<MedicationRequest>,
) -> Outcome<RecordId, ChangeOrderRefusal> {
    viewer.signed_in()?;
    let kind = RecordKind::MedicationRequest;
    let (_, patient) = find(state, viewer, kind, command.record).await?;
    may_override(state, viewer, &patient, &command.in_spite).await?;
    let in_spite = command.in_spite.take().map(InSpite::checked).transpose();
    command.in_spite = crate::accept!(
        in_spite
            .at("overriding")
            .map_err(ChangeOrderRefusal::Invalid)
    );
    let in_spite = command.in_spite.clone();
    let refusal = ChangeOrderRefusal::SafetyConflict;
    let check = Safety::over(state, &patient, in_spite, refusal)?;
    update_if(state, viewer, command, check).await
}
