//! Bringing the appointments of a doctor who is away to where they can go.
//!
//! Each is resolved in a transaction of its own, by the verbs that everybody else uses; what is to be done is found out anew
//! each time from what is there. So whoever is interrupted has done all of some and nothing of the others, and asks again.

use super::absence::{STRETCH, affected, board, cases, may_reroute};
use super::hours::offered;
use super::replacing::{Replacement, resealed};
use super::rescheduling::{RescheduleRefusal, may_give_to, write};
use super::{MakeMove, make_move};
use crate::access::{Action, Resource, Viewer, require};
use crate::appointment::lifecycle::{self, Move};
use crate::appointment::plan::{Board, Case, Proposal, Way};
use crate::appointment::store::Key;
use crate::db::{Stretch, Window};
use crate::error::{Fault, Outcome};
use crate::schedule::service::keep_absence;
use crate::state::{Card, State};
use chrono::TimeDelta;
use entity::code::{AppointmentStatus, CancellationReason};
use entity::id::{AbsenceId, AppointmentId};

/// How many are resolved at once at most.
const AT_ONCE: u64 = 200;

/// Resolve the appointments that an absence is in the way of.
#[derive(Clone, Debug)]
pub struct Resolve {
    /// Which absence.
    pub absence: AbsenceId,
    /// Where they go: the first way that there is.
    pub ways: Vec<Way>,
    /// Why those are called off that can go nowhere; they are left as they are when it is absent.
    pub otherwise: Option<CancellationReason>,
    /// Only those after this one.
    pub after: Option<Key>,
    /// How many at most.
    pub at_most: i32,
    /// Only say what would be done.
    pub dry_run: bool,
}

/// Why nothing is resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResolveRefusal {
    /// A way is named twice, or there is neither a way nor a reason.
    InvalidWays,
    /// This reason is not theirs to give.
    ReasonNotYours,
    /// 1 to 200.
    InvalidAtMost,
}

/// What became, or would become, of an appointment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// A colleague has it.
    Rerouted,
    /// It is at another time.
    Moved,
    /// It is called off.
    Cancelled,
    /// It is as it was.
    Left(Obstacle),
}

/// Why an appointment is as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// There is nowhere that it could go.
    NoProposal,
    /// Where it should have gone was taken meanwhile.
    TakenMeanwhile,
    /// Somebody has changed it meanwhile.
    ChangedMeanwhile,
    /// The viewer may not do that.
    NotPermitted,
}

/// An appointment that was looked at.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// Which, as it was.
    pub card: Card,
    /// What became of it.
    pub fate: Fate,
    /// Where it went, or should have gone.
    pub to: Option<Proposal>,
    /// What stands in its place.
    pub replacement: Option<AppointmentId>,
}

/// What came of resolving.
#[derive(Clone, Debug, Default)]
pub struct Resolution {
    /// Each that was looked at, by its beginning.
    pub outcomes: Vec<Resolved>,
    /// After which to go on; none when these were the last.
    pub next: Option<Key>,
}

/// Resolves appointments that an absence is in the way of, one after the other, or says what would become of each. What is
/// resolved is in nobody's way any more: whoever asks again goes on.
///
/// # Errors
/// Those of the database; not found when there is no such absence that the viewer may know of. What was resolved until then
/// stays so.
pub async fn resolve(
    state: &State,
    viewer: &Viewer,
    command: Resolve,
) -> Outcome<Resolution, ResolveRefusal> {
    let (row, _) = keep_absence(state, viewer, command.absence).await?;
    let most = match check(&command) {
        Ok(most) => most,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let window = Window {
        after: command.after,
        ..Window::first(most)
    };
    let Stretch { mut rows, mut more } = affected(state, viewer, &row, &window).await?;
    if let Some(last) = rows.first().map(|first| first.row.starts_at + STRETCH) {
        let near = rows.partition_point(|card| card.row.starts_at <= last);
        more |= near < rows.len();
        rows.truncate(near);
    }
    let last = rows.last().map(|card| (card.row.starts_at, card.row.id));
    let cases = cases(state, viewer, &rows).await?;
    let mut board = board(state, viewer, row.doctor_id, &cases).await?;
    let mut outcomes = Vec::with_capacity(rows.len());
    for (card, case) in rows.into_iter().zip(cases) {
        let to = choose(state, viewer, &mut board, (&card, &case), &command.ways).await?;
        let done = if command.dry_run {
            Ok((planned(to, command.otherwise), None))
        } else {
            carry_out(state, viewer, (&card, &case), to, command.otherwise).await?
        };
        let (fate, replacement) = done.unwrap_or_else(|obstacle| (Fate::Left(obstacle), None));
        match (fate, &to) {
            (Fate::Rerouted | Fate::Moved, Some(to)) => board.take(&case, to),
            (Fate::Cancelled, _) => board.leave(&case),
            _ => {}
        }
        outcomes.push(Resolved {
            card,
            fate,
            to,
            replacement,
        });
    }
    Ok(Ok(Resolution {
        outcomes,
        next: last.filter(|_| more),
    }))
}

/// How many at most, if the command makes sense; pure.
fn check(command: &Resolve) -> Result<u64, ResolveRefusal> {
    let ways = &command.ways;
    let twice = ways.iter().filter(|way| **way == Way::Move).count() > 1
        || ways.iter().filter(|way| **way == Way::Reroute).count() > 1;
    if twice || (ways.is_empty() && command.otherwise.is_none()) {
        return Err(ResolveRefusal::InvalidWays);
    }
    let reason = command.otherwise;
    if reason.is_some_and(|reason| !lifecycle::may_give(reason, false)) {
        return Err(ResolveRefusal::ReasonNotYours);
    }
    let most = u64::try_from(command.at_most).ok();
    most.filter(|most| (1..=AT_ONCE).contains(most))
        .ok_or(ResolveRefusal::InvalidAtMost)
}

/// Where it goes: the first way that there is, and that the viewer may go. A hold goes nowhere: nobody has agreed to it.
async fn choose(
    state: &State,
    viewer: &Viewer,
    board: &mut Board,
    (card, case): (&Card, &Case),
    ways: &[Way],
) -> Result<Option<Proposal>, Fault> {
    if card.row.status == AppointmentStatus::Pending {
        return Ok(None);
    }
    for way in ways {
        if let Some(to) = board.best(case, &[*way])
            && may_reroute(state, viewer, card, &[to]).await?
        {
            return Ok(Some(to));
        }
    }
    Ok(None)
}

fn planned(to: Option<Proposal>, otherwise: Option<CancellationReason>) -> Fate {
    match (to.map(|to| to.way), otherwise) {
        (Some(Way::Reroute), _) => Fate::Rerouted,
        (Some(Way::Move), _) => Fate::Moved,
        (None, Some(_)) => Fate::Cancelled,
        (None, None) => Fate::Left(Obstacle::NoProposal),
    }
}

/// What was done, and what stands in the appointment's place, or what was in the way.
type Done = Result<(Fate, Option<AppointmentId>), Obstacle>;

/// Does it, in a transaction of its own.
async fn carry_out(
    state: &State,
    viewer: &Viewer,
    (card, case): (&Card, &Case),
    to: Option<Proposal>,
    otherwise: Option<CancellationReason>,
) -> Result<Done, Fault> {
    let fate = planned(to, otherwise);
    let done = match (to, otherwise) {
        (Some(to), _) => {
            let written = bring(state, viewer, (card, case), to).await;
            written.map(|written| match written {
                Ok(id) => Ok((fate, Some(id))),
                Err(
                    RescheduleRefusal::SlotTaken
                    | RescheduleRefusal::PatientBusy
                    | RescheduleRefusal::NotAvailable
                    | RescheduleRefusal::InThePast,
                ) => Err(Obstacle::TakenMeanwhile),
                Err(_) => Err(Obstacle::ChangedMeanwhile),
            })
        }
        (None, Some(reason)) => {
            let cancel = MakeMove {
                appointment: card.row.id,
                expected_version: card.row.version,
                doing: Move::Cancel,
                reason: Some(reason),
                idempotency_key: None,
            };
            let written = make_move(state, viewer, cancel).await;
            written.map(|written| match written {
                Ok(_) => Ok((fate, None)),
                Err(_) => Err(Obstacle::ChangedMeanwhile),
            })
        }
        (None, None) => Ok(Ok((fate, None))),
    };
    match done {
        Err(Fault::NotFound | Fault::Forbidden) => Ok(Err(Obstacle::NotPermitted)),
        done => done,
    }
}

/// Brings an appointment to where it is to go.
async fn bring(
    state: &State,
    viewer: &Viewer,
    (card, case): (&Card, &Case),
    to: Proposal,
) -> Outcome<AppointmentId, RescheduleRefusal> {
    let user = viewer.signed_in()?.user;
    let facts = state.facts(viewer, &*card.patient).await?;
    let old = Resource::Appointment(facts, card.row.doctor_id);
    let granted = require(viewer, Action::Reschedule, &old)?;
    if to.way == Way::Reroute {
        may_give_to(state, viewer, card, to.doctor).await?;
    }
    let (doctor, is_offered) = futures_util::try_join!(
        state.loaders.doctors.load(to.doctor),
        offered(state, to.doctor, &case.need, to.starts_at, false),
    )?;
    let doctor = doctor.ok_or(Fault::NotFound)?;
    let id: AppointmentId = state.clock.new_id();
    let replacement = Replacement {
        old: (*card.row).clone(),
        expected_version: card.row.version,
        doing: Move::Reroute,
        id,
        doctor: (doctor.id, doctor.zone.clone()),
        starts_at: to.starts_at,
        need: case.need,
        reason: resealed(state, card, id)?,
        cutoff: TimeDelta::zero(),
        needs_approval: false,
        is_offered,
        user,
        now: state.clock.now(),
    };
    write(state, viewer, granted, None, Ok(replacement), id).await
}
