//! A condition as clients see it.

use super::codes::{ConditionStatus, ConditionVerification};
use super::entry::{Concept, entry};
use crate::graphql::{ApiResult, nullable};
use async_graphql::Context;
use chrono::{DateTime, Utc};

entry! {
    /// A problem or a diagnosis. The patient and doctors who treat them may read it; doctors who treat them may change it.
    Condition, Condition, ConditionId, ConditionConnection, ConditionEdge, "conditions" {
        /// What it is. Whoever may see the entry may read it.
        async fn code(&self, ctx: &Context<'_>) -> ApiResult<Concept> {
            Ok(self.0.says(ctx)?.code.clone().into())
        }

        /// Where it stands. Whoever may see the entry may read it.
        async fn status(&self) -> ApiResult<ConditionStatus> {
            self.0.status(ConditionStatus::of)
        }

        /// How sure one is of it. Whoever may see the entry may read it.
        async fn verification(&self, ctx: &Context<'_>) -> Option<ApiResult<ConditionVerification>> {
            nullable(async { Ok(self.0.says(ctx)?.verification.map(Into::into)) }).await
        }

        /// How bad it is, in words. Whoever may see the entry may read it.
        async fn severity(&self, ctx: &Context<'_>) -> Option<ApiResult<String>> {
            nullable(async { Ok(self.0.says(ctx)?.severity.clone()) }).await
        }

        /// Where on the body, in words. Whoever may see the entry may read it.
        async fn body_site(&self, ctx: &Context<'_>) -> Option<ApiResult<String>> {
            nullable(async { Ok(self.0.says(ctx)?.body_site.clone()) }).await
        }

        /// When it began. Whoever may see the entry may read it.
        async fn onset_at(&self, ctx: &Context<'_>) -> Option<ApiResult<DateTime<Utc>>> {
            nullable(async { Ok(self.0.says(ctx)?.onset_at) }).await
        }

        /// When it was over. Whoever may see the entry may read it.
        async fn abated_at(&self, ctx: &Context<'_>) -> Option<ApiResult<DateTime<Utc>>> {
            nullable(async { Ok(self.0.says(ctx)?.abated_at) }).await
        }

        /// What else there is to say. Whoever may see the entry may read it.
        async fn note(&self, ctx: &Context<'_>) -> Option<ApiResult<String>> {
            nullable(async { Ok(self.0.says(ctx)?.note.clone()) }).await
        }
    }
}
