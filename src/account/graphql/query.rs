//! Reading accounts.

use super::types::{User, UserConnection};
use crate::account::service;
use crate::error::Fault;
use crate::graphql::guard::{Role, SignedIn};
use crate::graphql::page::{Count, Page};
use crate::graphql::{ApiResult, Ask, Asked, decode_id};
use async_graphql::{Context, ID, Object};
use entity::code::Roles;
use std::sync::Arc;

/// The queries of accounts.
#[derive(Default)]
pub struct AccountQuery;

async fn found(ctx: &Context<'_>, id: &ID) -> ApiResult<Option<User>> {
    match service::find(ctx.state()?, &ctx.viewer(), decode_id(id)?).await {
        Ok(account) => Ok(Some(account.into())),
        Err(Fault::NotFound) => Ok(None),
        Err(fault) => Err(fault.into()),
    }
}

#[Object]
impl AccountQuery {
    /// The account with this id; null when there is none that the viewer may see. They themselves and administrators may
    /// read it.
    #[graphql(guard = "SignedIn")]
    async fn user(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which account.")] id: ID,
    ) -> Option<ApiResult<User>> {
        // An error within the option is null here and nowhere else.
        found(ctx, &id).await.transpose()
    }

    /// All accounts, in the order in which they were made. Administrators may read it.
    #[graphql(guard = "Role(Roles::ADMIN)")]
    async fn users(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the item with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes the item with this cursor.")] before: Option<String>,
    ) -> ApiResult<UserConnection> {
        let (state, viewer) = (Arc::clone(ctx.state()?), ctx.viewer());
        let window = Asked::of((first, after), (last, before)).window(ctx)?;
        let accounts = service::users(&state, &viewer, &window).await?;
        let count: Count = Arc::new(move || {
            let (state, viewer) = (Arc::clone(&state), viewer.clone());
            Box::pin(async move { service::count_users(&state, &viewer).await })
        });
        Ok(UserConnection(Page::of(
            &window,
            accounts,
            |account| account.0.id,
            User::from,
            count,
        )))
    }
}
