//! What the verbs of documents are given.

use super::codes::DocumentCategory;
use crate::document::service::{EnterInError, Replaced, Share, Start, Update};
use crate::error::Fault;
use crate::graphql::decode_id;
use crate::patient::graphql::edit;
use async_graphql::{ID, InputObject, MaybeUndefined};

/// Ask for leave to bring a file.
#[derive(InputObject)]
pub struct StartUploadInput {
    /// Into whose record.
    pub patient_id: ID,
    /// What the file is called, at most 150 characters; it ends with `.pdf`, `.png`, `.jpg`, `.jpeg` or `.txt`, and the file must be
    /// that. It is never used as a path.
    pub file_name: String,
    /// How many bytes the file has, exactly.
    pub size: i32,
    /// What it is to be called, at most 200 characters; as the file unless said.
    pub title: Option<String>,
    /// What it is about.
    #[graphql(default_with = "DocumentCategory::Other")]
    pub category: DocumentCategory,
    /// What else there is to say, at most 4,000 characters.
    pub description: Option<String>,
    /// The document whose place it takes; with `expectedVersion`. Doctors who treat the patient may.
    pub replaces: Option<ID>,
    /// The version of the document to be replaced, as you have seen it.
    pub expected_version: Option<i32>,
    /// The same key and input answer the same for 24 hours.
    pub idempotency_key: Option<String>,
}

impl TryFrom<StartUploadInput> for Start {
    type Error = Fault;

    fn try_from(input: StartUploadInput) -> Result<Self, Fault> {
        const HALF: Fault = Fault::BadRequest("`replaces` and `expectedVersion` come together.");
        let replaces = match (&input.replaces, input.expected_version) {
            (None, None) => None,
            (Some(id), Some(expected_version)) => Some(Replaced {
                document: decode_id(id)?,
                expected_version,
            }),
            _ => return Err(HALF),
        };
        Ok(Self {
            patient: decode_id(&input.patient_id)?,
            file_name: input.file_name,
            size: input.size.into(),
            title: input.title,
            category: input.category.into(),
            description: input.description,
            replaces,
            idempotency_key: input.idempotency_key,
        })
    }
}

/// Change what is said of a document. What is absent stays; null clears what can be absent.
#[derive(InputObject)]
pub struct UpdateDocumentInput {
    /// Which.
    pub id: ID,
    /// The version you have seen.
    pub expected_version: i32,
    /// What it is to be called, at most 200 characters.
    pub title: Option<String>,
    /// What it is about.
    pub category: Option<DocumentCategory>,
    /// What else there is to say, at most 4,000 characters.
    pub description: MaybeUndefined<String>,
    /// The same key and input answer the same for 24 hours.
    pub idempotency_key: Option<String>,
}

impl TryFrom<UpdateDocumentInput> for Update {
    type Error = Fault;

    fn try_from(input: UpdateDocumentInput) -> Result<Self, Fault> {
        Ok(Self {
            document: decode_id(&input.id)?,
            expected_version: input.expected_version,
            title: input.title,
            category: input.category.map(Into::into),
            description: edit(input.description),
            idempotency_key: input.idempotency_key,
        })
    }
}

/// Show the patient a document, or show it no longer.
#[derive(InputObject)]
pub struct ShareDocumentInput {
    /// Which.
    pub id: ID,
    /// The version you have seen.
    pub expected_version: i32,
    /// Whether the patient is shown it from now on.
    #[graphql(default = true)]
    pub shared: bool,
    /// The same key and input answer the same for 24 hours.
    pub idempotency_key: Option<String>,
}

impl TryFrom<ShareDocumentInput> for Share {
    type Error = Fault;

    fn try_from(input: ShareDocumentInput) -> Result<Self, Fault> {
        Ok(Self {
            document: decode_id(&input.id)?,
            expected_version: input.expected_version,
            shared: input.shared,
            idempotency_key: input.idempotency_key,
        })
    }
}

/// Say that a document should not be there.
#[derive(InputObject)]
pub struct EnterDocumentInErrorInput {
    /// Which.
    pub id: ID,
    /// The version you have seen.
    pub expected_version: i32,
    /// The same key and input answer the same for 24 hours.
    pub idempotency_key: Option<String>,
}

impl TryFrom<EnterDocumentInErrorInput> for EnterInError {
    type Error = Fault;

    fn try_from(input: EnterDocumentInErrorInput) -> Result<Self, Fault> {
        Ok(Self {
            document: decode_id(&input.id)?,
            expected_version: input.expected_version,
            idempotency_key: input.idempotency_key,
        })
    }
}

/// Ask for a link by which a file is given.
#[derive(InputObject)]
pub struct CreateDocumentLinkInput {
    /// Of which document.
    pub id: ID,
}
