//! What waits for somebody's word.

use super::may_see;
use crate::access::{Action, Resource, Viewer, require};
use crate::db::{Stretch, Window};
use crate::error::Fault;
use crate::proposal::store;
use crate::state::State;
use entity::id::ChangeProposalId;
use entity::{change_proposal, patient};
use futures_util::future::try_join_all;
use std::sync::Arc;

/// A proposal with its patient.
pub type Waiting = (Arc<change_proposal::Model>, Arc<patient::Model>);

/// A page of the proposals that wait for the viewer: of patients in whose care teams they are, and for administrators what
/// anybody's demographics should say.
///
/// # Errors
/// Those of the database; not found for whoever may list no patients.
pub async fn list_waiting(
    state: &State,
    viewer: &Viewer,
    window: &Window<ChangeProposalId>,
) -> Result<Stretch<Waiting>, Fault> {
    let granted = require(viewer, Action::Read, &Resource::PatientList)?;
    let actor = viewer.signed_in()?;
    let found = store::list(&state.db, granted, actor, window).await?;
    let each = found.rows.into_iter().map(|row| async move {
        let patient = state.loaders.patients.load(row.patient_id).await?;
        let Some(patient) = patient else {
            return Ok(None);
        };
        // The list was made by what holds; each is decided on, and noted, all the same.
        let may = may_see(state, viewer, row.kind, &patient).await?;
        Ok::<_, Fault>(may.then_some((row, patient)))
    });
    let rows = try_join_all(each).await?;
    Ok(Stretch {
        rows: rows.into_iter().flatten().collect(),
        more: found.more,
    })
}

/// How many wait for the viewer.
///
/// # Errors
/// As [`list_waiting`].
pub async fn count_waiting(state: &State, viewer: &Viewer) -> Result<i64, Fault> {
    let granted = require(viewer, Action::Read, &Resource::PatientList)?;
    store::count(&state.db, granted, viewer.signed_in()?).await
}
