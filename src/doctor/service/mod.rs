//! The verbs of the directory: each asks the policy, refuses before it writes, and writes its event with its change.

mod create;
mod department;
mod update;

pub use create::{CreateDoctor, CreateDoctorRefusal, Created, create_doctor};
pub use department::{
    CreateDepartment, DepartmentRefusal, count_departments, create_department, find_department,
    list_departments,
};
pub use update::{UpdateDoctor, UpdateDoctorRefusal, update_doctor};

use super::DoctorRecord;
use super::store::{self, Filter};
use crate::access::{Action, Granted, Resource, Viewer, require};
use crate::db::{Stretch, Window};
use crate::error::Fault;
use crate::event::Stream;
use crate::event::log::Fact;
use crate::state::State;
use entity::code::{Coding, Confidentiality, EventKind};
use entity::doctor;
use entity::id::{DoctorId, UserId};
use std::sync::Arc;

/// The word of the policy that the viewer may read the directory.
fn reader(viewer: &Viewer) -> Result<Granted, Fault> {
    require(viewer, Action::Read, &Resource::Directory)
}

/// The doctor, if the viewer may read the directory.
///
/// # Errors
/// [`Fault::NotFound`] when there is none.
pub async fn find_doctor(
    state: &State,
    viewer: &Viewer,
    id: DoctorId,
) -> Result<DoctorRecord, Fault> {
    reader(viewer)?;
    let row = state.loaders.doctors.load(id).await?;
    row.map(DoctorRecord::new).ok_or(Fault::NotFound)
}

/// A page of the directory.
///
/// # Errors
/// Those of the database; [`Fault::BadRequest`] when what is filtered by can be no code.
pub async fn list_doctors(
    state: &State,
    viewer: &Viewer,
    filter: &Filter,
    window: &Window<DoctorId>,
) -> Result<Stretch<Arc<doctor::Model>>, Fault> {
    let granted = reader(viewer)?;
    if filter
        .specialty
        .as_ref()
        .is_some_and(|code| code.len() > 100)
    {
        return Err(Fault::BadRequest(
            "The code of a specialty is at most 100 characters long.",
        ));
    }
    store::list(&state.db, granted, filter, window).await
}

/// Whether the two are trained in the same thing; pure.
#[must_use]
pub fn is_colleague(one: &doctor::Model, other: &doctor::Model) -> bool {
    let same = |a: &Coding, b: &Coding| (&a.system, &a.code) == (&b.system, &b.code);
    let theirs = &other.specialties.0;
    let mut own = one.specialties.0.iter();
    own.any(|a| theirs.iter().any(|b| same(a, b)))
}

/// Up to how sensitive a record this doctor may read.
///
/// # Errors
/// Those of the database.
pub async fn cleared_for(state: &State, id: DoctorId) -> Result<Confidentiality, Fault> {
    let clearance = state.loaders.clearances.load(id).await?;
    Ok(clearance.unwrap_or(Confidentiality::Normal))
}

/// Whether this doctor may read a record as sensitive as this one: no patient is given to a doctor who could see neither them
/// nor the appointment.
///
/// # Errors
/// Those of the database.
pub async fn may_receive(
    state: &State,
    id: DoctorId,
    record: Confidentiality,
) -> Result<bool, Fault> {
    // Most records are such, and need no look.
    Ok(record == Confidentiality::Normal || record <= cleared_for(state, id).await?)
}

/// How many doctors the whole list has.
///
/// # Errors
/// Those of the database.
pub async fn count_doctors(state: &State, viewer: &Viewer, filter: &Filter) -> Result<i64, Fault> {
    store::count(&state.db, reader(viewer)?, filter).await
}

/// What a change of a doctor's entry says to whoever it concerns.
fn changed(doctor: DoctorId, user: Option<UserId>, version: i32) -> Fact {
    let mut streams = vec![Stream::Clinic, Stream::Doctor(doctor)];
    streams.extend(user.map(Stream::User));
    Fact {
        kind: EventKind::DoctorUpdated,
        subject: doctor.0,
        version,
        streams,
    }
}
