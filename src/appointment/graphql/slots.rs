//! Free times: asking for them, and hearing that they have changed.

use super::types::VisitType;
use crate::access::{Action, Permit, Resource, Viewer, require};
use crate::appointment::service::{self, First, Free};
use crate::doctor::graphql::Doctor;
use crate::error::Fault;
use crate::event::Stream as Series;
use crate::graphql::guard::SignedIn;
use crate::graphql::live::{self, Change, Channel, Messages};
use crate::graphql::page::Page;
use crate::graphql::{ApiError, ApiResult, Ask, Asked, decode_id};
use crate::schedule::slots;
use crate::state::State;
use async_graphql::{Context, ID, Object, SimpleObject, Subscription};
use chrono::{DateTime, NaiveDate, Utc};
use entity::code::{AppointmentStatus, EventKind};
use entity::event;
use entity::id::{AppointmentId, VisitTypeId};

/// A time that can be booked.
#[derive(Clone)]
pub struct Slot {
    slot: slots::Slot,
    visit_type: VisitTypeId,
}

/// A time that can be booked now. Everybody who may read the directory may see it.
#[Object]
impl Slot {
    /// With whom. Whoever sees the slot may read it.
    async fn doctor(&self, ctx: &Context<'_>) -> ApiResult<Doctor> {
        let doctor = ctx.state()?.loaders.doctors.load(self.slot.doctor);
        Ok(Doctor::listed(doctor.await?.ok_or(Fault::NotFound)?))
    }

    /// For what. Whoever sees the slot may read it.
    async fn visit_type(&self, ctx: &Context<'_>) -> ApiResult<VisitType> {
        VisitType::find(ctx, self.visit_type).await
    }

    /// When it begins; give it as `startsAt` to book it. Whoever sees the slot may read it.
    async fn starts_at(&self) -> DateTime<Utc> {
        self.slot.starts_at
    }

    /// When it ends. Whoever sees the slot may read it.
    async fn ends_at(&self) -> DateTime<Utc> {
        self.slot.ends_at
    }

    /// Where, in the clinic's words; absent when the doctor's hours do not say. Whoever sees the slot may read it.
    async fn location(&self) -> Option<&str> {
        self.slot.location.as_deref()
    }

    /// How many can still come: 1, but for group visits. Whoever sees the slot may read it.
    async fn seats(&self) -> i32 {
        self.slot.seats
    }
}

crate::connection!(SlotConnection, SlotEdge, Slot, "free times");

fn page(
    ctx: &Context<'_>,
    asked: Asked,
    visit_type: VisitTypeId,
    slots: &[slots::Slot],
) -> ApiResult<SlotConnection> {
    let window = asked.window(ctx)?;
    Ok(SlotConnection(Page::within(
        &window,
        slots,
        |slot| (slot.starts_at, slot.doctor),
        |slot| Slot {
            slot: slot.clone(),
            visit_type,
        },
    )))
}

/// The root fields of free times.
#[derive(Default)]
pub struct SlotQuery;

#[Object]
impl SlotQuery {
    /// A doctor's free times for a kind of visit, in order: what the hours offer to patients and nobody has taken. None of
    /// a doctor who has published no hours. Patients, doctors and administrators may ask.
    #[graphql(guard = "SignedIn")]
    #[expect(
        clippy::too_many_arguments,
        reason = "a page has four, a stretch two, and GraphQL wants them side by side"
    )]
    async fn slots(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose.")] doctor: ID,
        #[graphql(desc = "For which kind of visit.")] visit_type: ID,
        #[graphql(desc = "Beginning at or after this instant.")] from: DateTime<Utc>,
        #[graphql(desc = "Beginning before this instant; at most 93 days later.")] to: DateTime<
            Utc,
        >,
        #[graphql(desc = "How many from the start, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the item with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes the item with this cursor.")] before: Option<String>,
    ) -> ApiResult<SlotConnection> {
        let visit_type = decode_id(&visit_type)?;
        let asked = Free {
            doctor: decode_id(&doctor)?,
            visit_type,
            from,
            to,
        };
        let slots = service::slots(ctx.state()?, &ctx.viewer(), asked).await?;
        let asked = Asked::of((first, after), (last, before));
        page(ctx, asked, visit_type, &slots)
    }

    /// The first free time of each doctor of a specialty who has one, the earliest first: its first item is the first free
    /// time of all. Among 500 doctors at most. Patients, doctors and administrators may ask.
    #[graphql(guard = "SignedIn")]
    #[expect(
        clippy::too_many_arguments,
        reason = "a page has four, a stretch two, and GraphQL wants them side by side"
    )]
    async fn first_slots(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of doctors trained in what has this code.")] specialty: String,
        #[graphql(desc = "Only of doctors with whom new patients may, or may not, book.")]
        accepts_new_patients: Option<bool>,
        #[graphql(desc = "For which kind of visit.")] visit_type: ID,
        #[graphql(desc = "Beginning at or after this instant.")] from: DateTime<Utc>,
        #[graphql(desc = "Beginning before this instant; at most 31 days later.")] to: DateTime<
            Utc,
        >,
        #[graphql(desc = "How many from the start, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the item with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes the item with this cursor.")] before: Option<String>,
    ) -> ApiResult<SlotConnection> {
        let visit_type = decode_id(&visit_type)?;
        let asked = First {
            specialty,
            accepts_new_patients,
            visit_type,
            from,
            to,
        };
        let slots = service::first_slots(ctx.state()?, &ctx.viewer(), asked).await?;
        let asked = Asked::of((first, after), (last, before));
        page(ctx, asked, visit_type, &slots)
    }
}

/// A doctor's free times have changed: ask for them anew. Whoever follows the stream may read it.
#[derive(SimpleObject)]
pub struct SlotsChange {
    /// The place in the stream; give it as `after` to go on from here. Whoever follows the stream may read it.
    pub cursor: String,
    /// When they changed. Whoever follows the stream may read it.
    pub occurred_at: DateTime<Utc>,
    /// The first day, in the doctor's zone, on which they may have; absent when any may. Whoever follows the stream may
    /// read it.
    pub first_day: Option<NaiveDate>,
    /// The last day on which they may have; absent when any may. Whoever follows the stream may read it.
    pub last_day: Option<NaiveDate>,
}

crate::live_message!(
    /// What a subscriber to free times receives. Whoever follows the stream may read it.
    SlotsMessage,
    SlotsChange
);

/// The live field of free times.
#[derive(Default)]
pub struct SlotSubscription;

#[Subscription]
impl SlotSubscription {
    /// Says when a doctor's free times have changed, because one was taken or became free again or the hours are others:
    /// which days, and nothing about a person. With `after`, first what happened since that cursor, then `CaughtUp`, then
    /// live. (That a hold's time is over is said within seconds; `slots` knows it at once.) Patients, doctors and
    /// administrators may follow.
    #[graphql(guard = "SignedIn")]
    async fn slots_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose.")] doctor: ID,
        #[graphql(
            desc = "Go on after this cursor, from an earlier message of the same stream; `now` begins with `CaughtUp`."
        )]
        after: Option<String>,
    ) -> Result<Messages<SlotsMessage>, ApiError> {
        let doctor = decode_id(&doctor)?;
        live::follow(ctx, Series::Doctor(doctor), after, Slots).await
    }
}

/// The changes of free times among what happens in a doctor's stream. A stream of their own lost: each booking would
/// write one event more, and what of this one is told is decided here, event by event.
struct Slots;

/// What changes a doctor's free times.
#[derive(Clone, Copy)]
enum Cause {
    /// The hours are others.
    Hours,
    /// A time was taken, or is free again.
    Time,
    /// Something else was done to an appointment: it frees its time only if it never was.
    Other,
}

/// The days on which free times may have changed; absent when any may have.
type Days = (Option<NaiveDate>, Option<NaiveDate>);

impl Channel for Slots {
    type Kind = Cause;
    type Thing = Days;
    type Message = SlotsMessage;

    async fn may_follow(
        &self,
        state: &State,
        viewer: &Viewer,
        series: &Series,
    ) -> Result<Option<Permit>, Fault> {
        let Series::Doctor(doctor) = series else {
            return Ok(None);
        };
        let may = require(viewer, Action::Read, &Resource::Directory).is_ok();
        let there = may && state.loaders.doctors.load(*doctor).await?.is_some();
        Ok(there.then(Permit::default))
    }

    fn kind(&self, event: &event::Model) -> Option<Cause> {
        match event.kind {
            EventKind::AvailabilityChanged => Some(Cause::Hours),
            EventKind::AppointmentCreated | EventKind::AppointmentCancelled => Some(Cause::Time),
            EventKind::AppointmentUpdated => Some(Cause::Other),
            _ => None,
        }
    }

    async fn load(&self, state: &State, event: &event::Model) -> Result<Option<Days>, Fault> {
        let is_other = match self.kind(event) {
            None => return Ok(None),
            Some(Cause::Hours) => return Ok(Some((None, None))),
            Some(Cause::Time) => false,
            Some(Cause::Other) => true,
        };
        let subject = AppointmentId(event.subject);
        let Some(card) = state.loaders.appointments.load(subject).await? else {
            return Ok(None);
        };
        // What is done to an appointment that keeps its time is nobody else's business.
        if is_other && card.row.status != AppointmentStatus::EnteredInError {
            return Ok(None);
        }
        let zone = card.row.zone.parse().unwrap_or(chrono_tz::UTC);
        let day = |at: DateTime<Utc>| Some(at.with_timezone(&zone).date_naive());
        Ok(Some((
            day(card.row.blocked_from),
            day(card.row.blocked_until),
        )))
    }

    async fn may_see(&self, _: &State, _: &Viewer, _: Cause, _: &Days) -> Result<bool, Fault> {
        // Whoever may follow at that moment; nothing of it is about a person.
        Ok(true)
    }

    fn message(&self, change: Change<Cause, Days>) -> SlotsMessage {
        let (first_day, last_day) = change.thing;
        SlotsMessage::SlotsChange(SlotsChange {
            cursor: change.cursor,
            occurred_at: change.occurred_at,
            first_day,
            last_day,
        })
    }
}
