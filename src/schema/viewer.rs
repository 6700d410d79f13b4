//! `viewer`: the root of what is mine.

use crate::access::{Actor, Viewer as Who};
use crate::account::Account;
use crate::account::graphql::{Session, User, sessions_of};
use crate::account::service;
use crate::doctor::graphql::Doctor;
use crate::error::Fault;
use crate::feed::graphql::{CalendarFeed, calendar_feed};
use crate::graphql::{ApiResult, Ask, Asked, nullable};
use crate::notification::graphql::{
    NotificationConnection, NotificationPreferences, notifications,
};
use crate::patient::graphql::Patient;
use async_graphql::{Context, Object};
use entity::code::{Roles, UserStatus};
use std::sync::Arc;
use tokio::sync::OnceCell;

/// The root field of what is mine.
#[derive(Default)]
pub struct ViewerQuery;

#[Object]
impl ViewerQuery {
    /// Whoever is signed in, and what is theirs; null, with the error UNAUTHENTICATED, when nobody is. Everybody who is
    /// signed in may read it.
    async fn viewer(&self, ctx: &Context<'_>) -> Option<ApiResult<Viewer>> {
        // An error within the option is null here and nowhere else; one around it would be null for the whole answer.
        let who = ctx.viewer();
        Some(match who.signed_in() {
            Ok(_) => Ok(Viewer {
                who,
                account: OnceCell::new(),
            }),
            Err(fault) => Err(fault.into()),
        })
    }
}

/// Whoever is signed in.
pub struct Viewer {
    who: Who,
    account: OnceCell<Arc<Account>>,
}

impl Viewer {
    fn actor(&self) -> Result<&Actor, Fault> {
        self.who.signed_in()
    }

    /// The account, read once however many fields ask.
    async fn account(&self, ctx: &Context<'_>) -> ApiResult<Arc<Account>> {
        let (state, id) = (ctx.state()?, self.actor()?.user);
        let account = self
            .account
            .get_or_try_init(|| async {
                let account = service::find(state, &self.who, id).await?;
                Ok::<_, Fault>(Arc::new(account))
            })
            .await?;
        Ok(Arc::clone(account))
    }
}

/// Whoever is signed in, and what is theirs. Everybody who is signed in may read it.
#[Object]
impl Viewer {
    /// The account. They themselves may read it.
    async fn user(&self, ctx: &Context<'_>) -> ApiResult<User> {
        Ok(self.account(ctx).await?.into())
    }

    /// The devices that they are signed in from, the newest first, at most 100. They themselves may read it.
    async fn sessions(&self, ctx: &Context<'_>) -> ApiResult<Vec<Session>> {
        let account = self.account(ctx).await?;
        sessions_of(ctx, &self.who, &account).await
    }

    /// Whether nothing else is open to them before they have chosen a password of their own. They themselves may read it.
    async fn must_change_password(&self, ctx: &Context<'_>) -> ApiResult<bool> {
        let account = self.account(ctx).await?;
        Ok(account.0.status == UserStatus::Invited)
    }

    /// Whether none of their roles counts before they have enrolled a second factor; what is open meanwhile is their account,
    /// their password and their sessions. They themselves may read it.
    async fn must_enrol_mfa(&self, ctx: &Context<'_>) -> ApiResult<bool> {
        let account = self.account(ctx).await?;
        Ok(service::must_enrol_mfa(ctx.state()?, &account))
    }

    /// How many recovery codes they have left, of ten. They themselves may read it.
    async fn recovery_codes_left(&self, ctx: &Context<'_>) -> ApiResult<i32> {
        let left = service::recovery_codes_left(ctx.state()?, &self.who).await?;
        Ok(i32::try_from(left).unwrap_or(i32::MAX))
    }

    /// What they were told, the newest first. They themselves may read it.
    async fn notifications(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only what they have not read.", default)] unread: bool,
        #[graphql(desc = "How many from the start, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the item with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes the item with this cursor.")] before: Option<String>,
    ) -> ApiResult<NotificationConnection> {
        let asked = Asked::of((first, after), (last, before));
        notifications(ctx, unread, asked).await
    }

    /// The private link to their calendar, if there is one. They themselves may read it.
    async fn calendar_feed(&self, ctx: &Context<'_>) -> Option<ApiResult<CalendarFeed>> {
        nullable(calendar_feed(ctx)).await
    }

    /// What they want of reminders. They themselves may read it.
    async fn notification_preferences(
        &self,
        ctx: &Context<'_>,
    ) -> ApiResult<NotificationPreferences> {
        NotificationPreferences::of_viewer(ctx).await
    }

    /// Their own record, if they are a patient. They themselves may read it.
    async fn patient(&self, ctx: &Context<'_>) -> Option<ApiResult<Patient>> {
        nullable(async {
            let actor = self.actor()?;
            let own = actor.patient.filter(|_| actor.roles.any_of(Roles::PATIENT));
            let Some(id) = own else {
                return Ok(None);
            };
            let state = ctx.state()?;
            match state.loaders.patients.load(id).await? {
                Some(row) => Ok(Patient::seen(state, &ctx.viewer(), row).await?),
                None => Ok(None),
            }
        })
        .await
    }

    /// The doctor that they are, if they are one. They themselves may read it.
    async fn doctor(&self, ctx: &Context<'_>) -> Option<ApiResult<Doctor>> {
        nullable(async {
            let actor = self.actor()?;
            let own = actor.doctor.filter(|_| actor.roles.any_of(Roles::DOCTOR));
            let Some(id) = own else {
                return Ok(None);
            };
            let row = ctx.state()?.loaders.doctors.load(id).await?;
            Ok(row.map(Doctor::listed))
        })
        .await
    }
}
