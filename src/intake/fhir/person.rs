//! From imported people to new ones: checked by the rules that hold for whatever is entered, with what breaks one left
//! out where a record is sound without it. Pure.

use super::report::{Kind, Report};
use super::words::coded;
use crate::doctor::NewDoctor;
use crate::doctor::cells::{MOST, checked_specialties};
use crate::fhir::{ImportedCoding, ImportedPatient, ImportedPractitioner, PersonName};
use crate::patient::cells::{Address, Contact, EmergencyContact, Name, Preferences, Profile};
use crate::patient::{NewPatient, input, normal};
use chrono::NaiveDate;
use entity::code::{AdministrativeGender, Coding, Confidentiality};
use entity::id::{DoctorId, PatientId};

/// The name as it is kept.
fn name(imported: &PersonName) -> Option<Name> {
    let prefix = imported.prefix.join(" ");
    input::name(&Name {
        given: imported.given.clone(),
        family: imported.family.clone(),
        prefix: Some(prefix),
    })
    .ok()
}

/// What somebody is trained in, as far as it is told by codes of a system.
fn trained(told: &[ImportedCoding]) -> Vec<Coding> {
    let codings = told.iter().filter_map(|one| {
        let coding = Coding {
            system: one.system.clone()?,
            code: one.code.clone(),
            display: one.display.clone().unwrap_or_else(|| one.code.clone()),
        };
        checked_specialties(&[coding]).ok()?.pop()
    });
    codings.take(MOST).collect()
}

/// A doctor without an account, who takes no bookings until an administrator says so.
pub(super) fn doctor(
    imported: &ImportedPractitioner,
    id: DoctorId,
    source: String,
    zone: &str,
) -> Result<NewDoctor, &'static str> {
    Ok(NewDoctor {
        id,
        user: None,
        name: name(&imported.name).ok_or("name is too long, or of no letters")?,
        specialties: trained(&imported.trained),
        licences: Vec::new(),
        department: None,
        zone: zone.to_owned(),
        accepts_new_patients: false,
        source: Some(source),
    })
}

/// A patient without an account. Numbers other than the medical record number (social security, passport, driver's
/// licence) are not kept.
pub(super) fn patient(
    imported: &ImportedPatient,
    (id, source): (PatientId, String),
    today: NaiveDate,
    at: u64,
    report: &mut Report,
) -> Result<NewPatient, &'static str> {
    let name = name(&imported.name).ok_or("name is too long, or of no letters")?;
    let birth_date = input::birth_date(imported.birth_date, today)
        .map_err(|_| "birthDate is in the future, or too long ago")?;
    let mut note = |what| report.note(Kind::Patient, at, what);
    if !imported.identifiers.is_empty() {
        note("identifiers other than the medical record number left out");
    }
    let mrn = imported
        .mrn
        .as_ref()
        .and_then(|mrn| input::mrn(&mrn.value).ok());
    if imported.mrn.is_some() && mrn.is_none() {
        note("medical record number of another form; another given out");
    }
    let language = imported
        .language
        .as_deref()
        .and_then(|tag| input::language(tag).ok());
    if imported.language.is_some() && language.is_none() {
        note("language left out: no BCP 47 tag");
    }
    let country = imported
        .address
        .as_ref()
        .and_then(|address| address.country.as_deref());
    let code = country.and_then(dialling_code);
    let phones = imported.phones.iter();
    let phone = phones
        .clone()
        .find_map(|phone| normal::phone(&phone.value, code));
    if phone.is_none() && !imported.phones.is_empty() {
        note("telephone numbers left out: not plausible, or without a country");
    } else if imported.phones.len() > 1 {
        note("telephone numbers after the first left out");
    }
    let email = imported
        .emails
        .iter()
        .find_map(|email| normal::email(&email.value));
    if email.is_none() && !imported.emails.is_empty() {
        note("e-mail addresses left out: not of their form");
    }
    let address = imported.address.as_ref().map(|address| {
        input::address(&Address {
            lines: address.line.clone(),
            city: address.city.clone(),
            state: address.state.clone(),
            postal_code: address.postal_code.clone(),
            country: address.country.clone(),
        })
    });
    if address.as_ref().is_some_and(Result::is_err) {
        note("address left out: too long");
    }
    let contacts = imported.contacts.iter().map(|contact| EmergencyContact {
        name: contact.name.clone().unwrap_or_default(),
        relationship: contact.relationship.clone(),
        phone: contact
            .phone
            .as_deref()
            .and_then(|phone| normal::phone(phone, code)),
    });
    let whole = |contact: &EmergencyContact| {
        input::emergency_contacts(std::slice::from_ref(contact)).is_ok()
    };
    let emergency_contacts: Vec<_> = contacts.filter(whole).take(10).collect();
    if emergency_contacts.len() < imported.contacts.len() {
        note("contacts left out: without a name, or too many");
    }
    Ok(NewPatient {
        id,
        user: None,
        mrn,
        name,
        birth_date,
        profile: Profile {
            gender: gender(imported.gender),
            blood_group: imported.blood_group.as_deref().and_then(coded),
            language,
            preferences: Preferences::default(),
        },
        contact: Contact { email, phone },
        address: address.and_then(Result::ok).flatten(),
        emergency_contacts,
        coverages: Vec::new(),
        confidentiality: confidentiality(&imported.security),
        source: Some(source),
        recorded_by: None,
    })
}

/// The most sensitive that it is said to be.
fn confidentiality(security: &[String]) -> Confidentiality {
    let known = security.iter().filter_map(|code| coded(code));
    known.max().unwrap_or(Confidentiality::Normal)
}

fn gender(gender: crate::fhir::Gender) -> AdministrativeGender {
    use crate::fhir::Gender;
    match gender {
        Gender::Male => AdministrativeGender::Male,
        Gender::Female => AdministrativeGender::Female,
        Gender::Other => AdministrativeGender::Other,
        Gender::Unknown => AdministrativeGender::Unknown,
    }
}

/// How numbers of this country are called from abroad (ITU E.164), for the countries whose records are met. Others must
/// bring their code with them: a guess would ring up a stranger.
fn dialling_code(country: &str) -> Option<&'static str> {
    Some(match country.trim().to_ascii_uppercase().as_str() {
        "US" | "USA" | "CA" | "CAN" => "1",
        "GB" | "GBR" => "44",
        "DE" | "DEU" => "49",
        "FR" | "FRA" => "33",
        "NL" | "NLD" => "31",
        "AU" | "AUS" => "61",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fhir::{ContactPoint, Gender, Identifier, ImportedAddress, NameUse};
    use uuid::Uuid;

    fn imported() -> ImportedPatient {
        ImportedPatient {
            mrn: Some(Identifier {
                system: None,
                value: "AB-1".to_owned(),
                type_code: Some("MR".to_owned()),
            }),
            identifiers: vec![Identifier {
                system: None,
                value: "999-00-1111".to_owned(),
                type_code: Some("SS".to_owned()),
            }],
            name: PersonName {
                name_use: NameUse::Official,
                family: "Vale".to_owned(),
                given: vec!["Ida".to_owned()],
                prefix: Vec::new(),
                suffix: Vec::new(),
            },
            other_names: Vec::new(),
            birth_date: NaiveDate::from_ymd_opt(1980, 1, 2).unwrap(),
            gender: Gender::Female,
            phones: vec![ContactPoint {
                value: "555-246-1499".to_owned(),
                contact_use: None,
            }],
            emails: Vec::new(),
            address: Some(ImportedAddress {
                country: Some("US".to_owned()),
                ..ImportedAddress::default()
            }),
            marital_status: None,
            language: Some("en-US".to_owned()),
            deceased: false,
            deceased_on: None,
            contacts: Vec::new(),
            general_practitioners: Vec::new(),
            active: true,
            security: Vec::new(),
            blood_group: None,
        }
    }

    fn taken(imported: &ImportedPatient, report: &mut Report) -> Result<NewPatient, &'static str> {
        let today = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
        let id = PatientId(Uuid::from_u128(1));
        patient(imported, (id, "fhir|x".to_owned()), today, 0, report)
    }

    #[test]
    fn of_the_identifiers_only_the_record_number_is_kept() {
        let mut report = Report::default();
        let new = taken(&imported(), &mut report).ok().unwrap();
        assert_eq!(new.mrn.as_deref(), Some("AB-1"));
        assert_eq!(report.notes.len(), 1);
    }

    #[test]
    fn a_number_without_a_country_is_left_out_with_a_note() {
        let mut report = Report::default();
        let mut one = imported();
        let new = taken(&one, &mut report).ok().unwrap();
        assert_eq!(new.contact.phone.as_deref(), Some("+15552461499"));
        one.address = None;
        let new = taken(&one, &mut report).ok().unwrap();
        assert_eq!(new.contact.phone, None);
        assert_eq!(report.notes.len(), 2);
    }

    #[test]
    fn somebody_not_born_yet_is_refused() {
        let mut one = imported();
        one.birth_date = NaiveDate::from_ymd_opt(2026, 1, 2).unwrap();
        assert!(taken(&one, &mut Report::default()).is_err());
    }
}
