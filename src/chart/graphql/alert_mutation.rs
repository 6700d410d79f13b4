//! Taking alerts on, and saying by which bounds they are raised.

use super::alert::VitalAlert;
use super::threshold::{VitalLimitsInput, VitalMeasure, VitalThreshold, thresholds};
use crate::chart::service::{
    self, AcknowledgeAlert, AcknowledgeAlertRefusal, SetThreshold, SetThresholdRefusal,
};
use crate::graphql::guard::Role;
use crate::graphql::{ApiResult, Ask, as_it_stays, decode_id};
use crate::patient::graphql::{Patient, answers};
use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::code::Roles;

answers! {
    /// Why an alert is not taken on. Whoever asked for it may read it.
    AcknowledgeAlertError, AcknowledgeAlertErrorCode from AcknowledgeAlertRefusal [TooLong, InvalidCharacter] {
        /// Somebody has taken it on.
        AlreadyAcknowledged => ("Somebody has taken the alert on.", ["input", "id"]),
        /// The reading was entered in error.
        Closed => ("The reading was entered in error.", ["input", "id"]),
        /// The key was used with another input.
        IdempotencyKeyReused => ("The key was used with another input.", ["input", "idempotencyKey"]),
    }
}

answers! {
    /// Why bounds are not set. Whoever asked for it may read it.
    SetVitalThresholdError, SetVitalThresholdErrorCode from SetThresholdRefusal [
        TooLong, InvalidCharacter, Implausible, OutOfOrder
    ] {
        /// They have been set since you read them; read them again.
        Conflict => ("The bounds have changed; read them again.", ["input", "expectedVersion"]),
        /// They have been set as often as is kept.
        TooManyVersions => ("The bounds have been set as often as is kept.", ["input", "measure"]),
        /// The key was used with another input.
        IdempotencyKeyReused => ("The key was used with another input.", ["input", "idempotencyKey"]),
    }
}

/// Take an alert on.
#[derive(InputObject)]
pub struct AcknowledgeAlertInput {
    /// Which.
    pub id: ID,
    /// What there is to say, at most 4,000 characters.
    pub note: Option<String>,
    /// The same key and input answer the same for 24 hours.
    pub idempotency_key: Option<String>,
}

/// Set the bounds of a measure for one patient.
#[derive(InputObject)]
pub struct SetVitalThresholdInput {
    /// Whose.
    pub patient_id: ID,
    /// Of what.
    pub measure: VitalMeasure,
    /// The patient's own bounds; absent or null: the clinic's hold again.
    pub limits: Option<VitalLimitsInput>,
    /// Why, at most 4,000 characters.
    pub reason: Option<String>,
    /// The version you have seen; 0 when they were never set.
    pub expected_version: i32,
    /// The same key and input answer the same for 24 hours.
    pub idempotency_key: Option<String>,
}

/// What came of taking an alert on. Whoever asked for it may read it.
#[derive(SimpleObject)]
pub struct AcknowledgeAlertPayload {
    /// The alert as it is now, taken on or not; absent when there is none.
    pub alert: Option<VitalAlert>,
    /// Why it was not.
    pub user_errors: Vec<AcknowledgeAlertError>,
}

/// What came of setting bounds. Whoever asked for it may read it.
#[derive(SimpleObject)]
pub struct SetVitalThresholdPayload {
    /// The bounds of all measures that hold for the patient now, set or not: at most ten.
    pub vital_thresholds: Vec<VitalThreshold>,
    /// Why they were not set.
    pub user_errors: Vec<SetVitalThresholdError>,
}

/// Taking alerts on, and setting bounds.
#[derive(Default)]
pub struct AlertMutation;

/// Taking alerts on, and setting bounds.
#[Object]
impl AlertMutation {
    /// Takes an alert on: nobody else is called to it from then on. Doctors who treat the patient may.
    #[graphql(guard = "Role(Roles::DOCTOR)")]
    async fn acknowledge_alert(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: AcknowledgeAlertInput,
    ) -> ApiResult<AcknowledgeAlertPayload> {
        let id = decode_id(&input.id)?;
        let command = AcknowledgeAlert {
            alert: id,
            note: input.note,
            idempotency_key: input.idempotency_key,
        };
        let said = service::acknowledge_alert(ctx.state()?, &ctx.viewer(), command).await?;
        Ok(match said {
            Ok(id) => AcknowledgeAlertPayload {
                alert: Some(VitalAlert::find(ctx, id).await?),
                user_errors: Vec::new(),
            },
            Err(refusal) => AcknowledgeAlertPayload {
                alert: as_it_stays(VitalAlert::find(ctx, id).await)?,
                user_errors: AcknowledgeAlertError::all(refusal),
            },
        })
    }

    /// Sets the bounds of a measure for one patient, in the place of the clinic's, or lets the clinic's hold again: from the next
    /// reading on. Bounds are a clinician's decision. Doctors of the patient's care team may.
    #[graphql(guard = "Role(Roles::DOCTOR)")]
    async fn set_vital_threshold(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose, of what, and which.")] input: SetVitalThresholdInput,
    ) -> ApiResult<SetVitalThresholdPayload> {
        let patient = decode_id(&input.patient_id)?;
        let command = SetThreshold {
            patient,
            measure: input.measure.into(),
            limits: input.limits.map(Into::into),
            reason: input.reason,
            expected_version: input.expected_version,
            idempotency_key: input.idempotency_key,
        };
        let said = service::set_threshold(ctx.state()?, &ctx.viewer(), command).await?;
        let user_errors = match said {
            Ok(_) => Vec::new(),
            Err(refusal) => SetVitalThresholdError::all(refusal),
        };
        let patient = Patient::find(ctx, patient).await?;
        Ok(SetVitalThresholdPayload {
            vital_thresholds: thresholds(ctx, &patient).await?,
            user_errors,
        })
    }
}
