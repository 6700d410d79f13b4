//! What happened to an appointment, as clients read it.

use super::codes::{AppointmentStatus, CancellationReason};
use crate::appointment::lifecycle::Move;
use crate::appointment::service::{self, Party, Step};
use crate::graphql::page::Page;
use crate::graphql::{ApiResult, Ask, Asked};
use crate::state::Card;
use async_graphql::{Context, Enum, Object};
use chrono::{DateTime, Utc};

/// What was done to an appointment. Whoever sees the appointment may read it.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppointmentStepKind {
    /// It was booked, asked for, held or taken over from elsewhere: its status says which.
    Made,
    /// What was asked for was accepted.
    Accepted,
    /// The patient said that they will come; of a hold it made a booking.
    Confirmed,
    /// Pre-registration was done.
    CheckedIn,
    /// The patient was here.
    Arrived,
    /// The patient was called in.
    CalledIn,
    /// It took place.
    Completed,
    /// The patient had not come.
    MarkedNoShow,
    /// That mark was taken back.
    NoShowUndone,
    /// It was called off, declined, moved to another time or doctor, or a hold was over: the reason says which.
    Cancelled,
    /// It was said never to have been.
    EnteredInError,
}

/// Who took a step. Whoever sees the appointment may read it.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "Party")]
pub enum AppointmentParty {
    /// The patient.
    Patient,
    /// Somebody who works at the clinic.
    Staff,
    /// Nobody: time, or an import.
    System,
}

/// Something that was done to an appointment.
#[derive(Clone)]
pub struct AppointmentStep(Step);

/// Something that was done to an appointment. Whoever sees the appointment may see it.
#[Object]
impl AppointmentStep {
    /// What. Whoever sees the appointment may read it.
    async fn kind(&self) -> AppointmentStepKind {
        match self.0.doing {
            None => AppointmentStepKind::Made,
            Some(Move::Accept) => AppointmentStepKind::Accepted,
            Some(Move::Confirm) => AppointmentStepKind::Confirmed,
            Some(Move::CheckIn) => AppointmentStepKind::CheckedIn,
            Some(Move::Arrive) => AppointmentStepKind::Arrived,
            Some(Move::Call) => AppointmentStepKind::CalledIn,
            Some(Move::Complete) => AppointmentStepKind::Completed,
            Some(Move::MarkNoShow) => AppointmentStepKind::MarkedNoShow,
            Some(Move::UndoNoShow) => AppointmentStepKind::NoShowUndone,
            Some(Move::Cancel | Move::Reschedule | Move::Reroute) => AppointmentStepKind::Cancelled,
            Some(Move::EnterInError) => AppointmentStepKind::EnteredInError,
        }
    }

    /// Where the appointment stood then. Whoever sees the appointment may read it.
    async fn status(&self) -> AppointmentStatus {
        self.0.status.into()
    }

    /// Why it was called off; absent unless it was. Whoever sees the appointment may read it.
    async fn cancellation_reason(&self) -> Option<CancellationReason> {
        self.0.cancellation_reason.map(Into::into)
    }

    /// The version of the appointment that came of it. Whoever sees the appointment may read it.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// When. Whoever sees the appointment may read it.
    async fn occurred_at(&self) -> DateTime<Utc> {
        self.0.occurred_at
    }

    /// By whom. Whoever sees the appointment may read it.
    async fn by(&self) -> AppointmentParty {
        self.0.by.into()
    }
}

crate::connection!(
    AppointmentStepConnection,
    AppointmentStepEdge,
    AppointmentStep,
    "steps of an appointment"
);

/// The steps of an appointment that the viewer has found, the first of them first.
///
/// # Errors
/// BAD_REQUEST when the page's arguments are wrong.
pub(super) async fn history(
    ctx: &Context<'_>,
    card: &Card,
    asked: Asked,
) -> ApiResult<AppointmentStepConnection> {
    let window = asked.window(ctx)?;
    let steps = service::history(ctx.state()?, card).await?;
    Ok(AppointmentStepConnection(Page::within(
        &window,
        &steps,
        |step| step.version,
        |step| AppointmentStep(step.clone()),
    )))
}
