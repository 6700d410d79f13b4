//! A membership of a care team as clients see it, and the team of a patient.

use crate::access::Resource;
use crate::care::service;
use crate::doctor::graphql::Doctor;
use crate::error::Fault;
use crate::graphql::page::Page;
use crate::graphql::{ApiResult, Ask, Asked};
use crate::patient::PatientRecord;
use crate::patient::graphql::Patient;
use async_graphql::{Context, Enum, ID, Object};
use chrono::{DateTime, Utc};
use entity::care_team_member;
use entity::id::CareTeamMemberId;
use std::sync::Arc;

/// What a doctor is in a patient's care team.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "entity::code::CareTeamRole")]
pub enum CareTeamRole {
    /// The doctor who leads the care.
    Primary,
    /// A doctor who is asked.
    Consulting,
    /// A doctor who stands in.
    Covering,
}

/// A membership of a team that the viewer may read.
#[derive(Clone)]
pub struct CareTeamMember {
    row: Arc<care_team_member::Model>,
    patient: Patient,
}

impl CareTeamMember {
    /// The membership of this id.
    ///
    /// # Errors
    /// NOT_FOUND when there is none that the viewer may know of.
    pub async fn find(ctx: &Context<'_>, id: CareTeamMemberId) -> ApiResult<Self> {
        let found = service::find_member(ctx.state()?, &ctx.viewer(), id).await?;
        Ok(found.into())
    }
}

/// What a verb has let the viewer have.
impl From<(Arc<care_team_member::Model>, PatientRecord)> for CareTeamMember {
    fn from((row, record): (Arc<care_team_member::Model>, PatientRecord)) -> Self {
        Self {
            row,
            patient: Patient::identified(record),
        }
    }
}

/// A doctor's place in a patient's care team: it opens the record to them. The patient, doctors who treat them or have
/// broken the glass, and administrators may read it; doctors of the team and administrators may change it.
#[Object]
impl CareTeamMember {
    /// The id. Whoever may see the team may read it.
    pub async fn id(&self) -> ID {
        crate::graphql::id(self.row.id)
    }

    /// Who is in the team. Whoever may see the team may read it.
    async fn doctor(&self, ctx: &Context<'_>) -> ApiResult<Doctor> {
        let row = ctx
            .state()?
            .loaders
            .doctors
            .load(self.row.doctor_id)
            .await?;
        let row = row.ok_or_else(|| Fault::internal("a care team's doctor is not there"))?;
        Ok(Doctor::listed(row))
    }

    /// Whose team it is. Whoever may see the team may read it.
    async fn patient(&self) -> Patient {
        self.patient.clone()
    }

    /// What the doctor is in the team. Whoever may see the team may read it.
    async fn role(&self) -> CareTeamRole {
        self.row.role.into()
    }

    /// From when. Whoever may see the team may read it.
    async fn starts_at(&self) -> DateTime<Utc> {
        self.row.starts_at
    }

    /// Until when; open when absent. Whoever may see the team may read it.
    async fn ends_at(&self) -> Option<DateTime<Utc>> {
        self.row.ends_at
    }

    /// Whether it holds at this moment. Whoever may see the team may read it.
    async fn active(&self, ctx: &Context<'_>) -> ApiResult<bool> {
        let now = ctx.state()?.clock.now();
        let ended = self.row.ends_at.is_some_and(|ends_at| ends_at <= now);
        Ok(self.row.starts_at <= now && !ended)
    }

    /// Counts its changes; give it as `expectedVersion` to end it. Whoever may see the team may read it.
    async fn version(&self) -> i32 {
        self.row.version
    }
}

crate::connection!(
    CareTeamConnection,
    CareTeamEdge,
    CareTeamMember,
    "care team members"
);

/// The team of this patient at this moment, in the order in which they were brought in; none when the viewer may not see
/// who treats them. Many patients at once cost one statement.
///
/// # Errors
/// BAD_REQUEST when the page is none; those of the database.
pub async fn care_team(
    ctx: &Context<'_>,
    patient: &Patient,
    asked: Asked,
) -> ApiResult<Option<CareTeamConnection>> {
    let window = asked.window(ctx)?;
    if patient.readable(ctx, Resource::CareTeam).await?.is_none() {
        return Ok(None);
    }
    let team = ctx
        .state()?
        .loaders
        .care_teams
        .load(patient.face().id)
        .await?;
    let team = team.unwrap_or_default();
    let member = |row: &Arc<care_team_member::Model>| CareTeamMember {
        row: Arc::clone(row),
        patient: patient.clone(),
    };
    let page = Page::within(&window, &team, |row| row.id, member);
    Ok(Some(CareTeamConnection(page)))
}
