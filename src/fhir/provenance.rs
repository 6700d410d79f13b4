//! Who had to do with a resource, and how: by its own elements, and by the Provenance resources that are about it.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::clinical::{understood, whole};
use super::own;
use super::part::WireConcept;
use super::reference::{Mention, Reference, WireReference};
use super::refusal::{Problem, Refusal};
use super::time::instant;
use super::wire::{Few, read, read_sound, read_text};

/// The most that one Provenance is about; those who stamp a whole bundle name all of it.
const MOST_TARGETS: usize = 50_000;

/// What somebody had to do with an entry, by the codes of FHIR's provenance participants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AgentPart {
    /// Whose statement or order it is: `author`.
    Author,
    /// Who wrote it down: `enterer`.
    Enterer,
    /// Who told of it: `informant`.
    Informant,
    /// Who did what it tells of: `performer`.
    Performer,
}

impl AgentPart {
    /// What the code means; none for whoever sent, signed, keeps or put together.
    fn of(code: &str) -> Option<Self> {
        Some(match code {
            "author" | "composer" | "AUT" => Self::Author,
            "enterer" | "ENT" => Self::Enterer,
            "informant" | "INF" => Self::Informant,
            "performer" | "PRF" | "PPRF" | "SPRF" => Self::Performer,
            _ => return None,
        })
    }
}

/// Somebody who had to do with an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedAgent {
    /// What.
    pub part: AgentPart,
    /// Who.
    pub who: Mention,
}

/// What a Provenance resource says of others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedProvenance {
    /// Of which.
    pub targets: Vec<Reference>,
    /// When they were written down.
    pub recorded: Option<DateTime<Utc>>,
    /// By whom.
    pub agents: Vec<ImportedAgent>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    #[serde(borrow)]
    recorder: Option<&'a RawValue>,
    asserter: Option<&'a RawValue>,
    requester: Option<&'a RawValue>,
    information_source: Option<&'a RawValue>,
    performer: Option<&'a RawValue>,
    author: Option<&'a RawValue>,
    contributor: Option<&'a RawValue>,
    participant: Option<&'a RawValue>,
}

/// Who had to do with a resource of this type, by its own elements. One who cannot be read is left out: what the resource says is
/// as sound without.
pub(super) fn agents(kind: &str, resource: &RawValue) -> Result<Vec<ImportedAgent>, Refusal> {
    use AgentPart::{Author, Enterer, Informant, Performer};
    let wire: Wire = whole(resource)?;
    let mut found = Found::default();
    match kind {
        "Condition" | "AllergyIntolerance" => {
            found.one(Enterer, wire.recorder);
            found.one(Informant, wire.asserter);
        }
        "MedicationRequest" => {
            found.one(Author, wire.requester);
            found.one(Enterer, wire.recorder);
        }
        "MedicationStatement" => found.one(Informant, wire.information_source),
        "Immunization" => {
            #[derive(Deserialize)]
            struct WirePerformer {
                actor: Option<WireReference>,
            }
            let performers = read_sound::<WirePerformer>(wire.performer).into_iter();
            found.all(Performer, performers.filter_map(|one| one.actor));
        }
        "Observation" | "DiagnosticReport" => found.all(Performer, read_sound(wire.performer)),
        "ServiceRequest" => found.one(Author, wire.requester),
        "CarePlan" => {
            found.one(Author, wire.author);
            found.all(Author, read_sound(wire.contributor));
        }
        "Composition" => found.all(Author, read_sound(wire.author)),
        "Encounter" => {
            let all = read_sound::<WireParticipant>(wire.participant).into_iter();
            let treating = all.filter(WireParticipant::treats);
            found.all(Performer, treating.filter_map(|one| one.individual));
            found.0.retain(|one| {
                let kind = one.who.reference.as_ref();
                let kind = kind.and_then(Reference::resource_type);
                kind.is_none_or(|kind| kind.starts_with("Practitioner"))
            });
        }
        _ => {}
    }
    Ok(found.0)
}

#[derive(Deserialize)]
struct WireParticipant {
    #[serde(rename = "type")]
    roles: Option<Few<WireConcept>>,
    individual: Option<WireReference>,
}

impl WireParticipant {
    /// Whether they did what the visit was for: no relative, no interpreter, nobody who only sent the patient there.
    fn treats(&self) -> bool {
        const TREATING: [&str; 7] = ["PPRF", "SPRF", "ATND", "CON", "ADM", "DIS", "PART"];
        let roles = self.roles.iter().flat_map(|roles| &roles.0);
        let mut codes = roles.flat_map(WireConcept::codes).peekable();
        codes.peek().is_none() || codes.any(|code| TREATING.contains(&code))
    }
}

#[derive(Default)]
struct Found(Vec<ImportedAgent>);

impl Found {
    fn one(&mut self, part: AgentPart, raw: Option<&RawValue>) {
        let who = raw.and_then(|raw| serde_json::from_str::<WireReference>(raw.get()).ok());
        self.all(part, who);
    }

    fn all(&mut self, part: AgentPart, all: impl IntoIterator<Item = WireReference>) {
        for one in all {
            let who = one.mention("Practitioner");
            let agent = ImportedAgent { part, who };
            let name = agent.who.display.as_deref();
            let name = name.filter(|name| *name != own::NOBODY);
            let is_somebody = agent.who.reference.is_some() || name.is_some();
            if is_somebody && !self.0.contains(&agent) {
                self.0.push(agent);
            }
        }
    }
}

/// Reads a Provenance.
pub(super) fn provenance(resource: &RawValue) -> Result<ImportedProvenance, Refusal> {
    #[derive(Deserialize)]
    struct Wire<'a> {
        #[serde(borrow)]
        target: Option<&'a RawValue>,
        #[serde(borrow)]
        recorded: Option<&'a RawValue>,
        #[serde(borrow)]
        agent: Option<&'a RawValue>,
    }
    #[derive(Deserialize)]
    struct WireAgent {
        #[serde(rename = "type")]
        kind: Option<WireConcept>,
        role: Option<Few<WireConcept>>,
        who: Option<WireReference>,
    }
    understood(resource)?;
    let wire: Wire = whole(resource)?;
    let mut found = Found::default();
    for agent in read_sound::<WireAgent>(wire.agent) {
        let roles = agent.role.unwrap_or_default().0;
        let kinds = agent.kind.into_iter().chain(roles);
        let concepts = kinds.filter_map(WireConcept::whole);
        let codes: Vec<String> = concepts
            .flat_map(|concept| concept.codings)
            .map(|coding| coding.code)
            .collect();
        let part = codes.iter().find_map(|code| AgentPart::of(code));
        if let Some(part) = part {
            found.all(part, agent.who);
        }
    }
    let recorded = read_text(wire.recorded, "recorded").ok().flatten();
    Ok(ImportedProvenance {
        targets: targets(wire.target)?,
        recorded: recorded.and_then(|text| instant(&text).ok()),
        agents: found.0,
    })
}

/// What it is about: of any number that a bundle of a patient's whole life has.
fn targets(raw: Option<&RawValue>) -> Result<Vec<Reference>, Refusal> {
    const TARGET: &str = "target";
    let all: Vec<&RawValue> = read(raw, TARGET)?.unwrap_or_default();
    if all.len() > MOST_TARGETS {
        return Err(Refusal::new(TARGET, Problem::Malformed));
    }
    let mut targets = Vec::with_capacity(all.len());
    for one in all {
        let one = serde_json::from_str::<WireReference>(one.get());
        targets.extend(one.ok().and_then(|one| one.read("Resource")));
    }
    Ok(targets)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn of(resource: &Value) -> Vec<(AgentPart, Option<String>)> {
        let kind = resource["resourceType"].as_str().unwrap();
        let raw = serde_json::value::to_raw_value(resource).unwrap();
        let all = agents(kind, &raw).unwrap().into_iter();
        all.map(|one| (one.part, one.who.display)).collect()
    }

    #[test]
    fn each_type_names_them_in_its_own_way() {
        use AgentPart::{Author, Enterer, Informant, Performer};
        let who = |name: &str| json!({ "display": name });
        let told = |name: &str| Some(name.to_owned());
        for (resource, agents) in [
            (
                json!({ "resourceType": "Condition", "recorder": who("a"), "asserter": who("b") }),
                vec![(Enterer, told("a")), (Informant, told("b"))],
            ),
            (
                json!({ "resourceType": "MedicationRequest", "requester": who("a"), "recorder": who("b") }),
                vec![(Author, told("a")), (Enterer, told("b"))],
            ),
            (
                json!({ "resourceType": "MedicationStatement", "informationSource": who("a") }),
                vec![(Informant, told("a"))],
            ),
            (
                json!({ "resourceType": "Immunization", "performer": [{ "actor": who("a") }, { "actor": who("b") }] }),
                vec![(Performer, told("a")), (Performer, told("b"))],
            ),
            (
                json!({ "resourceType": "Observation", "performer": [who("a"), who("a")] }),
                vec![(Performer, told("a"))],
            ),
            (
                json!({ "resourceType": "CarePlan", "author": who("a"), "contributor": [who("b")] }),
                vec![(Author, told("a")), (Author, told("b"))],
            ),
            (
                json!({ "resourceType": "Composition", "author": [who("a"), {}] }),
                vec![(Author, told("a"))],
            ),
            // Who is to do it did not.
            (
                json!({ "resourceType": "ServiceRequest", "requester": who("a"), "performer": [who("b")] }),
                vec![(Author, told("a"))],
            ),
        ] {
            assert_eq!(of(&resource), agents, "{resource}");
        }
    }

    #[test]
    fn who_cannot_be_read_is_left_out_and_nothing_else() {
        let long = "x".repeat(501);
        let resource = json!({ "resourceType": "Observation", "performer": ["garbage", { "display": long }, { "display": "a" }] });
        assert_eq!(
            of(&resource),
            [(AgentPart::Performer, Some("a".to_owned()))]
        );
        let resource = json!({ "resourceType": "Condition", "recorder": "Practitioner/1", "asserter": { "display": "b" } });
        assert_eq!(
            of(&resource),
            [(AgentPart::Informant, Some("b".to_owned()))]
        );
    }

    #[test]
    fn of_those_at_a_visit_only_who_treats_is_said_to_have_done_it() {
        let with = |code: Option<&str>, name: &str| match code {
            Some(code) => {
                json!({ "type": [{ "coding": [{ "code": code }] }], "individual": { "display": name } })
            }
            None => json!({ "individual": { "display": name } }),
        };
        let resource = json!({ "resourceType": "Encounter", "participant": [with(Some("translator"), "a"), with(Some("REF"), "b"),
            with(Some("PPRF"), "c"), with(None, "d")] });
        let told = |name: &str| (AgentPart::Performer, Some(name.to_owned()));
        assert_eq!(of(&resource), [told("c"), told("d")]);
    }

    #[test]
    fn a_provenance_is_about_as_many_as_it_names() {
        let target: Vec<Value> = (0..5000)
            .map(|number| json!({ "reference": format!("urn:uuid:{number}") }))
            .collect();
        let agent = json!([
            { "type": { "coding": [{ "code": "transmitter" }] }, "who": { "display": "a" } },
            { "type": { "coding": [{ "code": "author" }] }, "who": { "display": "b" } },
        ]);
        let resource = json!({ "resourceType": "Provenance", "recorded": "2026-01-02T03:04:05Z", "target": target, "agent": agent });
        let raw = serde_json::value::to_raw_value(&resource).unwrap();
        let read = provenance(&raw).unwrap();
        assert_eq!((read.targets.len(), read.agents.len()), (5000, 1));
        assert_eq!(read.agents[0].who.display.as_deref(), Some("b"));
    }
}
