//! What the oracle knows of what is done at visits: whose it is, and how far it has come on its way to the patient.

use super::cells::{Cell, Column, Deed, Row, cell, may_do};
use super::chart::Entry;
use super::world::{Thing, World};
use crate::support::{App, Random};
use chrono::{DateTime, Utc};
use entity::chart_record;
use entity::code::{RecordKind, Roles};
use entity::id::UserId;
use patient_tracker::chart::content::{
    Concept, Encounter, EncounterClass, Order, OrderCategory, OrderPriority, TestResult, VisitNote,
};
use patient_tracker::chart::sealed::{SealedRecord, Ties};

/// How far an entry has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// A note that nobody signed.
    Draft,
    /// For those who treat the patient.
    Kept,
    /// For the patient too.
    Shared,
}

/// Whose something that is done at a visit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AtVisit {
    /// The account, if it is known.
    pub author: Option<usize>,
    pub stage: Stage,
}

/// Whether this kind is done at visits.
pub fn is_of_visits(kind: RecordKind) -> bool {
    matches!(
        kind,
        RecordKind::Encounter | RecordKind::VisitNote | RecordKind::Order | RecordKind::TestResult
    )
}

impl World {
    /// Whether this account reads this entry of a chart.
    pub fn reads_entry(&self, who: usize, at: usize, now: DateTime<Utc>) -> bool {
        let entry = &self.entries[at];
        if !is_of_visits(entry.kind) {
            return self.reads(who, Row::Chart, entry.patient, now) > Cell::Nothing;
        }
        let row = match entry.visit.stage {
            Stage::Draft => Row::Drafts,
            Stage::Kept => Row::Visits,
            Stage::Shared => Row::SharedVisits,
        };
        let is_own = entry.visit.author == Some(who);
        let mut columns = self.columns(who, entry.patient, now).into_iter();
        columns.any(|column| {
            let as_author = is_own && matches!(column, Column::ByAppointment | Column::BrokenGlass);
            cell(row, column) > Cell::Nothing || as_author
        })
    }

    /// What an entry leads to.
    pub fn tied_to(&self, at: usize, field: &str) -> Option<Thing> {
        let entry = &self.entries[at];
        match field {
            "author" => {
                let author = entry.visit.author?;
                Some(Thing::Doctor(self.accounts[author].doctor?))
            }
            _ => Some(Thing::Patient(entry.patient)),
        }
    }

    /// Whether this account may do this to this entry, which is somebody's.
    pub fn works_on(&self, who: usize, deed: Deed, at: usize, now: DateTime<Utc>) -> bool {
        let entry = &self.entries[at];
        let is_own = entry.visit.author == Some(who);
        let mut columns = self.columns(who, entry.patient, now).into_iter();
        columns.any(|column| match deed {
            Deed::Own => may_do(deed, column) || (is_own && column == Column::ByAppointment),
            Deed::Sign => may_do(deed, column) && is_own,
            _ => may_do(deed, column),
        })
    }

    /// Whose a new entry is, and how far it has come: likely somebody's who meets the patient.
    pub(super) fn at_visit(
        &self,
        kind: RecordKind,
        patient: usize,
        random: &mut Random,
    ) -> AtVisit {
        let team = self.members.iter().filter(|one| one.patient == patient);
        let met = self
            .appointments
            .iter()
            .filter(|one| one.patient == patient);
        let broken = self.grants.iter().filter(|one| one.patient == patient);
        let doctors: Vec<_> = team
            .map(|one| one.doctor)
            .chain(met.map(|one| one.doctor))
            .chain(broken.map(|one| one.doctor))
            .collect();
        let known = |at: &usize| {
            let doctor = self.accounts[*at].doctor;
            doctor.is_some_and(|doctor| doctors.contains(&doctor))
        };
        let known: Vec<_> = (0..self.accounts.len()).filter(known).collect();
        let author = match known.is_empty() || random.below(4) == 0 {
            true => (0..self.accounts.len()).find(|at| self.accounts[*at].is(Roles::DOCTOR)),
            false => Some(*random.pick(&known)),
        };
        let stage = *random.pick(&[Stage::Draft, Stage::Kept, Stage::Shared]);
        match (is_of_visits(kind), kind, stage) {
            (false, ..) => AtVisit {
                author: None,
                stage: Stage::Kept,
            },
            (_, RecordKind::VisitNote, stage) => AtVisit { author, stage },
            (.., Stage::Draft) => AtVisit {
                author,
                stage: Stage::Kept,
            },
            (.., stage) => AtVisit { author, stage },
        }
    }

    /// The same of a row.
    pub(super) fn visit_of(&self, row: &chart_record::Model) -> AtVisit {
        let author = row.author_id.map(|id| id.0);
        let is_draft = row.kind == RecordKind::VisitNote && row.signed_at.is_none();
        AtVisit {
            author: self.accounts.iter().position(|one| Some(one.id) == author),
            stage: match row.shared_at {
                Some(_) => Stage::Shared,
                None if is_draft => Stage::Draft,
                None => Stage::Kept,
            },
        }
    }

    /// The row of an entry with what the oracle says of its visit.
    pub(super) fn placed(&self, one: &Entry, row: SealedRecord) -> SealedRecord {
        if !is_of_visits(one.kind) {
            return row;
        }
        let author = one.visit.author.map(|at| UserId(self.accounts[at].id));
        let mut row = row.tied(author, Ties::default());
        if one.kind == RecordKind::VisitNote && one.visit.stage != Stage::Draft {
            row = row.signed();
        }
        if one.visit.stage == Stage::Shared {
            row.record.shared_at = Some(row.record.created_at);
            row.record.shared_version = Some(1);
        }
        row
    }

    pub(super) async fn sealed_visit(&self, app: &App, one: &Entry, of: Concept) -> SealedRecord {
        let (status, note, at) = (one.status, one.note.clone(), one.effective_at);
        match one.kind {
            RecordKind::Encounter => {
                let says = Encounter {
                    status,
                    class: EncounterClass::Ambulatory,
                    visit: None,
                    reason: Some(of),
                    starts_at: Some(at),
                    ends_at: Some(at),
                    participants: None,
                    follow_up_on: None,
                    note,
                };
                self.seal(app, one, says, |new, key| new.seal(key, at))
                    .await
            }
            RecordKind::VisitNote => {
                let says = VisitNote {
                    status,
                    title: note,
                    subjective: None,
                    objective: None,
                    assessment: None,
                    plan: None,
                    text: Some(of.text),
                };
                self.seal(app, one, says, |new, key| new.seal(key, at))
                    .await
            }
            RecordKind::Order => {
                let says = Order {
                    code: of,
                    category: OrderCategory::Laboratory,
                    status,
                    priority: OrderPriority::Routine,
                    reason: None,
                    occurs_at: None,
                    performer: None,
                    note,
                };
                self.seal(app, one, says, |new, key| new.seal(key, at))
                    .await
            }
            _ => {
                let says = TestResult {
                    code: of,
                    status,
                    observations: None,
                    conclusion: None,
                    taken_at: Some(at),
                    issued_at: None,
                    performer: None,
                    note,
                };
                self.seal(app, one, says, |new, key| new.seal(key, at))
                    .await
            }
        }
    }
}
