//! Appointments, live.

use super::codes::AppointmentChangeKind;
use super::types::Appointment;
use crate::access::{Action, Permit, Resource, Viewer, require};
use crate::appointment::service;
use crate::error::Fault;
use crate::event::Stream as Series;
use crate::graphql::guard::SignedIn;
use crate::graphql::live::{self, Change, Channel, Messages};
use crate::graphql::{ApiError, Ask, decode_id};
use crate::patient::service as patient;
use crate::state::{Card, State};
use async_graphql::{Context, ID, OneofObject, SimpleObject, Subscription};
use chrono::{DateTime, NaiveDate, Utc};
use entity::code::EventKind;
use entity::event;
use entity::id::AppointmentId;

/// The live fields of appointments.
#[derive(Default)]
pub struct AppointmentSubscription;

/// Whose appointments to follow: exactly one of them.
#[derive(OneofObject)]
pub enum AppointmentsOf {
    /// A patient's. The patient, those who treat them and administrators may.
    Patient(ID),
    /// A doctor's. The doctor and administrators may.
    Doctor(ID),
    /// The clinic's, with true. Administrators may.
    Clinic(bool),
}

/// A change of an appointment. It reaches only whoever may see the appointment at that moment.
#[derive(SimpleObject)]
pub struct AppointmentChange {
    /// The place in the stream; give it as `after` to go on from here. Whoever receives the change may read it.
    pub cursor: String,
    /// What happened. Whoever receives the change may read it.
    pub kind: AppointmentChangeKind,
    /// When it happened. Whoever receives the change may read it.
    pub occurred_at: DateTime<Utc>,
    /// The appointment as it is now, or later if it has changed again since. Whoever receives the change may read it.
    pub appointment: Appointment,
}

crate::live_message!(
    /// What a subscriber to appointments receives. Whoever follows the stream may read it.
    AppointmentMessage,
    AppointmentChange
);

#[Subscription]
impl AppointmentSubscription {
    /// Follows appointments: each change exactly once and in order. With `after`, first what happened since that cursor,
    /// then `CaughtUp`, then live. Each change is delivered only if the viewer may see the appointment at that moment.
    /// The patient and those who treat them, the doctor, and administrators may follow.
    #[graphql(guard = "SignedIn")]
    async fn appointment_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose appointments.")] of: AppointmentsOf,
        #[graphql(
            desc = "Only those that begin on this day of the doctor's zone; with `doctor` alone."
        )]
        day: Option<NaiveDate>,
        #[graphql(
            desc = "Go on after this cursor, from an earlier message of the same stream; `now` begins with `CaughtUp`."
        )]
        after: Option<String>,
    ) -> Result<Messages<AppointmentMessage>, ApiError> {
        if let Some(told) = live::handed(ctx) {
            return Ok(live::one(told));
        }
        let series = match of {
            AppointmentsOf::Patient(id) => Series::Patient(decode_id(&id)?),
            AppointmentsOf::Doctor(id) => Series::Doctor(decode_id(&id)?),
            AppointmentsOf::Clinic(true) => Series::Clinic,
            AppointmentsOf::Clinic(false) => {
                return Err(Fault::BadRequest("`clinic` is followed with true.").into());
            }
        };
        let day = match (day, &series) {
            (None, _) => None,
            (Some(day), Series::Doctor(doctor)) => {
                Some(service::day_of(ctx.state()?, *doctor, day).await?)
            }
            (Some(_), _) => return Err(Fault::BadRequest("`day` goes with `doctor`.").into()),
        };
        live::follow(ctx, series, after, Appointments { day }).await
    }
}

/// The appointments of a stream.
struct Appointments {
    /// Only those that begin between these instants.
    day: Option<(DateTime<Utc>, DateTime<Utc>)>,
}

impl Channel for Appointments {
    type Kind = AppointmentChangeKind;
    type Thing = Card;
    type Message = AppointmentMessage;

    async fn may_follow(
        &self,
        state: &State,
        viewer: &Viewer,
        series: &Series,
    ) -> Result<Option<Permit>, Fault> {
        match series {
            Series::Doctor(doctor) => {
                let may = require(viewer, Action::Read, &Resource::DoctorSchedule(*doctor)).is_ok();
                Ok(may.then(Permit::default))
            }
            Series::Patient(_) | Series::Clinic | Series::User(_) | Series::Access(_) => {
                patient::may_follow(state, viewer, series).await
            }
        }
    }

    fn kind(&self, event: &event::Model) -> Option<AppointmentChangeKind> {
        match event.kind {
            EventKind::AppointmentCreated => Some(AppointmentChangeKind::Created),
            EventKind::AppointmentUpdated => Some(AppointmentChangeKind::Updated),
            EventKind::AppointmentCancelled => Some(AppointmentChangeKind::Cancelled),
            _ => None,
        }
    }

    async fn load(&self, state: &State, event: &event::Model) -> Result<Option<Card>, Fault> {
        let subject = AppointmentId(event.subject);
        state.loaders.appointments.load(subject).await
    }

    async fn may_see(
        &self,
        state: &State,
        viewer: &Viewer,
        _kind: AppointmentChangeKind,
        card: &Card,
    ) -> Result<bool, Fault> {
        // An appointment that is moved is another one, so it does not leave its day.
        let begins = card.row.starts_at;
        if self
            .day
            .is_some_and(|(from, to)| begins < from || begins >= to)
        {
            return Ok(false);
        }
        service::may_see(state, viewer, card).await
    }

    fn message(&self, change: Change<AppointmentChangeKind, Card>) -> AppointmentMessage {
        AppointmentMessage::AppointmentChange(AppointmentChange {
            cursor: change.cursor,
            kind: change.kind,
            occurred_at: change.occurred_at,
            appointment: Appointment(change.thing),
        })
    }
}
