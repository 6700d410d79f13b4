//! Allergies and intolerances.

use super::text::{self, Concept};
use super::{Editable, coded, content, kept};
use crate::access::Resource;
use crate::patient::input::{At as _, Checks, Invalid, Problem, line};
use chrono::{DateTime, Utc};
use entity::code::RecordStatus;
use serde::{Deserialize, Serialize};

coded! {
    /// How sure one is of an allergy: FHIR verification status, but for `entered-in-error`.
    AllergyVerification {
        /// FHIR `unconfirmed`.
        Unconfirmed = "unconfirmed",
        /// FHIR `presumed`.
        Presumed = "presumed",
        /// FHIR `confirmed`.
        Confirmed = "confirmed",
        /// FHIR `refuted`.
        Refuted = "refuted",
    }
    /// What the body does: FHIR allergy intolerance type.
    AllergyType {
        /// FHIR `allergy`: the immune system.
        Allergy = "allergy",
        /// FHIR `intolerance`: something else.
        Intolerance = "intolerance",
    }
    /// What kind of substance it is: FHIR allergy intolerance category.
    AllergyCategory {
        /// FHIR `food`.
        Food = "food",
        /// FHIR `medication`.
        Medication = "medication",
        /// FHIR `environment`.
        Environment = "environment",
        /// FHIR `biologic`.
        Biologic = "biologic",
    }
    /// How much harm is to be feared: FHIR allergy intolerance criticality.
    AllergyCriticality {
        /// FHIR `low`.
        Low = "low",
        /// FHIR `high`.
        High = "high",
        /// FHIR `unable-to-assess`.
        UnableToAssess = "unable-to-assess",
    }
}

/// The longest words of a reaction, in characters.
const LONGEST_REACTION: usize = 200;
/// The most reactions.
const MOST_REACTIONS: usize = 10;

/// What happened when the patient met the substance.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
pub struct Reaction {
    /// What it looked like.
    pub manifestation: String,
    /// How bad it was, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<String>,
}

content! {
    /// An allergy or intolerance.
    Allergy, AllergyEdit {
        /// To what.
        must substance: Concept,
        /// Where it stands.
        must status: RecordStatus,
        /// How sure one is of it.
        may verification: AllergyVerification,
        /// What the body does.
        may allergy_type: AllergyType,
        /// What kind of substance it is.
        may category: AllergyCategory,
        /// How much harm is to be feared.
        may criticality: AllergyCriticality,
        /// What happened when they met it.
        may reactions: Vec<Reaction>,
        /// Since when.
        may onset_at: DateTime<Utc>,
        /// What else there is to say.
        may note: String,
    }
}

impl Allergy {
    /// The states that can be given.
    const STATUSES: &[RecordStatus] = &[
        RecordStatus::Active,
        RecordStatus::Inactive,
        RecordStatus::Resolved,
    ];
}

kept!(Allergy, onset_at, |facts, _| Resource::Clinical(facts));

fn reactions(all: &[Reaction]) -> Result<Vec<Reaction>, Invalid> {
    if all.len() > MOST_REACTIONS {
        return Err(Problem::TooMany.into());
    }
    let one = |reaction: &Reaction| {
        let manifestation = line(&reaction.manifestation, LONGEST_REACTION).at("manifestation")?;
        let severity = text::optional(reaction.severity.as_ref()).at("severity")?;
        Ok(Reaction {
            manifestation,
            severity,
        })
    };
    let all = all.iter().enumerate();
    all.map(|(place, reaction)| one(reaction).map_err(|invalid: Invalid| invalid).at(place))
        .collect()
}

impl Editable for Allergy {
    const RECORD: &'static str = "recordAllergy";
    const UPDATE: &'static str = "updateAllergy";

    type Edit = AllergyEdit;

    fn edited(self, edit: AllergyEdit) -> Self {
        self.after(edit)
    }

    fn checked(&self, now: DateTime<Utc>) -> Result<Self, Invalid> {
        let mut checks = Checks::default();
        let onset_at = self.onset_at.map(|at| text::past(at, now)).transpose();
        let substance = checks.take(text::concept(&self.substance).at("substance"));
        let status = checks.take(text::status(self.status, Self::STATUSES).at("status"));
        let reactions = self.reactions.as_deref().map(reactions).transpose();
        let reactions = checks.take(reactions.at("reactions"));
        let onset_at = checks.take(onset_at.at("onsetAt"));
        let note = checks.take(text::note(self.note.as_ref()).at("note"));
        checks.end(|| {
            Some(Self {
                substance: substance?,
                status: status?,
                verification: self.verification,
                allergy_type: self.allergy_type,
                category: self.category,
                criticality: self.criticality,
                reactions: reactions?,
                onset_at: onset_at?,
                note: note?,
            })
        })
    }
}
