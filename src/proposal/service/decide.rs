//! Deciding on what a patient asks for, field by field.

use super::edit::{Edit, prepare};
use super::{Ended, find_proposal, resource, told};
use crate::access::{Action, Viewer, require};
use crate::chart::content::note;
use crate::error::Outcome;
use crate::idempotency;
use crate::patient::PatientRecord;
use crate::patient::digest::{claim_of, id_text};
use crate::patient::input::{At as _, Invalid};
use crate::patient::service::tell_team;
use crate::patient::store::stays;
use crate::proposal::content::{Change, Content, Decided, Field, Verdict};
use crate::proposal::sealed::{open, seal_decided};
use crate::proposal::store::{self, Ending};
use crate::state::State;
use entity::change_proposal;
use entity::code::{EventKind, ProposalStatus};
use entity::id::ChangeProposalId;
use serde::Serialize;
use std::sync::Arc;

/// The word on what a patient asks for.
#[derive(Clone, Serialize)]
pub struct Decide {
    /// On which.
    #[serde(serialize_with = "id_text")]
    pub proposal: ChangeProposalId,
    /// As the caller knows it.
    pub expected_version: i32,
    /// On each field.
    pub fields: Vec<(Field, Verdict)>,
    /// Why; the patient reads it.
    pub reason: Option<String>,
    /// Under which the answer is remembered.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Why it is not decided so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecideRefusal {
    /// A value is not taken.
    Invalid(Invalid),
    /// What the accepted fields make together is not taken.
    NotTaken(Invalid),
    /// It has changed since it was read.
    Conflict,
    /// There is a word on it.
    AlreadyDecided,
    /// The patient has taken it back.
    Withdrawn,
    /// A field that is not asked for, or one that is named twice.
    NotProposed(Field),
    /// A field on which there is no word.
    Undecided,
    /// There is no entry without one of the rejected fields.
    Needed,
    /// This field says something else by now than the patient saw.
    FieldChanged(Field),
    /// The record or the entry changed in this very moment.
    RecordChanged,
    /// The entry was entered in error: it says nothing any more.
    EnteredInError,
    /// The chart has as many entries of the kind as are kept.
    TooManyRecords,
    /// The entry has as many versions as are kept.
    TooManyVersions,
    /// The key was used with another input.
    IdempotencyKeyReused,
}

impl From<Invalid> for DecideRefusal {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

impl DecideRefusal {
    fn of(ended: Ended) -> Self {
        match ended {
            Ended::Decided => Self::AlreadyDecided,
            Ended::Withdrawn => Self::Withdrawn,
            Ended::Otherwise => Self::Conflict,
        }
    }
}

/// The accepted changes, if there is a word on each field and on nothing else.
fn accepted<'a>(content: &'a Content, decided: &Decided) -> Result<Vec<&'a Change>, DecideRefusal> {
    let proposed = |field: Field| content.changes.iter().any(|one| one.field == field);
    for (at, (field, _)) in decided.verdicts.iter().enumerate() {
        let before = &decided.verdicts[..at];
        let twice = before.iter().any(|(other, _)| other == field);
        if twice || !proposed(*field) {
            return Err(DecideRefusal::NotProposed(*field));
        }
    }
    if decided.verdicts.len() < content.changes.len() {
        return Err(DecideRefusal::Undecided);
    }
    let all = content.changes.iter();
    let accepted = all.filter(|change| decided.on(change.field) == Some(Verdict::Accept));
    Ok(accepted.collect())
}

/// What a decision comes to: how the proposal ends, and what is changed with it.
struct Verdicts {
    ending: Ending,
    edit: Option<Box<dyn Edit>>,
}

async fn weighed(
    state: &State,
    viewer: &Viewer,
    (row, patient): (&change_proposal::Model, &PatientRecord),
    (expected_version, decided): (i32, &Decided),
) -> Outcome<Verdicts, DecideRefusal> {
    if row.status != ProposalStatus::Pending {
        return Ok(Err(DecideRefusal::of(Ended::of(Some(row.status)))));
    }
    if row.version != expected_version {
        return Ok(Err(DecideRefusal::Conflict));
    }
    let content = open(patient.face(), &state.vault, row)?;
    let accepted = crate::accept!(accepted(&content, decided));
    let edit = match accepted.is_empty() {
        true => None,
        false => crate::accept!(prepare(state, viewer, (row, patient), &accepted).await?),
    };
    let status = if accepted.is_empty() {
        ProposalStatus::Rejected
    } else if accepted.len() == content.changes.len() {
        ProposalStatus::Accepted
    } else {
        ProposalStatus::PartlyAccepted
    };
    let user = viewer.signed_in()?.user;
    let word = seal_decided(patient.key(&state.vault)?, row.id, decided)?;
    Ok(Ok(Verdicts {
        ending: Ending {
            status,
            word: Some((word, user)),
            record: edit.as_ref().and_then(|edit| edit.made()),
            at: state.clock.now(),
        },
        edit,
    }))
}

/// Decides on what a patient asks for, and makes what is accepted: all of it in one transaction, or nothing.
///
/// # Errors
/// Those of the database; not found when the viewer may not read it, forbidden when they may not decide.
pub async fn decide(
    state: &State,
    viewer: &Viewer,
    command: Decide,
) -> Outcome<ChangeProposalId, DecideRefusal> {
    let user = viewer.signed_in()?.user;
    let (row, patient) = find_proposal(state, viewer, command.proposal).await?;
    let facts = state.facts(viewer, &**patient.row()).await?;
    let granted = require(viewer, Action::Accept, &resource(row.kind, facts))?;
    let key = command.idempotency_key.as_deref();
    let claim = claim_of(state, user, "decideChangeProposal", key, &command)?;
    let reason = crate::accept!(note(command.reason.as_ref()).at("reason"));
    let decided = Decided {
        verdicts: command.fields,
        reason,
    };
    let expected = command.expected_version;
    // A repeated request may be refused here; whether it is one, only its claim can tell.
    let verdicts = weighed(state, viewer, (&row, &patient), (expected, &decided)).await?;
    let (id, patient) = (row.id, patient.id());
    let shared = Arc::new((verdicts, claim));
    state
        .write(viewer, move |tx| {
            let shared = Arc::clone(&shared);
            Box::pin(async move {
                let (verdicts, claim) = &*shared;
                let claimed = idempotency::claimed(
                    tx,
                    claim.as_ref(),
                    id.0,
                    DecideRefusal::IdempotencyKeyReused,
                );
                if let Some(id) = crate::accept!(claimed.await?) {
                    return Ok(Ok(ChangeProposalId(id)));
                }
                let Verdicts { ending, edit } = match verdicts {
                    Ok(verdicts) => verdicts,
                    Err(refusal) => return Ok(Err(refusal.clone())),
                };
                stays(tx, patient).await?;
                let held = store::hold(tx, id).await?;
                if held != Some((ProposalStatus::Pending, expected)) {
                    let status = held.map(|(status, _)| status);
                    return Ok(Err(DecideRefusal::of(Ended::of(status))));
                }
                let mut facts = Vec::new();
                if let Some(edit) = edit {
                    facts.push(crate::accept!(edit.write(tx).await?));
                }
                if !store::end(tx, granted, (id, expected), ending.clone()).await? {
                    return Ok(Err(DecideRefusal::Conflict));
                }
                facts.push(told(
                    EventKind::ProposalDecided,
                    (id, expected + 1),
                    patient,
                ));
                tell_team(tx, patient, facts).await?;
                Ok(Ok(id))
            })
        })
        .await
}
