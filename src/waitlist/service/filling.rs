//! Offering what a doctor has free to those who wait: the most urgent first, then who waits longest, each the first time
//! that fits.

use super::store;
use crate::access::Granted;
use crate::appointment::service::{self as appointment, Offering};
use crate::db::Window;
use crate::doctor;
use crate::error::Fault;
use crate::event::log;
use crate::schedule::hours::Span;
use crate::schedule::slots::Need;
use crate::state::State;
use crate::waitlist::matching::{Time, first_fitting};
use crate::waitlist::telling::fact;
use chrono::{DateTime, Utc};
use entity::code::EventKind;
use entity::id::{DoctorId, VisitTypeId};
use entity::waitlist_entry::{self as entry, WaitlistStatus};
use entity::waitlist_offer::{self as offer, OfferOutcome};
use entity::{doctor as directory, visit_type};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// How many of those who wait are looked at together.
const SOME: u64 = 200;
/// How many times that turn out to be taken are tried for one entry, each time anew with the next.
const TRIES: usize = 8;

/// The codes of what this doctor is trained in, as far as those who wait for any of a specialty may be received: new patients.
#[must_use]
pub fn specialties(doctor: &directory::Model) -> Vec<String> {
    let all = doctor.specialties.0.iter();
    let all = all.filter(|_| doctor.accepts_new_patients);
    all.map(|coding| coding.code.clone()).collect()
}

/// The doctors for whom somebody waits.
///
/// # Errors
/// Those of the database.
pub async fn waited_for(state: &State) -> Result<HashSet<DoctorId>, Fault> {
    let (doctors, codes) = store::waited_for(&state.db).await?;
    let mut all: HashSet<DoctorId> = doctors.into_iter().collect();
    if !codes.is_empty() {
        all.extend(doctor::store::trained_in_any(&state.db, &codes).await?);
    }
    Ok(all)
}

/// What of a doctor's time is free, as far as somebody waits for it.
struct Free {
    doctor: Arc<directory::Model>,
    kinds: HashMap<VisitTypeId, Arc<visit_type::Model>>,
    times: HashMap<VisitTypeId, Vec<Time>>,
}

impl Free {
    async fn of(
        state: &State,
        doctor: Arc<directory::Model>,
        codes: &[String],
    ) -> Result<Self, Fault> {
        let wanted = store::kinds_wanted(&state.db, doctor.id, codes).await?;
        let kinds = wanted
            .iter()
            .map(|kind| state.loaders.visit_types.load(*kind));
        let kinds = futures_util::future::try_join_all(kinds).await?;
        let kinds = kinds.into_iter().flatten().filter(|kind| kind.active);
        let kinds: Vec<Arc<visit_type::Model>> = kinds.collect();
        let mut times = HashMap::new();
        if !kinds.is_empty() {
            let zone = doctor.zone.parse().unwrap_or(chrono_tz::UTC);
            let open = appointment::open_times(state, doctor.id, &kinds).await?;
            for (kind, slots) in open {
                let slots = slots.into_iter().map(|slot| Time::of(slot, zone));
                times.insert(kind, slots.collect());
            }
        }
        times.retain(|_, times: &mut Vec<Time>| !times.is_empty());
        let kinds = kinds.into_iter().map(|kind| (kind.id, kind));
        Ok(Self {
            doctor,
            kinds: kinds.collect(),
            times,
        })
    }

    /// What is not free any more.
    fn take(&mut self, blocked: Span) {
        for (kind, times) in &mut self.times {
            let Some(need) = self.kinds.get(kind).map(|kind| Need::from(&**kind)) else {
                continue;
            };
            times.retain(|time| !need.blocked(time.slot.starts_at).meets(blocked));
        }
        self.times.retain(|_, times| !times.is_empty());
    }
}

/// Offers what this doctor has free to those who wait for it; returns to how many.
///
/// # Errors
/// Those of the database.
pub async fn fill(state: &State, doctor: DoctorId) -> Result<usize, Fault> {
    let Some(doctor) = state.loaders.doctors.load(doctor).await? else {
        return Ok(0);
    };
    let codes = specialties(&doctor);
    let clearance = doctor::service::cleared_for(state, doctor.id).await?;
    let mut free = Free::of(state, Arc::clone(&doctor), &codes).await?;
    let mut window = Window::first(SOME);
    let mut made = 0;
    while !free.times.is_empty() {
        let kinds: Vec<VisitTypeId> = free.times.keys().copied().collect();
        let who = (doctor.id, &*codes, clearance);
        let stretch = store::waiting(&state.db, who, &kinds, &window).await?;
        let Some(last) = stretch.rows.last() else {
            break;
        };
        window.after = Some(store::key(last));
        let ids = stretch.rows.iter().map(|row| row.id).collect();
        let patients = stretch.rows.iter().map(|row| row.patient_id).collect();
        let (mut offered, busy) = futures_util::try_join!(
            store::offered_before(&state.db, doctor.id, ids),
            appointment::taken_of(state, patients),
        )?;
        for row in &stretch.rows {
            let before = offered.remove(&row.id).unwrap_or_default();
            let busy = busy.get(&row.patient_id).map_or(&[][..], Vec::as_slice);
            made += usize::from(serve(state, &mut free, row, before, busy).await?);
        }
        if !stretch.more {
            break;
        }
    }
    Ok(made)
}

/// Offers the first time that fits to one who waits; whether there was one.
async fn serve(
    state: &State,
    free: &mut Free,
    row: &entry::Model,
    mut before: HashSet<DateTime<Utc>>,
    busy: &[Span],
) -> Result<bool, Fault> {
    for _ in 0..TRIES {
        let (Some(times), Some(kind)) = (
            free.times.get(&row.visit_type_id),
            free.kinds.get(&row.visit_type_id),
        ) else {
            return Ok(false);
        };
        let Some(time) = first_fitting(times, &row.windows.0, &before, busy) else {
            return Ok(false);
        };
        let starts_at = time.slot.starts_at;
        let blocked = Need::from(&**kind).blocked(starts_at);
        let offering = Offering {
            id: state.clock.new_id(),
            patient: row.patient_id,
            doctor: Arc::clone(&free.doctor),
            kind: Arc::clone(kind),
            starts_at,
            // No hold outlives the beginning of what it holds.
            until: starts_at.min(state.clock.now() + state.rules.offer),
        };
        let is_group = kind.capacity > 1;
        match offer(state, row, offering).await? {
            Offered::Made => {
                if !is_group {
                    free.take(blocked);
                }
                return Ok(true);
            }
            Offered::WaitsNoMore => return Ok(false),
            Offered::Taken if is_group => {
                before.insert(starts_at);
            }
            Offered::Taken => {
                before.insert(starts_at);
                free.take(blocked);
            }
            Offered::PatientBusy => {
                before.insert(starts_at);
            }
        }
    }
    Ok(false)
}

/// What came of offering.
enum Offered {
    Made,
    /// Another copy has offered them something, or they have left.
    WaitsNoMore,
    /// Somebody has the time.
    Taken,
    /// The patient has something else then.
    PatientBusy,
}

/// Holds the time, and says so: both or neither.
async fn offer(state: &State, row: &entry::Model, offering: Offering) -> Result<Offered, Fault> {
    let (id, version) = (row.id, row.version);
    let offer_id = state.clock.new_id();
    let written = state.db.write::<(), Offered, _>(move |tx| {
        let offering = offering.clone();
        Box::pin(async move {
            let now = tx.clock().now();
            tx.lock(&appointment::locks(offering.doctor.id, offering.patient))
                .await?;
            let held = store::hold(tx, id).await?;
            let held = held.filter(|held| {
                held.status == WaitlistStatus::Active
                    && held.version == version
                    && held.expires_at > now
            });
            let Some(held) = held else {
                return Ok(Err(Offered::WaitsNoMore));
            };
            let mut told = match appointment::hold_for(tx, &offering).await? {
                Ok(told) => told,
                Err(taken) => return Ok(Err(taken.into())),
            };
            let made = offer::Model {
                id: offer_id,
                entry_id: id,
                appointment_id: offering.id,
                doctor_id: offering.doctor.id,
                starts_at: offering.starts_at,
                outcome: OfferOutcome::Open,
                offered_at: now,
                expires_at: offering.until,
                ended_at: None,
            };
            store::insert_offer(tx, made).await?;
            let change = store::Change {
                status: Some(WaitlistStatus::Offered),
                ..store::Change::default()
            };
            let granted = Granted::for_a_wish_that_is_kept();
            let row = store::change(tx, granted, held, change).await?;
            told.push(fact(EventKind::WaitlistOffered, &row));
            log::append(tx, &told).await?;
            Ok(Ok(()))
        })
    });
    Ok(match written.await? {
        Ok(()) => Offered::Made,
        Err(not) => not,
    })
}

impl From<appointment::Taken> for Offered {
    fn from(taken: appointment::Taken) -> Self {
        match taken {
            appointment::Taken::Doctor => Self::Taken,
            appointment::Taken::Patient => Self::PatientBusy,
        }
    }
}
