//! Writing what is done at visits.

use super::VisitNote;
use super::inputs::{
    AddVisitNoteAddendumInput, PlaceOrderInput, RecordEncounterInput, RecordTestResultInput,
    RecordVisitNoteInput, ShareWithPatientInput, SignVisitNoteInput, UpdateEncounterInput,
    UpdateOrderInput, UpdateTestResultInput, UpdateVisitNoteInput,
};
use super::payloads::{
    AddVisitNoteAddendumPayload, PlaceOrderPayload, RecordEncounterPayload,
    RecordTestResultPayload, RecordVisitNotePayload, ShareWithPatientPayload, SignVisitNotePayload,
    UpdateEncounterPayload, UpdateOrderPayload, UpdateTestResultPayload, UpdateVisitNotePayload,
};
use super::refusal::AddVisitNoteAddendumError;
use crate::chart::graphql::ChartRecord;
use crate::chart::graphql::mutation::{recorded, updated};
use crate::chart::service::{self, AddAddendum, Share, Sign};
use crate::graphql::guard::Role;
use crate::graphql::{ApiResult, Ask, as_it_stays};
use async_graphql::{Context, Object};
use entity::code::Roles;
use entity::id::VisitNoteId;

/// Writing what is done at visits.
#[derive(Default)]
pub struct VisitMutation;

/// Writing what is done at visits.
#[Object]
impl VisitMutation {
    /// Records a visit: one that is planned, goes on, or is over. Doctors who treat the patient may.
    #[graphql(guard = "Role(Roles::DOCTOR)")]
    async fn record_encounter(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What, and of whom.")] input: RecordEncounterInput,
    ) -> ApiResult<RecordEncounterPayload> {
        RecordEncounterPayload::of(ctx, recorded(ctx, input).await?).await
    }

    /// Changes a visit. Doctors of the care team may, and, while they treat the patient, whoever recorded it.
    #[graphql(guard = "Role(Roles::DOCTOR)")]
    async fn update_encounter(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and what of it.")] input: UpdateEncounterInput,
    ) -> ApiResult<UpdateEncounterPayload> {
        let (id, said) = updated(ctx, input).await?;
        UpdateEncounterPayload::of(ctx, id, said).await
    }

    /// Writes a note of a visit, as a draft. Doctors who treat the patient may.
    #[graphql(guard = "Role(Roles::DOCTOR)")]
    async fn record_visit_note(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What, and of whom.")] input: RecordVisitNoteInput,
    ) -> ApiResult<RecordVisitNotePayload> {
        RecordVisitNotePayload::of(ctx, recorded(ctx, input).await?).await
    }

    /// Changes a draft; what was signed is added to instead. Doctors of the care team may, and, while they treat the patient,
    /// its author.
    #[graphql(guard = "Role(Roles::DOCTOR)")]
    async fn update_visit_note(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and what of it.")] input: UpdateVisitNoteInput,
    ) -> ApiResult<UpdateVisitNotePayload> {
        let (id, said) = updated(ctx, input).await?;
        UpdateVisitNotePayload::of(ctx, id, said).await
    }

    /// Signs a draft: from then on it stays as it is. Its author may, while they treat the patient.
    #[graphql(guard = "Role(Roles::DOCTOR)")]
    async fn sign_visit_note(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: SignVisitNoteInput,
    ) -> ApiResult<SignVisitNotePayload> {
        let command: Sign = input.try_into()?;
        let id = VisitNoteId(command.note.0);
        let said = service::sign(ctx.state()?, &ctx.viewer(), command).await?;
        Ok(match said {
            Ok(id) => SignVisitNotePayload {
                visit_note: Some(VisitNote::find(ctx, VisitNoteId(id.0)).await?),
                user_errors: Vec::new(),
            },
            Err(refusal) => SignVisitNotePayload {
                visit_note: as_it_stays(VisitNote::find(ctx, id).await)?,
                user_errors: vec![refusal.into()],
            },
        })
    }

    /// Adds to a signed note: a note of one's own, signed as it is written. Doctors who treat the patient may, and whoever broke
    /// the glass.
    #[graphql(guard = "Role(Roles::DOCTOR)")]
    async fn add_visit_note_addendum(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "To which, and what.")] input: AddVisitNoteAddendumInput,
    ) -> ApiResult<AddVisitNoteAddendumPayload> {
        let command: AddAddendum = input.try_into()?;
        let said = service::add_addendum(ctx.state()?, &ctx.viewer(), command).await?;
        Ok(match said {
            Ok(id) => AddVisitNoteAddendumPayload {
                addendum: Some(VisitNote::find(ctx, VisitNoteId(id.0)).await?),
                user_errors: Vec::new(),
            },
            Err(refusal) => AddVisitNoteAddendumPayload {
                addendum: None,
                user_errors: AddVisitNoteAddendumError::all(refusal),
            },
        })
    }

    /// Orders a test of the laboratory, an image, or another's opinion. Doctors who treat the patient may.
    #[graphql(guard = "Role(Roles::DOCTOR)")]
    async fn place_order(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What, and for whom.")] input: PlaceOrderInput,
    ) -> ApiResult<PlaceOrderPayload> {
        PlaceOrderPayload::of(ctx, recorded(ctx, input).await?).await
    }

    /// Changes an order. Doctors of the care team may, and, while they treat the patient, whoever ordered it.
    #[graphql(guard = "Role(Roles::DOCTOR)")]
    async fn update_order(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and what of it.")] input: UpdateOrderInput,
    ) -> ApiResult<UpdateOrderPayload> {
        let (id, said) = updated(ctx, input).await?;
        UpdateOrderPayload::of(ctx, id, said).await
    }

    /// Records what a test found. Doctors who treat the patient may.
    #[graphql(guard = "Role(Roles::DOCTOR)")]
    async fn record_test_result(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What, and of whom.")] input: RecordTestResultInput,
    ) -> ApiResult<RecordTestResultPayload> {
        RecordTestResultPayload::of(ctx, recorded(ctx, input).await?).await
    }

    /// Changes a result; what it said before stands in its history. Doctors of the care team may, and, while they treat the
    /// patient, whoever recorded it.
    #[graphql(guard = "Role(Roles::DOCTOR)")]
    async fn update_test_result(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and what of it.")] input: UpdateTestResultInput,
    ) -> ApiResult<UpdateTestResultPayload> {
        let (id, said) = updated(ctx, input).await?;
        UpdateTestResultPayload::of(ctx, id, said).await
    }

    /// Shows the patient a visit, a signed note, an order or a result, or shows it no longer; both stand in its history. Doctors
    /// of the care team may, and, while they treat the patient, whoever it is of.
    #[graphql(guard = "Role(Roles::DOCTOR)")]
    async fn share_with_patient(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and whether.")] input: ShareWithPatientInput,
    ) -> ApiResult<ShareWithPatientPayload> {
        let command: Share = input.try_into()?;
        let (kind, id) = (command.kind, command.record);
        let said = service::share(ctx.state()?, &ctx.viewer(), command).await?;
        Ok(match said {
            Ok(id) => ShareWithPatientPayload {
                record: Some(ChartRecord::find(ctx, kind, id).await?),
                user_errors: Vec::new(),
            },
            Err(refusal) => ShareWithPatientPayload {
                record: as_it_stays(ChartRecord::find(ctx, kind, id).await)?,
                user_errors: vec![refusal.into()],
            },
        })
    }
}
