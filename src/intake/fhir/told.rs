//! Where entries came from, and who is said to have had to do with them there.

use super::admit::Admission;
use super::bundle::{Bundle, Item};
use super::known::origin;
use super::words::line;
use crate::chart::provenance::{Agent, AgentRole, MOST_AGENTS, Provenance, Who};
use crate::fhir::{
    AgentPart, ImportedAgent, ImportedEncounter, ImportedRecord, Mention, Reference, Said, When,
};
use crate::patient::input;
use entity::id::PatientId;
use std::collections::{HashMap, HashSet};

/// How many who had to do with an entry are looked at.
const MOST_LOOKED_AT: usize = 64;

/// What is told around an entry.
pub(super) struct Told<'a> {
    agents: Vec<&'a ImportedAgent>,
    recorded: Option<When>,
    places: &'a HashMap<Reference, Option<String>>,
}

/// What the Provenance resources of a bundle say, by what they are about.
#[derive(Default)]
pub(super) struct Sayings(HashMap<Reference, Vec<usize>>);

impl Sayings {
    pub(super) fn of(bundle: &Bundle) -> Self {
        let mut said: HashMap<Reference, Vec<usize>> = HashMap::new();
        // What two are called means neither.
        let (mut once, mut vague) = (HashSet::new(), HashSet::new());
        let entries = bundle.records.iter().map(|one| &one.names);
        let visits = bundle.encounters.iter().map(|one| &one.names);
        for name in entries.chain(visits).flatten() {
            if !once.insert(name) {
                vague.insert(name);
            }
        }
        vague.extend(&bundle.refused);
        for (place, one) in bundle.provenances.iter().enumerate() {
            for target in one.targets.iter().filter(|one| !vague.contains(one)) {
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
            places: &bundle.places,
        };
        told.with(&one.names, bundle)
    }

    /// Around an entry of a chart, and around the observations that were taken into it.
    pub(super) fn of(
        one: &'a Item<ImportedRecord>,
        taken_in: &[usize],
        bundle: &'a Bundle,
    ) -> Self {
        let parts = || taken_in.iter().map(|place| &bundle.records[*place]);
        let names = one.names.iter().chain(parts().flat_map(|part| &part.names));
        let parts = parts().flat_map(|part| &part.content.agents);
        let record = &one.content;
        let issued = match &record.said {
            Said::Observation(said) => said.issued.clone(),
            Said::Report(said) => said.issued.clone(),
            _ => None,
        };
        let told = Self {
            agents: record.agents.iter().chain(parts).collect(),
            recorded: record.recorded.clone().or(issued),
            places: &bundle.places,
        };
        told.with(names, bundle)
    }

    /// What somebody or some place is called: as they are mentioned, else by the place's own entry.
    fn called<'m>(&'m self, mention: &'m Mention) -> Option<&'m str> {
        let own = || self.places.get(mention.reference.as_ref()?)?.as_deref();
        mention.display.as_deref().or_else(own)
    }

    /// With what is said of it elsewhere in the bundle.
    fn with<'n>(
        mut self,
        names: impl IntoIterator<Item = &'n Reference>,
        bundle: &'a Bundle,
    ) -> Self {
        let mut places: Vec<usize> = names
            .into_iter()
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
        named: impl Fn(&Agent) -> bool,
    ) -> Provenance {
        let source = origin(one);
        let recorded_at = self.reading().instant(told.recorded.as_ref());
        let mut agents: Vec<Agent> = Vec::new();
        for one in told.agents.iter().take(MOST_LOOKED_AT) {
            let role = role(one.part);
            let Some(who) = self.whom(&one.who, told, patient) else {
                continue;
            };
            let agent = Agent { role, who };
            if agents.len() < MOST_AGENTS && !agents.contains(&agent) && !named(&agent) {
                agents.push(agent);
            }
        }
        Provenance {
            source: shown(source.trim_start_matches("fhir|")),
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
        match reference.and_then(|one| self.patient_of(one)) {
            Some(one) if one == patient => return Some(Who::Patient),
            // What others are called is not this patient's to read.
            Some(_) => return None,
            None => {}
        }
        let name = told.called(mention).map(|name| line(&shown(name)))?;
        let name = input::line(&name, input::LONGEST_LINE).ok()?;
        Some(Who::Named(name))
    }
}

/// Without what would turn the text about it.
fn shown(source: &str) -> String {
    let turns = |letter: &char| matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}');
    source.chars().filter(|letter| !turns(letter)).collect()
}

fn role(part: AgentPart) -> AgentRole {
    match part {
        AgentPart::Author => AgentRole::Author,
        AgentPart::Enterer => AgentRole::Enterer,
        AgentPart::Informant => AgentRole::Informant,
        AgentPart::Performer => AgentRole::Performer,
    }
}
