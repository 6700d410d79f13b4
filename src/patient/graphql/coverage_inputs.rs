//! What clients give about insurances, and how it becomes a command.

use super::inputs::edit;
use crate::error::Fault;
use crate::graphql::decode_id;
use crate::patient::cells::{CoverageDetail, Validity};
use crate::patient::service::{AddCoverage, RemoveCoverage, UpdateCoverage};
use async_graphql::{ID, InputObject, MaybeUndefined};
use chrono::NaiveDate;

/// Note an insurance.
#[derive(InputObject)]
pub struct AddCoverageInput {
    /// Whose.
    pub patient_id: ID,
    /// The insurer's name.
    pub payer: String,
    /// The patient's number with the insurer.
    pub member_number: String,
    /// The plan's name.
    pub plan: Option<String>,
    /// The first day on which it holds; open when absent.
    pub valid_from: Option<NaiveDate>,
    /// The last day on which it holds; open when absent.
    pub valid_to: Option<NaiveDate>,
    /// The same key and input answer the same for 24 hours.
    pub idempotency_key: Option<String>,
}

impl TryFrom<AddCoverageInput> for AddCoverage {
    type Error = Fault;

    fn try_from(input: AddCoverageInput) -> Result<Self, Fault> {
        Ok(Self {
            patient: decode_id(&input.patient_id)?,
            detail: CoverageDetail {
                payer: input.payer,
                member_number: input.member_number,
                plan: input.plan,
            },
            validity: Validity {
                from: input.valid_from,
                to: input.valid_to,
            },
            idempotency_key: input.idempotency_key,
        })
    }
}

/// Change an insurance. What is absent stays; null clears what can be absent.
#[derive(InputObject)]
pub struct UpdateCoverageInput {
    /// Which.
    pub id: ID,
    /// The version you have seen.
    pub expected_version: i32,
    /// The insurer's name.
    pub payer: Option<String>,
    /// The patient's number with the insurer.
    pub member_number: Option<String>,
    /// The plan's name.
    pub plan: MaybeUndefined<String>,
    /// The first day on which it holds.
    pub valid_from: MaybeUndefined<NaiveDate>,
    /// The last day on which it holds.
    pub valid_to: MaybeUndefined<NaiveDate>,
    /// The same key and input answer the same for 24 hours.
    pub idempotency_key: Option<String>,
}

impl TryFrom<UpdateCoverageInput> for UpdateCoverage {
    type Error = Fault;

    fn try_from(input: UpdateCoverageInput) -> Result<Self, Fault> {
        Ok(Self {
            coverage: decode_id(&input.id)?,
            expected_version: input.expected_version,
            payer: input.payer,
            member_number: input.member_number,
            plan: edit(input.plan),
            valid_from: edit(input.valid_from),
            valid_to: edit(input.valid_to),
            idempotency_key: input.idempotency_key,
        })
    }
}

/// Take an insurance away that was noted by mistake. Give one that has ended its last day instead.
#[derive(InputObject)]
pub struct RemoveCoverageInput {
    /// Which.
    pub id: ID,
    /// The version you have seen.
    pub expected_version: i32,
    /// The same key and input answer the same for 24 hours.
    pub idempotency_key: Option<String>,
}

impl TryFrom<RemoveCoverageInput> for RemoveCoverage {
    type Error = Fault;

    fn try_from(input: RemoveCoverageInput) -> Result<Self, Fault> {
        Ok(Self {
            coverage: decode_id(&input.id)?,
            expected_version: input.expected_version,
            idempotency_key: input.idempotency_key,
        })
    }
}
