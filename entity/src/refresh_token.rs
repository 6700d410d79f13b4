//! One refresh token of a session; used once.

use sea_orm::entity::prelude::*;

use crate::cell::Digest;
use crate::id::SessionId;

/// One refresh token of a session; used once.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "refresh_token")]
pub struct Model {
    /// SHA-256 of the token.
    #[sea_orm(primary_key, auto_increment = false)]
    pub hash: Digest,
    /// The family it belongs to.
    pub session_id: SessionId,
    /// The token that was exchanged for it.
    pub parent: Option<Digest>,
    /// When it was issued.
    pub issued_at: DateTimeUtc,
    /// When it was exchanged.
    pub used_at: Option<DateTimeUtc>,
    /// When an access token issued with it was first seen.
    pub access_used_at: Option<DateTimeUtc>,
    /// Whether it was taken back because its answer was lost.
    pub revoked: bool,
}

/// Relations are read by the stores' own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
