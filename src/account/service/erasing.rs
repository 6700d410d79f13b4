//! Erasing the account of one whose record is erased: what it says of them lies under a key of its own.

use super::super::store;
use super::admission::subject_of;
use crate::db::Tx;
use crate::error::Fault;
use crate::event::Stream;
use crate::event::log::Fact;
use crate::state::State;
use crate::vault::IndexKey;
use entity::code::{EventKind, Roles};
use entity::id::{SessionId, UserId};

/// What the erasure of an account has ended, to be told in its stream with the rest.
pub struct ErasedAccount {
    /// The account.
    pub user: UserId,
    /// Its sessions that were live.
    pub sessions: Vec<SessionId>,
}

impl ErasedAccount {
    /// What its stream is told.
    #[must_use]
    pub fn facts(&self) -> Vec<Fact> {
        let fact = |session: &SessionId| Fact {
            kind: EventKind::SessionRevoked,
            subject: session.0,
            version: 1,
            streams: vec![Stream::User(self.user)],
        };
        self.sessions.iter().map(fact).collect()
    }
}

/// Destroys the key of a patient's account with all that is sealed under it, its sessions and its address's blind index:
/// it is not found any more, and the address is free. One who is of the staff too keeps the account and is no patient.
/// The patient's row must not refer to the account any more.
///
/// # Errors
/// Those of the database.
pub async fn erase_patient_account(
    state: &State,
    tx: &Tx,
    user: UserId,
) -> Result<Option<ErasedAccount>, Fault> {
    let Some(row) = store::within(tx, user).await? else {
        return Ok(None);
    };
    let staff = Roles(row.roles.0 & !Roles::PATIENT.0);
    if staff != Roles::NONE {
        store::change_roles(tx, &row, staff).await?;
        return Ok(None);
    }
    let sessions = store::delete_sessions(tx, user).await?;
    store::delete_links(tx, user).await?;
    store::clear(tx, &subject_of(state, &row.email_index)).await?;
    store::erase(tx, &row, IndexKey::of_nothing()).await?;
    Ok(Some(ErasedAccount { user, sessions }))
}
