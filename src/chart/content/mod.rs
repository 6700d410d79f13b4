//! What the entries of a chart say, kind by kind: plain data as it lies sealed, how it is edited, and what may be entered.
//! Reads no database and no clock; like a person's cells, none of it can be printed by accident.

mod allergy;
mod condition;
mod immunization;
mod medication;
mod text;

pub use allergy::{
    Allergy, AllergyCategory, AllergyCriticality, AllergyEdit, AllergyType, AllergyVerification,
    Reaction,
};
pub use condition::{Condition, ConditionEdit, ConditionVerification};
pub use immunization::{Immunization, ImmunizationEdit};
pub use medication::{
    MedicationRequest, MedicationRequestEdit, MedicationStatement, MedicationStatementEdit,
};
pub use text::Concept;
pub(super) use text::{note, past};

use crate::access::{PatientFacts, Resource};
use crate::patient::input::Invalid;
use chrono::{DateTime, Utc};
use entity::code::{RecordKind, RecordSource, RecordStatus};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What an entry of some kind says.
pub trait Content:
    Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// What it is.
    const KIND: RecordKind;

    /// Where it stands.
    fn status(&self) -> RecordStatus;

    /// The same, entered in error.
    fn retracted(self) -> Self;

    /// When it happened, if that is known.
    fn effective_at(&self) -> Option<DateTime<Utc>>;

    /// What of the policy it is.
    fn resource(facts: PatientFacts, source: RecordSource) -> Resource;
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
    ($name:ident, $when:ident, |$facts:pat_param, $source:pat_param| $resource:expr) => {
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
                $source: entity::code::RecordSource,
            ) -> $crate::access::Resource {
                $resource
            }
        }
    };
}
pub(crate) use kept;

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
