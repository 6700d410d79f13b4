//! Which appointments of a doctor who is away cannot stay, and where each could go.

use super::rescheduling::need_of;
use super::shown;
use super::slots::calendar;
use crate::access::{Action, PatientFacts, Resource, Viewer, decide};
use crate::appointment::plan::{Board, Case, Diary, NEAR, OTHER_TIME, Proposal, Way};
use crate::appointment::store::{self, Filter, Key};
use crate::db::{Stretch, Window};
use crate::doctor::service::{cleared_for, is_colleague, list_doctors};
use crate::doctor::store::Filter as Among;
use crate::error::Fault;
use crate::schedule::hours::Span;
use crate::schedule::slots::{Need, Taken};
use crate::state::{Card, State};
use chrono::{DateTime, TimeDelta, Utc};
use entity::code::{AppointmentStatus, Confidentiality};
use entity::id::{AppointmentId, DoctorId};
use entity::{absence, doctor};
use futures_util::future::try_join_all;
use std::collections::HashMap;

/// Over how long a stretch of time appointments are planned at once.
pub(super) const STRETCH: TimeDelta = TimeDelta::days(60);
/// To how many colleagues at most.
const MOST_COLLEAGUES: usize = 20;
/// Of how many of the doctor's specialties colleagues are looked for.
const SPECIALTIES: usize = 5;
/// How many colleagues' times are proposed for each.
const PROPOSED: usize = 3;

/// What cannot stay as it is: it has not begun, and nobody has come for it yet.
const STATES: [AppointmentStatus; 4] = [
    AppointmentStatus::Proposed,
    AppointmentStatus::Pending,
    AppointmentStatus::Booked,
    AppointmentStatus::CheckedIn,
];

fn filter(row: &absence::Model, now: DateTime<Utc>) -> Filter {
    Filter {
        doctor: Some(row.doctor_id),
        from: Some(now.max(row.starts_at - store::LONGEST)),
        to: Some(row.until()),
        ends_after: Some(row.starts_at),
        statuses: STATES.to_vec(),
        ..Filter::default()
    }
}

/// The appointments, not begun yet, that an absence which the viewer has found is in the way of, as far as they may see
/// them.
///
/// # Errors
/// Those of the database.
pub async fn affected(
    state: &State,
    viewer: &Viewer,
    row: &absence::Model,
    window: &Window<Key>,
) -> Result<Stretch<Card>, Fault> {
    let filter = filter(row, state.clock.now());
    let found = store::list(&state.db, viewer, &filter, window).await?;
    shown(state, viewer, &found.rows).await?;
    Ok(found)
}

/// How many they are.
///
/// # Errors
/// Those of the database.
pub async fn count_affected(
    state: &State,
    viewer: &Viewer,
    row: &absence::Model,
) -> Result<i64, Fault> {
    store::count(&state.db, viewer, &filter(row, state.clock.now())).await
}

/// Where each of these appointments could go, if it were the only one. The statements are the same however many there are,
/// as long as they lie within sixty days.
///
/// # Errors
/// Those of the database.
pub async fn proposals(
    state: &State,
    viewer: &Viewer,
    row: &absence::Model,
    cards: &[Card],
) -> Result<HashMap<AppointmentId, Vec<Proposal>>, Fault> {
    let mut found = HashMap::new();
    let mut rest = cards;
    while let Some(first) = rest.first() {
        let last = first.row.starts_at + STRETCH;
        let (these, later) = rest.split_at(rest.partition_point(|it| it.row.starts_at <= last));
        rest = later;
        let cases = cases(state, viewer, these).await?;
        let mut board = board(state, viewer, row.doctor_id, &cases).await?;
        for (card, case) in these.iter().zip(&cases) {
            let mut each = board.proposals(case, PROPOSED);
            if !may_reroute(state, viewer, card, &each).await? {
                each.retain(|one| one.way == Way::Move);
            }
            if card.row.status == AppointmentStatus::Pending {
                each.clear();
            }
            found.insert(card.row.id, each);
        }
    }
    Ok(found)
}

/// Whether the viewer may give the appointment's patient a time of the colleagues who are proposed.
pub(super) async fn may_reroute(
    state: &State,
    viewer: &Viewer,
    card: &Card,
    proposals: &[Proposal],
) -> Result<bool, Fault> {
    let Some(to) = proposals.iter().find(|one| one.way == Way::Reroute) else {
        return Ok(true);
    };
    let facts = state.facts(viewer, &*card.patient).await?;
    let resource = Resource::Appointment(facts, to.doctor);
    Ok(decide(viewer, Action::Book, &resource).is_allowed())
}

pub(super) async fn cases(
    state: &State,
    viewer: &Viewer,
    cards: &[Card],
) -> Result<Vec<Case>, Fault> {
    let needs = try_join_all(cards.iter().map(|card| need_of(state, card)));
    let facts = try_join_all(cards.iter().map(|card| state.facts(viewer, &*card.patient)));
    let (needs, facts) = futures_util::try_join!(needs, facts)?;
    let may_open = |card: &Card, facts| {
        let resource = Resource::Appointment(facts, card.row.doctor_id);
        decide(viewer, Action::Book, &resource).is_allowed()
    };
    let case = |((card, need), facts): ((&Card, Need), PatientFacts)| Case {
        sooner: may_open(card, facts),
        appointment: card.row.id,
        patient: card.row.patient_id,
        confidentiality: card.patient.confidentiality,
        starts_at: card.row.starts_at,
        // Notice is what patients are asked for, and there is none to be given here.
        need: Need {
            notice: TimeDelta::zero(),
            advance: super::wish::FURTHEST,
            ..need
        },
    };
    Ok(cards.iter().zip(needs).zip(facts).map(case).collect())
}

/// Doctors who are trained in what this one is, and take new patients; those who have been here longest first.
async fn colleagues(
    state: &State,
    viewer: &Viewer,
    doctor: &doctor::Model,
) -> Result<Vec<DoctorId>, Fault> {
    let window = Window::first(u64::try_from(MOST_COLLEAGUES).unwrap_or(1) + 1);
    let mut codes: Vec<&str> = Vec::new();
    for coding in &doctor.specialties.0 {
        if !codes.contains(&&*coding.code) && codes.len() < SPECIALTIES {
            codes.push(&coding.code);
        }
    }
    let among = codes.into_iter().map(|code| Among {
        specialty: Some(code.to_owned()),
        accepts_new_patients: Some(true),
        ..Among::default()
    });
    let among: Vec<Among> = among.collect();
    let lists = among
        .iter()
        .map(|among| list_doctors(state, viewer, among, &window));
    let mut found: Vec<DoctorId> = try_join_all(lists)
        .await?
        .into_iter()
        .flat_map(|list| list.rows)
        .filter(|other| other.id != doctor.id && is_colleague(doctor, other))
        .map(|other| other.id)
        .collect();
    found.sort_unstable();
    found.dedup();
    found.truncate(MOST_COLLEAGUES);
    Ok(found)
}

/// All that planning looks at, in a few statements, however many there are.
pub(super) async fn board(
    state: &State,
    viewer: &Viewer,
    doctor: DoctorId,
    cases: &[Case],
) -> Result<Board, Fault> {
    let now = state.clock.now();
    let first = cases.first().map_or(now, |case| case.starts_at);
    let last = cases.last().map_or(now, |case| case.starts_at);
    let around = |more: TimeDelta| Span {
        from: (first - more).max(now),
        until: last + more,
    };
    let (near, other) = (around(NEAR), around(OTHER_TIME));
    let row = state.loaders.doctors.load(doctor).await?;
    let row = row.ok_or(Fault::NotFound)?;
    let ids = colleagues(state, viewer, &row).await?;
    let own = [doctor];
    let patients = cases.iter().map(|case| case.patient);
    let cleared = |id: &DoctorId| cleared_for(state, *id);
    let (calendars, clearances, own_calendar, mut busy, mut own_busy, patients) = futures_util::try_join!(
        try_join_all(ids.iter().map(|id| calendar(state, *id))),
        try_join_all(ids.iter().map(cleared)),
        calendar(state, doctor),
        store::busy(&state.db, &ids, near),
        store::busy(&state.db, &own, other),
        store::whereabouts(&state.db, patients, other),
    )?;
    let diary = |((doctor, calendar), clearance)| Diary {
        doctor,
        clearance,
        calendar,
        taken: Taken::of(busy.remove(&doctor).unwrap_or_default()),
    };
    let diaries = ids.into_iter().zip(calendars).zip(clearances);
    let diaries = diaries.map(diary).collect();
    let own = Diary {
        doctor,
        // To their own other times nobody new comes to read the record.
        clearance: Confidentiality::VeryRestricted,
        calendar: own_calendar,
        taken: Taken::of(own_busy.remove(&doctor).unwrap_or_default()),
    };
    Ok(Board::new((own, other), (diaries, near), patients, now))
}
