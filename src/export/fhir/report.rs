//! What tests found: a DiagnosticReport, and an Observation for each thing that was looked at.

use super::{
    Resource, Written, at_visit, code, coding, concept, moment, named, own, reference, words,
};
use crate::chart::content::{Observation, TestResult};
use entity::chart_record;
use entity::code::RecordStatus;
use serde_json::{Value, json};
use uuid::Uuid;

const UCUM: &str = "http://unitsofmeasure.org";
const INTERPRETATION: &str = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation";

pub(super) fn report(row: &chart_record::Model, said: &TestResult) -> Written {
    let found = said.observations.iter().flatten().enumerate();
    let found: Vec<Resource> = found
        .map(|(place, one)| observation(row, said, part(row.id.0, place), one))
        .collect();
    let results = found.iter().map(|one| reference(one.id));
    let ordered = row.parent_id.map(|order| json!([reference(order.0)]));
    let report = Resource::of("DiagnosticReport", row)
        .with("basedOn", ordered)
        .with("status", code(said.status))
        .with("code", concept(&said.code))
        .with("subject", reference(row.patient_id.0))
        .with("encounter", at_visit(row))
        .with("effectiveDateTime", moment(said.taken_at))
        .with("issued", moment(said.issued_at))
        .with("performer", named(said.performer.as_deref()))
        .with("result", results.collect::<Vec<_>>())
        .with("conclusion", said.conclusion.clone())
        .extended(own::NOTE, "valueString", said.note.clone());
    let mut resources = found;
    resources.push(report);
    Written {
        resources,
        doctors: Vec::new(),
    }
}

/// The id of what is part of an entry: the same each time.
fn part(entry: Uuid, place: usize) -> Uuid {
    let mut bytes = *entry.as_bytes();
    let place = u16::try_from(place).unwrap_or(u16::MAX).to_be_bytes();
    // The last bytes of the entry's id are random; its first are when it was made.
    bytes[14] ^= place[0] ^ 0x55;
    bytes[15] ^= place[1];
    // Version 8: of one's own making (RFC 9562).
    bytes[6] = (bytes[6] & 0x0f) | 0x80;
    Uuid::from_bytes(bytes)
}

fn observation(
    row: &chart_record::Model,
    report: &TestResult,
    id: Uuid,
    said: &Observation,
) -> Resource {
    let status = match report.status {
        RecordStatus::Partial => RecordStatus::Preliminary,
        RecordStatus::Appended => RecordStatus::Amended,
        status => status,
    };
    let resource = Resource::new("Observation", id)
        .with("status", code(status))
        .with("category", category("laboratory"))
        .with("code", concept(&said.code))
        .with("subject", reference(row.patient_id.0))
        .with("encounter", at_visit(row))
        .with("effectiveDateTime", moment(report.taken_at))
        .with("issued", moment(report.issued_at));
    let resource = match (said.value, said.text.as_deref()) {
        (Some(value), beside) => resource
            .with("valueQuantity", quantity(value, said.unit.as_deref()))
            .extended(own::WORDS, "valueString", beside),
        (None, text) => resource.with("valueString", text),
    };
    let far = said.interpretation.map(code);
    let far = far.and_then(|far| far.as_str().map(|far| coding(INTERPRETATION, far)));
    resource
        .with(
            "interpretation",
            far.map(|far| json!([{ "coding": [far] }])),
        )
        .with("referenceRange", range(said))
}

fn range(said: &Observation) -> Value {
    let unit = said.unit.as_deref();
    let mut range = words(said.normal.as_deref());
    for (element, end) in [("low", said.low), ("high", said.high)] {
        if let Some(end) = end {
            range[element] = quantity(end, unit);
        }
    }
    match range.is_null() {
        true => Value::Null,
        false => json!([range]),
    }
}

/// A number in a UCUM unit, or of none.
pub(super) fn quantity(value: f64, unit: Option<&str>) -> Value {
    match unit {
        Some(unit) => json!({ "value": value, "unit": unit, "system": UCUM, "code": unit }),
        None => json!({ "value": value }),
    }
}

pub(super) fn category(code: &str) -> Value {
    let system = "http://terminology.hl7.org/CodeSystem/observation-category";
    json!([{ "coding": [coding(system, code)] }])
}

#[cfg(test)]
mod tests {
    use super::part;
    use std::collections::HashSet;
    use uuid::Uuid;

    #[test]
    fn the_parts_of_an_entry_have_ids_of_their_own_that_stay() {
        let entry = Uuid::from_u128(0x0199_aaaa_bbbb_7ccc_8ddd_eeee_ffff_0000);
        let ids: HashSet<Uuid> = (0..100).map(|place| part(entry, place)).collect();
        assert_eq!(ids.len(), 100);
        assert!(!ids.contains(&entry));
        assert_eq!(part(entry, 7), part(entry, 7));
    }
}
