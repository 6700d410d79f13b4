//! What the verbs of documents answer, and why they refuse.

use super::document::Document;
use crate::document::service::{
    EnterInErrorRefusal, LinkRefusal, MadeLink, ShareRefusal, StartRefusal, Ticket, UpdateRefusal,
};
use crate::graphql::{ApiResult, as_it_stays};
use crate::patient::graphql::answers;
use async_graphql::{Context, ID, SimpleObject};
use chrono::{DateTime, Utc};
use entity::id::DocumentId;

answers! {
    /// Why there is no leave to bring a file. Whoever asked for it may read it.
    StartUploadError, StartUploadErrorCode from StartRefusal [Blank, TooLong, InvalidCharacter] {
        /// Files of this kind are not taken: the name must end with `.pdf`, `.png`, `.jpg`, `.jpeg` or `.txt`, and with one ending.
        TypeNotTaken => ("Files of this kind are not taken.", ["input", "fileName"]),
        /// The file has more bytes than are taken, or none.
        SizeNotTaken => ("A file of this size is not taken.", ["input", "size"]),
        /// You have brought as many files in the last 24 hours as one may.
        QuotaExceeded => ("You have brought as many files as one may in a day.", ["input"]),
        /// The record has as many documents as are kept.
        TooManyDocuments => ("The record has as many documents as are kept.", ["input", "patientId"]),
        /// The document to be replaced has changed; read it again.
        Conflict => ("The document has changed; read it again.", ["input", "expectedVersion"]),
        /// The document to be replaced is another patient's, or not the newest of its series.
        NotReplaceable => ("This document cannot be replaced.", ["input", "replaces"]),
        /// The key was used with another input.
        IdempotencyKeyReused => ("The key was used with another input.", ["input", "idempotencyKey"]),
    }
}

answers! {
    /// Why a document is not changed. Whoever asked for it may read it.
    UpdateDocumentError, UpdateDocumentErrorCode from UpdateRefusal [Blank, TooLong, InvalidCharacter] {
        /// The document has changed; read it again.
        Conflict => ("The document has changed; read it again.", ["input", "expectedVersion"]),
        /// It was entered in error.
        EnteredInError => ("The document was entered in error.", ["input", "id"]),
        /// The key was used with another input.
        IdempotencyKeyReused => ("The key was used with another input.", ["input", "idempotencyKey"]),
    }
}

crate::refusals! {
    /// Why the patient is shown a document as before. Whoever asked for it may read it.
    ShareDocumentError, ShareDocumentErrorCode from ShareRefusal {
        /// The document has changed; read it again.
        Conflict => ("The document has changed; read it again.", ["input", "expectedVersion"]),
        /// It is so already.
        AlreadySo => ("It is so already.", ["input", "shared"]),
        /// The patient brought it, and goes on seeing it.
        PatientsOwn => ("The patient brought it, and goes on seeing it.", ["input", "shared"]),
        /// It was entered in error.
        EnteredInError => ("The document was entered in error.", ["input", "id"]),
        /// The key was used with another input.
        IdempotencyKeyReused => ("The key was used with another input.", ["input", "idempotencyKey"]),
    }
}

crate::refusals! {
    /// Why a document stays as it is. Whoever asked for it may read it.
    EnterDocumentInErrorError, EnterDocumentInErrorErrorCode from EnterInErrorRefusal {
        /// The document has changed; read it again.
        Conflict => ("The document has changed; read it again.", ["input", "expectedVersion"]),
        /// It was entered in error before.
        AlreadyInError => ("The document was entered in error before.", ["input", "id"]),
        /// The key was used with another input.
        IdempotencyKeyReused => ("The key was used with another input.", ["input", "idempotencyKey"]),
    }
}

crate::refusals! {
    /// Why there is no link. Whoever asked for it may read it.
    CreateDocumentLinkError, CreateDocumentLinkErrorCode from LinkRefusal {
        /// Nobody has looked through the file yet; ask again in a moment.
        Quarantined => ("Nobody has looked through the file yet.", ["input", "id"]),
        /// The scanner found something in the file, and it is gone.
        Harmful => ("The scanner found something in the file.", ["input", "id"]),
        /// It was entered in error.
        EnteredInError => ("The document was entered in error.", ["input", "id"]),
    }
}

/// Leave to bring one file, once: `PUT` its bytes to `path`, with `Authorization: Bearer` and the token, and their number as
/// `Content-Length`. Whoever asked for it may read it.
#[derive(SimpleObject)]
pub struct DocumentUpload {
    /// The id that the document will have, once the file is there.
    pub id: ID,
    /// Where the bytes go, below the server's own address.
    pub path: String,
    /// What whoever brings them shows; good for this file and once.
    pub token: String,
    /// Until when bringing it must have begun.
    pub expires_at: DateTime<Utc>,
}

/// A link by which a file is given to whoever asked for it, for as long as they may see it. Whoever asked for it may read it.
#[derive(SimpleObject)]
pub struct DocumentLink {
    /// Where the file is, below the server's own address; it takes `Range`.
    pub path: String,
    /// Until when.
    pub expires_at: DateTime<Utc>,
}

/// What came of asking for leave to bring a file. Whoever asked for it may read it.
#[derive(SimpleObject)]
pub struct StartUploadPayload {
    /// The leave, if there is one.
    pub upload: Option<DocumentUpload>,
    /// Why there is none.
    pub user_errors: Vec<StartUploadError>,
}

/// What came of changing a document. Whoever asked for it may read it.
#[derive(SimpleObject)]
pub struct UpdateDocumentPayload {
    /// The document as it is now, changed or not; absent when there is none.
    pub document: Option<Document>,
    /// Why it was not.
    pub user_errors: Vec<UpdateDocumentError>,
}

/// What came of sharing a document with the patient. Whoever asked for it may read it.
#[derive(SimpleObject)]
pub struct ShareDocumentPayload {
    /// The document as it is now, done or not; absent when there is none.
    pub document: Option<Document>,
    /// Why nothing changed.
    pub user_errors: Vec<ShareDocumentError>,
}

/// What came of saying that a document should not be there. Whoever asked for it may read it.
#[derive(SimpleObject)]
pub struct EnterDocumentInErrorPayload {
    /// The document as it is now, done or not; absent when there is none.
    pub document: Option<Document>,
    /// Why it was not.
    pub user_errors: Vec<EnterDocumentInErrorError>,
}

/// What came of asking for a link. Whoever asked for it may read it.
#[derive(SimpleObject)]
pub struct CreateDocumentLinkPayload {
    /// The link, if there is one.
    pub link: Option<DocumentLink>,
    /// Why there is none.
    pub user_errors: Vec<CreateDocumentLinkError>,
}

impl From<Ticket> for DocumentUpload {
    fn from(ticket: Ticket) -> Self {
        Self {
            id: crate::graphql::id(ticket.id),
            path: "/documents".to_owned(),
            token: ticket.secret,
            expires_at: ticket.expires_at,
        }
    }
}

impl From<MadeLink> for DocumentLink {
    fn from(link: MadeLink) -> Self {
        Self {
            path: format!("/documents/{}", link.text),
            expires_at: link.expires_at,
        }
    }
}

/// The document after a verb, and why it refused if it did.
pub(super) async fn after<R, E>(
    ctx: &Context<'_>,
    id: DocumentId,
    (said, errors): (Result<DocumentId, R>, impl FnOnce(R) -> Vec<E>),
) -> ApiResult<(Option<Document>, Vec<E>)> {
    let found = Document::find(ctx, id).await;
    Ok(match said {
        Ok(_) => (Some(found?), Vec::new()),
        Err(refusal) => (as_it_stays(found)?, errors(refusal)),
    })
}
