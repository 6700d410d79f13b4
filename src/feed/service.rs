//! Making private links, taking them back, and reading by one.

use super::{ics, store};
use crate::accept;
use crate::access::{
    Act, Action, Begun, Kinds, Object, PatientFacts, Resource, Viewer, decide, look, require,
};
use crate::appointment::store::{Filter, list};
use crate::auth::{CalendarToken, Standing};
use crate::db::Window;
use crate::error::{Fault, Outcome};
use crate::idempotency;
use crate::state::{Card, State};
use chrono::TimeDelta;
use entity::calendar_feed;
use entity::code::{AppointmentStatus, CancellationReason, Roles};
use entity::id::SessionId;
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

/// What began longer ago is not in the calendar any more.
const PAST: TimeDelta = TimeDelta::days(30);
/// The most appointments that a calendar holds, those of a patient and those of a doctor: the first from a month ago on.
const MOST: u64 = 1_000;

/// Why no link is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CreateFeedRefusal {
    /// The account is neither a patient's nor a doctor's: it has no appointments.
    NoAppointments,
    /// There is one already.
    AlreadyThere,
}

/// Why a link is not taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevokeFeedRefusal {
    /// The key was used with another input.
    IdempotencyKeyReused,
}

/// The link of the viewer's account, if it has one; its secret is not known any more.
///
/// # Errors
/// Those of the database; unauthenticated when nobody is signed in.
pub async fn feed(state: &State, viewer: &Viewer) -> Result<Option<calendar_feed::Model>, Fault> {
    let user = viewer.signed_in()?.user;
    let granted = require(viewer, Action::Read, &Resource::Account(user))?;
    store::of_user(&state.db, granted, user).await
}

/// Makes a link for the viewer's account, in the place of the one that there is if `replace`. This is the only time that its
/// secret can be read.
///
/// # Errors
/// Those of the database; unauthenticated when nobody is signed in.
pub async fn create_feed(
    state: &State,
    viewer: &Viewer,
    replace: bool,
) -> Outcome<CalendarToken, CreateFeedRefusal> {
    let actor = viewer.signed_in()?;
    let user = actor.user;
    let granted = require(viewer, Action::Update, &Resource::Account(user))?;
    let is_patient = actor.roles.any_of(Roles::PATIENT) && actor.patient.is_some();
    let is_doctor = actor.roles.any_of(Roles::DOCTOR) && actor.doctor.is_some();
    if !is_patient && !is_doctor {
        return Ok(Err(CreateFeedRefusal::NoAppointments));
    }
    let token = CalendarToken::generate();
    let hash = token.digest();
    let written = state.write(viewer, move |tx| {
        let row = calendar_feed::Model {
            user_id: user,
            hash: hash.clone(),
            created_at: tx.clock().now(),
        };
        Box::pin(async move {
            let is_written = store::keep(tx, granted, row, replace).await?;
            Ok(is_written
                .then_some(())
                .ok_or(CreateFeedRefusal::AlreadyThere))
        })
    });
    accept!(written.await?);
    tracing::info!(user.id = %user, "Made a link to a calendar");
    Ok(Ok(token))
}

/// Takes the link of the viewer's account back, if it has one; whether there is none now.
///
/// # Errors
/// Those of the database; unauthenticated when nobody is signed in.
pub async fn revoke_feed(
    state: &State,
    viewer: &Viewer,
    idempotency_key: Option<String>,
) -> Outcome<bool, RevokeFeedRefusal> {
    let user = viewer.signed_in()?.user;
    let granted = require(viewer, Action::Update, &Resource::Account(user))?;
    let key = Arc::new(idempotency_key.map(|key| {
        let mutation = "revokeCalendarFeed";
        idempotency::Key::new(&state.vault, user, mutation, &key, &[])
    }));
    state
        .write(viewer, move |tx| {
            let key = Arc::clone(&key);
            Box::pin(async move {
                let claimed = idempotency::claimed(
                    tx,
                    key.as_ref().as_ref(),
                    user.0,
                    RevokeFeedRefusal::IdempotencyKeyReused,
                );
                let again = accept!(claimed.await?).is_some();
                if !again {
                    store::revoke(tx, granted, user).await?;
                }
                // Asked again, there may be another link since.
                Ok(Ok(!again || store::is_none(tx, user).await?))
            })
        })
        .await
}

/// The calendar that this secret opens, as iCalendar. That it was looked at is recorded before it is given.
///
/// # Errors
/// [`Fault::NotFound`] when there is none: unknown, taken back, or of an account that may not look itself; those of the
/// database.
pub async fn read(state: &State, secret: &str, begun: Begun) -> Result<String, Fault> {
    let hash = CalendarToken::digest_of(secret).ok_or(Fault::NotFound)?;
    let owner = store::owner(&state.db, &hash).await?;
    let owner = owner.ok_or(Fault::NotFound)?;
    let viewer = viewer(state, &owner).begun(begun);
    let mut rows = BTreeMap::new();
    let actor = viewer.signed_in()?.clone();
    let patient = actor.patient.filter(|_| actor.roles.any_of(Roles::PATIENT));
    let doctor = actor.doctor.filter(|_| actor.roles.any_of(Roles::DOCTOR));
    if patient.is_none() && doctor.is_none() {
        return Err(Fault::NotFound);
    }
    if let Some(patient) = patient {
        let filter = Filter {
            patient: Some(patient),
            ..Filter::default()
        };
        // All through the same relationship: one entry.
        for card in shown(state, &viewer, filter).await? {
            if look(&viewer, Action::Read, &resource(&card)).is_allowed() {
                rows.insert((card.row.starts_at, card.row.id), card.row);
            }
        }
        if rows.is_empty() {
            // That there is nothing is something.
            let read = Act::Asked(Action::Read);
            viewer.does(read, Kinds::APPOINTMENT, Object::Patient(patient));
        }
    }
    if let Some(doctor) = doctor {
        let filter = Filter {
            doctor: Some(doctor),
            ..Filter::default()
        };
        // Nobody is named, so one entry says it: a doctor's times were looked at.
        for card in shown(state, &viewer, filter).await? {
            if decide(&viewer, Action::Read, &resource(&card)).is_allowed() {
                rows.insert((card.row.starts_at, card.row.id), card.row);
            }
        }
        viewer.does(
            Act::Asked(Action::Read),
            Kinds::SCHEDULE,
            Object::Doctor(doctor),
        );
    }
    let text = ics::calendar(rows.values().map(|row| &**row), &state.rules.clinic);
    state.audit.flush(&viewer).await?;
    Ok(text)
}

/// The link's owner as somebody who looks; nobody in particular, with no role, of an account that may not.
fn viewer(state: &State, owner: &store::Owner) -> Viewer {
    let (user, now) = (&owner.user, state.clock.now());
    let standing = Standing {
        session: SessionId(Uuid::nil()),
        user: user.id,
        session_epoch: user.auth_epoch,
        user_epoch: user.auth_epoch,
        idle_expires_at: now,
        expires_at: now,
        revoked_at: None,
        status: user.status,
        roles: user.roles,
        mfa_enrolled: user.mfa_enrolled_at.is_some(),
        clearance: user.clearance,
        patient: owner.patient,
        doctor: owner.doctor,
    };
    Viewer::of(standing.actor(now, state.rules.mfa_required))
}

fn resource(card: &Card) -> Resource {
    Resource::Appointment(PatientFacts::from(&*card.patient), card.row.doctor_id)
}

/// What of these appointments is shown in calendars: a hold that nobody confirmed never was there.
async fn shown(state: &State, viewer: &Viewer, filter: Filter) -> Result<Vec<Card>, Fault> {
    let filter = Filter {
        from: Some(state.clock.now() - PAST),
        ..filter
    };
    let mut found = list(&state.db, viewer, &filter, &Window::first(MOST))
        .await?
        .rows;
    found.retain(|card| {
        card.row.status != AppointmentStatus::Pending
            && card.row.cancellation_reason != Some(CancellationReason::HoldExpired)
    });
    Ok(found)
}
