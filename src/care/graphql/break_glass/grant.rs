//! A break-glass grant as clients see it.

use super::codes::{BreakGlassEndReason, BreakGlassOutcome, BreakGlassReason};
use crate::access::{Action, Resource, Viewer, decide, look};
use crate::account::graphql::User;
use crate::account::service as account;
use crate::care::{glass, service};
use crate::doctor::graphql::Doctor;
use crate::error::Fault;
use crate::graphql::{ApiResult, Ask, nullable};
use crate::patient::PatientRecord;
use crate::patient::graphql::Patient;
use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};
use entity::break_glass_grant as grant;
use entity::cell::Sealed;
use entity::id::BreakGlassGrantId;
use std::sync::Arc;

/// A grant that the viewer may know of.
#[derive(Clone)]
pub struct BreakGlassGrant(pub Arc<grant::Model>);

impl BreakGlassGrant {
    /// The grant of this id.
    ///
    /// # Errors
    /// NOT_FOUND when there is none that the viewer may know of.
    pub async fn find(ctx: &Context<'_>, id: BreakGlassGrantId) -> ApiResult<Self> {
        let row = service::find_grant(ctx.state()?, &ctx.viewer(), id).await?;
        Ok(Self(row))
    }

    fn shows(&self, viewer: &Viewer, resource: Resource) -> bool {
        decide(viewer, Action::Read, &resource).is_allowed()
    }

    fn reviewable(&self, viewer: &Viewer) -> bool {
        self.shows(viewer, Resource::BreakGlassReview(self.0.user_id))
    }
}

/// A text of a grant, opened; none when the patient's key was destroyed.
async fn text(
    ctx: &Context<'_>,
    row: &grant::Model,
    column: &'static str,
    cell: &Sealed,
) -> ApiResult<Option<String>> {
    let state = ctx.state()?;
    let Some(patient) = state.loaders.patients.load(row.patient_id).await? else {
        return Ok(None);
    };
    let record = PatientRecord::new(patient);
    let key = record.key(&state.vault)?;
    Ok(Some(key.open(service::place(row.id, column), cell)?))
}

/// A doctor's leave to read the record of a patient whom they do not treat, for an hour at most. The patient, the doctor
/// and administrators may see it.
#[Object]
impl BreakGlassGrant {
    /// The id. Whoever sees the grant may read it.
    pub async fn id(&self) -> ID {
        crate::graphql::id(self.0.id)
    }

    /// Whose record; absent for whoever may not know who it is (any more). Whoever may see the patient may read it.
    async fn patient(&self, ctx: &Context<'_>) -> Option<ApiResult<Patient>> {
        nullable(async {
            let state = ctx.state()?;
            let row = state.loaders.patients.load(self.0.patient_id).await?;
            let Some(row) = row else { return Ok(None) };
            Ok(Patient::seen(state, &ctx.viewer(), row).await?)
        })
        .await
    }

    /// Who may read it. Whoever sees the grant may read it.
    async fn doctor(&self, ctx: &Context<'_>) -> ApiResult<Doctor> {
        let row = ctx.state()?.loaders.doctors.load(self.0.doctor_id).await?;
        let row = row.ok_or_else(|| Fault::internal("a grant's doctor is not there"))?;
        Ok(Doctor::listed(row))
    }

    /// What for. Whoever sees the grant may read it.
    async fn reason(&self) -> BreakGlassReason {
        self.0.reason.into()
    }

    /// Why, in the doctor's words. The doctor and administrators may read it.
    async fn justification(&self, ctx: &Context<'_>) -> Option<ApiResult<String>> {
        nullable(async {
            let resource = Resource::BreakGlassJustification(self.0.doctor_id);
            if !look(&ctx.viewer(), Action::Read, &resource).is_allowed() {
                return Ok(None);
            }
            text(ctx, &self.0, "justification", &self.0.justification).await
        })
        .await
    }

    /// From when. Whoever sees the grant may read it.
    async fn starts_at(&self) -> DateTime<Utc> {
        self.0.starts_at
    }

    /// Until when at most. Whoever sees the grant may read it.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.0.expires_at
    }

    /// When it ended; absent as long as it has not, or nobody has noted it yet. Whoever sees the grant may read it.
    async fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.0.ended_at
    }

    /// How it ended; absent like `endedAt`. Whoever sees the grant may read it.
    async fn end_reason(&self) -> Option<BreakGlassEndReason> {
        self.0.end_reason.map(Into::into)
    }

    /// Whether it is in force at this moment, or was a few seconds ago: that its session has ended shows here a little
    /// later than it shuts the record. Whoever sees the grant may read it.
    async fn active(&self, ctx: &Context<'_>) -> ApiResult<bool> {
        Ok(glass::in_force(&self.0, ctx.state()?.clock.now()))
    }

    /// When an administrator looked at it; absent until then. Whoever sees the grant may read it.
    async fn reviewed_at(&self) -> Option<DateTime<Utc>> {
        self.0.reviewed_at
    }

    /// What they found; absent until then. Administrators may read it.
    async fn review(&self, ctx: &Context<'_>) -> Option<BreakGlassReview> {
        let reviewed = self.0.reviewed_at.is_some() && self.reviewable(&ctx.viewer());
        reviewed.then(|| BreakGlassReview(Arc::clone(&self.0)))
    }

    /// Whether it waits for its review for more than three days. Administrators may read it.
    async fn overdue(&self, ctx: &Context<'_>) -> Option<ApiResult<bool>> {
        nullable(async {
            if !self.reviewable(&ctx.viewer()) {
                return Ok(None);
            }
            Ok(Some(glass::is_overdue(&self.0, ctx.state()?.clock.now())))
        })
        .await
    }

    /// Counts its changes. Whoever sees the grant may read it.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// What an administrator found when they looked at a grant.
pub struct BreakGlassReview(Arc<grant::Model>);

/// What an administrator found when they looked at a grant. Administrators may read it.
#[Object]
impl BreakGlassReview {
    /// What they think of it. Administrators may read it.
    async fn outcome(&self) -> Option<BreakGlassOutcome> {
        self.0.outcome.map(Into::into)
    }

    /// What they noted, if anything. Administrators may read it.
    async fn note(&self, ctx: &Context<'_>) -> Option<ApiResult<String>> {
        nullable(async {
            match &self.0.note {
                None => Ok(None),
                Some(cell) => text(ctx, &self.0, "note", cell).await,
            }
        })
        .await
    }

    /// Who looked. Administrators may read it.
    async fn reviewed_by(&self, ctx: &Context<'_>) -> Option<ApiResult<User>> {
        nullable(async {
            let Some(user) = self.0.reviewed_by else {
                return Ok(None);
            };
            let account = account::find(ctx.state()?, &ctx.viewer(), user).await?;
            Ok(Some(account.into()))
        })
        .await
    }
}
