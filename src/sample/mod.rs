//! A clinic that never was: people, their care teams, charts and a diary, drawn from a seed.
//!
//! It is there so that whoever tries the server meets a full waiting room and not an empty table, and so that measuring
//! has something to measure. The same seed, size, moment and zone give the same clinic, to the letter, on every machine.
//! Everything is plain data; lists refer to each other by place. Nobody in it exists: mail goes to reserved domains, the
//! telephone numbers are those kept for fiction, the insurers are invented.
//!
//! What holds, whatever the seed:
//! - No doctor and no patient has two appointments at once, cancelled ones aside; no patient has two on a day.
//! - Appointments lie between 08:00 and 17:00 of the zone, outside lunch (12:00 to 13:00), on working days.
//! - What is past has an outcome, what is ahead has none, and the day of `now` shows a clinic at work at that hour.
//! - An appointment's doctor is in the patient's care team by then.
//! - Nothing in a chart is older than its patient or still to come.
//! - The first three doctors and patients are adults' doctors and adults who know each other; those doctors have twelve
//!   or more appointments today (if it is a working day) and on the next working day, and those patients have past and
//!   coming appointments with each of them.
//!
//! This module refuses to know the database, the services and the clock.

mod calendar;
mod charts;
mod diary;
mod dice;
mod doctors;
mod model;
mod names;
mod patients;
mod places;
mod plan;
mod specialties;
mod states;
mod team;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use calendar::{OPEN, Span, after, before};
use diary::Diary;
use dice::Dice;

pub use model::{
    Address, Allergy, AllergyCategory, Appointment, BloodGroup, Cancellation, CareRole,
    CareTeamMember, Chart, Clinic, Coding, Condition, ContactChannel, Coverage, Department, Doctor,
    EmergencyContact, Gender, Immunization, Licence, Medication, Modality, PartOfDay, Patient,
    Preferences, Status, VisitType, Vitals,
};

/// How many doctors and how many patients are meant for accounts of a demonstration: the first of each list.
pub const DEMO: usize = 3;

/// How large a clinic is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// For looking around: 14 doctors, 320 patients, 9,000 appointments over a year, half of it ahead.
    Small,
    /// For measuring: 100 doctors, 20,000 patients, 200,000 appointments over two years, half a year of it ahead.
    Large,
}

struct Measure {
    doctors: usize,
    patients: usize,
    appointments: usize,
    days_back: i64,
    days_ahead: i64,
    /// Visits of which each chart has vital signs, at most.
    visits: usize,
    /// Weekdays on which each doctor may hold a session.
    weekly: usize,
}

impl Size {
    const fn measure(self) -> Measure {
        match self {
            Self::Small => Measure {
                doctors: 14,
                patients: 320,
                appointments: 9_000,
                days_back: 186,
                days_ahead: 182,
                visits: 5,
                weekly: 2,
            },
            Self::Large => Measure {
                doctors: 100,
                patients: 20_000,
                appointments: 200_000,
                days_back: 548,
                days_ahead: 182,
                visits: 1,
                weekly: 3,
            },
        }
    }
}

/// Makes the clinic as it stands at `now`, with its working hours in `zone`. Deterministic, and free of effects.
#[must_use]
pub fn clinic(seed: u64, size: Size, now: DateTime<Utc>, zone: Tz) -> Clinic {
    let measure = size.measure();
    let today = now.with_timezone(&zone).date_naive();
    let span = Span {
        first: before(today, measure.days_back),
        today,
        last: after(today, measure.days_ahead),
    };
    let (departments, doctors) =
        doctors::doctors(&mut Dice::new(seed, 1), measure.doctors, span, zone);
    let patients = patients::patients(&mut Dice::new(seed, 2), measure.patients, today);
    let care_team = team::care_team(&mut Dice::new(seed, 3), doctors.len(), &patients, span);
    let mut dice = Dice::new(seed, 5);
    let charts = charts::charts(&mut dice, &patients, measure.visits, (now, today));
    let mut dice = Dice::new(seed, 4);
    let people = (doctors.len(), patients.len());
    let appointments = Diary::new(&mut dice, span, now, zone, people, &care_team)
        .fill(measure.appointments, measure.weekly);
    Clinic {
        departments,
        visit_types: specialties::VISIT_TYPES.to_vec(),
        doctors,
        patients,
        care_team,
        charts,
        appointments,
        hours: OPEN.to_vec(),
        since: span.first,
    }
}
