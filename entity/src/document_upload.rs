//! Leave to bring one file, once.

use sea_orm::entity::prelude::*;

use crate::cell::Sealed;
use crate::code::MediaType;
use crate::id::{BlobId, DocumentId, PatientId, SessionId, UserId};

/// Leave to bring one file, once. Its secret is not kept: it is made of the id by a key.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "document_upload")]
pub struct Model {
    /// The id that the document will have.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DocumentId,
    /// Into whose record.
    pub patient_id: PatientId,
    /// Who asked.
    pub user_id: UserId,
    /// In which session.
    pub session_id: SessionId,
    /// The document whose place it takes.
    pub replaces_id: Option<DocumentId>,
    /// That document, as whoever asked knows it.
    pub expected_version: Option<i32>,
    /// What kind of file it will be.
    pub media_type: MediaType,
    /// How many bytes it will have.
    pub size: i64,
    /// Sealed under the patient's key: what it is called, and what it is.
    pub content: Sealed,
    /// Where the bytes will lie.
    pub blob_id: BlobId,
    /// When it was given.
    pub created_at: DateTimeUtc,
    /// Until when it is good.
    pub expires_at: DateTimeUtc,
    /// When it was used.
    pub used_at: Option<DateTimeUtc>,
}

/// Relations are read by the stores' own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
