//! The log of who looked, as clients see it.

mod codes;
mod entry;
mod query;
mod subscription;
mod whole;

pub use entry::{AccessLogConnection, AccessLogEntry};
pub use query::OversightQuery;
pub use subscription::OversightSubscription;

use super::service;
use crate::access::Resource;
use crate::graphql::page::Page;
use crate::graphql::{ApiResult, Ask, Asked};
use crate::patient::graphql::Patient;
use async_graphql::Context;
use std::sync::Arc;

/// Who looked at this patient's record, the newest first; none for whoever may not see that.
///
/// # Errors
/// BAD_REQUEST when the page is none; those of the database.
pub async fn access_log(
    ctx: &Context<'_>,
    patient: &Patient,
    asked: Asked,
) -> ApiResult<Option<AccessLogConnection>> {
    let window = asked.window(ctx)?;
    if patient.readable(ctx, Resource::AccessLog).await?.is_none() {
        return Ok(None);
    }
    let (state, id) = (Arc::clone(ctx.state()?), patient.face().id);
    let stretch = service::access_log(&state, id, &window).await?;
    Ok(Some(AccessLogConnection(Page::of(
        &window,
        stretch,
        |seen| seen.entry.id,
        AccessLogEntry::from,
        Arc::new(move || {
            let state = Arc::clone(&state);
            Box::pin(async move { service::count(&state, id).await })
        }),
    ))))
}
