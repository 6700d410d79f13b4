//! Changing what is known about a patient.

use super::{PreferencesEdit, changed, find_patient, tell_changed, today};
use crate::accept;
use crate::access::{Action, Granted, PatientFacts, Resource, Viewer, decide, look, require};
use crate::db::Tx;
use crate::error::{Fault, Outcome};
use crate::event::log::Fact;
use crate::idempotency;
use crate::patient::PatientRecord;
use crate::patient::cells::{Address, Edit, EmergencyContact, Name};
use crate::patient::digest::{claim_of, id_text};
use crate::patient::input::{self, At, Checks, Invalid};
use crate::patient::record::place;
use crate::patient::sealed::seal_mrn;
use crate::patient::store::{self, Retokened};
use crate::patient::token::{self, TokenKind};
use crate::state::State;
use crate::vault::Unreadable;
use chrono::NaiveDate;
use entity::code::{AdministrativeGender, BloodGroup, Confidentiality};
use entity::id::{PatientId, UserId};
use entity::patient;
use sea_orm::ActiveValue::Set;
use serde::Serialize;
use std::sync::Arc;

/// Change this of a patient; what is absent stays.
#[derive(Clone, Serialize)]
pub struct UpdatePatient {
    /// Whom.
    #[serde(serialize_with = "id_text")]
    pub patient: PatientId,
    /// As the caller knows the record.
    pub expected_version: i32,
    /// The names.
    pub name: Option<Name>,
    /// The date of birth.
    pub birth_date: Option<NaiveDate>,
    /// The medical record number.
    pub mrn: Option<String>,
    /// Administrative gender.
    pub gender: Option<AdministrativeGender>,
    /// ABO and rhesus group.
    pub blood_group: Edit<BloodGroup>,
    /// How sensitive the record is.
    pub confidentiality: Option<Confidentiality>,
    /// The e-mail address.
    pub email: Edit<String>,
    /// The telephone number.
    pub phone: Edit<String>,
    /// Where they live.
    pub address: Edit<Address>,
    /// Whom to call.
    pub emergency_contacts: Option<Vec<EmergencyContact>>,
    /// BCP 47 tag of their language.
    pub language: Edit<String>,
    /// What they asked the clinic to heed.
    pub preferences: Option<PreferencesEdit>,
    /// Under which the answer is remembered.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

impl UpdatePatient {
    /// The first of the fields that only staff may change which this command changes.
    fn reserved(&self) -> Option<&'static str> {
        [
            (self.name.is_some(), "name"),
            (self.birth_date.is_some(), "birthDate"),
            (self.mrn.is_some(), "mrn"),
            (self.gender.is_some(), "gender"),
            (!self.blood_group.keeps(), "bloodGroup"),
            (self.confidentiality.is_some(), "confidentiality"),
        ]
        .into_iter()
        .find_map(|(changed, field)| changed.then_some(field))
    }

    /// The command with every value checked and in its one spelling.
    ///
    /// # Errors
    /// All that is not taken.
    pub fn checked(self, today: NaiveDate) -> Result<Self, Invalid> {
        let mut checks = Checks::default();
        let name = checks.take(self.name.as_ref().map(input::name).transpose().at("name"));
        let born = |day| input::birth_date(day, today);
        let birth_date = checks.take(self.birth_date.map(born).transpose().at("birthDate"));
        let mrn = self.mrn.as_deref().map(input::mrn).transpose();
        let mrn = checks.take(mrn.at("mrn"));
        let email = self.email.check(|text| input::email(&text));
        let email = checks.take(email.at("email").at("contact"));
        let phone = self.phone.check(|text| input::phone(&text));
        let phone = checks.take(phone.at("phone").at("contact"));
        let address = match self.address {
            Edit::Set(address) => input::address(&address).map(|address| match address {
                Some(address) => Edit::Set(address),
                None => Edit::Clear,
            }),
            other => Ok(other),
        };
        let address = checks.take(address.at("address"));
        let contacts = self.emergency_contacts.as_deref();
        let contacts = contacts.map(input::emergency_contacts).transpose();
        let emergency_contacts = checks.take(contacts.at("emergencyContacts"));
        let language = self.language.check(|text| input::language(&text));
        let language = checks.take(language.at("language"));
        checks.end(|| {
            Some(Self {
                name: name?,
                birth_date: birth_date?,
                mrn: mrn?,
                email: email?,
                phone: phone?,
                address: address?,
                emergency_contacts: emergency_contacts?,
                language: language?,
                ..self
            })
        })
    }
}

/// Why a patient is not changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UpdateRefusal {
    /// A value is not taken.
    Invalid(Invalid),
    /// Only staff may change this field; only administrators may lower the confidentiality.
    FieldNotYours(&'static str),
    /// Another patient has this medical record number.
    MrnTaken,
    /// The record would be more sensitive than the viewer may read.
    AboveClearance,
    /// It has changed since it was read.
    Conflict,
    /// The key was used with another input.
    IdempotencyKeyReused,
}

impl From<Invalid> for UpdateRefusal {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

/// The word of the policy on this command: staff who treat the patient, or run the clinic, change everything; patients
/// what they are reached by.
fn authority(
    viewer: &Viewer,
    facts: PatientFacts,
    command: &UpdatePatient,
) -> Outcome<Granted, UpdateRefusal> {
    let all = [Resource::Identity(facts), Resource::Demographics(facts)];
    let may = |resource| decide(viewer, Action::Update, resource).is_allowed();
    let granted = match all.iter().all(may) {
        true => {
            require(viewer, Action::Update, &Resource::Identity(facts))?;
            require(viewer, Action::Update, &Resource::Demographics(facts))?
        }
        false => {
            // They know who it is; that they may change nothing is no secret.
            let contact = require(viewer, Action::Update, &Resource::Contact(facts));
            let granted = contact.map_err(|fault| match fault {
                Fault::NotFound => Fault::Forbidden,
                other => other,
            })?;
            if let Some(field) = command.reserved() {
                return Ok(Err(UpdateRefusal::FieldNotYours(field)));
            }
            granted
        }
    };
    if let Some(level) = command.confidentiality {
        let as_asked = Resource::Identity(PatientFacts {
            confidentiality: level,
            ..facts
        });
        if !look(viewer, Action::Update, &as_asked).is_allowed() {
            return Ok(Err(UpdateRefusal::AboveClearance));
        }
        // Whoever treats the patient may close the record to others, and not open it to them.
        let opens = level < facts.confidentiality;
        let either_way = Resource::Confidentiality(facts);
        if opens && !look(viewer, Action::Update, &either_way).is_allowed() {
            return Ok(Err(UpdateRefusal::FieldNotYours("confidentiality")));
        }
    }
    Ok(Ok(granted))
}

/// The columns that the command changes, sealed, and the tokens that go with them.
fn sealed(
    state: &State,
    record: &PatientRecord,
    command: UpdatePatient,
    user: UserId,
) -> Result<(patient::ActiveModel, Retokened), Unreadable> {
    let vault = &state.vault;
    let (index, key, id) = (vault.index(), record.key(vault)?, record.id());
    let mut row = patient::ActiveModel {
        version: Set(record.row().version + 1),
        updated_at: Set(state.clock.now()),
        recorded_by: Set(Some(user)),
        ..Default::default()
    };
    let mut retokened = Retokened::default();
    if let Some(name) = command.name {
        row.name = Set(key.seal(place(id, "name"), &name)?);
        retokened.kinds.push(TokenKind::Name);
        retokened.tokens.extend(token::of_name(index, &name));
    }
    if let Some(day) = command.birth_date {
        row.birth_date = Set(key.seal(place(id, "birth_date"), &day)?);
        retokened.kinds.push(TokenKind::BirthDate);
        retokened.tokens.push(token::of_birth_date(index, day));
    }
    if let Some(number) = command.mrn {
        let (mrn, mrn_index) = seal_mrn(vault, key, id, &number)?;
        row.mrn = Set(mrn);
        row.mrn_index = Set(mrn_index);
    }
    if !(command.email.keeps() && command.phone.keeps()) {
        let mut contact = record.contact(vault)?;
        contact.email = command.email.after(contact.email);
        contact.phone = command.phone.after(contact.phone);
        row.contact = Set(key.seal(place(id, "contact"), &contact)?);
        retokened.kinds.extend([TokenKind::Email, TokenKind::Phone]);
        retokened.tokens.extend(token::of_contact(index, &contact));
    }
    if !command.address.keeps() {
        let address = command.address.after(None);
        let cell = address.map(|address| key.seal(place(id, "address"), &address));
        row.address = Set(cell.transpose()?);
    }
    if let Some(contacts) = command.emergency_contacts {
        row.emergency_contacts = Set(key.seal(place(id, "emergency_contacts"), &contacts)?);
    }
    let mut profile = record.profile(vault)?;
    let before = profile.clone();
    profile.gender = command.gender.unwrap_or(profile.gender);
    profile.blood_group = command.blood_group.after(profile.blood_group);
    profile.language = command.language.after(profile.language);
    if let Some(edit) = command.preferences {
        profile.preferences = edit.after(profile.preferences);
    }
    if profile != before {
        row.profile = Set(key.seal(place(id, "profile"), &profile)?);
    }
    if let Some(level) = command.confidentiality {
        row.confidentiality = Set(level);
    }
    Ok((row, retokened))
}

/// Changes a patient. They may change by themselves how they are reached, their language and their preferences; doctors
/// of their care team and administrators everything.
///
/// # Errors
/// Those of the database; not found when the viewer may not know of the patient, forbidden when they may change nothing.
pub async fn update_patient(
    state: &State,
    viewer: &Viewer,
    command: UpdatePatient,
) -> Outcome<PatientId, UpdateRefusal> {
    let user = viewer.signed_in()?.user;
    let key = command.idempotency_key.as_deref();
    let claim = claim_of(state, user, "updatePatient", key, &command)?;
    let revision = accept!(prepare_update(state, viewer, command).await?);
    let shared = Arc::new((revision, claim));
    state
        .write(viewer, move |tx| {
            let shared = Arc::clone(&shared);
            Box::pin(async move {
                let (revision, claim) = &*shared;
                let claimed = idempotency::claimed(
                    tx,
                    claim.as_ref(),
                    revision.at.0.0,
                    UpdateRefusal::IdempotencyKeyReused,
                );
                if let Some(id) = accept!(claimed.await?) {
                    return Ok(Ok(PatientId(id)));
                }
                let fact = accept!(revision.write(tx).await?);
                tell_changed(tx, revision.at.0, fact).await?;
                Ok(Ok(revision.at.0))
            })
        })
        .await
}

/// A change of a patient that is about to be made: whoever does may, what it says has been checked, and it is sealed.
pub struct Revision {
    granted: Granted,
    at: (PatientId, i32),
    owner: Option<UserId>,
    /// None when the record was of another version already.
    change: Option<(patient::ActiveModel, Retokened)>,
}

/// Gets a change of a patient ready to be made by a transaction, its caller's or another verb's.
///
/// # Errors
/// Those of [`update_patient`].
pub async fn prepare_update(
    state: &State,
    viewer: &Viewer,
    command: UpdatePatient,
) -> Outcome<Revision, UpdateRefusal> {
    let user = viewer.signed_in()?.user;
    let record = find_patient(state, viewer, command.patient).await?;
    let facts = state.facts(viewer, &**record.row()).await?;
    let granted = accept!(authority(viewer, facts, &command)?);
    let command = accept!(command.checked(today(state)));
    let (id, expected) = (record.id(), command.expected_version);
    let change = if record.row().version == expected {
        Some(sealed(state, &record, command, user)?)
    } else {
        // A repeated request comes here too; whether it is one, only its claim can tell.
        None
    };
    Ok(Ok(Revision {
        granted,
        at: (id, expected),
        owner: record.row().user_id,
        change,
    }))
}

impl Revision {
    /// Makes it; what is to be told of it, last in the transaction.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn write(&self, tx: &Tx) -> Outcome<Fact, UpdateRefusal> {
        let Some((change, retokened)) = self.change.clone() else {
            return Ok(Err(UpdateRefusal::Conflict));
        };
        let Ok(row) = store::update(tx, self.granted, self.at, change, retokened).await? else {
            return Ok(Err(UpdateRefusal::MrnTaken));
        };
        let Some(row) = row else {
            return Ok(Err(UpdateRefusal::Conflict));
        };
        Ok(Ok(changed(self.at.0, self.owner, row.version)))
    }
}
