//! Giving a time away: booking, and asking for it.

use super::fact;
use super::hours::{offered, placed};
use super::wish::{Book, BookRefusal, Wish, check_reason, check_time};
use crate::accept;
use crate::access::{Action, Granted, PatientFacts, Relationship, Resource, Viewer, require};
use crate::appointment::store::{self, Clash, NotAtOnce};
use crate::db::{Kind, Window};
use crate::doctor::service::may_receive;
use crate::error::{Fault, Outcome};
use crate::event::log;
use crate::idempotency;
use crate::schedule::slots::Need;
use crate::state::{Card, Face, State};
use crate::vault::Place;
use chrono::TimeDelta;
use entity::appointment;
use entity::code::{Confidentiality, EventKind};
use entity::id::{AppointmentId, UserId};
use std::sync::Arc;

/// Books a time, or asks for it.
///
/// # Errors
/// Those of the database; unauthenticated when nobody is signed in.
pub async fn book(state: &State, viewer: &Viewer, command: Book) -> Outcome<Card, BookRefusal> {
    let actor = viewer.signed_in()?;
    let user = actor.user;
    // Side by side: the one does not need what the other finds.
    let unknown = PatientFacts::unrelated(command.patient, Confidentiality::VeryRestricted);
    let (patient, related) = futures_util::try_join!(
        state.loaders.faces.load(command.patient),
        state.facts(viewer, unknown)
    )?;
    let Some(patient) = patient else {
        return Ok(Err(BookRefusal::PatientNotFound));
    };
    let facts = PatientFacts {
        confidentiality: patient.confidentiality,
        ..related
    };
    let resource = Resource::Appointment(facts, command.doctor);
    let granted = match require(viewer, Action::Book, &resource) {
        Ok(granted) => granted,
        Err(Fault::NotFound | Fault::Forbidden) => return Ok(Err(BookRefusal::PatientNotFound)),
        Err(fault) => return Err(fault),
    };
    let asked = Asked {
        patient: &patient,
        facts: &facts,
        granted,
        user,
        has_them: false,
    };
    let id: AppointmentId = state.clock.new_id();
    let row = prepared(state, viewer, &command, &asked, id).await?;
    let key = command.idempotency_key.as_ref().map(|key| {
        let input = format!(
            "{}|{}|{}|{}|{}",
            command.patient,
            command.doctor,
            command.visit_type,
            command.starts_at,
            command.reason.as_deref().unwrap_or_default()
        );
        idempotency::Key::new(
            &state.vault,
            user,
            command.wish.mutation(),
            key,
            input.as_bytes(),
        )
    });
    let place = state.db.lines().join(command.doctor);
    // With a key, what is refused now may be the repetition of what was accepted when it could be: only its claim can tell.
    if key.is_none() {
        let row = accept!(row.as_ref().map_err(|refusal| *refusal));
        if !place.is_first() {
            // A rush: most come for what is gone already, and need not stand in line to hear it. Who finds the time free
            // here still asks again behind the lock.
            let now = state.clock.now();
            let clash = store::clash(state.db.read(), granted, &row.row, now).await?;
            if let Some(Clash::Taken(taken)) = clash {
                return Ok(Err(taken.into()));
            }
        }
    }
    let booked = row.clone();
    let written = write(state, viewer, granted, row, (key, id)).await?;
    Ok(match (written, booked) {
        (Ok(written), Ok(booked)) if written == id => Ok(Card {
            row: Arc::new(booked.row),
            patient,
            treated_by: actor.doctor.filter(|_| facts.care_team),
        }),
        // An earlier request with this key has booked it; it may have changed since.
        (Ok(earlier), _) => Ok(super::find(state, viewer, earlier).await?),
        (Err(refusal), _) => Err(refusal),
    })
}

/// Who asks, by what right, and for whom.
pub(super) struct Asked<'a> {
    pub patient: &'a Face,
    pub facts: &'a PatientFacts,
    pub granted: Granted,
    pub user: UserId,
    /// Whether the doctor has this patient already, and is only given another time with them.
    pub has_them: bool,
}

/// An appointment as it would be written.
#[derive(Clone)]
pub(super) struct Prepared {
    pub row: appointment::Model,
    /// How many come to such a visit at once.
    pub capacity: i32,
    /// The user, and how many times they may hold, if this is to be a hold.
    holder: Option<(UserId, u64)>,
}

/// The appointment as it would be written, if there is nothing to say against it but that the time may be taken.
pub(super) async fn prepared(
    state: &State,
    viewer: &Viewer,
    command: &Book,
    asked: &Asked<'_>,
    id: AppointmentId,
) -> Outcome<Prepared, BookRefusal> {
    accept!(check_time(command.starts_at, state.clock.now()));
    let reason = accept!(check_reason(command.reason.as_deref()));
    // Side by side, the hours too: they will be asked for below.
    let (doctor, visit_type, _) = futures_util::try_join!(
        state.loaders.doctors.load(command.doctor),
        state.loaders.visit_types.load(command.visit_type),
        state.loaders.availability.load(command.doctor),
    )?;
    let Some(doctor) = doctor else {
        return Ok(Err(BookRefusal::DoctorNotFound));
    };
    let record = asked.facts.confidentiality;
    if !asked.has_them && !may_receive(state, doctor.id, record).await? {
        return Ok(Err(BookRefusal::DoctorNotCleared));
    }
    let known = facts_known(asked.facts);
    let by_patient = asked.granted.relationship() == Relationship::OneSelf;
    if by_patient && !doctor.accepts_new_patients && !known {
        let seen_before = store::list(
            &state.db,
            viewer,
            &store::Filter {
                patient: Some(command.patient),
                doctor: Some(command.doctor),
                ..store::Filter::default()
            },
            &Window::first(1),
        )
        .await?;
        if seen_before.rows.is_empty() {
            return Ok(Err(BookRefusal::NotAcceptingPatients));
        }
    }
    let Some(visit_type) = visit_type.filter(|visit_type| visit_type.active) else {
        return Ok(Err(BookRefusal::VisitTypeNotFound));
    };
    if by_patient && visit_type.requires_approval && command.wish != Wish::Request {
        return Ok(Err(BookRefusal::NeedsApproval));
    }
    let need = Need::from(&*visit_type);
    if !offered(state, doctor.id, &need, command.starts_at, by_patient).await? {
        return Ok(Err(BookRefusal::NotAvailable));
    }
    let reason = reason
        .map(|reason| seal_reason(state, asked.patient, id, reason))
        .transpose()?;
    let now = state.clock.now();
    let row = appointment::Model {
        id,
        patient_id: command.patient,
        doctor_id: command.doctor,
        visit_type_id: Some(visit_type.id),
        starts_at: command.starts_at,
        ends_at: command.starts_at + TimeDelta::minutes(visit_type.minutes.into()),
        zone: doctor.zone.clone(),
        modality: visit_type.modality,
        status: command.wish.status(),
        confirmed_at: None,
        reason,
        cancellation_reason: None,
        replaces_id: None,
        source_index: None,
        version: 1,
        created_at: now,
        updated_at: now,
        recorded_by: Some(asked.user),
        blocked_from: command.starts_at,
        blocked_until: command.starts_at,
        group_key: id.0,
        seat: 0,
        hold_expires_at: (command.wish == Wish::Hold).then_some(now + state.rules.hold),
        series_id: None,
        occurrence: None,
    };
    Ok(Ok(Prepared {
        row: placed(row, &need),
        capacity: need.capacity,
        holder: (command.wish == Wish::Hold).then_some((asked.user, state.rules.holds_per_user)),
    }))
}

/// Writes the appointment, unless its key has an answer already or its time is taken.
async fn write(
    state: &State,
    viewer: &Viewer,
    granted: Granted,
    prepared: Result<Prepared, BookRefusal>,
    (claim, id): (Option<idempotency::Key>, AppointmentId),
) -> Outcome<AppointmentId, BookRefusal> {
    let is_plain = |prepared: &Prepared| prepared.capacity == 1 && prepared.holder.is_none();
    if state.db.kind() == Kind::Postgres
        && claim.is_none()
        && let Ok(Prepared { row, .. }) = &prepared
        && prepared.as_ref().is_ok_and(is_plain)
    {
        let created = fact(EventKind::AppointmentCreated, row);
        let taken = state.write_at_once(viewer, |rider| {
            store::take_at_once(&state.db, granted, row, &created, rider)
        });
        match taken.await? {
            Ok(()) => return Ok(Ok(row.id)),
            Err(NotAtOnce::Taken(taken)) => return Ok(Err(taken.into())),
            Err(NotAtOnce::HoldsOver) => {}
        }
    }
    let claim = Arc::new(claim);
    state
        .write(viewer, move |tx| {
            let (prepared, claim) = (prepared.clone(), Arc::clone(&claim));
            Box::pin(async move {
                let (key, reused) = (claim.as_ref(), BookRefusal::IdempotencyKeyReused);
                let claimed = idempotency::claimed(tx, key.as_ref(), id.0, reused);
                if let Some(id) = accept!(claimed.await?) {
                    return Ok(Ok(AppointmentId(id)));
                }
                let Prepared {
                    row,
                    capacity,
                    holder,
                } = accept!(prepared);
                if let Some((user, most)) = holder {
                    // After doctor and patient, always: no two wait for each other.
                    let [doctor, patient] = store::locks(row.doctor_id, row.patient_id);
                    tx.lock(&[doctor, patient, format!("holds:{user}")]).await?;
                    if store::held_by(tx, user).await? >= most {
                        return Ok(Err(BookRefusal::TooManyHolds));
                    }
                }
                let id = row.id;
                let created = fact(EventKind::AppointmentCreated, &row);
                let mut told = accept!(store::take(tx, granted, row, capacity).await?);
                told.push(created);
                log::append(tx, &told).await?;
                Ok(Ok(id))
            })
        })
        .await
}

fn facts_known(facts: &PatientFacts) -> bool {
    facts.care_team || facts.appointment
}

fn seal_reason(
    state: &State,
    patient: &Face,
    id: AppointmentId,
    reason: &str,
) -> Result<entity::cell::Sealed, Fault> {
    let key = patient.key(&state.vault)?;
    Ok(key.seal(Place::new("appointment", "reason", id.0), reason)?)
}
