//! A patient's entries of one kind.

use super::entry::Entry;
use crate::access::{Action, decide};
use crate::chart::content::{self, Content, Word};
use crate::chart::service;
use crate::graphql::page::Page;
use crate::graphql::{ApiResult, Ask, Asked};
use crate::patient::graphql::Patient;
use async_graphql::Context;
use chrono::{DateTime, Utc};
use entity::chart_record;
use entity::code::{RecordKind, RecordStatus};
use entity::id::RecordId;
use std::collections::HashMap;
use std::sync::Arc;

/// A connection of a patient's entries of one kind.
pub trait Listed: Sized {
    /// What the entries say.
    type Content: Content;
    /// One of them, as clients see it.
    type Node;

    /// The entry as clients see it.
    fn node(entry: Entry<Self::Content>) -> Self::Node;

    /// The connection that shows this page.
    fn of(page: Page<Self::Node>) -> Self;
}

macro_rules! listed {
    ($($connection:ident of $name:ident,)+) => {$(
        impl Listed for super::$connection {
            type Content = content::$name;
            type Node = super::$name;

            fn node(entry: Entry<content::$name>) -> super::$name {
                super::$name::shown(entry)
            }

            fn of(page: Page<super::$name>) -> Self {
                Self(page)
            }
        }
    )+};
}

listed! {
    ConditionConnection of Condition,
    AllergyConnection of Allergy,
    MedicationRequestConnection of MedicationRequest,
    MedicationStatementConnection of MedicationStatement,
    ImmunizationConnection of Immunization,
    EncounterConnection of Encounter,
    VisitNoteConnection of VisitNote,
    OrderConnection of Order,
    TestResultConnection of TestResult,
}

/// By when it happened, then by id.
pub(super) fn key(row: &Arc<chart_record::Model>) -> (DateTime<Utc>, RecordId) {
    (row.effective_at, row.id)
}

/// The entries of this kind with this status, or all but those entered in error; none for whoever may not read them.
///
/// # Errors
/// BAD_REQUEST when the page is none; those of the database.
pub async fn page<L: Listed>(
    ctx: &Context<'_>,
    patient: &Patient,
    status: Option<impl Into<RecordStatus>>,
    asked: Asked,
) -> ApiResult<Option<L>> {
    let window = asked.window(ctx)?;
    let resource = |facts| L::Content::resource(facts, Word::OF_ANY);
    if patient.readable(ctx, resource).await?.is_none() {
        return Ok(None);
    }
    let of = (patient.face().id, L::Content::KIND);
    let rows = ctx.state()?.loaders.charts.of_kind.load(of).await?;
    let status = status.map(Into::into);
    let wanted = |row: &&Arc<chart_record::Model>| match status {
        Some(status) => row.status == status,
        None => row.status != RecordStatus::EnteredInError,
    };
    let rows = rows.unwrap_or_default();
    let rows = rows.iter().filter(wanted).cloned();
    let rows = visible(ctx, patient, rows).await?;
    let page = Page::within(&window, &rows, key, |row| {
        L::node(Entry::new(Arc::clone(row), patient.clone()))
    });
    Ok(Some(L::of(page)))
}

/// Those of these entries of this patient's chart that the viewer may read, where it is known that there may be some: what
/// is done at visits is asked about one by one.
pub(super) async fn visible(
    ctx: &Context<'_>,
    patient: &Patient,
    rows: impl Iterator<Item = Arc<chart_record::Model>>,
) -> ApiResult<Vec<Arc<chart_record::Model>>> {
    let mut rows: Vec<_> = rows.collect();
    if rows.iter().any(|row| is_of_visits(row.kind)) {
        let (viewer, facts) = (ctx.viewer(), patient.facts(ctx).await?);
        let mut asked = HashMap::new();
        rows.retain(|row| {
            let resource = service::resource_of(row, facts);
            let question = (row.kind, Word::of(row));
            !is_of_visits(row.kind)
                || *asked
                    .entry(question)
                    .or_insert_with(|| decide(&viewer, Action::Read, &resource).is_allowed())
        });
    }
    Ok(rows)
}

fn is_of_visits(kind: RecordKind) -> bool {
    matches!(
        kind,
        RecordKind::Encounter | RecordKind::VisitNote | RecordKind::Order | RecordKind::TestResult
    )
}
