//! Booking all the times that a rule says, or none of them.

use super::{Outline, Refused, Wanted, locks, of_one_time};
use crate::accept;
use crate::access::{Action, PatientFacts, Resource, Viewer, require};
use crate::appointment::series::{Conflict, Planned};
use crate::appointment::service::booking::{Asked, prepared};
use crate::appointment::service::wish::FURTHEST;
use crate::appointment::service::{Book, BookRefusal, Wish, fact};
use crate::appointment::store;
use crate::error::{Fault, Outcome};
use crate::event::log;
use crate::idempotency;
use crate::patient::digest::claim_of;
use crate::schedule::recurrence::{Occurrence, Rule, RuleRefusal};
use crate::state::State;
use chrono::{DateTime, NaiveDate, Utc};
use entity::appointment_series as series;
use entity::code::{Confidentiality, EventKind};
use entity::id::{DoctorId, PatientId, SeriesId, VisitTypeId};
use serde::Serialize;
use std::sync::Arc;

/// How many days can be left out of a rule.
const MOST_LEFT_OUT: usize = 100;

/// Book all the times that a rule says.
#[derive(Clone, Debug, Serialize)]
pub struct BookSeries {
    /// For whom.
    pub patient: PatientId,
    /// With whom.
    pub doctor: DoctorId,
    /// For what.
    pub visit_type: VisitTypeId,
    /// When the first begins.
    pub starts_at: DateTime<Utc>,
    /// The rule, as RFC 5545 writes it.
    pub rule: String,
    /// Without those of these days of the doctor's zone.
    pub except: Vec<NaiveDate>,
    /// Why, in the patient's words.
    pub reason: Option<String>,
    /// Only say what would come of it.
    #[serde(skip)]
    pub dry_run: bool,
    /// Under which the answer is remembered.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Why no series is booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BookSeriesRefusal {
    /// Some of the times cannot be had; each says why.
    Conflicts,
    /// It is no rule as RFC 5545 writes them.
    InvalidRule,
    /// It has parts that are not understood.
    UnsupportedRule,
    /// It does not say when it is over.
    EndlessRule,
    /// It says a time too often.
    TooManyOccurrences,
    /// The beginning is none of the times that it says.
    StartOutsideRule,
    /// No time is left of it, or too many days are left out.
    InvalidExceptions,
    /// The beginning is more than two years ahead.
    TooFarAhead,
    /// A time begins at a full minute.
    NotAFullMinute,
    /// There is no such patient that the viewer may know of.
    PatientNotFound,
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
    /// The reason is too long, or has control characters.
    InvalidReason,
    /// The key was used with another input.
    IdempotencyKeyReused,
}

impl From<RuleRefusal> for BookSeriesRefusal {
    fn from(refusal: RuleRefusal) -> Self {
        match refusal {
            RuleRefusal::Unreadable => Self::InvalidRule,
            RuleRefusal::Unsupported => Self::UnsupportedRule,
            RuleRefusal::Endless => Self::EndlessRule,
            RuleRefusal::TooOften => Self::TooManyOccurrences,
            RuleRefusal::StartsOutside => Self::StartOutsideRule,
            RuleRefusal::NothingLeft => Self::InvalidExceptions,
        }
    }
}

impl From<BookRefusal> for BookSeriesRefusal {
    /// Of what is about all of the times; what is about one is a conflict of it.
    fn from(refusal: BookRefusal) -> Self {
        match refusal {
            BookRefusal::NotAFullMinute => Self::NotAFullMinute,
            BookRefusal::PatientNotFound => Self::PatientNotFound,
            BookRefusal::DoctorNotFound => Self::DoctorNotFound,
            BookRefusal::NotAcceptingPatients => Self::NotAcceptingPatients,
            BookRefusal::DoctorNotCleared => Self::DoctorNotCleared,
            BookRefusal::VisitTypeNotFound => Self::VisitTypeNotFound,
            BookRefusal::NeedsApproval => Self::NeedsApproval,
            BookRefusal::InvalidReason => Self::InvalidReason,
            BookRefusal::IdempotencyKeyReused => Self::IdempotencyKeyReused,
            BookRefusal::SlotTaken
            | BookRefusal::PatientBusy
            | BookRefusal::InThePast
            | BookRefusal::TooFarAhead
            | BookRefusal::NotAvailable
            | BookRefusal::TooManyHolds => Self::Conflicts,
        }
    }
}

type Refusal = Refused<BookSeriesRefusal>;

/// Books all the times that a rule says, or none of them.
///
/// # Errors
/// Those of the database; unauthenticated when nobody is signed in.
pub async fn book_series(
    state: &State,
    viewer: &Viewer,
    command: BookSeries,
) -> Outcome<Outline, Refusal> {
    let user = viewer.signed_in()?.user;
    let unknown = PatientFacts::unrelated(command.patient, Confidentiality::VeryRestricted);
    let (patient, related) = futures_util::try_join!(
        state.loaders.faces.load(command.patient),
        state.facts(viewer, unknown)
    )?;
    let Some(patient) = patient else {
        return Ok(Err(BookSeriesRefusal::PatientNotFound.into()));
    };
    let facts = PatientFacts {
        confidentiality: patient.confidentiality,
        ..related
    };
    let resource = Resource::Appointment(facts, command.doctor);
    let granted = match require(viewer, Action::Book, &resource) {
        Ok(granted) => granted,
        Err(Fault::NotFound | Fault::Forbidden) => {
            return Ok(Err(BookSeriesRefusal::PatientNotFound.into()));
        }
        Err(fault) => return Err(fault),
    };
    let asked = Asked {
        patient: &patient,
        facts: &facts,
        granted,
        user,
        has_them: false,
    };
    let id: SeriesId = state.clock.new_id();
    let key = command.idempotency_key.as_deref();
    let claim = claim_of(state, user, "bookSeries", key, &command)?;
    let wanted = wanted(state, viewer, &command, &asked, id).await?;
    let now = state.clock.now();
    if command.dry_run {
        let (_, wanted) = accept!(wanted);
        let found = wanted.looked_up(state.db.read(), granted, &[], now).await?;
        return Ok(match found {
            Ok(free) => Ok(Outline {
                series: None,
                planned: free.planned,
            }),
            Err(planned) => Err(conflicts(planned)),
        });
    }
    let keys = locks([command.doctor], command.patient);
    let shared = Arc::new((claim, wanted, keys));
    state
        .write(viewer, move |tx| {
            let shared = Arc::clone(&shared);
            Box::pin(async move {
                let (claim, wanted, keys) = &*shared;
                let claimed = idempotency::claimed(
                    tx,
                    claim.as_ref(),
                    id.0,
                    BookSeriesRefusal::IdempotencyKeyReused,
                );
                if let Some(id) = accept!(claimed.await?) {
                    return Ok(Ok(again(SeriesId(id))));
                }
                let (row, wanted) = accept!(wanted.clone());
                tx.lock(keys).await?;
                let found = wanted
                    .looked_up(tx.connection(), granted, &[], tx.clock().now())
                    .await?;
                let free = match found {
                    Ok(free) => free,
                    Err(planned) => return Ok(Err(conflicts(planned))),
                };
                let mut told = match free.over.is_empty() {
                    true => Vec::new(),
                    false => store::release(tx, free.over).await?,
                };
                store::insert_series(tx, granted, row).await?;
                let created = free.rows.iter();
                told.extend(created.map(|row| fact(EventKind::AppointmentCreated, row)));
                store::insert_all(tx, granted, free.rows).await?;
                log::append(tx, &told).await?;
                Ok(Ok(Outline {
                    series: Some(id),
                    planned: free.planned,
                }))
            })
        })
        .await
}

/// The answer to a request that was answered before.
pub(super) fn again(series: SeriesId) -> Outline {
    Outline {
        series: Some(series),
        planned: Vec::new(),
    }
}

fn conflicts(planned: Vec<Planned>) -> Refusal {
    Refused {
        refusal: BookSeriesRefusal::Conflicts,
        planned,
    }
}

/// The series as it would be written, and its times.
async fn wanted(
    state: &State,
    viewer: &Viewer,
    command: &BookSeries,
    asked: &Asked<'_>,
    id: SeriesId,
) -> Outcome<(series::Model, Wanted), Refusal> {
    if command.except.len() > MOST_LEFT_OUT {
        return Ok(Err(BookSeriesRefusal::InvalidExceptions.into()));
    }
    let now = state.clock.now();
    let rule = accept!(Rule::read(&command.rule).map_err(BookSeriesRefusal::from));
    if command.starts_at > now + FURTHEST {
        return Ok(Err(BookSeriesRefusal::TooFarAhead.into()));
    }
    let Some(doctor) = state.loaders.doctors.load(command.doctor).await? else {
        return Ok(Err(BookSeriesRefusal::DoctorNotFound.into()));
    };
    let zone = doctor.zone.parse().unwrap_or(chrono_tz::UTC);
    let times = rule.from(command.starts_at, zone, &command.except);
    let times = accept!(times.map_err(BookSeriesRefusal::from));
    let mut wanted = Wanted::default();
    // Whom one comes to for the second time is not asked whether they take new patients.
    let known = PatientFacts {
        appointment: true,
        ..*asked.facts
    };
    for one in times {
        let facts = match wanted.rows.is_empty() {
            true => asked.facts,
            false => &known,
        };
        let asked = Asked { facts, ..*asked };
        accept!(want(state, viewer, (command, &asked, id), one, &mut wanted).await?);
    }
    let row = series::Model {
        id,
        patient_id: command.patient,
        doctor_id: command.doctor,
        rule: command.rule.trim().to_ascii_uppercase(),
        zone: doctor.zone.clone(),
        version: 1,
        created_at: now,
        updated_at: now,
        recorded_by: Some(asked.user),
    };
    Ok(Ok((row, wanted)))
}

/// Adds one time to those that are wanted.
async fn want(
    state: &State,
    viewer: &Viewer,
    (command, asked, series): (&BookSeries, &Asked<'_>, SeriesId),
    one: Occurrence,
    wanted: &mut Wanted,
) -> Outcome<(), Refusal> {
    let mut planned = Planned {
        number: one.number,
        wall: one.wall,
        starts_at: one.at,
        ends_at: None,
        conflict: None,
    };
    match one.at {
        None => planned.conflict = Some(Conflict::NoSuchTime),
        Some(starts_at) => {
            let book = Book {
                patient: command.patient,
                doctor: command.doctor,
                visit_type: command.visit_type,
                starts_at,
                reason: command.reason.clone(),
                wish: Wish::Book,
                idempotency_key: None,
            };
            let id = state.clock.new_id();
            match prepared(state, viewer, &book, asked, id).await? {
                Ok(prepared) => {
                    let mut row = prepared.row;
                    (row.series_id, row.occurrence) = (Some(series), Some(one.number));
                    planned.ends_at = Some(row.ends_at);
                    let wish = (row, prepared.capacity);
                    wanted.rows.push((wanted.planned.len(), wish));
                }
                Err(refusal) => match of_one_time(refusal) {
                    Some(conflict) => planned.conflict = Some(conflict),
                    None => return Ok(Err(BookSeriesRefusal::from(refusal).into())),
                },
            }
        }
    }
    wanted.planned.push(planned);
    Ok(Ok(()))
}
