//! Notes of visits: what somebody wrote, in the four parts that clinicians know (subjective, objective, assessment, plan),
//! or freely.

use super::text;
use super::{Editable, content, done_at_visits};
use crate::patient::input::{At as _, Checks, Invalid, Problem};
use chrono::{DateTime, Utc};
use entity::code::RecordStatus;

/// The longest part of a note, in characters.
const LONGEST_PART: usize = 10_000;

content! {
    /// A note of a visit.
    VisitNote, VisitNoteEdit {
        /// Where it stands: preliminary until it is signed, and final then.
        must status: RecordStatus,
        /// What it is about, in a line.
        may title: String,
        /// What the patient says.
        may subjective: String,
        /// What was found.
        may objective: String,
        /// What that means.
        may assessment: String,
        /// What is to be done.
        may plan: String,
        /// All of it, when it is not in parts.
        may text: String,
    }
}

impl VisitNote {
    /// Whether it is in the four parts.
    #[must_use]
    pub fn is_in_parts(&self) -> bool {
        self.text.is_none()
    }

    /// The same, signed.
    #[must_use]
    pub fn signed(mut self) -> Self {
        self.status = RecordStatus::Final;
        self
    }
}

done_at_visits!(VisitNote, |_note| None);

impl Editable for VisitNote {
    const RECORD: &'static str = "recordVisitNote";
    const UPDATE: &'static str = "updateVisitNote";

    type Edit = VisitNoteEdit;

    fn edited(self, edit: VisitNoteEdit) -> Self {
        self.after(edit)
    }

    fn checked(&self, _: DateTime<Utc>) -> Result<Self, Invalid> {
        let mut checks = Checks::default();
        let part = |text: &Option<String>| text::prose(text.as_ref(), LONGEST_PART);
        let title = checks.take(text::optional(self.title.as_ref()).at("title"));
        let subjective = checks.take(part(&self.subjective).at("subjective"));
        let objective = checks.take(part(&self.objective).at("objective"));
        let assessment = checks.take(part(&self.assessment).at("assessment"));
        let plan = checks.take(part(&self.plan).at("plan"));
        let text = checks.take(part(&self.text).at("text"));
        let checked = checks.end(|| {
            Some(Self {
                status: self.status,
                title: title?,
                subjective: subjective?,
                objective: objective?,
                assessment: assessment?,
                plan: plan?,
                text: text?,
            })
        })?;
        let parts = [
            &checked.subjective,
            &checked.objective,
            &checked.assessment,
            &checked.plan,
        ];
        let has_parts = parts.into_iter().any(Option::is_some);
        match (has_parts, checked.text.is_some()) {
            (true, true) => Err(Problem::NotGivenHere).at("text"),
            (false, false) => Err(Problem::Blank).at("text"),
            _ => Ok(checked),
        }
    }

    fn follows(&self, before: &Self) -> Result<(), Invalid> {
        match before.status {
            RecordStatus::Preliminary => Ok(()),
            _ => Err(Problem::Signed).at("id"),
        }
    }
}
