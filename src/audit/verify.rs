//! Whether the audit is as it was written: every entry, every link, and every checkpoint.

use super::looked_at::LookedAt;
use super::shown::ShownTo;
use super::{AuditKey, Checkpoint, chain, store};
use crate::db::Db;
use crate::error::Fault;
use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::HEXLOWER;
use entity::audit_entry;
use entity::id::{AuditEntryId, PatientId};
use std::collections::{HashMap, HashSet};
use std::fmt;
use uuid::Uuid;

/// Rows read at once.
const STRETCH: u64 = 1000;
/// For so long an entry may wait for its link before that is worth a word.
const PENDING: TimeDelta = TimeDelta::minutes(1);

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fraud {
    /// The links do not count on: here one is missing.
    LinkMissing {
        /// Which.
        seq: i64,
    },
    /// A link is not the one that was made: it was changed, moved, or its entry was.
    LinkWrong {
        /// Which.
        seq: i64,
        /// The entry that it names.
        entry: AuditEntryId,
    },
    /// A link's entry is gone.
    EntryMissing {
        /// Which link.
        seq: i64,
        /// Which entry.
        entry: AuditEntryId,
    },
    /// An entry is not as the server wrote it.
    EntryChanged {
        /// Its link.
        seq: i64,
        /// Which.
        entry: AuditEntryId,
    },
    /// Those whom an entry of many names are not as the server wrote them down, or are gone.
    FollowersChanged {
        /// Which entry.
        entry: AuditEntryId,
    },
    /// Some of the patients whom an entry names do not find it any more.
    PatientsChanged {
        /// Which entry.
        entry: AuditEntryId,
    },
    /// An entry is found by a patient whom it does not name.
    PatientAdded {
        /// Which entry.
        entry: AuditEntryId,
    },
    /// An entry that was never sealed was not written by the server.
    EntryForged {
        /// Which.
        entry: AuditEntryId,
    },
    /// The chain ends before a checkpoint.
    CutOff {
        /// Where it had come to.
        seq: i64,
        /// In which line of the checkpoints.
        line: usize,
    },
    /// The chain is another one than at a checkpoint.
    Rewritten {
        /// Where.
        seq: i64,
        /// In which line of the checkpoints.
        line: usize,
    },
    /// A checkpoint is not as the server wrote it.
    CheckpointWrong {
        /// Its line.
        line: usize,
    },
}

impl fmt::Display for Fraud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LinkMissing { seq } => write!(f, "link {seq} is missing"),
            Self::LinkWrong { seq, entry } => {
                write!(f, "link {seq} (entry {entry}) is not the one that was made")
            }
            Self::EntryMissing { seq, entry } => write!(f, "entry {entry} of link {seq} is gone"),
            Self::EntryChanged { seq, entry } => {
                write!(f, "entry {entry} of link {seq} was changed")
            }
            Self::FollowersChanged { entry } => {
                write!(f, "whom entry {entry} names was changed")
            }
            Self::PatientsChanged { entry } => {
                write!(
                    f,
                    "entry {entry} is not found by all patients whom it names"
                )
            }
            Self::PatientAdded { entry } => {
                write!(
                    f,
                    "entry {entry} is found by a patient whom it does not name"
                )
            }
            Self::EntryForged { entry } => {
                write!(f, "entry {entry}, in no link, was not written by a server")
            }
            Self::CutOff { seq, line } => write!(
                f,
                "the chain ends before link {seq}, which the checkpoint in line {line} has seen"
            ),
            Self::Rewritten { seq, line } => write!(
                f,
                "link {seq} is another one than the checkpoint in line {line} has seen"
            ),
            Self::CheckpointWrong { line } => {
                write!(
                    f,
                    "the checkpoint in line {line} was not written by a server"
                )
            }
        }
    }
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// How many links there are.
    pub links: i64,
    /// How many entries wait for theirs.
    pub pending: u64,
    /// How many of those for longer than they should while a server runs.
    pub late: u64,
    /// How many checkpoints were compared.
    pub checkpoints: usize,
    /// Lines of the checkpoints that cannot be read: torn when the machine stopped, most likely. They prove nothing, neither
    /// tampering nor its absence: whoever can spoil a line could as well take it away.
    pub unreadable: Vec<usize>,
    /// All that is wrong, the first in the chain first.
    pub frauds: Vec<Fraud>,
}

/// Verifies everything.
///
/// # Errors
/// Those of the database.
pub async fn verify(
    db: &Db,
    key: &AuditKey,
    checkpoints: &[(usize, Option<Checkpoint>)],
    now: DateTime<Utc>,
) -> Result<Report, Fault> {
    let mut report = Report::default();
    let mut seen: HashMap<i64, String> = checkpoints
        .iter()
        .filter_map(|(_, checkpoint)| Some((checkpoint.as_ref()?.seq, String::new())))
        .collect();
    // First what waits for a link: an entry that gets one meanwhile is seen twice, in the other order not at all.
    let mut waiting = Report::default();
    pending(db, key, &mut waiting, now).await?;
    links(db, key, &mut report, &mut seen).await?;
    found(db, &mut report).await?;
    (report.pending, report.late) = (waiting.pending, waiting.late);
    report.frauds.append(&mut waiting.frauds);
    for (line, checkpoint) in checkpoints {
        let line = *line;
        let Some(checkpoint) = checkpoint else {
            report.unreadable.push(line);
            continue;
        };
        report.checkpoints += 1;
        if !checkpoint.is_proved(key) {
            report.frauds.push(Fraud::CheckpointWrong { line });
            continue;
        }
        let seq = checkpoint.seq;
        match seen.get(&seq).map(String::as_str) {
            None | Some("") => report.frauds.push(Fraud::CutOff { seq, line }),
            Some(hash) if hash != checkpoint.hash => {
                report.frauds.push(Fraud::Rewritten { seq, line });
            }
            Some(_) => {}
        }
    }
    Ok(report)
}

/// The chain, link by link; `seen` is filled in with the hashes at the places that it has.
async fn links(
    db: &Db,
    key: &AuditKey,
    report: &mut Report,
    seen: &mut HashMap<i64, String>,
) -> Result<(), Fault> {
    let secret = key.secret();
    let (mut last, mut hash) = (0, chain::BEGINNING.to_vec());
    loop {
        let links = store::links_after(db, last, STRETCH).await?;
        if links.is_empty() {
            return Ok(());
        }
        let ids = links.iter().map(|link| link.entry_id);
        let entries = store::entries(db, ids).await?;
        let named = Named::of(db, key, &entries).await?;
        let entries: HashMap<AuditEntryId, audit_entry::Model> =
            entries.into_iter().map(|it| (it.id, it)).collect();
        for link in links {
            let (seq, entry) = (link.seq, link.entry_id);
            if seq != last + 1 {
                report.frauds.push(Fraud::LinkMissing { seq: last + 1 });
            }
            match entries.get(&entry) {
                None => report.frauds.push(Fraud::EntryMissing { seq, entry }),
                Some(row) => {
                    if row.mac != chain::proof(secret, row) {
                        report.frauds.push(Fraud::EntryChanged { seq, entry });
                    } else if let Some(fraud) = named.fraud(row) {
                        report.frauds.push(fraud);
                    } else if link.hash != chain::link(secret, &hash, seq, row) {
                        report.frauds.push(Fraud::LinkWrong { seq, entry });
                    }
                }
            }
            if let Some(room) = seen.get_mut(&seq) {
                *room = HEXLOWER.encode(&link.hash);
            }
            report.links += 1;
            // What follows is measured by what stands here, so that one fraud is named once.
            (last, hash) = (seq, link.hash);
        }
    }
}

/// By whom entries of many are found: nobody but whom they name.
async fn found(db: &Db, report: &mut Report) -> Result<(), Fault> {
    let mut last = None;
    loop {
        let rows = store::found_after(db, last, STRETCH).await?;
        let Some(end) = rows.last() else {
            return Ok(());
        };
        last = Some(*end);
        let ids: HashSet<AuditEntryId> = rows.iter().map(|row| row.entry_id).collect();
        let entries = store::entries(db, ids).await?;
        let named: HashMap<AuditEntryId, HashSet<PatientId>> = entries
            .iter()
            .filter_map(|entry| Some((entry.id, LookedAt::of(entry)?.0.into_iter().collect())))
            .collect();
        let added = rows.iter().filter(|row| {
            let named = named.get(&row.entry_id);
            !named.is_some_and(|named| named.contains(&row.patient_id))
        });
        let frauds = added.map(|row| Fraud::PatientAdded {
            entry: row.entry_id,
        });
        report.frauds.extend(frauds);
    }
}

/// Those whom some entries of many name: who follows by what is proved of them, and patients as they find those entries.
struct Named<'a> {
    key: &'a AuditKey,
    proofs: HashMap<(Uuid, i32), Vec<u8>>,
    patients: HashSet<(PatientId, AuditEntryId)>,
}

impl<'a> Named<'a> {
    async fn of(db: &Db, key: &'a AuditKey, entries: &[audit_entry::Model]) -> Result<Self, Fault> {
        let named = entries.iter().filter_map(|entry| {
            let numbers = ShownTo::of(entry)?.numbers.into_iter();
            Some(numbers.map(|number| (entry.node, number)))
        });
        let rows = store::followers(db, named.flatten()).await?;
        let proved = rows
            .into_iter()
            .filter(|(_, row)| row.mac == chain::proof_of_follower(key.secret(), row));
        let proofs = proved.map(|(number, row)| (number, row.mac)).collect();
        let patients = store::finding(db, entries).await?;
        Ok(Self {
            key,
            proofs,
            patients,
        })
    }

    /// What is wrong with those whom the entry names.
    fn fraud(&self, entry: &audit_entry::Model) -> Option<Fraud> {
        let id = entry.id;
        if !self.are_as_written(entry) {
            return Some(Fraud::FollowersChanged { entry: id });
        }
        let patients = LookedAt::of(entry)?.0;
        let is_found = patients
            .iter()
            .all(|patient| self.patients.contains(&(*patient, id)));
        (!is_found).then_some(Fraud::PatientsChanged { entry: id })
    }

    /// Whether all whom the entry names stand as they were written down; of an entry of one, nothing is asked.
    fn are_as_written(&self, entry: &audit_entry::Model) -> bool {
        if entry.shown_to.is_none() {
            return true;
        }
        let Some(shown) = ShownTo::of(entry) else {
            return false;
        };
        let proofs = shown.numbers.iter().map(|number| {
            let proof = self.proofs.get(&(entry.node, *number))?;
            Some(proof.as_slice())
        });
        let Some(proofs) = proofs.collect::<Option<Vec<&[u8]>>>() else {
            return false;
        };
        chain::followers(self.key.secret(), proofs.into_iter()) == shown.digest
    }
}

/// The entries that no link seals yet.
async fn pending(
    db: &Db,
    key: &AuditKey,
    report: &mut Report,
    now: DateTime<Utc>,
) -> Result<(), Fault> {
    let mut last = i64::MIN;
    loop {
        let entries = store::unsealed(db.read(), last, STRETCH).await?;
        let Some(end) = entries.last() else {
            return Ok(());
        };
        last = end.place;
        let named = Named::of(db, key, &entries).await?;
        for row in &entries {
            report.pending += 1;
            if now - row.occurred_at > PENDING {
                report.late += 1;
            }
            if row.mac != chain::proof(key.secret(), row) {
                report.frauds.push(Fraud::EntryForged { entry: row.id });
            } else if let Some(fraud) = named.fraud(row) {
                report.frauds.push(fraud);
            }
        }
    }
}
