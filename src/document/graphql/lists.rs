//! A patient's documents.

use super::codes::{DocumentMediaType, DocumentStatus};
use super::document::{Document, DocumentConnection};
use crate::access::{Action, Resource, Stage, decide};
use crate::document::service::stage;
use crate::graphql::page::Page;
use crate::graphql::{ApiResult, Ask, Asked};
use crate::patient::graphql::Patient;
use async_graphql::{Context, InputObject};
use chrono::{DateTime, Utc};
use entity::document;
use entity::id::DocumentId;
use std::sync::Arc;

/// Which documents are asked for; all that is given must fit.
#[derive(InputObject, Default)]
pub struct DocumentFilter {
    /// Standing so; the current ones unless said.
    pub status: Option<DocumentStatus>,
    /// Of this kind.
    pub media_type: Option<DocumentMediaType>,
    /// Brought from this instant on.
    pub from: Option<DateTime<Utc>>,
    /// Brought until before this one.
    pub to: Option<DateTime<Utc>>,
}

impl DocumentFilter {
    fn fits(&self, row: &document::Model) -> bool {
        let status = self.status.unwrap_or(DocumentStatus::Current);
        row.status == entity::code::DocumentStatus::from(status)
            && self
                .media_type
                .is_none_or(|kind| row.media_type == kind.into())
            && self.from.is_none_or(|from| row.created_at >= from)
            && self.to.is_none_or(|to| row.created_at < to)
    }
}

/// The documents of a patient that are asked for and that the viewer may know of, the oldest first; none for whoever may know of no
/// document of theirs.
///
/// # Errors
/// BAD_REQUEST when the page is none; those of the database.
pub async fn documents(
    ctx: &Context<'_>,
    patient: &Patient,
    filter: Option<DocumentFilter>,
    asked: Asked,
) -> ApiResult<Option<DocumentConnection>> {
    let window = asked.window::<(DateTime<Utc>, DocumentId)>(ctx)?;
    let any = |facts| Resource::Document(facts, Stage::Shared);
    if patient.readable(ctx, any).await?.is_none() {
        return Ok(None);
    }
    let documents = &ctx.state()?.loaders.documents;
    let rows = documents.of_patient.load(patient.face().id).await?;
    let (rows, filter) = (rows.unwrap_or_default(), filter.unwrap_or_default());
    let rows = rows.iter().filter(|row| filter.fits(row)).cloned();
    let rows = visible(ctx, patient, rows).await?;
    let page = Page::within(
        &window,
        &rows,
        |row| (row.created_at, row.id),
        |row| Document::shown(Arc::clone(row), patient.clone()),
    );
    Ok(Some(DocumentConnection(page)))
}

/// Those of these documents of this patient that the viewer may know of, where it is known that there may be some.
pub(super) async fn visible(
    ctx: &Context<'_>,
    patient: &Patient,
    rows: impl Iterator<Item = Arc<document::Model>>,
) -> ApiResult<Vec<Arc<document::Model>>> {
    let (viewer, facts) = (ctx.viewer(), patient.facts(ctx).await?);
    let sees = |stage| {
        let resource = Resource::Document(facts, stage);
        decide(&viewer, Action::Read, &resource).is_allowed()
    };
    let (kept, shared) = (sees(Stage::Kept), sees(Stage::Shared));
    let rows = rows.filter(|row| match stage(row) {
        Stage::Shared => shared,
        _ => kept,
    });
    Ok(rows.collect())
}
