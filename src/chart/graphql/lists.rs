//! A patient's entries of one kind.

use super::entry::Entry;
use crate::chart::content::Content;
use crate::graphql::page::Page;
use crate::graphql::{ApiResult, Ask, Asked};
use crate::patient::graphql::Patient;
use async_graphql::Context;
use chrono::{DateTime, Utc};
use entity::chart_record;
use entity::code::{RecordSource, RecordStatus};
use entity::id::RecordId;
use std::sync::Arc;

/// By when it happened, then by id.
pub(super) fn key(row: &Arc<chart_record::Model>) -> (DateTime<Utc>, RecordId) {
    (row.effective_at, row.id)
}

/// The entries of this kind with this status, or all but those entered in error; none for whoever may not read them.
///
/// # Errors
/// BAD_REQUEST when the page is none; those of the database.
pub async fn page<C: Content, N>(
    ctx: &Context<'_>,
    patient: &Patient,
    status: Option<impl Into<RecordStatus>>,
    asked: Asked,
    node: fn(Entry<C>) -> N,
) -> ApiResult<Option<Page<N>>> {
    let window = asked.window(ctx)?;
    let resource = |facts| C::resource(facts, RecordSource::Clinic);
    if patient.readable(ctx, resource).await?.is_none() {
        return Ok(None);
    }
    let of = (patient.face().id, C::KIND);
    let rows = ctx.state()?.loaders.charts.of_kind.load(of).await?;
    let status = status.map(Into::into);
    let wanted = |row: &&Arc<chart_record::Model>| match status {
        Some(status) => row.status == status,
        None => row.status != RecordStatus::EnteredInError,
    };
    let rows = rows.unwrap_or_default();
    let rows: Vec<_> = rows.iter().filter(wanted).cloned().collect();
    Ok(Some(Page::within(&window, &rows, key, |row| {
        node(Entry::new(Arc::clone(row), patient.clone()))
    })))
}
