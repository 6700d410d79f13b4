//! Orders: a test of the laboratory, an image, or another's opinion.

use super::encounter::LATEST_FOLLOW_UP;
use super::text::{self, Concept};
use super::{Editable, coded, content, done_at_visits};
use crate::patient::input::{At as _, Checks, Invalid, Problem};
use chrono::{DateTime, Utc};
use entity::code::RecordStatus;

coded! {
    /// What is ordered, by its SNOMED CT code, as FHIR service request category has it.
    OrderCategory {
        /// SNOMED CT 108252007.
        Laboratory = "108252007",
        /// SNOMED CT 363679005.
        Imaging = "363679005",
        /// SNOMED CT 3457005.
        Referral = "3457005",
    }
    /// How soon: FHIR request priority.
    OrderPriority {
        /// FHIR `routine`.
        Routine = "routine",
        /// FHIR `urgent`.
        Urgent = "urgent",
        /// FHIR `asap`.
        Asap = "asap",
        /// FHIR `stat`.
        Stat = "stat",
    }
}

content! {
    /// What was ordered.
    Order, OrderEdit {
        /// What.
        must code: Concept,
        /// Of which kind.
        must category: OrderCategory,
        /// Where it stands.
        must status: RecordStatus,
        /// How soon.
        must priority: OrderPriority,
        /// What for.
        may reason: Concept,
        /// When it is to be done.
        may occurs_at: DateTime<Utc>,
        /// Who is to do it, in words.
        may performer: String,
        /// What else there is to say.
        may note: String,
    }
}

impl Order {
    /// The states that can be given.
    const STATUSES: &[RecordStatus] = &[
        RecordStatus::Draft,
        RecordStatus::Active,
        RecordStatus::OnHold,
        RecordStatus::Revoked,
        RecordStatus::Completed,
        RecordStatus::Unknown,
    ];

    /// Whether an order goes from one state to the other: what was done or called off stays so, and what was ordered is no
    /// draft any more.
    #[must_use]
    pub fn goes(from: RecordStatus, to: RecordStatus) -> bool {
        use RecordStatus::{Active, Completed, Draft, OnHold, Revoked, Unknown};
        from == to
            || match from {
                Draft => matches!(to, Active | Revoked),
                Active | OnHold | Unknown => matches!(to, Active | OnHold | Revoked | Completed),
                _ => false,
            }
    }
}

done_at_visits!(Order, |_order| None);

impl Editable for Order {
    const RECORD: &'static str = "placeOrder";
    const UPDATE: &'static str = "updateOrder";

    type Edit = OrderEdit;

    fn edited(self, edit: OrderEdit) -> Self {
        self.after(edit)
    }

    fn checked(&self, now: DateTime<Utc>) -> Result<Self, Invalid> {
        let mut checks = Checks::default();
        let reason = self.reason.as_ref().map(text::concept).transpose();
        let code = checks.take(text::concept(&self.code).at("code"));
        let status = checks.take(text::status(self.status, Self::STATUSES).at("status"));
        let reason = checks.take(reason.at("reason"));
        let performer = checks.take(text::optional(self.performer.as_ref()).at("performer"));
        let note = checks.take(text::note(self.note.as_ref()).at("note"));
        let occurs_at = checks.take(when(self.occurs_at, now).at("occursAt"));
        checks.end(|| {
            Some(Self {
                code: code?,
                category: self.category,
                status: status?,
                priority: self.priority,
                reason: reason?,
                occurs_at: occurs_at?,
                performer: performer?,
                note: note?,
            })
        })
    }

    fn follows(&self, before: &Self) -> Result<(), Invalid> {
        match Self::goes(before.status, self.status) {
            true => Ok(()),
            false => Err(Problem::NotGivenHere).at("status"),
        }
    }
}

/// When it is to be done: as far ahead at most as somebody is to come again.
fn when(at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, Problem> {
    match at {
        Some(at) if at > now + LATEST_FOLLOW_UP => Err(Problem::InTheFuture),
        at => Ok(at),
    }
}
