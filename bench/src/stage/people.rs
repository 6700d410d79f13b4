//! Who is on the stage: doctors, patients with accounts, administrators, each signed in by a session of their own. They are
//! written as the server writes them; only signing in is left out, for a hash takes longer than all else together.

use crate::fill::insert_many;
use crate::output::{Done, Told};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use entity::code::{AdministrativeGender, Confidentiality, Modality, Roles, UserStatus};
use entity::id::{DoctorId, PatientId, SessionId, UserId, VisitTypeId};
use entity::{doctor, session, user, visit_type};
use patient_tracker::account::Email;
use patient_tracker::doctor::NewDoctor;
use patient_tracker::graphql;
use patient_tracker::patient::NewPatient;
use patient_tracker::patient::cells::{Contact, Name, Preferences, Profile};
use patient_tracker::patient::store::{self, MrnTaken};
use patient_tracker::state::State;
use patient_tracker::vault::Place;
use std::sync::Arc;
use uuid::Uuid;

/// Minutes of the visit that is booked.
pub const MINUTES: i32 = 5;

/// How many there are.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Administrators.
    pub admins: usize,
    /// Doctors.
    pub doctors: usize,
    /// Patients.
    pub patients: usize,
}

/// Somebody who is signed in, if they have an account.
#[derive(Clone)]
pub struct Person {
    /// The patient or doctor; the account of an administrator.
    pub uuid: Uuid,
    /// As clients name it.
    pub id: String,
    /// An access token, good for an hour.
    pub token: String,
}

/// All of them.
pub struct People {
    /// Administrators.
    pub admins: Vec<Person>,
    /// Doctors.
    pub doctors: Vec<Person>,
    /// Patients.
    pub patients: Vec<Person>,
    /// The visit that is booked, as clients name it.
    pub visit_type: String,
}

/// Writes them into an empty database.
pub async fn fill(state: &Arc<State>, size: Size) -> Done<People> {
    let hash = state.passwords.hash(&crate::kit::Kit::new_password()).await;
    let accounts = Accounts {
        state,
        hash: hash.told("hashing")?,
        now: state.clock.now(),
    };
    let admins = accounts.make("admin", Roles::ADMIN, size.admins).await?;
    let mut doctors = accounts.make("doctor", Roles::DOCTOR, size.doctors).await?;
    let mut patients = accounts
        .make("patient", Roles::PATIENT, size.patients)
        .await?;
    write_doctors(state, &mut doctors).await?;
    write_patients(state, &mut patients).await?;
    let row = visit_type::Model {
        id: state.clock.new_id::<VisitTypeId>(),
        code: "bench".to_owned(),
        name: "Five minutes".to_owned(),
        minutes: MINUTES,
        modality: Modality::InPerson,
        requires_approval: false,
        active: true,
        version: 1,
        buffer_before: 0,
        buffer_after: 0,
        minimum_notice: 0,
        maximum_advance: 730,
        capacity: 1,
    };
    let visit_type = graphql::id(row.id).to_string();
    insert_many::<visit_type::Entity, _>(state, vec![row]).await?;
    Ok(People {
        admins,
        doctors,
        patients,
        visit_type,
    })
}

struct Accounts<'a> {
    state: &'a State,
    hash: String,
    now: DateTime<Utc>,
}

impl Accounts<'_> {
    async fn make(&self, name: &str, roles: Roles, count: usize) -> Done<Vec<Person>> {
        let (mut people, mut users, mut sessions) = (Vec::new(), Vec::new(), Vec::new());
        for number in 0..count {
            let (person, user, session) = self.one(&format!("{name}{number}"), roles)?;
            people.push(person);
            users.push(user);
            sessions.push(session);
        }
        insert_many::<user::Entity, _>(self.state, users).await?;
        insert_many::<session::Entity, _>(self.state, sessions).await?;
        Ok(people)
    }

    fn one(&self, name: &str, roles: Roles) -> Done<(Person, user::Model, session::Model)> {
        let (vault, clock) = (&self.state.vault, &self.state.clock);
        let email = format!("{name}@clinic.test");
        let email = Email::parse(&email).ok_or("an address of no proper shape")?;
        let id: UserId = clock.new_id();
        let (key, data_key) = vault.new_key(id.0).told("a key")?;
        let cell = |column| Place::new("user", column, id.0);
        let user = user::Model {
            id,
            data_key,
            email: key.seal(cell("email"), email.as_str()).told("sealing")?,
            email_index: email.index(vault),
            display_name: key.seal(cell("display_name"), name).told("sealing")?,
            password_hash: self.hash.clone(),
            status: UserStatus::Active,
            roles,
            clearance: Confidentiality::Normal,
            auth_epoch: 0,
            mfa_enrolled_at: None,
            email_verified_at: Some(self.now),
            version: 1,
            created_at: self.now,
        };
        let end = self.now + TimeDelta::hours(12);
        let name: SessionId = clock.new_id();
        let device = key.seal(Place::new("session", "device", name.0), "bench");
        let session = session::Model {
            id: name,
            user_id: id,
            auth_epoch: 0,
            device: device.told("sealing")?,
            proved_at: Some(self.now),
            created_at: self.now,
            last_used_at: self.now,
            idle_expires_at: end,
            expires_at: end,
            revoked_at: None,
        };
        let tokens = &self.state.tokens;
        // The first token of a session has its name, and needs no row of its own.
        let issued = tokens.issue(clock, id, name, name.0, 0, end);
        let person = Person {
            uuid: id.0,
            id: String::new(),
            token: issued.told("a token")?.token,
        };
        Ok((person, user, session))
    }
}

/// A name that nobody has.
pub fn named(family: &str) -> Name {
    Name {
        given: vec!["Bench".to_owned()],
        family: family.to_owned(),
        prefix: None,
    }
}

async fn write_doctors(state: &State, people: &mut [Person]) -> Done<()> {
    let mut rows = Vec::new();
    for person in people {
        let id: DoctorId = state.clock.new_id();
        let new = NewDoctor {
            id,
            user: Some(UserId(person.uuid)),
            name: named("Doctor"),
            specialties: Vec::new(),
            licences: Vec::new(),
            department: None,
            zone: "UTC".to_owned(),
            accepts_new_patients: true,
            source: None,
        };
        rows.push(new.seal(&state.vault, state.clock.now()).told("sealing")?);
        (person.uuid, person.id) = (id.0, graphql::id(id).to_string());
    }
    insert_many::<doctor::Entity, _>(state, rows).await
}

async fn write_patients(state: &State, people: &mut [Person]) -> Done<()> {
    for some in people.chunks_mut(500) {
        let mut sealed = Vec::new();
        for person in some {
            let id: PatientId = state.clock.new_id();
            let new = patient(id, Some(UserId(person.uuid)))?;
            sealed.push(new.seal(&state.vault, state.clock.now()).told("sealing")?);
            (person.uuid, person.id) = (id.0, graphql::id(id).to_string());
        }
        let written = state.db.write::<_, MrnTaken, _>(move |tx| {
            let sealed = sealed.clone();
            Box::pin(async move { store::insert_rows(tx, sealed).await })
        });
        written
            .await
            .told("patients")?
            .map_err(|MrnTaken| "a record number is taken".to_owned())?;
    }
    Ok(())
}

/// A patient of whom no more is known than must be, with an account or without.
pub fn patient(id: PatientId, user: Option<UserId>) -> Done<NewPatient> {
    Ok(NewPatient {
        id,
        user,
        mrn: None,
        name: named("Patient"),
        birth_date: NaiveDate::from_ymd_opt(1980, 5, 17).ok_or("a day")?,
        profile: Profile {
            gender: AdministrativeGender::Unknown,
            blood_group: None,
            language: None,
            preferences: Preferences::default(),
        },
        contact: Contact {
            email: None,
            phone: None,
        },
        address: None,
        emergency_contacts: Vec::new(),
        coverages: Vec::new(),
        confidentiality: Confidentiality::Normal,
        source: None,
        recorded_by: None,
    })
}
