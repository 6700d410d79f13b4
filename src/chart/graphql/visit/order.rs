//! An order as clients see it.

use super::codes::{OrderCategory, OrderPriority, OrderStatus};
use super::{Encounter, TestResultConnection};
use crate::chart::graphql::entry::{Concept, entry};
use crate::doctor::graphql::Doctor;
use crate::graphql::{ApiResult, Asked, nullable};
use async_graphql::Context;
use chrono::{DateTime, Utc};

entry! {
    /// A test of the laboratory, an image or another's opinion that was ordered: FHIR ServiceRequest. Doctors who treat the
    /// patient or have broken the glass may read it, and the patient once it is shared with them; the care team may change it,
    /// and whoever ordered it.
    Order, Order, OrderId, OrderConnection, OrderEdge, "orders" {
        /// What. Whoever may see the entry may read it.
        async fn code(&self, ctx: &Context<'_>) -> ApiResult<Concept> {
            Ok(self.0.says(ctx)?.code.clone().into())
        }

        /// Of which kind. Whoever may see the entry may read it.
        async fn category(&self, ctx: &Context<'_>) -> ApiResult<OrderCategory> {
            Ok(self.0.says(ctx)?.category.into())
        }

        /// Where it stands. Whoever may see the entry may read it.
        async fn status(&self) -> ApiResult<OrderStatus> {
            self.0.status(OrderStatus::of)
        }

        /// How soon. Whoever may see the entry may read it.
        async fn priority(&self, ctx: &Context<'_>) -> ApiResult<OrderPriority> {
            Ok(self.0.says(ctx)?.priority.into())
        }

        /// What for. Whoever may see the entry may read it.
        async fn reason(&self, ctx: &Context<'_>) -> Option<ApiResult<Concept>> {
            nullable(async { Ok(self.0.says(ctx)?.reason.clone().map(Into::into)) }).await
        }

        /// When it is to be done. Whoever may see the entry may read it.
        async fn occurs_at(&self, ctx: &Context<'_>) -> Option<ApiResult<DateTime<Utc>>> {
            nullable(async { Ok(self.0.says(ctx)?.occurs_at) }).await
        }

        /// Who is to do it, in words. Whoever may see the entry may read it.
        async fn performer(&self, ctx: &Context<'_>) -> Option<ApiResult<String>> {
            nullable(async { Ok(self.0.says(ctx)?.performer.clone()) }).await
        }

        /// What else there is to say. Whoever may see the entry may read it.
        async fn note(&self, ctx: &Context<'_>) -> Option<ApiResult<String>> {
            nullable(async { Ok(self.0.says(ctx)?.note.clone()) }).await
        }

        /// The visit that it is of. Whoever may see both may read it.
        async fn encounter(&self, ctx: &Context<'_>) -> Option<ApiResult<Encounter>> {
            nullable(self.0.visit(ctx)).await
        }

        /// What came of it, by when it is true. Whoever may see the order may read those that they may see.
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

        /// Whose it is: the doctor who ordered it. Whoever may see the entry may read it.
        async fn author(&self, ctx: &Context<'_>) -> Option<ApiResult<Doctor>> {
            nullable(self.0.author(ctx)).await
        }

        /// Since when the patient is shown it; absent when they are not. Whoever may see the entry may read it.
        async fn shared_at(&self) -> Option<DateTime<Utc>> {
            self.0.row.shared_at
        }
    }
}
