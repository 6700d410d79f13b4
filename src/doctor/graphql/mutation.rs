//! Keeping the directory.

use super::department::Department;
use super::doctor::Doctor;
use super::inputs::{CreateDepartmentInput, CreateDoctorInput, UpdateDoctorInput};
use super::refusal::{CreateDepartmentError, CreateDoctorError, UpdateDoctorError};
use crate::doctor::service;
use crate::graphql::guard::Role;
use crate::graphql::{ApiResult, Ask, as_it_stays};
use async_graphql::{Context, Object, SimpleObject};
use entity::code::Roles;

/// What came of entering a doctor. Whoever asked for it may read it.
#[derive(SimpleObject)]
pub struct CreateDoctorPayload {
    /// The doctor, if they were entered.
    pub doctor: Option<Doctor>,
    /// The password to sign in with once and change, if an account was made. It is shown this one time: null when the same
    /// key is answered again.
    pub temporary_password: Option<String>,
    /// Why they were not.
    pub user_errors: Vec<CreateDoctorError>,
}

/// What came of changing a doctor's entry. Whoever asked for it may read it.
#[derive(SimpleObject)]
pub struct UpdateDoctorPayload {
    /// The doctor as they are now, changed or not; absent when there is none.
    pub doctor: Option<Doctor>,
    /// Why it was not.
    pub user_errors: Vec<UpdateDoctorError>,
}

/// What came of adding a department. Whoever asked for it may read it.
#[derive(SimpleObject)]
pub struct CreateDepartmentPayload {
    /// The department, if it was added.
    pub department: Option<Department>,
    /// Why it was not.
    pub user_errors: Vec<CreateDepartmentError>,
}

/// Keeping the directory.
#[derive(Default)]
pub struct DoctorMutation;

/// Keeping the directory.
#[Object]
impl DoctorMutation {
    /// Enters a doctor into the directory and, if asked, makes their account. Administrators may.
    #[graphql(guard = "Role(Roles::ADMIN)")]
    async fn create_doctor(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who they are.")] input: CreateDoctorInput,
    ) -> ApiResult<CreateDoctorPayload> {
        let command = input.try_into()?;
        let made = service::create_doctor(ctx.state()?, &ctx.viewer(), command).await?;
        Ok(match made {
            Ok(created) => CreateDoctorPayload {
                doctor: Some(Doctor::find(ctx, created.doctor).await?),
                temporary_password: created.temporary_password,
                user_errors: Vec::new(),
            },
            Err(refusal) => CreateDoctorPayload {
                doctor: None,
                temporary_password: None,
                user_errors: CreateDoctorError::all(refusal),
            },
        })
    }

    /// Changes a doctor's entry. Administrators may.
    #[graphql(guard = "Role(Roles::ADMIN)")]
    async fn update_doctor(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom, and what of them.")] input: UpdateDoctorInput,
    ) -> ApiResult<UpdateDoctorPayload> {
        let command: service::UpdateDoctor = input.try_into()?;
        let id = command.doctor;
        let changed = service::update_doctor(ctx.state()?, &ctx.viewer(), command).await?;
        Ok(match changed {
            Ok(id) => UpdateDoctorPayload {
                doctor: Some(Doctor::find(ctx, id).await?),
                user_errors: Vec::new(),
            },
            Err(refusal) => UpdateDoctorPayload {
                doctor: as_it_stays(Doctor::find(ctx, id).await)?,
                user_errors: UpdateDoctorError::all(refusal),
            },
        })
    }

    /// Adds a department. Administrators may.
    #[graphql(guard = "Role(Roles::ADMIN)")]
    async fn create_department(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it is called.")] input: CreateDepartmentInput,
    ) -> ApiResult<CreateDepartmentPayload> {
        let made = service::create_department(ctx.state()?, &ctx.viewer(), input.into()).await?;
        Ok(match made {
            Ok(id) => CreateDepartmentPayload {
                department: Some(Department::find(ctx, id).await?),
                user_errors: Vec::new(),
            },
            Err(refusal) => CreateDepartmentPayload {
                department: None,
                user_errors: CreateDepartmentError::all(refusal),
            },
        })
    }
}
