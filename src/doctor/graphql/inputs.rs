//! What clients give, and how it becomes a command.

use crate::account::graphql::Confidentiality;
use crate::doctor::cells::Licence;
use crate::doctor::service::{CreateDepartment, CreateDoctor, UpdateDoctor};
use crate::error::Fault;
use crate::graphql::decode_id;
use crate::patient::cells::{Edit, Validity};
use crate::patient::graphql::PersonNameInput;
use async_graphql::{ID, InputObject, MaybeUndefined};
use chrono::NaiveDate;
use entity::code::Coding;

/// A code with the system it comes from.
#[derive(InputObject)]
pub struct CodingInput {
    /// The code system's URI.
    pub system: String,
    /// The code.
    pub code: String,
    /// The code in words.
    pub display: String,
}

impl From<CodingInput> for Coding {
    fn from(coding: CodingInput) -> Self {
        Self {
            system: coding.system,
            code: coding.code,
            display: coding.display,
        }
    }
}

/// Leave to practise.
#[derive(InputObject)]
pub struct LicenceInput {
    /// As printed on it.
    pub number: String,
    /// Who gave it.
    pub authority: String,
    /// The first day on which it holds; open when absent.
    pub valid_from: Option<NaiveDate>,
    /// The last day on which it holds; open when absent.
    pub valid_to: Option<NaiveDate>,
}

impl From<LicenceInput> for Licence {
    fn from(licence: LicenceInput) -> Self {
        Self {
            number: licence.number,
            authority: licence.authority,
            validity: Validity {
                from: licence.valid_from,
                to: licence.valid_to,
            },
        }
    }
}

fn all<T, U: From<T>>(list: Vec<T>) -> Vec<U> {
    list.into_iter().map(Into::into).collect()
}

/// The account that a doctor will sign in with.
#[derive(InputObject)]
pub struct DoctorAccountInput {
    /// The e-mail address to sign in with.
    pub email: String,
    /// Up to which confidentiality they may read.
    #[graphql(default_with = "Confidentiality::Normal")]
    pub clearance: Confidentiality,
}

/// Enter a doctor into the directory.
#[derive(InputObject)]
pub struct CreateDoctorInput {
    /// The names.
    pub name: PersonNameInput,
    /// What they are trained in; at most 20.
    #[graphql(default)]
    pub specialties: Vec<CodingInput>,
    /// Leave to practise; at most 20.
    #[graphql(default)]
    pub licences: Vec<LicenceInput>,
    /// Where they work.
    pub department_id: Option<ID>,
    /// The IANA time zone of their working hours; the clinic's when absent.
    pub zone: Option<String>,
    /// Whether new patients may book with them.
    #[graphql(default = true)]
    pub accepts_new_patients: bool,
    /// The account to make for them; none is made when absent.
    pub account: Option<DoctorAccountInput>,
    /// The same key and input answer the same for 24 hours, but for the password, which is shown once.
    pub idempotency_key: Option<String>,
}

impl TryFrom<CreateDoctorInput> for CreateDoctor {
    type Error = Fault;

    fn try_from(input: CreateDoctorInput) -> Result<Self, Fault> {
        let clearance = input.account.as_ref().map(|account| account.clearance);
        Ok(Self {
            name: input.name.into(),
            specialties: all(input.specialties),
            licences: all(input.licences),
            department: input.department_id.as_ref().map(decode_id).transpose()?,
            zone: input.zone,
            accepts_new_patients: input.accepts_new_patients,
            email: input.account.map(|account| account.email),
            clearance: clearance.unwrap_or(Confidentiality::Normal).into(),
            idempotency_key: input.idempotency_key,
        })
    }
}

/// Change a doctor's entry. What is absent stays; null clears what can be absent, and leaves the rest as it is.
#[derive(InputObject)]
pub struct UpdateDoctorInput {
    /// Whom.
    pub id: ID,
    /// The version you have seen.
    pub expected_version: i32,
    /// The names.
    pub name: Option<PersonNameInput>,
    /// What they are trained in; all of it, at most 20.
    pub specialties: Option<Vec<CodingInput>>,
    /// Leave to practise; all of it, at most 20.
    pub licences: Option<Vec<LicenceInput>>,
    /// Where they work.
    pub department_id: MaybeUndefined<ID>,
    /// The IANA time zone of their working hours.
    pub zone: Option<String>,
    /// Whether new patients may book with them.
    pub accepts_new_patients: Option<bool>,
    /// The same key and input answer the same for 24 hours.
    pub idempotency_key: Option<String>,
}

impl TryFrom<UpdateDoctorInput> for UpdateDoctor {
    type Error = Fault;

    fn try_from(input: UpdateDoctorInput) -> Result<Self, Fault> {
        let department: Edit<ID> = crate::patient::graphql::edit(input.department_id);
        Ok(Self {
            doctor: decode_id(&input.id)?,
            expected_version: input.expected_version,
            name: input.name.map(Into::into),
            specialties: input.specialties.map(all),
            licences: input.licences.map(all),
            department: department.check(|id| decode_id(&id))?,
            zone: input.zone,
            accepts_new_patients: input.accepts_new_patients,
            idempotency_key: input.idempotency_key,
        })
    }
}

/// Add a part to the clinic.
#[derive(InputObject)]
pub struct CreateDepartmentInput {
    /// What it is called; unique, at most 100 characters.
    pub name: String,
    /// The same key and input answer the same for 24 hours.
    pub idempotency_key: Option<String>,
}

impl From<CreateDepartmentInput> for CreateDepartment {
    fn from(input: CreateDepartmentInput) -> Self {
        Self {
            name: input.name,
            idempotency_key: input.idempotency_key,
        }
    }
}
