//! An immunization as clients see it.

use super::codes::ImmunizationStatus;
use super::entry::{Concept, entry};
use crate::graphql::{ApiResult, nullable};
use async_graphql::Context;
use chrono::{DateTime, Utc};

entry! {
    /// A vaccine that was given, or was not. The patient and doctors who treat them may read it; doctors who treat them may
    /// change it.
    Immunization, Immunization, ImmunizationId, ImmunizationConnection, ImmunizationEdge, "immunizations" {
        /// Which. Whoever may see the entry may read it.
        async fn vaccine(&self, ctx: &Context<'_>) -> ApiResult<Concept> {
            Ok(self.0.says(ctx)?.vaccine.clone().into())
        }

        /// Whether it was given. Whoever may see the entry may read it.
        async fn status(&self) -> ApiResult<ImmunizationStatus> {
            self.0.status(ImmunizationStatus::of)
        }

        /// When it was given, or was to be. Whoever may see the entry may read it.
        async fn occurred_at(&self, ctx: &Context<'_>) -> ApiResult<DateTime<Utc>> {
            Ok(self.0.says(ctx)?.occurred_at)
        }

        /// The lot that it came from. Whoever may see the entry may read it.
        async fn lot_number(&self, ctx: &Context<'_>) -> Option<ApiResult<String>> {
            nullable(async { Ok(self.0.says(ctx)?.lot_number.clone()) }).await
        }

        /// Which dose of its series, from 1. Whoever may see the entry may read it.
        async fn dose_number(&self, ctx: &Context<'_>) -> Option<ApiResult<i32>> {
            nullable(async { Ok(self.0.says(ctx)?.dose_number) }).await
        }

        /// Where on the body, in words. Whoever may see the entry may read it.
        async fn site(&self, ctx: &Context<'_>) -> Option<ApiResult<String>> {
            nullable(async { Ok(self.0.says(ctx)?.site.clone()) }).await
        }

        /// Why it was not given, in words. Whoever may see the entry may read it.
        async fn status_reason(&self, ctx: &Context<'_>) -> Option<ApiResult<String>> {
            nullable(async { Ok(self.0.says(ctx)?.status_reason.clone()) }).await
        }

        /// What else there is to say. Whoever may see the entry may read it.
        async fn note(&self, ctx: &Context<'_>) -> Option<ApiResult<String>> {
            nullable(async { Ok(self.0.says(ctx)?.note.clone()) }).await
        }
    }
}
