//! One patient, as the world knows them and as they are sealed.

use super::word;
use crate::oracle::world::{Account, Patient};
use crate::support::App;
use chrono::{NaiveDate, TimeDelta};
use entity::code::{AdministrativeGender, BloodGroup, Confidentiality};
use entity::id::{CoverageId, PatientId};
use patient_tracker::patient::cells::{
    Address, Contact, CoverageDetail, EmergencyContact, Name, Preferences, Profile,
};
use patient_tracker::patient::{NewCoverage, NewPatient};

/// The patient of this number, as the world knows them.
pub(super) fn patient(app: &App, number: usize) -> Patient {
    let some = |every: usize| !number.is_multiple_of(every);
    Patient {
        id: app.clock.new_id::<PatientId>().0,
        mrn: format!("NR-{number:05}"),
        given: word('A', number),
        family: word('Z', number),
        birth_date: NaiveDate::from_ymd_opt(1950, 3, 1).unwrap()
            + TimeDelta::days(number as i64 * 97),
        gender: if some(2) { "FEMALE" } else { "MALE" },
        blood_group: some(3).then_some("O_NEGATIVE"),
        language: some(4).then_some("et"),
        email: some(7).then(|| format!("person{number}@mail.x{number:03}")),
        phone: some(5).then(|| format!("+37255{number:05}")),
        city: some(3).then(|| format!("Town{number}")),
        to_call: (0..number % 3)
            .map(|other| {
                (
                    format!("Sister {number} {other}"),
                    format!("+37266{number:04}{other}"),
                )
            })
            .collect(),
        confidentiality: Confidentiality::Normal,
        coverages: Vec::new(),
        version: 1,
    }
}

/// The same patient, to be sealed.
pub(super) fn new_patient(patient: &Patient, account: Option<&Account>) -> NewPatient {
    let address = patient.city.as_ref().map(|city| Address {
        lines: vec![format!("{} Street", patient.family)],
        city: Some(city.clone()),
        country: Some("EE".to_owned()),
        ..Address::default()
    });
    let to_call = patient
        .to_call
        .iter()
        .map(|(name, phone)| EmergencyContact {
            name: name.clone(),
            relationship: Some("sister".to_owned()),
            phone: Some(phone.clone()),
        });
    let coverages = patient.coverages.iter().map(|one| NewCoverage {
        id: CoverageId(one.id),
        detail: CoverageDetail {
            payer: one.payer.clone(),
            member_number: one.number.clone(),
            plan: None,
        },
        validity: Default::default(),
    });
    NewPatient {
        id: PatientId(patient.id),
        user: account.map(|one| one.id.into()),
        mrn: Some(patient.mrn.clone()),
        name: Name {
            given: vec![patient.given.clone()],
            family: patient.family.clone(),
            prefix: None,
        },
        birth_date: patient.birth_date,
        profile: Profile {
            gender: match patient.gender {
                "FEMALE" => AdministrativeGender::Female,
                _ => AdministrativeGender::Male,
            },
            blood_group: patient.blood_group.map(|_| BloodGroup::ONegative),
            language: patient.language.map(str::to_owned),
            preferences: Preferences::default(),
        },
        contact: Contact {
            email: patient.email.clone(),
            phone: patient.phone.clone(),
        },
        address,
        emergency_contacts: to_call.collect(),
        coverages: coverages.collect(),
        confidentiality: patient.confidentiality,
        source: None,
        recorded_by: None,
    }
}
