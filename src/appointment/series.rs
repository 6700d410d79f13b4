//! Many times at once: which of them are taken, by others or by each other. No clock and no database.

use chrono::{DateTime, NaiveDateTime, Utc};
use entity::appointment;
use entity::code::AppointmentStatus;
use entity::id::{AppointmentId, DoctorId, PatientId};
use uuid::Uuid;

/// Why one of the times of a series cannot be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// The doctor's time is taken.
    SlotTaken,
    /// The patient has another appointment then.
    PatientBusy,
    /// The clocks leave that time out on that day.
    NoSuchTime,
    /// The time has passed.
    InThePast,
    /// The time is too far ahead.
    TooFarAhead,
    /// The doctor is away then, or their hours do not offer that time.
    NotAvailable,
    /// The appointment that stands is too near to be moved or called off.
    TooLate,
}

/// One of the times of a series, as it is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Planned {
    /// Which, counted from 1 as the rule counts.
    pub number: i32,
    /// What the clocks on the wall say then.
    pub wall: NaiveDateTime,
    /// When it begins, if there is such a time.
    pub starts_at: Option<DateTime<Utc>>,
    /// When it ends.
    pub ends_at: Option<DateTime<Utc>>,
    /// What stands in the way.
    pub conflict: Option<Conflict>,
}

/// What of a live appointment says whether it stands in another's way.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Which.
    pub id: AppointmentId,
    /// Of whom.
    pub patient_id: PatientId,
    /// With whom.
    pub doctor_id: DoctorId,
    /// Where it stands.
    pub status: AppointmentStatus,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
    /// From when on the doctor is not to be had.
    pub blocked_from: DateTime<Utc>,
    /// Until when.
    pub blocked_until: DateTime<Utc>,
    /// Whose company it keeps.
    pub group_key: Uuid,
    /// Which seat of it.
    pub seat: i32,
    /// Until when it is held, if it is a hold.
    pub hold_expires_at: Option<DateTime<Utc>>,
}

impl Standing {
    fn is_over(&self, now: DateTime<Utc>) -> bool {
        self.status == AppointmentStatus::Pending
            && self.hold_expires_at.is_some_and(|at| at <= now)
    }

    fn takes_the_doctor_of(&self, row: &appointment::Model) -> bool {
        self.doctor_id == row.doctor_id
            && self.group_key != row.group_key
            && self.blocked_from < row.blocked_until
            && row.blocked_from < self.blocked_until
    }

    fn takes_the_patient_of(&self, row: &appointment::Model) -> bool {
        self.patient_id == row.patient_id
            && self.starts_at < row.ends_at
            && row.starts_at < self.ends_at
    }
}

impl From<&appointment::Model> for Standing {
    fn from(row: &appointment::Model) -> Self {
        Self {
            id: row.id,
            patient_id: row.patient_id,
            doctor_id: row.doctor_id,
            status: row.status,
            starts_at: row.starts_at,
            ends_at: row.ends_at,
            blocked_from: row.blocked_from,
            blocked_until: row.blocked_until,
            group_key: row.group_key,
            seat: row.seat,
            hold_expires_at: row.hold_expires_at,
        }
    }
}

/// What came of wanting many times.
#[derive(Debug, Default)]
pub struct Clashes {
    /// For each what stands in its way, in the order in which they were wanted.
    pub conflicts: Vec<Option<Conflict>>,
    /// Holds whose time is over, which stand where somebody else is to come.
    pub over: Vec<AppointmentId>,
}

/// A time that is wanted, and how many come to such a visit at once.
pub type Wish = (appointment::Model, i32);

/// Which of these times are taken, by what stands or by one that is wanted before; those that can be had are given their
/// seats.
pub fn clashes(wanted: &mut [Wish], standing: Vec<Standing>, now: DateTime<Utc>) -> Clashes {
    let (over, mut taken): (Vec<_>, Vec<_>) =
        standing.into_iter().partition(|one| one.is_over(now));
    let mut found = Clashes::default();
    for (row, capacity) in wanted {
        let company = |one: &&Standing| one.group_key == row.group_key;
        let seats: Vec<i32> = taken.iter().filter(company).map(|one| one.seat).collect();
        let seat = (0..*capacity).find(|seat| !seats.contains(seat));
        let conflict = if taken.iter().any(|one| one.takes_the_doctor_of(row)) {
            Some(Conflict::SlotTaken)
        } else if taken.iter().any(|one| one.takes_the_patient_of(row)) {
            Some(Conflict::PatientBusy)
        } else {
            match seat {
                Some(seat) => {
                    row.seat = seat;
                    None
                }
                None => Some(Conflict::SlotTaken),
            }
        };
        if conflict.is_none() {
            let in_the_way = |one: &&Standing| {
                one.takes_the_doctor_of(row)
                    || one.takes_the_patient_of(row)
                    || one.group_key == row.group_key
            };
            let lapsed = over.iter().filter(in_the_way).map(|one| one.id);
            found.over.extend(lapsed);
            taken.push(Standing::from(&*row));
        }
        found.conflicts.push(conflict);
    }
    found.over.sort_unstable();
    found.over.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use entity::code::Modality;
    use proptest::prelude::*;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + minutes * 60, 0).unwrap()
    }

    /// An appointment of one of three patients with one of two doctors; a group visit if they come for the same.
    fn visit() -> impl Strategy<Value = Wish> {
        let who = (any::<u128>(), 0_u128..3, 0_u128..2);
        let when = (0_i64..40, 1_i64..6, 0_i64..3);
        (who, when, 1_i32..4, any::<bool>()).prop_map(
            |((id, patient, doctor), (from, length, buffer), capacity, lapsed)| {
                let (from, until) = (at(from * 10), at((from + length) * 10));
                let group = Uuid::from_u128(from.timestamp().unsigned_abs().into());
                let row = appointment::Model {
                    id: AppointmentId(Uuid::from_u128(id)),
                    patient_id: PatientId(Uuid::from_u128(patient)),
                    doctor_id: DoctorId(Uuid::from_u128(doctor)),
                    visit_type_id: None,
                    starts_at: from,
                    ends_at: until,
                    zone: "UTC".to_owned(),
                    modality: Modality::InPerson,
                    status: AppointmentStatus::Pending,
                    confirmed_at: None,
                    reason: None,
                    cancellation_reason: None,
                    replaces_id: None,
                    source_index: None,
                    version: 1,
                    created_at: at(0),
                    updated_at: at(0),
                    recorded_by: None,
                    blocked_from: from - TimeDelta::minutes(buffer * 5),
                    blocked_until: until + TimeDelta::minutes(buffer * 5),
                    group_key: if capacity > 1 {
                        group
                    } else {
                        Uuid::from_u128(id)
                    },
                    seat: 0,
                    hold_expires_at: lapsed.then(|| at(0)),
                    series_id: None,
                    occurrence: None,
                };
                (row, capacity)
            },
        )
    }

    /// Whether the database would take both.
    fn fit(one: &appointment::Model, other: &appointment::Model) -> bool {
        let meet = |a: (DateTime<Utc>, DateTime<Utc>), b: (DateTime<Utc>, DateTime<Utc>)| {
            a.0 < b.1 && b.0 < a.1
        };
        let blocked = |row: &appointment::Model| (row.blocked_from, row.blocked_until);
        let doctors = one.doctor_id == other.doctor_id
            && one.group_key != other.group_key
            && meet(blocked(one), blocked(other));
        let there = |row: &appointment::Model| (row.starts_at, row.ends_at);
        let patients = one.patient_id == other.patient_id && meet(there(one), there(other));
        let seats = one.group_key == other.group_key && one.seat == other.seat;
        !doctors && !patients && !seats
    }

    proptest! {
        #[test]
        fn what_can_be_had_fits_what_stands_and_each_other_and_what_cannot_does_not(
            stood in prop::collection::vec(visit(), 0..6),
            mut wanted in prop::collection::vec(visit(), 1..8),
        ) {
            // What stands has been given away in the same manner.
            let mut standing: Vec<appointment::Model> = Vec::new();
            for (mut row, capacity) in stood {
                let free = (0..capacity).find(|seat| {
                    row.seat = *seat;
                    standing.iter().all(|other| fit(&row, other))
                });
                if let Some(seat) = free {
                    row.seat = seat;
                    standing.push(row);
                }
            }
            let all = standing.iter().map(Standing::from).collect();
            let found = clashes(&mut wanted, all, at(1));
            let over = |row: &appointment::Model| row.hold_expires_at.is_some();
            let mut there: Vec<_> = standing.iter().filter(|row| !over(row)).collect();
            for ((row, capacity), conflict) in wanted.iter().zip(&found.conflicts) {
                let fits = there.iter().all(|other| fit(row, other));
                if conflict.is_none() {
                    prop_assert!(fits && row.seat < *capacity);
                    there.push(row);
                } else {
                    let any = (0..*capacity).any(|seat| {
                        let row = appointment::Model { seat, ..row.clone() };
                        there.iter().all(|other| fit(&row, other))
                    });
                    prop_assert!(!any);
                }
            }
            // Once the holds that are over are called off, the database takes them all.
            let left = standing.iter().filter(|row| !found.over.contains(&row.id));
            for other in left.filter(|row| over(row)) {
                let taken = wanted.iter().zip(&found.conflicts);
                let mut taken = taken.filter(|(_, conflict)| conflict.is_none());
                prop_assert!(taken.all(|((row, _), _)| fit(row, other)));
            }
        }
    }
}
