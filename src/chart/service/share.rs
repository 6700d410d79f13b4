//! Sharing what was done at a visit with the patient, and taking that back. Both stand in the history.

use super::{authority, changed, find, resource_of, word};
use crate::access::{Action, Viewer};
use crate::chart::content::{Content, Encounter, Order, TestResult, VisitNote};
use crate::chart::sealed::{Changing, SealedChange, Turn, open};
use crate::chart::store;
use crate::error::{Fault, Outcome};
use crate::idempotency;
use crate::patient::PatientRecord;
use crate::patient::digest::{claim_of, id_text};
use crate::patient::service::tell_team;
use crate::patient::store::stays;
use crate::state::State;
use entity::chart_record;
use entity::code::{RecordKind, RecordStatus};
use entity::id::RecordId;
use serde::Serialize;
use std::sync::Arc;

/// Show an entry to the patient, or no longer.
#[derive(Clone, Serialize)]
pub struct Share {
    /// Which.
    #[serde(serialize_with = "id_text")]
    pub record: RecordId,
    /// What it is.
    pub kind: RecordKind,
    /// As the caller knows it.
    pub expected_version: i32,
    /// Whether the patient is shown it from now on.
    pub shared: bool,
    /// Under which the answer is remembered.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Why nothing changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShareRefusal {
    /// It has changed since it was read.
    Conflict,
    /// It is so already.
    AlreadySo,
    /// It is a draft, or not final yet.
    NotFinal,
    /// It was entered in error: it says nothing any more.
    EnteredInError,
    /// The key was used with another input.
    IdempotencyKeyReused,
}

/// Whether an entry is what its author stands for: the patient is shown nothing else.
#[must_use]
pub fn is_final(row: &chart_record::Model) -> bool {
    match row.kind {
        RecordKind::VisitNote => row.signed_at.is_some(),
        kind => stays_final(kind, row.status),
    }
}

/// Whether what stands so is final, and whatever it can become stays so: of a result of which nobody knows how far it has come,
/// there may be an earlier part to come.
fn stays_final(kind: RecordKind, status: RecordStatus) -> bool {
    use RecordStatus::{Draft, Partial, Preliminary, Registered, Unknown};
    match status {
        Draft | Registered | Partial | Preliminary => false,
        Unknown => kind != RecordKind::TestResult,
        _ => true,
    }
}

fn refused(row: &chart_record::Model, command: &Share) -> Option<ShareRefusal> {
    if row.version != command.expected_version {
        Some(ShareRefusal::Conflict)
    } else if row.shared_at.is_some() == command.shared {
        Some(ShareRefusal::AlreadySo)
    } else if row.status == RecordStatus::EnteredInError && command.shared {
        Some(ShareRefusal::EnteredInError)
    } else if command.shared && !is_final(row) {
        Some(ShareRefusal::NotFinal)
    } else {
        None
    }
}

/// The change of this entry, whatever its kind.
fn turned(
    changing: Changing,
    state: &State,
    patient: &PatientRecord,
    (row, turn): (&chart_record::Model, Turn),
) -> Result<SealedChange, Fault> {
    fn of<C: Content>(
        changing: Changing,
        state: &State,
        patient: &PatientRecord,
        (row, turn): (&chart_record::Model, Turn),
    ) -> Result<SealedChange, Fault> {
        let content: C = open(patient.face(), &state.vault, row)?;
        // A note that was signed and is in error keeps what it said.
        let content = match row.status {
            RecordStatus::EnteredInError => content.retracted(),
            _ => content,
        };
        Ok(changing.turn(row, &content, turn, patient.key(&state.vault)?)?)
    }
    match row.kind {
        RecordKind::Encounter => of::<Encounter>(changing, state, patient, (row, turn)),
        RecordKind::VisitNote => of::<VisitNote>(changing, state, patient, (row, turn)),
        RecordKind::Order => of::<Order>(changing, state, patient, (row, turn)),
        RecordKind::TestResult => of::<TestResult>(changing, state, patient, (row, turn)),
        _ => Err(Fault::BadRequest(
            "The id given is of nothing that is done at visits.",
        )),
    }
}

/// Shows an entry to the patient, or no longer.
///
/// # Errors
/// Those of the database; not found when the viewer may not read it, forbidden when they may not do this.
pub async fn share(
    state: &State,
    viewer: &Viewer,
    command: Share,
) -> Outcome<RecordId, ShareRefusal> {
    let user = viewer.signed_in()?.user;
    let (row, patient) = find(state, viewer, command.kind, command.record).await?;
    let what = |facts| resource_of(&row, facts);
    let granted = authority(state, viewer, &patient, Action::Share, what).await?;
    let key = command.idempotency_key.as_deref();
    let claim = claim_of(state, user, "shareWithPatient", key, &command)?;
    let refusal = refused(&row, &command);
    let changing = Changing {
        version: state.clock.new_id(),
        as_: word(viewer, patient.id()),
        by: user,
        at: state.clock.now(),
        reason: None,
    };
    let turn = match command.shared {
        true => Turn::Shared,
        false => Turn::Withdrawn,
    };
    let change = turned(changing, state, &patient, (&row, turn))?;
    let (patient, kind) = (patient.id(), row.kind);
    let shared = Arc::new((change, claim));
    state
        .write(viewer, move |tx| {
            let shared = Arc::clone(&shared);
            Box::pin(async move {
                let (change, claim) = &*shared;
                let claimed = idempotency::claimed(
                    tx,
                    claim.as_ref(),
                    change.id.0,
                    ShareRefusal::IdempotencyKeyReused,
                );
                if let Some(id) = crate::accept!(claimed.await?) {
                    return Ok(Ok(RecordId(id)));
                }
                if let Some(refusal) = refusal {
                    return Ok(Err(refusal));
                }
                stays(tx, patient).await?;
                if !store::update(tx, granted, patient, change.clone()).await? {
                    return Ok(Err(ShareRefusal::Conflict));
                }
                let version = change.version.version;
                let fact = changed(kind, patient, change.id, version);
                tell_team(tx, patient, vec![fact]).await?;
                Ok(Ok(change.id))
            })
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::{Encounter, Order, RecordKind, RecordStatus, TestResult, stays_final};
    use sea_orm::Iterable as _;

    type Goes = fn(RecordStatus, RecordStatus) -> bool;

    #[test]
    fn what_the_patient_can_be_shown_never_becomes_anything_that_the_database_keeps_from_them() {
        use RecordStatus::{Draft, Partial, Preliminary, Registered};
        let ways: [(RecordKind, Goes); 3] = [
            (RecordKind::Encounter, Encounter::goes),
            (RecordKind::Order, Order::goes),
            (RecordKind::TestResult, TestResult::goes),
        ];
        for (kind, goes) in ways {
            for from in RecordStatus::iter().filter(|from| stays_final(kind, *from)) {
                for to in RecordStatus::iter().filter(|to| goes(from, *to)) {
                    let kept = matches!(to, Draft | Registered | Partial | Preliminary);
                    assert!(!kept, "{kind:?}: {from:?} to {to:?}");
                }
            }
        }
    }
}
