//! Conditions: problems and diagnoses.

use super::text::{self, Concept, in_order};
use super::{Editable, coded, content, kept};
use crate::access::Resource;
use crate::patient::input::{At as _, Checks, Invalid};
use chrono::{DateTime, Utc};
use entity::code::RecordStatus;

coded! {
    /// How sure one is of a condition: FHIR condition verification status, but for `entered-in-error`.
    ConditionVerification {
        /// FHIR `unconfirmed`.
        Unconfirmed = "unconfirmed",
        /// FHIR `provisional`.
        Provisional = "provisional",
        /// FHIR `differential`.
        Differential = "differential",
        /// FHIR `confirmed`.
        Confirmed = "confirmed",
        /// FHIR `refuted`.
        Refuted = "refuted",
    }
}

content! {
    /// A problem or a diagnosis.
    Condition, ConditionEdit {
        /// What it is.
        must code: Concept,
        /// Where it stands.
        must status: RecordStatus,
        /// How sure one is of it.
        may verification: ConditionVerification,
        /// How bad it is, in words.
        may severity: String,
        /// Where on the body, in words.
        may body_site: String,
        /// When it began.
        may onset_at: DateTime<Utc>,
        /// When it was over.
        may abated_at: DateTime<Utc>,
        /// What else there is to say.
        may note: String,
    }
}

impl Condition {
    /// The states that can be given.
    const STATUSES: &[RecordStatus] = &[
        RecordStatus::Active,
        RecordStatus::Recurrence,
        RecordStatus::Relapse,
        RecordStatus::Inactive,
        RecordStatus::Remission,
        RecordStatus::Resolved,
    ];
}

kept!(Condition, onset_at, |facts, _| Resource::Clinical(facts));

impl Editable for Condition {
    const RECORD: &'static str = "recordCondition";
    const UPDATE: &'static str = "updateCondition";

    type Edit = ConditionEdit;

    fn edited(self, edit: ConditionEdit) -> Self {
        self.after(edit)
    }

    fn checked(&self, now: DateTime<Utc>) -> Result<Self, Invalid> {
        let mut checks = Checks::default();
        let past = |at: Option<DateTime<Utc>>| at.map(|at| text::past(at, now)).transpose();
        let code = checks.take(text::concept(&self.code).at("code"));
        let status = checks.take(text::status(self.status, Self::STATUSES).at("status"));
        let severity = checks.take(text::optional(self.severity.as_ref()).at("severity"));
        let body_site = checks.take(text::optional(self.body_site.as_ref()).at("bodySite"));
        let onset_at = checks.take(past(self.onset_at).at("onsetAt"));
        let abated_at = checks.take(past(self.abated_at).at("abatedAt"));
        let ordered = checks.take(in_order(self.onset_at, self.abated_at).at("abatedAt"));
        let note = checks.take(text::note(self.note.as_ref()).at("note"));
        checks.end(|| {
            ordered?;
            Some(Self {
                code: code?,
                status: status?,
                verification: self.verification,
                severity: severity?,
                body_site: body_site?,
                onset_at: onset_at?,
                abated_at: abated_at?,
                note: note?,
            })
        })
    }
}
