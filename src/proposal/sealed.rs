//! From what a proposal says to the row that is written, and back. Reads no database and no clock.

use super::content::{Content, Decided};
use crate::state::Face;
use crate::vault::{DataKey, Place, Unreadable, Vault};
use chrono::{DateTime, Utc};
use entity::cell::Sealed;
use entity::change_proposal;
use entity::code::{ProposalKind, ProposalStatus};
use entity::id::{ChangeProposalId, PatientId, RecordId, UserId};

/// A proposal that is not there yet.
pub struct NewProposal {
    /// The id that it will have.
    pub id: ChangeProposalId,
    /// Whose.
    pub patient: PatientId,
    /// By which account of theirs.
    pub by: UserId,
    /// Of what.
    pub kind: ProposalKind,
    /// Of which entry; none of a new one, and of who they are.
    pub record: Option<RecordId>,
    /// Of which version; none of a new entry.
    pub base_version: Option<i32>,
    /// What it says.
    pub content: Content,
}

impl NewProposal {
    /// Seals it under the patient's key.
    ///
    /// # Errors
    /// When the cipher fails, which it does for no value of this size.
    pub fn seal(
        &self,
        key: &DataKey,
        now: DateTime<Utc>,
    ) -> Result<change_proposal::Model, Unreadable> {
        Ok(change_proposal::Model {
            id: self.id,
            patient_id: self.patient,
            kind: self.kind,
            status: ProposalStatus::Pending,
            record_id: self.record,
            base_version: self.base_version,
            content: key.seal(place(self.id), &self.content)?,
            decision: None,
            proposed_at: now,
            proposed_by: self.by,
            decided_at: None,
            decided_by: None,
            version: 1,
        })
    }
}

/// Seals the word on a proposal.
///
/// # Errors
/// When the cipher fails, which it does for no value of this size.
pub fn seal_decided(
    key: &DataKey,
    id: ChangeProposalId,
    decided: &Decided,
) -> Result<Sealed, Unreadable> {
    key.seal(decision_place(id), decided)
}

/// What a proposal says; whoever asks has been allowed to read it.
///
/// # Errors
/// When the cell does not open.
pub fn open(
    face: &Face,
    vault: &Vault,
    row: &change_proposal::Model,
) -> Result<Content, Unreadable> {
    open_with(face.key(vault)?, row)
}

/// The same for a transaction, which has the patient's key.
///
/// # Errors
/// When the cell does not open.
pub fn open_with(key: &DataKey, row: &change_proposal::Model) -> Result<Content, Unreadable> {
    key.open(place(row.id), &row.content)
}

/// The word on a proposal, if there is one.
///
/// # Errors
/// When the cell does not open.
pub fn open_decided(
    face: &Face,
    vault: &Vault,
    row: &change_proposal::Model,
) -> Result<Option<Decided>, Unreadable> {
    let cell = row.decision.as_ref();
    let open = |cell| face.key(vault)?.open(decision_place(row.id), cell);
    cell.map(open).transpose()
}

fn place(id: ChangeProposalId) -> Place {
    Place::new("change_proposal", "content", id.0)
}

fn decision_place(id: ChangeProposalId) -> Place {
    Place::new("change_proposal", "decision", id.0)
}
