//! Looking at broken glass afterwards: the queue, the review by somebody else, and noting what has ended by itself.

use super::break_glass::{find_grant, place, resource, told};
use crate::access::{Action, Resource, Viewer, look, require};
use crate::care::glass::{self, Problem};
use crate::care::store::break_glass::{self as store, Filter};
use crate::db::{Stretch, Window};
use crate::error::{Fault, Outcome};
use crate::event::log;
use crate::idempotency;
use crate::patient::PatientRecord;
use crate::patient::digest::{claim_of, id_text};
use crate::state::State;
use entity::break_glass_grant as grant;
use entity::code::{BreakGlassOutcome, EventKind};
use entity::id::{BreakGlassGrantId, PatientId};
use sea_orm::ActiveValue::Set;
use serde::Serialize;
use std::convert::Infallible;
use std::sync::Arc;

/// Say what is to be thought of this grant.
#[derive(Clone, Serialize)]
pub struct ReviewBreakGlass {
    /// Which.
    #[serde(serialize_with = "id_text")]
    pub grant: BreakGlassGrantId,
    /// What.
    pub outcome: BreakGlassOutcome,
    /// Why, in words.
    pub note: Option<String>,
    /// Under which the answer is remembered.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Why a grant is not reviewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReviewBreakGlassRefusal {
    /// Nobody reviews what they did themselves.
    OwnGrant,
    /// It is still in force.
    StillInForce,
    /// It has been reviewed.
    AlreadyReviewed,
    /// The note has too many characters.
    NoteTooLong,
    /// The note has a control character.
    InvalidCharacter,
    /// The key was used with another input.
    IdempotencyKeyReused,
}

impl From<Problem> for ReviewBreakGlassRefusal {
    fn from(problem: Problem) -> Self {
        match problem {
            Problem::TooLong => Self::NoteTooLong,
            // A note may be as short as one likes.
            Problem::TooShort | Problem::InvalidCharacter => Self::InvalidCharacter,
        }
    }
}

/// Writes down what an administrator thinks of a grant that has ended.
///
/// # Errors
/// [`Fault::NotFound`] when there is no grant that the viewer may know of, [`Fault::Forbidden`] for whoever may not review.
pub async fn review_break_glass(
    state: &State,
    viewer: &Viewer,
    command: ReviewBreakGlass,
) -> Outcome<BreakGlassGrantId, ReviewBreakGlassRefusal> {
    let user = viewer.signed_in()?.user;
    let row = find_grant(state, viewer, command.grant).await?;
    if row.user_id == user {
        return Ok(Err(ReviewBreakGlassRefusal::OwnGrant));
    }
    let granted = require(
        viewer,
        Action::Update,
        &Resource::BreakGlassReview(row.user_id),
    )
    .map_err(|_| Fault::Forbidden)?;
    let note = command.note.as_deref().map(str::trim);
    let note = note.filter(|note| !note.is_empty());
    let note = crate::accept!(note.map(|note| glass::words(note, 0)).transpose());
    let now = state.clock.now();
    if glass::in_force(&row, now) {
        return Ok(Err(ReviewBreakGlassRefusal::StillInForce));
    }
    let note = match note {
        None => None,
        Some(note) => Some(sealed(state, &row, &note).await?),
    };
    let key = command.idempotency_key.as_deref();
    let claim = claim_of(state, user, "reviewBreakGlass", key, &command)?;
    let change = grant::ActiveModel {
        reviewed_at: Set(Some(now)),
        reviewed_by: Set(Some(user)),
        outcome: Set(Some(command.outcome)),
        note: Set(note),
        ..Default::default()
    };
    let id = row.id;
    let shared = Arc::new((change, claim));
    state
        .write(viewer, move |tx| {
            let shared = Arc::clone(&shared);
            Box::pin(async move {
                let (change, claim) = &*shared;
                let claimed = idempotency::claimed(
                    tx,
                    claim.as_ref(),
                    id.0,
                    ReviewBreakGlassRefusal::IdempotencyKeyReused,
                );
                if let Some(id) = crate::accept!(claimed.await?) {
                    return Ok(Ok(BreakGlassGrantId(id)));
                }
                let Some(row) = store::review(tx, granted, id, change.clone()).await? else {
                    return Ok(Err(ReviewBreakGlassRefusal::AlreadyReviewed));
                };
                log::append(tx, &[told(EventKind::BreakGlassReviewed, &row)]).await?;
                Ok(Ok(id))
            })
        })
        .await
}

/// A note under the patient's key; whose record is erased has none any more, and nothing more is to be said of them.
async fn sealed(
    state: &State,
    row: &grant::Model,
    note: &str,
) -> Result<entity::cell::Sealed, Fault> {
    let patient = state.loaders.patients.load(row.patient_id).await?;
    let record = PatientRecord::new(patient.ok_or(Fault::NotFound)?);
    let key = record.key(&state.vault)?;
    Ok(key.seal(place(row.id, "note"), note)?)
}

/// Which grants are asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked {
    /// Reviewed, or not.
    pub reviewed: Option<bool>,
    /// Only those that should have been reviewed by now.
    pub overdue: bool,
    /// On this patient's record.
    pub patient: Option<PatientId>,
}

impl Asked {
    fn filter(self, state: &State) -> Filter {
        Filter {
            reviewed: if self.overdue {
                Some(false)
            } else {
                self.reviewed
            },
            before: self
                .overdue
                .then(|| state.clock.now() - glass::REVIEWED_WITHIN),
            patient: self.patient,
        }
    }
}

/// A page of grants, the oldest first, for whoever reviews them.
///
/// # Errors
/// [`Fault::NotFound`] for whoever does not; those of the database.
pub async fn list_grants(
    state: &State,
    viewer: &Viewer,
    asked: Asked,
    window: &Window<BreakGlassGrantId>,
) -> Result<Stretch<Arc<grant::Model>>, Fault> {
    let user = viewer.signed_in()?.user;
    let granted = require(viewer, Action::Read, &Resource::BreakGlassReview(user))?;
    let found = store::list(&state.db, granted, &asked.filter(state), window).await?;
    for row in &found.rows {
        let _each_is_noted = look(viewer, Action::Read, &resource(row));
    }
    Ok(found)
}

/// How many the whole list has.
///
/// # Errors
/// As [`list_grants`].
pub async fn count_grants(state: &State, viewer: &Viewer, asked: Asked) -> Result<i64, Fault> {
    let user = viewer.signed_in()?.user;
    require(viewer, Action::Read, &Resource::BreakGlassReview(user))?;
    store::count(&state.db, &asked.filter(state)).await
}

/// Notes the end of grants that nobody ended: their time is over, or the session they were given in. They open nothing
/// already; this says so to whoever follows. Returns how many. Meant for every few seconds, on every copy.
///
/// # Errors
/// Those of the database.
pub async fn note_lapsed(state: &State) -> Result<usize, Fault> {
    let now = state.clock.now();
    let ends: Vec<_> = store::lapsed(&state.db, now)
        .await?
        .into_iter()
        .filter_map(|(row, session)| {
            let (at, how) = glass::lapse(&row, session.as_ref(), now)?;
            Some((row.id, at, how))
        })
        .collect();
    if ends.is_empty() {
        return Ok(0);
    }
    let ends = Arc::new(ends);
    let noted = state.db.write::<usize, Infallible, _>(move |tx| {
        let ends = Arc::clone(&ends);
        Box::pin(async move {
            let mut facts = Vec::new();
            for (id, at, how) in ends.iter() {
                let ended = store::lapse(tx, *id, *at, *how).await?;
                facts.extend(ended.map(|row| told(EventKind::BreakGlassEnded, &row)));
            }
            log::append(tx, &facts).await?;
            Ok(Ok(facts.len()))
        })
    });
    let Ok(noted) = noted.await?;
    Ok(noted)
}

/// Says in the log how many grants nobody has reviewed in time, as long as there are any. Meant for every hour.
///
/// # Errors
/// Those of the database.
pub async fn warn_of_overdue(state: &State) -> Result<i64, Fault> {
    let overdue = Asked {
        overdue: true,
        ..Asked::default()
    };
    let grants = store::count(&state.db, &overdue.filter(state)).await?;
    if grants > 0 {
        let hours = glass::REVIEWED_WITHIN.num_hours();
        tracing::warn!(
            grants,
            "Break-glass grants wait for their review for more than {hours} hours"
        );
    }
    Ok(grants)
}
