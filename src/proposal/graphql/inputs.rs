//! What clients give, and how it becomes a command.

use super::codes::{FieldDecision, ProposalField};
use crate::chart::graphql::{
    RecordAllergyInput, RecordConditionInput, RecordImmunizationInput, UpdateAllergyInput,
    UpdateConditionInput, UpdateImmunizationInput, UpdateMedicationStatementInput,
};
use crate::chart::service::{Record, Update};
use crate::error::Fault;
use crate::graphql::decode_id;
use crate::patient::graphql::UpdatePatientInput;
use crate::patient::service::UpdatePatient;
use crate::proposal::service::{Decide, Entry, Propose, Wish, Withdraw};
use async_graphql::{ID, InputObject, OneofObject};

/// What is asked for: the input of the mutation by which the clinic would do it. Exactly one of them.
#[derive(OneofObject)]
pub enum ProposedChangeInput {
    /// Another name, birth date, gender or blood group. The rest of a patient they change themselves, or the clinic gives out.
    UpdatePatient(Box<UpdatePatientInput>),
    /// A condition that is not in the chart.
    RecordCondition(Box<RecordConditionInput>),
    /// A change of a condition.
    UpdateCondition(Box<UpdateConditionInput>),
    /// An allergy that is not in the chart.
    RecordAllergy(Box<RecordAllergyInput>),
    /// A change of an allergy.
    UpdateAllergy(Box<UpdateAllergyInput>),
    /// An immunization that is not in the chart.
    RecordImmunization(Box<RecordImmunizationInput>),
    /// A change of an immunization.
    UpdateImmunization(Box<UpdateImmunizationInput>),
    /// A change of what the clinic has noted that they take. What they have stated themselves they change themselves.
    UpdateMedicationStatement(Box<UpdateMedicationStatementInput>),
}

/// A key beside the change is the proposal's; one within it would be of nothing.
fn none_within(key: Option<&String>) -> Result<(), Fault> {
    match key {
        None => Ok(()),
        Some(_) => Err(Fault::BadRequest(
            "Give `idempotencyKey` beside `change`, not in it.",
        )),
    }
}

impl TryFrom<ProposedChangeInput> for Wish {
    type Error = Fault;

    fn try_from(change: ProposedChangeInput) -> Result<Self, Fault> {
        use ProposedChangeInput as Given;

        /// A new entry.
        macro_rules! new {
            ($kind:ident, $input:expr) => {{
                let command: Record<_> = (*$input).try_into()?;
                none_within(command.idempotency_key.as_ref())?;
                Self::$kind(Entry::New(Box::new(command)))
            }};
        }
        /// Another version of one.
        macro_rules! other {
            ($kind:ident, $input:expr) => {{
                let command: Update<_> = (*$input).try_into()?;
                none_within(command.idempotency_key.as_ref())?;
                Self::$kind(Entry::Other(Box::new(command)))
            }};
        }
        Ok(match change {
            Given::UpdatePatient(input) => {
                let command: UpdatePatient = (*input).try_into()?;
                none_within(command.idempotency_key.as_ref())?;
                Self::Demographics(Box::new(command))
            }
            Given::RecordCondition(input) => new!(Condition, input),
            Given::UpdateCondition(input) => other!(Condition, input),
            Given::RecordAllergy(input) => new!(Allergy, input),
            Given::UpdateAllergy(input) => other!(Allergy, input),
            Given::RecordImmunization(input) => new!(Immunization, input),
            Given::UpdateImmunization(input) => other!(Immunization, input),
            Given::UpdateMedicationStatement(input) => other!(MedicationStatement, input),
        })
    }
}

/// Ask for a change.
#[derive(InputObject)]
pub struct ProposeChangeInput {
    /// What is asked for.
    pub change: ProposedChangeInput,
    /// What there is to say of it, at most 4,000 characters.
    pub message: Option<String>,
    /// The same key and input answer the same for 24 hours.
    pub idempotency_key: Option<String>,
}

impl TryFrom<ProposeChangeInput> for Propose {
    type Error = Fault;

    fn try_from(input: ProposeChangeInput) -> Result<Self, Fault> {
        Ok(Self {
            wish: input.change.try_into()?,
            message: input.message,
            idempotency_key: input.idempotency_key,
        })
    }
}

/// Take back what was asked for.
#[derive(InputObject)]
pub struct WithdrawChangeProposalInput {
    /// Which proposal.
    pub id: ID,
    /// The version you have seen.
    pub expected_version: i32,
    /// The same key and input answer the same for 24 hours.
    pub idempotency_key: Option<String>,
}

impl TryFrom<WithdrawChangeProposalInput> for Withdraw {
    type Error = Fault;

    fn try_from(input: WithdrawChangeProposalInput) -> Result<Self, Fault> {
        Ok(Self {
            proposal: decode_id(&input.id)?,
            expected_version: input.expected_version,
            idempotency_key: input.idempotency_key,
        })
    }
}

/// The word on one field.
#[derive(InputObject)]
pub struct FieldDecisionInput {
    /// On which.
    pub field: ProposalField,
    /// The word.
    pub decision: FieldDecision,
}

/// Decide on what a patient asks for.
#[derive(InputObject)]
pub struct DecideChangeProposalInput {
    /// Which proposal.
    pub id: ID,
    /// The version you have seen.
    pub expected_version: i32,
    /// The word on each of its fields, once.
    pub fields: Vec<FieldDecisionInput>,
    /// Why, at most 4,000 characters. The patient reads it.
    pub reason: Option<String>,
    /// The same key and input answer the same for 24 hours.
    pub idempotency_key: Option<String>,
}

impl TryFrom<DecideChangeProposalInput> for Decide {
    type Error = Fault;

    fn try_from(input: DecideChangeProposalInput) -> Result<Self, Fault> {
        let fields = input.fields.into_iter();
        Ok(Self {
            proposal: decode_id(&input.id)?,
            expected_version: input.expected_version,
            fields: fields
                .map(|one| (one.field.into(), one.decision.into()))
                .collect(),
            reason: input.reason,
            idempotency_key: input.idempotency_key,
        })
    }
}
