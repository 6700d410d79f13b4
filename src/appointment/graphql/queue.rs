//! The queue of the day, as clients see it.

use super::types::{Appointment, AppointmentConnection};
use crate::access::{Permit, Viewer};
use crate::appointment::queue::Order;
use crate::appointment::service::{self, Place};
use crate::error::Fault;
use crate::event::Stream as Series;
use crate::graphql::guard::{Role, SignedIn};
use crate::graphql::live::{self, Change, Channel, Messages};
use crate::graphql::page::Page;
use crate::graphql::{ApiError, ApiResult, Ask, Asked, decode_id};
use crate::loaders::Attends;
use crate::state::{Card, State};
use async_graphql::{Context, ID, Object, SimpleObject, Subscription};
use chrono::{DateTime, Utc};
use entity::code::{AppointmentStatus, EventKind, Roles};
use entity::event;
use entity::id::AppointmentId;
use std::sync::Arc;

/// Where a patient who has come stands in the queue. Whoever sees the appointment may see it.
#[derive(SimpleObject, Clone, Copy)]
pub struct QueuePlace {
    /// When they came. Whoever sees the appointment may read it.
    pub arrived_at: DateTime<Utc>,
    /// When they were called in; absent while they wait. Whoever sees the appointment may read it.
    pub called_at: Option<DateTime<Utc>>,
    /// Which place they have among those who wait for this doctor: 1 is next; absent once they were called in. Whoever sees
    /// the appointment may read it.
    pub position: Option<i32>,
    /// How many full minutes they have waited, or had when they were called in. Whoever sees the appointment may read it.
    pub waited_minutes: i32,
}

impl From<Place> for QueuePlace {
    fn from(place: Place) -> Self {
        let number = |position| i32::try_from(position).unwrap_or(i32::MAX);
        Self {
            arrived_at: place.arrived_at,
            called_at: place.called_at,
            position: place.position.map(number),
            waited_minutes: i32::try_from(place.waited_minutes).unwrap_or(i32::MAX),
        }
    }
}

/// The root field of the queue.
#[derive(Default)]
pub struct QueueQuery;

#[Object]
impl QueueQuery {
    /// Who has come to a doctor and whose visit is not over: first those who were called in, then those who wait, the next
    /// first; `queuePlace` of each says where they stand. Whoever comes early is next no sooner than their appointment
    /// begins, and whoever comes late lines up. Follow it with `appointmentChanged`. The doctor and administrators may read it.
    #[graphql(guard = "Role(Roles::DOCTOR.with(Roles::ADMIN))")]
    async fn queue(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose.")] doctor: ID,
        #[graphql(desc = "How many from the start, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the item with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes the item with this cursor.")] before: Option<String>,
    ) -> ApiResult<AppointmentConnection> {
        let window = Asked::of((first, after), (last, before)).window(ctx)?;
        let queue = service::queue(ctx.state()?, &ctx.viewer(), decode_id(&doctor)?).await?;
        Ok(AppointmentConnection(Page::within(
            &window,
            &queue,
            |(order, _): &(Order, Card)| *order,
            |(_, card)| Appointment(card.clone()),
        )))
    }
}

/// A patient's place in the queue may have changed. Whoever may see the appointment may read it.
#[derive(SimpleObject)]
pub struct QueuePlaceChange {
    /// The place in the stream; give it as `after` to go on from here. Whoever receives the change may read it.
    pub cursor: String,
    /// When it happened. Whoever receives the change may read it.
    pub occurred_at: DateTime<Utc>,
    /// Where the patient stands now; absent while they are not here. Whoever receives the change may read it.
    pub place: Option<QueuePlace>,
}

crate::live_message!(
    /// What a subscriber to a place in a queue receives. Whoever follows the stream may read it.
    QueuePlaceMessage,
    QueuePlaceChange
);

/// The live field of the queue.
#[derive(Default)]
pub struct QueueSubscription;

#[Subscription]
impl QueueSubscription {
    /// Follows where the patient of one appointment stands in their doctor's queue: told whenever somebody came to that
    /// doctor, was called in or left. It says nothing of the others. With `after`, first what happened since that cursor,
    /// then `CaughtUp`, then live; the place is always that of now. Whoever may see the appointment may follow.
    #[graphql(guard = "SignedIn")]
    async fn queue_place_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which appointment.")] appointment: ID,
        #[graphql(
            desc = "Go on after this cursor, from an earlier message of the same stream; `now` begins with `CaughtUp`."
        )]
        after: Option<String>,
    ) -> Result<Messages<QueuePlaceMessage>, ApiError> {
        if let Some(told) = live::handed(ctx) {
            return Ok(live::one(told));
        }
        let appointment: AppointmentId = decode_id(&appointment)?;
        let card = service::find(ctx.state()?, &ctx.viewer(), appointment).await?;
        let series = Series::Doctor(card.row.doctor_id);
        let queue = Queue {
            appointment,
            clock: ctx.state()?.clock.clone(),
        };
        live::follow(ctx, series, after, queue).await
    }
}

/// What happens in a doctor's queue, as far as it concerns one who waits there.
struct Queue {
    appointment: AppointmentId,
    clock: crate::clock::Clock,
}

impl Channel for Queue {
    type Kind = ();
    type Thing = Arc<[Attends]>;
    type Message = QueuePlaceMessage;

    async fn may_follow(
        &self,
        state: &State,
        viewer: &Viewer,
        _: &Series,
    ) -> Result<Option<Permit>, Fault> {
        match service::find(state, viewer, self.appointment).await {
            Ok(_) => Ok(Some(Permit::default())),
            Err(Fault::NotFound | Fault::Unauthenticated) => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    fn kind(&self, event: &event::Model) -> Option<()> {
        (event.kind == EventKind::AppointmentUpdated).then_some(())
    }

    async fn load(
        &self,
        state: &State,
        event: &event::Model,
    ) -> Result<Option<Arc<[Attends]>>, Fault> {
        let subject = AppointmentId(event.subject);
        let Some(card) = state.loaders.appointments.load(subject).await? else {
            return Ok(None);
        };
        // That somebody will come, or has asked, moves nobody in the queue.
        let moves = [
            AppointmentStatus::Arrived,
            AppointmentStatus::Fulfilled,
            AppointmentStatus::EnteredInError,
        ];
        if !moves.contains(&card.row.status) {
            return Ok(None);
        }
        let attending = state.loaders.attending.load(card.row.doctor_id).await?;
        Ok(Some(attending.unwrap_or_default()))
    }

    async fn may_see(
        &self,
        state: &State,
        viewer: &Viewer,
        _: (),
        _: &Arc<[Attends]>,
    ) -> Result<bool, Fault> {
        match service::find(state, viewer, self.appointment).await {
            Ok(_) => Ok(true),
            Err(Fault::NotFound) => Ok(false),
            Err(fault) => Err(fault),
        }
    }

    fn message(&self, change: Change<(), Arc<[Attends]>>) -> QueuePlaceMessage {
        let place = service::place(self.appointment, &change.thing, self.clock.now());
        QueuePlaceMessage::QueuePlaceChange(QueuePlaceChange {
            cursor: change.cursor,
            occurred_at: change.occurred_at,
            place: place.map(Into::into),
        })
    }
}
