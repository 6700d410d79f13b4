//! From what is known about a new patient to the rows that are written: everything sealed under a key of the patient's
//! own, and the tokens they are found by. Reads no database and no clock.

use super::cells::{Address, Contact, CoverageDetail, EmergencyContact, Name, Profile, Validity};
use super::record::{coverage_place, place};
use super::token::{self, Token};
use super::{mrn, normal};
use crate::vault::{DataKey, Unreadable, Vault};
use chrono::{DateTime, NaiveDate, Utc};
use entity::cell::{BlindIndex, Sealed};
use entity::code::Confidentiality;
use entity::id::{CoverageId, PatientId, UserId};
use entity::{coverage, patient};
use std::sync::Arc;

/// How many numbers a patient without one is offered, should the first be taken.
const OFFERED: u32 = 4;

/// What is known about a patient who is not in the database yet. All of it has been checked by [`super::input`], or
/// comes from a source that is trusted as it is.
#[derive(Clone)]
pub struct NewPatient {
    /// The id they will have.
    pub id: PatientId,
    /// The account they sign in with, if they have one.
    pub user: Option<UserId>,
    /// The medical record number; one is given out when absent.
    pub mrn: Option<String>,
    /// The names.
    pub name: Name,
    /// The date of birth.
    pub birth_date: NaiveDate,
    /// Gender, blood group, language, preferences.
    pub profile: Profile,
    /// How they are reached.
    pub contact: Contact,
    /// Where they live.
    pub address: Option<Address>,
    /// Whom to call.
    pub emergency_contacts: Vec<EmergencyContact>,
    /// Who pays.
    pub coverages: Vec<NewCoverage>,
    /// How sensitive the record is.
    pub confidentiality: Confidentiality,
    /// The identifier at the source it is imported from.
    pub source: Option<String>,
    /// Who records it.
    pub recorded_by: Option<UserId>,
}

/// An insurance that is not in the database yet.
#[derive(Clone)]
pub struct NewCoverage {
    /// The id it will have.
    pub id: CoverageId,
    /// Who pays.
    pub detail: CoverageDetail,
    /// When it holds.
    pub validity: Validity,
}

/// A new patient's rows, ready to be written.
#[derive(Clone)]
pub struct SealedPatient {
    /// The row.
    pub row: patient::Model,
    /// What they are found by.
    pub tokens: Vec<Token>,
    /// The rows of their insurances.
    pub coverages: Vec<coverage::Model>,
    /// Their key, for whatever else is sealed about them in the same breath.
    pub key: Arc<DataKey>,
    /// Numbers to fall back on, when the row's own was given out and turns out to be taken.
    pub(super) spare: Vec<(Sealed, BlindIndex)>,
}

impl NewPatient {
    /// Seals the patient under a fresh key.
    ///
    /// # Errors
    /// When the cipher fails, which it does for no value of a person's size.
    pub fn seal(&self, vault: &Vault, now: DateTime<Utc>) -> Result<SealedPatient, Unreadable> {
        let (key, data_key) = vault.new_key(self.id.0)?;
        let index = vault.index();
        let mut numbers = self.numbers(vault, &key)?.into_iter();
        let (mrn, mrn_index) = numbers.next().ok_or(Unreadable)?;
        let cell = |column| place(self.id, column);
        let address = self.address.as_ref();
        let row = patient::Model {
            id: self.id,
            user_id: self.user,
            data_key,
            mrn,
            mrn_index,
            name: key.seal(cell("name"), &self.name)?,
            birth_date: key.seal(cell("birth_date"), &self.birth_date)?,
            profile: key.seal(cell("profile"), &self.profile)?,
            contact: key.seal(cell("contact"), &self.contact)?,
            address: address
                .map(|address| key.seal(cell("address"), address))
                .transpose()?,
            emergency_contacts: key.seal(cell("emergency_contacts"), &self.emergency_contacts)?,
            confidentiality: self.confidentiality,
            source_index: self
                .source
                .as_deref()
                .map(|source| token::of_source(index, source)),
            version: 1,
            created_at: now,
            updated_at: now,
            recorded_by: self.recorded_by,
        };
        let mut tokens = token::of_name(index, &self.name);
        tokens.push(token::of_birth_date(index, self.birth_date));
        tokens.extend(token::of_contact(index, &self.contact));
        let coverages = self
            .coverages
            .iter()
            .map(|coverage| coverage.seal(&key, self.id, self.recorded_by, now))
            .collect::<Result<_, _>>()?;
        Ok(SealedPatient {
            row,
            tokens,
            coverages,
            key: Arc::new(key),
            spare: numbers.collect(),
        })
    }

    /// The patient's number, or those on offer.
    fn numbers(
        &self,
        vault: &Vault,
        key: &DataKey,
    ) -> Result<Vec<(Sealed, BlindIndex)>, Unreadable> {
        let given = self
            .mrn
            .as_deref()
            .filter(|number| normal::mrn(number).is_some());
        let numbers = match given {
            Some(number) => vec![number.to_owned()],
            None => (0..OFFERED)
                .map(|attempt| mrn::generated(self.id, attempt))
                .collect(),
        };
        numbers
            .iter()
            .map(|number| seal_mrn(vault, key, self.id, number))
            .collect()
    }
}

impl NewCoverage {
    /// The row of this insurance, under the patient's key.
    ///
    /// # Errors
    /// When the cipher fails, which it does for no value of this size.
    pub fn seal(
        &self,
        key: &DataKey,
        patient: PatientId,
        recorded_by: Option<UserId>,
        now: DateTime<Utc>,
    ) -> Result<coverage::Model, Unreadable> {
        Ok(coverage::Model {
            id: self.id,
            patient_id: patient,
            detail: key.seal(coverage_place(self.id.0), &self.detail)?,
            valid_from: self.validity.from,
            valid_to: self.validity.to,
            version: 1,
            created_at: now,
            recorded_by,
        })
    }
}

/// A medical record number, sealed and as it is looked up.
pub(super) fn seal_mrn(
    vault: &Vault,
    key: &DataKey,
    patient: PatientId,
    number: &str,
) -> Result<(Sealed, BlindIndex), Unreadable> {
    let index = token::of_mrn(vault.index(), number).ok_or(Unreadable)?;
    Ok((key.seal(place(patient, "mrn"), number)?, index))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::patient::cells::Preferences;
    use crate::patient::{PatientRecord, record};
    use entity::code::{AdministrativeGender, BloodGroup};
    use uuid::Uuid;

    fn somebody() -> NewPatient {
        NewPatient {
            id: PatientId(Uuid::from_u128(7)),
            user: None,
            mrn: None,
            name: Name {
                given: vec!["Zoë".to_owned()],
                family: "O’Hara".to_owned(),
                prefix: None,
            },
            birth_date: NaiveDate::from_ymd_opt(1990, 2, 3).unwrap(),
            profile: Profile {
                gender: AdministrativeGender::Female,
                blood_group: Some(BloodGroup::AbNegative),
                language: Some("en-IE".to_owned()),
                preferences: Preferences::default(),
            },
            contact: Contact {
                email: Some("zoe@mail.example".to_owned()),
                phone: None,
            },
            address: None,
            emergency_contacts: Vec::new(),
            coverages: vec![NewCoverage {
                id: CoverageId(Uuid::from_u128(8)),
                detail: CoverageDetail {
                    payer: "Northern Mutual".to_owned(),
                    member_number: "NM-1".to_owned(),
                    plan: None,
                },
                validity: Validity::default(),
            }],
            confidentiality: Confidentiality::Normal,
            source: Some("urn:uuid:1".to_owned()),
            recorded_by: None,
        }
    }

    #[test]
    fn a_record_reads_back_as_it_was_sealed() {
        let vault = Vault::new(&[1; 32], &[2; 32]);
        let new = somebody();
        let sealed = new.seal(&vault, DateTime::UNIX_EPOCH).unwrap();
        let record = PatientRecord::new(Arc::new(sealed.row));
        let face = record.face();
        assert_eq!(*record::name(face, &vault).unwrap(), new.name);
        assert_eq!(record::birth_date(face, &vault).unwrap(), new.birth_date);
        assert_eq!(record.profile(&vault).unwrap(), new.profile);
        assert_eq!(record.contact(&vault).unwrap(), new.contact);
        assert_eq!(record.address(&vault).unwrap(), None);
        assert!(record.emergency_contacts(&vault).unwrap().is_empty());
        assert!(record.mrn(&vault).unwrap().starts_with("MRN"));
        let coverage = record::coverage(face, &vault, &sealed.coverages[0]).unwrap();
        assert_eq!(coverage, new.coverages[0].detail);
    }

    #[test]
    fn a_cell_of_another_patient_does_not_open() {
        let vault = Vault::new(&[1; 32], &[2; 32]);
        let one = somebody().seal(&vault, DateTime::UNIX_EPOCH).unwrap();
        let mut other = somebody();
        other.id = PatientId(Uuid::from_u128(9));
        let mut other = other.seal(&vault, DateTime::UNIX_EPOCH).unwrap();
        other.row.name = one.row.name;
        let record = PatientRecord::new(Arc::new(other.row));
        assert!(record::name(record.face(), &vault).is_err());
        assert!(record::coverage(record.face(), &vault, &one.coverages[0]).is_err());
    }

    #[test]
    fn a_given_number_is_kept_and_has_no_spare() {
        let vault = Vault::new(&[1; 32], &[2; 32]);
        let mut new = somebody();
        new.mrn = Some("ab-12".to_owned());
        let sealed = new.seal(&vault, DateTime::UNIX_EPOCH).unwrap();
        assert!(sealed.spare.is_empty());
        assert_eq!(
            Some(sealed.row.mrn_index.clone()),
            token::of_mrn(vault.index(), "AB-12")
        );
        let record = PatientRecord::new(Arc::new(sealed.row));
        assert_eq!(record.mrn(&vault).unwrap(), "ab-12");
    }
}
