//! What the verbs of the chart answer.

use super::refusal::{
    EnterInErrorError, RecordAllergyError, RecordConditionError, RecordImmunizationError,
    RecordVitalsError, RequestMedicationError, StateMedicationError, UpdateAllergyError,
    UpdateConditionError, UpdateImmunizationError, UpdateMedicationRequestError,
    UpdateMedicationStatementError,
};
use super::safety::{PrescribingConflict, shown};
use super::{
    Allergy, ChartRecord, Condition, Immunization, MedicationRequest, MedicationStatement, Vital,
};
use crate::chart::service::{ChangeOrderRefusal, PrescribeRefusal, RecordRefusal, UpdateRefusal};
use crate::graphql::{ApiResult, as_it_stays};
use async_graphql::{Context, SimpleObject};
use entity::id::{
    AllergyId, ConditionId, ImmunizationId, MedicationRequestId, MedicationStatementId, RecordId,
};

/// Makes the payloads of recording and changing a kind of entry, and how they come of what the verb says.
macro_rules! payloads {
    ($($thing:ident $field:ident $id:ident; $record:ident $record_error:ident; $update:ident $update_error:ident;)+) => {$(
        /// What came of recording it. Whoever asked for it may read it.
        #[derive(SimpleObject)]
        pub struct $record {
            /// The entry, if it was recorded.
            pub $field: Option<$thing>,
            /// Why it was not.
            pub user_errors: Vec<$record_error>,
        }

        impl $record {
            /// What the verb said, with the entry.
            pub(super) async fn of(
                ctx: &Context<'_>,
                said: Result<RecordId, RecordRefusal>,
            ) -> ApiResult<Self> {
                Ok(match said {
                    Ok(id) => Self {
                        $field: Some($thing::find(ctx, $id(id.0)).await?),
                        user_errors: Vec::new(),
                    },
                    Err(refusal) => Self {
                        $field: None,
                        user_errors: $record_error::all(refusal),
                    },
                })
            }
        }

        /// What came of changing it. Whoever asked for it may read it.
        #[derive(SimpleObject)]
        pub struct $update {
            /// The entry as it is now, changed or not; absent when there is none.
            pub $field: Option<$thing>,
            /// Why it was not changed.
            pub user_errors: Vec<$update_error>,
        }

        impl $update {
            /// What the verb said of this entry, with the entry as it is now.
            pub(super) async fn of(
                ctx: &Context<'_>,
                id: RecordId,
                said: Result<RecordId, UpdateRefusal>,
            ) -> ApiResult<Self> {
                Ok(match said {
                    Ok(id) => Self {
                        $field: Some($thing::find(ctx, $id(id.0)).await?),
                        user_errors: Vec::new(),
                    },
                    Err(refusal) => Self {
                        $field: as_it_stays($thing::find(ctx, $id(id.0)).await)?,
                        user_errors: $update_error::all(refusal),
                    },
                })
            }
        }
    )+};
}

pub(super) use payloads;

payloads! {
    Condition condition ConditionId;
    RecordConditionPayload RecordConditionError; UpdateConditionPayload UpdateConditionError;
    Allergy allergy AllergyId;
    RecordAllergyPayload RecordAllergyError; UpdateAllergyPayload UpdateAllergyError;
    MedicationStatement medication_statement MedicationStatementId;
    StateMedicationPayload StateMedicationError; UpdateMedicationStatementPayload UpdateMedicationStatementError;
    Immunization immunization ImmunizationId;
    RecordImmunizationPayload RecordImmunizationError; UpdateImmunizationPayload UpdateImmunizationError;
}

/// What came of ordering a medication. Whoever asked for it may read it.
#[derive(SimpleObject)]
pub struct RequestMedicationPayload {
    /// The order, if it was given.
    pub medication_request: Option<MedicationRequest>,
    /// What stands in its way; at most 50, the allergies first. None when it was given.
    pub conflicts: Vec<PrescribingConflict>,
    /// Why it was not.
    pub user_errors: Vec<RequestMedicationError>,
}

impl RequestMedicationPayload {
    /// What the verb said, with the order.
    pub(super) async fn of(
        ctx: &Context<'_>,
        said: Result<RecordId, PrescribeRefusal>,
    ) -> ApiResult<Self> {
        let refusal = match said {
            Ok(RecordId(id)) => {
                let order = MedicationRequest::find(ctx, MedicationRequestId(id)).await?;
                return Ok(Self {
                    medication_request: Some(order),
                    conflicts: Vec::new(),
                    user_errors: Vec::new(),
                });
            }
            Err(refusal) => refusal,
        };
        let found = match &refusal {
            PrescribeRefusal::SafetyConflict(found) => found.clone(),
            _ => Vec::new(),
        };
        Ok(Self {
            medication_request: None,
            conflicts: shown(ctx, found).await?,
            user_errors: RequestMedicationError::all(refusal),
        })
    }
}

/// What came of changing an order. Whoever asked for it may read it.
#[derive(SimpleObject)]
pub struct UpdateMedicationRequestPayload {
    /// The order as it is now, changed or not; absent when there is none.
    pub medication_request: Option<MedicationRequest>,
    /// What stands in the way of the change; at most 50, the allergies first. None when it was changed.
    pub conflicts: Vec<PrescribingConflict>,
    /// Why it was not changed.
    pub user_errors: Vec<UpdateMedicationRequestError>,
}

impl UpdateMedicationRequestPayload {
    /// What the verb said of this order, with the order as it is now.
    pub(super) async fn of(
        ctx: &Context<'_>,
        id: RecordId,
        said: Result<RecordId, ChangeOrderRefusal>,
    ) -> ApiResult<Self> {
        let order = MedicationRequest::find(ctx, MedicationRequestId(id.0)).await;
        let refusal = match said {
            Ok(_) => {
                return Ok(Self {
                    medication_request: Some(order?),
                    conflicts: Vec::new(),
                    user_errors: Vec::new(),
                });
            }
            Err(refusal) => refusal,
        };
        let found = match &refusal {
            ChangeOrderRefusal::SafetyConflict(found) => found.clone(),
            _ => Vec::new(),
        };
        Ok(Self {
            medication_request: as_it_stays(order)?,
            conflicts: shown(ctx, found).await?,
            user_errors: UpdateMedicationRequestError::all(refusal),
        })
    }
}

/// What came of recording vital signs. Whoever asked for it may read it.
#[derive(SimpleObject)]
pub struct RecordVitalsPayload {
    /// All that were recorded together, also what was derived of them; none when they were not. At most ten.
    pub vitals: Vec<Vital>,
    /// Why they were not.
    pub user_errors: Vec<RecordVitalsError>,
}

/// What came of saying that an entry should not be there. Whoever asked for it may read it.
#[derive(SimpleObject)]
pub struct EnterInErrorPayload {
    /// The entry as it is now, done or not; absent when there is none.
    pub record: Option<ChartRecord>,
    /// Why it was not.
    pub user_errors: Vec<EnterInErrorError>,
}
