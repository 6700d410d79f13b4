//! Documents, live.

use super::codes::DocumentChangeKind;
use super::document::Document;
use crate::access::{Permit, Viewer};
use crate::document::service;
use crate::error::Fault;
use crate::event::Stream as Series;
use crate::graphql::guard::SignedIn;
use crate::graphql::live::{self, Change, Channel, Messages, NoLongerShared};
use crate::graphql::{ApiError, Ask as _, decode_id, encode_id};
use crate::patient::PatientRecord;
use crate::state::State;
use async_graphql::{Context, ID, OneofObject, SimpleObject, Subscription};
use chrono::{DateTime, Utc};
use entity::code::EventKind;
use entity::id::DocumentId;
use entity::{document, event, patient};
use std::sync::Arc;

/// The live field of documents.
#[derive(Default)]
pub struct DocumentSubscription;

/// Whose documents to follow: exactly one of them.
#[derive(OneofObject)]
pub enum DocumentsOf {
    /// One patient's. The patient, doctors who treat them, whoever broke the glass and administrators may.
    Patient(ID),
    /// Those of the patients in whose care teams you are, with true. Doctors may.
    Panel(bool),
    /// The clinic's, with true. Administrators may.
    Clinic(bool),
}

/// A document was brought, or what is known of it changed. It reaches only whoever may see the document at that moment; the
/// patient from whom one is taken back is told so (`NoLongerShared`).
#[derive(SimpleObject)]
pub struct DocumentChange {
    /// The place in the stream; give it as `after` to go on from here. Whoever receives the change may read it.
    pub cursor: String,
    /// What happened. Whoever receives the change may read it.
    pub kind: DocumentChangeKind,
    /// When it happened. Whoever receives the change may read it.
    pub occurred_at: DateTime<Utc>,
    /// The document as it is now, or later if changed again since. Whoever receives the change may read it.
    pub document: Document,
}

crate::live_message!(
    /// What a subscriber to documents receives. Whoever follows the stream may read it.
    DocumentMessage,
    DocumentChange,
    NoLongerShared
);

#[Subscription]
impl DocumentSubscription {
    /// Follows documents: each change exactly once and in order. With `after`, first what happened since that cursor, then
    /// `CaughtUp`, then live. The patient, doctors who treat them, whoever broke the glass and administrators may follow a patient's;
    /// doctors those of their panel; administrators the clinic's.
    #[graphql(guard = "SignedIn")]
    async fn document_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose.")] of: DocumentsOf,
        #[graphql(
            desc = "Go on after this cursor, from an earlier message of the same stream; `now` begins with `CaughtUp`."
        )]
        after: Option<String>,
    ) -> Result<Messages<DocumentMessage>, ApiError> {
        const WITH_TRUE: Fault = Fault::BadRequest("`panel` and `clinic` are followed with true.");
        let series = match of {
            DocumentsOf::Patient(id) => Series::Patient(decode_id(&id)?),
            DocumentsOf::Panel(true) => {
                let own = ctx.viewer().signed_in()?.doctor;
                Series::Doctor(own.ok_or(Fault::Forbidden)?)
            }
            DocumentsOf::Clinic(true) => Series::Clinic,
            DocumentsOf::Panel(false) | DocumentsOf::Clinic(false) => return Err(WITH_TRUE.into()),
        };
        let of_panel = matches!(series, Series::Doctor(_));
        live::follow(ctx, series, after, Documents { of_panel }).await
    }
}

/// The documents of a stream.
struct Documents {
    /// Whether the stream is a doctor's, and only whom they treat is meant.
    of_panel: bool,
}

impl Channel for Documents {
    type Kind = DocumentChangeKind;
    /// The document, its patient, and which version of what is known of it.
    type Thing = (Arc<document::Model>, Arc<patient::Model>, i32);
    type Message = DocumentMessage;

    async fn may_follow(
        &self,
        state: &State,
        viewer: &Viewer,
        series: &Series,
    ) -> Result<Option<Permit>, Fault> {
        service::may_follow(state, viewer, series).await
    }

    fn kind(&self, event: &event::Model) -> Option<DocumentChangeKind> {
        let is_one = event.kind == EventKind::DocumentChanged;
        is_one.then(|| DocumentChangeKind::of(event.version))
    }

    async fn load(
        &self,
        state: &State,
        event: &event::Model,
    ) -> Result<Option<Self::Thing>, Fault> {
        let documents = &state.loaders.documents.by_id;
        let Some(row) = documents.load(DocumentId(event.subject)).await? else {
            return Ok(None);
        };
        let patient = state.loaders.patients.load(row.patient_id).await?;
        Ok(patient.map(|patient| (row, patient, event.version)))
    }

    async fn may_see(
        &self,
        state: &State,
        viewer: &Viewer,
        _kind: DocumentChangeKind,
        (row, patient, version): &Self::Thing,
    ) -> Result<bool, Fault> {
        let of = (&**patient, self.of_panel);
        service::may_see(state, viewer, (row, *version), of).await
    }

    fn taken_back(
        &self,
        viewer: &Viewer,
        change: Change<DocumentChangeKind, Self::Thing>,
    ) -> Option<DocumentMessage> {
        let (row, _, version) = change.thing;
        let told = NoLongerShared {
            cursor: change.cursor,
            occurred_at: change.occurred_at,
            id: encode_id(row.id),
        };
        service::was_taken_back(viewer, &row, version).then(|| told.into())
    }

    fn message(&self, change: Change<DocumentChangeKind, Self::Thing>) -> DocumentMessage {
        let (row, patient, _) = change.thing;
        DocumentMessage::DocumentChange(DocumentChange {
            cursor: change.cursor,
            kind: change.kind,
            occurred_at: change.occurred_at,
            document: Document::of(row, PatientRecord::new(patient)),
        })
    }
}
