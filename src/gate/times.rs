//! Instants and days that both databases can tell apart from others: those of the years 1 to 9999.
//!
//! SQLite keeps times as text, which sorts only while years have four digits; PostgreSQL has an end of its own. A value
//! beyond would compare wrongly where access depends on periods, so none gets in, neither as a variable nor written out.

use super::refused::{Reason, Refused};
use async_graphql::Value;
use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};
use chrono::{DateTime, Datelike as _, NaiveDate, Utc};

/// Whether this is an instant that can be kept.
pub(super) fn is_instant(text: &str) -> bool {
    let instant = text.parse::<DateTime<Utc>>();
    instant.is_ok_and(|instant| is_year(instant.year()))
}

/// Whether this is a day that can be kept.
pub(super) fn is_day(text: &str) -> bool {
    text.parse::<NaiveDate>()
        .is_ok_and(|day| is_year(day.year()))
}

fn is_year(year: i32) -> bool {
    (1..=9999).contains(&year)
}

/// Looks at the values that a document holds itself. Their types are not known here; what is an instant or a day in full,
/// of another year, is refused wherever it stands.
pub(super) fn check(document: &ExecutableDocument) -> Result<(), Refused> {
    for (_, operation) in document.operations.iter() {
        for variable in &operation.node.variable_definitions {
            if let Some(default) = &variable.node.default_value {
                holds(&default.node).map_err(|()| Reason::Year.at(default.pos))?;
            }
        }
        selections(&operation.node.selection_set.node)?;
    }
    for fragment in document.fragments.values() {
        selections(&fragment.node.selection_set.node)?;
    }
    Ok(())
}

fn selections(set: &SelectionSet) -> Result<(), Refused> {
    for selection in &set.items {
        match &selection.node {
            Selection::Field(field) => {
                for (_, value) in &field.node.arguments {
                    // The library does not export the type that tells a variable from a constant; one that holds a
                    // variable is looked at with nothing in the variable's place.
                    let value_at = value.pos;
                    let constant = value
                        .node
                        .clone()
                        .into_const_with(|_| Ok::<_, ()>(Value::Null));
                    constant
                        .and_then(|constant| holds(&constant))
                        .map_err(|()| Reason::Year.at(value_at))?;
                }
                selections(&field.node.selection_set.node)?;
            }
            Selection::InlineFragment(fragment) => selections(&fragment.node.selection_set.node)?,
            Selection::FragmentSpread(_) => {}
        }
    }
    Ok(())
}

fn holds(value: &Value) -> Result<(), ()> {
    match value {
        Value::String(text) if is_far(text) => Err(()),
        Value::List(values) => values.iter().try_for_each(holds),
        Value::Object(fields) => fields.values().try_for_each(holds),
        _ => Ok(()),
    }
}

/// Whether this is an instant or a day, and one that cannot be kept. Years of more digits have a sign.
fn is_far(text: &str) -> bool {
    let signed = text.starts_with(['+', '-']) || text.starts_with("0000");
    signed
        && (text.parse::<DateTime<Utc>>().is_ok() || text.parse::<NaiveDate>().is_ok())
        && !is_instant(text)
        && !is_day(text)
}

#[cfg(test)]
mod tests {
    use super::{check, is_day, is_instant};
    use async_graphql::parser::parse_query;

    #[test]
    fn years_have_four_digits() {
        assert!(is_instant("0001-01-01T00:00:00Z"));
        assert!(is_instant("9999-12-31T23:59:59.999+00:00"));
        assert!(is_day("2024-02-29"));
        for far in [
            "+12000-01-01T00:00:00Z",
            "0000-06-01T00:00:00Z",
            "-4713-01-01T00:00:00Z",
            "x",
        ] {
            assert!(!is_instant(far), "{far}");
        }
        // In UTC this is the next year.
        assert!(!is_instant("9999-12-31T23:30:00-01:00"));
        assert!(!is_day("+262142-12-31") && !is_day("2023-02-29"));
    }

    #[test]
    fn a_far_year_is_refused_wherever_it_stands_in_a_document() {
        let passes = |text: &str| check(&parse_query(text).unwrap()).is_ok();
        for far in [
            r#"{ a(of: { from: "+12000-01-01T00:00:00Z" }) }"#,
            r#"{ a { b(days: ["2024-01-01", "-0001-01-01"]) } }"#,
            r#"query ($t: DateTime = "+10000-01-01T00:00:00Z") { a(t: $t) }"#,
            r#"{ ...F } fragment F on Query { ... { a(t: "0000-01-01", u: $u) } }"#,
        ] {
            assert!(!passes(far), "{far}");
        }
        assert!(passes(
            r#"{ a(phone: "+12025550123", day: "2024-01-01", id: "-1") }"#
        ));
    }
}
