//! Which days each doctor of a sample clinic works, for how many visits, and who is sure to come.
//! Knows no panel and no hour.

use std::collections::{HashMap, HashSet};

use chrono::{Datelike, NaiveDate};

use super::DEMO;
use super::calendar::{Span, after, before, works};
use super::dice::Dice;
use super::specialties::{SPECIALTIES, of_doctor};

/// How many visits fill a day that a demonstration shows; the longest of them still fit.
const FULL_DAY: usize = 15;

/// One doctor's working day.
pub(super) struct Session {
    pub(super) day: NaiveDate,
    pub(super) doctor: usize,
    pub(super) visits: usize,
    /// Patients who come whatever chance says.
    pub(super) expected: Vec<usize>,
    /// Whether it must stay full.
    pub(super) shown: bool,
}

/// The working days of all doctors.
pub(super) struct Plan {
    /// In order of days.
    pub(super) sessions: Vec<Session>,
    /// Days on which a patient is expected somewhere, and so free for no one else.
    pub(super) kept: HashSet<(NaiveDate, usize)>,
}

/// Draws the sessions of so many doctors for about six in a hundred more visits than `target`: some find no time, and
/// the surplus is dropped in the end. Each doctor may hold `weekly` sessions a week.
pub(super) fn plan(
    dice: &mut Dice,
    span: Span,
    (doctors, patients): (usize, usize),
    target: usize,
    weekly: usize,
) -> Plan {
    let shown = shown_days(span);
    let (mut expected, kept) = expectations(span, DEMO.min(doctors), DEMO.min(patients));
    let mut sessions = Vec::new();
    for day in span.working_days() {
        for doctor in 0..doctors {
            let shown = doctor < DEMO && shown.contains(&day);
            let expected = expected.remove(&(day, doctor)).unwrap_or_default();
            if shown || holds_session(doctor, day, weekly) || !expected.is_empty() {
                let visits = if shown {
                    FULL_DAY
                } else {
                    session_size(dice, span, doctor, day)
                };
                sessions.push(Session {
                    day,
                    doctor,
                    visits,
                    expected,
                    shown,
                });
            }
        }
    }
    thin_out(dice, &mut sessions, doctors, target);
    Plan { sessions, kept }
}

/// Keeps as many sessions as the target needs, evenly spread over each doctor's days.
fn thin_out(dice: &mut Dice, sessions: &mut Vec<Session>, doctors: usize, target: usize) {
    let on_offer = 100 * sessions.iter().map(|session| session.visits).sum::<usize>();
    let wanted = (106 * target).min(on_offer);
    let mut credit: Vec<usize> = (0..doctors).map(|_| dice.below(on_offer)).collect();
    sessions.retain(|session| {
        let credit = &mut credit[session.doctor];
        *credit += wanted;
        let held = *credit >= on_offer;
        if held {
            *credit -= on_offer;
        }
        held || session.shown || !session.expected.is_empty()
    });
}

/// The days that a demonstration shows: today if the clinic is open, and the next day that it is.
fn shown_days(span: Span) -> Vec<NaiveDate> {
    let today = Some(span.today).filter(|day| works(*day));
    today.into_iter().chain(span.next_working_day()).collect()
}

type Expected = HashMap<(NaiveDate, usize), Vec<usize>>;

/// Visits of the first patients to each of the first doctors, before and after the days shown: whoever signs in as one
/// of them finds a past and something to come.
fn expectations(
    span: Span,
    doctors: usize,
    patients: usize,
) -> (Expected, HashSet<(NaiveDate, usize)>) {
    let mut expected = Expected::new();
    let mut kept = HashSet::new();
    for patient in 0..patients {
        for doctor in 0..doctors {
            let offset = (4 * (patient * doctors + doctor)) as i64;
            for days in [6, 30, 90] {
                let past = open_day(before(span.today, days + 1 + offset), before);
                let coming = open_day(after(span.today, days + offset), after);
                for day in [past, coming].into_iter().flatten() {
                    // No patient is expected twice on a day.
                    if kept.insert((day, patient)) {
                        expected.entry((day, doctor)).or_default().push(patient);
                    }
                }
            }
        }
    }
    (expected, kept)
}

fn session_size(dice: &mut Dice, span: Span, doctor: usize, day: NaiveDate) -> usize {
    let leads = SPECIALTIES[of_doctor(doctor)].leads;
    let (low, high) = if leads { (10, 18) } else { (7, 14) };
    let full = dice.between(low, high);
    let ahead = (day - span.today).num_days().max(0);
    let horizon = (span.last - span.today).num_days().max(1);
    // From full now to three tenths at the end of what can be booked.
    let visits = full * (10 * horizon - 7 * ahead) / (10 * horizon);
    visits.max(2) as usize
}

/// Whether `day` is one of the doctor's `weekly` weekdays; colleagues have different ones, the first doctors one more.
fn holds_session(doctor: usize, day: NaiveDate, weekly: usize) -> bool {
    let weekday = day.weekday().num_days_from_monday() as usize;
    let days = weekly + usize::from(doctor < DEMO);
    // Steps of two around the week: 0 2 4 1 3.
    (0..days.min(5)).any(|step| (doctor + 2 * step) % 5 == weekday)
}

/// The first day the clinic is open, from `day` on in the direction of `step`.
fn open_day(day: NaiveDate, step: fn(NaiveDate, i64) -> NaiveDate) -> Option<NaiveDate> {
    (0..7).map(|days| step(day, days)).find(|day| works(*day))
}
