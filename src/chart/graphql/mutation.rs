//! Writing into charts.

use super::entry::{ChartRecord, Entry};
use super::inputs::{
    EnterInErrorInput, RecordAllergyInput, RecordConditionInput, RecordImmunizationInput,
    RequestMedicationInput, StateMedicationInput, UpdateAllergyInput, UpdateConditionInput,
    UpdateImmunizationInput, UpdateMedicationRequestInput, UpdateMedicationStatementInput,
};
use super::payloads::{
    EnterInErrorPayload, RecordAllergyPayload, RecordConditionPayload, RecordImmunizationPayload,
    RecordVitalsPayload, RequestMedicationPayload, StateMedicationPayload, UpdateAllergyPayload,
    UpdateConditionPayload, UpdateImmunizationPayload, UpdateMedicationRequestPayload,
    UpdateMedicationStatementPayload,
};
use super::refusal::{EnterInErrorError, RecordVitalsError};
use super::vital::Vital;
use super::vital_inputs::RecordVitalsInput;
use crate::chart::content::{Editable, MedicationRequest};
use crate::chart::service::{
    self, EnterInError, Record, RecordRefusal, RecordVitals, Update, UpdateRefusal,
};
use crate::error::Fault;
use crate::graphql::guard::{Role, SignedIn};
use crate::graphql::{ApiResult, Ask, as_it_stays};
use crate::patient::graphql::Patient;
use async_graphql::{Context, Object};
use entity::code::Roles;
use entity::id::RecordId;

/// Writing into charts.
#[derive(Default)]
pub struct ChartMutation;

/// Records an entry.
pub(super) async fn recorded<C: Editable>(
    ctx: &Context<'_>,
    input: impl TryInto<Record<C>, Error = Fault>,
) -> ApiResult<Result<RecordId, RecordRefusal>> {
    Ok(service::record(ctx.state()?, &ctx.viewer(), input.try_into()?).await?)
}

/// Changes an entry; which one, and what is said of it.
pub(super) async fn updated<C: Editable>(
    ctx: &Context<'_>,
    input: impl TryInto<Update<C>, Error = Fault>,
) -> ApiResult<(RecordId, Result<RecordId, UpdateRefusal>)> {
    let command: Update<C> = input.try_into()?;
    let id = command.record;
    let said = service::update(ctx.state()?, &ctx.viewer(), command).await?;
    Ok((id, said))
}

/// Writing into charts.
#[Object]
impl ChartMutation {
    /// Records a problem or a diagnosis. Doctors who treat the patient may.
    #[graphql(guard = "Role(Roles::DOCTOR)")]
    async fn record_condition(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What, and of whom.")] input: RecordConditionInput,
    ) -> ApiResult<RecordConditionPayload> {
        RecordConditionPayload::of(ctx, recorded(ctx, input).await?).await
    }

    /// Changes a condition. Doctors who treat the patient may.
    #[graphql(guard = "Role(Roles::DOCTOR)")]
    async fn update_condition(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and what of it.")] input: UpdateConditionInput,
    ) -> ApiResult<UpdateConditionPayload> {
        let (id, said) = updated(ctx, input).await?;
        UpdateConditionPayload::of(ctx, id, said).await
    }

    /// Records an allergy or intolerance. Doctors who treat the patient may.
    #[graphql(guard = "Role(Roles::DOCTOR)")]
    async fn record_allergy(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "To what, and whose.")] input: RecordAllergyInput,
    ) -> ApiResult<RecordAllergyPayload> {
        RecordAllergyPayload::of(ctx, recorded(ctx, input).await?).await
    }

    /// Changes an allergy. Doctors who treat the patient may.
    #[graphql(guard = "Role(Roles::DOCTOR)")]
    async fn update_allergy(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and what of it.")] input: UpdateAllergyInput,
    ) -> ApiResult<UpdateAllergyPayload> {
        let (id, said) = updated(ctx, input).await?;
        UpdateAllergyPayload::of(ctx, id, said).await
    }

    /// Orders a medication. An active order is held against active allergies (by code, name and group) and against what the patient
    /// takes already (the same, its group), and by the clinic's source of interactions, of which there is none unless the clinic has
    /// given one (`prescribing.interactions`). What is found refuses the order with SAFETY_CONFLICT; `overriding` gives it all the
    /// same, and that stays in its history. It helps a clinician's judgement and does not stand in for it. Doctors who treat the
    /// patient may.
    #[graphql(guard = "Role(Roles::DOCTOR)")]
    async fn request_medication(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What, and for whom.")] input: RequestMedicationInput,
    ) -> ApiResult<RequestMedicationPayload> {
        let (state, viewer) = (ctx.state()?, ctx.viewer());
        let said = service::prescribe(state, &viewer, input.try_into()?).await?;
        RequestMedicationPayload::of(ctx, said).await
    }

    /// Changes an ordered medication. One that becomes active, or another medication, is held against the chart as a new order is.
    /// Doctors who treat the patient may.
    #[graphql(guard = "Role(Roles::DOCTOR)")]
    async fn update_medication_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and what of it.")] input: UpdateMedicationRequestInput,
    ) -> ApiResult<UpdateMedicationRequestPayload> {
        let command: Update<MedicationRequest> = input.try_into()?;
        let id = command.record;
        let said = service::change_order(ctx.state()?, &ctx.viewer(), command).await?;
        UpdateMedicationRequestPayload::of(ctx, id, said).await
    }

    /// Says that a medication is taken: on the patient's word, or on the clinic's. The patient may, and doctors who treat them.
    #[graphql(guard = "SignedIn")]
    async fn state_medication(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What, and by whom.")] input: StateMedicationInput,
    ) -> ApiResult<StateMedicationPayload> {
        StateMedicationPayload::of(ctx, recorded(ctx, input).await?).await
    }

    /// Changes what is said of a medication that is taken. The patient may, of what is their own word, and doctors who treat
    /// them.
    #[graphql(guard = "SignedIn")]
    async fn update_medication_statement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and what of it.")] input: UpdateMedicationStatementInput,
    ) -> ApiResult<UpdateMedicationStatementPayload> {
        let (id, said) = updated(ctx, input).await?;
        UpdateMedicationStatementPayload::of(ctx, id, said).await
    }

    /// Records that a vaccine was given, or was not. Doctors who treat the patient may.
    #[graphql(guard = "Role(Roles::DOCTOR)")]
    async fn record_immunization(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and to whom.")] input: RecordImmunizationInput,
    ) -> ApiResult<RecordImmunizationPayload> {
        RecordImmunizationPayload::of(ctx, recorded(ctx, input).await?).await
    }

    /// Changes an immunization. Doctors who treat the patient may.
    #[graphql(guard = "Role(Roles::DOCTOR)")]
    async fn update_immunization(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and what of it.")] input: UpdateImmunizationInput,
    ) -> ApiResult<UpdateImmunizationPayload> {
        let (id, said) = updated(ctx, input).await?;
        UpdateImmunizationPayload::of(ctx, id, said).await
    }

    /// Records vital signs that were taken together, on the patient's word or on the clinic's; all of them or none. What no body
    /// has is refused. The patient may, doctors who treat them, and whoever broke the glass.
    #[graphql(guard = "SignedIn")]
    async fn record_vitals(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What was found, and of whom.")] input: RecordVitalsInput,
    ) -> ApiResult<RecordVitalsPayload> {
        let (state, viewer) = (ctx.state()?, ctx.viewer());
        let command: RecordVitals = input.try_into()?;
        let patient = command.patient;
        let panel = match service::record_vitals(state, &viewer, command).await? {
            Ok(panel) => panel,
            Err(refusal) => {
                return Ok(RecordVitalsPayload {
                    vitals: Vec::new(),
                    user_errors: RecordVitalsError::all(refusal),
                });
            }
        };
        let (rows, record) = service::panel(state, &viewer, patient, panel).await?;
        let patient = Patient::identified(record);
        let vitals = rows
            .into_iter()
            .map(|row| Vital::shown(Entry::new(row, patient.clone())));
        Ok(RecordVitalsPayload {
            vitals: vitals.collect(),
            user_errors: Vec::new(),
        })
    }

    /// Says that an entry should not be in the chart: it stays with its history, and says nothing any more; what was reckoned of
    /// it falls with it. Whoever may change the entry may: doctors who treat the patient, the patient of what is their own word,
    /// and of vital signs whoever broke the glass.
    #[graphql(guard = "SignedIn")]
    async fn enter_in_error(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and why.")] input: EnterInErrorInput,
    ) -> ApiResult<EnterInErrorPayload> {
        let command: EnterInError = input.try_into()?;
        let (kind, id) = (command.kind, command.record);
        Ok(
            match service::enter_in_error(ctx.state()?, &ctx.viewer(), command).await? {
                Ok(id) => EnterInErrorPayload {
                    record: Some(ChartRecord::find(ctx, kind, id).await?),
                    user_errors: Vec::new(),
                },
                Err(refusal) => EnterInErrorPayload {
                    record: as_it_stays(ChartRecord::find(ctx, kind, id).await)?,
                    user_errors: EnterInErrorError::all(refusal),
                },
            },
        )
    }
}
