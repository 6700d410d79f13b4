//! Writing a sample clinic into an empty database, with accounts to try it with.

mod accounts;
mod calendar;
mod charts;
mod diary;
mod documents;
mod people;
mod proposals;
mod visits;

pub use accounts::{Access, Role};

use crate::error::{Fault, Outcome};
use crate::sample::Clinic;
use crate::state::State;
use crate::vault::DataKey;
use chrono::{DateTime, Utc};
use entity::id::{AppointmentId, DepartmentId, DoctorId, PatientId, VisitTypeId};
use sea_orm::ActiveEnum;
use std::sync::Arc;

/// What was written, and enough of it to try something at once.
pub struct Filled {
    /// Three of each role, in the order of the roles.
    pub accounts: Vec<Access>,
    /// The first patient, who has an account.
    pub patient: PatientId,
    /// The first patient's family name.
    pub patient_family: String,
    /// The first doctor, who has an account and treats the first patient.
    pub doctor: DoctorId,
    /// A kind of visit that a patient books without asking.
    pub visit_type: VisitTypeId,
    /// A coming appointment of the two, if there is one.
    pub coming: Option<AppointmentId>,
    /// How many doctors, patients and appointments there are.
    pub counts: (usize, usize, usize),
}

/// The ids under which the clinic's lists are written, by place.
struct Ids {
    departments: Vec<DepartmentId>,
    visit_types: Vec<VisitTypeId>,
    doctors: Vec<DoctorId>,
    patients: Vec<PatientId>,
}

impl Ids {
    fn of(clinic: &Clinic, state: &State) -> Self {
        fn some<T: From<uuid::Uuid>>(state: &State, how_many: usize) -> Vec<T> {
            (0..how_many).map(|_| state.clock.new_id()).collect()
        }
        Self {
            departments: some(state, clinic.departments.len()),
            visit_types: some(state, clinic.visit_types.len()),
            doctors: some(state, clinic.doctors.len()),
            patients: some(state, clinic.patients.len()),
        }
    }
}

/// Everything that the parts of the filling share.
struct Filling {
    state: Arc<State>,
    clinic: Clinic,
    ids: Ids,
    now: DateTime<Utc>,
}

/// Writes the clinic. The database should be empty: a sample patient may have the number of one who is there.
///
/// # Errors
/// Those of the database; what was written before a fault stays.
pub async fn fill(state: &Arc<State>, clinic: Clinic) -> Result<Filled, Fault> {
    let (accounts, staff) = accounts::prepare(state, &clinic).await?;
    let filling = Arc::new(Filling {
        ids: Ids::of(&clinic, state),
        now: state.clock.now(),
        state: Arc::clone(state),
        clinic,
    });
    people::write_staff(&filling, &staff).await?;
    let keys: Arc<[Arc<DataKey>]> = people::write_patients(&filling, &staff).await?.into();
    people::write_care_team(&filling).await?;
    charts::write(&filling, &keys, &staff).await?;
    documents::write(&filling, &keys, &staff).await?;
    let coming = diary::write(&filling, Arc::clone(&keys)).await?;
    calendar::write(&filling, &keys).await?;
    proposals::write(&filling, &keys, &staff).await?;
    let clinic = &filling.clinic;
    let missing = || Fault::internal("the sample clinic lacks somebody");
    let bookable = clinic
        .visit_types
        .iter()
        .position(|kind| !kind.requires_approval);
    Ok(Filled {
        accounts,
        patient: *filling.ids.patients.first().ok_or_else(missing)?,
        patient_family: clinic.patients.first().ok_or_else(missing)?.family.clone(),
        doctor: *filling.ids.doctors.first().ok_or_else(missing)?,
        visit_type: bookable
            .map(|place| filling.ids.visit_types[place])
            .ok_or_else(missing)?,
        coming,
        counts: (
            clinic.doctors.len(),
            clinic.patients.len(),
            clinic.appointments.len(),
        ),
    })
}

/// Something of the sample is in the database already.
struct Collision(&'static str);

fn written<T>(outcome: Outcome<T, Collision>) -> Result<T, Fault> {
    outcome?.map_err(|Collision(what)| {
        Fault::internal(format!(
            "{what} of the sample clinic is in the database already"
        ))
    })
}

/// The stored code that a code of the sample is.
fn coded<E: ActiveEnum<Value = String>>(code: &str) -> Result<E, Fault> {
    Ok(E::try_from_value(&code.to_owned())?)
}

#[cfg(test)]
mod tests {
    use super::coded;
    use crate::sample::{Size, clinic};
    use chrono::DateTime;
    use entity::code::{
        AdministrativeGender, AppointmentStatus, BloodGroup, CancellationReason, CareTeamRole,
        Modality,
    };

    #[test]
    fn every_code_of_a_sample_clinic_can_be_stored() {
        let now = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        let clinic = clinic(7, Size::Small, now, chrono_tz::UTC);
        for kind in &clinic.visit_types {
            assert!(coded::<Modality>(kind.modality.code()).is_ok());
        }
        for patient in &clinic.patients {
            assert!(coded::<AdministrativeGender>(patient.gender.code()).is_ok());
            let group = patient
                .blood_group
                .map(|group| coded::<BloodGroup>(group.code()));
            assert!(group.is_none_or(|group| group.is_ok()));
        }
        for member in &clinic.care_team {
            assert!(coded::<CareTeamRole>(member.role.code()).is_ok());
        }
        for appointment in &clinic.appointments {
            assert!(coded::<AppointmentStatus>(appointment.status.code()).is_ok());
            let reason = appointment.cancellation;
            let reason = reason.map(|reason| coded::<CancellationReason>(reason.code()));
            assert!(reason.is_none_or(|reason| reason.is_ok()));
        }
    }
}
