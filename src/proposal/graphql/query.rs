//! What waits for the viewer's word.

use super::proposal::{ChangeProposal, ChangeProposalConnection};
use crate::graphql::guard::Role;
use crate::graphql::page::{Count, Page};
use crate::graphql::{ApiResult, Ask, Asked};
use crate::patient::PatientRecord;
use crate::patient::graphql::Patient;
use crate::proposal::service::{self, Waiting};
use async_graphql::{Context, Object};
use entity::code::Roles;
use std::sync::Arc;

/// The root field of what waits for somebody's word.
#[derive(Default)]
pub struct ProposalQuery;

#[Object]
impl ProposalQuery {
    /// The changes that patients ask for and that wait for you, the oldest first: as a doctor of the patients in whose care teams
    /// you are, as an administrator what anybody's names, birth date, gender or blood group should be. Doctors and administrators
    /// may read them.
    #[graphql(guard = "Role(Roles::DOCTOR.with(Roles::ADMIN))")]
    async fn open_change_proposals(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the item with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes the item with this cursor.")] before: Option<String>,
    ) -> ApiResult<ChangeProposalConnection> {
        let (state, viewer) = (Arc::clone(ctx.state()?), ctx.viewer());
        let window = Asked::of((first, after), (last, before)).window(ctx)?;
        let found = service::list_waiting(&state, &viewer, &window).await?;
        let count: Count = Arc::new(move || {
            let (state, viewer) = (Arc::clone(&state), viewer.clone());
            Box::pin(async move { service::count_waiting(&state, &viewer).await })
        });
        Ok(ChangeProposalConnection(Page::of(
            &window,
            found,
            |(row, _): &Waiting| row.id,
            |(row, patient)| {
                ChangeProposal::shown(row, Patient::identified(PatientRecord::new(patient)))
            },
            count,
        )))
    }
}
