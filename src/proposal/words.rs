//! What a field says, as people read it: in words first, its codes behind them. Pure.

use crate::chart::content::Concept;
use crate::patient::cells::Name;
use serde_json::Value;

/// The value in one text; none when it says nothing.
#[must_use]
pub fn readable(value: &Value) -> Option<String> {
    let text = match value {
        Value::Null => return None,
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().filter_map(readable).collect();
            items.join("; ")
        }
        Value::Object(parts) => {
            if let Ok(name) = serde_json::from_value::<Name>(value.clone()) {
                name.text()
            } else if let Ok(concept) = serde_json::from_value::<Concept>(value.clone()) {
                concept_text(&concept)
            } else {
                let parts: Vec<_> = parts.values().filter_map(readable).collect();
                parts.join(", ")
            }
        }
        other => other.to_string(),
    };
    (!text.is_empty()).then_some(text)
}

fn concept_text(concept: &Concept) -> String {
    let codes = concept.codings.iter().map(|coding| {
        let named = match coding.display == concept.text {
            true => String::new(),
            false => format!(" {}", coding.display),
        };
        format!(" ({} {}{named})", coding.system, coding.code)
    });
    let codes: String = codes.collect();
    format!("{}{codes}", concept.text)
}

#[cfg(test)]
mod tests {
    use super::readable;
    use serde_json::{Value, json};

    #[test]
    fn values_are_read_as_people_would_say_them() {
        let coding = |code: &str, display: &str| json!({ "system": "http://snomed.info/sct", "code": code, "display": display });
        let said = |value: Value| readable(&value);
        assert_eq!(said(Value::Null), None);
        assert_eq!(said(json!([])), None);
        assert_eq!(said(json!("active")).unwrap(), "active");
        assert_eq!(said(json!(2)).unwrap(), "2");
        assert_eq!(
            said(json!({ "given": ["Ana", "María"], "family": "Lopez" })).unwrap(),
            "Ana María Lopez"
        );
        let latex =
            json!({ "text": "Latex", "codings": [coding("1", "Latex"), coding("2", "Rubber")] });
        assert_eq!(
            said(latex).unwrap(),
            "Latex (http://snomed.info/sct 1) (http://snomed.info/sct 2 Rubber)"
        );
        assert_eq!(
            said(json!([{ "manifestation": "Rash", "severity": "mild" }, { "manifestation": "Cough" }])).unwrap(),
            "Rash, mild; Cough"
        );
    }
}
