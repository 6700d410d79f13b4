//! The whole log, for administrators.

use super::codes::{AuditAction, AuditOutcome, name};
use super::whole::{Actors, AuditEntry, AuditEntryConnection};
use crate::audit::relationship_name;
use crate::audit::store::Filter;
use crate::error::Fault;
use crate::graphql::guard::Role;
use crate::graphql::page::{Count, Page};
use crate::graphql::{ApiResult, Ask, Asked, decode_id};
use crate::oversight::service;
use crate::patient::graphql::Relationship;
use async_graphql::{Context, ID, InputObject, Object};
use chrono::{DateTime, Utc};
use entity::code::Roles;
use std::sync::Arc;

/// As many characters as the id of a request can have.
const REQUEST: usize = 100;

/// Which entries; everything given must hold, and all of them when nothing is.
#[derive(InputObject, Default)]
pub struct AuditEntriesFilter {
    /// Of what this account looked at and did.
    pub actor_id: Option<ID>,
    /// Of this patient's record.
    pub patient_id: Option<ID>,
    /// Of one of these actions; of any when empty or absent.
    pub action: Option<Vec<AuditAction>>,
    /// With one of these outcomes; with any when empty or absent.
    pub outcome: Option<Vec<AuditOutcome>>,
    /// Through this relationship.
    pub relationship: Option<Relationship>,
    /// At or after this instant.
    pub from: Option<DateTime<Utc>>,
    /// Before this instant.
    pub to: Option<DateTime<Utc>>,
    /// Of this request, as an answer, a problem report or the log names it.
    pub request: Option<String>,
    /// Of what was looked at and done in this session.
    pub session_id: Option<ID>,
}

impl AuditEntriesFilter {
    fn decode(self) -> Result<Filter, Fault> {
        let request = self.request.filter(|it| !it.contains('\0'));
        if request.as_ref().is_some_and(|it| it.len() > REQUEST) {
            return Err(Fault::BadRequest(
                "A request's id has at most 100 characters.",
            ));
        }
        let actions = self.action.unwrap_or_default();
        let outcomes = self.outcome.unwrap_or_default();
        Ok(Filter {
            from: self.from,
            to: self.to,
            patient: self.patient_id.as_ref().map(decode_id).transpose()?,
            actor: self.actor_id.as_ref().map(decode_id).transpose()?,
            session: self.session_id.as_ref().map(decode_id).transpose()?,
            request,
            actions: actions.into_iter().map(name).collect(),
            outcomes: outcomes.into_iter().map(name).collect(),
            relationship: self.relationship.map(|it| relationship_name(it.into())),
        })
    }
}

/// The query of the whole log.
#[derive(Default)]
pub struct OversightQuery;

#[Object]
impl OversightQuery {
    /// The audit: whatever anybody looked at of a person, changed, or was denied, and signing in; the newest entry first. That
    /// you look is itself an entry, which the next answer has. Administrators may read it.
    #[graphql(guard = "Role(Roles::ADMIN)")]
    async fn audit_entries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of them; all unless said.")] filter: Option<AuditEntriesFilter>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the item with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes the item with this cursor.")] before: Option<String>,
    ) -> ApiResult<AuditEntryConnection> {
        let (state, viewer) = (Arc::clone(ctx.state()?), ctx.viewer());
        let filter = Arc::new(filter.unwrap_or_default().decode()?);
        let window = Asked::of((first, after), (last, before)).window(ctx)?;
        let found = service::audit_entries(&state, &viewer, &filter, &window).await?;
        let actors = Actors::of(&found.rows);
        let count: Count = Arc::new(move || {
            let (state, viewer) = (Arc::clone(&state), viewer.clone());
            let filter = Arc::clone(&filter);
            Box::pin(async move { service::count_audit_entries(&state, &viewer, &filter).await })
        });
        Ok(AuditEntryConnection(Page::of(
            &window,
            found,
            |entry| entry.id,
            |entry| AuditEntry::on(&actors, entry),
            count,
        )))
    }
}
