//! A part of the clinic as clients see it.

use crate::doctor::service;
use crate::graphql::{ApiResult, Ask};
use async_graphql::{Context, ID, Object};
use entity::department;
use entity::id::DepartmentId;
use std::sync::Arc;

/// A department of the directory, which the viewer may read.
#[derive(Clone)]
pub struct Department(pub(super) Arc<department::Model>);

impl Department {
    /// The department of this id.
    ///
    /// # Errors
    /// NOT_FOUND when there is none, or the viewer may not read the directory.
    pub async fn find(ctx: &Context<'_>, id: DepartmentId) -> ApiResult<Self> {
        let row = service::find_department(ctx.state()?, &ctx.viewer(), id).await?;
        Ok(Self(row))
    }
}

/// A part of the clinic. Patients, doctors and administrators may read it.
#[Object]
impl Department {
    /// The id. Patients, doctors and administrators may read it.
    pub async fn id(&self) -> ID {
        crate::graphql::id(self.0.id)
    }

    /// What it is called; unique. Patients, doctors and administrators may read it.
    async fn name(&self) -> &str {
        &self.0.name
    }
}

crate::connection!(
    DepartmentConnection,
    DepartmentEdge,
    Department,
    "departments"
);
