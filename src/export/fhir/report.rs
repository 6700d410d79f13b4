//! What tests found: a DiagnosticReport, and an Observation for each thing that was looked at.

use super::{
    Resource, Told, Written, at_visit, code, coding, concept, moment, named, own, reference, words,
};
use crate::chart::content::{Observation, TestResult};
use crate::chart::provenance::AgentRole;
use entity::chart_record;
use entity::code::RecordStatus;
use serde_json::{Value, json};
use uuid::Uuid;

const UCUM: &str = "http://unitsofmeasure.org";
const INTERPRETATION: &str = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation";

pub(super) fn report(row: &chart_record::Model, said: &TestResult, told: &Told) -> Written {
    let performers = match named(said.performer.as_deref()) {
        Value::Null => told.elsewhere(AgentRole::Performer).into(),
        named => named,
    };
    let found = said.observations.iter().flatten().enumerate();
    let found: Vec<Resource> = found
        .map(|(place, one)| observation(row, said, part(row.id.0, place), one))
        .collect();
    let results = found.iter().map(|one| reference(one.id));
    let ordered = row.parent_id.map(|order| json!([reference(order.0)]));
    let report = Resource::of("DiagnosticReport", row, told)
        .with("basedOn", ordered)
        .with("status", code(said.status))
        .with("code", concept(&said.code))
        .with("subject", reference(row.patient_id.0))
        .with("encounter", at_visit(row))
        .with("effectiveDateTime", moment(said.taken_at))
        .with("issued", moment(said.issued_at))
        .with("performer", performers)
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

/// A number in a UCUM unit, in another as it is written, or of none.
pub(super) fn quantity(value: f64, unit: Option<&str>) -> Value {
    match unit {
        Some(unit) if is_ucum(unit) => {
            json!({ "value": value, "unit": unit, "system": UCUM, "code": unit })
        }
        Some(unit) => json!({ "value": value, "unit": unit }),
        None => json!({ "value": value }),
    }
}

/// Units that take a prefix (The Unified Code for Units of Measure), as far as laboratories use them.
const METRIC: [&str; 21] = [
    "m", "g", "s", "L", "l", "mol", "eq", "U", "[IU]", "[iU]", "kat", "osm", "Pa", "bar", "m[Hg]",
    "m[H2O]", "J", "cal", "K", "Bq", "Gy",
];
/// Units that take none.
const PLAIN: [&str; 24] = [
    "1", "%", "10*", "10^", "min", "h", "d", "wk", "mo", "a", "Cel", "deg", "[degF]", "[lb_av]",
    "[oz_av]", "[in_i]", "[ft_i]", "[pH]", "[ppm]", "[ppb]", "[CFU]", "[HPF]", "[LPF]", "[drp]",
];
const PREFIXES: [&str; 12] = ["", "k", "h", "da", "d", "c", "m", "u", "n", "p", "f", "M"];

/// Whether it is surely a code of UCUM: of what is not, nothing is claimed.
fn is_ucum(unit: &str) -> bool {
    // What stands in braces is said beside it, and is no unit.
    let mut bare = String::with_capacity(unit.len());
    let mut rest = unit;
    while let Some((before, noted)) = rest.split_once('{') {
        let told = noted.split_once('}').filter(|(note, _)| note.is_ascii());
        let Some((_, after)) = told else {
            return false;
        };
        bare.push_str(before);
        rest = after;
    }
    bare.push_str(rest);
    let is_part = |part: &str| {
        let is_known = |part: &str| {
            PLAIN.contains(&part)
                || PREFIXES.iter().any(|prefix| {
                    let rest = part.strip_prefix(prefix);
                    rest.is_some_and(|rest| METRIC.contains(&rest))
                })
        };
        let base = part.trim_end_matches(|sign: char| sign.is_ascii_digit());
        let base = base.strip_suffix(['+', '-']).unwrap_or(base);
        part.is_empty() || is_known(part) || is_known(base)
    };
    !unit.is_empty() && bare.split(['/', '.']).all(is_part)
}

pub(super) fn category(code: &str) -> Value {
    let system = "http://terminology.hl7.org/CodeSystem/observation-category";
    json!([{ "coding": [coding(system, code)] }])
}

#[cfg(test)]
mod tests {
    use super::{is_ucum, part};
    use std::collections::HashSet;
    use uuid::Uuid;

    #[test]
    fn a_unit_is_said_to_be_of_ucum_only_where_it_is() {
        for unit in [
            "mg/dL",
            "mmol/L",
            "10*3/uL",
            "10*9/L",
            "g/dL",
            "%",
            "mm[Hg]",
            "/min",
            "{beats}/min",
            "{score}",
            "kg/m2",
            "[IU]/L",
            "U/L",
            "mL/min/{1.73_m2}",
            "Cel",
            "[degF]",
            "[lb_av]",
            "fL",
            "pg",
            "ng/mL",
            "mosm/kg",
            "meq/L",
            "[pH]",
            "L/min",
            "cm",
            "1",
        ] {
            assert!(is_ucum(unit), "{unit}");
        }
        for unit in [
            "mmHg",
            "°F",
            "lb",
            "Tabletten/Woä",
            "258682000",
            "",
            "tablet",
            "beats/min",
            "C",
            "{open",
        ] {
            assert!(!is_ucum(unit), "{unit}");
        }
    }

    #[test]
    fn the_parts_of_an_entry_have_ids_of_their_own_that_stay() {
        let entry = Uuid::from_u128(0x0199_aaaa_bbbb_7ccc_8ddd_eeee_ffff_0000);
        let ids: HashSet<Uuid> = (0..100).map(|place| part(entry, place)).collect();
        assert_eq!(ids.len(), 100);
        assert!(!ids.contains(&entry));
        assert_eq!(part(entry, 7), part(entry, 7));
    }
}
