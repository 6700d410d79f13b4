//! What is taken of a ServiceRequest. Knows no other resource.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::clinical::{When, code, needed, needed_code, period, when, whole};
use super::observation::sound_mentions;
use super::part::{ImportedConcept, WireConcept};
use super::reference::Mention;
use super::refusal::{Problem, Refusal};
use super::wire::{read, read_list, read_text};

const STATUS: [&str; 7] = [
    "draft",
    "active",
    "on-hold",
    "revoked",
    "completed",
    "entered-in-error",
    "unknown",
];
const PRIORITY: [&str; 4] = ["routine", "urgent", "asap", "stat"];
/// What is no order is a thought, or an offer.
const ORDERS: [&str; 5] = [
    "order",
    "original-order",
    "reflex-order",
    "filler-order",
    "instance-order",
];

/// What was ordered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedOrder {
    /// What is to be done.
    pub code: ImportedConcept,
    /// FHIR status.
    pub status: &'static str,
    /// What kind of thing, by its codes.
    pub categories: Vec<ImportedConcept>,
    /// How soon.
    pub priority: Option<&'static str>,
    /// What for.
    pub reason: Option<ImportedConcept>,
    /// What for besides, in words.
    pub besides: Vec<String>,
    /// When it is to be done.
    pub occurs: Option<When>,
    /// By whom.
    pub performers: Vec<Mention>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    #[serde(borrow)]
    status: Option<&'a RawValue>,
    intent: Option<&'a RawValue>,
    do_not_perform: Option<&'a RawValue>,
    category: Option<&'a RawValue>,
    priority: Option<&'a RawValue>,
    code: Option<&'a RawValue>,
    occurrence_date_time: Option<&'a RawValue>,
    occurrence_period: Option<&'a RawValue>,
    performer: Option<&'a RawValue>,
    reason_code: Option<&'a RawValue>,
}

/// Reads the resource.
pub(super) fn order(resource: &RawValue) -> Result<ImportedOrder, Refusal> {
    let wire: Wire = whole(resource)?;
    if read::<bool>(wire.do_not_perform, "doNotPerform")? == Some(true) {
        return Err(Refusal::new("doNotPerform", Problem::NotTaken));
    }
    let intent = read_text(wire.intent, "intent")?;
    match intent.as_deref() {
        None => return Err(Refusal::new("intent", Problem::Missing)),
        Some("proposal" | "plan" | "directive" | "option") => {
            return Err(Refusal::new("intent", Problem::NotTaken));
        }
        Some(order) if ORDERS.contains(&order) => {}
        Some(_) => return Err(Refusal::new("intent", Problem::UnknownCode)),
    }
    let (start, _) = period(wire.occurrence_period, "occurrencePeriod")?;
    let concepts = |raw, element| -> Result<Vec<ImportedConcept>, Refusal> {
        let all = read_list::<WireConcept>(raw, element)?.into_iter();
        Ok(all.filter_map(WireConcept::whole).collect())
    };
    let mut reasons = concepts(wire.reason_code, "reasonCode")?.into_iter();
    Ok(ImportedOrder {
        code: needed(wire.code, "code")?,
        status: needed_code(wire.status, "status", &STATUS)?,
        categories: concepts(wire.category, "category")?,
        priority: code(wire.priority, "priority", &PRIORITY)?,
        reason: reasons.next(),
        besides: reasons
            .filter_map(|one| one.words().map(str::to_owned))
            .collect(),
        occurs: when(wire.occurrence_date_time, "occurrenceDateTime")?.or(start),
        performers: sound_mentions(wire.performer),
    })
}
