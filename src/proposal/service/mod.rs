//! The verbs: each asks the policy, refuses before it writes, and writes its event with its change.

mod decide;
mod edit;
mod list;
mod propose;
mod withdraw;

pub use decide::{Decide, DecideRefusal, decide};
pub use list::{Waiting, count_waiting, list_waiting};
pub use propose::{Entry, Propose, ProposeRefusal, Wish, propose};
pub use withdraw::{Withdraw, WithdrawRefusal, withdraw};

use crate::access::{Action, Asked, PatientFacts, Permit, Resource, Viewer, look, require};
use crate::error::Fault;
use crate::event::Stream;
use crate::event::log::Fact;
use crate::patient::PatientRecord;
use crate::patient::service::find_patient;
use crate::state::State;
use entity::code::{EventKind, ProposalKind, ProposalStatus};
use entity::id::{ChangeProposalId, PatientId};
use entity::{change_proposal, patient};
use std::sync::Arc;

/// What of the policy a proposal of this kind is about.
#[must_use]
pub fn asked(kind: ProposalKind) -> Asked {
    match kind {
        ProposalKind::Demographics => Asked::Demographics,
        ProposalKind::Condition | ProposalKind::Allergy | ProposalKind::Immunization => {
            Asked::Clinical
        }
        ProposalKind::MedicationStatement => Asked::Medication,
    }
}

/// What of the policy a proposal of this kind is.
#[must_use]
pub fn resource(kind: ProposalKind, facts: PatientFacts) -> Resource {
    Resource::Proposal(facts, asked(kind))
}

/// The proposal with its patient, if the viewer may read it.
///
/// # Errors
/// [`Fault::NotFound`] when there is none that they may know of.
pub async fn find_proposal(
    state: &State,
    viewer: &Viewer,
    id: ChangeProposalId,
) -> Result<(Arc<change_proposal::Model>, PatientRecord), Fault> {
    viewer.signed_in()?;
    let row = state.loaders.proposals.rows.load(id).await?;
    let row = row.ok_or(Fault::NotFound)?;
    let record = find_patient(state, viewer, row.patient_id).await?;
    let facts = state.facts(viewer, &**record.row()).await?;
    require(viewer, Action::Read, &resource(row.kind, facts))?;
    Ok((row, record))
}

/// Whether the viewer may read this patient's proposals of this kind: asked at each delivery.
///
/// # Errors
/// Those of the database.
pub async fn may_see(
    state: &State,
    viewer: &Viewer,
    kind: ProposalKind,
    patient: &patient::Model,
) -> Result<bool, Fault> {
    let of = |facts| resource(kind, facts);
    state.permits(viewer, Action::Read, patient, of).await
}

/// The same for a doctor, of a patient in whose care team they are.
///
/// # Errors
/// Those of the database.
pub async fn may_see_of_panel(
    state: &State,
    viewer: &Viewer,
    kind: ProposalKind,
    patient: &patient::Model,
) -> Result<bool, Fault> {
    let facts = state.facts(viewer, patient).await?;
    let may = look(viewer, Action::Read, &resource(kind, facts)).is_allowed();
    Ok(facts.care_team && may)
}

/// Leave to follow this patient's proposals, if the viewer has it; each is decided on anew.
///
/// # Errors
/// Those of the database.
pub async fn may_follow(
    state: &State,
    viewer: &Viewer,
    patient: PatientId,
) -> Result<Option<Permit>, Fault> {
    match state.loaders.patients.load(patient).await? {
        None => Ok(None),
        Some(row) => {
            let of = |facts| resource(ProposalKind::Demographics, facts);
            state.permit(viewer, Action::Read, &*row, of).await
        }
    }
}

/// What has happened to a proposal, for the patient and the clinic; those of the care team are told beside.
fn told(kind: EventKind, (id, version): (ChangeProposalId, i32), patient: PatientId) -> Fact {
    Fact {
        kind,
        subject: id.0,
        version,
        streams: vec![Stream::Clinic, Stream::Patient(patient)],
    }
}

/// How a proposal ended that could not be ended another way.
enum Ended {
    Decided,
    Withdrawn,
    /// It is not what the caller has seen.
    Otherwise,
}

impl Ended {
    fn of(status: Option<ProposalStatus>) -> Self {
        match status {
            Some(ProposalStatus::Withdrawn) => Self::Withdrawn,
            Some(ProposalStatus::Pending) | None => Self::Otherwise,
            Some(_) => Self::Decided,
        }
    }
}
