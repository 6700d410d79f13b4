//! Erasing the account of one whose record is erased: what it says of them lies under a key of its own.

use super::super::store;
use super::admission::subject_of;
use super::founding::ADMINISTRATORS;
use super::{ended, updated};
use crate::db::Tx;
use crate::error::Fault;
use crate::event::log::Fact;
use crate::state::State;
use crate::vault::IndexKey;
use entity::code::Roles;
use entity::id::{SessionId, UserId};

/// What became of the account of an erased patient, to be told in its stream with the rest.
pub struct ErasedAccount {
    /// The account.
    pub user: UserId,
    /// Its sessions that were live.
    pub sessions: Vec<SessionId>,
    /// Its version, if it goes on as one of the staff's.
    stays: Option<i32>,
}

impl ErasedAccount {
    /// What its stream is told, and the clinic's of an account that goes on with other rights.
    #[must_use]
    pub fn facts(&self) -> Vec<Fact> {
        let updated = self.stays.map(|version| updated(self.user, version));
        let ended = self.sessions.iter().map(|it| ended(self.user, *it));
        updated.into_iter().chain(ended).collect()
    }

    /// Whether its key was destroyed with the patient's.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.stays.is_none()
    }
}

/// Waits until nobody else changes what accounts may: the first lock of whoever is about to erase a patient, whose account can
/// be an administrator's.
///
/// # Errors
/// Those of the database.
pub async fn hold_rights(tx: &Tx) -> Result<(), Fault> {
    tx.lock(&[ADMINISTRATORS.to_owned()]).await
}

/// Destroys the key of a patient's account with all that is sealed under it, its sessions and its address's blind index:
/// it is not found any more, and the address is free. One who is of the staff too keeps the account, is no patient, and signs
/// in anew. The patient's row must not refer to the account any more, and [`hold_rights`] comes before it.
///
/// # Errors
/// Those of the database.
pub async fn erase_patient_account(
    state: &State,
    tx: &Tx,
    user: UserId,
) -> Result<Option<ErasedAccount>, Fault> {
    let Some(row) = store::hold_proved(tx, user).await? else {
        return Ok(None);
    };
    // Before anything else of it: no patient, no appointments, nothing to be told of them.
    store::forget_told(tx, user).await?;
    let staff = row.roles.without(Roles::PATIENT);
    if staff != Roles::NONE {
        let row = store::keep_roles(tx, &row, staff).await?;
        let ended = store::end_every_session(tx, user).await?;
        return Ok(Some(ErasedAccount {
            user,
            sessions: ended.iter().map(|session| session.id).collect(),
            stays: Some(row.version),
        }));
    }
    let sessions = store::delete_sessions(tx, user).await?;
    store::delete_links(tx, user).await?;
    store::forget_wishes(tx, user).await?;
    store::clear(tx, &subject_of(state, &row.email_index)).await?;
    store::erase(tx, &row, IndexKey::of_nothing()).await?;
    Ok(Some(ErasedAccount {
        user,
        sessions,
        stays: None,
    }))
}
