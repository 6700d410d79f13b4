//! What became of the entries: counts and reasons, never content.

use std::borrow::Cow;
use std::collections::BTreeMap;

/// Types whose entries are taken, in the order in which they are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// As departments.
    Organization,
    /// As doctors.
    Practitioner,
    /// As patients.
    Patient,
    /// As insurances of patients who are new.
    Coverage,
    /// As appointments.
    Appointment,
    /// As appointments, and as visits in the chart.
    Encounter,
    /// As conditions.
    Condition,
    /// As allergies.
    AllergyIntolerance,
    /// As ordered medications.
    MedicationRequest,
    /// As medications that are taken.
    MedicationStatement,
    /// As immunizations.
    Immunization,
    /// As vital signs, as results, and in results.
    Observation,
    /// As results.
    DiagnosticReport,
    /// As notes.
    CarePlan,
    /// As orders.
    ServiceRequest,
    /// As notes.
    Composition,
}

impl Kind {
    /// As FHIR calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Organization => "Organization",
            Self::Practitioner => "Practitioner",
            Self::Patient => "Patient",
            Self::Coverage => "Coverage",
            Self::Appointment => "Appointment",
            Self::Encounter => "Encounter",
            Self::Condition => "Condition",
            Self::AllergyIntolerance => "AllergyIntolerance",
            Self::MedicationRequest => "MedicationRequest",
            Self::MedicationStatement => "MedicationStatement",
            Self::Immunization => "Immunization",
            Self::Observation => "Observation",
            Self::DiagnosticReport => "DiagnosticReport",
            Self::CarePlan => "CarePlan",
            Self::ServiceRequest => "ServiceRequest",
            Self::Composition => "Composition",
        }
    }
}

/// How many entries of a type met which fate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Written.
    pub taken: u64,
    /// Left as they are, for they were here.
    pub known: u64,
    /// Not to be taken.
    pub refused: u64,
    /// Of a type that is not taken, or without anything of its own.
    pub passed: u64,
}

/// A reason, or a remark, and how often it was met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// How often.
    pub times: u64,
    /// The place in its bundle, from 0, of the first entry that met it.
    pub first: u64,
}

/// What became of the entries, by type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// By type.
    pub tallies: BTreeMap<String, Tally>,
    /// By type and reason: what was refused.
    pub refusals: BTreeMap<(String, Cow<'static, str>), Line>,
    /// By type and remark: what was left out of entries that were taken.
    pub notes: BTreeMap<(String, Cow<'static, str>), Line>,
}

impl Report {
    fn tally(&mut self, name: &str) -> &mut Tally {
        self.tallies.entry(name.to_owned()).or_default()
    }

    pub(super) fn taken(&mut self, kind: Kind) {
        self.tally(kind.name()).taken += 1;
    }

    pub(super) fn known(&mut self, kind: Kind) {
        self.tally(kind.name()).known += 1;
    }

    pub(super) fn passed(&mut self, name: &str) {
        self.tally(name).passed += 1;
    }

    pub(super) fn refuse(&mut self, name: &str, at: u64, why: impl Into<Cow<'static, str>>) {
        self.tally(name).refused += 1;
        count(&mut self.refusals, name, at, why.into());
    }

    pub(super) fn note(&mut self, kind: Kind, at: u64, what: &'static str) {
        count(&mut self.notes, kind.name(), at, what.into());
    }

    /// Adds what became of another bundle.
    pub(super) fn add(&mut self, other: Self) {
        for (name, tally) in other.tallies {
            let own = self.tallies.entry(name).or_default();
            own.taken += tally.taken;
            own.known += tally.known;
            own.refused += tally.refused;
            own.passed += tally.passed;
        }
        for (own, other) in [
            (&mut self.refusals, other.refusals),
            (&mut self.notes, other.notes),
        ] {
            for (key, line) in other {
                own.entry(key)
                    .and_modify(|own| own.times += line.times)
                    .or_insert(line);
            }
        }
    }
}

fn count(
    lines: &mut BTreeMap<(String, Cow<'static, str>), Line>,
    name: &str,
    at: u64,
    words: Cow<'static, str>,
) {
    lines
        .entry((name.to_owned(), words))
        .and_modify(|line| line.times += 1)
        .or_insert(Line {
            times: 1,
            first: at,
        });
}

#[cfg(test)]
mod tests {
    use super::{Kind, Report};

    #[test]
    fn reports_add_up() {
        let mut one = Report::default();
        one.taken(Kind::Patient);
        one.refuse("Patient", 3, "name is missing");
        let mut all = Report::default();
        all.add(one.clone());
        all.add(one);
        assert_eq!(all.tallies["Patient"].taken, 2);
        assert_eq!(all.tallies["Patient"].refused, 2);
        let line = all.refusals.values().next().unwrap();
        assert_eq!((line.times, line.first), (2, 3));
    }
}
