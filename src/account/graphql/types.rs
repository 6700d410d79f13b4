//! Accounts and sessions, as clients read them.

use super::code::{Confidentiality, Role, UserStatus};
use crate::access::{Action, Resource, Viewer, look, require};
use crate::account::Account;
use crate::account::service::{self, SignedIn};
use crate::error::Fault;
use crate::graphql::{ApiResult, Ask, id};
use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::id::UserId;
use entity::{session, user};
use std::sync::Arc;

/// One who can sign in.
#[derive(Clone)]
pub struct User {
    account: Arc<Account>,
    /// Who proved to be this user by the very request that shows them, which began without a viewer.
    proved: Option<Viewer>,
}

impl From<Account> for User {
    fn from(account: Account) -> Self {
        Self::from(Arc::new(account))
    }
}

impl From<Arc<Account>> for User {
    fn from(account: Arc<Account>) -> Self {
        Self {
            account,
            proved: None,
        }
    }
}

impl User {
    /// The account of this id.
    ///
    /// # Errors
    /// NOT_FOUND when there is none that the viewer may see.
    pub async fn find(ctx: &Context<'_>, id: UserId) -> ApiResult<Self> {
        let account = service::find(ctx.state()?, &ctx.viewer(), id).await?;
        Ok(account.into())
    }

    fn row(&self) -> &user::Model {
        &self.account.0
    }

    /// The last line before a sealed field is opened, however the user was reached.
    fn is_readable(&self, ctx: &Context<'_>) -> ApiResult<()> {
        let viewer = self.proved.clone().unwrap_or_else(|| ctx.viewer());
        require(&viewer, Action::Read, &Resource::Account(self.row().id))?;
        Ok(())
    }
}

/// One who can sign in. They themselves and administrators may read it.
#[Object]
impl User {
    /// The id, unique over the whole graph. Whoever sees the user may read it.
    pub async fn id(&self) -> ID {
        id(self.row().id)
    }

    /// The e-mail address they sign in with; of patients only its last characters (`…test`) for others. They themselves
    /// and administrators may read it.
    async fn email(&self, ctx: &Context<'_>) -> ApiResult<String> {
        self.is_readable(ctx)?;
        let viewer = self.proved.clone().unwrap_or_else(|| ctx.viewer());
        let address = Resource::AccountEmail(self.row().id, self.row().roles);
        let mask = look(&viewer, Action::Read, &address).mask();
        let email = self.account.email(&ctx.state()?.vault)?;
        Ok(mask.ok_or(Fault::NotFound)?.over(email))
    }

    /// The name shown to others. They themselves and administrators may read it.
    async fn display_name(&self, ctx: &Context<'_>) -> ApiResult<String> {
        self.is_readable(ctx)?;
        Ok(self.account.display_name(&ctx.state()?.vault)?)
    }

    /// What they may be, once they have chosen a password of their own and, if a role of theirs must have one, enrolled a
    /// second factor. They themselves and administrators may read it.
    async fn roles(&self) -> Vec<Role> {
        Role::list(self.row().roles)
    }

    /// Whether they may sign in. They themselves and administrators may read it.
    async fn status(&self) -> UserStatus {
        self.row().status.into()
    }

    /// Up to which confidentiality they may read. They themselves and administrators may read it.
    async fn clearance(&self) -> Confidentiality {
        self.row().clearance.into()
    }

    /// Whether a second factor is enrolled. They themselves and administrators may read it.
    async fn mfa_enrolled(&self) -> bool {
        self.row().mfa_enrolled_at.is_some()
    }

    /// Whether it was shown that mail to their address reaches them. They themselves and administrators may read it.
    async fn email_verified(&self) -> bool {
        self.row().email_verified_at.is_some()
    }

    /// The devices they are signed in from, the newest first, at most 100. They themselves and administrators may read it.
    async fn sessions(&self, ctx: &Context<'_>) -> ApiResult<Vec<Session>> {
        let viewer = self.proved.clone().unwrap_or_else(|| ctx.viewer());
        sessions_of(ctx, &viewer, &self.account).await
    }

    /// When the account was made. They themselves and administrators may read it.
    async fn created_at(&self) -> DateTime<Utc> {
        self.row().created_at
    }

    /// Counts the changes of the account; give it as `expectedVersion`. They themselves and administrators may read it.
    async fn version(&self) -> i32 {
        self.row().version
    }
}

crate::connection!(UserConnection, UserEdge, User, "users");

/// One device that somebody is signed in from.
#[derive(Clone)]
pub struct Session {
    row: Arc<session::Model>,
    owner: Arc<Account>,
    current: bool,
}

impl Session {
    /// A session of this account, as this viewer sees it.
    #[must_use]
    pub fn of(owner: Arc<Account>, row: session::Model, viewer: &Viewer) -> Self {
        let actor = viewer.actor();
        Self {
            current: actor.is_some_and(|actor| actor.session == row.id),
            row: Arc::new(row),
            owner,
        }
    }
}

/// One device that somebody is signed in from. They themselves and administrators may read it.
#[Object]
impl Session {
    /// The id, unique over the whole graph. Whoever sees the session may read it.
    pub async fn id(&self) -> ID {
        id(self.row.id)
    }

    /// What the device is called. They themselves and administrators may read it.
    async fn device(&self, ctx: &Context<'_>) -> ApiResult<String> {
        Ok(self.owner.device(&ctx.state()?.vault, &self.row)?)
    }

    /// When it began. They themselves and administrators may read it.
    async fn created_at(&self) -> DateTime<Utc> {
        self.row.created_at
    }

    /// When it was last refreshed. They themselves and administrators may read it.
    async fn last_used_at(&self) -> DateTime<Utc> {
        self.row.last_used_at
    }

    /// When whoever uses it last proved who they are: by the second factor if they have one, else by the password. They
    /// themselves and administrators may read it.
    async fn proved_at(&self) -> Option<DateTime<Utc>> {
        self.row.proved_at
    }

    /// When it ends unless it is refreshed before. They themselves and administrators may read it.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.row.idle_expires_at.min(self.row.expires_at)
    }

    /// When it was ended before its time, if it was. They themselves and administrators may read it.
    async fn revoked_at(&self) -> Option<DateTime<Utc>> {
        self.row.revoked_at
    }

    /// Whether it is the session of this request. They themselves and administrators may read it.
    async fn current(&self) -> bool {
        self.current
    }
}

/// The live sessions of an account, as this viewer sees them.
///
/// # Errors
/// Those of the policy and the database.
pub async fn sessions_of(
    ctx: &Context<'_>,
    viewer: &Viewer,
    owner: &Arc<Account>,
) -> ApiResult<Vec<Session>> {
    let rows = service::sessions(ctx.state()?, viewer, owner.0.id).await?;
    Ok(rows
        .into_iter()
        .map(|row| Session::of(Arc::clone(owner), row, viewer))
        .collect())
}

/// A session with its secrets, which are shown this one time. Only who is signed in by it may read it.
#[derive(SimpleObject)]
pub struct AuthSession {
    /// For requests: `Authorization: Bearer …`, and as `Authorization` in `connection_init`. Only its owner may read it.
    pub access_token: String,
    /// When the access token ends. Only its owner may read it.
    pub access_token_expires_at: DateTime<Utc>,
    /// For `refreshSession`, once. Only its owner may read it.
    pub refresh_token: String,
    /// When the refresh token ends, and the session with it unless refreshed before. Only its owner may read it.
    pub refresh_token_expires_at: DateTime<Utc>,
    /// The session. Only its owner may read it.
    pub session: Session,
    /// Whose session it is. Only its owner may read it.
    pub user: User,
}

impl AuthSession {
    /// What somebody gets who has just proved who they are, by the request of this viewer.
    #[must_use]
    pub fn of(signed_in: SignedIn, before: &Viewer) -> Self {
        let viewer = signed_in.viewer(before);
        let account = Arc::new(signed_in.account);
        Self {
            access_token: signed_in.access.token,
            access_token_expires_at: signed_in.access.expires_at,
            refresh_token: signed_in.refresh.expose().to_owned(),
            refresh_token_expires_at: signed_in.session.idle_expires_at,
            session: Session::of(Arc::clone(&account), signed_in.session, &viewer),
            user: User {
                account,
                proved: Some(viewer),
            },
        }
    }
}
