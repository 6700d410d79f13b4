//! One bundle, read in a thread of its own and sorted by what its entries are.

use super::BundleRefusal;
use super::report::Report;
use super::told::Sayings;
use crate::error::Fault;
use crate::fhir::{
    Content, Entry, ImportedAppointment, ImportedConcept, ImportedCoverage, ImportedEncounter,
    ImportedOrganization, ImportedPatient, ImportedPractitioner, ImportedProvenance,
    ImportedRecord, Reference, Said, read_bundle,
};
use std::collections::{HashMap, HashSet};
use std::io::Read;
use std::ops::ControlFlow;
use tokio::sync::mpsc;

/// Entries that may wait between the reader and the one who sorts.
const WAITING: usize = 64;

/// An entry that may be taken.
pub(super) struct Item<T> {
    /// Its place in the bundle.
    pub(super) at: u64,
    /// Every reference that means it; the first is what it is recognised by.
    pub(super) names: Vec<Reference>,
    pub(super) content: T,
}

/// What of a bundle may be taken.
#[derive(Default)]
pub(super) struct Bundle {
    pub(super) organizations: Vec<Item<ImportedOrganization>>,
    pub(super) practitioners: Vec<Item<ImportedPractitioner>>,
    pub(super) patients: Vec<Item<ImportedPatient>>,
    pub(super) coverages: Vec<Item<ImportedCoverage>>,
    pub(super) appointments: Vec<Item<ImportedAppointment>>,
    pub(super) encounters: Vec<Item<ImportedEncounter>>,
    /// What goes into charts.
    pub(super) records: Vec<Item<ImportedRecord>>,
    /// What is said of who had to do with entries.
    pub(super) provenances: Vec<ImportedProvenance>,
    /// The same by what it is said of.
    pub(super) sayings: Sayings,
    /// What entries are called that others mention: medications, goals, conditions.
    pub(super) terms: HashMap<Reference, ImportedConcept>,
    /// What organizations are called; none where a name means two.
    pub(super) places: HashMap<Reference, Option<String>>,
    /// What of that is said of two things, and so of none.
    vague: HashSet<Reference>,
    /// What those are called that cannot be taken: nobody else is meant by it.
    pub(super) refused: Vec<Reference>,
    /// The servers that its entries lie on.
    bases: HashSet<String>,
    /// Whether some of its entries lie on none.
    is_elsewhere: bool,
}

impl Bundle {
    /// The server that all its entries lie on; none when they lie on several or on none.
    pub(super) fn base(&self) -> Option<&str> {
        let mut bases = self.bases.iter();
        let first = bases.next().filter(|_| bases.next().is_none());
        let first = first.filter(|_| !self.is_elsewhere);
        first.map(String::as_str)
    }

    /// Where entries lie on several servers, a type and an id mean nothing: whose they are, nobody says.
    fn part(&mut self) {
        if self.bases.len() < 2 {
            return;
        }
        let means = |name: &Reference| !matches!(name, Reference::Local { .. });
        let all = [
            names_of(&mut self.organizations),
            names_of(&mut self.practitioners),
            names_of(&mut self.patients),
            names_of(&mut self.coverages),
            names_of(&mut self.appointments),
            names_of(&mut self.encounters),
            names_of(&mut self.records),
        ];
        for names in all.into_iter().flatten() {
            // What has no address has no other name to be recognised by.
            if names.iter().any(means) {
                names.retain(means);
            }
        }
        self.terms.retain(|name, _| means(name));
        self.places.retain(|name, _| means(name));
    }

    fn term(&mut self, name: Reference, concept: &ImportedConcept) {
        if self.vague.contains(&name) {
            return;
        }
        if self.terms.get(&name).is_some_and(|other| other != concept) {
            self.terms.remove(&name);
            self.vague.insert(name);
        } else {
            self.terms.insert(name, concept.clone());
        }
    }
}

fn names_of<T>(items: &mut [Item<T>]) -> Vec<&mut Vec<Reference>> {
    items.iter_mut().map(|item| &mut item.names).collect()
}

/// The server that an entry lies on: its address without its type and id.
fn base_of(entry: &Entry) -> Option<&str> {
    let url = entry
        .full_url
        .as_deref()
        .filter(|url| url.starts_with("http"))?;
    let (rest, id) = url.rsplit_once('/')?;
    let is_own = entry.id.as_deref().is_none_or(|own| own == id);
    let base = rest.strip_suffix(entry.resource_type.as_deref()?)?;
    base.strip_suffix('/').filter(|_| is_own)
}

/// Reads a bundle to its end.
pub(super) async fn read(
    source: impl Read + Send + 'static,
    report: &mut Report,
) -> Result<Bundle, BundleRefusal> {
    let (sender, mut entries) = mpsc::channel(WAITING);
    let reading = tokio::task::spawn_blocking(move || {
        read_bundle(source, |entry| match sender.blocking_send(entry) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        })
    });
    let mut bundle = Bundle::default();
    while let Some(entry) = entries.recv().await {
        sort(&mut bundle, entry, report);
    }
    bundle.part();
    bundle.sayings = Sayings::of(&bundle);
    match reading.await {
        Ok(Ok(_)) => Ok(bundle),
        Ok(Err(fault)) => Err(BundleRefusal::Unreadable(fault)),
        Err(panic) => Err(BundleRefusal::Unwritten(Fault::internal(panic))),
    }
}

fn sort(bundle: &mut Bundle, entry: Entry, report: &mut Report) {
    let names = entry.names();
    let at = entry.position;
    let kind = entry.resource_type.as_deref().unwrap_or("(none)");
    let taken = !matches!(
        entry.content,
        Content::Term(_) | Content::Provenance(_) | Content::Other | Content::Refused(_)
    );
    if taken && names.is_empty() {
        return report.refuse(
            kind,
            at,
            "nothing in it could be recognised when it comes again",
        );
    }
    let base = base_of(&entry).map(str::to_owned);
    bundle.is_elsewhere |= taken && base.is_none();
    bundle.bases.extend(base);
    match entry.content {
        Content::Organization(content) => {
            for name in &names {
                let called = Some(content.name.clone());
                let known = bundle.places.entry(name.clone()).or_insert(called.clone());
                if *known != called {
                    *known = None;
                }
            }
            bundle.organizations.push(Item {
                at,
                names,
                content: *content,
            });
        }
        Content::Practitioner(content) => bundle.practitioners.push(Item {
            at,
            names,
            content: *content,
        }),
        Content::Patient(content) => bundle.patients.push(Item {
            at,
            names,
            content: *content,
        }),
        Content::Coverage(content) => bundle.coverages.push(Item {
            at,
            names,
            content: *content,
        }),
        Content::Appointment(content) => bundle.appointments.push(Item {
            at,
            names,
            content: *content,
        }),
        Content::Encounter(content) => bundle.encounters.push(Item {
            at,
            names,
            content: *content,
        }),
        Content::Record(content) => {
            if let Said::Condition(condition) = &content.said {
                for name in &names {
                    bundle.term(name.clone(), &condition.code);
                }
            }
            bundle.records.push(Item {
                at,
                names,
                content: *content,
            });
        }
        Content::Term(content) => {
            for name in names {
                bundle.term(name, &content);
            }
            report.passed(kind);
        }
        Content::Provenance(content) => {
            bundle.provenances.push(*content);
            report.passed(kind);
        }
        Content::Other => report.passed(kind),
        Content::Refused(why) => {
            bundle.refused.extend(names);
            report.refuse(kind, at, why.to_string());
        }
    }
}
