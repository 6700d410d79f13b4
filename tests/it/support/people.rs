//! People as types: each is put into the database directly and then signs in through the door, so that what they do
//! afterwards is what any client does.

use super::app::{App, Copy};
use super::socket::{Live, Socket};
use chrono::NaiveDate;
use entity::code::{AdministrativeGender, Confidentiality, Roles};
use entity::id::{DoctorId, PatientId, UserId};
use patient_tracker::account::{
    Email, NewAccount, NewUser, Owner, PasswordHash, hash_password, insert_user,
};
use patient_tracker::db::Tx;
use patient_tracker::doctor::{NewDoctor, store as doctors};
use patient_tracker::graphql::encode_id;
use patient_tracker::patient::cells::{Contact, Name, Preferences, Profile};
use patient_tracker::patient::{NewPatient, store as patients};
use patient_tracker::state::State;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::ops::Deref;
use std::sync::OnceLock;

/// The password of everybody who is put into the database; hashed once a process.
pub const PASSWORD: &str = "seven quiet boats";

/// Somebody with a client, signed in or not.
#[derive(Clone)]
pub struct Person {
    /// The server they talk to.
    pub copy: Copy,
    /// The address they sign in with; empty for nobody in particular.
    pub email: String,
    /// Their access token.
    pub token: Option<String>,
    /// Their refresh token.
    pub refresh_token: String,
    /// Their account, as clients know it.
    pub user: String,
}

/// A patient with an account.
#[derive(Clone)]
pub struct Patient {
    /// The one who is signed in.
    pub person: Person,
    /// Their record, as clients know it.
    pub id: String,
    /// Their record.
    pub row: PatientId,
}

/// A doctor with an account.
#[derive(Clone)]
pub struct Doctor {
    /// The one who is signed in.
    pub person: Person,
    /// The doctor, as clients know them.
    pub id: String,
    /// The doctor.
    pub row: DoctorId,
}

/// An administrator.
pub struct Admin(Person);

/// An analyst.
pub struct Analyst(Person);

/// Nobody in particular.
pub struct Anonymous(Person);

macro_rules! is_a_person {
    ($($kind:ident => $field:tt),+) => {$(
        impl Deref for $kind {
            type Target = Person;

            fn deref(&self) -> &Person {
                &self.$field
            }
        }
    )+};
}

is_a_person!(Patient => person, Doctor => person, Admin => 0, Analyst => 0, Anonymous => 0);

const SIGN_IN: &str = "mutation($input: SignInInput!) { signIn(input: $input) {
    authSession { accessToken refreshToken user { id } } userErrors { code } } }";

impl Person {
    /// Runs a query or a mutation; the whole answer.
    pub async fn run(&self, document: &str, variables: Value) -> Value {
        self.copy
            .run(self.token.as_deref(), document, variables)
            .await
    }

    /// Runs an operation that must not fail, and gives its data.
    pub async fn data(&self, document: &str, variables: Value) -> Value {
        let mut answer = self.run(document, variables).await;
        assert_eq!(answer.get("errors"), None, "{document}");
        answer["data"].take()
    }

    /// The same person at another copy of the server.
    pub fn at(&self, copy: &Copy) -> Self {
        Self {
            copy: copy.clone(),
            ..self.clone()
        }
    }

    /// Opens a socket as this person.
    pub async fn socket(&self) -> Socket {
        Socket::open(&self.copy.address, self.token.as_deref()).await
    }

    /// Follows something live, on a socket of its own.
    pub async fn subscribe(&self, document: &str, variables: Value) -> Live {
        let socket = self.socket().await;
        socket.subscribe("1", document, variables).await
    }

    /// Signs in once more: another session of the same account.
    pub async fn another_session(&self) -> Self {
        sign_in(&self.copy, &self.email, PASSWORD)
            .await
            .expect("the password is right")
    }
}

/// Signs in, or says with which code that is refused.
pub async fn sign_in(copy: &Copy, email: &str, password: &str) -> Result<Person, Value> {
    let input = json!({ "input": { "email": email, "password": password, "device": "a test" } });
    let answer = copy.run(None, SIGN_IN, input).await;
    let payload = &answer["data"]["signIn"];
    let session = &payload["authSession"];
    if session.is_null() {
        return Err(payload["userErrors"][0]["code"].clone());
    }
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    Ok(Person {
        copy: copy.clone(),
        email: email.to_owned(),
        token: Some(text(&session["accessToken"])),
        refresh_token: text(&session["refreshToken"]),
        user: text(&session["user"]["id"]),
    })
}

async fn hash(state: &State) -> PasswordHash {
    static HASH: OnceLock<PasswordHash> = OnceLock::new();
    if let Some(hash) = HASH.get() {
        return hash.clone();
    }
    let owner = Owner {
        email: "somebody@clinic.test",
        name: "Somebody",
        second_factor: false,
    };
    let hashed = hash_password(state, PASSWORD, owner).await.unwrap();
    let Ok(hash) = hashed else {
        panic!("the password will do");
    };
    HASH.get_or_init(|| hash).clone()
}

/// An account of this name, not in the database yet.
pub async fn new_user(
    state: &State,
    name: &str,
    roles: Roles,
    clearance: Confidentiality,
) -> NewUser {
    let account = NewAccount {
        email: Email::parse(&email_of(name)).unwrap(),
        display_name: name.to_owned(),
        password: hash(state).await,
        roles,
        clearance,
        email_verified: true,
    };
    NewUser::seal(state, account).unwrap()
}

fn email_of(name: &str) -> String {
    format!("{name}@clinic.test")
}

/// Writes behind the server's back.
pub async fn write<W>(state: &State, work: W)
where
    W: for<'a> Fn(&'a mut Tx) -> patient_tracker::db::TxFuture<'a, (), Infallible>
        + Send
        + Sync
        + 'static,
{
    let Ok(()) = state.db.write(work).await.unwrap();
}

/// A patient of this name, not in the database yet.
pub fn new_patient(state: &State, name: &str, user: Option<UserId>) -> NewPatient {
    NewPatient {
        id: state.clock.new_id(),
        user,
        mrn: None,
        name: Name {
            given: vec![name.to_owned()],
            family: "Testperson".to_owned(),
            prefix: None,
        },
        birth_date: NaiveDate::from_ymd_opt(1980, 5, 17).unwrap(),
        profile: Profile {
            gender: AdministrativeGender::Other,
            blood_group: None,
            language: None,
            preferences: Preferences::default(),
        },
        contact: Contact {
            email: Some(email_of(name)),
            phone: Some("+3725550100".to_owned()),
        },
        address: None,
        emergency_contacts: Vec::new(),
        coverages: Vec::new(),
        confidentiality: Confidentiality::Normal,
        source: None,
        recorded_by: None,
    }
}

impl App {
    /// A patient with an account, signed in.
    pub async fn patient(&self, name: &str) -> Patient {
        let state = self.state();
        let user = new_user(state, name, Roles::PATIENT, Confidentiality::Normal).await;
        let patient = new_patient(state, name, Some(user.id()));
        let row = patient.id;
        self.insert_patients(Some(user), vec![patient]).await;
        Patient {
            person: self.signed_in(name).await,
            id: encode_id(row).to_string(),
            row,
        }
    }

    /// Patients without accounts; their ids, as clients know them.
    pub async fn patients(&self, count: usize) -> Vec<(String, PatientId)> {
        let state = self.state();
        let new: Vec<_> = (0..count)
            .map(|number| new_patient(state, &format!("Person{number}"), None))
            .collect();
        let ids = new
            .iter()
            .map(|patient| (encode_id(patient.id).to_string(), patient.id));
        let ids = ids.collect();
        self.insert_patients(None, new).await;
        ids
    }

    /// Writes patients, and the account of the first.
    pub async fn insert_patients(&self, user: Option<NewUser>, new: Vec<NewPatient>) {
        let state = self.state();
        let now = state.clock.now();
        let sealed: Vec<_> = new
            .iter()
            .map(|patient| patient.seal(&state.vault, now).unwrap())
            .collect();
        write(state, move |tx| {
            let (user, sealed) = (user.clone(), sealed.clone());
            Box::pin(async move {
                if let Some(user) = user {
                    assert!(insert_user(tx, &user).await?.is_ok());
                }
                assert!(patients::insert_rows(tx, sealed).await?.is_ok());
                Ok(Ok(()))
            })
        })
        .await;
    }

    /// A doctor with an account, signed in, who takes new patients.
    pub async fn doctor(&self, name: &str) -> Doctor {
        self.doctor_cleared_for(name, Confidentiality::Normal).await
    }

    /// A doctor who may read records up to this confidentiality.
    pub async fn doctor_cleared_for(&self, name: &str, clearance: Confidentiality) -> Doctor {
        let state = self.state();
        let user = new_user(state, name, Roles::DOCTOR, clearance).await;
        let doctor = NewDoctor {
            id: state.clock.new_id(),
            user: Some(user.id()),
            name: Name {
                given: vec![name.to_owned()],
                family: "Testdoctor".to_owned(),
                prefix: Some("Dr.".to_owned()),
            },
            specialties: Vec::new(),
            licences: Vec::new(),
            department: None,
            zone: "UTC".to_owned(),
            accepts_new_patients: true,
            source: None,
        };
        let row = doctor.id;
        let sealed = doctor.seal(&state.vault, state.clock.now()).unwrap();
        write(state, move |tx| {
            let (user, sealed) = (user.clone(), sealed.clone());
            Box::pin(async move {
                assert!(insert_user(tx, &user).await?.is_ok());
                doctors::insert_rows(tx, vec![sealed]).await?;
                Ok(Ok(()))
            })
        })
        .await;
        Doctor {
            person: self.signed_in(name).await,
            id: encode_id(row).to_string(),
            row,
        }
    }

    /// An administrator, signed in.
    pub async fn admin(&self) -> Admin {
        Admin(self.staff("admin", Roles::ADMIN).await)
    }

    /// One more administrator, signed in.
    pub async fn another_admin(&self, name: &str) -> Admin {
        Admin(self.staff(name, Roles::ADMIN).await)
    }

    /// An analyst, signed in.
    pub async fn analyst(&self) -> Analyst {
        Analyst(self.staff("analyst", Roles::ANALYST).await)
    }

    /// Nobody in particular.
    pub fn anonymous(&self) -> Anonymous {
        Anonymous(Person {
            copy: self.copy.clone(),
            email: String::new(),
            token: None,
            refresh_token: String::new(),
            user: String::new(),
        })
    }

    async fn staff(&self, name: &str, roles: Roles) -> Person {
        let state = self.state();
        let user = new_user(state, name, roles, Confidentiality::Normal).await;
        write(state, move |tx| {
            let user = user.clone();
            Box::pin(async move {
                assert!(insert_user(tx, &user).await?.is_ok());
                Ok(Ok(()))
            })
        })
        .await;
        self.signed_in(name).await
    }

    /// Whoever is in the database under this name, signed in.
    pub async fn signed_in(&self, name: &str) -> Person {
        let person = sign_in(&self.copy, &email_of(name), PASSWORD).await;
        person.unwrap_or_else(|code| panic!("{name} signs in: {code}"))
    }
}
