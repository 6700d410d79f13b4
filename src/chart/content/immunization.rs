//! Immunizations.

use super::text::{self, Concept};
use super::{Editable, content, kept};
use crate::access::Resource;
use crate::patient::input::{At as _, Checks, Invalid, Problem};
use chrono::{DateTime, Utc};
use entity::code::RecordStatus;

content! {
    /// A vaccine that was given, or was not.
    Immunization, ImmunizationEdit {
        /// Which.
        must vaccine: Concept,
        /// Whether it was given.
        must status: RecordStatus,
        /// When.
        must occurred_at: DateTime<Utc>,
        /// The lot that it came from.
        may lot_number: String,
        /// Which dose of its series, from 1.
        may dose_number: i32,
        /// Where on the body, in words.
        may site: String,
        /// Why it was not given, in words.
        may status_reason: String,
        /// What else there is to say.
        may note: String,
    }
}

/// No series has more doses.
const MOST_DOSES: i32 = 50;

kept!(Immunization, occurred_at, |facts, _| Resource::Clinical(
    facts
));

impl Editable for Immunization {
    const RECORD: &'static str = "recordImmunization";
    const UPDATE: &'static str = "updateImmunization";

    type Edit = ImmunizationEdit;

    fn edited(self, edit: ImmunizationEdit) -> Self {
        self.after(edit)
    }

    fn checked(&self, now: DateTime<Utc>) -> Result<Self, Invalid> {
        const STATUSES: &[RecordStatus] = &[RecordStatus::Completed, RecordStatus::NotDone];
        let mut checks = Checks::default();
        let dose = match self.dose_number {
            Some(dose) if !(1..=MOST_DOSES).contains(&dose) => Err(Problem::Implausible),
            dose => Ok(dose),
        };
        let vaccine = checks.take(text::concept(&self.vaccine).at("vaccine"));
        let status = checks.take(text::status(self.status, STATUSES).at("status"));
        let occurred_at = checks.take(text::past(self.occurred_at, now).at("occurredAt"));
        let lot_number = checks.take(text::optional(self.lot_number.as_ref()).at("lotNumber"));
        let dose_number = checks.take(dose.at("doseNumber"));
        let site = checks.take(text::optional(self.site.as_ref()).at("site"));
        let reason = checks.take(text::optional(self.status_reason.as_ref()).at("statusReason"));
        let note = checks.take(text::note(self.note.as_ref()).at("note"));
        checks.end(|| {
            Some(Self {
                vaccine: vaccine?,
                status: status?,
                occurred_at: occurred_at?,
                lot_number: lot_number?,
                dose_number: dose_number?,
                site: site?,
                status_reason: reason?,
                note: note?,
            })
        })
    }
}
