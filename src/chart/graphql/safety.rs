//! What stands in the way of an order, as clients see it.

use super::ChartRecord;
use crate::chart::safety;
use crate::chart::service::InSpite;
use crate::error::Fault;
use crate::graphql::{ApiResult, decode_id};
use crate::interaction;
use async_graphql::{Context, Enum, ID, InputObject, SimpleObject};
use entity::id::{AllergyId, MedicationRequestId, MedicationStatementId, RecordId};
use futures_util::future::try_join_all;

/// What stands in the way of an order. Whoever orders may read it.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "safety::Way")]
pub enum PrescribingConflictKind {
    /// The patient does not bear it: an active allergy or intolerance.
    Allergy,
    /// The patient takes it, or its like, already.
    Duplicate,
    /// It does not go with what the patient takes. None is ever found unless the clinic has given a source
    /// (`prescribing.interactions`).
    Interaction,
}

/// By what an order and an entry of the chart meet.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "safety::Basis")]
pub enum PrescribingConflictBasis {
    /// By a code that both bear.
    Code,
    /// By name.
    Text,
    /// By a group of medications that both are of (WHO ATC index, a small part of it).
    Class,
    /// By the clinic's source of interactions.
    Source,
}

/// How bad an interaction is: FHIR detected issue severity.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "interaction::Severity")]
pub enum InteractionSeverity {
    /// FHIR `high`: it may kill, or do lasting harm.
    High,
    /// FHIR `moderate`.
    Moderate,
    /// FHIR `low`.
    Low,
}

/// One thing that stands in the way of an order. Whoever may see the order's patient's medications may read it.
#[derive(SimpleObject)]
pub struct PrescribingConflict {
    /// What it is.
    pub kind: PrescribingConflictKind,
    /// By what they meet.
    pub basis: PrescribingConflictBasis,
    /// The entry that stands in the way; its id goes into `overriding`.
    pub entry: ChartRecord,
    /// How bad it is; of interactions alone.
    pub severity: Option<InteractionSeverity>,
    /// What happens, in the source's words; of interactions alone.
    pub description: Option<String>,
}

/// What the verb has found, with the entries.
pub(super) async fn shown(
    ctx: &Context<'_>,
    found: Vec<safety::Conflict>,
) -> ApiResult<Vec<PrescribingConflict>> {
    let one = async |conflict: safety::Conflict| -> ApiResult<PrescribingConflict> {
        let entry = ChartRecord::find(ctx, conflict.kind.into(), conflict.entry).await?;
        Ok(PrescribingConflict {
            kind: conflict.way.into(),
            basis: conflict.basis.into(),
            entry,
            severity: conflict.severity.map(Into::into),
            description: conflict.description,
        })
    };
    try_join_all(found.into_iter().map(one)).await
}

/// Order in spite of what stands in the way.
#[derive(InputObject)]
pub struct OverridingInput {
    /// The entries that stand in the way, as `conflicts` named them, at most 50: what is not among them refuses the order all
    /// the same.
    pub entries: Vec<ID>,
    /// Why, at most 4,000 characters; it stays in the order's history.
    pub reason: String,
}

/// The entry that an id names, if it is of a kind that can stand in the way.
fn entry(id: &ID) -> Result<RecordId, Fault> {
    let kind = id.split_once('_').map_or("", |(kind, _)| kind);
    Ok(RecordId(match kind {
        "alg" => decode_id::<AllergyId>(id)?.0,
        "mst" => decode_id::<MedicationStatementId>(id)?.0,
        _ => decode_id::<MedicationRequestId>(id)?.0,
    }))
}

impl TryFrom<OverridingInput> for InSpite {
    type Error = Fault;

    fn try_from(input: OverridingInput) -> Result<Self, Fault> {
        let entries = input.entries.iter().map(entry);
        Ok(Self {
            entries: entries.collect::<Result<_, _>>()?,
            reason: input.reason,
        })
    }
}
