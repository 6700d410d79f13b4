//! What is known of a file in a patient's record. The bytes lie elsewhere.

use sea_orm::entity::prelude::*;

use crate::cell::Sealed;
use crate::code::{DocumentStatus, MediaType, RecordSource, ScanState};
use crate::id::{BlobId, DocumentId, PatientId, UserId};

/// What is known of a file in a patient's record.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "document")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DocumentId,
    /// Whose record.
    pub patient_id: PatientId,
    /// The first of those that took each other's place: itself, if it is the first.
    pub series_id: DocumentId,
    /// Its number among them, from 1.
    pub edition: i32,
    /// Where it stands.
    pub status: DocumentStatus,
    /// Whether it may be given to anybody.
    pub scan: ScanState,
    /// Who brought it.
    pub source: RecordSource,
    /// What kind of file it is.
    pub media_type: MediaType,
    /// How many bytes it has.
    pub size: i64,
    /// Sealed under the patient's key: what it is called, what it is, and the hash of its bytes.
    pub content: Sealed,
    /// Sealed under the patient's key: the key of its bytes.
    pub content_key: Sealed,
    /// Where the bytes lie.
    pub blob_id: BlobId,
    /// Since when the patient is shown it.
    pub shared_at: Option<DateTimeUtc>,
    /// Since which version that is.
    pub shared_version: Option<i32>,
    /// The version at which it was last taken back from the patient.
    pub withdrawn_version: Option<i32>,
    /// Counts the changes of this row.
    pub version: i32,
    /// When it was brought.
    pub created_at: DateTimeUtc,
    /// When what is known of it last changed.
    pub updated_at: DateTimeUtc,
    /// Who brought it.
    pub recorded_by: Option<UserId>,
}

/// Relations are read by the stores' own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
