//! Documents as clients see them: types, mutations, the live field. Thin: each resolver decodes, calls one verb, encodes. The bytes
//! have routes of their own.

mod codes;
mod document;
mod inputs;
mod lists;
mod mutation;
mod payloads;
mod subscription;

pub use codes::{DocumentCategory, DocumentMediaType, DocumentStatus, ScanState};
pub use document::{Document, DocumentConnection};
pub use lists::{DocumentFilter, documents};
pub use mutation::DocumentMutation;
pub use subscription::DocumentSubscription;
