//! For the test of the tests: bends one entry of the policy, or of the table of fields, to see whether anybody notices.
//!
//! It is compiled under the feature `mutation` alone, which nothing switches on but `scripts/mutate-policy.sh`, and a
//! release with it does not compile. It knows no rule: what is bent, and how, is said by the tests.

use super::fields::Rule;
use super::{Action, Decision, Resource, Viewer};
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

#[cfg(not(debug_assertions))]
compile_error!("the feature `mutation` bends the policy: it is for tests, and never for a release");

/// Another answer of the policy.
pub type Bend = Box<dyn Fn(&Viewer, Action, &Resource, Decision) -> Decision + Send + Sync>;

/// Another line of the table of fields, or none.
pub type Row = (String, String, Option<Rule>);

static BENT: RwLock<Option<Bend>> = RwLock::new(None);
static ROW: RwLock<Option<Row>> = RwLock::new(None);

/// Bends the policy from now on, in this whole process, or lets it be straight again.
pub fn bend(bend: Option<Bend>) {
    *BENT.write().unwrap_or_else(PoisonError::into_inner) = bend;
}

/// Changes a line of every table that is read in from now on, or none any more.
pub fn bend_row(row: Option<Row>) {
    *ROW.write().unwrap_or_else(PoisonError::into_inner) = row;
}

pub(super) fn decision(
    viewer: &Viewer,
    action: Action,
    resource: &Resource,
    decision: Decision,
) -> Decision {
    match BENT.read().unwrap_or_else(PoisonError::into_inner).as_ref() {
        Some(bend) => bend(viewer, action, resource, decision),
        None => decision,
    }
}

pub(super) fn rows(types: &mut HashMap<&'static str, HashMap<&'static str, Rule>>) {
    let row = ROW.read().unwrap_or_else(PoisonError::into_inner);
    let Some((parent, field, rule)) = row.as_ref() else {
        return;
    };
    let Some(fields) = types.get_mut(parent.as_str()) else {
        return;
    };
    match rule {
        None => {
            fields.remove(field.as_str());
        }
        Some(rule) => {
            if let Some(line) = fields.get_mut(field.as_str()) {
                *line = *rule;
            }
        }
    }
}
