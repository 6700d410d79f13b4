//! Taking in FHIR bundles: each goes in whole or not at all, and going in twice changes nothing.
//!
//! A bundle is read in a thread of its own and arrives through a bounded channel; what is taken of it is held until it is
//! written, for the transaction must be able to run again. Records are recognised by a keyed hash of where they come from
//! ([`source`]); what is here already is left as it is. References are looked up in the bundle, in the bundles before it,
//! and among what earlier imports left in the database; a relative one is meant on the server that the bundle's entries lie on. A name
//! that means two entries, or one that was refused, means nobody, in all bundles of a run. What does not fit is refused by itself, with a reason that names
//! no person.
//!
//! Each entry keeps what it is called where it comes from, and who is said to have had to do with it there
//! ([`crate::chart::provenance`]): by its own elements and by the bundle's Provenance resources.
//!
//! What goes into a chart is checked by the rules that hold for whatever is entered, and written with its first version, by nobody
//! and signed by nobody; it raises no alerts, for it is history. An encounter is an appointment and a visit; when the
//! appointment's time is taken, the visit has none. A report takes in the
//! observations that it names, which are known by it from then on.

mod admit;
mod booking;
mod bundle;
mod chart;
mod content;
mod coverage;
mod encounter;
mod gather;
mod keep;
mod known;
mod paper;
mod person;
mod report;
mod told;
mod visit;
mod vital;
mod words;
mod write;

pub use report::{Kind, Line, Report, Tally};

use crate::chart::store::source::Kept;
use crate::error::Fault;
use crate::fhir::{BundleFault, Reference};
use crate::state::State;
use entity::id::{AppointmentId, DoctorId, PatientId};
use std::collections::HashMap;
use std::io::Read;
use std::sync::Arc;

/// Why a bundle was not taken at all. Nothing of it is in the database.
#[derive(Debug)]
pub enum BundleRefusal {
    /// It could not be read to its end.
    Unreadable(BundleFault),
    /// It could not be written.
    Unwritten(Fault),
}

/// Whom or what a reference means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    Patient(PatientId),
    Doctor(DoctorId),
    /// An appointment of this patient's.
    Appointment(AppointmentId, PatientId),
    /// An entry of a chart.
    Entry(Kept),
}

/// Takes bundles in, one after the other, and remembers who was in them.
pub struct Importer {
    state: Arc<State>,
    /// Who was in the bundles before; none where a name means two.
    known: HashMap<Reference, Option<Known>>,
    report: Report,
}

impl Importer {
    /// An importer into this database.
    #[must_use]
    pub fn new(state: Arc<State>) -> Self {
        Self {
            state,
            known: HashMap::new(),
            report: Report::default(),
        }
    }

    /// Takes one bundle in.
    ///
    /// # Errors
    /// When it cannot be read or written; then nothing of it has been, and the next may follow all the same.
    pub async fn take(&mut self, source: impl Read + Send + 'static) -> Result<(), BundleRefusal> {
        let mut report = Report::default();
        let bundle = bundle::read(source, &mut report).await?;
        let plan = admit::admit(&self.state, &self.known, bundle, &mut report)
            .await
            .map_err(BundleRefusal::Unwritten)?;
        let names = plan.names.clone().into_iter();
        // What a name without a server or a system means in one bundle it need not mean in the next.
        let names = names.filter(|(name, _)| name.is_global());
        let names: Vec<_> = names.collect();
        let refused = write::write(&self.state, plan, &mut report)
            .await
            .map_err(BundleRefusal::Unwritten)?;
        // Only now: who was in a bundle that failed is not here, nor is an appointment whose time is taken.
        for (name, who) in names {
            let who = who.filter(|who| match who {
                Known::Appointment(id, _) => !refused.contains(id),
                _ => true,
            });
            let known = self.known.entry(name).or_insert(who);
            if *known != who {
                *known = None;
            }
        }
        self.report.add(report);
        Ok(())
    }

    /// What became of the entries of all bundles that were taken.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }
}

/// The text by which a record is recognised when it comes again: where it comes from, as a reference would say it.
fn source(reference: &Reference) -> String {
    match reference {
        Reference::Url(url) => format!("fhir|{url}"),
        Reference::Local { resource_type, id } => format!("fhir|{resource_type}/{id}"),
        Reference::Identified {
            resource_type,
            system,
            value,
        } => {
            let system = system.as_deref().unwrap_or_default();
            format!("fhir|{resource_type}?identifier={system}|{value}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::source;
    use crate::fhir::Reference;

    #[test]
    fn a_source_reads_as_the_reference_that_means_it() {
        for (text, expected) in [
            ("urn:uuid:00AB", "fhir|urn:uuid:00ab"),
            ("Patient/7", "fhir|Patient/7"),
            ("Patient/7/_history/2", "fhir|Patient/7"),
            (
                "Practitioner?identifier=http://example.org|9",
                "fhir|Practitioner?identifier=http://example.org|9",
            ),
        ] {
            assert_eq!(
                Reference::parse(text).as_ref().map(source).as_deref(),
                Some(expected)
            );
        }
    }
}
