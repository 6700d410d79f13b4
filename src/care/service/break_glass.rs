//! Breaking the glass: a doctor opens the record of a patient whom they do not treat, and closes it again, or an
//! administrator does.

use crate::access::{
    Act, Action, Actor, Decision, Granted, Kinds, Object, PatientFacts, Relationship, Resource,
    Viewer, decide, require,
};
use crate::account::{self, StepUpRequired};
use crate::care::glass::{self, Problem};
use crate::care::store::break_glass as store;
use crate::error::{Fault, Outcome};
use crate::event::Stream;
use crate::event::log::{self, Fact};
use crate::idempotency::{self, Key};
use crate::patient::PatientRecord;
use crate::patient::digest::{claim_of, id_text};
use crate::state::State;
use crate::vault::Place;
use chrono::TimeDelta;
use entity::break_glass_grant as grant;
use entity::code::{BreakGlassEnd, BreakGlassReason, Confidentiality, EventKind};
use entity::id::{BreakGlassGrantId, DoctorId, PatientId};
use serde::Serialize;
use std::sync::Arc;

/// How recent the proof must be of whoever breaks the glass.
const PROVED_WITHIN: TimeDelta = TimeDelta::minutes(5);

/// Open the record of this patient.
#[derive(Clone, Serialize)]
pub struct BreakGlass {
    /// Whose.
    #[serde(serialize_with = "id_text")]
    pub patient: PatientId,
    /// What for.
    pub reason: BreakGlassReason,
    /// Why, in words.
    pub justification: String,
    /// Under which the answer is remembered.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Why a record is not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakGlassRefusal {
    /// The justification has too few characters.
    JustificationTooShort,
    /// The justification has too many.
    JustificationTooLong,
    /// The justification has a control character.
    InvalidCharacter,
    /// The doctor's account has no second factor.
    MfaNotEnrolled,
    /// The doctor has not proved moments ago who they are.
    StepUpRequired,
    /// The doctor may read the record as it is.
    AlreadyOpen,
    /// The key was used with another input.
    IdempotencyKeyReused,
}

impl From<Problem> for BreakGlassRefusal {
    fn from(problem: Problem) -> Self {
        match problem {
            Problem::TooShort => Self::JustificationTooShort,
            Problem::TooLong => Self::JustificationTooLong,
            Problem::InvalidCharacter => Self::InvalidCharacter,
        }
    }
}

impl From<StepUpRequired> for BreakGlassRefusal {
    fn from(_: StepUpRequired) -> Self {
        Self::StepUpRequired
    }
}

/// End this grant now.
#[derive(Clone, Serialize)]
pub struct EndBreakGlass {
    /// Which.
    #[serde(serialize_with = "id_text")]
    pub grant: BreakGlassGrantId,
    /// Under which the answer is remembered.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Why a grant is not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndBreakGlassRefusal {
    /// It has ended.
    AlreadyEnded,
    /// The key was used with another input.
    IdempotencyKeyReused,
}

/// What the policy is asked about a grant with. What a grant shows does not depend on how sensitive the record is.
pub(crate) fn resource(row: &grant::Model) -> Resource {
    let facts = PatientFacts::unrelated(row.patient_id, Confidentiality::VeryRestricted);
    Resource::BreakGlass(facts, row.doctor_id)
}

/// What happened to a grant, for whoever it concerns.
pub(super) fn told(kind: EventKind, row: &grant::Model) -> Fact {
    Fact {
        kind,
        subject: row.id.0,
        version: row.version,
        streams: vec![
            Stream::Clinic,
            Stream::Doctor(row.doctor_id),
            Stream::Patient(row.patient_id),
            Stream::User(row.user_id),
        ],
    }
}

/// Where a text of a grant lies.
pub(crate) fn place(id: BreakGlassGrantId, column: &'static str) -> Place {
    Place::new("break_glass_grant", column, id.0)
}

/// The grant, if the viewer may know of it.
///
/// # Errors
/// [`Fault::NotFound`] when there is none that they may know of.
pub async fn find_grant(
    state: &State,
    viewer: &Viewer,
    id: BreakGlassGrantId,
) -> Result<Arc<grant::Model>, Fault> {
    viewer.signed_in()?;
    let row = state.loaders.break_glass_grants.load(id).await?;
    let row = row.ok_or(Fault::NotFound)?;
    require(viewer, Action::Read, &resource(&row))?;
    Ok(row)
}

/// Whether somebody with these facts reads the record as one who treats the patient, or through broken glass.
fn is_open(viewer: &Viewer, facts: PatientFacts) -> bool {
    let read = decide(viewer, Action::Read, &Resource::Demographics(facts));
    matches!(read, Decision::Allow { relationship, .. } if relationship != Relationship::Administration)
}

/// Opens a patient's record to the viewer, in the session they came with, for as long as the setting says.
///
/// # Errors
/// [`Fault::Forbidden`] for whoever is no doctor; [`Fault::NotFound`] when there is no such patient, or the record is one
/// that breaking the glass does not open to them; those of the database.
pub async fn break_glass(
    state: &State,
    viewer: &Viewer,
    command: BreakGlass,
) -> Outcome<BreakGlassGrantId, BreakGlassRefusal> {
    let actor = viewer.signed_in()?;
    let doctor = actor.doctor.ok_or(Fault::Forbidden)?;
    let ready = ready(state, viewer, actor, &command).await?;
    let row = state.loaders.patients.load(command.patient).await?;
    if ready.is_err() || row.is_none() {
        // The policy is not asked, and whom they tried to look at is recorded all the same.
        let act = Act::Asked(Action::Create);
        viewer.does(act, Kinds::BREAK_GLASS, Object::Patient(command.patient));
    }
    let words = crate::accept!(ready);
    let record = PatientRecord::new(row.ok_or(Fault::NotFound)?);
    let facts = state.facts(viewer, &**record.row()).await?;
    let granted = authority(viewer, facts, doctor)?;
    let key = command.idempotency_key.as_deref();
    let claim = claim_of(state, actor.user, "breakGlass", key, &command)?;
    let new = grant_to(state, actor, doctor, &record, &command, &words)?;
    let id = new.id;
    let opened = open(state, viewer, granted, new, claim, is_open(viewer, facts)).await?;
    if opened.is_ok() {
        tracing::warn!(grant.id = %id, patient.id = %command.patient, doctor.id = %doctor,
            reason = ?command.reason, "Broke the glass");
    }
    Ok(opened)
}

/// The doctor's words, if they are enough and the doctor has just proved who they are.
async fn ready(
    state: &State,
    viewer: &Viewer,
    actor: &Actor,
    command: &BreakGlass,
) -> Outcome<String, BreakGlassRefusal> {
    let words = crate::accept!(glass::words(&command.justification, glass::SHORTEST_WORDS));
    let account = account::service::find(state, viewer, actor.user).await?;
    if account.0.mfa_enrolled_at.is_none() {
        return Ok(Err(BreakGlassRefusal::MfaNotEnrolled));
    }
    crate::accept!(account::require_recent_proof(state, viewer, PROVED_WITHIN).await?);
    Ok(Ok(words))
}

/// The word of the policy. A doctor may see the grants that they were given; that does not tell them of a patient.
fn authority(viewer: &Viewer, facts: PatientFacts, doctor: DoctorId) -> Result<Granted, Fault> {
    require(viewer, Action::Create, &Resource::BreakGlass(facts, doctor)).map_err(|fault| {
        match fault {
            Fault::Forbidden => Fault::NotFound,
            other => other,
        }
    })
}

fn grant_to(
    state: &State,
    actor: &Actor,
    doctor: DoctorId,
    record: &PatientRecord,
    command: &BreakGlass,
    words: &str,
) -> Result<grant::Model, Fault> {
    let id = state.clock.new_id();
    let now = state.clock.now();
    let key = record.key(&state.vault)?;
    Ok(grant::Model {
        id,
        patient_id: record.id(),
        doctor_id: doctor,
        user_id: actor.user,
        session_id: actor.session,
        reason: command.reason,
        justification: key.seal(place(id, "justification"), words)?,
        starts_at: now,
        expires_at: glass::expiry(now, state.rules.break_glass),
        ended_at: None,
        end_reason: None,
        reviewed_at: None,
        reviewed_by: None,
        outcome: None,
        note: None,
        version: 1,
    })
}

async fn open(
    state: &State,
    viewer: &Viewer,
    granted: Granted,
    new: grant::Model,
    claim: Option<Key>,
    is_open: bool,
) -> Outcome<BreakGlassGrantId, BreakGlassRefusal> {
    let shared = Arc::new((new, claim));
    state
        .write(viewer, move |tx| {
            let shared = Arc::clone(&shared);
            Box::pin(async move {
                let (new, claim) = &*shared;
                let claimed = idempotency::claimed(
                    tx,
                    claim.as_ref(),
                    new.id.0,
                    BreakGlassRefusal::IdempotencyKeyReused,
                );
                if let Some(id) = crate::accept!(claimed.await?) {
                    return Ok(Ok(BreakGlassGrantId(id)));
                }
                if is_open {
                    return Ok(Err(BreakGlassRefusal::AlreadyOpen));
                }
                tx.lock(&[store::lock(new.session_id, new.patient_id)])
                    .await?;
                let mut facts = Vec::new();
                // Nobody may have noted yet that an earlier one is over. One that began after this was asked for is not.
                if let Some(before) =
                    store::unended(tx, granted, new.session_id, new.patient_id).await?
                {
                    if new.starts_at < before.expires_at {
                        return Ok(Err(BreakGlassRefusal::AlreadyOpen));
                    }
                    let (at, how) = (before.expires_at, BreakGlassEnd::Expired);
                    let ended = store::lapse(tx, before.id, at, how).await?;
                    facts.extend(ended.map(|row| told(EventKind::BreakGlassEnded, &row)));
                }
                store::insert(tx, granted, new.clone()).await?;
                facts.push(told(EventKind::BreakGlassGranted, new));
                log::append(tx, &facts).await?;
                Ok(Ok(new.id))
            })
        })
        .await
}

/// Closes a record that the viewer has opened: from now on their grant opens nothing.
///
/// # Errors
/// [`Fault::NotFound`] when there is no grant that the viewer may know of, [`Fault::Forbidden`] when it is another's.
pub async fn end_break_glass(
    state: &State,
    viewer: &Viewer,
    command: EndBreakGlass,
) -> Outcome<BreakGlassGrantId, EndBreakGlassRefusal> {
    let end = (
        "endBreakGlass",
        Relationship::OneSelf,
        BreakGlassEnd::Relinquished,
    );
    close(state, viewer, command, end).await
}

/// Takes a grant from the doctor who has it.
///
/// # Errors
/// [`Fault::NotFound`] when there is no grant that the viewer may know of, [`Fault::Forbidden`] for whoever runs nothing.
pub async fn revoke_break_glass(
    state: &State,
    viewer: &Viewer,
    command: EndBreakGlass,
) -> Outcome<BreakGlassGrantId, EndBreakGlassRefusal> {
    let end = (
        "revokeBreakGlass",
        Relationship::Administration,
        BreakGlassEnd::Revoked,
    );
    close(state, viewer, command, end).await
}

async fn close(
    state: &State,
    viewer: &Viewer,
    command: EndBreakGlass,
    (mutation, wanted, how): (&'static str, Relationship, BreakGlassEnd),
) -> Outcome<BreakGlassGrantId, EndBreakGlassRefusal> {
    let user = viewer.signed_in()?.user;
    let row = find_grant(state, viewer, command.grant).await?;
    let granted = require(viewer, Action::Update, &resource(&row))?;
    if granted.relationship() != wanted {
        return Err(Fault::Forbidden);
    }
    let key = command.idempotency_key.as_deref();
    let claim = Arc::new(claim_of(state, user, mutation, key, &command)?);
    let id = row.id;
    let now = state.clock.now();
    let ended = state.write(viewer, move |tx| {
        let claim = Arc::clone(&claim);
        Box::pin(async move {
            let claimed = idempotency::claimed(
                tx,
                claim.as_ref().as_ref(),
                id.0,
                EndBreakGlassRefusal::IdempotencyKeyReused,
            );
            if let Some(id) = crate::accept!(claimed.await?) {
                return Ok(Ok(BreakGlassGrantId(id)));
            }
            let Some(ended) = store::end(tx, granted, id, now, how).await? else {
                return Ok(Err(EndBreakGlassRefusal::AlreadyEnded));
            };
            log::append(tx, &[told(EventKind::BreakGlassEnded, &ended)]).await?;
            Ok(Ok(id))
        })
    });
    let ended = ended.await?;
    if ended.is_ok() {
        tracing::info!(grant.id = %id, by = %user, ?how, "Ended a break-glass grant");
    }
    Ok(ended)
}
