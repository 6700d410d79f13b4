//! What clients give about entries of a chart, and how it becomes a command.

use super::codes::{
    AllergyCategory, AllergyCriticality, AllergyStatus, AllergyType, AllergyVerification,
    ConditionStatus, ConditionVerification, ImmunizationStatus, MedicationRequestStatus,
    MedicationStatementStatus,
};
use super::safety::OverridingInput;
use crate::chart::content;
use crate::chart::sealed::Ties;
use crate::chart::service::{EnterInError, InSpite, Record, Update};
use crate::doctor::graphql::CodingInput;
use crate::error::Fault;
use crate::graphql::{Named, decode_id};
use crate::patient::cells::Edit;
use async_graphql::{ID, InputObject, MaybeUndefined};
use chrono::{DateTime, Utc};
use entity::code::RecordKind;
use entity::id::{
    AllergyId, ConditionId, EncounterId, ImmunizationId, MedicationRequestId,
    MedicationStatementId, OrderId, RecordId, TestResultId, VisitNoteId, VitalId,
};
use uuid::Uuid;

/// A thing of medicine: in words, in codes, or both.
#[derive(InputObject)]
pub struct ConceptInput {
    /// The words, at most 300 characters; those of the first code when absent.
    pub text: Option<String>,
    /// Its codes, the one that was chosen first; at most 5.
    #[graphql(default)]
    pub codings: Vec<CodingInput>,
}

impl From<ConceptInput> for content::Concept {
    fn from(input: ConceptInput) -> Self {
        Self {
            text: input.text.unwrap_or_default(),
            codings: input.codings.into_iter().map(Into::into).collect(),
        }
    }
}

/// What happened when the patient met the substance.
#[derive(InputObject)]
pub struct AllergyReactionInput {
    /// What it looked like, at most 200 characters.
    pub manifestation: String,
    /// How bad it was, in words.
    pub severity: Option<String>,
}

fn reactions(all: Vec<AllergyReactionInput>) -> Vec<content::Reaction> {
    let one = |reaction: AllergyReactionInput| content::Reaction {
        manifestation: reaction.manifestation,
        severity: reaction.severity,
    };
    all.into_iter().map(one).collect()
}

/// The id of something that an entry is tied to.
pub(super) fn tie<N: Named, T: From<Uuid>>(id: Option<&ID>) -> Result<Option<T>, Fault> {
    let id = id.map(decode_id::<N>).transpose()?;
    Ok(id.map(|id| id.uuid().into()))
}

pub(super) fn edit<T, U>(value: MaybeUndefined<T>, kept: impl FnOnce(T) -> U) -> Edit<U> {
    match value {
        MaybeUndefined::Undefined => Edit::Keep,
        MaybeUndefined::Null => Edit::Clear,
        MaybeUndefined::Value(value) => Edit::Set(kept(value)),
    }
}

/// Makes the inputs that record and change a kind of entry: `must` is always there, `may` can be absent.
macro_rules! inputs {
    ($(
        $(#[$record_doc:meta])+
        $record:ident,
        $(#[$update_doc:meta])+
        $update:ident of $id:ident, $content:ident, $edit:ident {
            $($(#[$doc:meta])+ $how:ident $field:ident: $given:ty => $kept:expr,)+
        }
        $(ties { $($(#[$tie_doc:meta])+ $tie:ident: $named:ident => $tied:ident,)+ })?
        $(in_spite $(#[$in_spite_doc:meta])+ $in_spite:ident)?
    )+) => {$(
        $(#[$record_doc])+
        #[derive(InputObject)]
        pub struct $record {
            /// Into whose chart.
            pub patient_id: ID,
            $($($(#[$tie_doc])+ pub $tie: Option<ID>,)+)?
            $($(#[$doc])+ pub $field: inputs!(@record $how $given),)+
            $($(#[$in_spite_doc])+ pub overriding: Option<$in_spite>,)?
            /// The same key and input answer the same for 24 hours.
            pub idempotency_key: Option<String>,
        }

        impl TryFrom<$record> for Record<content::$content> {
            type Error = Fault;

            fn try_from(input: $record) -> Result<Self, Fault> {
                Ok(Self {
                    patient: decode_id(&input.patient_id)?,
                    ties: Ties {
                        $($($tied: tie::<$named, _>(input.$tie.as_ref())?,)+)?
                        ..Ties::default()
                    },
                    content: content::$content {
                        $($field: inputs!(@recorded $how input.$field, $kept),)+
                    },
                    in_spite: inputs!(@in_spite $($in_spite input.overriding)?),
                    idempotency_key: input.idempotency_key,
                })
            }
        }

        $(#[$update_doc])+
        #[derive(InputObject)]
        pub struct $update {
            /// Which.
            pub id: ID,
            /// The version you have seen.
            pub expected_version: i32,
            $($(#[$doc])+ pub $field: inputs!(@update $how $given),)+
            $($(#[$in_spite_doc])+ pub overriding: Option<$in_spite>,)?
            /// The same key and input answer the same for 24 hours.
            pub idempotency_key: Option<String>,
        }

        impl TryFrom<$update> for Update<content::$content> {
            type Error = Fault;

            fn try_from(input: $update) -> Result<Self, Fault> {
                let id: $id = decode_id(&input.id)?;
                Ok(Self {
                    record: RecordId(id.0),
                    expected_version: input.expected_version,
                    edit: content::$edit {
                        $($field: inputs!(@updated $how input.$field, $kept),)+
                    },
                    in_spite: inputs!(@in_spite $($in_spite input.overriding)?),
                    idempotency_key: input.idempotency_key,
                })
            }
        }
    )+};
    (@in_spite) => { None };
    (@in_spite $given:ident $value:expr) => { $value.map(InSpite::try_from).transpose()? };
    (@record must $given:ty) => { $given };
    (@record may $given:ty) => { Option<$given> };
    (@update must $given:ty) => { Option<$given> };
    (@update may $given:ty) => { MaybeUndefined<$given> };
    (@recorded must $value:expr, $kept:expr) => { ($kept)($value) };
    (@recorded may $value:expr, $kept:expr) => { $value.map($kept) };
    (@updated must $value:expr, $kept:expr) => { $value.map($kept) };
    (@updated may $value:expr, $kept:expr) => { edit($value, $kept) };
}
pub(super) use inputs;

inputs! {
    /// Record a problem or a diagnosis.
    RecordConditionInput,
    /// Change a condition. What is absent stays; null clears what can be absent.
    UpdateConditionInput of ConditionId, Condition, ConditionEdit {
        /// What it is.
        must code: ConceptInput => Into::into,
        /// Where it stands.
        must status: ConditionStatus => Into::into,
        /// How sure one is of it.
        may verification: ConditionVerification => Into::into,
        /// How bad it is, in words.
        may severity: String => Into::into,
        /// Where on the body, in words.
        may body_site: String => Into::into,
        /// When it began.
        may onset_at: DateTime<Utc> => Into::into,
        /// When it was over.
        may abated_at: DateTime<Utc> => Into::into,
        /// What else there is to say, at most 4,000 characters.
        may note: String => Into::into,
    }
    /// Record an allergy or intolerance.
    RecordAllergyInput,
    /// Change an allergy. What is absent stays; null clears what can be absent.
    UpdateAllergyInput of AllergyId, Allergy, AllergyEdit {
        /// To what.
        must substance: ConceptInput => Into::into,
        /// Where it stands.
        must status: AllergyStatus => Into::into,
        /// How sure one is of it.
        may verification: AllergyVerification => Into::into,
        /// What the body does.
        may allergy_type: AllergyType => Into::into,
        /// What kind of substance it is.
        may category: AllergyCategory => Into::into,
        /// How much harm is to be feared.
        may criticality: AllergyCriticality => Into::into,
        /// What happened when they met it; all of it, at most 10.
        may reactions: Vec<AllergyReactionInput> => reactions,
        /// Since when.
        may onset_at: DateTime<Utc> => Into::into,
        /// What else there is to say, at most 4,000 characters.
        may note: String => Into::into,
    }
    /// Order a medication.
    RequestMedicationInput,
    /// Change an ordered medication. What is absent stays; null clears what can be absent.
    UpdateMedicationRequestInput of MedicationRequestId, MedicationRequest, MedicationRequestEdit {
        /// What.
        must medication: ConceptInput => Into::into,
        /// Where it stands.
        must status: MedicationRequestStatus => Into::into,
        /// How much and how often, in words.
        may dosage: String => Into::into,
        /// By which way, in words.
        may route: String => Into::into,
        /// Whether only when needed.
        may as_needed: bool => Into::into,
        /// What for, in words.
        may reason: String => Into::into,
        /// When it was ordered.
        may authored_at: DateTime<Utc> => Into::into,
        /// Until when it is to be taken.
        may ends_at: DateTime<Utc> => Into::into,
        /// What else there is to say, at most 4,000 characters.
        may note: String => Into::into,
    }
    in_spite
    /// Order it in spite of what stands in the way: an answer with SAFETY_CONFLICT says what does.
    OverridingInput
    /// Say that a medication is taken.
    StateMedicationInput,
    /// Change what is said of a medication that is taken. What is absent stays; null clears what can be absent.
    UpdateMedicationStatementInput of MedicationStatementId, MedicationStatement, MedicationStatementEdit {
        /// What.
        must medication: ConceptInput => Into::into,
        /// Where it stands.
        must status: MedicationStatementStatus => Into::into,
        /// How much and how often, in words.
        may dosage: String => Into::into,
        /// What for, in words.
        may reason: String => Into::into,
        /// Since when.
        may taken_from: DateTime<Utc> => Into::into,
        /// Until when.
        may taken_until: DateTime<Utc> => Into::into,
        /// What else there is to say, at most 4,000 characters.
        may note: String => Into::into,
    }
    /// Record that a vaccine was given, or was not.
    RecordImmunizationInput,
    /// Change an immunization. What is absent stays; null clears what can be absent.
    UpdateImmunizationInput of ImmunizationId, Immunization, ImmunizationEdit {
        /// Which.
        must vaccine: ConceptInput => Into::into,
        /// Whether it was given.
        must status: ImmunizationStatus => Into::into,
        /// When it was given, or was to be.
        must occurred_at: DateTime<Utc> => Into::into,
        /// The lot that it came from.
        may lot_number: String => Into::into,
        /// Which dose of its series, from 1.
        may dose_number: i32 => Into::into,
        /// Where on the body, in words.
        may site: String => Into::into,
        /// Why it was not given, in words.
        may status_reason: String => Into::into,
        /// What else there is to say, at most 4,000 characters.
        may note: String => Into::into,
    }
}

/// Say that an entry should not be in the chart.
#[derive(InputObject)]
pub struct EnterInErrorInput {
    /// Which entry, of whatever kind.
    pub id: ID,
    /// The version you have seen.
    pub expected_version: i32,
    /// Why, at most 4,000 characters.
    pub reason: Option<String>,
    /// The same key and input answer the same for 24 hours.
    pub idempotency_key: Option<String>,
}

/// The entry that an id names, and of which kind it is.
pub(super) fn entry(id: &ID) -> Result<(RecordKind, RecordId), Fault> {
    let kind = id.split_once('_').map_or("", |(kind, _)| kind);
    Ok(match kind {
        "con" => (
            RecordKind::Condition,
            RecordId(decode_id::<ConditionId>(id)?.0),
        ),
        "alg" => (RecordKind::Allergy, RecordId(decode_id::<AllergyId>(id)?.0)),
        "med" => (
            RecordKind::MedicationRequest,
            RecordId(decode_id::<MedicationRequestId>(id)?.0),
        ),
        "mst" => (
            RecordKind::MedicationStatement,
            RecordId(decode_id::<MedicationStatementId>(id)?.0),
        ),
        "imm" => (
            RecordKind::Immunization,
            RecordId(decode_id::<ImmunizationId>(id)?.0),
        ),
        "vit" => (RecordKind::Vital, RecordId(decode_id::<VitalId>(id)?.0)),
        "enc" => (
            RecordKind::Encounter,
            RecordId(decode_id::<EncounterId>(id)?.0),
        ),
        "nte" => (
            RecordKind::VisitNote,
            RecordId(decode_id::<VisitNoteId>(id)?.0),
        ),
        "ord" => (RecordKind::Order, RecordId(decode_id::<OrderId>(id)?.0)),
        "res" => (
            RecordKind::TestResult,
            RecordId(decode_id::<TestResultId>(id)?.0),
        ),
        _ => {
            return Err(Fault::BadRequest(
                "The id given is that of no entry of a chart.",
            ));
        }
    })
}

impl TryFrom<EnterInErrorInput> for EnterInError {
    type Error = Fault;

    fn try_from(input: EnterInErrorInput) -> Result<Self, Fault> {
        let (kind, record) = entry(&input.id)?;
        Ok(Self {
            record,
            kind,
            expected_version: input.expected_version,
            reason: input.reason,
            idempotency_key: input.idempotency_key,
        })
    }
}
