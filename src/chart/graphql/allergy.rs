//! An allergy as clients see it.

use super::codes::{
    AllergyCategory, AllergyCriticality, AllergyStatus, AllergyType, AllergyVerification,
};
use super::entry::{Concept, entry};
use crate::chart::content;
use crate::graphql::{ApiResult, nullable};
use async_graphql::{Context, SimpleObject};
use chrono::{DateTime, Utc};

/// What happened when the patient met the substance. Whoever may see the allergy may read it.
#[derive(SimpleObject)]
pub struct AllergyReaction {
    /// What it looked like.
    pub manifestation: String,
    /// How bad it was, in words.
    pub severity: Option<String>,
}

impl From<content::Reaction> for AllergyReaction {
    fn from(reaction: content::Reaction) -> Self {
        Self {
            manifestation: reaction.manifestation,
            severity: reaction.severity,
        }
    }
}

entry! {
    /// An allergy or intolerance. The patient and doctors who treat them may read it; doctors who treat them may change it.
    Allergy, Allergy, AllergyId, AllergyConnection, AllergyEdge, "allergies" {
        /// To what. Whoever may see the entry may read it.
        async fn substance(&self, ctx: &Context<'_>) -> ApiResult<Concept> {
            Ok(self.0.says(ctx)?.substance.clone().into())
        }

        /// Where it stands. Whoever may see the entry may read it.
        async fn status(&self) -> ApiResult<AllergyStatus> {
            self.0.status(AllergyStatus::of)
        }

        /// How sure one is of it. Whoever may see the entry may read it.
        async fn verification(&self, ctx: &Context<'_>) -> Option<ApiResult<AllergyVerification>> {
            nullable(async { Ok(self.0.says(ctx)?.verification.map(Into::into)) }).await
        }

        /// What the body does. Whoever may see the entry may read it.
        async fn allergy_type(&self, ctx: &Context<'_>) -> Option<ApiResult<AllergyType>> {
            nullable(async { Ok(self.0.says(ctx)?.allergy_type.map(Into::into)) }).await
        }

        /// What kind of substance it is. Whoever may see the entry may read it.
        async fn category(&self, ctx: &Context<'_>) -> Option<ApiResult<AllergyCategory>> {
            nullable(async { Ok(self.0.says(ctx)?.category.map(Into::into)) }).await
        }

        /// How much harm is to be feared. Whoever may see the entry may read it.
        async fn criticality(&self, ctx: &Context<'_>) -> Option<ApiResult<AllergyCriticality>> {
            nullable(async { Ok(self.0.says(ctx)?.criticality.map(Into::into)) }).await
        }

        /// What happened when they met it; at most 10. Whoever may see the entry may read it.
        async fn reactions(&self, ctx: &Context<'_>) -> ApiResult<Vec<AllergyReaction>> {
            let reactions = self.0.says(ctx)?.reactions.clone().unwrap_or_default();
            Ok(reactions.into_iter().map(Into::into).collect())
        }

        /// Since when. Whoever may see the entry may read it.
        async fn onset_at(&self, ctx: &Context<'_>) -> Option<ApiResult<DateTime<Utc>>> {
            nullable(async { Ok(self.0.says(ctx)?.onset_at) }).await
        }

        /// What else there is to say. Whoever may see the entry may read it.
        async fn note(&self, ctx: &Context<'_>) -> Option<ApiResult<String>> {
            nullable(async { Ok(self.0.says(ctx)?.note.clone()) }).await
        }
    }
}
