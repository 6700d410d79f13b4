//! An entry of the audit, as administrators see it.

use super::codes::{AuditAction, AuditObjectKind, AuditOutcome, named};
use super::entry::{AccessPurpose, DataKind, kinds, purpose, relationship};
use crate::account::graphql::{Role, User};
use crate::account::{Account, service as account};
use crate::care::graphql::BreakGlassGrant;
use crate::error::Fault;
use crate::graphql::{ApiError, ApiResult, Ask, encode_id, nullable};
use crate::patient::graphql::{Patient, Relationship};
use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::audit_entry::Model;
use entity::code::Roles;
use entity::id::{BreakGlassGrantId, DoctorId, PatientId, UserId};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::OnceCell;
use uuid::Uuid;

/// Who did what is on one page: the accounts of all entries are read at once, and only when one is asked for.
pub(super) struct Actors {
    users: Vec<UserId>,
    found: OnceCell<HashMap<UserId, Arc<Account>>>,
}

impl Actors {
    /// Of these entries.
    pub fn of(entries: &[Arc<Model>]) -> Arc<Self> {
        let mut users: Vec<UserId> = entries.iter().filter_map(|entry| entry.actor).collect();
        users.sort_unstable();
        users.dedup();
        Arc::new(Self {
            users,
            found: OnceCell::new(),
        })
    }

    async fn one(&self, ctx: &Context<'_>, user: UserId) -> ApiResult<Option<User>> {
        let found = self.found.get_or_try_init(|| async {
            let (state, viewer) = (ctx.state()?, ctx.viewer());
            Ok::<_, ApiError>(account::find_many(state, &viewer, &self.users).await?)
        });
        Ok(found.await?.get(&user).cloned().map(User::from))
    }
}

/// What somebody looked at or did, as the audit keeps it: fields by their names, never what stood in them.
#[derive(Clone)]
pub struct AuditEntry {
    entry: Arc<Model>,
    actors: Arc<Actors>,
}

impl AuditEntry {
    pub(super) fn on(actors: &Arc<Actors>, entry: Arc<Model>) -> Self {
        Self {
            entry,
            actors: Arc::clone(actors),
        }
    }
}

/// What an entry of the audit is about. Administrators may read it.
#[derive(SimpleObject)]
pub struct AuditObject {
    /// What kind of thing. Administrators may read it.
    pub kind: AuditObjectKind,
    /// Which one; absent where there is but one, and of nothing in particular. It stays when the thing is gone.
    /// Administrators may read it.
    pub object_id: Option<ID>,
    /// The same. Administrators may read it.
    #[graphql(
        deprecation = "Read `objectId`: clients that keep things by their `id` take this for the thing itself."
    )]
    pub id: Option<ID>,
}

fn words(text: &str) -> Vec<&str> {
    text.split(' ').filter(|word| !word.is_empty()).collect()
}

fn id_of(kind: AuditObjectKind, id: Uuid) -> Option<ID> {
    match kind {
        AuditObjectKind::Patient => Some(encode_id(PatientId(id))),
        AuditObjectKind::Doctor => Some(encode_id(DoctorId(id))),
        AuditObjectKind::User => Some(encode_id(UserId(id))),
        _ => None,
    }
}

/// What somebody looked at or did, as the audit keeps it: fields by their names, never what stood in them. Administrators may
/// read it.
#[Object]
impl AuditEntry {
    /// The id. Administrators may read it.
    async fn id(&self) -> ID {
        crate::graphql::id(self.entry.id)
    }

    /// When, to the millisecond. Administrators may read it.
    async fn occurred_at(&self) -> DateTime<Utc> {
        self.entry.occurred_at
    }

    /// The request, as its answer and the log name it; absent for commands. Of a socket all operations have the same.
    /// Administrators may read it.
    async fn request(&self) -> Option<&str> {
        let request = self.entry.request_id.as_str();
        Some(request).filter(|it| !it.is_empty())
    }

    /// The root fields of the operation, parted by spaces, or the command. Administrators may read it.
    async fn operation(&self) -> &str {
        &self.entry.operation
    }

    /// Who; absent for who was not signed in, and for whose account is erased. Administrators may read it.
    async fn actor(&self, ctx: &Context<'_>) -> Option<ApiResult<User>> {
        nullable(async {
            match self.entry.actor {
                Some(user) => self.actors.one(ctx, user).await,
                None => Ok(None),
            }
        })
        .await
    }

    /// The session; absent for who was not signed in. Give it as `sessionId` to see what else was done in it. Administrators
    /// may read it.
    async fn session(&self) -> Option<ID> {
        self.entry.session.map(crate::graphql::id)
    }

    /// What they were then. Administrators may read it.
    async fn roles(&self) -> Vec<Role> {
        Role::list(Roles(self.entry.roles))
    }

    /// What they did. Administrators may read it.
    async fn action(&self) -> AuditAction {
        named(&self.entry.action).unwrap_or(AuditAction::Other)
    }

    /// With which kinds of data. Administrators may read it.
    async fn kinds(&self) -> Vec<DataKind> {
        kinds(&self.entry)
    }

    /// What it was about. Administrators may read it.
    async fn object(&self) -> AuditObject {
        let kind = named(&self.entry.object_kind).unwrap_or(AuditObjectKind::Nothing);
        let id = self.entry.object_id.and_then(|id| id_of(kind, id));
        AuditObject {
            kind,
            object_id: id.clone(),
            id,
        }
    }

    /// Whose record it was about; absent for what was about no record, and for who is erased. Administrators may read it.
    async fn patient(&self, ctx: &Context<'_>) -> Option<ApiResult<Patient>> {
        nullable(async {
            let Some(id) = self.entry.patient_id else {
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

    /// The fields that were asked for or given, by name. Administrators may read it.
    async fn fields(&self) -> Vec<&str> {
        words(&self.entry.fields)
    }

    /// Through what they were allowed; absent when they were not, and for what nobody decides. Administrators may read it.
    async fn relationship(&self) -> Option<Relationship> {
        relationship(&self.entry)
    }

    /// What for; absent like `relationship`. Administrators may read it.
    async fn purpose(&self) -> Option<AccessPurpose> {
        purpose(&self.entry)
    }

    /// The broken glass they looked through; absent otherwise. Administrators may read it.
    async fn break_glass_grant(&self, ctx: &Context<'_>) -> Option<ApiResult<BreakGlassGrant>> {
        nullable(async {
            match self.entry.grant_id {
                Some(id) => {
                    let grant = BreakGlassGrant::find(ctx, BreakGlassGrantId(id)).await?;
                    Ok(Some(grant))
                }
                None => Ok(None),
            }
        })
        .await
    }

    /// What became of it. Administrators may read it.
    async fn outcome(&self) -> ApiResult<AuditOutcome> {
        let outcome = named(&self.entry.outcome);
        Ok(outcome.ok_or_else(|| Fault::internal("an outcome that there is not"))?)
    }

    /// How often within ten seconds: the same denial over and over is one entry, and then one with their number.
    /// Administrators may read it.
    async fn times(&self) -> i32 {
        self.entry.times
    }

    /// The network address that they came from; absent for commands. Administrators may read it.
    async fn address(&self, ctx: &Context<'_>) -> Option<ApiResult<String>> {
        nullable(async {
            let Some(sealed) = &self.entry.address else {
                return Ok(None);
            };
            let address = ctx.state()?.audit.key().open_address(sealed);
            Ok(Some(address.map_err(Fault::from)?.to_string()))
        })
        .await
    }
}

crate::connection!(
    AuditEntryConnection,
    AuditEntryEdge,
    AuditEntry,
    "entries of the audit"
);
