//! The verbs of whoever is told, and the work of telling them.

mod delivery;
mod planning;
mod preferences;
mod sweep;

pub use delivery::deliver;
pub use preferences::{
    ChangePreferences, Preferences, PreferencesRefusal, change_preferences, preferences,
};
pub use sweep::sweep;

use super::store;
use crate::access::{Action, Granted, Resource, Viewer, require};
use crate::db::{Stretch, Window};
use crate::error::{Fault, Outcome};
use crate::idempotency;
use crate::state::State;
use entity::id::{NotificationId, UserId};
use entity::notification;
use std::sync::Arc;

/// Whoever looks, and leave to see what they are told: it is for themselves only, not for administrators either.
pub(super) fn oneself(viewer: &Viewer) -> Result<(UserId, Granted), Fault> {
    let user = viewer.signed_in()?.user;
    let granted = require(viewer, Action::Read, &Resource::Account(user))?;
    Ok((user, granted))
}

/// What the viewer was told, the newest first; only what they have not read if `unread`.
///
/// # Errors
/// Those of the database; unauthenticated when nobody is signed in.
pub async fn list(
    state: &State,
    viewer: &Viewer,
    unread: bool,
    window: &Window<NotificationId>,
) -> Result<Stretch<Arc<notification::Model>>, Fault> {
    let (user, granted) = oneself(viewer)?;
    let Stretch { rows, more } = store::list(&state.db, granted, (user, unread), window).await?;
    let rows = rows.into_iter().map(Arc::new).collect();
    Ok(Stretch { rows, more })
}

/// How many the whole list has.
///
/// # Errors
/// As [`list`].
pub async fn count(state: &State, viewer: &Viewer, unread: bool) -> Result<i64, Fault> {
    let (user, granted) = oneself(viewer)?;
    store::count(&state.db, granted, (user, unread)).await
}

/// A notification of the viewer's.
///
/// # Errors
/// Those of the database; not found when there is none of theirs.
pub async fn find(
    state: &State,
    viewer: &Viewer,
    id: NotificationId,
) -> Result<Arc<notification::Model>, Fault> {
    let (user, _) = oneself(viewer)?;
    let found = state.loaders.notifications.load(id).await?;
    found
        .filter(|row| row.user_id == user)
        .ok_or(Fault::NotFound)
}

/// Whether the viewer is told of this: asked at each delivery.
#[must_use]
pub fn may_see(viewer: &Viewer, row: &notification::Model) -> bool {
    oneself(viewer).is_ok_and(|(user, _)| row.user_id == user)
}

/// Say that a notification was read.
#[derive(Clone, Debug)]
pub struct MarkRead {
    /// Which.
    pub notification: NotificationId,
    /// Under which the answer is remembered.
    pub idempotency_key: Option<String>,
}

/// Why a notification is not marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkReadRefusal {
    /// The key was used with another input.
    IdempotencyKeyReused,
}

/// Notes that the viewer has read a notification. One that they have read stays as it is.
///
/// # Errors
/// Those of the database; not found when there is none of theirs.
pub async fn mark_read(
    state: &State,
    viewer: &Viewer,
    command: MarkRead,
) -> Outcome<NotificationId, MarkReadRefusal> {
    let user = viewer.signed_in()?.user;
    let granted = require(viewer, Action::Update, &Resource::Account(user))?;
    let id = command.notification;
    let key = Arc::new(command.idempotency_key.as_ref().map(|key| {
        let mutation = "markNotificationRead";
        idempotency::Key::new(&state.vault, user, mutation, key, id.0.as_bytes())
    }));
    state
        .write(viewer, move |tx| {
            let key = Arc::clone(&key);
            Box::pin(async move {
                let claimed = idempotency::claimed(
                    tx,
                    key.as_ref().as_ref(),
                    id.0,
                    MarkReadRefusal::IdempotencyKeyReused,
                );
                if let Some(id) = crate::accept!(claimed.await?) {
                    return Ok(Ok(NotificationId(id)));
                }
                match store::mark_read(tx, granted, user, id).await? {
                    true => Ok(Ok(id)),
                    false => Err(Fault::NotFound),
                }
            })
        })
        .await
}
