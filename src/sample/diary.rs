//! Fills the days of a sample clinic's doctors with patients of their own. Knows days, panels and lengths of visits;
//! who these people are is none of its business.
//!
//! Within a session visits follow each other with gaps, between 08:00 and 17:00 without lunch, so that no two can
//! overlap; and no patient comes twice on a day, so that no patient is in two places.

use std::collections::HashSet;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

use super::calendar::{HALVES, Span, instant};
use super::dice::Dice;
use super::model::{Appointment, CareTeamMember, Status};
use super::plan::{Session, plan};
use super::specialties::{FIRST, FOLLOW_UP, SAME_DAY, SPECIALTIES, VISIT_TYPES, of_doctor};
use super::states::{Care, made_at, state};

/// One patient in a doctor's panel.
struct Member {
    patient: usize,
    since: NaiveDate,
    /// In a hundred: how often a free slot that is offered suits.
    frequency: usize,
    last: Option<NaiveDate>,
}

/// A visit that has a day but no time yet.
struct Visit {
    patient: usize,
    visit_type: usize,
    reason: &'static str,
    care: Care,
}

/// An appointment, and whether it may be dropped to meet the number asked for.
struct Entry {
    appointment: Appointment,
    spare: bool,
}

/// The diary while it is being written.
pub(super) struct Diary<'a> {
    dice: &'a mut Dice,
    span: Span,
    now: DateTime<Utc>,
    zone: Tz,
    panels: Vec<Vec<Member>>,
    /// The last day on which each patient has somewhere to be; days are filled in order.
    busy: Vec<Option<NaiveDate>>,
    /// Days kept free for patients who are expected by a certain doctor.
    kept: HashSet<(NaiveDate, usize)>,
    entries: Vec<Entry>,
}

impl<'a> Diary<'a> {
    /// An empty diary for doctors who each have the panel that `team` says.
    pub(super) fn new(
        dice: &'a mut Dice,
        span: Span,
        now: DateTime<Utc>,
        zone: Tz,
        (doctors, patients): (usize, usize),
        team: &[CareTeamMember],
    ) -> Self {
        // Most come now and then; a few come often.
        let frequencies: Vec<usize> = (0..patients)
            .map(|_| [20, 30, 30, 40, 50, 60, 80, 100][dice.below(8)])
            .collect();
        let mut panels: Vec<Vec<Member>> = (0..doctors).map(|_| Vec::new()).collect();
        for member in team {
            panels[member.doctor].push(Member {
                patient: member.patient,
                since: member.from,
                frequency: frequencies[member.patient],
                last: None,
            });
        }
        Self {
            dice,
            span,
            now,
            zone,
            panels,
            busy: vec![None; patients],
            kept: HashSet::new(),
            entries: Vec::new(),
        }
    }

    /// Exactly `target` appointments as far as panels and hours allow, in order of their beginning; `weekly` is the
    /// number of weekdays on which each doctor may hold a session.
    pub(super) fn fill(mut self, target: usize, weekly: usize) -> Vec<Appointment> {
        let people = (self.panels.len(), self.busy.len());
        let plan = plan(self.dice, self.span, people, target, weekly);
        self.kept = plan.kept;
        for session in plan.sessions {
            self.hold(session);
        }
        self.drop_spare(target);
        let mut appointments: Vec<Appointment> = self
            .entries
            .into_iter()
            .map(|entry| entry.appointment)
            .collect();
        appointments.sort_by_key(|appointment| (appointment.starts_at, appointment.doctor));
        appointments
    }

    /// Fills one session.
    fn hold(&mut self, session: Session) {
        let mut visits = Vec::with_capacity(session.visits);
        for patient in &session.expected {
            let place = self.panels[session.doctor]
                .iter()
                .position(|member| member.patient == *patient);
            if let Some(place) = place {
                visits.push(self.visit(&session, place, Care::Kept));
            }
        }
        while visits.len() < session.visits {
            let Some(place) = self.pick(session.doctor, session.day) else {
                break;
            };
            let care = if session.shown {
                Care::Kept
            } else {
                Care::Usual
            };
            visits.push(self.visit(&session, place, care));
        }
        for (half, visits) in self.halves(visits).into_iter().enumerate() {
            self.place(&session, HALVES[half], visits);
        }
    }

    /// Someone of the doctor's panel who has time that day, if possible one who was not there in the last days.
    fn pick(&mut self, doctor: usize, day: NaiveDate) -> Option<usize> {
        let panel = &self.panels[doctor];
        if panel.is_empty() {
            return None;
        }
        let free = |member: &Member| {
            member.since <= day
                && self.busy[member.patient] != Some(day)
                && !self.kept.contains(&(day, member.patient))
        };
        for _ in 0..16 {
            let place = self.dice.below(panel.len());
            let member = &panel[place];
            let rested = member.last.is_none_or(|last| (day - last).num_days() >= 6);
            if rested && free(member) && self.dice.chance(member.frequency) {
                return Some(place);
            }
        }
        let start = self.dice.below(panel.len());
        (0..panel.len())
            .map(|step| (start + step) % panel.len())
            .find(|place| free(&panel[*place]))
    }

    /// Books the member in for the day, with a reason of the doctor's trade.
    fn visit(&mut self, session: &Session, place: usize, care: Care) -> Visit {
        let member = &mut self.panels[session.doctor][place];
        let first = member.last.is_none() && member.since > self.span.first;
        let patient = member.patient;
        member.last = Some(session.day);
        self.busy[patient] = Some(session.day);
        let soon = (session.day - self.span.today).num_days() <= 2;
        let fits = |visit_type: usize| {
            // Nobody comes for the first time to hear a result.
            (!first || visit_type == FOLLOW_UP)
                && (soon || visit_type != SAME_DAY)
                && (!session.shown || VISIT_TYPES[visit_type].minutes <= 30)
        };
        let reasons = SPECIALTIES[of_doctor(session.doctor)].reasons;
        let drawn = self.dice.below(reasons.len());
        // The next one in the list that fits; each list has one (tested there).
        let (visit_type, reason) = (0..reasons.len())
            .map(|step| reasons[(drawn + step) % reasons.len()])
            .find(|(visit_type, _)| fits(*visit_type))
            .unwrap_or(reasons[drawn]);
        Visit {
            patient,
            visit_type: if first { FIRST } else { visit_type },
            reason,
            care,
        }
    }

    /// Deals visits to morning and afternoon, longer ones no worse off; what fits in neither is left out. Visits that
    /// are expected stand first and so always fit.
    fn halves(&mut self, visits: Vec<Visit>) -> [Vec<Visit>; 2] {
        let mut halves = [Vec::new(), Vec::new()];
        let mut load = [0, 0];
        for visit in visits {
            let minutes = VISIT_TYPES[visit.visit_type].minutes;
            let first = usize::from(load[1] < load[0]);
            let fitting = [first, 1 - first].into_iter().find(|half| {
                let (from, to) = HALVES[*half];
                load[*half] + minutes <= to - from
            });
            if let Some(half) = fitting {
                load[half] += minutes;
                halves[half].push(visit);
            }
        }
        for half in &mut halves {
            self.dice.shuffle(half);
        }
        halves
    }

    /// Gives the visits of half a day their times, with what is left over as gaps of five minutes and more.
    fn place(&mut self, session: &Session, (from, to): (u16, u16), visits: Vec<Visit>) {
        let taken: u16 = visits
            .iter()
            .map(|visit| VISIT_TYPES[visit.visit_type].minutes)
            .sum();
        let mut slack = i64::from((to - from).saturating_sub(taken) / 5);
        let mut at = from;
        let count = visits.len() as i64;
        for (place, visit) in visits.into_iter().enumerate() {
            let gap = self
                .dice
                .between(0, slack.min(2 * slack / (count - place as i64)));
            slack -= gap;
            at += gap as u16 * 5;
            let minutes = VISIT_TYPES[visit.visit_type].minutes;
            self.enter(session, (at, at + minutes), &visit);
            at += minutes;
        }
    }

    /// Writes one appointment down; when it was called off, someone else may have got its time.
    fn enter(&mut self, session: &Session, (from, to): (u16, u16), visit: &Visit) {
        let start = instant(session.day, from, self.zone);
        let end = instant(session.day, to, self.zone);
        let (Some(start), Some(end)) = (start, end) else {
            return;
        };
        let (status, cancellation) = state(
            self.dice,
            visit.visit_type,
            (start, end),
            self.now,
            visit.care,
        );
        let made_at = made_at(self.dice, visit.visit_type, status, start, self.now);
        self.entries.push(Entry {
            appointment: Appointment {
                doctor: session.doctor,
                patient: visit.patient,
                visit_type: visit.visit_type,
                starts_at: start,
                ends_at: end,
                status,
                cancellation,
                reason: visit.reason,
                made_at,
            },
            spare: visit.care == Care::Usual,
        });
        if status == Status::Cancelled && self.dice.chance(35) {
            self.give_to_another(session, (from, to));
        }
    }

    fn give_to_another(&mut self, session: &Session, (from, to): (u16, u16)) {
        let Some(place) = self.pick(session.doctor, session.day) else {
            return;
        };
        let visit = self.visit(session, place, Care::Usual);
        let minutes = VISIT_TYPES[visit.visit_type].minutes;
        // A longer visit does not fit, and a cancellation of this one too would only recurse.
        if minutes <= to - from {
            let kept = Visit {
                care: Care::Kept,
                ..visit
            };
            self.enter(session, (from, from + minutes), &kept);
            if let Some(entry) = self.entries.last_mut() {
                entry.spare = true;
            }
        }
    }

    /// Drops appointments at random until no more than `target` are left.
    fn drop_spare(&mut self, target: usize) {
        let mut spare: Vec<usize> = (0..self.entries.len())
            .filter(|place| self.entries[*place].spare)
            .collect();
        self.dice.shuffle(&mut spare);
        spare.truncate(self.entries.len().saturating_sub(target));
        let dropped: HashSet<usize> = spare.into_iter().collect();
        let mut place = 0;
        self.entries.retain(|_| {
            place += 1;
            !dropped.contains(&(place - 1))
        });
    }
}
