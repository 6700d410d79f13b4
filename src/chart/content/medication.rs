//! Medications: what was ordered, and what the patient says they take.

use super::text::{self, Concept, in_order};
use super::{Editable, content, kept};
use crate::access::Resource;
use crate::patient::input::{At as _, Checks, Invalid};
use chrono::{DateTime, Utc};
use entity::code::RecordStatus;

content! {
    /// A medication that was ordered.
    MedicationRequest, MedicationRequestEdit {
        /// What.
        must medication: Concept,
        /// Where it stands.
        must status: RecordStatus,
        /// How much and how often, in words.
        may dosage: String,
        /// By which way, in words.
        may route: String,
        /// Whether only when needed.
        may as_needed: bool,
        /// What for, in words.
        may reason: String,
        /// When it was ordered.
        may authored_at: DateTime<Utc>,
        /// Until when it is to be taken.
        may ends_at: DateTime<Utc>,
        /// What else there is to say.
        may note: String,
    }
}

content! {
    /// A medication that the patient says they take.
    MedicationStatement, MedicationStatementEdit {
        /// What.
        must medication: Concept,
        /// Where it stands.
        must status: RecordStatus,
        /// How much and how often, in words.
        may dosage: String,
        /// What for, in words.
        may reason: String,
        /// Since when.
        may taken_from: DateTime<Utc>,
        /// Until when.
        may taken_until: DateTime<Utc>,
        /// What else there is to say.
        may note: String,
    }
}

impl MedicationRequest {
    /// The states that can be given.
    const STATUSES: &[RecordStatus] = &[
        RecordStatus::Active,
        RecordStatus::OnHold,
        RecordStatus::Cancelled,
        RecordStatus::Completed,
        RecordStatus::Stopped,
        RecordStatus::Draft,
        RecordStatus::Unknown,
    ];
}

impl MedicationStatement {
    /// The states that can be given.
    const STATUSES: &[RecordStatus] = &[
        RecordStatus::Active,
        RecordStatus::Completed,
        RecordStatus::Intended,
        RecordStatus::Stopped,
        RecordStatus::OnHold,
        RecordStatus::NotTaken,
        RecordStatus::Unknown,
    ];
}

kept!(MedicationRequest, authored_at, |facts, _| {
    Resource::Medications(facts)
});

kept!(MedicationStatement, taken_from, |facts, word| {
    Resource::MedicationIntake(facts, word.source)
});

impl Editable for MedicationRequest {
    const RECORD: &'static str = "requestMedication";
    const UPDATE: &'static str = "updateMedicationRequest";

    type Edit = MedicationRequestEdit;

    fn edited(self, edit: MedicationRequestEdit) -> Self {
        self.after(edit)
    }

    fn checked(&self, now: DateTime<Utc>) -> Result<Self, Invalid> {
        let mut checks = Checks::default();
        let authored_at = self.authored_at.map(|at| text::past(at, now)).transpose();
        let medication = checks.take(text::concept(&self.medication).at("medication"));
        let status = checks.take(text::status(self.status, Self::STATUSES).at("status"));
        let dosage = checks.take(text::note(self.dosage.as_ref()).at("dosage"));
        let route = checks.take(text::optional(self.route.as_ref()).at("route"));
        let reason = checks.take(text::optional(self.reason.as_ref()).at("reason"));
        let authored_at = checks.take(authored_at.at("authoredAt"));
        let ordered = checks.take(in_order(self.authored_at, self.ends_at).at("endsAt"));
        let note = checks.take(text::note(self.note.as_ref()).at("note"));
        checks.end(|| {
            ordered?;
            Some(Self {
                medication: medication?,
                status: status?,
                dosage: dosage?,
                route: route?,
                as_needed: self.as_needed,
                reason: reason?,
                authored_at: authored_at?,
                ends_at: self.ends_at,
                note: note?,
            })
        })
    }
}

impl Editable for MedicationStatement {
    const RECORD: &'static str = "stateMedication";
    const UPDATE: &'static str = "updateMedicationStatement";

    type Edit = MedicationStatementEdit;

    fn edited(self, edit: MedicationStatementEdit) -> Self {
        self.after(edit)
    }

    fn checked(&self, now: DateTime<Utc>) -> Result<Self, Invalid> {
        let mut checks = Checks::default();
        let past = |at: Option<DateTime<Utc>>| at.map(|at| text::past(at, now)).transpose();
        let medication = checks.take(text::concept(&self.medication).at("medication"));
        let status = checks.take(text::status(self.status, Self::STATUSES).at("status"));
        let dosage = checks.take(text::note(self.dosage.as_ref()).at("dosage"));
        let reason = checks.take(text::optional(self.reason.as_ref()).at("reason"));
        let taken_from = checks.take(past(self.taken_from).at("takenFrom"));
        let ordered = checks.take(in_order(self.taken_from, self.taken_until).at("takenUntil"));
        let note = checks.take(text::note(self.note.as_ref()).at("note"));
        checks.end(|| {
            ordered?;
            Some(Self {
                medication: medication?,
                status: status?,
                dosage: dosage?,
                reason: reason?,
                taken_from: taken_from?,
                taken_until: self.taken_until,
                note: note?,
            })
        })
    }
}
