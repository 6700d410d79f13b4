//! What the accepted fields make of the record or the entry: the verb's own way, ready to be gone within the transaction of the
//! decision.

use super::decide::DecideRefusal;
use super::propose::demographics;
use crate::access::Viewer;
use crate::chart::content::{Allergy, Condition, Editable, Immunization, MedicationStatement};
use crate::chart::sealed::{Ties, open};
use crate::chart::service::{
    Record, RecordRefusal, Recording, UpdateRefusal, find, prepare_record, prepare_update,
};
use crate::db::Tx;
use crate::error::{Fault, Outcome};
use crate::event::log::Fact;
use crate::patient::PatientRecord;
use crate::patient::cells::Edit as Cell;
use crate::patient::service::{self as patients, UpdatePatient};
use crate::proposal::content::{Change, Field, merged};
use crate::state::State;
use crate::{chart, patient};
use entity::change_proposal;
use entity::code::{AdministrativeGender, BloodGroup, ProposalKind};
use entity::id::RecordId;
use futures_util::future::BoxFuture;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A change that is ready to be made.
pub trait Edit: Send + Sync {
    /// Makes it; what is to be told of it.
    fn write<'a>(&'a self, tx: &'a Tx) -> BoxFuture<'a, Outcome<Fact, DecideRefusal>>;

    /// The entry that is new by it.
    fn made(&self) -> Option<RecordId> {
        None
    }
}

impl<C: Editable> Edit for Recording<C> {
    fn write<'a>(&'a self, tx: &'a Tx) -> BoxFuture<'a, Outcome<Fact, DecideRefusal>> {
        Box::pin(async move { Ok(self.write(tx).await?.map_err(of_new)) })
    }

    fn made(&self) -> Option<RecordId> {
        Some(self.id())
    }
}

impl<C: Editable> Edit for chart::service::Revision<C> {
    fn write<'a>(&'a self, tx: &'a Tx) -> BoxFuture<'a, Outcome<Fact, DecideRefusal>> {
        Box::pin(async move { Ok(self.write(tx).await?.map_err(of_update)) })
    }
}

impl Edit for patient::service::Revision {
    fn write<'a>(&'a self, tx: &'a Tx) -> BoxFuture<'a, Outcome<Fact, DecideRefusal>> {
        Box::pin(async move { Ok(self.write(tx).await?.map_err(of_patient)) })
    }
}

fn of_new(refusal: RecordRefusal) -> DecideRefusal {
    match refusal {
        RecordRefusal::Invalid(invalid) => DecideRefusal::NotTaken(invalid),
        RecordRefusal::TooManyRecords => DecideRefusal::TooManyRecords,
        RecordRefusal::IdempotencyKeyReused => DecideRefusal::IdempotencyKeyReused,
    }
}

fn of_update(refusal: UpdateRefusal) -> DecideRefusal {
    match refusal {
        UpdateRefusal::Invalid(invalid) => DecideRefusal::NotTaken(invalid),
        UpdateRefusal::Conflict => DecideRefusal::RecordChanged,
        UpdateRefusal::EnteredInError => DecideRefusal::EnteredInError,
        UpdateRefusal::TooManyVersions => DecideRefusal::TooManyVersions,
        UpdateRefusal::IdempotencyKeyReused => DecideRefusal::IdempotencyKeyReused,
    }
}

fn of_patient(refusal: patients::UpdateRefusal) -> DecideRefusal {
    match refusal {
        patients::UpdateRefusal::Invalid(invalid) => DecideRefusal::NotTaken(invalid),
        patients::UpdateRefusal::IdempotencyKeyReused => DecideRefusal::IdempotencyKeyReused,
        // The others are about what no proposal holds.
        _ => DecideRefusal::RecordChanged,
    }
}

/// What the accepted fields of a proposal come to; nothing when all of it stands so already.
pub async fn prepare(
    state: &State,
    viewer: &Viewer,
    (row, patient): (&change_proposal::Model, &PatientRecord),
    accepted: &[&Change],
) -> Outcome<Option<Box<dyn Edit>>, DecideRefusal> {
    match row.kind {
        ProposalKind::Demographics => of_demographics(state, viewer, patient, accepted).await,
        ProposalKind::Condition => of_entry::<Condition>(state, viewer, row, accepted).await,
        ProposalKind::Allergy => of_entry::<Allergy>(state, viewer, row, accepted).await,
        ProposalKind::Immunization => of_entry::<Immunization>(state, viewer, row, accepted).await,
        ProposalKind::MedicationStatement => {
            of_entry::<MedicationStatement>(state, viewer, row, accepted).await
        }
    }
}

async fn of_entry<C: Editable>(
    state: &State,
    viewer: &Viewer,
    row: &change_proposal::Model,
    accepted: &[&Change],
) -> Outcome<Option<Box<dyn Edit>>, DecideRefusal> {
    let (Some(record), Some(_)) = (row.record_id, row.base_version) else {
        let whole = crate::accept!(merge(&Value::Null, accepted));
        let Ok(content) = serde_json::from_value::<C>(whole) else {
            return Ok(Err(DecideRefusal::Needed));
        };
        let command = Record {
            patient: row.patient_id,
            content,
            ties: Ties::default(),
            in_spite: None,
            idempotency_key: None,
        };
        let recording = prepare_record(state, viewer, command).await?;
        let recording = crate::accept!(recording.map_err(of_new)).proposed(row.id);
        return Ok(Ok(Some(Box::new(recording))));
    };
    let (entry, patient) = find(state, viewer, C::KIND, record).await?;
    let now: C = open(patient.face(), &state.vault, &entry)?;
    let now = serde_json::to_value(&now).map_err(Fault::internal)?;
    let after = crate::accept!(merge(&now, accepted));
    if after == now {
        return Ok(Ok(None));
    }
    let after: C = serde_json::from_value(after).map_err(Fault::internal)?;
    let revision = prepare_update(state, viewer, (entry.id, entry.version), |_: C| after).await?;
    let revision = crate::accept!(revision.map_err(of_update)).proposed(row.id);
    Ok(Ok(Some(Box::new(revision))))
}

fn merge(now: &Value, accepted: &[&Change]) -> Result<Value, DecideRefusal> {
    merged(now, accepted.iter().copied()).map_err(DecideRefusal::FieldChanged)
}

/// What a field should say; nothing when it is not among the accepted.
fn wished<T: DeserializeOwned>(accepted: &[&Change], field: Field) -> Result<Option<T>, Fault> {
    let mut all = accepted.iter();
    let change = all.find(|change| change.field == field);
    let value = change.map(|change| serde_json::from_value(change.after.clone()));
    value.transpose().map_err(Fault::internal)
}

async fn of_demographics(
    state: &State,
    viewer: &Viewer,
    patient: &PatientRecord,
    accepted: &[&Change],
) -> Outcome<Option<Box<dyn Edit>>, DecideRefusal> {
    let now = demographics(state, patient)?;
    if crate::accept!(merge(&now, accepted)) == now {
        return Ok(Ok(None));
    }
    let group: Option<Option<BloodGroup>> = wished(accepted, Field::BloodGroup)?;
    let command = UpdatePatient {
        patient: patient.id(),
        expected_version: patient.row().version,
        name: wished(accepted, Field::Name)?,
        birth_date: wished(accepted, Field::BirthDate)?,
        mrn: None,
        gender: wished::<AdministrativeGender>(accepted, Field::Gender)?,
        blood_group: match group {
            None => Cell::Keep,
            Some(None) => Cell::Clear,
            Some(Some(group)) => Cell::Set(group),
        },
        confidentiality: None,
        email: Cell::Keep,
        phone: Cell::Keep,
        address: Cell::Keep,
        emergency_contacts: None,
        language: Cell::Keep,
        preferences: None,
        idempotency_key: None,
    };
    let revision = patients::prepare_update(state, viewer, command).await?;
    let revision = crate::accept!(revision.map_err(of_patient));
    Ok(Ok(Some(Box::new(revision))))
}
