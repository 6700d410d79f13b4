//! Answers made comparable: ids, times, tokens and other things that differ at each run are replaced by what they are.

use chrono::DateTime;
use serde_json::Value;

/// The answer with what differs at each run replaced.
pub fn tidy(mut answer: Value) -> Value {
    replace(&mut answer, "");
    answer
}

fn replace(value: &mut Value, key: &str) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields.iter_mut() {
                replace(value, key);
            }
        }
        Value::Array(items) => {
            for item in items {
                replace(item, key);
            }
        }
        Value::String(text) => {
            if let Some(kind) = kind(text, key) {
                *value = Value::String(kind);
            }
        }
        Value::Number(_) if key == "cost" => *value = Value::String("[cost]".to_owned()),
        _ => {}
    }
}

fn kind(text: &str, key: &str) -> Option<String> {
    if let Some((kind, digits)) = text.split_once('_')
        && digits.len() == 32
        && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
    {
        return Some(format!("[{kind}]"));
    }
    match key {
        "requestId" => return Some("[request]".to_owned()),
        "accessToken" | "refreshToken" | "temporaryPassword" => return Some("[secret]".to_owned()),
        "cursor" | "startCursor" | "endCursor" => return Some("[cursor]".to_owned()),
        "mrn" => return Some("[mrn]".to_owned()),
        _ => {}
    }
    let is_time = text.len() > 15 && DateTime::parse_from_rfc3339(text).is_ok();
    is_time.then(|| "[time]".to_owned())
}

/// The codes of the errors at the top of an answer.
pub fn codes(answer: &Value) -> Vec<String> {
    let errors = answer["errors"].as_array().cloned().unwrap_or_default();
    let code = |error: &Value| {
        error["extensions"]["code"]
            .as_str()
            .unwrap_or("none")
            .to_owned()
    };
    errors.iter().map(code).collect()
}

/// The codes of a mutation's own errors.
pub fn user_errors(answer: &Value) -> Vec<String> {
    let payloads = answer["data"]
        .as_object()
        .into_iter()
        .flat_map(|data| data.values());
    payloads
        .filter_map(|payload| payload["userErrors"].as_array())
        .flatten()
        .map(|error| error["code"].as_str().unwrap_or_default().to_owned())
        .collect()
}
