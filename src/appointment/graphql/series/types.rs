//! What clients see of a series, and of times that are only planned.

use crate::appointment::graphql::query::series_appointments;
use crate::appointment::graphql::types::AppointmentConnection;
use crate::appointment::series::{Conflict, Planned};
use crate::appointment::service;
use crate::graphql::page::Page;
use crate::graphql::{ApiResult, Ask, Asked, id};
use async_graphql::{Context, Enum, ID, Object};
use chrono::{DateTime, NaiveDateTime, Utc};
use entity::appointment_series;
use entity::id::SeriesId;
use std::sync::Arc;

/// Appointments that were booked by one rule.
#[derive(Clone)]
pub struct AppointmentSeries(pub Arc<appointment_series::Model>);

impl AppointmentSeries {
    /// The series of this id.
    ///
    /// # Errors
    /// NOT_FOUND when there is none that the viewer may see.
    pub async fn find(ctx: &Context<'_>, id: SeriesId) -> ApiResult<Self> {
        let row = service::find_series(ctx.state()?, &ctx.viewer(), id).await?;
        Ok(Self(row))
    }
}

/// Appointments that were booked by one rule. The patient, the doctor who receives them, the patient's care team, doctors
/// who have broken the glass and administrators may see it.
#[Object]
impl AppointmentSeries {
    /// The id. Whoever sees the series may read it.
    pub async fn id(&self) -> ID {
        id(self.0.id)
    }

    /// The rule that they were booked by, as RFC 5545 writes it; where they have been moved since, `appointments` says. Whoever
    /// sees the series may read it.
    async fn rule(&self) -> &str {
        &self.0.rule
    }

    /// IANA zone on whose clocks the rule was read. Whoever sees the series may read it.
    async fn zone(&self) -> &str {
        &self.0.zone
    }

    /// Its appointments, by their beginning, those that were called off or moved too. Whoever may see an appointment may
    /// read it.
    async fn appointments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the item with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes the item with this cursor.")] before: Option<String>,
    ) -> ApiResult<AppointmentConnection> {
        let asked = Asked::of((first, after), (last, before));
        series_appointments(ctx, self.0.id, asked).await
    }

    /// Counts the changes: of several of its appointments at once, and each time that one of them is called off or moved. Give
    /// it as `expectedVersion` to change what you have read. Whoever sees the series may read it.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// When it was booked. Whoever sees the series may read it.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it last changed. Whoever sees the series may read it.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }
}

/// Why one of the times of a series cannot be had. Whoever asked for it may read it.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "Conflict")]
pub enum SeriesConflictCode {
    /// The doctor has another appointment at that time.
    SlotTaken,
    /// The patient has another appointment at that time.
    PatientBusy,
    /// The clocks leave that time out on that day: leave the day out, too, or take another time.
    NoSuchTime,
    /// The time has passed.
    InThePast,
    /// The time is more than two years ahead.
    TooFarAhead,
    /// The doctor is away then, or their hours do not offer that time to patients: see `slots`.
    NotAvailable,
    /// The appointment that stands is too near to be moved or called off by the patient.
    TooLate,
}

/// One of the times of a series, as it is wanted.
#[derive(Clone, Copy)]
pub struct PlannedAppointment(Planned);

/// One of the times of a series, as it is wanted. Whoever asked for it may see it.
#[Object]
impl PlannedAppointment {
    /// Which, counted from 1 as the rule counts: days that are left out are counted too. Whoever asked for it may read it.
    async fn occurrence(&self) -> i32 {
        self.0.number
    }

    /// What the clocks on the wall say then, without a zone. Whoever asked for it may read it.
    async fn local_time(&self) -> NaiveDateTime {
        self.0.wall
    }

    /// When it begins; absent when the clocks leave that time out. Whoever asked for it may read it.
    async fn starts_at(&self) -> Option<DateTime<Utc>> {
        self.0.starts_at
    }

    /// When it ends; absent when it cannot be had whoever has it. Whoever asked for it may read it.
    async fn ends_at(&self) -> Option<DateTime<Utc>> {
        self.0.ends_at
    }

    /// What stands in its way; absent when nothing does. Whoever asked for it may read it.
    async fn conflict(&self) -> Option<SeriesConflictCode> {
        self.0.conflict.map(Into::into)
    }
}

crate::connection!(
    PlannedAppointmentConnection,
    PlannedAppointmentEdge,
    PlannedAppointment,
    "times of a series"
);

/// A page of what was planned.
pub(super) fn planned(
    ctx: &Context<'_>,
    planned: &[Planned],
    conflicts_only: bool,
    asked: Asked,
) -> ApiResult<PlannedAppointmentConnection> {
    let window = asked.window(ctx)?;
    let shown = planned.iter().copied();
    let shown: Vec<_> = shown
        .filter(|one| !conflicts_only || one.conflict.is_some())
        .collect();
    Ok(PlannedAppointmentConnection(Page::within(
        &window,
        &shown,
        |one| one.number,
        |one| PlannedAppointment(*one),
    )))
}
