//! The account afterwards: rows, events, audit and what everybody heard, compared with one another.

use super::Figures;
use super::acts::{Window, World};
use super::followers::stream_of;
use super::writers::Written;
use crate::crowd::{Shared, lock};
use crate::output::{Done, Told, tell};
use crate::scene::times;
use crate::stage::Stage;
use crate::stage::log::{Event, Rows, Verdict, compare};
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use std::process::Command;
use uuid::Uuid;

/// What does not agree.
#[derive(Debug, Default, Serialize)]
pub struct Wrong {
    /// Acknowledged writes that are not in the database.
    pub acknowledged_lost: usize,
    /// Appointments that nobody was told of, or two for one request.
    pub unacknowledged_rows: usize,
    /// What was heard, of all subscribers together.
    pub heard: Verdict,
    /// Streams whose events do not count 1, 2, 3 up to their head.
    pub gaps: usize,
    /// Rows without their event, events without their row, in any of three streams.
    pub events: usize,
    /// Acknowledged writes without their entry in the audit, and entries without a write.
    pub audit: usize,
    /// Whether `audit verify` says that the audit is not as it was written.
    pub audit_broken: bool,
}

impl Wrong {
    /// Whether anything is.
    #[must_use]
    pub fn is_any(&self) -> bool {
        let counts = [
            self.acknowledged_lost,
            self.unacknowledged_rows,
            self.gaps,
            self.events,
            self.audit,
        ];
        counts.iter().any(|count| *count > 0) || !self.heard.is_clean() || self.audit_broken
    }
}

struct Row {
    id: u128,
    patient: Uuid,
    doctor: Uuid,
    cancelled: bool,
}

/// The database as it was left.
pub struct Ledger {
    events: HashMap<String, Vec<Event>>,
    heads: HashMap<String, i64>,
    rows: Vec<Row>,
    /// Of each patient, how many entries say that something was booked or cancelled.
    entries: HashMap<Uuid, usize>,
    /// Requests that have such an entry.
    requests: HashSet<String>,
}

impl Ledger {
    /// Reads all of it.
    pub async fn read(stage: &Stage) -> Done<Self> {
        let database = Rows::open(&stage.kit.database).await?;
        let mut ledger = Self {
            events: database.events().await?,
            heads: HashMap::new(),
            rows: Vec::new(),
            entries: HashMap::new(),
            requests: HashSet::new(),
        };
        for row in database.all("SELECT stream, seq FROM stream_head").await? {
            let stream = row.try_get("", "stream").told("a head")?;
            ledger
                .heads
                .insert(stream, row.try_get("", "seq").told("a head")?);
        }
        let select = "SELECT id, patient_id, doctor_id, status FROM appointment";
        for row in database.all(select).await? {
            let uuid = |name: &str| row.try_get::<Uuid>("", name).told("a row");
            let status: String = row.try_get("", "status").told("a row")?;
            ledger.rows.push(Row {
                id: uuid("id")?.as_u128(),
                patient: uuid("patient_id")?,
                doctor: uuid("doctor_id")?,
                cancelled: status.eq_ignore_ascii_case("cancelled"),
            });
        }
        let select = "SELECT patient_id, request_id FROM audit_entry WHERE outcome = 'ALLOWED' AND action IN ('BOOK', 'CANCEL')";
        for row in database.all(select).await? {
            let patient: Option<Uuid> = row.try_get("", "patient_id").told("an entry")?;
            *ledger
                .entries
                .entry(patient.unwrap_or_default())
                .or_default() += 1;
            let request = row.try_get("", "request_id").told("an entry")?;
            ledger.requests.insert(request);
        }
        database.close().await;
        Ok(ledger)
    }

    /// What a subscriber to this stream must have heard.
    #[must_use]
    pub fn heard(&self, stream: &str) -> Vec<(u128, bool)> {
        let events = self.events.get(stream).into_iter().flatten();
        events.filter_map(Event::heard).collect()
    }
}

/// What everybody heard, against the log.
pub fn followers(stage: &Stage, ledger: &Ledger, records: &[Shared], figures: &mut Figures) {
    for (number, record) in records.iter().enumerate() {
        let record = lock(record);
        let heard: Vec<_> = record
            .heard
            .iter()
            .map(|it| (it.id, it.cancelled))
            .collect();
        let verdict = compare(&ledger.heard(&stream_of(stage, number)), &heard);
        if !verdict.is_clean() {
            let words = record.words.as_deref().unwrap_or("none");
            tell(&format!(
                "Subscriber {number}: {verdict:?}; last words of a socket: {words}"
            ));
        }
        figures.wrong.heard.add(verdict);
        figures.deliveries += heard.len();
        figures.sockets_broken += record.broken;
        figures.tries += record.tries;
    }
}

/// How long what happened during a fault took to those who were connected.
pub fn delays(records: &[Shared], windows: &[Window], figures: &mut Figures) {
    let (mut during, mut otherwise) = (Vec::new(), Vec::new());
    for record in records {
        for it in lock(record).heard.iter().filter(|it| it.live) {
            let took = u32::try_from((it.arrived - it.occurred).max(0)).unwrap_or(u32::MAX);
            let holds = |(from, to): &Window| (*from..=*to).contains(&it.occurred);
            match windows.iter().any(holds) {
                true => during.push(took),
                false => otherwise.push(took),
            }
        }
    }
    figures.live_during_fault = during.len();
    let times_during = times(during);
    figures.p50_ms = times_during.p50_ms;
    figures.p99_ms = times_during.p99_ms;
    figures.max_ms = times_during.max_ms;
    figures.otherwise_p99_ms = times(otherwise).p99_ms;
}

/// Rows, events and audit, against each other and against what was acknowledged.
pub fn rows(ledger: &Ledger, written: &Written, wrong: &mut Wrong) {
    let rows: HashMap<u128, &Row> = ledger.rows.iter().map(|row| (row.id, row)).collect();
    let booked: HashSet<u128> = written.booked.iter().map(|it| it.id).collect();
    let cancelled: HashSet<u128> = written.cancelled.iter().map(|it| it.id).collect();
    wrong.acknowledged_lost += booked.iter().filter(|id| !rows.contains_key(id)).count();
    let stands = |id: &&u128| rows.get(*id).is_none_or(|row| !row.cancelled);
    wrong.acknowledged_lost += cancelled.iter().filter(stands).count();
    // Every request was answered in the end, so there is no row of which nobody knows.
    wrong.unacknowledged_rows += rows.keys().filter(|id| !booked.contains(id)).count();
    wrong.unacknowledged_rows += written.booked.len() - booked.len();
    let unasked = |row: &&Row| row.cancelled && !cancelled.contains(&row.id);
    wrong.unacknowledged_rows += ledger.rows.iter().filter(unasked).count();
    wrong.gaps += gaps(ledger);
    wrong.events += disagreeing_events(ledger);
    let unrecorded = |request: &str| !ledger.requests.contains(request);
    let all = written.booked.iter().chain(&written.cancelled);
    wrong.audit += all.filter(|it| unrecorded(&it.request)).count();
    // A request that was sent again is asked again, and so recorded again, whether the first had been done or not.
    let mut acts: HashMap<Uuid, (usize, usize)> = HashMap::new();
    for row in &ledger.rows {
        let (done, repeated) = acts.entry(row.patient).or_default();
        *done += 1 + usize::from(row.cancelled);
        *repeated += written.sent_again.get(&row.id).copied().unwrap_or_default();
    }
    for patient in acts
        .keys()
        .chain(ledger.entries.keys())
        .collect::<HashSet<_>>()
    {
        let (done, repeated) = acts.get(patient).copied().unwrap_or_default();
        let entries = ledger.entries.get(patient).copied().unwrap_or_default();
        wrong.audit += done.saturating_sub(entries) + entries.saturating_sub(done + repeated);
    }
}

fn gaps(ledger: &Ledger) -> usize {
    let counts = |stream: &String, head: &i64| {
        let events = ledger.events.get(stream).map_or(&[][..], Vec::as_slice);
        let places = events.iter().map(|event| event.seq);
        places.eq(1..=*head)
    };
    let heads = ledger.heads.iter();
    let bad = heads.filter(|(stream, head)| !counts(stream, head)).count();
    let headless = ledger
        .events
        .keys()
        .filter(|it| !ledger.heads.contains_key(*it));
    bad + headless.count()
}

/// Each row has its events in the streams of the clinic, its doctor and its patient, once each, and they have no others.
fn disagreeing_events(ledger: &Ledger) -> usize {
    let mut wanted: HashMap<(String, u128, bool), i64> = HashMap::new();
    for row in &ledger.rows {
        let streams = [
            "clinic".to_owned(),
            format!("doctor:{}", row.doctor.simple()),
            format!("patient:{}", row.patient.simple()),
        ];
        for stream in streams {
            *wanted.entry((stream.clone(), row.id, false)).or_default() += 1;
            if row.cancelled {
                *wanted.entry((stream, row.id, true)).or_default() += 1;
            }
        }
    }
    for (stream, events) in &ledger.events {
        for (id, cancelled) in events.iter().filter_map(Event::heard) {
            *wanted.entry((stream.clone(), id, cancelled)).or_default() -= 1;
        }
    }
    wanted.values().filter(|count| **count != 0).count()
}

/// Whether the audit is as it was written, by the server's own command, with each copy's checkpoints.
pub fn audit(world: &World, wrong: &mut Wrong) -> Done<()> {
    for (start, _) in &world.starts {
        let done = Command::new(&start.command[0])
            .args(["audit", "verify"])
            .envs(start.environment.iter().cloned())
            .current_dir(&start.folder)
            .output()
            .told("audit verify")?;
        if !done.status.success() {
            tell(&String::from_utf8_lossy(&done.stdout));
            tell(&String::from_utf8_lossy(&done.stderr));
            wrong.audit_broken = true;
        }
    }
    Ok(())
}
