//! Medications as clients see them: what was ordered, and what the patient says they take.

use super::codes::{MedicationRequestStatus, MedicationStatementStatus};
use super::entry::{Concept, entry};
use crate::graphql::{ApiResult, nullable};
use async_graphql::Context;
use chrono::{DateTime, Utc};

entry! {
    /// A medication that was ordered. The patient and doctors who treat them may read it; doctors who treat them may change it.
    MedicationRequest, MedicationRequest, MedicationRequestId, MedicationRequestConnection, MedicationRequestEdge,
    "ordered medications" {
        /// What. Whoever may see the entry may read it.
        async fn medication(&self, ctx: &Context<'_>) -> ApiResult<Concept> {
            Ok(self.0.says(ctx)?.medication.clone().into())
        }

        /// Where it stands. Whoever may see the entry may read it.
        async fn status(&self) -> ApiResult<MedicationRequestStatus> {
            self.0.status(MedicationRequestStatus::of)
        }

        /// How much and how often, in words. Whoever may see the entry may read it.
        async fn dosage(&self, ctx: &Context<'_>) -> Option<ApiResult<String>> {
            nullable(async { Ok(self.0.says(ctx)?.dosage.clone()) }).await
        }

        /// By which way, in words. Whoever may see the entry may read it.
        async fn route(&self, ctx: &Context<'_>) -> Option<ApiResult<String>> {
            nullable(async { Ok(self.0.says(ctx)?.route.clone()) }).await
        }

        /// Whether only when needed, if that was said. Whoever may see the entry may read it.
        async fn as_needed(&self, ctx: &Context<'_>) -> Option<ApiResult<bool>> {
            nullable(async { Ok(self.0.says(ctx)?.as_needed) }).await
        }

        /// What for, in words. Whoever may see the entry may read it.
        async fn reason(&self, ctx: &Context<'_>) -> Option<ApiResult<String>> {
            nullable(async { Ok(self.0.says(ctx)?.reason.clone()) }).await
        }

        /// When it was ordered. Whoever may see the entry may read it.
        async fn authored_at(&self, ctx: &Context<'_>) -> Option<ApiResult<DateTime<Utc>>> {
            nullable(async { Ok(self.0.says(ctx)?.authored_at) }).await
        }

        /// Until when it is to be taken. Whoever may see the entry may read it.
        async fn ends_at(&self, ctx: &Context<'_>) -> Option<ApiResult<DateTime<Utc>>> {
            nullable(async { Ok(self.0.says(ctx)?.ends_at) }).await
        }

        /// What else there is to say. Whoever may see the entry may read it.
        async fn note(&self, ctx: &Context<'_>) -> Option<ApiResult<String>> {
            nullable(async { Ok(self.0.says(ctx)?.note.clone()) }).await
        }
    }
}

entry! {
    /// A medication that the patient says they take. The patient and doctors who treat them may read and change it; the
    /// patient only what is their own word.
    MedicationStatement, MedicationStatement, MedicationStatementId, MedicationStatementConnection, MedicationStatementEdge,
    "medications taken" {
        /// What. Whoever may see the entry may read it.
        async fn medication(&self, ctx: &Context<'_>) -> ApiResult<Concept> {
            Ok(self.0.says(ctx)?.medication.clone().into())
        }

        /// Where it stands. Whoever may see the entry may read it.
        async fn status(&self) -> ApiResult<MedicationStatementStatus> {
            self.0.status(MedicationStatementStatus::of)
        }

        /// How much and how often, in words. Whoever may see the entry may read it.
        async fn dosage(&self, ctx: &Context<'_>) -> Option<ApiResult<String>> {
            nullable(async { Ok(self.0.says(ctx)?.dosage.clone()) }).await
        }

        /// What for, in words. Whoever may see the entry may read it.
        async fn reason(&self, ctx: &Context<'_>) -> Option<ApiResult<String>> {
            nullable(async { Ok(self.0.says(ctx)?.reason.clone()) }).await
        }

        /// Since when. Whoever may see the entry may read it.
        async fn taken_from(&self, ctx: &Context<'_>) -> Option<ApiResult<DateTime<Utc>>> {
            nullable(async { Ok(self.0.says(ctx)?.taken_from) }).await
        }

        /// Until when. Whoever may see the entry may read it.
        async fn taken_until(&self, ctx: &Context<'_>) -> Option<ApiResult<DateTime<Utc>>> {
            nullable(async { Ok(self.0.says(ctx)?.taken_until) }).await
        }

        /// What else there is to say. Whoever may see the entry may read it.
        async fn note(&self, ctx: &Context<'_>) -> Option<ApiResult<String>> {
            nullable(async { Ok(self.0.says(ctx)?.note.clone()) }).await
        }
    }
}
