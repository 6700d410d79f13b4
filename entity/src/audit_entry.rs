//! One look at something, or one act, as the audit keeps it. It names fields, never their values.

use sea_orm::entity::prelude::*;

use crate::id::{AuditEntryId, PatientId, SessionId, UserId};

/// One look at something, or one act, as the audit keeps it. It names fields, never their values.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_entry")]
pub struct Model {
    /// Counts up as entries are written; the database gives it, and no proof is over it.
    #[sea_orm(primary_key)]
    pub place: i64,
    /// Which entry.
    pub id: AuditEntryId,
    /// When, to the millisecond.
    pub occurred_at: DateTimeUtc,
    /// The process that wrote it, by a name it drew at its start.
    pub node: Uuid,
    /// The request, as its answer and the log name it; empty for commands.
    pub request_id: String,
    /// The root fields of the operation, or the command.
    pub operation: String,
    /// Who; nobody that was signed in when absent.
    pub actor: Option<UserId>,
    /// In which session.
    pub session: Option<SessionId>,
    /// What they were then, as bits.
    pub roles: i32,
    /// What they did.
    pub action: String,
    /// With what kinds of data, parted by spaces.
    pub kinds: String,
    /// What kind of thing it was about.
    pub object_kind: String,
    /// Which one.
    pub object_id: Option<Uuid>,
    /// Whose record it is of.
    pub patient_id: Option<PatientId>,
    /// The fields that were asked for or given, parted by spaces.
    pub fields: String,
    /// Through what they were allowed; absent when they were not.
    pub relationship: Option<String>,
    /// For what, as HL7's `PurposeOfUse` says it.
    pub purpose: Option<String>,
    /// Under which grant in an emergency.
    pub grant_id: Option<Uuid>,
    /// The class of reason that was given for it.
    pub reason: Option<String>,
    /// What became of it.
    pub outcome: String,
    /// How many times within moments; one but for denials.
    pub times: i32,
    /// From which address, sealed.
    pub address: Option<Vec<u8>>,
    /// Proof that the server wrote it.
    pub mac: Vec<u8>,
    /// The live stream in which many were shown it at once, if they were.
    pub stream: Option<String>,
    /// Who they were: a hash over what is written down of each ([`crate::audit_follower`]), and their numbers. They stand for
    /// the actor, the session, the roles, the request and the address, which are empty here; `times` is how many they are.
    pub shown_to: Option<Vec<u8>>,
    /// At whose records it was that one request has looked alike, if they were many: their ids. They stand for the object and the
    /// patient, which are empty here; `times` is how many they are. By each of them it is found ([`crate::audit_patient`]).
    pub patients: Option<Vec<u8>>,
}

/// Relations are read by the stores' own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
