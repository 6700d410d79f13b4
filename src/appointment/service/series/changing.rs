//! Moving appointments of a series: to another time of the day, another day, another doctor, another kind of visit. Each
//! that is moved is replaced by a new one, as when one alone is.

use super::booking::again;
use super::shift::Shift;
use super::{Outline, Refused, Scope, Wanted, is_unchanged, locks, meant, of_one_time};
use crate::accept;
use crate::access::{Action, Granted, PatientFacts, Relationship, Viewer};
use crate::appointment::lifecycle::{self, Move, Stuck};
use crate::appointment::series::{Conflict, Planned};
use crate::appointment::service::booking::{Asked, prepared};
use crate::appointment::service::rescheduling::may_give_to;
use crate::appointment::service::wish::FURTHEST;
use crate::appointment::service::{Book, BookRefusal, Wish, fact, granted};
use crate::appointment::store;
use crate::error::{Fault, Outcome};
use crate::event::log;
use crate::idempotency;
use crate::patient::digest::claim_of;
use crate::state::{Card, State};
use crate::vault::Place;
use chrono::{DateTime, Utc};
use entity::appointment;
use entity::code::{AppointmentStatus, CancellationReason, EventKind};
use entity::id::{AppointmentId, DoctorId, SeriesId, VisitTypeId};
use serde::Serialize;
use std::sync::Arc;

/// Change this of some appointments of a series; what is absent stays.
#[derive(Clone, Debug, Serialize)]
pub struct ChangeSeries {
    /// Seen from this one.
    pub appointment: AppointmentId,
    /// The series as the caller knows it.
    pub expected_version: i32,
    /// Which of them.
    pub scope: Scope,
    /// When this one is to begin: the others are moved by as many days, and begin at the same time of the day.
    pub starts_at: Option<DateTime<Utc>>,
    /// With whom.
    pub doctor: Option<DoctorId>,
    /// For what.
    pub visit_type: Option<VisitTypeId>,
    /// Only say what would come of it.
    #[serde(skip)]
    pub dry_run: bool,
    /// Under which the answer is remembered.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Why a series is not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeSeriesRefusal {
    /// Some of the times cannot be had; each says why.
    Conflicts,
    /// The appointment is of no series that the viewer may know of.
    NotInASeries,
    /// Only booked appointments can be moved, and this one is none.
    WrongState,
    /// It is too late for that.
    TooLate,
    /// They are so already.
    NothingToChange,
    /// The beginning is more than two years ahead.
    TooFarAhead,
    /// A time begins at a full minute.
    NotAFullMinute,
    /// There is no such doctor.
    DoctorNotFound,
    /// The doctor takes no new patients.
    NotAcceptingPatients,
    /// The doctor may not read a record that is as sensitive.
    DoctorNotCleared,
    /// There is no such visit type, or it cannot be booked.
    VisitTypeNotFound,
    /// The doctor must accept visits of this type.
    NeedsApproval,
    /// It has changed since it was read.
    Conflict,
    /// The key was used with another input.
    IdempotencyKeyReused,
}

impl From<BookRefusal> for ChangeSeriesRefusal {
    /// Of what is about all of the times; what is about one is a conflict of it.
    fn from(refusal: BookRefusal) -> Self {
        match refusal {
            BookRefusal::NotAFullMinute => Self::NotAFullMinute,
            BookRefusal::DoctorNotFound => Self::DoctorNotFound,
            BookRefusal::NotAcceptingPatients => Self::NotAcceptingPatients,
            BookRefusal::DoctorNotCleared => Self::DoctorNotCleared,
            BookRefusal::VisitTypeNotFound => Self::VisitTypeNotFound,
            BookRefusal::NeedsApproval => Self::NeedsApproval,
            BookRefusal::IdempotencyKeyReused => Self::IdempotencyKeyReused,
            _ => Self::Conflicts,
        }
    }
}

type Refusal = Refused<ChangeSeriesRefusal>;

/// What is to be moved, and to what.
#[derive(Clone, Debug)]
struct Plan {
    wanted: Wanted,
    /// What stands now, each replaced by one that is wanted.
    old: Vec<appointment::Model>,
    /// Who receives the series from now on, if that is another.
    doctor: Option<DoctorId>,
}

/// Moves appointments of a series, all that are meant or none of them.
///
/// # Errors
/// Those of the database; not found when the viewer may not see the appointment, forbidden when they may not do this.
pub async fn change_series(
    state: &State,
    viewer: &Viewer,
    command: ChangeSeries,
) -> Outcome<Outline, Refusal> {
    let user = viewer.signed_in()?.user;
    let (card, granted) = granted(state, viewer, command.appointment, Action::Reschedule).await?;
    let Some(series) = super::series_of(state, viewer, &card).await? else {
        return Ok(Err(ChangeSeriesRefusal::NotInASeries.into()));
    };
    let id = series.id;
    let key = command.idempotency_key.as_deref();
    let claim = claim_of(state, user, "changeSeries", key, &command)?;
    let plan = plan(state, viewer, &command, (&card, id), granted).await?;
    if command.dry_run {
        let plan = accept!(plan);
        if series.version != command.expected_version {
            return Ok(Err(ChangeSeriesRefusal::Conflict.into()));
        }
        let replaced: Vec<_> = plan.old.iter().map(|row| row.id).collect();
        let now = state.clock.now();
        let looked_up = plan
            .wanted
            .looked_up(state.db.read(), granted, &replaced, now);
        return Ok(match looked_up.await? {
            Ok(free) => Ok(Outline {
                series: None,
                planned: free.planned,
            }),
            Err(planned) => Err(conflicts(planned)),
        });
    }
    let patient = card.row.patient_id;
    let shared = Arc::new((claim, plan));
    let version = command.expected_version;
    state
        .write(viewer, move |tx| {
            let shared = Arc::clone(&shared);
            Box::pin(async move {
                let (claim, plan) = &*shared;
                let claimed = idempotency::claimed(
                    tx,
                    claim.as_ref(),
                    id.0,
                    ChangeSeriesRefusal::IdempotencyKeyReused,
                );
                if let Some(id) = accept!(claimed.await?) {
                    return Ok(Ok(again(SeriesId(id))));
                }
                let Plan {
                    wanted,
                    old,
                    doctor,
                } = accept!(plan.clone());
                let new = wanted.rows.iter().map(|(_, (row, _))| row.doctor_id);
                let doctors = old.iter().map(|row| row.doctor_id).chain(new);
                tx.lock(&locks(doctors, patient)).await?;
                if !is_unchanged(tx, granted, (id, version), &old).await? {
                    return Ok(Err(ChangeSeriesRefusal::Conflict.into()));
                }
                let replaced: Vec<_> = old.iter().map(|row| row.id).collect();
                let now = tx.clock().now();
                let found = wanted.looked_up(tx.connection(), granted, &replaced, now);
                let free = match found.await? {
                    Ok(free) => free,
                    Err(planned) => return Ok(Err(conflicts(planned))),
                };
                let mut told = match free.over.is_empty() {
                    true => Vec::new(),
                    false => store::release(tx, free.over).await?,
                };
                // The old ones first: their own times must not stand in the way.
                let reason = CancellationReason::Rescheduled;
                let old = store::call_off(tx, granted, &old, reason, user).await?;
                let ended = old.iter();
                told.extend(ended.map(|row| fact(EventKind::AppointmentCancelled, row)));
                let created = free.rows.iter();
                told.extend(created.map(|row| fact(EventKind::AppointmentCreated, row)));
                store::insert_all(tx, granted, free.rows).await?;
                store::touch_series(tx, id, doctor).await?;
                log::append(tx, &told).await?;
                Ok(Ok(Outline {
                    series: Some(id),
                    planned: free.planned,
                }))
            })
        })
        .await
}

fn conflicts(planned: Vec<Planned>) -> Refusal {
    Refused {
        refusal: ChangeSeriesRefusal::Conflicts,
        planned,
    }
}

/// What is to be moved, and to what, if there is nothing to say against it but that times may be taken.
async fn plan(
    state: &State,
    viewer: &Viewer,
    command: &ChangeSeries,
    (card, series): (&Card, SeriesId),
    granted: Granted,
) -> Outcome<Plan, Refusal> {
    let now = state.clock.now();
    let by_patient = granted.relationship() == Relationship::OneSelf;
    if let Err(stuck) = lifecycle::after(card.row.status, Move::Reschedule, card.row.starts_at, now)
    {
        let refusal = match stuck {
            Stuck::WrongState => ChangeSeriesRefusal::WrongState,
            Stuck::TooEarly | Stuck::TooLate => ChangeSeriesRefusal::TooLate,
        };
        return Ok(Err(refusal.into()));
    }
    if command.starts_at.is_some_and(|at| at > now + FURTHEST) {
        return Ok(Err(ChangeSeriesRefusal::TooFarAhead.into()));
    }
    let facts = state.facts(viewer, &*card.patient).await?;
    let zone = match command.doctor {
        None => None,
        Some(doctor) => {
            let Some(row) = state.loaders.doctors.load(doctor).await? else {
                return Ok(Err(ChangeSeriesRefusal::DoctorNotFound.into()));
            };
            if doctor != card.row.doctor_id {
                may_give_to(state, viewer, card, doctor).await?;
            }
            row.zone.parse().ok()
        }
    };
    let shift = Shift::of(&card.row, command.starts_at, zone);
    let asking = (command.scope, Action::Reschedule);
    let mut rows = meant(state, viewer, (card, series), asking).await?;
    rows.retain(|row| row.status == AppointmentStatus::Booked);
    let mut plan = Plan {
        wanted: Wanted::default(),
        old: Vec::new(),
        doctor: command.doctor.filter(|_| command.scope != Scope::This),
    };
    for row in rows {
        let asked = (card, facts, granted);
        let cutoff = by_patient && row.starts_at < now + state.rules.cancel_cutoff;
        accept!(
            want(
                state,
                viewer,
                command,
                asked,
                (row, shift, cutoff),
                &mut plan
            )
            .await?
        );
    }
    Ok(if plan.wanted.planned.is_empty() {
        Err(ChangeSeriesRefusal::NothingToChange.into())
    } else {
        Ok(plan)
    })
}

/// Adds what comes of one appointment to the plan.
async fn want(
    state: &State,
    viewer: &Viewer,
    command: &ChangeSeries,
    (card, facts, granted): (&Card, PatientFacts, Granted),
    (row, shift, is_too_late): (appointment::Model, Shift, bool),
    plan: &mut Plan,
) -> Outcome<(), Refusal> {
    let (wall, at) = match command.starts_at {
        // Of this one the instant is known, also where the clocks say it twice.
        Some(at) if row.id == card.row.id => (shift.applied(&row).0, Some(at)),
        _ => shift.applied(&row),
    };
    let doctor = command.doctor.unwrap_or(row.doctor_id);
    let Some(visit_type) = command.visit_type.or(row.visit_type_id) else {
        return Ok(Err(ChangeSeriesRefusal::VisitTypeNotFound.into()));
    };
    let is_same_visit = doctor == row.doctor_id && Some(visit_type) == row.visit_type_id;
    if is_same_visit && at == Some(row.starts_at) {
        return Ok(Ok(()));
    }
    let mut planned = Planned {
        number: row.occurrence.unwrap_or_default(),
        wall,
        starts_at: at,
        ends_at: None,
        conflict: is_too_late.then_some(Conflict::TooLate),
    };
    match at {
        _ if is_too_late => {}
        None => planned.conflict = Some(Conflict::NoSuchTime),
        Some(starts_at) => {
            let user = viewer.signed_in()?.user;
            if starts_at < row.starts_at && doctor == row.doctor_id {
                // As whoever moves one alone.
                may_give_to(state, viewer, card, doctor).await?;
            }
            // With whom they have an appointment, they are no new patient.
            let facts = PatientFacts {
                appointment: facts.appointment || doctor == row.doctor_id,
                ..facts
            };
            let asked = Asked {
                patient: &card.patient,
                facts: &facts,
                granted,
                user,
                has_them: doctor == row.doctor_id,
            };
            let book = Book {
                patient: row.patient_id,
                doctor,
                visit_type,
                starts_at,
                reason: reason_of(state, card, &row)?,
                wish: Wish::Book,
                idempotency_key: None,
            };
            let id = state.clock.new_id();
            match prepared(state, viewer, &book, &asked, id).await? {
                Ok(prepared) => {
                    let mut new = prepared.row;
                    (new.series_id, new.occurrence) = (row.series_id, row.occurrence);
                    new.replaces_id = Some(row.id);
                    planned.ends_at = Some(new.ends_at);
                    let wish = (new, prepared.capacity);
                    plan.wanted.rows.push((plan.wanted.planned.len(), wish));
                }
                Err(refusal) => match of_one_time(refusal) {
                    Some(conflict) => planned.conflict = Some(conflict),
                    None => return Ok(Err(ChangeSeriesRefusal::from(refusal).into())),
                },
            }
        }
    }
    plan.wanted.planned.push(planned);
    plan.old.push(row);
    Ok(Ok(()))
}

/// Why the patient comes; a cell is bound to its row, so it is sealed anew for the new one.
fn reason_of(
    state: &State,
    card: &Card,
    row: &appointment::Model,
) -> Result<Option<String>, Fault> {
    let Some(cell) = &row.reason else {
        return Ok(None);
    };
    let key = card.patient.key(&state.vault)?;
    let place = Place::new("appointment", "reason", row.id.0);
    Ok(Some(key.open(place, cell)?))
}
