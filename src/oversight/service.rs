//! Reading who looked at a record.

use crate::access::{Action, PatientFacts, Resource, Viewer, look, require};
use crate::audit::store::{self, Filter};
use crate::db::{Stretch, Window};
use crate::doctor::store as doctors;
use crate::error::Fault;
use crate::state::State;
use entity::id::{AuditEntryId, PatientId, UserId};
use entity::{audit_entry, doctor};
use std::collections::HashMap;
use std::sync::Arc;

/// One who looked, and the doctor that they are, if any.
#[derive(Clone)]
pub struct Seen {
    /// The look.
    pub entry: Arc<audit_entry::Model>,
    /// Whose it was.
    pub doctor: Option<Arc<doctor::Model>>,
}

fn of(patient: PatientId) -> Filter {
    Filter {
        patient: Some(patient),
        outcomes: vec!["ALLOWED"],
        ..Filter::default()
    }
}

/// A stretch of a patient's log, the newest look first; whoever asks has been allowed to read it.
///
/// # Errors
/// Those of the database.
pub async fn access_log(
    state: &State,
    patient: PatientId,
    window: &Window<AuditEntryId>,
) -> Result<Stretch<Seen>, Fault> {
    let Stretch { rows, more } = store::list(&state.db, &of(patient), window).await?;
    let rows = with_doctors(state, rows).await?;
    Ok(Stretch { rows, more })
}

/// How many looks the whole log has.
///
/// # Errors
/// Those of the database.
pub async fn count(state: &State, patient: PatientId) -> Result<i64, Fault> {
    store::count(&state.db, &of(patient)).await
}

/// One look.
///
/// # Errors
/// Those of the database.
pub async fn one(state: &State, id: AuditEntryId) -> Result<Option<Seen>, Fault> {
    let entries = store::looks(&state.db, [id]).await?;
    Ok(with_doctors(state, entries).await?.pop())
}

async fn with_doctors(state: &State, entries: Vec<audit_entry::Model>) -> Result<Vec<Seen>, Fault> {
    let mut users: Vec<UserId> = entries.iter().filter_map(|entry| entry.actor).collect();
    users.sort_unstable();
    users.dedup();
    let doctors: HashMap<UserId, Arc<doctor::Model>> = match users.is_empty() {
        true => HashMap::new(),
        false => doctors::of_users(&state.db, users).await?,
    };
    let seen = |entry: audit_entry::Model| Seen {
        doctor: entry.actor.and_then(|user| doctors.get(&user).cloned()),
        entry: Arc::new(entry),
    };
    Ok(entries.into_iter().map(seen).collect())
}

/// A stretch of the whole log, the newest entry first. That it was looked at is itself an entry.
///
/// # Errors
/// [`Fault::NotFound`] for whoever is no administrator; those of the database.
pub async fn audit_entries(
    state: &State,
    viewer: &Viewer,
    filter: &Filter,
    window: &Window<AuditEntryId>,
) -> Result<Stretch<Arc<audit_entry::Model>>, Fault> {
    require(viewer, Action::Read, &Resource::Audit)?;
    let found = store::list(&state.db, filter, window).await?;
    Ok(found.map(Arc::new))
}

/// How many entries of the whole log fit.
///
/// # Errors
/// [`Fault::NotFound`] for whoever is no administrator; those of the database.
pub async fn count_audit_entries(
    state: &State,
    viewer: &Viewer,
    filter: &Filter,
) -> Result<i64, Fault> {
    require(viewer, Action::Read, &Resource::Audit)?;
    store::count(&state.db, filter).await
}

/// Whether the viewer may follow who looks at this record: the patient alone. An administrator who followed would be told of
/// their own following, without end.
///
/// # Errors
/// Those of the database.
pub async fn may_follow(state: &State, viewer: &Viewer, patient: PatientId) -> Result<bool, Fault> {
    let own = viewer.actor().and_then(|actor| actor.patient) == Some(patient);
    let row = match own {
        true => state.loaders.patients.load(patient).await?,
        false => None,
    };
    let Some(row) = row else { return Ok(false) };
    let resource = Resource::AccessLog(PatientFacts::from(&*row));
    Ok(look(viewer, Action::Read, &resource).is_allowed())
}
