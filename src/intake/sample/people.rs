//! The sample's departments, visit types, doctors, patients and care teams, as rows.

use super::accounts::Accounts;
use super::{Collision, Filling, coded, written};
use crate::account::{self, NewUser};
use crate::db::Tx;
use crate::doctor::cells::Licence;
use crate::doctor::{self, NewDoctor};
use crate::error::{Fault, Outcome};
use crate::patient::cells::{
    Address, Contact, ContactChannel, CoverageDetail, EmergencyContact, Name, PartOfDay,
    Preferences, Profile, Validity,
};
use crate::patient::{self, NewCoverage, NewPatient, SealedPatient};
use crate::vault::DataKey;
use crate::{appointment, care, sample, schedule};
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use entity::code::{Coding, Confidentiality, OnlyFor, Weekdays};
use entity::{availability_rule, care_team_member, department, visit_type};
use futures_util::StreamExt as _;
use sea_orm::{ActiveModelTrait as _, IntoActiveModel as _};
use std::ops::Range;
use std::sync::Arc;

/// Patients a transaction.
const PATIENTS: usize = 1_000;
/// Memberships a transaction.
const MEMBERS: usize = 10_000;

async fn insert_users(tx: &Tx, users: &[NewUser]) -> Outcome<(), Collision> {
    for user in users {
        if account::insert_user(tx, user).await?.is_err() {
            return Ok(Err(Collision("an account")));
        }
    }
    Ok(Ok(()))
}

/// Departments, visit types, and doctors with the accounts of all staff; in one transaction, for they are few.
pub(super) async fn write_staff(filling: &Arc<Filling>, accounts: &Accounts) -> Result<(), Fault> {
    let (filling, accounts) = (Arc::clone(filling), accounts.clone());
    let vault = &filling.state.vault;
    let doctors = (0..filling.clinic.doctors.len())
        .map(|place| Ok(new_doctor(&filling, &accounts, place).seal(vault, filling.now)?))
        .collect::<Result<Vec<_>, Fault>>()?;
    let kinds = visit_types(&filling)?;
    let state = Arc::clone(&filling.state);
    let outcome = state.db.write(move |tx| {
        let (filling, accounts) = (Arc::clone(&filling), accounts.clone());
        let (doctors, kinds) = (doctors.clone(), kinds.clone());
        Box::pin(async move {
            crate::accept!(insert_users(tx, &accounts.others).await?);
            crate::accept!(insert_users(tx, &accounts.doctors).await?);
            let departments = departments(&filling);
            if doctor::store::insert_departments(tx, departments)
                .await?
                .is_err()
            {
                return Ok(Err(Collision("a department")));
            }
            for kind in kinds {
                let row = kind.into_active_model().reset_all();
                if appointment::store::insert_visit_type(tx, row)
                    .await?
                    .is_err()
                {
                    return Ok(Err(Collision("a visit type")));
                }
            }
            doctor::store::insert_rows(tx, doctors).await?;
            schedule::store::insert_rules(tx, hours(&filling)).await?;
            Ok(Ok(()))
        })
    });
    written(outcome.await)
}

fn departments(filling: &Filling) -> Vec<department::Model> {
    let all = filling
        .ids
        .departments
        .iter()
        .zip(&filling.clinic.departments);
    all.map(|(id, department)| department::Model {
        id: *id,
        name: department.name.to_owned(),
    })
    .collect()
}

fn visit_types(filling: &Filling) -> Result<Vec<visit_type::Model>, Fault> {
    let all = filling
        .ids
        .visit_types
        .iter()
        .zip(&filling.clinic.visit_types);
    all.map(|(id, kind)| {
        Ok(visit_type::Model {
            id: *id,
            // Spelled as the verb that defines one wants it.
            code: kind.code.to_ascii_lowercase().replace('_', "-"),
            name: kind.name.to_owned(),
            minutes: i32::from(kind.minutes),
            modality: coded(kind.modality.code())?,
            requires_approval: kind.requires_approval,
            active: true,
            version: 1,
            buffer_before: 0,
            buffer_after: 0,
            minimum_notice: 0,
            maximum_advance: 730,
            capacity: 1,
        })
    })
    .collect()
}

/// When the doctors can be booked: in the hours that their appointments lie in, and for an hour more, which are free. Each
/// works in their own zone.
fn hours(filling: &Filling) -> Vec<availability_rule::Model> {
    let halves = filling.clinic.hours.iter().copied();
    let halves = halves.flat_map(|(from, until)| {
        let doctors = filling.ids.doctors.iter().zip(&filling.clinic.doctors);
        doctors.map(move |(id, doctor)| (from, until, *id, doctor.zone))
    });
    halves
        .map(|(from, until, doctor_id, zone)| availability_rule::Model {
            id: filling.state.clock.new_id(),
            doctor_id,
            // Monday to Friday.
            weekdays: Weekdays(31),
            from_minute: from.into(),
            until_minute: until.into(),
            step: 5,
            zone: zone.name().to_owned(),
            valid_from: filling.clinic.since,
            valid_until: None,
            visit_types: OnlyFor::default(),
            location: None,
            version: 1,
            created_at: filling.now,
            updated_at: filling.now,
            recorded_by: None,
        })
        .collect()
}

fn new_doctor(filling: &Filling, accounts: &Accounts, place: usize) -> NewDoctor {
    let doctor = &filling.clinic.doctors[place];
    let coding = |coding: &sample::Coding| Coding {
        system: coding.system.to_owned(),
        code: coding.code.to_owned(),
        display: coding.display.to_owned(),
    };
    NewDoctor {
        id: filling.ids.doctors[place],
        user: accounts.doctors.get(place).map(NewUser::id),
        name: Name {
            given: vec![doctor.given.clone()],
            family: doctor.family.clone(),
            prefix: Some(doctor.prefix.to_owned()),
        },
        specialties: doctor.specialties.iter().map(coding).collect(),
        licences: vec![Licence {
            number: doctor.licence.number.clone(),
            authority: doctor.licence.authority.to_owned(),
            validity: Validity {
                from: Some(doctor.licence.valid_from),
                to: Some(doctor.licence.valid_to),
            },
        }],
        department: filling.ids.departments.get(doctor.department).copied(),
        zone: doctor.zone.name().to_owned(),
        accepts_new_patients: doctor.accepts_new_patients,
        source: None,
    }
}

/// Writes the patients, the next ones being sealed meanwhile. Their keys come back by place: appointments need them.
pub(super) async fn write_patients(
    filling: &Arc<Filling>,
    accounts: &Accounts,
) -> Result<Vec<Arc<DataKey>>, Fault> {
    let mut keys = Vec::with_capacity(filling.clinic.patients.len());
    let mut users = Arc::new(accounts.patients.clone());
    let owners: Arc<Vec<_>> = Arc::new(users.iter().map(NewUser::id).collect());
    let seal = |range: Range<usize>| {
        let (filling, owners) = (Arc::clone(filling), Arc::clone(&owners));
        tokio::task::spawn_blocking(move || {
            range
                .map(|place| {
                    let mut patient = new_patient(&filling, place)?;
                    patient.user = owners.get(place).copied();
                    Ok(patient.seal(&filling.state.vault, filling.now)?)
                })
                .collect::<Result<Vec<SealedPatient>, Fault>>()
        })
    };
    let ranges = in_ranges(filling.clinic.patients.len(), PATIENTS);
    let mut sealed = futures_util::stream::iter(ranges).map(seal).buffered(2);
    while let Some(rows) = sealed.next().await {
        let rows = rows.map_err(Fault::internal)??;
        keys.extend(rows.iter().map(|patient| Arc::clone(&patient.key)));
        let first = std::mem::take(&mut users);
        let outcome = filling.state.db.write(move |tx| {
            let (rows, first) = (rows.clone(), Arc::clone(&first));
            Box::pin(async move {
                crate::accept!(insert_users(tx, &first).await?);
                let inserted = patient::store::insert_rows(tx, rows).await?;
                Ok(inserted.map_err(|_| Collision("a patient's record number")))
            })
        });
        written(outcome.await)?;
    }
    Ok(keys)
}

/// The places from 0 to `all`, so many at a time.
pub(super) fn in_ranges(all: usize, most: usize) -> impl Iterator<Item = Range<usize>> {
    (0..all)
        .step_by(most)
        .map(move |first| first..all.min(first + most))
}

fn new_patient(filling: &Filling, place: usize) -> Result<NewPatient, Fault> {
    let patient = &filling.clinic.patients[place];
    let address = &patient.address;
    let contacts = patient.emergency_contacts.iter();
    let coverages = patient.coverage.iter();
    Ok(NewPatient {
        id: filling.ids.patients[place],
        user: None,
        mrn: Some(patient.mrn.clone()),
        name: Name {
            given: vec![patient.given.clone()],
            family: patient.family.clone(),
            prefix: None,
        },
        birth_date: patient.birth_date,
        profile: Profile {
            gender: coded(patient.gender.code())?,
            blood_group: patient
                .blood_group
                .map(|group| coded(group.code()))
                .transpose()?,
            language: Some(patient.language.to_owned()),
            preferences: preferences(&patient.preferences),
        },
        contact: Contact {
            email: patient.email.as_deref().and_then(patient::normal::email),
            phone: Some(patient.phone.clone()),
        },
        address: Some(Address {
            lines: vec![address.line.clone()],
            city: Some(address.city.to_owned()),
            state: Some(address.state.to_owned()),
            postal_code: Some(address.postal_code.to_owned()),
            country: Some(address.country.to_owned()),
        }),
        emergency_contacts: contacts
            .map(|contact| EmergencyContact {
                name: contact.name.clone(),
                relationship: Some(contact.relationship.to_owned()),
                phone: Some(contact.phone.clone()),
            })
            .collect(),
        coverages: coverages
            .map(|coverage| NewCoverage {
                id: filling.state.clock.new_id(),
                detail: CoverageDetail {
                    payer: coverage.payer.to_owned(),
                    member_number: coverage.member_id.clone(),
                    plan: None,
                },
                validity: Validity {
                    from: Some(coverage.valid_from),
                    to: coverage.valid_to,
                },
            })
            .collect(),
        confidentiality: Confidentiality::Normal,
        source: None,
        recorded_by: None,
    })
}

fn preferences(preferences: &sample::Preferences) -> Preferences {
    Preferences {
        reminders_by_email: preferences.reminders,
        contact_by: match preferences.contact_by {
            sample::ContactChannel::Email => ContactChannel::Email,
            sample::ContactChannel::Text => ContactChannel::Text,
            sample::ContactChannel::Phone => ContactChannel::Phone,
        },
        needs_interpreter: preferences.interpreter,
        part_of_day: preferences.part_of_day.map(|part| match part {
            sample::PartOfDay::Morning => PartOfDay::Morning,
            sample::PartOfDay::Afternoon => PartOfDay::Afternoon,
        }),
    }
}

/// Writes who cares for whom.
pub(super) async fn write_care_team(filling: &Arc<Filling>) -> Result<(), Fault> {
    for range in in_ranges(filling.clinic.care_team.len(), MEMBERS) {
        let members = filling.clinic.care_team[range].iter();
        let rows = members
            .map(|member| membership(filling, member))
            .collect::<Result<Vec<_>, Fault>>()?;
        let outcome = filling.state.db.write(move |tx| {
            let rows = rows.clone();
            Box::pin(async move {
                care::store::insert_rows(tx, rows).await?;
                Ok(Ok(()))
            })
        });
        written(outcome.await)?;
    }
    Ok(())
}

fn membership(
    filling: &Filling,
    member: &sample::CareTeamMember,
) -> Result<care_team_member::Model, Fault> {
    Ok(care_team_member::Model {
        id: filling.state.clock.new_id(),
        patient_id: filling.ids.patients[member.patient],
        doctor_id: filling.ids.doctors[member.doctor],
        role: coded(member.role.code())?,
        starts_at: beginning(member.from),
        ends_at: None,
        version: 1,
        created_at: filling.now,
        recorded_by: None,
    })
}

/// A day's first moment; what only has a day is not so exact that the zone matters.
pub(super) fn beginning(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

#[cfg(test)]
mod tests {
    use super::in_ranges;

    #[test]
    fn ranges_cover_every_place_once() {
        for (all, most) in [(0, 3), (1, 3), (3, 3), (7, 3)] {
            let places: Vec<usize> = in_ranges(all, most).flatten().collect();
            assert_eq!(places, (0..all).collect::<Vec<_>>());
        }
    }
}
