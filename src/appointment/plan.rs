//! Where the appointments of a doctor who is away could go: to a colleague, or to another time. No clock and no database.
//!
//! Nobody is proposed a time that is taken, by others or by what was planned before it, nor one at which the patient is
//! elsewhere. A colleague comes first with the time that is nearest to the old one; of colleagues who are equally near, the
//! one who has been in the directory the longest; none who may not read the patient's record. The same board plans the same.

use crate::schedule::hours::Span;
use crate::schedule::slots::{Busy, Calendar, Need, Taken, group_key};
use chrono::{DateTime, TimeDelta, Utc};
use entity::code::Confidentiality;
use entity::id::{AppointmentId, DoctorId, PatientId, VisitTypeId};
use std::collections::HashMap;
use uuid::Uuid;

/// A colleague's time is near so long before and after the old one.
pub const NEAR: TimeDelta = TimeDelta::days(3);
/// Another time of the doctor's own is looked for so long before and after the old one.
pub const OTHER_TIME: TimeDelta = TimeDelta::days(28);
/// How many times of the doctor's own are proposed.
const OWN: usize = 2;

/// Where an appointment can go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Way {
    /// To a colleague.
    Reroute,
    /// To another time of the same doctor.
    Move,
}

/// An appointment that cannot stay.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// Which.
    pub appointment: AppointmentId,
    /// Whose.
    pub patient: PatientId,
    /// How sensitive the record is that comes with the patient.
    pub confidentiality: Confidentiality,
    /// When it would have begun.
    pub starts_at: DateTime<Utc>,
    /// Whether it may be brought forward at its doctor's: it opens the record to them sooner.
    pub sooner: bool,
    /// What the visit asks of a time.
    pub need: Need,
}

impl Case {
    fn visit(&self, starts_at: DateTime<Utc>) -> Span {
        Span {
            from: starts_at,
            until: starts_at + self.need.length,
        }
    }
}

/// A time that is free for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Which way.
    pub way: Way,
    /// With whom.
    pub doctor: DoctorId,
    /// From when.
    pub starts_at: DateTime<Utc>,
    /// Until when.
    pub ends_at: DateTime<Utc>,
}

/// A doctor's time.
#[derive(Clone, Debug)]
pub struct Diary {
    /// Whose.
    pub doctor: DoctorId,
    /// Up to how sensitive a record they may read.
    pub clearance: Confidentiality,
    /// When they can be booked.
    pub calendar: Calendar,
    /// What is taken of it.
    pub taken: Taken,
}

/// What a kind of visit asks of a time, as far as its beginnings depend on it.
type Kind = (DoctorId, Option<VisitTypeId>, TimeDelta);

/// All that planning looks at.
#[derive(Clone, Debug)]
pub struct Board {
    own: Diary,
    colleagues: Vec<Diary>,
    /// Where patients are, by which appointment.
    patients: HashMap<PatientId, Vec<(AppointmentId, Span)>>,
    /// Between which instants the diaries are known: the doctor's own, and the colleagues'.
    known: (Span, Span),
    now: DateTime<Utc>,
    beginnings: HashMap<Kind, Vec<DateTime<Utc>>>,
}

impl Board {
    /// A board of the doctor's diary, known from the one instant to the other, and the colleagues', known likewise.
    #[must_use]
    pub fn new(
        (own, own_known): (Diary, Span),
        (colleagues, known): (Vec<Diary>, Span),
        patients: HashMap<PatientId, Vec<(AppointmentId, Span)>>,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            own,
            colleagues,
            patients,
            known: (own_known, known),
            now,
            beginnings: HashMap::new(),
        }
    }

    /// Where it can go, the nearest of each colleague first, up to so many, and then the nearest times of the doctor's own.
    pub fn proposals(&mut self, case: &Case, colleagues: usize) -> Vec<Proposal> {
        let mut found = self.rerouted(case);
        found.truncate(colleagues);
        found.extend(self.moved(case, OWN));
        found
    }

    /// The first way of these that there is.
    pub fn best(&mut self, case: &Case, ways: &[Way]) -> Option<Proposal> {
        ways.iter().find_map(|way| match way {
            Way::Reroute => self.rerouted(case).into_iter().next(),
            Way::Move => self.moved(case, 1).into_iter().next(),
        })
    }

    /// Notes that it goes there: nobody else is proposed that time.
    pub fn take(&mut self, case: &Case, to: &Proposal) {
        self.leave(case);
        let mut diaries = self.colleagues.iter_mut().chain([&mut self.own]);
        if let Some(diary) = diaries.find(|diary| diary.doctor == to.doctor) {
            let group = case.need.visit_type.filter(|_| case.need.capacity > 1);
            diary.taken.add(Busy {
                span: case.need.blocked(to.starts_at),
                group_key: group.map_or(Uuid::from(case.appointment), |kind| {
                    group_key(to.doctor, kind, to.starts_at)
                }),
            });
        }
        let visits = self.patients.entry(case.patient).or_default();
        visits.push((case.appointment, case.visit(to.starts_at)));
    }

    /// Notes that it is called off: the patient is free then.
    pub fn leave(&mut self, case: &Case) {
        if let Some(visits) = self.patients.get_mut(&case.patient) {
            visits.retain(|(appointment, _)| *appointment != case.appointment);
        }
    }

    /// The nearest time of each colleague who has one, the nearest first.
    fn rerouted(&mut self, case: &Case) -> Vec<Proposal> {
        let mut found: Vec<Proposal> = (0..self.colleagues.len())
            .filter_map(|place| {
                if case.confidentiality > self.colleagues[place].clearance {
                    return None;
                }
                let starts_at = self.nearest(Some(place), case, NEAR, 1).pop()?;
                Some(Proposal {
                    way: Way::Reroute,
                    doctor: self.colleagues[place].doctor,
                    starts_at,
                    ends_at: starts_at + case.need.length,
                })
            })
            .collect();
        found.sort_by_key(|one| ((one.starts_at - case.starts_at).abs(), one.doctor));
        found
    }

    /// The nearest other times of the doctor's own.
    fn moved(&mut self, case: &Case, most: usize) -> Vec<Proposal> {
        let doctor = self.own.doctor;
        let times = self.nearest(None, case, OTHER_TIME, most);
        let proposal = |starts_at| Proposal {
            way: Way::Move,
            doctor,
            starts_at,
            ends_at: starts_at + case.need.length,
        };
        times.into_iter().map(proposal).collect()
    }

    /// The free times that are nearest to the old one: of the colleague in this place, or of the doctor's own.
    fn nearest(
        &mut self,
        colleague: Option<usize>,
        case: &Case,
        within: TimeDelta,
        most: usize,
    ) -> Vec<DateTime<Utc>> {
        let (diary, known) = match colleague {
            Some(place) => (&self.colleagues[place], self.known.1),
            None => (&self.own, self.known.0),
        };
        let kind = (diary.doctor, case.need.visit_type, case.need.length);
        let times = self.beginnings.entry(kind).or_insert_with(|| {
            let offered = diary.calendar.offered(&case.need, known, self.now);
            offered.into_keys().collect()
        });
        let elsewhere = self.patients.get(&case.patient);
        let free = |at: DateTime<Utc>| {
            let visit = case.visit(at);
            let meets =
                |(one, span): &(AppointmentId, Span)| *one != case.appointment && span.meets(visit);
            at > self.now
                && diary.taken.seats(diary.doctor, &case.need, at) > 0
                && !elsewhere.is_some_and(|visits| visits.iter().any(meets))
        };
        let middle = times.partition_point(|at| *at < case.starts_at);
        let (earlier, later) = times.split_at(middle);
        let near = |at: &&DateTime<Utc>| (**at - case.starts_at).abs() <= within;
        let earlier = earlier.iter().rev().take_while(near);
        let mut earlier = earlier
            .filter(|_| case.sooner || colleague.is_some())
            .peekable();
        let mut later = later.iter().take_while(near).peekable();
        let mut found = Vec::new();
        // Outwards from the old time; of two equally near the later, for which there is more time to tell the patient.
        while found.len() < most {
            let next = match (earlier.peek(), later.peek()) {
                (Some(before), Some(after))
                    if case.starts_at - **before < **after - case.starts_at =>
                {
                    earlier.next()
                }
                (_, Some(_)) => later.next(),
                (Some(_), None) => earlier.next(),
                (None, None) => break,
            };
            found.extend(next.copied().filter(|at| free(*at)));
        }
        found
    }
}

#[cfg(test)]
mod tests;
