//! Recording an entry.

use super::check::{Check, Proposed, Unchecked};
use super::prescribe::InSpite;
use super::{MOST_OF_A_KIND, authority, changed, known, word};
use crate::access::{Action, Granted, Viewer};
use crate::appointment;
use crate::chart::content::{Editable, Word};
use crate::chart::sealed::{NewRecord, SealedRecord, Ties};
use crate::chart::store;
use crate::db::Tx;
use crate::error::{Fault, Outcome};
use crate::event::log::Fact;
use crate::idempotency;
use crate::patient::digest::{claim_of, id_text};
use crate::patient::input::{At as _, Invalid, Problem};
use crate::patient::service::{find_patient, tell_team};
use crate::patient::store::stays;
use crate::state::State;
use entity::code::{RecordKind, RecordStatus};
use entity::id::{ChangeProposalId, PatientId, RecordId};
use serde::Serialize;
use std::sync::Arc;

/// Put an entry into a chart.
#[derive(Clone, Serialize)]
pub struct Record<C> {
    /// Into whose.
    #[serde(serialize_with = "id_text")]
    pub patient: PatientId,
    /// What it says.
    pub content: C,
    /// What it is tied to.
    #[serde(skip_serializing_if = "Ties::are_none")]
    pub ties: Ties,
    /// Of an order: in spite of what.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_spite: Option<InSpite>,
    /// Under which the answer is remembered.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Why it is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordRefusal {
    /// A value is not taken.
    Invalid(Invalid),
    /// The chart has as many of this kind as are kept.
    TooManyRecords,
    /// The key was used with another input.
    IdempotencyKeyReused,
}

impl From<Invalid> for RecordRefusal {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

/// Puts an entry into a chart.
///
/// # Errors
/// Those of the database; not found when the viewer may not know of the patient, forbidden when they may not do this.
pub async fn record<C: Editable>(
    state: &State,
    viewer: &Viewer,
    command: Record<C>,
) -> Outcome<RecordId, RecordRefusal> {
    record_if(state, viewer, command, Unchecked::default()).await
}

/// The same, if this holds of the chart.
pub(super) async fn record_if<C: Editable, K: Check<C>>(
    state: &State,
    viewer: &Viewer,
    command: Record<C>,
    check: K,
) -> Outcome<RecordId, K::Refusal>
where
    K::Refusal: From<RecordRefusal>,
{
    let user = viewer.signed_in()?.user;
    let key = command.idempotency_key.as_deref();
    let claim = claim_of(state, user, C::RECORD, key, &command)?;
    let recording = crate::accept!(prepare_record(state, viewer, command).await?);
    let shared = Arc::new((recording, claim, check));
    state
        .write(viewer, move |tx| {
            let shared = Arc::clone(&shared);
            Box::pin(async move {
                let (recording, claim, check) = &*shared;
                let claimed = idempotency::claimed(
                    tx,
                    claim.as_ref(),
                    recording.id().0,
                    RecordRefusal::IdempotencyKeyReused,
                );
                if let Some(id) = crate::accept!(claimed.await?) {
                    return Ok(Ok(RecordId(id)));
                }
                let fact = match recording.write_if(tx, check).await? {
                    Ok(fact) => fact,
                    Err(refusal) => return Ok(Err(refusal)),
                };
                tell_team(tx, recording.patient(), vec![fact]).await?;
                Ok(Ok(recording.id()))
            })
        })
        .await
}

/// An entry that is about to be put into a chart: whoever does may, what it says has been checked, and it is sealed.
pub struct Recording<C> {
    granted: Granted,
    sealed: SealedRecord,
    content: C,
}

/// Gets an entry ready to be put into a chart by a transaction, its caller's or another verb's.
///
/// # Errors
/// Those of [`record`].
pub async fn prepare_record<C: Editable>(
    state: &State,
    viewer: &Viewer,
    command: Record<C>,
) -> Outcome<Recording<C>, RecordRefusal> {
    let user = viewer.signed_in()?.user;
    let patient = find_patient(state, viewer, command.patient).await?;
    let source = word(viewer, patient.id());
    let author = C::IS_OF_VISITS.then_some(user);
    let what = |facts| C::resource(facts, Word::new(source, author));
    let granted = authority(state, viewer, &patient, Action::Create, what).await?;
    let now = state.clock.now();
    let tied = tied(state, viewer, patient.id(), command.ties).await?;
    crate::accept!(tied.map_err(RecordRefusal::from));
    let content = crate::accept!(command.content.checked(now).map_err(RecordRefusal::from));
    crate::accept!(known(state, &content).await?.map_err(RecordRefusal::from));
    let new = NewRecord {
        id: state.clock.new_id(),
        version: state.clock.new_id(),
        patient: patient.id(),
        content,
        source,
        recorded_by: Some(user),
    };
    let sealed = new.seal(patient.key(&state.vault)?, now)?;
    Ok(Ok(Recording {
        granted,
        sealed: sealed.tied(author, command.ties),
        content: new.content,
    }))
}

impl<C: Editable> Recording<C> {
    /// The id that it will have.
    #[must_use]
    pub fn id(&self) -> RecordId {
        self.sealed.record.id
    }

    /// Into whose chart it goes.
    #[must_use]
    pub fn patient(&self) -> PatientId {
        self.sealed.record.patient_id
    }

    /// The same, as it comes of what the patient asked for.
    #[must_use]
    pub fn proposed(mut self, by: ChangeProposalId) -> Self {
        self.sealed.version.proposal_id = Some(by);
        self
    }

    /// Puts it into the chart; what is to be told of it, last in the transaction.
    ///
    /// # Errors
    /// Those of the database; not found when the patient has been erased.
    pub async fn write(&self, tx: &Tx) -> Outcome<Fact, RecordRefusal> {
        self.write_if(tx, &Unchecked::default()).await
    }

    async fn write_if<K: Check<C>>(&self, tx: &Tx, check: &K) -> Outcome<Fact, K::Refusal>
    where
        K::Refusal: From<RecordRefusal>,
    {
        let (id, patient) = (self.id(), self.patient());
        stays(tx, patient).await?;
        if store::count(tx, patient, C::KIND).await? >= MOST_OF_A_KIND {
            return Ok(Err(RecordRefusal::TooManyRecords.into()));
        }
        let proposed = Proposed {
            patient,
            entry: id,
            version: self.sealed.version.id,
            before: None,
            after: &self.content,
        };
        let mut sealed = self.sealed.clone();
        match check.ask(tx, proposed).await? {
            Err(refusal) => return Ok(Err(refusal)),
            Ok(None) => {}
            Ok(Some(overridden)) => {
                sealed.version.reason = Some(overridden.reason);
                sealed.version.overridden = Some(overridden.conflicts);
            }
        }
        if !store::insert(tx, self.granted, vec![sealed]).await? {
            return Ok(Err(taken().into()));
        }
        Ok(Ok(changed(C::KIND, patient, id, 1)))
    }
}

/// The appointment has its visit already.
fn taken() -> RecordRefusal {
    RecordRefusal::Invalid(Invalid {
        problem: Problem::Taken,
        path: vec!["appointmentId".to_owned()],
        others: Vec::new(),
    })
}

/// Whether an entry can be tied to all this: what is in the same chart and not in error, and an appointment of the patient.
async fn tied(
    state: &State,
    viewer: &Viewer,
    patient: PatientId,
    ties: Ties,
) -> Result<Result<(), Invalid>, Fault> {
    for (id, kind, field) in [
        (ties.encounter, RecordKind::Encounter, "encounterId"),
        (ties.parent, RecordKind::Order, "orderId"),
    ] {
        let Some(id) = id else { continue };
        let row = state.loaders.charts.records.load(id).await?;
        let fits = row.is_some_and(|row| {
            let stands = row.status != RecordStatus::EnteredInError;
            row.patient_id == patient && row.kind == kind && stands
        });
        if !fits {
            return Ok(Err(Problem::NotGivenHere).at(field));
        }
    }
    if let Some(id) = ties.appointment {
        let card = appointment::service::find(state, viewer, id).await?;
        if card.row.patient_id != patient {
            return Ok(Err(Problem::NotGivenHere).at("appointmentId"));
        }
    }
    Ok(Ok(()))
}
