//! Making a patient's record unreadable for good: their key is destroyed, and whatever they were found by.

use super::{changed, find_patient};
use crate::access::{Action, Kinds, Object, PatientFacts, Resource, Viewer, require};
use crate::account::{
    ErasedAccount, StepUpRequired, erase_patient_account, hold_rights, step_up, still_administrator,
};
use crate::error::{Fault, Outcome};
use crate::event::log;
use crate::patient::{store, token};
use crate::state::State;
use entity::id::{BlobId, PatientId, UserId};
use std::sync::Arc;

/// Erase this patient.
#[derive(Clone)]
pub struct ErasePatientKey {
    /// Whom.
    pub patient: PatientId,
    /// Their medical record number, as whoever asks knows it: it must be this patient's.
    pub mrn: String,
    /// Why, as a code: it is logged.
    pub reason: &'static str,
}

/// Why a patient is not erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EraseRefusal {
    /// The patient has another medical record number.
    OtherMrn,
    /// The patient has appointments that stand; call them off first, or their time would stay taken by nobody.
    AppointmentsStand,
    /// Who does this must have proved moments ago who they are.
    StepUpRequired,
}

impl From<StepUpRequired> for EraseRefusal {
    fn from(_: StepUpRequired) -> Self {
        Self::StepUpRequired
    }
}

/// Erases a patient for an administrator who has just proved who they are: see [`erase_patient_key`].
///
/// # Errors
/// Not found when the viewer may not know of the patient, forbidden for whoever is no administrator; those of the database.
pub async fn erase_patient(
    state: &Arc<State>,
    viewer: &Viewer,
    command: ErasePatientKey,
) -> Outcome<(), EraseRefusal> {
    let actor = viewer.signed_in()?.user;
    let record = find_patient(state, viewer, command.patient).await?;
    let resource = Resource::Identity(PatientFacts::from(&**record.row()));
    require(viewer, Action::Erase, &resource)?;
    crate::accept!(step_up(state, viewer).await?);
    erase(state, command, Some((viewer, actor))).await
}

/// Destroys the key of a patient, what is sealed under it in their row, their insurances, their blind indexes, their files, and their
/// account. Appointments and care relationships stay as rows about nobody: their reasons open no more, and none of them is
/// found. There is no way back but a backup.
///
/// For the operator at the command line, whom no policy is asked about; viewers come by [`erase_patient`].
///
/// # Errors
/// [`Fault::NotFound`] when there is no such patient any more; those of the database.
pub async fn erase_patient_key(
    state: &Arc<State>,
    command: ErasePatientKey,
) -> Outcome<(), EraseRefusal> {
    erase(state, command, None).await
}

async fn erase(
    state: &Arc<State>,
    command: ErasePatientKey,
    by: Option<(&Viewer, UserId)>,
) -> Outcome<(), EraseRefusal> {
    let id = command.patient;
    let known = state.loaders.patients.load(id).await?;
    let known = known.ok_or(Fault::NotFound)?;
    // By its index: a record whose key is lost can be erased all the same.
    if token::of_mrn(state.vault.index(), &command.mrn).as_ref() != Some(&known.mrn_index) {
        return Ok(Err(EraseRefusal::OtherMrn));
    }
    let kinds = Kinds::IDENTITY
        .with(Kinds::DEMOGRAPHICS)
        .with(Kinds::ACCOUNT);
    let audit = &state.audit;
    // A viewer's trail has it already.
    let note = match by {
        Some(_) => None,
        None => audit.operation("patient erase", (kinds, Object::Patient(id)), true)?,
    };
    let nobody = Viewer::anonymous();
    let (viewer, by) = by.map_or((&nobody, None), |(viewer, user)| (viewer, Some(user)));
    let floor = Arc::clone(state);
    let erased =
        state.write::<(Option<ErasedAccount>, Vec<BlobId>), EraseRefusal, _>(viewer, move |tx| {
            tx.defer(note.clone());
            let state = Arc::clone(&floor);
            Box::pin(async move {
                // Before the patient's own: whoever changes what accounts may never waits for a patient.
                hold_rights(tx).await?;
                store::lock(tx, id).await?;
                if store::has_appointments(tx, id).await? {
                    return Ok(Err(EraseRefusal::AppointmentsStand));
                }
                if let Some(actor) = by {
                    still_administrator(tx, actor).await?;
                }
                let before = store::hold(tx, id).await?.ok_or(Fault::NotFound)?;
                let blobs = store::erase(tx, &before).await?;
                let account = match before.user_id {
                    Some(user) => erase_patient_account(&state, tx, user).await?,
                    None => None,
                };
                let mut facts = vec![changed(id, before.user_id, before.version + 1)];
                facts.extend(account.iter().flat_map(ErasedAccount::facts));
                log::append(tx, &facts).await?;
                Ok(Ok((account, blobs)))
            })
        });
    let (account, blobs) = crate::accept!(erased.await?);
    state.vault.forget(id.0);
    if let Some(account) = account.as_ref().filter(|account| account.is_gone()) {
        state.vault.forget(account.user.0);
    }
    for session in account.iter().flat_map(|account| &account.sessions) {
        state.standings.forget(*session);
    }
    for blob in blobs {
        // They open no more; what is not taken away now the sweep takes away.
        if let Err(fault) = state.depot.forget(blob).await {
            tracing::warn!(
                ?fault,
                "Could not take away the bytes of a file; trying again in an hour"
            );
        }
    }
    tracing::info!(patient.id = %id, reason = command.reason, "Erased patient {id}");
    Ok(Ok(()))
}
