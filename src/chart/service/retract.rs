//! Entering an entry in error: it stays, with its history, and says nothing any more.

use super::{alert, authority, changed, find, resource_of, tell, word};
use crate::access::{Action, Granted, Viewer};
use crate::chart::content::{
    Allergy, Condition, Content, Encounter, Immunization, MedicationRequest, MedicationStatement,
    Order, TestResult, VisitNote, note,
};
use crate::chart::sealed::{Changing, SealedChange, open};
use crate::chart::store;
use crate::chart::vital::{Vital, VitalCode};
use crate::error::{Fault, Outcome};
use crate::idempotency;
use crate::patient::PatientRecord;
use crate::patient::digest::{claim_of, id_text};
use crate::patient::input::{At as _, Invalid};
use crate::patient::store::stays;
use crate::state::State;
use crate::vault::Unreadable;
use entity::chart_record;
use entity::code::{RecordKind, RecordStatus};
use entity::id::RecordId;
use serde::Serialize;
use std::sync::Arc;

/// Say that an entry should not be there.
#[derive(Clone, Serialize)]
pub struct EnterInError {
    /// Which.
    #[serde(serialize_with = "id_text")]
    pub record: RecordId,
    /// What it is.
    pub kind: RecordKind,
    /// As the caller knows it.
    pub expected_version: i32,
    /// Why.
    pub reason: Option<String>,
    /// Under which the answer is remembered.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Why it stays as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnterInErrorRefusal {
    /// A value is not taken.
    Invalid(Invalid),
    /// It has changed since it was read.
    Conflict,
    /// It has been entered in error before.
    AlreadyInError,
    /// The key was used with another input.
    IdempotencyKeyReused,
}

impl From<Invalid> for EnterInErrorRefusal {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

/// The same entry, saying nothing any more.
fn retracted(
    changing: Changing,
    state: &State,
    patient: &PatientRecord,
    row: &chart_record::Model,
) -> Result<SealedChange, Unreadable> {
    fn of<C: Content>(
        changing: Changing,
        state: &State,
        patient: &PatientRecord,
        row: &chart_record::Model,
    ) -> Result<SealedChange, Unreadable> {
        let content: C = open(patient.face(), &state.vault, row)?;
        changing.seal(row, &content.retracted(), patient.key(&state.vault)?)
    }
    match row.kind {
        RecordKind::Condition => of::<Condition>(changing, state, patient, row),
        RecordKind::Allergy => of::<Allergy>(changing, state, patient, row),
        RecordKind::MedicationRequest => of::<MedicationRequest>(changing, state, patient, row),
        RecordKind::MedicationStatement => of::<MedicationStatement>(changing, state, patient, row),
        RecordKind::Immunization => of::<Immunization>(changing, state, patient, row),
        RecordKind::Vital => of::<Vital>(changing, state, patient, row),
        RecordKind::Encounter => of::<Encounter>(changing, state, patient, row),
        RecordKind::VisitNote => of::<VisitNote>(changing, state, patient, row),
        RecordKind::Order => of::<Order>(changing, state, patient, row),
        RecordKind::TestResult => of::<TestResult>(changing, state, patient, row),
    }
}

/// What was reckoned of this entry, and falls with it: the body mass index of a weight or a height.
async fn derived(
    state: &State,
    granted: Granted,
    patient: &PatientRecord,
    row: &chart_record::Model,
) -> Result<Vec<Arc<chart_record::Model>>, Fault> {
    let (RecordKind::Vital, Some(panel)) = (row.kind, row.panel_id) else {
        return Ok(Vec::new());
    };
    let vital: Vital = open(patient.face(), &state.vault, row)?;
    if !matches!(vital.code, VitalCode::BodyWeight | VitalCode::BodyHeight) {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for other in store::panel(&state.db, granted, patient.id(), panel).await? {
        let is_derived = open::<Vital>(patient.face(), &state.vault, &other)?.derived;
        if is_derived && other.status != RecordStatus::EnteredInError {
            found.push(other);
        }
    }
    Ok(found)
}

/// Says that an entry should not be there.
///
/// # Errors
/// Those of the database; not found when the viewer may not read it, forbidden when they may not change it.
pub async fn enter_in_error(
    state: &State,
    viewer: &Viewer,
    command: EnterInError,
) -> Outcome<RecordId, EnterInErrorRefusal> {
    let user = viewer.signed_in()?.user;
    let (row, patient) = find(state, viewer, command.kind, command.record).await?;
    let what = |facts| resource_of(&row, facts);
    let granted = authority(state, viewer, &patient, Action::Update, what).await?;
    let key = command.idempotency_key.as_deref();
    let claim = claim_of(state, user, "enterInError", key, &command)?;
    let reason = crate::accept!(note(command.reason.as_ref()).at("reason"));
    let refusal = if row.version != command.expected_version {
        Some(EnterInErrorRefusal::Conflict)
    } else if row.status == RecordStatus::EnteredInError {
        Some(EnterInErrorRefusal::AlreadyInError)
    } else {
        None
    };
    let mut rows = vec![Arc::clone(&row)];
    rows.extend(derived(state, granted, &patient, &row).await?);
    let mut changes = Vec::with_capacity(rows.len());
    for one in &rows {
        let changing = Changing {
            version: state.clock.new_id(),
            as_: word(viewer, patient.id()),
            by: user,
            at: state.clock.now(),
            reason: reason.clone(),
        };
        changes.push(retracted(changing, state, &patient, one)?);
    }
    let (patient, kind, id) = (patient.id(), row.kind, row.id);
    let shared = Arc::new((changes, claim, refusal));
    state
        .write(viewer, move |tx| {
            let shared = Arc::clone(&shared);
            Box::pin(async move {
                let (changes, claim, refusal) = &*shared;
                let claimed = idempotency::claimed(
                    tx,
                    claim.as_ref(),
                    id.0,
                    EnterInErrorRefusal::IdempotencyKeyReused,
                );
                if let Some(id) = crate::accept!(claimed.await?) {
                    return Ok(Ok(RecordId(id)));
                }
                if let Some(refusal) = refusal {
                    return Ok(Err(refusal.clone()));
                }
                stays(tx, patient).await?;
                let mut facts = Vec::with_capacity(changes.len());
                for change in changes {
                    if !store::update(tx, granted, patient, change.clone()).await? {
                        return Ok(Err(EnterInErrorRefusal::Conflict));
                    }
                    facts.push(changed(kind, patient, change.id, change.version.version));
                }
                let closed = match kind {
                    RecordKind::Vital => {
                        let records = changes.iter().map(|change| change.id).collect();
                        alert::close(tx, granted, records).await?
                    }
                    _ => Vec::new(),
                };
                tell(tx, patient, facts, closed).await?;
                Ok(Ok(id))
            })
        })
        .await
}
