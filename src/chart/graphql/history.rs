//! The versions of an entry: who wrote what, when, and what became another thing by it.

use super::codes::RecordSource;
use super::entry::doctor_of;
use super::safety::{PrescribingConflict, shown};
use crate::chart::difference::{self, changes};
use crate::chart::sealed::{open_overridden, open_reason, open_version};
use crate::chart::service;
use crate::doctor::graphql::Doctor;
use crate::graphql::page::Page;
use crate::graphql::{ApiResult, Ask, Asked, nullable};
use crate::patient::graphql::Patient;
use crate::proposal::graphql::{ChangeProposal, of_version};
use async_graphql::{Context, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::{chart_record, chart_version};
use serde_json::Value;
use std::sync::Arc;

/// A field that became another thing. Whoever may see the entry may read it.
#[derive(SimpleObject)]
pub struct RecordDifference {
    /// Which: the names of the fields that lead to it, parted by dots; items of lists count from 1.
    pub field: String,
    /// What it said before, as it is kept; absent when it said nothing.
    pub before: Option<String>,
    /// What it said from then on; absent when it said nothing.
    pub after: Option<String>,
}

impl From<difference::Change> for RecordDifference {
    fn from(change: difference::Change) -> Self {
        let difference::Change {
            field,
            before,
            after,
        } = change;
        Self {
            field,
            before,
            after,
        }
    }
}

/// A version of an entry that the viewer may read, and the one before it.
#[derive(Clone)]
pub struct RecordVersion {
    row: Arc<chart_version::Model>,
    before: Option<Arc<chart_version::Model>>,
    patient: Patient,
}

/// A version of an entry of the chart. Whoever may see the entry may read it.
#[Object]
impl RecordVersion {
    /// Which: 1, 2, 3 without gaps. Whoever may see the entry may read it.
    async fn version(&self) -> i32 {
        self.row.version
    }

    /// When it was written. Whoever may see the entry may read it.
    async fn recorded_at(&self) -> DateTime<Utc> {
        self.row.recorded_at
    }

    /// The doctor who wrote it; absent when it was the patient, or nobody. Whoever may see the entry may read it.
    async fn recorded_by(&self, ctx: &Context<'_>) -> Option<ApiResult<Doctor>> {
        nullable(doctor_of(ctx, self.row.recorded_by)).await
    }

    /// Who wrote it: the patient, or the clinic. Whoever may see the entry may read it.
    async fn source(&self) -> RecordSource {
        self.row.recorded_as.into()
    }

    /// Why the entry was entered in error, or ordered in spite of something, if it was by this version and somebody said why.
    /// Whoever may see the entry may read it.
    async fn reason(&self, ctx: &Context<'_>) -> Option<ApiResult<String>> {
        nullable(async {
            let face = self.patient.face();
            Ok(open_reason(face, &ctx.state()?.vault, &self.row)?)
        })
        .await
    }

    /// In spite of what it was ordered, if it was; at most 50. Whoever may see the entry may read it.
    async fn overridden(&self, ctx: &Context<'_>) -> ApiResult<Vec<PrescribingConflict>> {
        let face = self.patient.face();
        let found = open_overridden(face, &ctx.state()?.vault, &self.row)?;
        shown(ctx, found).await
    }

    /// What the patient asked for that it came of, if it did. Whoever may see the entry may read it.
    async fn proposal(&self, ctx: &Context<'_>) -> Option<ApiResult<ChangeProposal>> {
        nullable(of_version(ctx, self.row.proposal_id, &self.patient)).await
    }

    /// What became another thing by it, by the names of the fields; of the first version, all that it said. Whoever may see
    /// the entry may read it.
    async fn changes(&self, ctx: &Context<'_>) -> ApiResult<Vec<RecordDifference>> {
        let vault = &ctx.state()?.vault;
        let open =
            |row: &chart_version::Model| open_version::<Value>(self.patient.face(), vault, row);
        let before = self.before.as_deref().map(open).transpose()?;
        let all = changes(before.as_ref(), &open(&self.row)?);
        Ok(all.into_iter().map(Into::into).collect())
    }
}

crate::connection!(
    RecordHistoryConnection,
    RecordHistoryEdge,
    RecordVersion,
    "versions of an entry"
);

/// The versions of an entry of this patient's chart, which the viewer may read.
pub(super) async fn of(
    ctx: &Context<'_>,
    record: &chart_record::Model,
    patient: &Patient,
    asked: Asked,
) -> ApiResult<RecordHistoryConnection> {
    let window = asked.window(ctx)?;
    let first = match record.signed_at.is_some() || record.shared_at.is_some() {
        true => service::first_version(&ctx.viewer(), record, patient.facts(ctx).await?),
        false => 1,
    };
    let loader = &ctx.state()?.loaders.charts.versions;
    let rows = loader.load(record.id).await?.unwrap_or_default();
    let mut before = None;
    let rows = rows.iter().filter(|row| row.version >= first);
    let versions = rows.map(|row| RecordVersion {
        before: before.replace(Arc::clone(row)),
        row: Arc::clone(row),
        patient: patient.clone(),
    });
    let versions: Vec<_> = versions.collect();
    let page = Page::within(&window, &versions, |one| one.row.version, Clone::clone);
    Ok(RecordHistoryConnection(page))
}
