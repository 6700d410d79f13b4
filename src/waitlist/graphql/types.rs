//! What clients see of the waiting list.

use super::codes::{WaitlistPriority, WaitlistStatus};
use crate::appointment::graphql::{Appointment, VisitType};
use crate::doctor::graphql::Doctor;
use crate::error::Fault;
use crate::graphql::in_place::InPlace;
use crate::graphql::{ApiResult, Ask, id, nullable};
use crate::patient::graphql::Patient;
use crate::schedule::graphql::{Weekday, time};
use crate::waitlist::service::{self, Wait};
use async_graphql::{Context, ID, Object};
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use entity::id::WaitlistEntryId;
use entity::waitlist_entry::Window;
use entity::waitlist_offer::{self, OfferOutcome};
use std::sync::Arc;

/// One who waits for a time.
#[derive(Clone)]
pub struct WaitlistEntry(pub Wait);

impl WaitlistEntry {
    /// The entry of this id.
    ///
    /// # Errors
    /// NOT_FOUND when there is none that the viewer may see.
    pub async fn find(ctx: &Context<'_>, id: WaitlistEntryId) -> ApiResult<Self> {
        let wait = service::find(ctx.state()?, &ctx.viewer(), id).await?;
        Ok(Self(wait))
    }

    /// What stands open for the entry, or was taken.
    async fn standing(
        &self,
        ctx: &Context<'_>,
        outcome: OfferOutcome,
    ) -> ApiResult<Option<Arc<waitlist_offer::Model>>> {
        let found = ctx
            .state()?
            .loaders
            .waits
            .offers
            .load(self.0.row.id)
            .await?;
        Ok(found.filter(|offer| offer.outcome == outcome))
    }
}

/// One who waits for a time. The patient, the doctor who is waited for, the patient's care team and administrators may see it;
/// nobody on the list sees who else is.
#[Object]
impl WaitlistEntry {
    /// The id. Whoever sees the entry may read it.
    pub async fn id(&self) -> ID {
        id(self.0.row.id)
    }

    /// Who waits. Whoever sees the entry may read it.
    async fn patient(&self) -> InPlace<Patient> {
        InPlace(Patient::recognised(Arc::clone(&self.0.patient)))
    }

    /// For what kind of visit. Whoever sees the entry may read it.
    async fn visit_type(&self, ctx: &Context<'_>) -> ApiResult<InPlace<VisitType>> {
        let kind = ctx
            .state()?
            .loaders
            .visit_types
            .load(self.0.row.visit_type_id);
        Ok(InPlace(VisitType(kind.await?.ok_or(Fault::NotFound)?)))
    }

    /// With whom; absent when any doctor of a specialty will do. Whoever sees the entry may read it.
    async fn doctor(&self, ctx: &Context<'_>) -> Option<ApiResult<InPlace<Doctor>>> {
        nullable(async {
            let Some(doctor) = self.0.row.doctor_id else {
                return Ok(None);
            };
            let doctor = ctx.state()?.loaders.doctors.load(doctor).await?;
            Ok(doctor.map(|doctor| InPlace(Doctor::listed(doctor))))
        })
        .await
    }

    /// The code of the specialty, any of whose doctors will do; absent when one is named. Whoever sees the entry may read it.
    async fn specialty(&self) -> Option<&str> {
        self.0.row.specialty.as_deref()
    }

    /// When the patient could come; at any time when there are none. Whoever sees the entry may read it.
    async fn windows(&self) -> Vec<WaitlistWindow> {
        let windows = self.0.row.windows.0.iter();
        windows.cloned().map(WaitlistWindow).collect()
    }

    /// How urgent it is. Whoever sees the entry may read it.
    async fn priority(&self) -> WaitlistPriority {
        self.0.row.priority.into()
    }

    /// What whoever arranges the visit should know; absent when nothing was said. Whoever sees the entry may read it.
    async fn note(&self, ctx: &Context<'_>) -> Option<ApiResult<String>> {
        nullable(async { Ok(self.0.note(ctx.state()?)?) }).await
    }

    /// Where it stands. Whoever sees the entry may read it.
    async fn status(&self) -> WaitlistStatus {
        self.0.row.status.into()
    }

    /// The place among those who wait for the same: 1 is the next. It says how many are before, and not who; absent of one
    /// that waits no more. Whoever sees the entry may read it.
    async fn position(&self, ctx: &Context<'_>) -> Option<ApiResult<i32>> {
        nullable(async {
            let place = ctx
                .state()?
                .loaders
                .waits
                .places
                .load(self.0.row.id)
                .await?;
            Ok(place.map(|place| i32::try_from(place).unwrap_or(i32::MAX)))
        })
        .await
    }

    /// What is offered; absent unless something is. Whoever sees the entry may read it.
    async fn offer(&self, ctx: &Context<'_>) -> Option<ApiResult<WaitlistOffer>> {
        nullable(async {
            let offer = self.standing(ctx, OfferOutcome::Open).await?;
            Ok(offer.map(WaitlistOffer))
        })
        .await
    }

    /// The appointment that came of it; absent unless an offer was taken. Whoever sees the entry may read it.
    async fn appointment(&self, ctx: &Context<'_>) -> Option<ApiResult<Appointment>> {
        nullable(async {
            let Some(taken) = self.standing(ctx, OfferOutcome::Accepted).await? else {
                return Ok(None);
            };
            let found = Appointment::find(ctx, taken.appointment_id).await;
            crate::graphql::as_it_stays(found)
        })
        .await
    }

    /// From then on the patient waits no more: the days on which they could come are over, or a year. Whoever sees the entry
    /// may read it.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.0.row.expires_at
    }

    /// Counts the changes; give it as `expectedVersion` to change what you have read. Whoever sees the entry may read it.
    async fn version(&self) -> i32 {
        self.0.row.version
    }

    /// Since when the patient waits. Whoever sees the entry may read it.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.row.created_at
    }

    /// When it last changed. Whoever sees the entry may read it.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.row.updated_at
    }
}

/// A part of certain days on which a patient could come, in the wall-clock time of the doctor's zone.
#[derive(Clone)]
pub struct WaitlistWindow(Window);

/// A part of certain days on which a patient could come, in the wall-clock time of the doctor's zone. Whoever sees the entry
/// may see it.
#[Object]
impl WaitlistWindow {
    /// Not before this day; absent when any will do. Whoever sees the entry may read it.
    async fn first_day(&self) -> Option<NaiveDate> {
        self.0.first_day
    }

    /// Not after this day; absent when any will do. Whoever sees the entry may read it.
    async fn last_day(&self) -> Option<NaiveDate> {
        self.0.last_day
    }

    /// On these days of the week. Whoever sees the entry may read it.
    async fn weekdays(&self) -> Vec<Weekday> {
        Weekday::of(self.0.weekdays)
    }

    /// From this time of the day on. Whoever sees the entry may read it.
    async fn from(&self) -> NaiveTime {
        time(self.0.from)
    }

    /// Up to this time of the day; midnight is its end. Whoever sees the entry may read it.
    async fn until(&self) -> NaiveTime {
        time(self.0.until)
    }
}

/// A time that is held for somebody who waits.
#[derive(Clone)]
pub struct WaitlistOffer(Arc<waitlist_offer::Model>);

/// A time that is held for somebody who waits, until they answer or the time to answer is over. Whoever sees the entry may see
/// it.
#[Object]
impl WaitlistOffer {
    /// The hold: `acceptOffer` books it. Whoever sees the entry may read it.
    async fn appointment(&self, ctx: &Context<'_>) -> ApiResult<Appointment> {
        Appointment::find(ctx, self.0.appointment_id).await
    }

    /// When it was offered. Whoever sees the entry may read it.
    async fn offered_at(&self) -> DateTime<Utc> {
        self.0.offered_at
    }

    /// Until when it can be answered: from then on it goes to the next. Whoever sees the entry may read it.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.0.expires_at
    }
}

crate::connection!(
    WaitlistEntryConnection,
    WaitlistEntryEdge,
    WaitlistEntry,
    "entries of the waiting list"
);
