//! The parts of the clinic.

use super::{reader, store};
use crate::accept;
use crate::access::{Action, Resource, Viewer, require};
use crate::db::{Stretch, Window};
use crate::error::{Fault, Outcome};
use crate::event::Stream;
use crate::event::log::{self, Fact};
use crate::idempotency;
use crate::patient::digest::claim_of;
use crate::patient::input::{self, At, Invalid};
use crate::state::State;
use entity::code::EventKind;
use entity::department;
use entity::id::DepartmentId;
use serde::Serialize;
use std::sync::Arc;

/// Add a part to the clinic.
#[derive(Clone, Serialize)]
pub struct CreateDepartment {
    /// What it is called.
    pub name: String,
    /// Under which the answer is remembered.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Why a department is not added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DepartmentRefusal {
    /// A value is not taken.
    Invalid(Invalid),
    /// Another one has this name.
    NameTaken,
    /// The key was used with another input.
    IdempotencyKeyReused,
}

impl From<Invalid> for DepartmentRefusal {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

/// The department, if the viewer may read the directory.
///
/// # Errors
/// [`Fault::NotFound`] when there is none.
pub async fn find_department(
    state: &State,
    viewer: &Viewer,
    id: DepartmentId,
) -> Result<Arc<department::Model>, Fault> {
    reader(viewer)?;
    state
        .loaders
        .departments
        .load(id)
        .await?
        .ok_or(Fault::NotFound)
}

/// A page of departments, by name.
///
/// # Errors
/// Those of the database.
pub async fn list_departments(
    state: &State,
    viewer: &Viewer,
    window: &Window<String>,
) -> Result<Stretch<Arc<department::Model>>, Fault> {
    store::departments(&state.db, reader(viewer)?, window).await
}

/// How many departments there are.
///
/// # Errors
/// Those of the database.
pub async fn count_departments(state: &State, viewer: &Viewer) -> Result<i64, Fault> {
    store::count_departments(&state.db, reader(viewer)?).await
}

/// Adds a department.
///
/// # Errors
/// Those of the database; forbidden for whoever is no administrator.
pub async fn create_department(
    state: &State,
    viewer: &Viewer,
    command: CreateDepartment,
) -> Outcome<DepartmentId, DepartmentRefusal> {
    let user = viewer.signed_in()?.user;
    require(viewer, Action::Create, &Resource::Directory)?;
    let key = command.idempotency_key.as_deref();
    let claim = claim_of(state, user, "createDepartment", key, &command)?;
    let row = department::Model {
        id: state.clock.new_id(),
        name: accept!(input::line(&command.name, input::LONGEST_NAME).at("name")),
    };
    let shared = Arc::new((row, claim));
    state
        .write(viewer, move |tx| {
            let shared = Arc::clone(&shared);
            Box::pin(async move {
                let (row, claim) = &*shared;
                let claimed = idempotency::claimed(
                    tx,
                    claim.as_ref(),
                    row.id.0,
                    DepartmentRefusal::IdempotencyKeyReused,
                );
                if let Some(id) = accept!(claimed.await?) {
                    return Ok(Ok(DepartmentId(id)));
                }
                let written = store::insert_departments(tx, vec![row.clone()]).await?;
                if let Err(store::NameTaken) = written {
                    return Ok(Err(DepartmentRefusal::NameTaken));
                }
                let created = Fact {
                    kind: EventKind::DepartmentCreated,
                    subject: row.id.0,
                    version: 1,
                    streams: vec![Stream::Clinic],
                };
                log::append(tx, &[created]).await?;
                Ok(Ok(row.id))
            })
        })
        .await
}
