//! Documents. What they are called and what they say is refused to administrators by the policy, which knows why.

use super::chart::{DOCTOR, EDGE, ERROR, PAGE};
use super::{Entry, PEOPLE};

pub(super) const ENTRIES: &[Entry] = &[
    ("CreateDocumentLinkError", PEOPLE, ERROR),
    ("CreateDocumentLinkPayload", PEOPLE, &["link", "userErrors"]),
    (
        "Document",
        PEOPLE,
        &[
            "category",
            "description",
            "edition",
            "fileName",
            "id",
            "mediaType",
            "patient",
            "recordedAt",
            "recordedBy",
            "scan",
            "sha256",
            "sharedAt",
            "size",
            "source",
            "status",
            "title",
            "updatedAt",
            "version",
            "versions",
        ],
    ),
    (
        "DocumentChange",
        PEOPLE,
        &["cursor", "document", "kind", "occurredAt"],
    ),
    ("DocumentConnection", PEOPLE, PAGE),
    ("DocumentEdge", PEOPLE, EDGE),
    ("DocumentLink", PEOPLE, &["expiresAt", "path"]),
    (
        "DocumentUpload",
        PEOPLE,
        &["expiresAt", "id", "path", "token"],
    ),
    ("EnterDocumentInErrorError", DOCTOR, ERROR),
    (
        "EnterDocumentInErrorPayload",
        DOCTOR,
        &["document", "userErrors"],
    ),
    (
        "Mutation",
        DOCTOR,
        &["enterDocumentInError", "shareDocument", "updateDocument"],
    ),
    ("Mutation", PEOPLE, &["createDocumentLink", "startUpload"]),
    ("Patient", PEOPLE, &["documents"]),
    ("ShareDocumentError", DOCTOR, ERROR),
    ("ShareDocumentPayload", DOCTOR, &["document", "userErrors"]),
    ("StartUploadError", PEOPLE, ERROR),
    ("StartUploadPayload", PEOPLE, &["upload", "userErrors"]),
    ("Subscription", PEOPLE, &["documentChanged"]),
    ("UpdateDocumentError", DOCTOR, ERROR),
    ("UpdateDocumentPayload", DOCTOR, &["document", "userErrors"]),
];
