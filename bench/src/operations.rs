//! The operations of the comparison, read from bench/peers: one text for the others, one for us, over the same rows. The
//! files have the form that the comparison's own runner reads, so that both runners ask the same.

use crate::output::{Done, Told};
use crate::source::Source;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const THEIRS: &str = include_str!("../peers/ops.json");
const OURS: &str = include_str!("../peers/patient-tracker.json");

/// One operation.
#[derive(Clone, Serialize, Deserialize)]
pub struct Operation {
    /// For tables.
    pub title: String,
    /// The select whose rows fill the variables; `{offset}` and `{count}` stand for fresh ones.
    pub rows: String,
    /// The document.
    pub query: String,
    /// Variables; `{column}` stands for a column of the row.
    pub variables: Map<String, Value>,
}

/// Operations by their key.
pub type Operations = BTreeMap<String, Operation>;

/// What the others are asked.
pub fn theirs() -> Done<Operations> {
    serde_json::from_str(THEIRS).told("ops.json")
}

/// What our server is asked.
pub fn ours(visit_type: &str) -> Done<Operations> {
    serde_json::from_str(&OURS.replace("$VISIT_TYPE", visit_type)).told("patient-tracker.json")
}

impl Operation {
    /// Whether each request needs a row of its own, because it changes something.
    #[must_use]
    pub fn consumes(&self) -> bool {
        self.rows.contains("{offset}")
    }

    /// Bodies of requests: all rows there are, or `count` fresh ones from `offset` on.
    pub async fn bodies(&self, source: &Source, offset: u64, count: usize) -> Done<Vec<String>> {
        let select = self
            .rows
            .replace("{offset}", &offset.to_string())
            .replace("{count}", &count.to_string());
        let rows = source.rows(&select).await?;
        if rows.is_empty() {
            return Err(format!("{}: there are no rows to ask for", self.title));
        }
        Ok(rows.iter().map(|row| self.body(row)).collect())
    }

    /// The body of a request about this row.
    #[must_use]
    pub fn body(&self, row: &Value) -> String {
        let filled: Map<String, Value> = self
            .variables
            .iter()
            .map(|(name, value)| (name.clone(), fill(value, row)))
            .collect();
        json!({ "query": self.query, "variables": filled }).to_string()
    }

    /// What every good answer contains.
    #[must_use]
    pub fn expected(&self) -> &'static str {
        // Nothing in an answer is called so unless there was an appointment to tell of.
        "\"startsAt\":"
    }
}

fn fill(value: &Value, row: &Value) -> Value {
    let column = value
        .as_str()
        .and_then(|text| text.strip_prefix('{')?.strip_suffix('}'));
    column.map_or_else(|| value.clone(), |column| row[column].clone())
}

/// The values of an answer that both must give: leaves in order, without ids and codes, in which the two differ by
/// design, and with one spelling of instants.
#[must_use]
pub fn leaves(answer: &Value) -> Vec<String> {
    let mut all = Vec::new();
    collect(answer, &mut all);
    all.sort();
    all
}

fn collect(value: &Value, all: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                if name != "id" && name != "status" {
                    collect(value, all);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, all)),
        Value::String(text) => {
            let text = text.replace(".000Z", "Z").replace("+00:00", "Z");
            all.push(text);
        }
        other => all.push(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_files_have_the_same_operations() {
        let (theirs, ours) = (theirs().unwrap(), ours("vis_0").unwrap());
        assert!(theirs.keys().eq(ours.keys()));
        for (key, operation) in &theirs {
            assert_eq!(operation.consumes(), ours[key].consumes(), "{key}");
        }
    }

    #[test]
    fn variables_are_filled_from_the_row() {
        let operation = &ours("vis_7").unwrap()["m1"];
        let row = json!({ "patient": "pat_1", "doctor": "doc_1", "starts_at": "t", "reason": "r" });
        let body: Value = serde_json::from_str(&operation.body(&row)).unwrap();
        assert_eq!(body["variables"]["patientId"], "pat_1");
        assert_eq!(body["variables"]["visitTypeId"], "vis_7");
    }

    #[test]
    fn the_same_answer_in_two_shapes_has_the_same_leaves() {
        let one =
            json!({ "a": [{ "id": "x", "startsAt": "2025-01-01T08:00:00Z", "status": "A" }] });
        let two = json!({ "a": { "nodes": [{ "startsAt": "2025-01-01T08:00:00+00:00" }] } });
        assert_eq!(leaves(&one), leaves(&two));
    }
}
