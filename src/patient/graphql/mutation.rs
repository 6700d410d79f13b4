//! Changing what is known about patients.

use super::coverage::Coverage;
use super::coverage_inputs::{AddCoverageInput, RemoveCoverageInput, UpdateCoverageInput};
use super::identified::Patient;
use super::inputs::{
    CreatePatientInput, ErasePatientInput, RegisterPatientInput, SetPatientConfidentialityInput,
    UpdatePatientInput,
};
use super::refusal::{
    AddCoverageError, CreatePatientError, ErasePatientError, RegisterPatientError,
    RemoveCoverageError, SetPatientConfidentialityError, UpdateCoverageError, UpdatePatientError,
};
use crate::account::Client;
use crate::graphql::guard::{Role, SignedIn};
use crate::graphql::{ApiResult, Ask, as_it_stays};
use crate::patient::service;
use async_graphql::{Context, Object, SimpleObject};
use entity::code::Roles;

/// What came of registering. It is the same whether or not the address was known. Whoever asked for it may read it.
#[derive(SimpleObject)]
pub struct RegisterPatientPayload {
    /// Whether the request was taken. If the address had no account before, you can sign in with it, where the clinic asks for
    /// it once the address is verified (verifyEmail). If it had one, a letter tells its owner.
    pub accepted: bool,
    /// Why it was not.
    pub user_errors: Vec<RegisterPatientError>,
}

/// What came of recording a patient. Whoever asked for it may read it.
#[derive(SimpleObject)]
pub struct CreatePatientPayload {
    /// The patient, if they were recorded.
    pub patient: Option<Patient>,
    /// Why they were not.
    pub user_errors: Vec<CreatePatientError>,
}

/// What came of changing a patient. Whoever asked for it may read it.
#[derive(SimpleObject)]
pub struct UpdatePatientPayload {
    /// The patient as they are now, changed or not; absent for whoever may not see them.
    pub patient: Option<Patient>,
    /// Why they were not.
    pub user_errors: Vec<UpdatePatientError>,
}

/// What came of saying how sensitive a record is. Administrators may read it.
#[derive(SimpleObject)]
pub struct SetPatientConfidentialityPayload {
    /// The patient as they are now, changed or not; absent when there is none.
    pub patient: Option<Patient>,
    /// Why it was not.
    pub user_errors: Vec<SetPatientConfidentialityError>,
}

/// What came of erasing a patient. Administrators may read it.
#[derive(SimpleObject)]
pub struct ErasePatientPayload {
    /// Whether the record is unreadable now. Backups from before still hold its key.
    pub erased: bool,
    /// Why it is not; empty when it is.
    pub user_errors: Vec<ErasePatientError>,
}

/// What came of noting an insurance. Whoever asked for it may read it.
#[derive(SimpleObject)]
pub struct AddCoveragePayload {
    /// The insurance, if it was noted.
    pub coverage: Option<Coverage>,
    /// Why it was not.
    pub user_errors: Vec<AddCoverageError>,
}

/// What came of changing an insurance. Whoever asked for it may read it.
#[derive(SimpleObject)]
pub struct UpdateCoveragePayload {
    /// The insurance as it is now, changed or not; absent for whoever may not see it.
    pub coverage: Option<Coverage>,
    /// Why it was not.
    pub user_errors: Vec<UpdateCoverageError>,
}

/// What came of taking an insurance away. Whoever asked for it may read it.
#[derive(SimpleObject)]
pub struct RemoveCoveragePayload {
    /// The patient whose insurance it was, or still is; absent for whoever may not see it.
    pub patient: Option<Patient>,
    /// Why it was not.
    pub user_errors: Vec<RemoveCoverageError>,
}

/// Changing what is known about patients.
#[derive(Default)]
pub struct PatientMutation;

/// Changing what is known about patients.
#[Object]
impl PatientMutation {
    /// Registers you as a patient with an account of your own, and sends a letter to the address. Neither the answer nor its
    /// time tells whether the address had an account already. Anybody may ask, once a request.
    async fn register_patient(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who you are, and how you will sign in.")] input: RegisterPatientInput,
    ) -> ApiResult<RegisterPatientPayload> {
        let client = ctx.data_opt::<Client>().cloned().unwrap_or_default();
        Ok(
            match service::register_patient(ctx.state()?, &ctx.viewer(), &client, input.into())
                .await?
            {
                Ok(()) => RegisterPatientPayload {
                    accepted: true,
                    user_errors: Vec::new(),
                },
                Err(refusal) => RegisterPatientPayload {
                    accepted: false,
                    user_errors: RegisterPatientError::all(refusal),
                },
            },
        )
    }

    /// Records a patient who has no account. It does not bring you into their care team. Doctors and administrators may.
    #[graphql(guard = "Role(Roles::DOCTOR.with(Roles::ADMIN))")]
    async fn create_patient(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is known about them.")] input: CreatePatientInput,
    ) -> ApiResult<CreatePatientPayload> {
        let made = service::create_patient(ctx.state()?, &ctx.viewer(), input.into()).await?;
        Ok(match made {
            Ok(id) => CreatePatientPayload {
                patient: Some(Patient::find(ctx, id).await?),
                user_errors: Vec::new(),
            },
            Err(refusal) => CreatePatientPayload {
                patient: None,
                user_errors: CreatePatientError::all(refusal),
            },
        })
    }

    /// Changes a patient. Patients may change how they themselves are reached, their language and their preferences;
    /// doctors of their care team and administrators may change everything.
    #[graphql(guard = "SignedIn")]
    async fn update_patient(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom, and what of them.")] input: UpdatePatientInput,
    ) -> ApiResult<UpdatePatientPayload> {
        let command: service::UpdatePatient = input.try_into()?;
        let id = command.patient;
        let changed = service::update_patient(ctx.state()?, &ctx.viewer(), command).await?;
        Ok(match changed {
            Ok(id) => UpdatePatientPayload {
                patient: Some(Patient::find(ctx, id).await?),
                user_errors: Vec::new(),
            },
            Err(refusal) => UpdatePatientPayload {
                patient: as_it_stays(Patient::find(ctx, id).await)?,
                user_errors: UpdatePatientError::all(refusal),
            },
        })
    }

    /// Says how sensitive a record is. Whoever is not cleared for it any more is shut out at once: what they follow of it ends
    /// everywhere within a second. The administrator must have proved within five minutes who they are, if their role must have
    /// a second factor. Administrators may.
    #[graphql(guard = "Role(Roles::ADMIN)")]
    async fn set_patient_confidentiality(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose, and how sensitive.")] input: SetPatientConfidentialityInput,
    ) -> ApiResult<SetPatientConfidentialityPayload> {
        let command: service::SetConfidentiality = input.try_into()?;
        let id = command.patient;
        let changed = service::set_confidentiality(ctx.state()?, &ctx.viewer(), command).await?;
        Ok(match changed {
            Ok(id) => SetPatientConfidentialityPayload {
                patient: Some(Patient::find(ctx, id).await?),
                user_errors: Vec::new(),
            },
            Err(refusal) => SetPatientConfidentialityPayload {
                patient: as_it_stays(Patient::find(ctx, id).await)?,
                user_errors: vec![refusal.into()],
            },
        })
    }

    /// Makes a patient's record unreadable for good, with their account: the keys under which they lie are destroyed, and
    /// there is no way back but a backup. No appointment may stand. The administrator must have proved within five minutes who
    /// they are, if their role must have a second factor. Administrators may.
    #[graphql(guard = "Role(Roles::ADMIN)")]
    async fn erase_patient(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom, and why.")] input: ErasePatientInput,
    ) -> ApiResult<ErasePatientPayload> {
        let erased = service::erase_patient(ctx.state()?, &ctx.viewer(), input.try_into()?).await?;
        Ok(match erased {
            Ok(()) => ErasePatientPayload {
                erased: true,
                user_errors: Vec::new(),
            },
            Err(refusal) => ErasePatientPayload {
                erased: false,
                user_errors: vec![refusal.into()],
            },
        })
    }

    /// Notes an insurance. Patients may for themselves, and administrators.
    #[graphql(guard = "SignedIn")]
    async fn add_coverage(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose, and what it says.")] input: AddCoverageInput,
    ) -> ApiResult<AddCoveragePayload> {
        let command = input.try_into()?;
        let noted = service::add_coverage(ctx.state()?, &ctx.viewer(), command).await?;
        Ok(match noted {
            Ok(id) => AddCoveragePayload {
                coverage: Some(Coverage::find(ctx, id).await?),
                user_errors: Vec::new(),
            },
            Err(refusal) => AddCoveragePayload {
                coverage: None,
                user_errors: AddCoverageError::all(refusal),
            },
        })
    }

    /// Changes an insurance. Patients may for themselves, and administrators.
    #[graphql(guard = "SignedIn")]
    async fn update_coverage(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and what of it.")] input: UpdateCoverageInput,
    ) -> ApiResult<UpdateCoveragePayload> {
        let command: service::UpdateCoverage = input.try_into()?;
        let id = command.coverage;
        let changed = service::update_coverage(ctx.state()?, &ctx.viewer(), command).await?;
        Ok(match changed {
            Ok(id) => UpdateCoveragePayload {
                coverage: Some(Coverage::find(ctx, id).await?),
                user_errors: Vec::new(),
            },
            Err(refusal) => UpdateCoveragePayload {
                coverage: as_it_stays(Coverage::find(ctx, id).await)?,
                user_errors: UpdateCoverageError::all(refusal),
            },
        })
    }

    /// Takes an insurance away that was noted by mistake. Patients may for themselves, and administrators.
    #[graphql(guard = "SignedIn")]
    async fn remove_coverage(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: RemoveCoverageInput,
    ) -> ApiResult<RemoveCoveragePayload> {
        let command: service::RemoveCoverage = input.try_into()?;
        let id = command.coverage;
        let removed = service::remove_coverage(ctx.state()?, &ctx.viewer(), command).await?;
        Ok(match removed {
            Ok(id) => RemoveCoveragePayload {
                patient: Some(Patient::find(ctx, id).await?),
                user_errors: Vec::new(),
            },
            Err(refusal) => RemoveCoveragePayload {
                patient: as_it_stays(Coverage::find(ctx, id).await)?.map(Coverage::into_patient),
                user_errors: vec![refusal.into()],
            },
        })
    }
}
