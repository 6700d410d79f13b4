//! A visit as clients see it.

use super::codes::{EncounterClass, EncounterStatus, ParticipantRole};
use super::{OrderConnection, TestResultConnection, VisitNoteConnection};
use crate::appointment::graphql::Appointment;
use crate::chart::graphql::entry::{Concept, entry};
use crate::doctor::graphql::Doctor;
use crate::graphql::{ApiResult, Ask, Asked, nullable};
use async_graphql::{Context, SimpleObject};
use chrono::{DateTime, NaiveDate, Utc};

/// A doctor at a visit. Whoever may see the visit may read it.
#[derive(SimpleObject)]
pub struct EncounterParticipant {
    /// Who.
    pub doctor: Doctor,
    /// What they do there.
    pub role: ParticipantRole,
}

entry! {
    /// A visit: FHIR Encounter. Doctors who treat the patient or have broken the glass may read it, and the patient once it is
    /// shared with them; the care team may change it, and whoever recorded it.
    Encounter, Encounter, EncounterId, EncounterConnection, EncounterEdge, "visits" {
        /// Where it stands. Whoever may see the entry may read it.
        async fn status(&self) -> ApiResult<EncounterStatus> {
            self.0.status(EncounterStatus::of)
        }

        /// What kind of visit it is. Whoever may see the entry may read it.
        async fn class(&self, ctx: &Context<'_>) -> ApiResult<EncounterClass> {
            Ok(self.0.says(ctx)?.class.into())
        }

        /// What is done there. Whoever may see the entry may read it.
        async fn visit(&self, ctx: &Context<'_>) -> Option<ApiResult<Concept>> {
            nullable(async { Ok(self.0.says(ctx)?.visit.clone().map(Into::into)) }).await
        }

        /// What for. Whoever may see the entry may read it.
        async fn reason(&self, ctx: &Context<'_>) -> Option<ApiResult<Concept>> {
            nullable(async { Ok(self.0.says(ctx)?.reason.clone().map(Into::into)) }).await
        }

        /// When it began, or is to begin. Whoever may see the entry may read it.
        async fn starts_at(&self, ctx: &Context<'_>) -> Option<ApiResult<DateTime<Utc>>> {
            nullable(async { Ok(self.0.says(ctx)?.starts_at) }).await
        }

        /// When it was over, or is to be. Whoever may see the entry may read it.
        async fn ends_at(&self, ctx: &Context<'_>) -> Option<ApiResult<DateTime<Utc>>> {
            nullable(async { Ok(self.0.says(ctx)?.ends_at) }).await
        }

        /// Which doctors take part, at most 20. Whoever may see the entry may read it.
        async fn participants(&self, ctx: &Context<'_>) -> ApiResult<Vec<EncounterParticipant>> {
            let doctors = &ctx.state()?.loaders.doctors;
            let mut all = Vec::new();
            for one in self.0.says(ctx)?.participants.iter().flatten() {
                let doctor = doctors.load(one.doctor).await?;
                let role = one.role.into();
                all.extend(doctor.map(|row| EncounterParticipant { doctor: Doctor::listed(row), role }));
            }
            Ok(all)
        }

        /// On which day the patient is to come again. Whoever may see the entry may read it.
        async fn follow_up_on(&self, ctx: &Context<'_>) -> Option<ApiResult<NaiveDate>> {
            nullable(async { Ok(self.0.says(ctx)?.follow_up_on) }).await
        }

        /// What else there is to say. Whoever may see the entry may read it.
        async fn note(&self, ctx: &Context<'_>) -> Option<ApiResult<String>> {
            nullable(async { Ok(self.0.says(ctx)?.note.clone()) }).await
        }

        /// The appointment that it is of, if there was one. Whoever may see both may read it.
        async fn appointment(&self, ctx: &Context<'_>) -> Option<ApiResult<Appointment>> {
            nullable(self.0.appointment(ctx)).await
        }

        /// What was written of it, by when it was begun. Whoever may see the visit may read those that they may see.
        async fn notes(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "How many from the start, 1 to 100; 20 unless said.")] first: Option<i32>,
            #[graphql(desc = "Only what follows the item with this cursor.")] after: Option<String>,
            #[graphql(desc = "How many from the end, 1 to 100; not with `first`.")] last: Option<i32>,
            #[graphql(desc = "Only what precedes the item with this cursor.")] before: Option<String>,
        ) -> ApiResult<VisitNoteConnection> {
            let asked = Asked::of((first, after), (last, before));
            Ok(VisitNoteConnection(self.0.notes(ctx, asked).await?))
        }

        /// What was ordered at it, by when. Whoever may see the visit may read those that they may see.
        async fn orders(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "How many from the start, 1 to 100; 20 unless said.")] first: Option<i32>,
            #[graphql(desc = "Only what follows the item with this cursor.")] after: Option<String>,
            #[graphql(desc = "How many from the end, 1 to 100; not with `first`.")] last: Option<i32>,
            #[graphql(desc = "Only what precedes the item with this cursor.")] before: Option<String>,
        ) -> ApiResult<OrderConnection> {
            let asked = Asked::of((first, after), (last, before));
            Ok(OrderConnection(self.0.orders(ctx, asked).await?))
        }

        /// What was found by tests of it, by when it is true. Whoever may see the visit may read those that they may see.
        async fn test_results(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "How many from the start, 1 to 100; 20 unless said.")] first: Option<i32>,
            #[graphql(desc = "Only what follows the item with this cursor.")] after: Option<String>,
            #[graphql(desc = "How many from the end, 1 to 100; not with `first`.")] last: Option<i32>,
            #[graphql(desc = "Only what precedes the item with this cursor.")] before: Option<String>,
        ) -> ApiResult<TestResultConnection> {
            let asked = Asked::of((first, after), (last, before));
            Ok(TestResultConnection(self.0.results(ctx, asked).await?))
        }

        /// Whose it is: the doctor who recorded it first. Whoever may see the entry may read it.
        async fn author(&self, ctx: &Context<'_>) -> Option<ApiResult<Doctor>> {
            nullable(self.0.author(ctx)).await
        }

        /// Since when the patient is shown it; absent when they are not. Whoever may see the entry may read it.
        async fn shared_at(&self) -> Option<DateTime<Utc>> {
            self.0.row.shared_at
        }
    }
}
