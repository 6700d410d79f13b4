//! Series: many appointments booked by one rule, and many of them moved or called off at once. Each of the three is done
//! whole or not at all, and says of each time what stands in its way; a dry run says the same and writes nothing.

mod booking;
mod calling_off;
mod changing;
mod shift;

pub use booking::{BookSeries, BookSeriesRefusal, book_series};
pub use calling_off::{CancelSeries, CancelSeriesRefusal, cancel_series};
pub use changing::{ChangeSeries, ChangeSeriesRefusal, change_series};

use crate::access::{Action, Granted, Resource, Viewer};
use crate::appointment::series::{self, Conflict, Planned, Wish};
use crate::appointment::store;
use crate::db::Tx;
use crate::error::Fault;
use crate::state::{Card, State};
use chrono::{DateTime, Utc};
use entity::id::{AppointmentId, DoctorId, PatientId, SeriesId};
use entity::{absence, appointment, appointment_series};
use sea_orm::ConnectionTrait;
use serde::Serialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// How many of a series are meant, seen from one of its appointments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Scope {
    /// This one.
    This,
    /// This one, and those that the rule says after it.
    ThisAndFollowing,
    /// All that are still to come.
    All,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Outline {
    /// The series; none of one that was only tried.
    pub series: Option<SeriesId>,
    /// The times, with what stands in the way of each; none when an earlier request is answered again.
    pub planned: Vec<Planned>,
}

/// Why nothing was done.
#[derive(Clone, Debug)]
pub struct Refused<R> {
    /// Why.
    pub refusal: R,
    /// The times, with what stands in the way of each, if it came to that.
    pub planned: Vec<Planned>,
}

impl<R> From<R> for Refused<R> {
    fn from(refusal: R) -> Self {
        Self {
            refusal,
            planned: Vec::new(),
        }
    }
}

/// The series, if the viewer may see it.
///
/// # Errors
/// [`Fault::NotFound`] when there is none that they may know of.
pub async fn find_series(
    state: &State,
    viewer: &Viewer,
    id: SeriesId,
) -> Result<Arc<appointment_series::Model>, Fault> {
    viewer.signed_in()?;
    let Some(row) = state.loaders.series.load(id).await? else {
        return Err(Fault::NotFound);
    };
    let Some(patient) = state.loaders.faces.load(row.patient_id).await? else {
        return Err(Fault::NotFound);
    };
    let doctor = row.doctor_id;
    let resource = |facts| Resource::Appointment(facts, doctor);
    let may_see = state.permits(viewer, Action::Read, &*patient, resource);
    match may_see.await? {
        true => Ok(row),
        false => Err(Fault::NotFound),
    }
}

/// The series of an appointment that the viewer has found, if it is of one and they may see that: whoever receives the
/// series may, and whoever may see the patient's appointments.
///
/// # Errors
/// Those of the database.
pub async fn series_of(
    state: &State,
    viewer: &Viewer,
    card: &Card,
) -> Result<Option<Arc<appointment_series::Model>>, Fault> {
    let Some(id) = card.row.series_id else {
        return Ok(None);
    };
    let Some(row) = state.loaders.series.load(id).await? else {
        return Ok(None);
    };
    let doctor = row.doctor_id;
    let resource = |facts| Resource::Appointment(facts, doctor);
    let may_see = super::permits(state, viewer, Action::Read, card, resource).await?;
    Ok(may_see.then_some(row))
}

/// The appointments of a series that are meant, and that the viewer may do this to: of what stands and is still to come,
/// seen from one of them, in the order of the rule. What they may not do it to is, for them, not of the series.
async fn meant(
    state: &State,
    viewer: &Viewer,
    (card, series): (&Card, SeriesId),
    (scope, action): (Scope, Action),
) -> Result<Vec<appointment::Model>, Fault> {
    let now = state.clock.now();
    let all = store::members(state.db.read(), series).await?;
    let mut meant: Vec<_> = all
        .into_iter()
        .filter(|row| is_meant(row, &card.row, scope, now))
        .collect();
    let doctors: BTreeSet<DoctorId> = meant.iter().map(|row| row.doctor_id).collect();
    for doctor in doctors {
        let resource = |facts| Resource::Appointment(facts, doctor);
        if !super::permits(state, viewer, action, card, resource).await? {
            meant.retain(|row| row.doctor_id != doctor);
        }
    }
    Ok(meant)
}

fn is_meant(
    row: &appointment::Model,
    seen_from: &appointment::Model,
    scope: Scope,
    now: DateTime<Utc>,
) -> bool {
    match scope {
        Scope::This => row.id == seen_from.id,
        Scope::ThisAndFollowing => row.occurrence >= seen_from.occurrence && row.starts_at >= now,
        Scope::All => row.starts_at >= now,
    }
}

/// The keys of the locks behind which times of these doctors and this patient are given away: doctors before the patient,
/// and in one order.
fn locks(doctors: impl IntoIterator<Item = DoctorId>, patient: PatientId) -> Vec<String> {
    let doctors: BTreeSet<DoctorId> = doctors.into_iter().collect();
    let mut keys = Vec::new();
    for doctor in doctors {
        let [of_doctor, _] = store::locks(doctor, patient);
        keys.push(of_doctor);
    }
    keys.sort_unstable();
    keys.push(format!("patient:{patient}"));
    keys
}

/// The series as it was when it was planned, inside the transaction that changes it: nothing of it has changed since.
async fn is_unchanged(
    tx: &Tx,
    granted: Granted,
    (id, expected_version): (SeriesId, i32),
    meant: &[appointment::Model],
) -> Result<bool, Fault> {
    // As whoever moves one alone does: the appointment first, and then the series that counts it.
    let members = store::hold_members(tx, granted, id).await?;
    let series = store::hold_series(tx, granted, id).await?;
    let series = series.ok_or(Fault::NotFound)?;
    let still = |row: &appointment::Model| {
        let now = members.iter().find(|one| one.id == row.id);
        now.is_some_and(|now| now.version == row.version)
    };
    Ok(series.version == expected_version && meant.iter().all(still))
}

/// Times that are wanted: what would be written, and what is to be said of each. What is known to be in the way of one
/// leaves no row for it.
#[derive(Clone, Debug, Default)]
struct Wanted {
    planned: Vec<Planned>,
    /// Each with its place among the planned.
    rows: Vec<(usize, Wish)>,
}

/// Times that can all be had.
struct Free {
    planned: Vec<Planned>,
    rows: Vec<appointment::Model>,
    /// Holds whose time is over, to be called off on the way.
    over: Vec<AppointmentId>,
}

impl Wanted {
    /// Looks who has these times; the word counts behind the locks only. If one cannot be had, none is, and each says why.
    async fn looked_up<C: ConnectionTrait>(
        self,
        connection: &C,
        granted: Granted,
        replaced: &[AppointmentId],
        now: DateTime<Utc>,
    ) -> Result<Result<Free, Vec<Planned>>, Fault> {
        let Self { mut planned, rows } = self;
        let (places, mut rows): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
        let standing = store::standing(connection, granted, &rows, replaced).await?;
        // The doctor's hours may have been read before somebody noted that they are away.
        let absences = store::absences(connection, rows.iter().map(|(row, _)| row)).await?;
        let clashes = series::clashes(&mut rows, standing, now);
        for (index, (place, conflict)) in places.into_iter().zip(clashes.conflicts).enumerate() {
            let (row, _) = &rows[index];
            let of_doctor = |one: &&absence::Model| one.doctor_id == row.doctor_id;
            let mut absences = absences.iter().filter(of_doctor);
            let is_away = absences.any(|one| one.meets(row.starts_at, row.ends_at));
            planned[place].conflict = conflict.or(is_away.then_some(Conflict::NotAvailable));
        }
        Ok(if is_free(&planned) {
            Ok(Free {
                planned,
                rows: rows.into_iter().map(|(row, _)| row).collect(),
                over: clashes.over,
            })
        } else {
            Err(planned)
        })
    }
}

fn is_free(planned: &[Planned]) -> bool {
    planned.iter().all(|one| one.conflict.is_none())
}

/// What a refusal of one time is, if it is about that time.
fn of_one_time(refusal: super::BookRefusal) -> Option<Conflict> {
    use super::BookRefusal as Refusal;
    match refusal {
        Refusal::SlotTaken => Some(Conflict::SlotTaken),
        Refusal::PatientBusy => Some(Conflict::PatientBusy),
        Refusal::InThePast => Some(Conflict::InThePast),
        Refusal::TooFarAhead => Some(Conflict::TooFarAhead),
        Refusal::NotAvailable => Some(Conflict::NotAvailable),
        _ => None,
    }
}
