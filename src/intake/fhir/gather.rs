//! What is told of together: reports and panels take in the observations that they name.

use super::admit::Admission;
use super::bundle::Bundle;
use super::keep::kept;
use super::known::entry_index;
use super::report::Kind;
use super::vital::sign;
use super::words::{IN_ERROR, remark};
use crate::chart::content::{MOST_OBSERVATIONS, Observation};
use crate::chart::sealed::SealedRecord;
use crate::fhir::{Mention, Reference, Said, When};
use entity::id::PatientId;
use std::collections::{HashMap, HashSet};

/// When, of all the entries of charts in a bundle, an entry is looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// Orders, and notes that are added to no other: others are tied to them.
    Tied,
    /// What takes observations in.
    Gathers,
    /// All others.
    Rest,
}

impl Turn {
    pub(super) fn of(said: &Said) -> Self {
        match said {
            Said::Order(_) => Self::Tied,
            Said::Note(note) if note.appends.is_none() => Self::Tied,
            said if members(said).is_some() => Self::Gathers,
            _ => Self::Rest,
        }
    }
}

/// The observations of a bundle, by all that they are called, and which of them a report has taken in.
pub(super) struct Loose<'a> {
    pub(super) named: HashMap<&'a Reference, usize>,
    pub(super) used: HashSet<usize>,
}

/// What a report takes in.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) found: Vec<Observation>,
    pub(super) remarks: Vec<String>,
    pub(super) places: Vec<usize>,
}

impl<'a> Loose<'a> {
    pub(super) fn of(bundle: &'a Bundle) -> Self {
        let (mut named, mut vague) = (HashMap::new(), HashSet::new());
        for (place, one) in bundle.records.iter().enumerate() {
            if !matches!(one.content.said, Said::Observation(_)) {
                continue;
            }
            for name in &one.names {
                if named.insert(name, place).is_some() {
                    vague.insert(name);
                }
            }
        }
        named.retain(|name, _| !vague.contains(name));
        Self {
            named,
            used: HashSet::new(),
        }
    }
}

/// What gathers observations, and which.
fn members(said: &Said) -> Option<&[Mention]> {
    match said {
        Said::Report(report) => Some(&report.results),
        Said::Observation(panel) if !panel.members.is_empty() => Some(&panel.members),
        _ => None,
    }
}

impl Admission<'_> {
    /// The observations that a report of this state and time names, as far as they are of this patient, stand as it stands, are as
    /// of when it is, and are no entries of their own.
    pub(super) fn gather(
        &mut self,
        (patient, members, status, when): (PatientId, &[Mention], &str, &Option<When>),
        bundle: &Bundle,
        loose: &Loose<'_>,
        at: u64,
    ) -> Gathered {
        let mut gathered = Gathered::default();
        for one in members {
            let place = one
                .reference
                .as_ref()
                .and_then(|name| loose.named.get(name));
            let Some(place) = place.copied() else {
                let what = "observations that are named and are not in the bundle left out";
                self.report.note(Kind::DiagnosticReport, at, what);
                continue;
            };
            let item = &bundle.records[place];
            let Said::Observation(said) = &item.content.said else {
                continue;
            };
            let known = self
                .here
                .entries
                .contains_key(&entry_index(self.state, item));
            let stands = goes_with(said.status, status)
                && (said.effective.is_none() || said.effective == *when);
            let own = sign(said).is_some() || !said.members.is_empty();
            let theirs = self.patient_of(&item.content.subject) == Some(patient);
            let used = loose.used.contains(&place) || gathered.places.contains(&place);
            if known || !stands || own || !theirs || used {
                continue;
            }
            let mut reading = self.reading_with(&bundle.terms);
            let found = reading.found(said);
            // What cannot be taken is refused by itself, and not the report for it.
            let fits = !found.is_empty()
                && gathered.found.len() + found.len() <= MOST_OBSERVATIONS
                && reading.result(&item.content, said, found.clone()).is_ok();
            if fits {
                let notes = reading.notes;
                remark(self.report, Kind::Observation, item.at, notes);
                let words = said.finding.code.words().unwrap_or_default();
                let note = item.content.note.as_ref();
                gathered
                    .remarks
                    .extend(note.map(|note| format!("{words}: {note}")));
                gathered.found.extend(found);
                gathered.places.push(place);
            }
        }
        gathered
    }

    /// Notes what a report has taken in: it came from there too.
    pub(super) fn take_in(
        &mut self,
        sealed: &SealedRecord,
        places: &[usize],
        bundle: &Bundle,
        loose: &mut Loose<'_>,
    ) {
        for place in places {
            let item = &bundle.records[*place];
            self.came_from(item, kept(sealed));
            self.report.taken(Kind::Observation);
            loose.used.insert(*place);
        }
    }
}

/// Whether what stands so may stand as this report does: nothing becomes surer by it, and what was entered in error is so only
/// where all of it was.
fn goes_with(part: &str, whole: &str) -> bool {
    let settled = |status| matches!(status, "final" | "amended" | "corrected" | "appended");
    match (part, whole) {
        (part, IN_ERROR) => part == IN_ERROR,
        (IN_ERROR, _) => false,
        (part, whole) => settled(part) || part == whole || !settled(whole) && !dead(part),
    }
}

/// Whether nothing was found, or not yet.
fn dead(status: &str) -> bool {
    matches!(status, "registered" | "cancelled")
}

pub(super) fn lines(remarks: Vec<String>) -> Option<String> {
    (!remarks.is_empty()).then(|| remarks.join("\n"))
}
