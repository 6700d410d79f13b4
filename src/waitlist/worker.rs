//! The task that offers: on each copy, for as long as the server runs.
//!
//! It looks upon what happens in the streams of the doctors for whom somebody waits, upon what is done on this copy, and upon
//! the clock. What it misses (a copy that died, a bell that was lost) the next round finds.

use super::{service, store};
use crate::error::Fault;
use crate::event::{Stream, Subscription};
use crate::state::State;
use chrono::TimeDelta;
use entity::code::EventKind;
use entity::id::DoctorId;
use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};

/// How often it is looked for offers whose time is over.
const TICK: Duration = Duration::from_secs(1);
/// How often it is looked whose times nobody has looked at for long.
const LOOK: Duration = Duration::from_secs(5);
/// Nobody's times are left alone for longer, whatever was missed.
const ROUND: TimeDelta = TimeDelta::seconds(30);
/// How many events wait to be looked at; the streams wait meanwhile.
const WAITING: usize = 1024;

/// Something that may have freed a time of this doctor, and its place in their stream.
struct Heard {
    doctor: DoctorId,
    seq: i64,
    kind: EventKind,
}

/// Offers what becomes free to those who wait for it.
pub async fn keep(state: Arc<State>) {
    let (tell, heard) = mpsc::channel(WAITING);
    let watch = Watch {
        state: Arc::clone(&state),
        tell,
        followed: Mutex::default(),
    };
    tokio::join!(
        upon_events(&state, heard),
        upon_deeds(&state, &watch),
        upon_the_clock(&state),
        in_rounds(&state, &watch),
    );
}

fn warn(fault: &Fault) {
    tracing::warn!(
        ?fault,
        "Could not look for times for those who wait; trying again"
    );
}

/// Whether an event of this kind in a doctor's stream can have freed a time, or ended an offer.
fn may_free(kind: EventKind) -> bool {
    matches!(
        kind,
        EventKind::AppointmentCancelled
            | EventKind::AppointmentUpdated
            | EventKind::AvailabilityChanged
            | EventKind::DoctorUpdated
            | EventKind::WaitlistChanged
    )
}

async fn upon_events(state: &State, mut heard: mpsc::Receiver<Heard>) {
    let mut some = Vec::new();
    while heard.recv_many(&mut some, WAITING).await > 0 {
        let mut furthest: HashMap<DoctorId, i64> = HashMap::new();
        let mut may_have_ended = false;
        for one in some.drain(..) {
            match one.kind {
                // What this copy remembers of the hours may be of before the change.
                EventKind::AvailabilityChanged => state.loaders.availability.forget(one.doctor),
                EventKind::DoctorUpdated => state.loaders.doctors.forget(one.doctor),
                EventKind::AppointmentCancelled | EventKind::AppointmentUpdated => {
                    may_have_ended = true;
                }
                _ => {}
            }
            let seq = furthest.entry(one.doctor).or_default();
            *seq = one.seq.max(*seq);
        }
        if let Err(fault) = look(state, furthest, may_have_ended).await {
            warn(&fault);
        }
    }
}

async fn look(
    state: &State,
    furthest: HashMap<DoctorId, i64>,
    may_have_ended: bool,
) -> Result<(), Fault> {
    if may_have_ended {
        for doctor in service::settle(state).await? {
            service::fill(state, doctor).await?;
        }
    }
    for (doctor, seq) in furthest {
        let mine = state.db.write::<bool, Infallible, _>(move |tx| {
            Box::pin(async move { Ok(Ok(store::take_turn(tx, doctor, seq).await?)) })
        });
        let Ok(mine) = mine.await?;
        if mine {
            service::fill(state, doctor).await?;
        }
    }
    Ok(())
}

/// What a verb on this copy has rung for: somebody waits for these doctors, or has let a time go.
async fn upon_deeds(state: &State, watch: &Watch) {
    loop {
        for doctor in state.waitlist.rung().await {
            let looked = async {
                watch.follow(doctor).await?;
                service::fill(state, doctor).await
            };
            if let Err(fault) = looked.await {
                warn(&fault);
            }
        }
    }
}

async fn upon_the_clock(state: &State) {
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let looked = async {
            for doctor in service::settle(state).await? {
                service::fill(state, doctor).await?;
            }
            Ok(())
        };
        if let Err(fault) = looked.await {
            warn(&fault);
        }
    }
}

async fn in_rounds(state: &State, watch: &Watch) {
    let mut ticks = tokio::time::interval(LOOK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(fault) = round(state, watch).await {
            warn(&fault);
        }
    }
}

async fn round(state: &State, watch: &Watch) -> Result<(), Fault> {
    service::expire(state).await?;
    let doctors = service::waited_for(state).await?;
    watch.only(&doctors);
    let since = state.clock.now() - ROUND;
    let looked_at = store::looked_since(&state.db, &doctors, since).await?;
    for doctor in doctors {
        let is_new = watch.follow(doctor).await?;
        let is_due = !looked_at.contains(&doctor) && {
            let mine = state.db.write::<bool, Infallible, _>(move |tx| {
                Box::pin(async move { Ok(Ok(store::take_round(tx, doctor, since).await?)) })
            });
            let Ok(mine) = mine.await?;
            mine
        };
        // What happened before this copy began to follow is in no event that it is told of.
        if is_new || is_due {
            service::fill(state, doctor).await?;
        }
    }
    Ok(())
}

/// The streams that are followed. Dropped, it follows none.
struct Watch {
    state: Arc<State>,
    tell: mpsc::Sender<Heard>,
    followed: Mutex<Followed>,
}

#[derive(Default)]
struct Followed {
    tasks: JoinSet<()>,
    by_doctor: HashMap<DoctorId, AbortHandle>,
}

impl Watch {
    fn followed(&self) -> MutexGuard<'_, Followed> {
        self.followed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn follows(&self, doctor: DoctorId) -> bool {
        let followed = self.followed();
        let task = followed.by_doctor.get(&doctor);
        task.is_some_and(|task| !task.is_finished())
    }

    /// Follows this doctor's stream from now on; whether it was not followed before.
    async fn follow(&self, doctor: DoctorId) -> Result<bool, Fault> {
        if self.follows(doctor) {
            return Ok(false);
        }
        let following = self.state.hub.follow(Stream::Doctor(doctor), None).await?;
        let Ok(following) = following else {
            return Err(Fault::internal("a stream does not begin at its end"));
        };
        let tell = self.tell.clone();
        let mut followed = self.followed();
        while followed.tasks.try_join_next().is_some() {}
        let task = followed.tasks.spawn(pass_on(following, doctor, tell));
        // Two who came at once: the later one stays.
        if let Some(other) = followed.by_doctor.insert(doctor, task) {
            other.abort();
        }
        Ok(true)
    }

    /// Lets go of all but these.
    fn only(&self, doctors: &HashSet<DoctorId>) {
        self.followed().by_doctor.retain(|doctor, task| {
            let stays = doctors.contains(doctor);
            if !stays {
                task.abort();
            }
            stays
        });
    }
}

/// Tells of what may have freed a time; ends when nobody listens, or the stream cannot be read on: then the next round
/// begins anew.
async fn pass_on(mut following: Subscription, doctor: DoctorId, tell: mpsc::Sender<Heard>) {
    while let Ok(delivery) = following.next().await {
        let (seq, kind) = (delivery.event.seq, delivery.event.kind);
        if may_free(kind) && tell.send(Heard { doctor, seq, kind }).await.is_err() {
            return;
        }
    }
}
