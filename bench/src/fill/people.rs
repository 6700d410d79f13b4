//! Accounts, doctors, patients and care teams, as the server seals them.

use super::rows::{insert_many, instant, text, uuid_of};
use crate::kit::Kit;
use crate::output::{Done, Told};
use crate::source::Source;
use chrono::{DateTime, NaiveDate, Utc};
use entity::code::{
    AdministrativeGender, CareTeamRole, Coding, Confidentiality, Roles, UserStatus,
};
use entity::id::{CareTeamMemberId, DoctorId, PatientId, UserId};
use entity::{care_team_member, user};
use patient_tracker::account::Email;
use patient_tracker::doctor::NewDoctor;
use patient_tracker::patient::cells::{Contact, Name, Preferences, Profile};
use patient_tracker::patient::store::{self, MrnTaken};
use patient_tracker::patient::{NewPatient, normal};
use patient_tracker::state::State;
use patient_tracker::vault::{DataKey, Place};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::Arc;

/// Keys of patients, under which the reasons of their appointments are sealed.
pub type PatientKeys = HashMap<PatientId, Arc<DataKey>>;

/// An account's row.
fn sealed_user(
    state: &State,
    id: UserId,
    (email, display_name): (&str, &str),
    (roles, password_hash): (Roles, &str),
    created_at: DateTime<Utc>,
) -> Done<user::Model> {
    let vault = &state.vault;
    let email = Email::parse(email).ok_or("an e-mail address of no proper shape")?;
    let (key, data_key) = vault.new_key(id.0).told("a key")?;
    let cell = |column| Place::new("user", column, id.0);
    Ok(user::Model {
        id,
        data_key,
        email: key.seal(cell("email"), email.as_str()).told("sealing")?,
        email_index: email.index(vault),
        display_name: key
            .seal(cell("display_name"), display_name)
            .told("sealing")?,
        password_hash: password_hash.to_owned(),
        status: UserStatus::Active,
        roles,
        clearance: Confidentiality::Normal,
        auth_epoch: 0,
        mfa_enrolled_at: None,
        email_verified_at: Some(created_at),
        version: 1,
        created_at,
    })
}

/// The accounts of the comparison, into which nobody can sign in, and two into which the kit can.
pub async fn users(source: &Source, state: &State, kit: &Kit) -> Done<()> {
    let nobody = state
        .passwords
        .hash(&Kit::new_password())
        .await
        .told("hashing")?;
    let mut rows = Vec::new();
    for row in source.rows("select * from users").await? {
        let roles = match text(&row, "role")? {
            "DOCTOR" => Roles::DOCTOR,
            "ADMIN" => Roles::ADMIN,
            _ => Roles::PATIENT,
        };
        let names = (text(&row, "email")?, text(&row, "display_name")?);
        let id = UserId(uuid_of(&row, "id")?);
        rows.push(sealed_user(
            state,
            id,
            names,
            (roles, &nobody),
            instant(&row, "created_at")?,
        )?);
    }
    let hash = state.passwords.hash(&kit.password).await.told("hashing")?;
    for (email, roles) in [(&kit.email, Roles::DOCTOR), (&kit.admin, Roles::ADMIN)] {
        let id = state.clock.new_id();
        let names = (email.as_str(), "Bench");
        rows.push(sealed_user(
            state,
            id,
            names,
            (roles, &hash),
            state.clock.now(),
        )?);
    }
    insert_many::<user::Entity, _>(state, rows).await
}

/// The doctors of the comparison, and one of the kit's.
pub async fn doctors(source: &Source, state: &State, kit: &Kit) -> Done<DoctorId> {
    let select = "select d.*, u.display_name from doctors d join users u on u.id = d.user_id";
    let mut new = Vec::new();
    for row in source.rows(select).await? {
        let specialty = text(&row, "specialty")?;
        new.push(NewDoctor {
            id: DoctorId(uuid_of(&row, "id")?),
            user: Some(UserId(uuid_of(&row, "user_id")?)),
            name: name(text(&row, "display_name")?),
            specialties: vec![Coding {
                system: "urn:clinic.test:specialty".to_owned(),
                code: specialty.to_lowercase().replace(' ', "-"),
                display: specialty.to_owned(),
            }],
            licences: Vec::new(),
            department: None,
            zone: "UTC".to_owned(),
            accepts_new_patients: true,
            source: None,
        });
    }
    let bench: DoctorId = state.clock.new_id();
    let mut own = new.first().ok_or("there are no doctors")?.clone();
    own.id = bench;
    own.user = Some(user_of(state, &kit.email).await?);
    new.push(own);
    let now = state.clock.now();
    let sealed = new.iter().map(|doctor| doctor.seal(&state.vault, now));
    let rows = sealed.collect::<Result<Vec<_>, _>>().told("sealing")?;
    insert_many::<entity::doctor::Entity, _>(state, rows).await?;
    Ok(bench)
}

#[expect(
    clippy::disallowed_methods,
    reason = "there is no viewer here: this is the hand that fills the database"
)]
async fn user_of(state: &State, email: &str) -> Done<UserId> {
    use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
    let index = Email::parse(email).ok_or("an address")?.index(&state.vault);
    let found = user::Entity::find()
        .filter(user::Column::EmailIndex.eq(index))
        .one(state.db.read())
        .await
        .told("an account")?;
    found
        .map(|row| row.id)
        .ok_or_else(|| format!("{email} is not there"))
}

/// The patients of the comparison.
pub async fn patients(source: &Source, state: &State) -> Done<PatientKeys> {
    let select =
        "select p.*, u.display_name, u.email from patients p join users u on u.id = p.user_id";
    let mut keys = PatientKeys::new();
    for rows in source.rows(select).await?.chunks(1000) {
        let now = state.clock.now();
        let new = rows.iter().map(new_patient).collect::<Done<Vec<_>>>()?;
        let sealed = new.iter().map(|patient| patient.seal(&state.vault, now));
        let sealed = sealed.collect::<Result<Vec<_>, _>>().told("sealing")?;
        keys.extend(
            sealed
                .iter()
                .map(|patient| (patient.row.id, Arc::clone(&patient.key))),
        );
        let written = state.db.write::<_, MrnTaken, _>(move |tx| {
            let sealed = sealed.clone();
            Box::pin(async move { store::insert_rows(tx, sealed).await })
        });
        written
            .await
            .told("patients")?
            .map_err(|MrnTaken| "a record number is taken".to_owned())?;
    }
    Ok(keys)
}

fn new_patient(row: &Value) -> Done<NewPatient> {
    let birth_date: NaiveDate = text(row, "date_of_birth")?.parse().told("a birth date")?;
    Ok(NewPatient {
        id: PatientId(uuid_of(row, "id")?),
        user: Some(UserId(uuid_of(row, "user_id")?)),
        mrn: None,
        name: name(text(row, "display_name")?),
        birth_date,
        profile: Profile {
            gender: AdministrativeGender::Unknown,
            blood_group: None,
            language: None,
            preferences: Preferences::default(),
        },
        contact: Contact {
            email: normal::email(text(row, "email")?),
            phone: normal::phone(text(row, "phone")?, None),
        },
        address: None,
        emergency_contacts: Vec::new(),
        coverages: Vec::new(),
        confidentiality: Confidentiality::Normal,
        source: None,
        recorded_by: None,
    })
}

/// A name that is shown as it was.
fn name(display: &str) -> Name {
    let mut words: Vec<&str> = display.split(' ').collect();
    let family = words.pop().unwrap_or_default().to_owned();
    let prefix = words.first().is_some_and(|word| word.ends_with('.'));
    let prefix = prefix.then(|| words.remove(0).to_owned());
    Name {
        given: words.into_iter().map(str::to_owned).collect(),
        family,
        prefix,
    }
}

/// Brings the doctor into everybody's care team.
pub async fn care_teams(
    state: &State,
    doctor: DoctorId,
    patients: impl Iterator<Item = PatientId>,
) -> Done<()> {
    let now = state.clock.now();
    let rows = patients.map(|patient| care_team_member::Model {
        id: state.clock.new_id::<CareTeamMemberId>(),
        patient_id: patient,
        doctor_id: doctor,
        role: CareTeamRole::Consulting,
        starts_at: now,
        ends_at: None,
        version: 1,
        created_at: now,
        recorded_by: None,
    });
    insert_many::<care_team_member::Entity, _>(state, rows.collect()).await
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn a_name_is_shown_as_it_was() {
        for shown in ["Dr. Noor Rossi", "Ana Maria Lopez", "Cher"] {
            assert_eq!(name(shown).text(), shown);
        }
    }
}
