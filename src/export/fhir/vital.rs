//! Vital signs, as FHIR's profiles of them have it: by LOINC, in UCUM, in the unit that they were written down in.

use super::report::{category, quantity};
use super::{Resource, Told, Writer, coding_of, instant, notes, reference};
use crate::chart::provenance::AgentRole;
use crate::chart::vital::{Consciousness, DIASTOLIC, LOINC, Measured, SYSTOLIC, Vital};
use entity::chart_record;
use entity::code::Coding;
use serde_json::{Value, json};

const SNOMED: &str = "http://snomed.info/sct";

pub(super) fn vital(row: &chart_record::Model, said: &Vital, told: &Told) -> Resource {
    let codings = said.code.codings();
    let display = codings.first().map(|first| first.display.clone());
    let codings: Vec<Value> = codings.iter().map(coding_of).collect();
    // Reckoned of what was measured with it, which stands in the same bundle under its own code.
    let derived = said
        .derived
        .then(|| json!([{ "display": "Weight and height" }]));
    let resource = Resource::of("Observation", row, told)
        .with("status", super::code(said.status))
        .with("category", category("vital-signs"))
        .with("code", json!({ "coding": codings, "text": display }))
        .with("subject", reference(row.patient_id.0))
        .with("effectiveDateTime", instant(said.measured_at))
        .with("issued", instant(told.recorded(row)))
        .with("performer", performers(row, told))
        .with("note", notes(said.note.as_ref()))
        .with("derivedFrom", derived);
    measured(resource, said)
}

/// Of the patient's own readings they are the performer, whoever wrote them down last.
fn performers(row: &chart_record::Model, told: &Told) -> Vec<Value> {
    match told.writer() {
        _ if super::is_theirs(row) => vec![reference(row.patient_id.0)],
        Some(Writer::Doctor(doctor)) => vec![reference(doctor.0)],
        _ => told.elsewhere(AgentRole::Performer),
    }
}

fn measured(resource: Resource, said: &Vital) -> Resource {
    let given = said
        .given
        .as_deref()
        .and_then(|given| given.split_once(' '));
    match said.measured {
        Measured::Value(kept) => {
            let (value, unit) = given
                .and_then(|(value, unit)| Some((value.parse().ok()?, unit)))
                .unwrap_or((kept, said.code.unit()));
            resource.with("valueQuantity", quantity(value, Some(unit)))
        }
        Measured::Pressure {
            systolic,
            diastolic,
        } => {
            let (high, low, unit) = given
                .and_then(|(values, unit)| {
                    let (high, low) = values.split_once('/')?;
                    Some((high.parse().ok()?, low.parse().ok()?, unit))
                })
                .unwrap_or((systolic, diastolic, said.code.unit()));
            let part = |code: &str, display: &str, value: f64| {
                json!({
                    "code": { "coding": [{ "system": LOINC, "code": code, "display": display }] },
                    "valueQuantity": quantity(value, Some(unit)),
                })
            };
            resource.with(
                "component",
                vec![
                    part(SYSTOLIC, "Systolic blood pressure", high),
                    part(DIASTOLIC, "Diastolic blood pressure", low),
                ],
            )
        }
        Measured::Level(level) => resource.with("valueCodeableConcept", consciousness(level)),
    }
}

/// How awake somebody is, by SNOMED CT as NEWS2 is recorded with it.
fn consciousness(level: Consciousness) -> Value {
    let (code, display) = match level {
        Consciousness::Alert => ("248234008", "Mentally alert"),
        Consciousness::Confusion => ("130987000", "Acute confusion"),
        Consciousness::Voice => ("300202002", "Responds to voice"),
        Consciousness::Pain => ("450847001", "Responds to pain"),
        Consciousness::Unresponsive => ("422768004", "Unresponsive"),
    };
    let coding = Coding {
        system: SNOMED.to_owned(),
        code: code.to_owned(),
        display: display.to_owned(),
    };
    json!({ "coding": [coding_of(&coding)], "text": display })
}

#[cfg(test)]
mod tests {
    use crate::chart::vital::VitalCode;

    #[test]
    fn what_needs_no_unit_is_the_only_thing_without_one() {
        for code in VitalCode::ALL {
            assert_eq!(code.unit().is_empty(), code == VitalCode::Consciousness);
        }
    }
}
