//! Recording a patient on their behalf.

use super::{PreferencesEdit, changed, today};
use crate::accept;
use crate::access::{Action, PatientFacts, Resource, Viewer, require};
use crate::error::Outcome;
use crate::event::log;
use crate::idempotency;
use crate::patient::cells::{Address, Contact, EmergencyContact, Name, Preferences, Profile};
use crate::patient::digest::claim_of;
use crate::patient::input::{self, At, Checks, Invalid};
use crate::patient::sealed::NewPatient;
use crate::patient::store;
use crate::state::State;
use chrono::NaiveDate;
use entity::code::{AdministrativeGender, BloodGroup, Confidentiality};
use entity::id::PatientId;
use serde::Serialize;
use std::sync::Arc;

/// Record this patient.
#[derive(Clone, Serialize)]
pub struct CreatePatient {
    /// The names.
    pub name: Name,
    /// The date of birth.
    pub birth_date: NaiveDate,
    /// The medical record number; one is given out when absent.
    pub mrn: Option<String>,
    /// Administrative gender.
    pub gender: AdministrativeGender,
    /// ABO and rhesus group.
    pub blood_group: Option<BloodGroup>,
    /// BCP 47 tag of their language.
    pub language: Option<String>,
    /// How they are reached.
    pub contact: Contact,
    /// Where they live.
    pub address: Option<Address>,
    /// Whom to call.
    pub emergency_contacts: Vec<EmergencyContact>,
    /// What they asked the clinic to heed.
    pub preferences: PreferencesEdit,
    /// How sensitive the record is.
    pub confidentiality: Confidentiality,
    /// Under which the answer is remembered.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Why a patient is not recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CreateRefusal {
    /// A value is not taken.
    Invalid(Invalid),
    /// Another patient has this medical record number.
    MrnTaken,
    /// The record would be more sensitive than the viewer may read.
    AboveClearance,
    /// The key was used with another input.
    IdempotencyKeyReused,
}

impl From<Invalid> for CreateRefusal {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

/// The command with every value checked and in its one spelling.
fn checked(command: CreatePatient, today: NaiveDate) -> Result<CreatePatient, Invalid> {
    let mut checks = Checks::default();
    let name = checks.take(input::name(&command.name).at("name"));
    let birth_date = checks.take(input::birth_date(command.birth_date, today).at("birthDate"));
    let mrn = command.mrn.as_deref().map(input::mrn).transpose();
    let mrn = checks.take(mrn.at("mrn"));
    let language = command.language.as_deref().map(input::language);
    let language = checks.take(language.transpose().at("language"));
    let contact = checks.take(input::contact(&command.contact).at("contact"));
    let address = command.address.as_ref().map(input::address);
    let address = checks.take(address.transpose().at("address"));
    let contacts = input::emergency_contacts(&command.emergency_contacts);
    let emergency_contacts = checks.take(contacts.at("emergencyContacts"));
    checks.end(|| {
        Some(CreatePatient {
            name: name?,
            birth_date: birth_date?,
            mrn: mrn?,
            language: language?,
            contact: contact?,
            address: address?.flatten(),
            emergency_contacts: emergency_contacts?,
            ..command
        })
    })
}

/// Records a patient who has no account of their own. A doctor who does so does not enter the care team by it.
///
/// # Errors
/// Those of the database; not found for whoever may record no patients.
pub async fn create_patient(
    state: &State,
    viewer: &Viewer,
    command: CreatePatient,
) -> Outcome<PatientId, CreateRefusal> {
    let actor = viewer.signed_in()?;
    let id: PatientId = state.clock.new_id();
    let facts = |level| PatientFacts::unrelated(id, level);
    require(
        viewer,
        Action::Create,
        &Resource::Identity(facts(Confidentiality::Normal)),
    )?;
    let as_asked = Resource::Identity(facts(command.confidentiality));
    if require(viewer, Action::Create, &as_asked).is_err() {
        return Ok(Err(CreateRefusal::AboveClearance));
    }
    let key = command.idempotency_key.as_deref();
    let claim = claim_of(state, actor.user, "createPatient", key, &command)?;
    let command = accept!(checked(command, today(state)));
    let chosen = command.mrn.is_some();
    let new = NewPatient {
        id,
        user: None,
        mrn: command.mrn,
        name: command.name,
        birth_date: command.birth_date,
        profile: Profile {
            gender: command.gender,
            blood_group: command.blood_group,
            language: command.language,
            preferences: command.preferences.after(Preferences::default()),
        },
        contact: command.contact,
        address: command.address,
        emergency_contacts: command.emergency_contacts,
        coverages: Vec::new(),
        confidentiality: command.confidentiality,
        source: None,
        recorded_by: Some(actor.user),
    };
    let shared = Arc::new((new.seal(&state.vault, state.clock.now())?, claim));
    state
        .write(viewer, move |tx| {
            let shared = Arc::clone(&shared);
            Box::pin(async move {
                let (sealed, claim) = &*shared;
                let claimed = idempotency::claimed(
                    tx,
                    claim.as_ref(),
                    id.0,
                    CreateRefusal::IdempotencyKeyReused,
                );
                if let Some(id) = accept!(claimed.await?) {
                    return Ok(Ok(PatientId(id)));
                }
                // Asked first: a violated constraint would leave the log with an error for what is a plain refusal.
                if chosen && store::mrn_taken(tx, &sealed.row.mrn_index).await? {
                    return Ok(Err(CreateRefusal::MrnTaken));
                }
                if store::insert_rows(tx, vec![sealed.clone()]).await?.is_err() {
                    return Ok(Err(CreateRefusal::MrnTaken));
                }
                log::append(tx, &[changed(id, None, 1)]).await?;
                Ok(Ok(id))
            })
        })
        .await
}
