//! The grants that are to be reviewed, and those that were.

use super::grant::BreakGlassGrant;
use crate::care::service::{self, Asked as Wanted};
use crate::graphql::guard::Role;
use crate::graphql::page::{Count, Page};
use crate::graphql::{ApiResult, Ask, Asked, decode_id};
use async_graphql::{Context, ID, InputObject, Object};
use entity::code::Roles;
use std::sync::Arc;

crate::connection!(
    BreakGlassGrantConnection,
    BreakGlassGrantEdge,
    BreakGlassGrant,
    "break-glass grants"
);

/// Which grants; all of them when nothing is said.
#[derive(InputObject, Default)]
pub struct BreakGlassGrantsFilter {
    /// Those that were reviewed, or those that were not.
    pub reviewed: Option<bool>,
    /// With true, only those that should have been reviewed by now: not within three days.
    #[graphql(default)]
    pub overdue: bool,
    /// On this patient's record.
    pub patient_id: Option<ID>,
}

/// The queries of break-glass.
#[derive(Default)]
pub struct BreakGlassQuery;

#[Object]
impl BreakGlassQuery {
    /// Break-glass grants, the oldest first. Administrators may read them.
    #[graphql(guard = "Role(Roles::ADMIN)")]
    async fn break_glass_grants(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of them; all unless said.")] filter: Option<BreakGlassGrantsFilter>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the item with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes the item with this cursor.")] before: Option<String>,
    ) -> ApiResult<BreakGlassGrantConnection> {
        let (state, viewer) = (Arc::clone(ctx.state()?), ctx.viewer());
        let filter = filter.unwrap_or_default();
        let wanted = Wanted {
            reviewed: filter.reviewed,
            overdue: filter.overdue,
            patient: filter.patient_id.as_ref().map(decode_id).transpose()?,
        };
        let window = Asked::of((first, after), (last, before)).window(ctx)?;
        let grants = service::list_grants(&state, &viewer, wanted, &window).await?;
        let count: Count = Arc::new(move || {
            let (state, viewer) = (Arc::clone(&state), viewer.clone());
            Box::pin(async move { service::count_grants(&state, &viewer, wanted).await })
        });
        Ok(BreakGlassGrantConnection(Page::of(
            &window,
            grants,
            |row| row.id,
            BreakGlassGrant,
            count,
        )))
    }
}
