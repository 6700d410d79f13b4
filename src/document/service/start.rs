//! Giving leave to bring a file.

use super::{MOST, authority, find};
use crate::access::{Action, Resource, Stage, Viewer};
use crate::document::detail::{self, Category, Detail};
use crate::document::{name, secret, store};
use crate::error::{Fault, Outcome};
use crate::idempotency;
use crate::patient::digest::{claim_of, id_text};
use crate::patient::input::Invalid;
use crate::patient::service::find_patient;
use crate::patient::store::stays;
use crate::state::State;
use chrono::{DateTime, TimeDelta, Utc};
use entity::code::DocumentStatus;
use entity::document_upload;
use entity::id::{DocumentId, PatientId};
use serde::Serialize;
use std::sync::Arc;

/// Files are counted over so long.
const DAY: TimeDelta = TimeDelta::hours(24);

/// Ask for leave to bring a file.
#[derive(Clone, Serialize)]
pub struct Start {
    /// Into whose record.
    #[serde(serialize_with = "id_text")]
    pub patient: PatientId,
    /// What it is called where it comes from.
    pub file_name: String,
    /// How many bytes it has.
    pub size: i64,
    /// What it is to be called; as the file unless said.
    pub title: Option<String>,
    /// What it is about.
    pub category: Category,
    /// What else there is to say.
    pub description: Option<String>,
    /// Whose place it takes, as the caller knows that.
    pub replaces: Option<Replaced>,
    /// Under which the answer is remembered.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// A file whose place another takes.
#[derive(Clone, Copy, Serialize)]
pub struct Replaced {
    /// Which.
    #[serde(serialize_with = "id_text")]
    pub document: DocumentId,
    /// As the caller knows it.
    pub expected_version: i32,
}

/// Why there is no leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StartRefusal {
    /// A value is not taken.
    Invalid(Invalid),
    /// Files of this kind are not taken.
    TypeNotTaken,
    /// It has more bytes than are taken, or none.
    SizeNotTaken,
    /// So many files were brought today that there must be no more.
    QuotaExceeded,
    /// The record has as many as are kept.
    TooManyDocuments,
    /// What it would replace has changed since it was read.
    Conflict,
    /// What it would replace is in another record, or not the newest of its series.
    NotReplaceable,
    /// The key was used with another input.
    IdempotencyKeyReused,
}

impl From<Invalid> for StartRefusal {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

/// Leave to bring a file.
pub struct Ticket {
    /// The id that the document will have.
    pub id: DocumentId,
    /// What whoever brings it shows.
    pub secret: String,
    /// Until when it is good.
    pub expires_at: DateTime<Utc>,
}

/// Gives leave to bring a file.
///
/// # Errors
/// Those of the database; not found when the viewer may not know of the patient, forbidden when they may not do this.
pub async fn start(
    state: &State,
    viewer: &Viewer,
    command: Start,
) -> Outcome<Ticket, StartRefusal> {
    let actor = viewer.signed_in()?.clone();
    let patient = find_patient(state, viewer, command.patient).await?;
    let of = |facts| Resource::Document(facts, Stage::Kept);
    let granted = match command.replaces {
        None => authority(state, viewer, &patient, Action::Create, of).await?,
        Some(_) => authority(state, viewer, &patient, Action::Update, of).await?,
    };
    let key = command.idempotency_key.as_deref();
    let claim = claim_of(state, actor.user, "startUpload", key, &command)?;
    let detail = Detail {
        title: command.title.unwrap_or_default(),
        file_name: command.file_name,
        category: command.category,
        description: command.description,
        sha256: None,
    };
    let detail = crate::accept!(detail.checked().map_err(StartRefusal::from));
    let Some(media_type) = name::media_type(&detail.file_name) else {
        return Ok(Err(StartRefusal::TypeNotTaken));
    };
    if command.size < 1 || command.size > state.rules.documents.largest {
        return Ok(Err(StartRefusal::SizeNotTaken));
    }
    if let Some(replaced) = command.replaces {
        let (row, _) = find(state, viewer, replaced.document).await?;
        if row.patient_id != patient.id() || row.status != DocumentStatus::Current {
            return Ok(Err(StartRefusal::NotReplaceable));
        }
        if row.version != replaced.expected_version {
            return Ok(Err(StartRefusal::Conflict));
        }
    }
    let (id, now) = (state.clock.new_id(), state.clock.now());
    let ticket = document_upload::Model {
        id,
        patient_id: patient.id(),
        user_id: actor.user,
        session_id: actor.session,
        replaces_id: command.replaces.map(|one| one.document),
        expected_version: command.replaces.map(|one| one.expected_version),
        media_type,
        size: command.size,
        content: detail::seal_coming(patient.key(&state.vault)?, id, &detail)?,
        blob_id: state.clock.new_id(),
        created_at: now,
        expires_at: now + state.rules.documents.ticket,
        used_at: None,
    };
    let per_day = state.rules.documents.per_day;
    let shared = Arc::new((ticket, claim));
    let started = state.write(viewer, move |tx| {
        let shared = Arc::clone(&shared);
        Box::pin(async move {
            let (ticket, claim) = &*shared;
            let reused = StartRefusal::IdempotencyKeyReused;
            let claimed = idempotency::claimed(tx, claim.as_ref(), ticket.id.0, reused);
            if let Some(id) = crate::accept!(claimed.await?) {
                return Ok(Ok(DocumentId(id)));
            }
            // Of many at once by one user, one after the other.
            tx.lock(&[format!("uploads:{}", ticket.user_id)]).await?;
            let since = ticket.created_at - DAY;
            if store::brought(tx, ticket.user_id, since).await? >= per_day {
                return Ok(Err(StartRefusal::QuotaExceeded));
            }
            if store::count(tx, ticket.patient_id).await? >= MOST {
                return Ok(Err(StartRefusal::TooManyDocuments));
            }
            stays(tx, ticket.patient_id).await?;
            store::insert_ticket(tx, granted, ticket.clone()).await?;
            Ok(Ok(ticket.id))
        })
    });
    let id = crate::accept!(started.await?);
    let ticket = store::ticket(&state.db, id).await?.ok_or(Fault::NotFound)?;
    Ok(Ok(Ticket {
        id,
        secret: secret::ticket(state.vault.index(), id),
        expires_at: ticket.expires_at,
    }))
}
