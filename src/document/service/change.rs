//! Changing what is known of a file: what it is called, whether the patient is shown it, that it should not be there.

use super::{authority, changed, find, stage, stands};
use crate::access::{Action, Granted, Resource, Viewer};
use crate::document::detail::{self, Category, Detail};
use crate::document::store;
use crate::error::{Fault, Outcome};
use crate::idempotency;
use crate::patient::PatientRecord;
use crate::patient::cells::Edit;
use crate::patient::digest::{claim_of, id_text};
use crate::patient::input::Invalid;
use crate::patient::service::tell_team;
use crate::patient::store::stays;
use crate::state::State;
use entity::code::{DocumentStatus, RecordSource};
use entity::document;
use entity::id::DocumentId;
use sea_orm::ActiveValue::Set;
use serde::Serialize;
use std::sync::Arc;

/// Change what is said of a file.
#[derive(Clone, Serialize)]
pub struct Update {
    /// Which.
    #[serde(serialize_with = "id_text")]
    pub document: DocumentId,
    /// As the caller knows it.
    pub expected_version: i32,
    /// What it is to be called.
    pub title: Option<String>,
    /// What it is about.
    pub category: Option<Category>,
    /// What else there is to say.
    pub description: Edit<String>,
    /// Under which the answer is remembered.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Show a file to the patient, or no longer.
#[derive(Clone, Serialize)]
pub struct Share {
    /// Which.
    #[serde(serialize_with = "id_text")]
    pub document: DocumentId,
    /// As the caller knows it.
    pub expected_version: i32,
    /// Whether the patient is shown it from now on.
    pub shared: bool,
    /// Under which the answer is remembered.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Say that a file should not be there.
#[derive(Clone, Serialize)]
pub struct EnterInError {
    /// Which.
    #[serde(serialize_with = "id_text")]
    pub document: DocumentId,
    /// As the caller knows it.
    pub expected_version: i32,
    /// Under which the answer is remembered.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Why what is said of a file stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UpdateRefusal {
    /// A value is not taken.
    Invalid(Invalid),
    /// It has changed since it was read.
    Conflict,
    /// It was entered in error.
    EnteredInError,
    /// The key was used with another input.
    IdempotencyKeyReused,
}

impl From<Invalid> for UpdateRefusal {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

/// Why the patient is shown it as before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShareRefusal {
    /// It has changed since it was read.
    Conflict,
    /// It is so already.
    AlreadySo,
    /// The patient brought it, and goes on seeing it.
    PatientsOwn,
    /// It was entered in error.
    EnteredInError,
    /// The key was used with another input.
    IdempotencyKeyReused,
}

/// Why it stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EnterInErrorRefusal {
    /// It has changed since it was read.
    Conflict,
    /// It was entered in error before.
    AlreadyInError,
    /// The key was used with another input.
    IdempotencyKeyReused,
}

/// The refusals that every change has.
trait Refuses: Clone + Send + Sync + 'static {
    const CONFLICT: Self;
    const REUSED: Self;
}

macro_rules! refuses {
    ($($name:ident),+) => {$(
        impl Refuses for $name {
            const CONFLICT: Self = Self::Conflict;
            const REUSED: Self = Self::IdempotencyKeyReused;
        }
    )+};
}

refuses!(UpdateRefusal, ShareRefusal, EnterInErrorRefusal);

/// A change that may be made, or why it is not.
struct Changing<R> {
    granted: Granted,
    row: Arc<document::Model>,
    claim: Option<idempotency::Key>,
    change: Result<document::ActiveModel, R>,
}

async fn make<R: Refuses>(
    state: &State,
    viewer: &Viewer,
    changing: Changing<R>,
) -> Outcome<DocumentId, R> {
    let changing = Arc::new(changing);
    state
        .write(viewer, move |tx| {
            let changing = Arc::clone(&changing);
            Box::pin(async move {
                let Changing {
                    granted,
                    row,
                    claim,
                    change,
                } = &*changing;
                let claimed = idempotency::claimed(tx, claim.as_ref(), row.id.0, R::REUSED);
                if let Some(id) = crate::accept!(claimed.await?) {
                    return Ok(Ok(DocumentId(id)));
                }
                let change = match change {
                    Ok(change) => change.clone(),
                    Err(refusal) => return Ok(Err(refusal.clone())),
                };
                stays(tx, row.patient_id).await?;
                if !store::update(tx, *granted, (row, change)).await? {
                    return Ok(Err(R::CONFLICT));
                }
                let fact = changed(row.patient_id, row.id, row.version + 1);
                tell_team(tx, row.patient_id, vec![fact]).await?;
                Ok(Ok(row.id))
            })
        })
        .await
}

/// The file, with leave to do this to it.
async fn granted(
    state: &State,
    viewer: &Viewer,
    (id, action): (DocumentId, Action),
) -> Result<(Arc<document::Model>, PatientRecord, Granted), Fault> {
    let (row, record) = find(state, viewer, id).await?;
    let of = |facts| Resource::Document(facts, stage(&row));
    let granted = authority(state, viewer, &record, action, of).await?;
    Ok((row, record, granted))
}

/// Changes what is said of a file.
///
/// # Errors
/// Those of the database; not found when the viewer may not know of it, forbidden when they may not change it.
pub async fn update(
    state: &State,
    viewer: &Viewer,
    command: Update,
) -> Outcome<DocumentId, UpdateRefusal> {
    let user = viewer.signed_in()?.user;
    let (row, record, granted) = granted(state, viewer, (command.document, Action::Update)).await?;
    let key = command.idempotency_key.as_deref();
    let claim = claim_of(state, user, "updateDocument", key, &command)?;
    let before = detail::open(record.face(), &state.vault, &row)?;
    let after = Detail {
        title: command.title.unwrap_or_else(|| before.title.clone()),
        category: command.category.unwrap_or(before.category),
        description: command.description.after(before.description.clone()),
        ..before
    };
    let after = crate::accept!(after.checked().map_err(UpdateRefusal::from));
    let change = if row.version != command.expected_version {
        Err(UpdateRefusal::Conflict)
    } else if !stands(&row) {
        Err(UpdateRefusal::EnteredInError)
    } else {
        Ok(document::ActiveModel {
            content: Set(detail::seal(record.key(&state.vault)?, row.id, &after)?),
            ..Default::default()
        })
    };
    let changing = Changing {
        granted,
        row,
        claim,
        change,
    };
    make(state, viewer, changing).await
}

/// Shows a file to the patient, or no longer.
///
/// # Errors
/// Those of the database; not found when the viewer may not know of it, forbidden when they may not do this.
pub async fn share(
    state: &State,
    viewer: &Viewer,
    command: Share,
) -> Outcome<DocumentId, ShareRefusal> {
    let user = viewer.signed_in()?.user;
    let (row, _, granted) = granted(state, viewer, (command.document, Action::Share)).await?;
    let key = command.idempotency_key.as_deref();
    let claim = claim_of(state, user, "shareDocument", key, &command)?;
    let change = if row.version != command.expected_version {
        Err(ShareRefusal::Conflict)
    } else if row.shared_at.is_some() == command.shared {
        Err(ShareRefusal::AlreadySo)
    } else if row.source == RecordSource::Patient {
        Err(ShareRefusal::PatientsOwn)
    } else if !stands(&row) && command.shared {
        Err(ShareRefusal::EnteredInError)
    } else {
        let (now, version) = (state.clock.now(), row.version + 1);
        let mut change = document::ActiveModel {
            shared_at: Set(command.shared.then_some(now)),
            shared_version: Set(command.shared.then_some(version)),
            ..Default::default()
        };
        if !command.shared {
            change.withdrawn_version = Set(Some(version));
        }
        Ok(change)
    };
    let changing = Changing {
        granted,
        row,
        claim,
        change,
    };
    make(state, viewer, changing).await
}

/// Says that a file should not be there: it stays, and is given to nobody.
///
/// # Errors
/// Those of the database; not found when the viewer may not know of it, forbidden when they may not change it.
pub async fn enter_in_error(
    state: &State,
    viewer: &Viewer,
    command: EnterInError,
) -> Outcome<DocumentId, EnterInErrorRefusal> {
    let user = viewer.signed_in()?.user;
    let (row, _, granted) = granted(state, viewer, (command.document, Action::Update)).await?;
    let key = command.idempotency_key.as_deref();
    let claim = claim_of(state, user, "enterDocumentInError", key, &command)?;
    let change = if row.version != command.expected_version {
        Err(EnterInErrorRefusal::Conflict)
    } else if !stands(&row) {
        Err(EnterInErrorRefusal::AlreadyInError)
    } else {
        Ok(document::ActiveModel {
            status: Set(DocumentStatus::EnteredInError),
            ..Default::default()
        })
    };
    let changing = Changing {
        granted,
        row,
        claim,
        change,
    };
    make(state, viewer, changing).await
}
