//! A chart at a glance.

use super::course::{VitalGlance, glances};
use crate::access::{PatientFacts, Resource};
use crate::chart::content::{self, Content, Word};
use crate::chart::graphql::entry::Entry;
use crate::chart::graphql::lists::visible;
use crate::chart::graphql::{
    Allergy, Condition, Encounter, MedicationRequest, MedicationStatement, Order, TestResult,
    VisitNote,
};
use crate::graphql::{ApiResult, Ask};
use crate::loaders::Records;
use crate::patient::graphql::Patient;
use async_graphql::{Context, Object};
use entity::appointment;
use entity::code::RecordStatus;
use std::sync::Arc;

/// The most problems, allergies and medications of each list.
const MOST_STANDING: usize = 50;
/// The most visits, notes and results.
const MOST_RECENT: usize = 5;

/// What of a chart is read first.
pub struct PatientSummary {
    patient: Patient,
    rows: Records,
}

impl PatientSummary {
    /// The newest entries of a kind that stand so, the newest first, if the viewer may read them.
    async fn newest<C: Content, N>(
        &self,
        ctx: &Context<'_>,
        stands: fn(RecordStatus) -> bool,
        most: usize,
        node: fn(Entry<C>) -> N,
    ) -> ApiResult<Vec<N>> {
        let resource = |facts: PatientFacts| C::resource(facts, Word::OF_ANY);
        if self.patient.readable(ctx, resource).await?.is_none() {
            return Ok(Vec::new());
        }
        let rows = self.rows.iter().filter(|row| row.kind == C::KIND);
        let rows = rows.filter(|row| stands(row.status)).cloned();
        let mut rows = visible(ctx, &self.patient, rows).await?;
        rows.reverse();
        rows.truncate(most);
        let shown = |row| node(Entry::new(row, self.patient.clone()));
        Ok(rows.into_iter().map(shown).collect())
    }
}

/// A chart at a glance: what a doctor reads before a visit, in a handful of statements. The patient, doctors who treat them and
/// whoever broke the glass may read it.
#[Object]
impl PatientSummary {
    /// Problems and diagnoses that the patient has, the newest first; at most 50. Whoever may see the summary may read them.
    async fn problems(&self, ctx: &Context<'_>) -> ApiResult<Vec<Condition>> {
        use RecordStatus::{Active, Recurrence, Relapse};
        let stands = |status| matches!(status, Active | Recurrence | Relapse);
        self.newest(ctx, stands, MOST_STANDING, Condition::shown)
            .await
    }

    /// Allergies and intolerances that the patient is at risk of, the newest first; at most 50. Whoever may see the summary may
    /// read them.
    async fn allergies(&self, ctx: &Context<'_>) -> ApiResult<Vec<Allergy>> {
        let stands = |status| status == RecordStatus::Active;
        self.newest(ctx, stands, MOST_STANDING, Allergy::shown)
            .await
    }

    /// Medications that are ordered, the newest first; at most 50. Whoever may see the summary may read them.
    async fn medications(&self, ctx: &Context<'_>) -> ApiResult<Vec<MedicationRequest>> {
        let stands = |status| matches!(status, RecordStatus::Active | RecordStatus::OnHold);
        self.newest(ctx, stands, MOST_STANDING, MedicationRequest::shown)
            .await
    }

    /// Medications that the patient says they take, the newest first; at most 50. Whoever may see the summary may read them.
    async fn medication_statements(
        &self,
        ctx: &Context<'_>,
    ) -> ApiResult<Vec<MedicationStatement>> {
        let stands = |status| status == RecordStatus::Active;
        self.newest(ctx, stands, MOST_STANDING, MedicationStatement::shown)
            .await
    }

    /// Each vital sign that was ever taken, with its newest reading and where it is going, the newest first; at most ten. Whoever
    /// may see the summary may read them.
    async fn vitals(&self, ctx: &Context<'_>) -> ApiResult<Vec<VitalGlance>> {
        glances(ctx, &self.patient).await
    }

    /// The newest visits, those called off left out; at most five. Whoever may see the summary may read those that they may see.
    async fn encounters(&self, ctx: &Context<'_>) -> ApiResult<Vec<Encounter>> {
        use RecordStatus::{Finished, InProgress, Planned};
        let stands = |status| matches!(status, Planned | InProgress | Finished);
        self.newest(ctx, stands, MOST_RECENT, Encounter::shown)
            .await
    }

    /// The newest notes; drafts among them for their author and the care team; at most five. Whoever may see the summary may
    /// read those that they may see.
    async fn notes(&self, ctx: &Context<'_>) -> ApiResult<Vec<VisitNote>> {
        let stands = |status| status != RecordStatus::EnteredInError;
        self.newest(ctx, stands, MOST_RECENT, VisitNote::shown)
            .await
    }

    /// Orders that are not done yet, the newest first; at most 50. Whoever may see the summary may read those that they may see.
    async fn open_orders(&self, ctx: &Context<'_>) -> ApiResult<Vec<Order>> {
        let stands = |status| matches!(status, RecordStatus::Active | RecordStatus::OnHold);
        self.newest(ctx, stands, MOST_STANDING, Order::shown).await
    }

    /// The newest results; at most five. Whoever may see the summary may read those that they may see.
    async fn test_results(&self, ctx: &Context<'_>) -> ApiResult<Vec<TestResult>> {
        use RecordStatus::{Cancelled, EnteredInError};
        let stands = |status| !matches!(status, EnteredInError | Cancelled);
        self.newest(ctx, stands, MOST_RECENT, TestResult::shown)
            .await
    }
}

/// A patient's chart at a glance; none for whoever may not read it.
///
/// # Errors
/// Those of the database.
pub async fn summary(ctx: &Context<'_>, patient: &Patient) -> ApiResult<Option<PatientSummary>> {
    if patient.readable(ctx, Resource::Clinical).await?.is_none() {
        return Ok(None);
    }
    let standing = &ctx.state()?.loaders.charts.standing;
    let rows = standing.load(patient.face().id).await?;
    Ok(Some(PatientSummary {
        patient: patient.clone(),
        rows: rows.unwrap_or_default(),
    }))
}

/// The visit of an appointment, if there is one that the viewer may read.
///
/// # Errors
/// Those of the database.
pub async fn visit_of(
    ctx: &Context<'_>,
    row: &appointment::Model,
    patient: &Patient,
) -> ApiResult<Option<Encounter>> {
    let resource = |facts| content::Encounter::resource(facts, Word::OF_ANY);
    if patient.readable(ctx, resource).await?.is_none() {
        return Ok(None);
    }
    let visits = &ctx.state()?.loaders.charts.of_appointment;
    let found: Option<Arc<_>> = visits.load(row.id).await?;
    let mut found = visible(ctx, patient, found.into_iter()).await?;
    let shown = |row| Encounter::shown(Entry::new(row, patient.clone()));
    Ok(found.pop().map(shown))
}
