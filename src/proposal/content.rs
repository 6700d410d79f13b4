//! What a proposal says, field by field, and what becomes of an entry by it. Pure.

use crate::chart::content::coded;
use entity::code::ProposalKind;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

coded! {
    /// A field of a record or an entry, by its name as it is kept.
    Field {
        /// Of a patient: the names.
        Name = "name",
        /// Of a patient: the date of birth.
        BirthDate = "birthDate",
        /// Of a patient: administrative gender.
        Gender = "gender",
        /// Of a patient: ABO and rhesus group.
        BloodGroup = "bloodGroup",
        /// Of a condition: what it is.
        Code = "code",
        /// Of an allergy: to what.
        Substance = "substance",
        /// Of a medication: what.
        Medication = "medication",
        /// Of an immunization: which vaccine.
        Vaccine = "vaccine",
        /// Where it stands.
        Status = "status",
        /// How sure one is of it.
        Verification = "verification",
        /// How bad it is.
        Severity = "severity",
        /// Where on the body a condition is.
        BodySite = "bodySite",
        /// When it began.
        OnsetAt = "onsetAt",
        /// When it was over.
        AbatedAt = "abatedAt",
        /// What the body does.
        AllergyType = "allergyType",
        /// What kind of substance it is.
        Category = "category",
        /// How much harm is to be feared.
        Criticality = "criticality",
        /// What happened when the patient met the substance.
        Reactions = "reactions",
        /// How much of a medication, and how often.
        Dosage = "dosage",
        /// What a medication is for.
        Reason = "reason",
        /// Since when it is taken.
        TakenFrom = "takenFrom",
        /// Until when.
        TakenUntil = "takenUntil",
        /// When a vaccine was given.
        OccurredAt = "occurredAt",
        /// The lot that it came from.
        LotNumber = "lotNumber",
        /// Which dose of its series.
        DoseNumber = "doseNumber",
        /// Where on the body it was given.
        Site = "site",
        /// Why it was not.
        StatusReason = "statusReason",
        /// What else there is to say.
        Note = "note",
    }
    /// The word on a field.
    Verdict {
        /// It is made.
        Accept = "accept",
        /// It is not.
        Reject = "reject",
    }
}

impl Field {
    /// The field of this name, if there is one.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        serde_json::from_value(Value::String(name.to_owned())).ok()
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> String {
        match serde_json::to_value(self) {
            Ok(Value::String(name)) => name,
            _ => String::new(),
        }
    }

    /// The fields without which there is no new entry of this kind.
    #[must_use]
    pub fn needed(kind: ProposalKind) -> &'static [Self] {
        match kind {
            ProposalKind::Demographics => &[],
            ProposalKind::Condition => &[Self::Code, Self::Status],
            ProposalKind::Allergy => &[Self::Substance, Self::Status],
            ProposalKind::MedicationStatement => &[Self::Medication, Self::Status],
            ProposalKind::Immunization => &[Self::Vaccine, Self::Status, Self::OccurredAt],
        }
    }
}

/// A field that should say something else.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
pub struct Change {
    /// Which.
    pub field: Field,
    /// What it said when the patient asked; null when it said nothing.
    pub before: Value,
    /// What it should say; null when nothing.
    pub after: Value,
}

/// All that a proposal says.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
pub struct Content {
    /// Field by field.
    pub changes: Vec<Change>,
    /// What the patient has to say of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// The word on a proposal.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
pub struct Decided {
    /// On each field.
    pub verdicts: Vec<(Field, Verdict)>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Decided {
    /// The word on this field.
    #[must_use]
    pub fn on(&self, field: Field) -> Option<Verdict> {
        let mut all = self.verdicts.iter();
        all.find(|(one, _)| *one == field).map(|(_, word)| *word)
    }
}

fn said(of: &Value, name: &str) -> Value {
    of.get(name).cloned().unwrap_or_default()
}

/// The fields that say something else in `after`; nothing was there before if `before` is null. None when there is a field that no
/// proposal knows.
#[must_use]
pub fn changes(before: &Value, after: &Value) -> Option<Vec<Change>> {
    let names = |of: &Value| -> BTreeSet<String> {
        let fields = of.as_object().into_iter().flat_map(Map::keys);
        fields.cloned().collect()
    };
    let mut all = names(before);
    all.append(&mut names(after));
    let changed = all.into_iter().filter_map(|name| {
        let (before, after) = (said(before, &name), said(after, &name));
        (before != after).then(|| {
            let field = Field::named(&name)?;
            Some(Change {
                field,
                before,
                after,
            })
        })
    });
    changed.collect()
}

/// What `now` says with these changes made.
///
/// # Errors
/// The first field that says neither what the patient saw nor what they ask for.
pub fn merged<'a>(
    now: &Value,
    accepted: impl IntoIterator<Item = &'a Change>,
) -> Result<Value, Field> {
    let mut merged = now.as_object().cloned().unwrap_or_default();
    for change in accepted {
        let name = change.field.name();
        let stands = said(now, &name);
        if stands != change.before && stands != change.after {
            return Err(change.field);
        }
        merged.insert(name, change.after.clone());
    }
    Ok(Value::Object(merged))
}

#[cfg(test)]
mod tests;
