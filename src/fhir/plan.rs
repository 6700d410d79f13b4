//! What is taken of a CarePlan, and what others mention it by: a Goal's description and a Medication's code.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::clinical::{When, list_of_words, needed, needed_code, period, whole};
use super::observation::mentions;
use super::part::{ImportedConcept, WireConcept};
use super::reference::{Mention, WireReference};
use super::refusal::{Problem, Refusal};
use super::wire::{Prose, Text, read_list, read_prose, read_text};

const STATUS: [&str; 7] = [
    "draft",
    "active",
    "on-hold",
    "revoked",
    "completed",
    "entered-in-error",
    "unknown",
];

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedPlan {
    /// FHIR status.
    pub status: &'static str,
    /// What it is called.
    pub title: Option<String>,
    /// What kind of plan, in words.
    pub category: Option<String>,
    /// What it is about.
    pub description: Option<String>,
    /// From when.
    pub from: Option<When>,
    /// Until when.
    pub until: Option<When>,
    /// What is done: what, and where it stands.
    pub activities: Vec<(String, Option<String>)>,
    /// The conditions that it is for.
    pub addresses: Vec<Mention>,
    /// What it is to reach.
    pub goals: Vec<Mention>,
}

#[derive(Deserialize)]
struct Wire<'a> {
    #[serde(borrow)]
    status: Option<&'a RawValue>,
    intent: Option<&'a RawValue>,
    title: Option<&'a RawValue>,
    category: Option<&'a RawValue>,
    description: Option<&'a RawValue>,
    period: Option<&'a RawValue>,
    activity: Option<&'a RawValue>,
    addresses: Option<&'a RawValue>,
    goal: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct WireActivity {
    detail: Option<WireDetail>,
    reference: Option<WireReference>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireDetail {
    code: Option<WireConcept>,
    description: Option<Prose>,
    status: Option<Text>,
    do_not_perform: Option<bool>,
}

impl WireActivity {
    fn read(self) -> Option<(String, Option<String>)> {
        let Some(detail) = self.detail else {
            return Some((self.reference?.mention("Task").display?, None));
        };
        let code = detail.code.and_then(WireConcept::whole);
        let words = code.and_then(|code| code.words().map(str::to_owned));
        let words = words.or(detail.description.and_then(Prose::said))?;
        let words = match detail.do_not_perform {
            Some(true) => format!("NOT to be done: {words}"),
            _ => words,
        };
        Some((words, detail.status.and_then(Text::said)))
    }
}

/// Reads the resource.
pub(super) fn plan(resource: &RawValue) -> Result<ImportedPlan, Refusal> {
    let wire: Wire = whole(resource)?;
    // What is only thought of is no plan.
    if matches!(
        read_text(wire.intent, "intent")?.as_deref(),
        Some("proposal" | "option")
    ) {
        return Err(Refusal::new("intent", Problem::NotTaken));
    }
    let (from, until) = period(wire.period, "period")?;
    let activities = read_list::<WireActivity>(wire.activity, "activity")?;
    Ok(ImportedPlan {
        status: needed_code(wire.status, "status", &STATUS)?,
        title: read_text(wire.title, "title")?,
        category: list_of_words(wire.category, "category")?,
        description: read_prose(wire.description, "description")?,
        from,
        until,
        activities: activities
            .into_iter()
            .filter_map(WireActivity::read)
            .collect(),
        addresses: mentions(wire.addresses, "addresses", "Condition")?,
        goals: mentions(wire.goal, "goal", "Goal")?,
    })
}

/// Reads what a Goal is.
pub(super) fn goal(resource: &RawValue) -> Result<ImportedConcept, Refusal> {
    #[derive(Deserialize)]
    struct Wire<'a> {
        #[serde(borrow)]
        description: Option<&'a RawValue>,
    }
    needed(whole::<Wire>(resource)?.description, "description")
}

/// Reads what a Medication is.
pub(super) fn medication(resource: &RawValue) -> Result<ImportedConcept, Refusal> {
    #[derive(Deserialize)]
    struct Wire<'a> {
        #[serde(borrow)]
        code: Option<&'a RawValue>,
    }
    needed(whole::<Wire>(resource)?.code, "code")
}
