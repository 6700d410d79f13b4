//! What is taken of a Coverage. Knows no other resource.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::clinical::{When, needed_code, period, understood, whole};
use super::encounter::subject;
use super::observation::mentions;
use super::part::{Identifier, WireConcept, identifiers};
use super::reference::{Mention, Reference};
use super::refusal::{Problem, Refusal};
use super::wire::{Text, read, read_list, read_text};

const STATUS: [&str; 4] = ["active", "cancelled", "draft", "entered-in-error"];

/// A patient's insurance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedCoverage {
    /// All identifiers.
    pub identifiers: Vec<Identifier>,
    /// Whose.
    pub beneficiary: Reference,
    /// Who pays.
    pub payors: Vec<Mention>,
    /// The patient's number with them.
    pub member_number: String,
    /// Which plan of theirs.
    pub plan: Option<String>,
    /// The first day.
    pub from: Option<When>,
    /// The last day.
    pub until: Option<When>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    #[serde(borrow)]
    identifier: Option<&'a RawValue>,
    status: Option<&'a RawValue>,
    subscriber_id: Option<&'a RawValue>,
    beneficiary: Option<&'a RawValue>,
    period: Option<&'a RawValue>,
    payor: Option<&'a RawValue>,
    class: Option<&'a RawValue>,
}

/// Reads the resource: one that holds, or held.
pub(super) fn coverage(resource: &RawValue) -> Result<ImportedCoverage, Refusal> {
    #[derive(Deserialize)]
    struct WireClass {
        #[serde(rename = "type")]
        kind: Option<WireConcept>,
        value: Option<Text>,
        name: Option<Text>,
    }
    understood(resource)?;
    let wire: Wire = whole(resource)?;
    match needed_code(wire.status, "status", &STATUS)? {
        "active" => {}
        _ => return Err(Refusal::new("status", Problem::NotTaken)),
    }
    let classes = read_list::<WireClass>(wire.class, "class")?.into_iter();
    let mut plans = classes.filter_map(|class| {
        let kind = class.kind.and_then(WireConcept::whole)?;
        let is_plan = kind.codings.iter().any(|coding| coding.code == "plan");
        let name = class.name.and_then(Text::said);
        let name = name.or_else(|| class.value.and_then(Text::said));
        name.filter(|_| is_plan)
    });
    let plan = plans.next();
    let identifiers = identifiers(read_list(wire.identifier, "identifier")?);
    let number = read_text(wire.subscriber_id, "subscriberId")?;
    let number = number.or_else(|| Some(identifiers.first()?.value.clone()));
    let (from, until) = period(wire.period, "period")?;
    Ok(ImportedCoverage {
        beneficiary: subject(read(wire.beneficiary, "beneficiary")?, "beneficiary")?,
        payors: mentions(wire.payor, "payor", "Organization")?,
        member_number: number.ok_or(Refusal::new("subscriberId", Problem::Missing))?,
        plan,
        from,
        until,
        identifiers,
    })
}
