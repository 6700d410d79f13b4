//! Entering a doctor into the directory, with or without an account.

use super::{changed, store};
use crate::accept;
use crate::access::{Action, Resource, Viewer, require};
use crate::account::{self, EmailTaken, Invitation, StepUpRequired};
use crate::doctor::cells::{Licence, checked_licences, checked_specialties};
use crate::doctor::record::NewDoctor;
use crate::error::{Fault, Outcome};
use crate::event::log;
use crate::idempotency;
use crate::patient::cells::Name;
use crate::patient::digest::{claim_of, id_option_text};
use crate::patient::input::{self, At, Checks, Invalid, Problem};
use crate::state::State;
use entity::code::{Coding, Confidentiality, Roles};
use entity::id::{DepartmentId, DoctorId};
use serde::Serialize;
use std::sync::Arc;

/// Enter this doctor.
#[derive(Clone, Serialize)]
pub struct CreateDoctor {
    /// The names.
    pub name: Name,
    /// What they are trained in.
    pub specialties: Vec<Coding>,
    /// Leave to practise.
    pub licences: Vec<Licence>,
    /// Where they work.
    #[serde(serialize_with = "id_option_text")]
    pub department: Option<DepartmentId>,
    /// IANA zone of their working hours; the clinic's when absent.
    pub zone: Option<String>,
    /// Whether new patients may book.
    pub accepts_new_patients: bool,
    /// The address of the account to make for them; none is made without one.
    pub email: Option<String>,
    /// Up to which confidentiality the account may read.
    pub clearance: Confidentiality,
    /// Under which the answer is remembered.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// A doctor who was entered.
#[derive(Clone)]
pub struct Created {
    /// Who.
    pub doctor: DoctorId,
    /// The password that they sign in with once; only at the first answer, and only with an account.
    pub temporary_password: Option<String>,
}

/// Why a doctor is not entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CreateDoctorRefusal {
    /// A value is not taken.
    Invalid(Invalid),
    /// There is no such department.
    DepartmentNotFound,
    /// Another account has this address.
    EmailTaken,
    /// Who does this must have proved moments ago who they are.
    StepUpRequired,
    /// The key was used with another input.
    IdempotencyKeyReused,
}

impl From<StepUpRequired> for CreateDoctorRefusal {
    fn from(_: StepUpRequired) -> Self {
        Self::StepUpRequired
    }
}

impl From<Invalid> for CreateDoctorRefusal {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

/// The doctor whom the command describes, every value checked.
fn checked(state: &State, command: &CreateDoctor) -> Result<NewDoctor, Invalid> {
    let mut checks = Checks::default();
    let name = checks.take(input::name(&command.name).at("name"));
    let specialties = checks.take(checked_specialties(&command.specialties).at("specialties"));
    let licences = checks.take(checked_licences(&command.licences).at("licences"));
    let zone = command.zone.as_deref().map(input::zone).transpose();
    let zone = checks.take(zone.at("zone"));
    // The account's is asked for again when it is made.
    if let Some(text) = command.email.as_deref() {
        let email = account::Email::parse(text).ok_or(Problem::InvalidEmail);
        checks.take(email.at("email").at("account"));
    }
    checks.end(|| {
        Some(NewDoctor {
            id: state.clock.new_id(),
            user: None,
            name: name?,
            specialties: specialties?,
            licences: licences?,
            department: command.department,
            zone: zone?.unwrap_or_else(|| state.rules.zone.name().to_owned()),
            accepts_new_patients: command.accepts_new_patients,
            source: None,
        })
    })
}

/// The account to be made, if one was asked for.
async fn invitation(
    state: &State,
    command: &CreateDoctor,
    name: &Name,
) -> Outcome<Option<Invitation>, CreateDoctorRefusal> {
    let Some(text) = command.email.as_deref() else {
        return Ok(Ok(None));
    };
    let email = account::Email::parse(text).ok_or(Problem::InvalidEmail);
    let email = accept!(email.at("email").at("account"));
    let name: String = name.text().chars().take(input::LONGEST_NAME).collect();
    let name = name.trim_end().to_owned();
    let made = account::invitation(state, email, name, Roles::DOCTOR, command.clearance).await?;
    Ok(Ok(Some(made)))
}

/// Enters a doctor into the directory and, if asked, makes the account that they sign in with.
///
/// # Errors
/// Those of the database; forbidden for whoever is no administrator.
pub async fn create_doctor(
    state: &State,
    viewer: &Viewer,
    command: CreateDoctor,
) -> Outcome<Created, CreateDoctorRefusal> {
    let user = viewer.signed_in()?.user;
    require(viewer, Action::Create, &Resource::Directory)?;
    accept!(account::step_up(state, viewer).await?);
    let key = command.idempotency_key.as_deref();
    let claim = claim_of(state, user, "createDoctor", key, &command)?;
    let mut new = accept!(checked(state, &command));
    if let Some(department) = command.department
        && state.loaders.departments.load(department).await?.is_none()
    {
        return Ok(Err(CreateDoctorRefusal::DepartmentNotFound));
    }
    let invitation = accept!(invitation(state, &command, &new.name).await?);
    if let Some(invitation) = &invitation {
        require(
            viewer,
            Action::Create,
            &Resource::Account(invitation.user.id()),
        )?;
        new.user = Some(invitation.user.id());
    }
    let row = new.seal(&state.vault, state.clock.now())?;
    let shared = Arc::new((row, invitation, claim));
    state
        .write(viewer, move |tx| {
            let shared = Arc::clone(&shared);
            Box::pin(async move {
                let (row, invitation, claim) = &*shared;
                let claimed = idempotency::claimed(
                    tx,
                    claim.as_ref(),
                    row.id.0,
                    CreateDoctorRefusal::IdempotencyKeyReused,
                );
                if let Some(id) = accept!(claimed.await?) {
                    return Ok(Ok(Created {
                        doctor: DoctorId(id),
                        temporary_password: None,
                    }));
                }
                if let Some(invitation) = invitation
                    && let Err(EmailTaken) = account::insert_invited_user(tx, invitation).await?
                {
                    return Ok(Err(CreateDoctorRefusal::EmailTaken));
                }
                store::insert_rows(tx, vec![row.clone()]).await?;
                log::append(tx, &[changed(row.id, row.user_id, 1)]).await?;
                let password = invitation
                    .as_ref()
                    .map(|made| made.temporary_password.clone());
                Ok::<_, Fault>(Ok(Created {
                    doctor: row.id,
                    temporary_password: password,
                }))
            })
        })
        .await
}
