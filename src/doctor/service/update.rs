//! Changing a doctor's entry in the directory.

use super::{changed, find_doctor, store};
use crate::accept;
use crate::access::{Action, Resource, Viewer, require};
use crate::doctor::DoctorRecord;
use crate::doctor::cells::{Licence, checked_licences, checked_specialties};
use crate::doctor::record::place;
use crate::error::Outcome;
use crate::event::log;
use crate::idempotency;
use crate::patient::cells::{Edit, Name};
use crate::patient::digest::{claim_of, id_edit_text, id_text};
use crate::patient::input::{self, At, Invalid};
use crate::state::State;
use crate::vault::Unreadable;
use entity::code::{Coding, Specialties};
use entity::doctor;
use entity::id::{DepartmentId, DoctorId};
use sea_orm::ActiveValue::Set;
use serde::Serialize;
use std::sync::Arc;

/// Change this of a doctor; what is absent stays.
#[derive(Clone, Serialize)]
pub struct UpdateDoctor {
    /// Whom.
    #[serde(serialize_with = "id_text")]
    pub doctor: DoctorId,
    /// As the caller knows the entry.
    pub expected_version: i32,
    /// The names.
    pub name: Option<Name>,
    /// What they are trained in.
    pub specialties: Option<Vec<Coding>>,
    /// Leave to practise.
    pub licences: Option<Vec<Licence>>,
    /// Where they work.
    #[serde(serialize_with = "id_edit_text")]
    pub department: Edit<DepartmentId>,
    /// IANA zone of their working hours.
    pub zone: Option<String>,
    /// Whether new patients may book.
    pub accepts_new_patients: Option<bool>,
    /// Under which the answer is remembered.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

impl UpdateDoctor {
    /// The command with every value checked and in its one spelling.
    fn checked(self) -> Result<Self, Invalid> {
        let specialties = self.specialties.as_deref().map(checked_specialties);
        let licences = self.licences.as_deref().map(checked_licences);
        Ok(Self {
            name: self.name.as_ref().map(input::name).transpose().at("name")?,
            specialties: specialties.transpose().at("specialties")?,
            licences: licences.transpose().at("licences")?,
            zone: self
                .zone
                .as_deref()
                .map(input::zone)
                .transpose()
                .at("zone")?,
            ..self
        })
    }
}

/// Why a doctor is not changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UpdateDoctorRefusal {
    /// A value is not taken.
    Invalid(Invalid),
    /// There is no such department.
    DepartmentNotFound,
    /// It has changed since it was read.
    Conflict,
    /// The key was used with another input.
    IdempotencyKeyReused,
}

impl From<Invalid> for UpdateDoctorRefusal {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

/// The columns that the command changes, sealed where they are.
fn sealed(
    state: &State,
    record: &DoctorRecord,
    command: UpdateDoctor,
) -> Result<doctor::ActiveModel, Unreadable> {
    let (key, id) = (record.key(&state.vault)?, record.row().id);
    let mut row = doctor::ActiveModel {
        version: Set(record.row().version + 1),
        ..Default::default()
    };
    if let Some(name) = command.name {
        row.name = Set(key.seal(place(id, "name"), &name)?);
    }
    if let Some(licences) = command.licences {
        row.licences = Set(key.seal(place(id, "licences"), &licences)?);
    }
    if let Some(specialties) = command.specialties {
        row.specialties = Set(Specialties(specialties));
    }
    if !command.department.keeps() {
        row.department_id = Set(command.department.after(None));
    }
    if let Some(zone) = command.zone {
        row.zone = Set(zone);
    }
    if let Some(accepts) = command.accepts_new_patients {
        row.accepts_new_patients = Set(accepts);
    }
    Ok(row)
}

/// Changes a doctor's entry.
///
/// # Errors
/// Those of the database; forbidden for whoever is no administrator.
pub async fn update_doctor(
    state: &State,
    viewer: &Viewer,
    command: UpdateDoctor,
) -> Outcome<DoctorId, UpdateDoctorRefusal> {
    let user = viewer.signed_in()?.user;
    // What another copy has changed a moment ago must not be changed from what is remembered here.
    state.loaders.doctors.forget(command.doctor);
    let record = find_doctor(state, viewer, command.doctor).await?;
    let granted = require(viewer, Action::Update, &Resource::Directory)?;
    let key = command.idempotency_key.as_deref();
    let claim = claim_of(state, user, "updateDoctor", key, &command)?;
    let command = accept!(command.checked());
    if let Edit::Set(department) = &command.department
        && state.loaders.departments.load(*department).await?.is_none()
    {
        return Ok(Err(UpdateDoctorRefusal::DepartmentNotFound));
    }
    let (id, expected) = (record.row().id, command.expected_version);
    let change = if record.row().version == expected {
        Some(sealed(state, &record, command)?)
    } else {
        // A repeated request comes here too; whether it is one, only its claim can tell.
        None
    };
    let shared = Arc::new((change, claim));
    let owner = record.row().user_id;
    let written = state
        .write(viewer, move |tx| {
            let shared = Arc::clone(&shared);
            Box::pin(async move {
                let (change, claim) = &*shared;
                let claimed = idempotency::claimed(
                    tx,
                    claim.as_ref(),
                    id.0,
                    UpdateDoctorRefusal::IdempotencyKeyReused,
                );
                if let Some(id) = accept!(claimed.await?) {
                    return Ok(Ok(DoctorId(id)));
                }
                let Some(change) = change.clone() else {
                    return Ok(Err(UpdateDoctorRefusal::Conflict));
                };
                if !store::update(tx, granted, (id, expected), change).await? {
                    return Ok(Err(UpdateDoctorRefusal::Conflict));
                }
                log::append(tx, &[changed(id, owner, expected + 1)]).await?;
                Ok(Ok(id))
            })
        })
        .await;
    state.loaders.doctors.forget(id);
    written
}
