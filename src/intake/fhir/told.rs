//! Where entries came from, and who is said to have had to do with them there.

use super::admit::Admission;
use super::bundle::{Bundle, Item};
use super::known::origin;
use super::words::line;
use crate::chart::provenance::{Agent, AgentRole, MOST_AGENTS, Provenance, Who};
use crate::fhir::{
    AgentPart, ImportedAgent, ImportedConcept, ImportedEncounter, ImportedRecord, Mention,
    Reference, Said, When,
};
use crate::patient::input;
use entity::id::PatientId;
use std::collections::HashMap;

/// What is told around an entry.
pub(super) struct Told<'a> {
    agents: Vec<&'a ImportedAgent>,
    recorded: Option<When>,
    terms: &'a HashMap<Reference, ImportedConcept>,
}

/// What the Provenance resources of a bundle say, by what they are about.
#[derive(Default)]
pub(super) struct Sayings(HashMap<Reference, Vec<usize>>);

impl Sayings {
    pub(super) fn of(bundle: &Bundle) -> Self {
        let mut said: HashMap<Reference, Vec<usize>> = HashMap::new();
        for (place, one) in bundle.provenances.iter().enumerate() {
            for target in &one.targets {
                let places = said.entry(target.clone()).or_default();
                if places.last() != Some(&place) {
                    places.push(place);
                }
            }
        }
        Self(said)
    }
}

impl<'a> Told<'a> {
    /// Around a visit: those who took part and are no doctors here are named only so.
    pub(super) fn of_visit(one: &'a Item<ImportedEncounter>, bundle: &'a Bundle) -> Self {
        let told = Self {
            agents: one.content.agents.iter().collect(),
            recorded: None,
            terms: &bundle.terms,
        };
        told.with(&one.names, bundle)
    }

    /// Around an entry of a chart, and around the observations that were taken into it.
    pub(super) fn of(
        one: &'a Item<ImportedRecord>,
        taken_in: &[usize],
        bundle: &'a Bundle,
    ) -> Self {
        let parts = taken_in.iter().map(|place| &bundle.records[*place]);
        let parts = parts.flat_map(|part| &part.content.agents);
        let record = &one.content;
        let issued = match &record.said {
            Said::Observation(said) => said.issued.clone(),
            Said::Report(said) => said.issued.clone(),
            _ => None,
        };
        let told = Self {
            agents: record.agents.iter().chain(parts).collect(),
            recorded: record.recorded.clone().or(issued),
            terms: &bundle.terms,
        };
        told.with(&one.names, bundle)
    }

    /// What somebody or some place is called: as they are mentioned, else by their own entry.
    fn called<'m>(&'m self, mention: &'m Mention) -> Option<&'m str> {
        let own = || self.terms.get(mention.reference.as_ref()?)?.words();
        mention.display.as_deref().or_else(own)
    }

    /// With what is said of it elsewhere in the bundle.
    fn with(mut self, names: &[Reference], bundle: &'a Bundle) -> Self {
        let mut places: Vec<usize> = names
            .iter()
            .filter_map(|name| bundle.sayings.0.get(name))
            .flatten()
            .copied()
            .collect();
        places.sort_unstable();
        places.dedup();
        for place in places {
            let said = &bundle.provenances[place];
            self.agents.extend(&said.agents);
            self.recorded = self.recorded.or(said.recorded.map(When::At));
        }
        self
    }
}

impl Admission<'_> {
    /// Where an entry of this patient's came from.
    pub(super) fn provenance<T>(
        &self,
        one: &Item<T>,
        patient: PatientId,
        told: &Told<'_>,
        named: impl Fn(&Who) -> bool,
    ) -> Provenance {
        let source = origin(one);
        let recorded_at = self.reading().instant(told.recorded.as_ref());
        let mut agents: Vec<Agent> = Vec::new();
        for one in &told.agents {
            let role = role(one.part);
            let Some(who) = self.whom(&one.who, told, patient).filter(|who| !named(who)) else {
                continue;
            };
            let agent = Agent { role, who };
            if agents.len() < MOST_AGENTS && !agents.contains(&agent) {
                agents.push(agent);
            }
        }
        Provenance {
            source: source.trim_start_matches("fhir|").to_owned(),
            recorded_at: recorded_at.filter(|at| *at <= self.now),
            agents,
        }
    }

    /// Who is meant: a doctor who is here, this patient, or somebody by name.
    fn whom(&self, mention: &Mention, told: &Told<'_>, patient: PatientId) -> Option<Who> {
        let reference = mention.reference.as_ref();
        if let Some(doctor) = reference.and_then(|one| self.doctor_of(one)) {
            return Some(Who::Doctor(doctor));
        }
        if reference.and_then(|one| self.patient_of(one)) == Some(patient) {
            return Some(Who::Patient);
        }
        let name = told.called(mention).map(line)?;
        let name = input::line(&name, input::LONGEST_LINE).ok()?;
        Some(Who::Named(name))
    }
}

fn role(part: AgentPart) -> AgentRole {
    match part {
        AgentPart::Author => AgentRole::Author,
        AgentPart::Enterer => AgentRole::Enterer,
        AgentPart::Informant => AgentRole::Informant,
        AgentPart::Performer => AgentRole::Performer,
    }
}
