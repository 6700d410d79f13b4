//! The clinic in which rights are taken away: two doctors, an administrator, one patient, made anew in an empty database.

use crate::kit::Kit;
use crate::output::{Done, Told};
use crate::stage::people::{named, patient};
use entity::code::{Confidentiality, Roles};
use migration::{Migrator, MigratorTrait as _};
use patient_tracker::account::{Email, NewAccount, NewUser, Owner, hash_password, insert_user};
use patient_tracker::app::{self, Ground};
use patient_tracker::clock::Clock;
use patient_tracker::config::{Config, Inputs};
use patient_tracker::doctor::{NewDoctor, store as doctors};
use patient_tracker::graphql::encode_id;
use patient_tracker::patient::store as patients;
use patient_tracker::state::State;
use std::convert::Infallible;
use std::sync::Arc;

/// A doctor with an account.
pub struct Person {
    /// What they sign in with.
    pub email: String,
    /// And this.
    pub password: String,
    /// The account, as clients name it.
    pub user: String,
    /// The doctor, as clients name them.
    pub doctor: String,
}

/// Who is in the database, before anybody has signed in.
pub struct Made {
    /// The patient, as clients name them.
    pub patient: String,
    /// Both doctors.
    pub doctors: [Person; 2],
}

/// Makes the clinic in an empty database.
pub async fn made(kit: &Kit) -> Done<Made> {
    let folder = std::env::temp_dir();
    let variables = kit.environment(crate::kit::PORT, &folder).into_iter();
    let variables = variables.filter(|(name, _)| name != "REDIS_URL");
    let inputs = Inputs::default().variables(variables);
    let (config, keys) = Config::load_with_keys(&inputs).told("the configuration")?;
    let (db, _) = app::connect(&config, Clock::system())
        .await
        .told("the database")?;
    Migrator::up(db.schema(), None)
        .await
        .told("the migrations")?;
    db.close().await;
    let ground = Ground::open(&config, &keys, Clock::system())
        .await
        .told("the database")?;
    let filled = fill(&ground.state, kit).await;
    ground.close().await;
    filled
}

async fn fill(state: &Arc<State>, kit: &Kit) -> Done<Made> {
    account(state, kit, &kit.admin, Roles::ADMIN, None).await?;
    let first = doctor(state, kit, "first@clinic.test").await?;
    let second = doctor(state, kit, "second@clinic.test").await?;
    let patient = patient(state.clock.new_id(), None)?;
    let id = encode_id(patient.id).to_string();
    let sealed = patient
        .seal(&state.vault, state.clock.now())
        .told("sealing")?;
    let written = state.db.write::<bool, Infallible, _>(move |tx| {
        let sealed = sealed.clone();
        Box::pin(async move { Ok(Ok(patients::insert_rows(tx, vec![sealed]).await?.is_ok())) })
    });
    match written.await.told("the patient")? {
        Ok(true) => Ok(Made {
            patient: id,
            doctors: [first, second],
        }),
        _ => Err("the patient is there already".to_owned()),
    }
}

async fn doctor(state: &Arc<State>, kit: &Kit, email: &str) -> Done<Person> {
    let id: entity::id::DoctorId = state.clock.new_id();
    let user = account(state, kit, email, Roles::DOCTOR, Some(id)).await?;
    Ok(Person {
        email: email.to_owned(),
        password: kit.password.clone(),
        user,
        doctor: encode_id(id).to_string(),
    })
}

/// An account with the kit's password, and the doctor whose it is.
async fn account(
    state: &Arc<State>,
    kit: &Kit,
    email: &str,
    roles: Roles,
    doctor: Option<entity::id::DoctorId>,
) -> Done<String> {
    let owner = Owner {
        email,
        name: "Bench",
        second_factor: false,
    };
    let password = hash_password(state, &kit.password, owner)
        .await
        .told("hashing")?;
    let user = NewUser::seal(
        state,
        NewAccount {
            email: Email::parse(email).ok_or("an address of no proper shape")?,
            display_name: "Bench".to_owned(),
            password: password.map_err(|_| "the password is not taken")?,
            roles,
            email_verified: true,
            clearance: Confidentiality::Normal,
        },
    )
    .told("sealing")?;
    let id = encode_id(user.id()).to_string();
    let row = match doctor {
        None => None,
        Some(id) => {
            let new = NewDoctor {
                id,
                user: Some(user.id()),
                name: named("Doctor"),
                specialties: Vec::new(),
                licences: Vec::new(),
                department: None,
                zone: "UTC".to_owned(),
                accepts_new_patients: true,
                source: None,
            };
            Some(new.seal(&state.vault, state.clock.now()).told("sealing")?)
        }
    };
    let written = state.db.write::<bool, Infallible, _>(move |tx| {
        let (user, row) = (user.clone(), row.clone());
        Box::pin(async move {
            let is_new = insert_user(tx, &user).await?.is_ok();
            if let Some(row) = row {
                doctors::insert_rows(tx, vec![row]).await?;
            }
            Ok(Ok(is_new))
        })
    });
    match written.await.told("an account")? {
        Ok(true) => Ok(id),
        _ => Err("the database is not empty".to_owned()),
    }
}
