//! Who follows a live stream, written down once: entries of what many are shown at once name them by their numbers.

use sea_orm::entity::prelude::*;

use crate::id::{SessionId, UserId};

/// Who follows a live stream, written down once: entries of what many are shown at once name them by their numbers.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_follower")]
pub struct Model {
    /// The process that serves them.
    #[sea_orm(primary_key, auto_increment = false)]
    pub node: Uuid,
    /// Their number there.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i32,
    /// The stream that they follow.
    pub stream: String,
    /// Who; nobody that was signed in when absent.
    pub actor: Option<UserId>,
    /// In which session.
    pub session: Option<SessionId>,
    /// What they were then, as bits.
    pub roles: i32,
    /// The request, as its answer and the log name it.
    pub request_id: String,
    /// From which address, sealed.
    pub address: Option<Vec<u8>>,
    /// Proof that the server wrote it.
    pub mac: Vec<u8>,
}

/// Relations are read by the stores' own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
