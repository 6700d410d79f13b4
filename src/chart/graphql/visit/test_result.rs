//! A result as clients see it.

use super::codes::{ObservationInterpretation, TestResultStatus};
use super::{Encounter, Order};
use crate::chart::content;
use crate::chart::graphql::entry::{Concept, entry};
use crate::doctor::graphql::Doctor;
use crate::graphql::{ApiResult, nullable};
use async_graphql::{Context, SimpleObject};
use chrono::{DateTime, Utc};

/// One thing that a test looked at, and what it found. Whoever may see the result may read it.
#[derive(SimpleObject)]
pub struct ResultObservation {
    /// What was looked at; its first coding is LOINC's where there is one.
    pub code: Concept,
    /// What was found, as a number.
    pub value: Option<f64>,
    /// The UCUM code of its unit.
    pub unit: Option<String>,
    /// What was found, in words.
    pub text: Option<String>,
    /// The least that is normal, in the unit of the value.
    pub low: Option<f64>,
    /// The most that is normal, in the unit of the value.
    pub high: Option<f64>,
    /// What is normal, in words.
    pub normal: Option<String>,
    /// How far off it is; read from `low` and `high` where whoever looked did not say.
    pub interpretation: Option<ObservationInterpretation>,
}

impl From<content::Observation> for ResultObservation {
    fn from(one: content::Observation) -> Self {
        Self {
            code: one.code.into(),
            value: one.value,
            unit: one.unit,
            text: one.text,
            low: one.low,
            high: one.high,
            normal: one.normal,
            interpretation: one.interpretation.map(Into::into),
        }
    }
}

entry! {
    /// What a test found: FHIR DiagnosticReport with its observations. What was final is changed only as an amendment, a
    /// correction or an addition; what it said before stands in its history. Doctors who treat the patient or have broken the
    /// glass may read it, and the patient once it is shared with them; the care team may change it, and whoever recorded it.
    TestResult, TestResult, TestResultId, TestResultConnection, TestResultEdge, "results" {
        /// Which test. Whoever may see the entry may read it.
        async fn code(&self, ctx: &Context<'_>) -> ApiResult<Concept> {
            Ok(self.0.says(ctx)?.code.clone().into())
        }

        /// Where it stands. Whoever may see the entry may read it.
        async fn status(&self) -> ApiResult<TestResultStatus> {
            self.0.status(TestResultStatus::of)
        }

        /// What was found, at most 100. Whoever may see the entry may read it.
        async fn observations(&self, ctx: &Context<'_>) -> ApiResult<Vec<ResultObservation>> {
            let found = self.0.says(ctx)?.observations.iter().flatten().cloned();
            Ok(found.map(Into::into).collect())
        }

        /// What that means. Whoever may see the entry may read it.
        async fn conclusion(&self, ctx: &Context<'_>) -> Option<ApiResult<String>> {
            nullable(async { Ok(self.0.says(ctx)?.conclusion.clone()) }).await
        }

        /// As of when it is true: when the sample was taken, or the image. Whoever may see the entry may read it.
        async fn taken_at(&self, ctx: &Context<'_>) -> Option<ApiResult<DateTime<Utc>>> {
            nullable(async { Ok(self.0.says(ctx)?.taken_at) }).await
        }

        /// When it was given out. Whoever may see the entry may read it.
        async fn issued_at(&self, ctx: &Context<'_>) -> Option<ApiResult<DateTime<Utc>>> {
            nullable(async { Ok(self.0.says(ctx)?.issued_at) }).await
        }

        /// Who found it, in words. Whoever may see the entry may read it.
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

        /// What ordered it. Whoever may see both may read it.
        async fn order(&self, ctx: &Context<'_>) -> Option<ApiResult<Order>> {
            nullable(self.0.order(ctx)).await
        }

        /// Whose it is: the doctor who recorded it. Whoever may see the entry may read it.
        async fn author(&self, ctx: &Context<'_>) -> Option<ApiResult<Doctor>> {
            nullable(self.0.author(ctx)).await
        }

        /// Since when the patient is shown it; absent when they are not. Whoever may see the entry may read it.
        async fn shared_at(&self) -> Option<DateTime<Utc>> {
            self.0.row.shared_at
        }
    }
}
