//! Free times: a doctor's hours, less the days on which they are closed, less what is taken. Computed each time and never
//! stored. No clock and no database.

use super::hours::{Hours, Span};
use chrono::{DateTime, TimeDelta, Utc};
use entity::id::{DoctorId, VisitTypeId};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Hours in which a doctor can be booked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// When.
    pub hours: Hours,
    /// For these kinds of visits only; for all when there are none.
    pub only: Vec<VisitTypeId>,
    /// Where the doctor is then.
    pub location: Option<String>,
}

impl Opening {
    /// Whether it is for this kind of visit.
    fn serves(&self, visit_type: Option<VisitTypeId>) -> bool {
        self.only.is_empty() || visit_type.is_some_and(|one| self.only.contains(&one))
    }
}

/// When a doctor can be booked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    /// The hours.
    pub open: Vec<Opening>,
    /// What is taken out of them again.
    pub closed: Vec<Hours>,
    /// When the doctor is away altogether.
    pub away: Vec<Span>,
}

/// What a kind of visit asks of a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// Which kind; none is served by hours for all kinds only.
    pub visit_type: Option<VisitTypeId>,
    /// How long it takes.
    pub length: TimeDelta,
    /// For how long before it the doctor is not to be had.
    pub before: TimeDelta,
    /// For how long after it.
    pub after: TimeDelta,
    /// How long ahead at the latest.
    pub notice: TimeDelta,
    /// How long ahead at the earliest.
    pub advance: TimeDelta,
    /// How many come at once.
    pub capacity: i32,
}

impl Need {
    /// What a visit that begins then takes of the doctor's time.
    #[must_use]
    pub fn blocked(&self, starts_at: DateTime<Utc>) -> Span {
        Span {
            from: starts_at - self.before,
            until: starts_at + self.length + self.after,
        }
    }
}

/// What is taken of a doctor's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Busy {
    /// Of when to when.
    pub span: Span,
    /// What those who come to the same group visit share.
    pub group_key: Uuid,
}

/// A time that can be booked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// With whom.
    pub doctor: DoctorId,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
    /// Where.
    pub location: Option<String>,
    /// How many can still come.
    pub seats: i32,
}

/// What all who come to the same group visit share: the same for the same doctor, kind and beginning, so that nobody has to
/// look it up.
#[must_use]
pub fn group_key(doctor: DoctorId, visit_type: VisitTypeId, starts_at: DateTime<Utc>) -> Uuid {
    let mut hash = Sha256::new();
    hash.update(doctor.0.as_bytes());
    hash.update(visit_type.0.as_bytes());
    hash.update(starts_at.timestamp().to_be_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.finalize()[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

impl Calendar {
    /// The times within that the hours offer for this, whether taken or not, in order. Where two openings offer the same
    /// instant it is offered once, by the first of them.
    #[must_use]
    pub fn offered(
        &self,
        need: &Need,
        within: Span,
        now: DateTime<Utc>,
    ) -> BTreeMap<DateTime<Utc>, Option<&str>> {
        let within = Span {
            from: within.from.max(now + need.notice),
            // Up to that instant, and it too.
            until: within.until.min(now + need.advance + TimeDelta::seconds(1)),
        };
        let mut offered = BTreeMap::new();
        if within.from >= within.until {
            return offered;
        }
        let around = Span {
            from: within.from,
            until: within.until + need.length,
        };
        let hours = self.closed.iter().flat_map(|one| one.spans(around));
        let closed: Vec<Span> = hours.chain(self.away.iter().copied()).collect();
        let serves = |opening: &&Opening| opening.serves(need.visit_type);
        for opening in self.open.iter().filter(serves) {
            for from in opening.hours.beginnings(within, need.length) {
                let visit = Span {
                    from,
                    until: from + need.length,
                };
                if !closed.iter().any(|closed| closed.meets(visit)) {
                    offered.entry(from).or_insert(opening.location.as_deref());
                }
            }
        }
        offered
    }

    /// Whether the hours offer this beginning.
    #[must_use]
    pub fn offers(&self, need: &Need, starts_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        let within = Span {
            from: starts_at,
            until: starts_at + TimeDelta::seconds(1),
        };
        !self.offered(need, within, now).is_empty()
    }

    /// Where the doctor is during a visit of this kind, by the first opening that holds all of it.
    #[must_use]
    pub fn location(&self, visit: Span, visit_type: Option<VisitTypeId>) -> Option<&str> {
        let mut openings = self.open.iter().filter(|one| one.serves(visit_type));
        let holds = |one: &&Opening| one.hours.spans(visit).iter().any(|open| open.holds(visit));
        openings.find(holds)?.location.as_deref()
    }

    /// The times within that can be booked, in order.
    pub fn free<'a>(
        &'a self,
        doctor: DoctorId,
        need: &'a Need,
        within: Span,
        now: DateTime<Utc>,
        taken: &'a Taken,
    ) -> impl Iterator<Item = Slot> + 'a {
        let offered = self.offered(need, within, now).into_iter();
        offered.filter_map(move |(starts_at, location)| {
            let seats = taken.seats(doctor, need, starts_at);
            (seats > 0).then(|| Slot {
                doctor,
                starts_at,
                ends_at: starts_at + need.length,
                location: location.map(str::to_owned),
                seats,
            })
        })
    }
}

/// What is taken of one doctor's time, ready to be asked.
#[derive(Clone, Debug, Default)]
pub struct Taken {
    busy: Vec<Busy>,
    longest: TimeDelta,
}

impl Taken {
    /// All of this.
    #[must_use]
    pub fn of(mut busy: Vec<Busy>) -> Self {
        busy.sort_by_key(|one| one.span);
        let longest = busy.iter().map(|one| one.span.until - one.span.from).max();
        Self {
            busy,
            longest: longest.unwrap_or_default(),
        }
    }

    /// How many can still come to such a visit of this doctor's then.
    #[must_use]
    pub fn seats(&self, doctor: DoctorId, need: &Need, starts_at: DateTime<Utc>) -> i32 {
        let group = need.visit_type.filter(|_| need.capacity > 1);
        let key = group.map(|visit_type| group_key(doctor, visit_type, starts_at));
        let taken = self.meeting(need.blocked(starts_at), key);
        taken.map_or(0, |taken| need.capacity - taken)
    }

    /// This is taken too.
    pub fn add(&mut self, one: Busy) {
        self.longest = self.longest.max(one.span.until - one.span.from);
        let at = self.busy.partition_point(|other| other.span <= one.span);
        self.busy.insert(at, one);
    }

    /// How many seats of this group are taken then; none when somebody else has the time.
    fn meeting(&self, span: Span, group: Option<Uuid>) -> Option<i32> {
        let first = self
            .busy
            .partition_point(|one| one.span.from < span.from - self.longest);
        let near = self.busy[first..].iter();
        let mut seats = 0;
        for one in near
            .take_while(|one| one.span.from < span.until)
            .filter(|one| one.span.meets(span))
        {
            if group != Some(one.group_key) {
                return None;
            }
            seats += 1;
        }
        Some(seats)
    }
}

#[cfg(test)]
mod tests;
