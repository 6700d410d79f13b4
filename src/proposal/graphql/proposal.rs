//! Proposals as clients see them.

use super::codes::{ChangeProposalKind, ChangeProposalStatus, FieldDecision, ProposalField};
use crate::chart::graphql::{ChartRecord, doctor_of};
use crate::doctor::graphql::Doctor;
use crate::error::Fault;
use crate::graphql::page::Page;
use crate::graphql::{ApiResult, Ask, Asked, nullable};
use crate::patient::graphql::Patient;
use crate::proposal::sealed::{open, open_decided};
use crate::proposal::service;
use crate::proposal::words::readable;
use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::change_proposal;
use entity::code::ProposalKind;
use entity::id::ChangeProposalId;
use std::sync::Arc;

/// A field that a patient asks to have changed. Whoever may see the proposal may read it.
#[derive(SimpleObject)]
pub struct FieldProposal {
    /// Which.
    pub field: ProposalField,
    /// What it said when the patient asked, for people: words, then codes; a status by its FHIR code. Absent when it said nothing.
    pub before: Option<String>,
    /// What it should say; absent when nothing.
    pub after: Option<String>,
    /// The word on it; absent as long as there is none.
    pub decision: Option<FieldDecision>,
}

/// A proposal that the viewer may read.
#[derive(Clone)]
pub struct ChangeProposal {
    row: Arc<change_proposal::Model>,
    patient: Patient,
}

impl ChangeProposal {
    /// A proposal of this patient that the viewer may read.
    pub(super) fn shown(row: Arc<change_proposal::Model>, patient: Patient) -> Self {
        Self { row, patient }
    }

    /// The proposal of this id.
    ///
    /// # Errors
    /// NOT_FOUND when there is none that the viewer may see.
    pub async fn find(ctx: &Context<'_>, id: ChangeProposalId) -> ApiResult<Self> {
        let (row, record) = service::find_proposal(ctx.state()?, &ctx.viewer(), id).await?;
        Ok(Self::shown(row, Patient::identified(record)))
    }
}

/// A change of who they are, or of their chart, that a patient asks for. Whoever reads what would change may read it; whoever may
/// change it may decide on it, unless the record is their own.
#[Object]
impl ChangeProposal {
    /// The id. Whoever may see the proposal may read it.
    pub async fn id(&self) -> ID {
        crate::graphql::id(self.row.id)
    }

    /// Whose. Whoever may see the proposal may read it.
    async fn patient(&self) -> Patient {
        self.patient.clone()
    }

    /// Of what. Whoever may see the proposal may read it.
    async fn kind(&self) -> ChangeProposalKind {
        self.row.kind.into()
    }

    /// The entry of the chart that it is about, or that came of it; absent of who they are, and of a new entry that is not there
    /// (yet). Whoever may see the proposal may read it.
    async fn record(&self, ctx: &Context<'_>) -> Option<ApiResult<ChartRecord>> {
        nullable(async {
            let Some(id) = self.row.record_id else {
                return Ok(None);
            };
            let row = ctx.state()?.loaders.charts.records.load(id).await?;
            let row = row.ok_or_else(|| Fault::internal("a proposal's entry is not there"))?;
            Ok(Some(ChartRecord::shown(row, self.patient.clone())))
        })
        .await
    }

    /// The version of the record or the entry that the patient had seen; absent of a new entry. Whoever may see the proposal may
    /// read it.
    async fn base_version(&self) -> Option<i32> {
        self.row.base_version
    }

    /// Field by field what is asked for, in the order of the fields' names. Whoever may see the proposal may read it.
    async fn changes(&self, ctx: &Context<'_>) -> ApiResult<Vec<FieldProposal>> {
        let (face, vault) = (self.patient.face(), &ctx.state()?.vault);
        let content = open(face, vault, &self.row)?;
        let decided = open_decided(face, vault, &self.row)?;
        let all = content.changes.into_iter().map(|change| FieldProposal {
            field: change.field.into(),
            before: readable(&change.before),
            after: readable(&change.after),
            decision: decided
                .as_ref()
                .and_then(|decided| decided.on(change.field))
                .map(Into::into),
        });
        Ok(all.collect())
    }

    /// What the patient has to say of it. Whoever may see the proposal may read it.
    async fn message(&self, ctx: &Context<'_>) -> Option<ApiResult<String>> {
        nullable(async {
            let content = open(self.patient.face(), &ctx.state()?.vault, &self.row)?;
            Ok(content.message)
        })
        .await
    }

    /// Where it stands. Whoever may see the proposal may read it.
    async fn status(&self) -> ChangeProposalStatus {
        self.row.status.into()
    }

    /// Why it was decided so, if somebody said why. Whoever may see the proposal may read it.
    async fn reason(&self, ctx: &Context<'_>) -> Option<ApiResult<String>> {
        nullable(async {
            let decided = open_decided(self.patient.face(), &ctx.state()?.vault, &self.row)?;
            Ok(decided.and_then(|decided| decided.reason))
        })
        .await
    }

    /// When it was asked for. Whoever may see the proposal may read it.
    async fn proposed_at(&self) -> DateTime<Utc> {
        self.row.proposed_at
    }

    /// When it was decided, or taken back. Whoever may see the proposal may read it.
    async fn decided_at(&self) -> Option<DateTime<Utc>> {
        self.row.decided_at
    }

    /// The doctor who decided; absent when it was an administrator, or nobody. Whoever may see the proposal may read it.
    async fn decided_by(&self, ctx: &Context<'_>) -> Option<ApiResult<Doctor>> {
        nullable(doctor_of(ctx, self.row.decided_by)).await
    }

    /// Counts its changes; give it as `expectedVersion` to decide on it or to take it back. Whoever may see the proposal may read
    /// it.
    async fn version(&self) -> i32 {
        self.row.version
    }
}

crate::connection!(
    ChangeProposalConnection,
    ChangeProposalEdge,
    ChangeProposal,
    "changes that patients ask for"
);

/// A patient's proposals that stand so, or all, as far as the viewer may read them; none for whoever reads none.
///
/// # Errors
/// BAD_REQUEST when the page is none; those of the database.
pub async fn proposals(
    ctx: &Context<'_>,
    patient: &Patient,
    status: Option<ChangeProposalStatus>,
    asked: Asked,
) -> ApiResult<Option<ChangeProposalConnection>> {
    let window = asked.window(ctx)?;
    let reads = async |kind| {
        let of = |facts| service::resource(kind, facts);
        ApiResult::Ok(patient.readable(ctx, of).await?.is_some())
    };
    if !reads(ProposalKind::Demographics).await? {
        return Ok(None);
    }
    let of = (patient.face().id, status.map(Into::into));
    let rows = ctx.state()?.loaders.proposals.of_patient.load(of).await?;
    let mut listed = Vec::new();
    for row in rows.iter().flat_map(|rows| rows.iter()) {
        if reads(row.kind).await? {
            listed.push(Arc::clone(row));
        }
    }
    let key = |row: &Arc<change_proposal::Model>| (row.proposed_at, row.id);
    let page = Page::within(&window, &listed, key, |row| {
        ChangeProposal::shown(Arc::clone(row), patient.clone())
    });
    Ok(Some(ChangeProposalConnection(page)))
}

/// The proposal that a version of an entry of this patient came of, if it came of one.
///
/// # Errors
/// Those of the database.
pub async fn of_version(
    ctx: &Context<'_>,
    id: Option<ChangeProposalId>,
    patient: &Patient,
) -> ApiResult<Option<ChangeProposal>> {
    let Some(id) = id else { return Ok(None) };
    let Some(row) = ctx.state()?.loaders.proposals.rows.load(id).await? else {
        return Ok(None);
    };
    let of = |facts| service::resource(row.kind, facts);
    let may = patient.readable(ctx, of).await?.is_some();
    Ok(may.then(|| ChangeProposal::shown(Arc::clone(&row), patient.clone())))
}
