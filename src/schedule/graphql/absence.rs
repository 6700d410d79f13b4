//! When doctors are away, as clients see it.

use crate::appointment::graphql::{AffectedAppointmentConnection, affected_appointments};
use crate::doctor::graphql::Doctor;
use crate::error::Fault;
use crate::graphql::guard::Role;
use crate::graphql::page::Page;
use crate::graphql::{ApiResult, Ask, Asked, decode_id, id, nullable};
use crate::schedule::service;
use crate::schedule::store;
use async_graphql::{Context, Enum, ID, Object};
use chrono::{DateTime, Utc};
use entity::absence;
use entity::code::Roles;
use entity::id::AbsenceId;
use std::sync::Arc;

/// What a doctor is away for. Whoever sees the absence may read it.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "entity::code::AbsenceKind")]
pub enum AbsenceKind {
    /// For rest.
    Vacation,
    /// They are ill.
    Sickness,
    /// They learn, or teach.
    Training,
    /// For something else.
    Other,
}

/// That a doctor is away.
#[derive(Clone)]
pub struct Absence(pub Arc<absence::Model>);

impl Absence {
    /// The absence of this id.
    ///
    /// # Errors
    /// NOT_FOUND when there is none that the viewer may know of.
    pub async fn find(ctx: &Context<'_>, id: AbsenceId) -> ApiResult<Self> {
        let row = service::find_absence(ctx.state()?, &ctx.viewer(), id).await?;
        Ok(Self(Arc::new(row)))
    }
}

/// That a doctor is away: from its beginning to its end nobody is given their time. What had been booked before stays booked
/// until somebody resolves it. The doctor and administrators may see it.
#[Object]
impl Absence {
    /// The id. Whoever sees the absence may read it.
    pub async fn id(&self) -> ID {
        id(self.0.id)
    }

    /// Who is away. Whoever sees the absence may read it.
    async fn doctor(&self, ctx: &Context<'_>) -> ApiResult<Doctor> {
        let doctor = ctx.state()?.loaders.doctors.load(self.0.doctor_id).await?;
        Ok(Doctor::listed(doctor.ok_or(Fault::NotFound)?))
    }

    /// What for. Whoever sees the absence may read it.
    async fn kind(&self) -> AbsenceKind {
        self.0.kind.into()
    }

    /// From when. Whoever sees the absence may read it.
    async fn starts_at(&self) -> DateTime<Utc> {
        self.0.starts_at
    }

    /// Until when, as it was meant. Whoever sees the absence may read it.
    async fn ends_at(&self) -> DateTime<Utc> {
        self.0.ends_at
    }

    /// When it was ended before that; absent unless it was. Before `startsAt` it was called off. Whoever sees the absence may
    /// read it.
    async fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.0.ended_at
    }

    /// Why, in words; absent when none were given. Whoever sees the absence may read it.
    async fn reason(&self, ctx: &Context<'_>) -> Option<ApiResult<String>> {
        nullable(async { Ok(service::absence_reason(ctx.state()?, &self.0).await?) }).await
    }

    /// The appointments that it is in the way of and that have not begun, by their beginning, each with where it could go.
    /// Move one with `rescheduleAppointment`, `rerouteAppointment` or `cancelAppointment`, all with `resolveAbsence`. The
    /// doctor and administrators may read them.
    async fn affected(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the item with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes the item with this cursor.")] before: Option<String>,
    ) -> ApiResult<AffectedAppointmentConnection> {
        let asked = Asked::of((first, after), (last, before));
        affected_appointments(ctx, &self.0, asked).await
    }

    /// Counts the changes; give it as `expectedVersion` to change what you have read. Whoever sees the absence may read it.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// When it was made. Whoever sees the absence may read it.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it last changed. Whoever sees the absence may read it.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }
}

crate::connection!(AbsenceConnection, AbsenceEdge, Absence, "absences");

/// The root field of absences.
#[derive(Default)]
pub struct AbsenceQuery;

#[Object]
impl AbsenceQuery {
    /// A doctor's absences, the newest beginning first, those that are over too. The doctor and administrators may read them.
    #[graphql(guard = "Role(Roles::DOCTOR.with(Roles::ADMIN))")]
    async fn absences(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose.")] doctor: ID,
        #[graphql(desc = "How many from the start, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the item with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes the item with this cursor.")] before: Option<String>,
    ) -> ApiResult<AbsenceConnection> {
        let (state, viewer) = (ctx.state()?, ctx.viewer());
        let doctor = decode_id(&doctor)?;
        let window = Asked::of((first, after), (last, before)).window(ctx)?;
        let rows = service::absences(state, &viewer, doctor, &window).await?;
        let db = state.db.clone();
        Ok(AbsenceConnection(Page::of(
            &window,
            rows,
            |row| (row.starts_at, row.id),
            |row| Absence(Arc::new(row)),
            Arc::new(move || {
                let db = db.clone();
                Box::pin(async move {
                    let count = store::count_absences(db.read(), doctor).await?;
                    Ok(i64::try_from(count).unwrap_or(i64::MAX))
                })
            }),
        )))
    }
}
