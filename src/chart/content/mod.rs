//! What the entries of a chart say, kind by kind: plain data as it lies sealed, how it is edited, and what may be entered.
//! Reads no database and no clock; like a person's cells, none of it can be printed by accident.

mod allergy;
mod condition;
mod encounter;
mod immunization;
mod medication;
mod order;
mod test_result;
mod text;
mod visit_note;

pub use allergy::{
    Allergy, AllergyCategory, AllergyCriticality, AllergyEdit, AllergyType, AllergyVerification,
    Reaction,
};
pub use condition::{Condition, ConditionEdit, ConditionVerification};
pub use encounter::{Encounter, EncounterClass, EncounterEdit, Participant, ParticipantRole};
pub use immunization::{Immunization, ImmunizationEdit};
pub use medication::{
    MedicationRequest, MedicationRequestEdit, MedicationStatement, MedicationStatementEdit,
};
pub use order::{Order, OrderCategory, OrderEdit, OrderPriority};
pub use test_result::{Interpretation, MOST_OBSERVATIONS, Observation, TestResult, TestResultEdit};
pub use text::{Concept, note, past};
pub use visit_note::{VisitNote, VisitNoteEdit};

use crate::access::{PatientFacts, Resource, Stage};
use crate::patient::input::Invalid;
use chrono::{DateTime, Utc};
use entity::chart_record;
use entity::code::{RecordKind, RecordSource, RecordStatus};
use entity::id::{DoctorId, UserId};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What an entry of some kind says.
pub trait Content:
    Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// What it is.
    const KIND: RecordKind;
    /// Whether it is done at visits, and so somebody's own, and the patient's once it is shared.
    const IS_OF_VISITS: bool = false;

    /// Where it stands.
    fn status(&self) -> RecordStatus;

    /// The same, entered in error.
    fn retracted(self) -> Self;

    /// When it happened, if that is known.
    fn effective_at(&self) -> Option<DateTime<Utc>>;

    /// What of the policy it is.
    fn resource(facts: PatientFacts, word: Word) -> Resource;
}

/// Whose word an entry is, and how far it has come: what the policy asks of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Word {
    /// The patient's or the clinic's.
    pub source: RecordSource,
    /// Of what is done at visits: whose it is.
    pub author: Option<UserId>,
    /// Of what is done at visits: how far it has come.
    pub stage: Stage,
}

impl Word {
    /// Of an entry that comes to be.
    #[must_use]
    pub fn new(source: RecordSource, author: Option<UserId>) -> Self {
        Self {
            source,
            author,
            stage: Stage::Kept,
        }
    }

    /// Of any entry that somebody can be shown at all.
    pub const OF_ANY: Self = Self {
        source: RecordSource::Clinic,
        author: None,
        stage: Stage::Shared,
    };

    /// Of an entry as it stands.
    #[must_use]
    pub fn of(row: &chart_record::Model) -> Self {
        let is_draft = row.kind == RecordKind::VisitNote && row.signed_at.is_none();
        Self {
            source: row.source,
            author: row.author_id,
            stage: match row.shared_at {
                Some(_) => Stage::Shared,
                None if is_draft => Stage::Draft,
                None => Stage::Kept,
            },
        }
    }

    /// The same as if it had come so far.
    #[must_use]
    pub fn at(self, stage: Stage) -> Self {
        Self { stage, ..self }
    }
}

/// What can be changed after it was recorded.
pub trait Editable: Content {
    /// The mutation that records one.
    const RECORD: &'static str;
    /// The mutation that changes one.
    const UPDATE: &'static str;

    /// What a change gives; what is absent stays.
    type Edit: Clone + Serialize + Send + Sync + 'static;

    /// The content after a change.
    fn edited(self, edit: Self::Edit) -> Self;

    /// The content in one spelling, as of now.
    ///
    /// # Errors
    /// All that is not taken.
    fn checked(&self, now: DateTime<Utc>) -> Result<Self, Invalid>;

    /// Whether it can come of what was there before.
    ///
    /// # Errors
    /// When nothing of this kind goes that way.
    fn follows(&self, _before: &Self) -> Result<(), Invalid> {
        Ok(())
    }

    /// The doctors that it names, each with the names of the fields that lead there.
    fn names(&self) -> Vec<(DoctorId, Vec<String>)> {
        Vec::new()
    }
}

/// Makes a content and what edits it: `must` is always there, `may` can be absent.
macro_rules! content {
    (
        $(#[$doc:meta])+
        $name:ident, $edit:ident {
            $($(#[$field_doc:meta])+ $how:ident $field:ident: $kept:ty,)+
        }
    ) => {
        $(#[$doc])+
        #[derive(Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(test, derive(Debug))]
        #[serde(rename_all = "camelCase")]
        pub struct $name {
            $($(#[$field_doc])+ pub $field: $crate::chart::content::content!(@kept $how $kept),)+
        }

        /// A change of it; what is absent stays.
        #[derive(Clone, serde::Serialize)]
        pub struct $edit {
            $($(#[$field_doc])+ pub $field: $crate::chart::content::content!(@edit $how $kept),)+
        }

        impl $name {
            fn after(self, edit: $edit) -> Self {
                Self {
                    $($field: $crate::chart::content::content!(@after $how self.$field, edit.$field),)+
                }
            }
        }
    };
    (@kept must $kept:ty) => { $kept };
    (@kept may $kept:ty) => { Option<$kept> };
    (@edit must $kept:ty) => { Option<$kept> };
    (@edit may $kept:ty) => { $crate::patient::cells::Edit<$kept> };
    (@after must $before:expr, $edit:expr) => { $edit.unwrap_or($before) };
    (@after may $before:expr, $edit:expr) => { $edit.after($before) };
}
use content;

/// Says of a kind of entry which field says when it happened, and what of the policy it is; where it stands is its field
/// `status`, and its kind bears the type's name.
macro_rules! kept {
    ($name:ident, $when:ident, |$facts:pat_param, $word:pat_param| $resource:expr) => {
        impl $crate::chart::content::Content for $name {
            const KIND: entity::code::RecordKind = entity::code::RecordKind::$name;

            fn status(&self) -> entity::code::RecordStatus {
                self.status
            }

            fn retracted(mut self) -> Self {
                self.status = entity::code::RecordStatus::EnteredInError;
                self
            }

            fn effective_at(&self) -> Option<chrono::DateTime<chrono::Utc>> {
                self.$when.into()
            }

            fn resource(
                $facts: $crate::access::PatientFacts,
                $word: $crate::chart::content::Word,
            ) -> $crate::access::Resource {
                $resource
            }
        }
    };
}
pub(crate) use kept;

/// The same of what is done at visits: when it happened is an expression of it, and the policy asks whose it is.
macro_rules! done_at_visits {
    ($name:ident, |$this:ident| $when:expr) => {
        impl $crate::chart::content::Content for $name {
            const KIND: entity::code::RecordKind = entity::code::RecordKind::$name;
            const IS_OF_VISITS: bool = true;

            fn status(&self) -> entity::code::RecordStatus {
                self.status
            }

            fn retracted(mut self) -> Self {
                self.status = entity::code::RecordStatus::EnteredInError;
                self
            }

            fn effective_at(&self) -> Option<chrono::DateTime<chrono::Utc>> {
                let $this = self;
                $when
            }

            fn resource(
                facts: $crate::access::PatientFacts,
                word: $crate::chart::content::Word,
            ) -> $crate::access::Resource {
                $crate::access::Resource::VisitRecord(facts, word.author, word.stage)
            }
        }
    };
}
use done_at_visits;

/// Makes a coded value as it lies sealed: by its FHIR code.
macro_rules! coded {
    ($($(#[$doc:meta])+ $name:ident { $($(#[$variant_doc:meta])+ $variant:ident = $text:literal,)+ })+) => {$(
        $(#[$doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$variant_doc])+ #[serde(rename = $text)] $variant,)+
        }
    )+};
}
pub(crate) use coded;

#[cfg(test)]
mod tests;
