//! What is taken of a MedicationRequest and of a MedicationStatement. Knows no other resource but those contained in them.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::clinical::{When, concept, list_of_words, needed_code, period, when, whole};
use super::dosage::dosage;
use super::part::ImportedConcept;
use super::reference::{Mention, Reference, WireReference};
use super::refusal::{Problem, Refusal};
use super::wire::{Text, read, read_list, read_text};

const REQUESTED: [&str; 8] = [
    "active",
    "on-hold",
    "cancelled",
    "completed",
    "entered-in-error",
    "stopped",
    "draft",
    "unknown",
];
const TAKEN: [&str; 8] = [
    "active",
    "completed",
    "entered-in-error",
    "intended",
    "stopped",
    "on-hold",
    "unknown",
    "not-taken",
];
/// What is no order is a thought, or an offer.
const ORDERS: [&str; 5] = [
    "order",
    "original-order",
    "reflex-order",
    "filler-order",
    "instance-order",
];

/// Which medication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Medicine {
    /// This one.
    Concept(ImportedConcept),
    /// That of another entry, and in words.
    Named(Mention),
}

/// A medication that was ordered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MedicationOrdered {
    /// Which.
    pub medicine: Medicine,
    /// FHIR status.
    pub status: &'static str,
    /// When it was ordered.
    pub authored: Option<When>,
    /// How it is taken.
    pub dosage: ImportedDosage,
    /// What for, in words.
    pub reason: Option<String>,
    /// The conditions that it is for.
    pub reasons: Vec<Mention>,
    /// Until when it is to be dispensed.
    pub ends: Option<When>,
}

/// A medication that somebody takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MedicationTaken {
    /// Which.
    pub medicine: Medicine,
    /// FHIR status.
    pub status: &'static str,
    /// Since when.
    pub from: Option<When>,
    /// Until when.
    pub until: Option<When>,
    /// How it is taken.
    pub dosage: ImportedDosage,
    /// What for, in words.
    pub reason: Option<String>,
    /// The conditions that it is for.
    pub reasons: Vec<Mention>,
    /// Who says so.
    pub told_by: Option<Reference>,
}

/// How a medication is taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportedDosage {
    /// How much and how often, in words.
    pub text: Option<String>,
    /// By which way, in words.
    pub route: Option<String>,
    /// Whether only when needed.
    pub as_needed: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    #[serde(borrow)]
    status: Option<&'a RawValue>,
    intent: Option<&'a RawValue>,
    do_not_perform: Option<&'a RawValue>,
    medication_codeable_concept: Option<&'a RawValue>,
    medication_reference: Option<&'a RawValue>,
    contained: Option<&'a RawValue>,
    authored_on: Option<&'a RawValue>,
    dosage_instruction: Option<&'a RawValue>,
    dosage: Option<&'a RawValue>,
    dispense_request: Option<&'a RawValue>,
    reason_code: Option<&'a RawValue>,
    reason_reference: Option<&'a RawValue>,
    effective_date_time: Option<&'a RawValue>,
    effective_period: Option<&'a RawValue>,
    information_source: Option<&'a RawValue>,
}

/// Reads the order.
pub(super) fn request(resource: &RawValue) -> Result<MedicationOrdered, Refusal> {
    #[derive(Default, Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct WireDispense<'a> {
        #[serde(borrow)]
        validity_period: Option<&'a RawValue>,
    }
    let wire: Wire = whole(resource)?;
    if read::<bool>(wire.do_not_perform, "doNotPerform")? == Some(true) {
        return Err(Refusal::new("doNotPerform", Problem::NotTaken));
    }
    let intent = read_text(wire.intent, "intent")?;
    let intent = intent.ok_or(Refusal::new("intent", Problem::Missing))?;
    match intent.as_str() {
        "proposal" | "plan" | "option" => return Err(Refusal::new("intent", Problem::NotTaken)),
        order if ORDERS.contains(&order) => {}
        _ => return Err(Refusal::new("intent", Problem::UnknownCode)),
    }
    let dispense = read::<WireDispense>(wire.dispense_request, "dispenseRequest")?;
    let valid = dispense.unwrap_or_default().validity_period;
    let (_, ends) = period(valid, "dispenseRequest.validityPeriod")?;
    Ok(MedicationOrdered {
        medicine: medicine(&wire)?,
        status: needed_code(wire.status, "status", &REQUESTED)?,
        authored: when(wire.authored_on, "authoredOn")?,
        dosage: dosage(wire.dosage_instruction, "dosageInstruction")?,
        reason: list_of_words(wire.reason_code, "reasonCode")?,
        reasons: reasons(wire.reason_reference)?,
        ends,
    })
}

/// Reads the statement.
pub(super) fn statement(resource: &RawValue) -> Result<MedicationTaken, Refusal> {
    let wire: Wire = whole(resource)?;
    let (start, until) = period(wire.effective_period, "effectivePeriod")?;
    // Who cannot be read of whom it came is left out.
    let told_by = wire.information_source;
    let told_by = told_by.and_then(|raw| serde_json::from_str::<WireReference>(raw.get()).ok());
    Ok(MedicationTaken {
        medicine: medicine(&wire)?,
        status: needed_code(wire.status, "status", &TAKEN)?,
        from: when(wire.effective_date_time, "effectiveDateTime")?.or(start),
        until,
        dosage: dosage(wire.dosage, "dosage")?,
        reason: list_of_words(wire.reason_code, "reasonCode")?,
        reasons: reasons(wire.reason_reference)?,
        told_by: told_by.and_then(|reference| reference.read("Patient")),
    })
}

fn reasons(raw: Option<&RawValue>) -> Result<Vec<Mention>, Refusal> {
    let all = read_list::<WireReference>(raw, "reasonReference")?.into_iter();
    Ok(all.map(|one| one.mention("Condition")).collect())
}

fn medicine(wire: &Wire<'_>) -> Result<Medicine, Refusal> {
    #[derive(Deserialize)]
    struct WireContained<'a> {
        id: Option<Text>,
        #[serde(borrow)]
        code: Option<&'a RawValue>,
    }
    let (said, named) = ("medicationCodeableConcept", "medicationReference");
    if let Some(concept) = concept(wire.medication_codeable_concept, said)? {
        return Ok(Medicine::Concept(concept));
    }
    let reference = read::<WireReference>(wire.medication_reference, named)?;
    let reference = reference.ok_or(Refusal::new(said, Problem::Missing))?;
    let Some(id) = reference.contained() else {
        return Ok(Medicine::Named(reference.mention("Medication")));
    };
    for one in read_list::<WireContained>(wire.contained, "contained")? {
        if one.id.is_some_and(|own| own.text() == id) {
            let concept = concept(one.code, "contained.code")?;
            let missing = Refusal::new("contained.code", Problem::Missing);
            return concept.map(Medicine::Concept).ok_or(missing);
        }
    }
    Err(Refusal::new(named, Problem::Missing))
}
