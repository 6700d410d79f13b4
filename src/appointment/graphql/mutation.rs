//! Changing appointments.

use super::shapes::{
    AcceptAppointmentInput, AcceptAppointmentPayload, ArriveAppointmentInput,
    ArriveAppointmentPayload, BookAppointmentInput, BookAppointmentPayload, CallAppointmentInput,
    CallAppointmentPayload, CancelAppointmentInput, CancelAppointmentPayload,
    CheckInAppointmentInput, CheckInAppointmentPayload, CompleteAppointmentInput,
    CompleteAppointmentPayload, ConfirmAppointmentInput, ConfirmAppointmentPayload,
    CreateVisitTypeInput, CreateVisitTypePayload, EnterAppointmentInErrorInput,
    EnterAppointmentInErrorPayload, HoldSlotInput, HoldSlotPayload, MarkNoShowInput,
    MarkNoShowPayload, Moved, RequestAppointmentInput, RequestAppointmentPayload,
    RescheduleAppointmentInput, RescheduleAppointmentPayload, UndoNoShowInput, UndoNoShowPayload,
};
use super::types::{Appointment, VisitType};
use crate::appointment::lifecycle::Move;
use crate::appointment::service::{self, CreateVisitType, MakeMove, Reschedule};
use crate::error::Fault;
use crate::graphql::guard::{Role, SignedIn};
use crate::graphql::{ApiResult, Ask, decode_id};
use async_graphql::{Context, Object};
use entity::code::Roles;
use entity::id::AppointmentId;

/// The mutations of appointments.
#[derive(Default)]
pub struct AppointmentMutation;

/// The appointment as it is now, if the viewer may (still) see it.
async fn now(ctx: &Context<'_>, id: AppointmentId) -> ApiResult<Option<Appointment>> {
    match service::find(ctx.state()?, &ctx.viewer(), id).await {
        Ok(card) => Ok(Some(Appointment(card))),
        Err(Fault::NotFound) => Ok(None),
        Err(fault) => Err(fault.into()),
    }
}

async fn moved(ctx: &Context<'_>, command: MakeMove) -> ApiResult<Moved> {
    let id = command.appointment;
    let refusal = service::make_move(ctx.state()?, &ctx.viewer(), command)
        .await?
        .err();
    Ok((now(ctx, id).await?, refusal))
}

#[Object]
impl AppointmentMutation {
    /// Books a time. Patients book for themselves; doctors who treat them and administrators for the patient.
    #[graphql(guard = "SignedIn")]
    async fn book_appointment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to book.")] input: BookAppointmentInput,
    ) -> ApiResult<BookAppointmentPayload> {
        let command = input.decode()?;
        let booked = service::book(ctx.state()?, &ctx.viewer(), command).await?;
        Ok(match booked {
            Ok(card) => BookAppointmentPayload {
                appointment: Some(Appointment(card)),
                user_errors: Vec::new(),
            },
            Err(refusal) => BookAppointmentPayload {
                appointment: None,
                user_errors: vec![refusal.into()],
            },
        })
    }

    /// Asks for a time, which the doctor accepts or declines. Patients ask for themselves; doctors who treat them and
    /// administrators for the patient.
    #[graphql(guard = "SignedIn")]
    async fn request_appointment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to ask for.")] input: RequestAppointmentInput,
    ) -> ApiResult<RequestAppointmentPayload> {
        let command = input.decode()?;
        let asked = service::book(ctx.state()?, &ctx.viewer(), command).await?;
        Ok(match asked {
            Ok(card) => RequestAppointmentPayload {
                appointment: Some(Appointment(card)),
                user_errors: Vec::new(),
            },
            Err(refusal) => RequestAppointmentPayload {
                appointment: None,
                user_errors: vec![refusal.into()],
            },
        })
    }

    /// Holds a time for a few minutes, so that nobody else takes it: `confirmAppointment` books it, and if nobody does, it
    /// is free again by itself. One may hold a few times at once. Patients hold for themselves; doctors who treat them and
    /// administrators for the patient.
    #[graphql(guard = "SignedIn")]
    async fn hold_slot(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to hold.")] input: HoldSlotInput,
    ) -> ApiResult<HoldSlotPayload> {
        let command = input.decode()?;
        let held = service::book(ctx.state()?, &ctx.viewer(), command).await?;
        Ok(match held {
            Ok(card) => HoldSlotPayload {
                appointment: Some(Appointment(card)),
                user_errors: Vec::new(),
            },
            Err(refusal) => HoldSlotPayload {
                appointment: None,
                user_errors: vec![refusal.into()],
            },
        })
    }

    /// Moves a booked appointment to another time: a new one replaces it, and the old one is called off, both or
    /// neither. The patient (until the cut-off), the doctor, the care team and administrators may.
    #[graphql(guard = "SignedIn")]
    async fn reschedule_appointment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where to move it.")] input: RescheduleAppointmentInput,
    ) -> ApiResult<RescheduleAppointmentPayload> {
        let command = Reschedule {
            appointment: decode_id(&input.id)?,
            expected_version: input.expected_version,
            starts_at: input.starts_at,
            idempotency_key: input.idempotency_key,
        };
        let old = command.appointment;
        let moved = service::reschedule(ctx.state()?, &ctx.viewer(), command).await?;
        Ok(match moved {
            Ok(id) => RescheduleAppointmentPayload {
                appointment: now(ctx, id).await?,
                user_errors: Vec::new(),
            },
            Err(refusal) => RescheduleAppointmentPayload {
                appointment: now(ctx, old).await?,
                user_errors: vec![refusal.into()],
            },
        })
    }

    /// Calls an appointment off, or declines a request. The patient (until the cut-off), the doctor, the care team and
    /// administrators may.
    #[graphql(guard = "SignedIn")]
    async fn cancel_appointment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to call off, and why.")] input: CancelAppointmentInput,
    ) -> ApiResult<CancelAppointmentPayload> {
        let command = MakeMove {
            appointment: decode_id(&input.id)?,
            expected_version: input.expected_version,
            doing: Move::Cancel,
            reason: Some(input.reason.into()),
            idempotency_key: input.idempotency_key,
        };
        let (appointment, refusal) = moved(ctx, command).await?;
        Ok(CancelAppointmentPayload {
            appointment,
            user_errors: refusal.into_iter().map(Into::into).collect(),
        })
    }

    /// Accepts what a patient asked for. The doctor, the care team and administrators may.
    #[graphql(guard = "Role(Roles::DOCTOR.with(Roles::ADMIN))")]
    async fn accept_appointment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to accept.")] input: AcceptAppointmentInput,
    ) -> ApiResult<AcceptAppointmentPayload> {
        Ok(moved(ctx, input.decode(Move::Accept)?).await?.into())
    }

    /// Says that the patient will come; of a hold it makes a booking. The patient, the doctor, the care team and
    /// administrators may.
    #[graphql(guard = "SignedIn")]
    async fn confirm_appointment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to confirm.")] input: ConfirmAppointmentInput,
    ) -> ApiResult<ConfirmAppointmentPayload> {
        Ok(moved(ctx, input.decode(Move::Confirm)?).await?.into())
    }

    /// Notes that pre-registration is done. The doctor, the care team and administrators may.
    #[graphql(guard = "Role(Roles::DOCTOR.with(Roles::ADMIN))")]
    async fn check_in_appointment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to check in for.")] input: CheckInAppointmentInput,
    ) -> ApiResult<CheckInAppointmentPayload> {
        Ok(moved(ctx, input.decode(Move::CheckIn)?).await?.into())
    }

    /// Notes that the patient is here. The doctor, the care team and administrators may.
    #[graphql(guard = "Role(Roles::DOCTOR.with(Roles::ADMIN))")]
    async fn arrive_appointment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What they are here for.")] input: ArriveAppointmentInput,
    ) -> ApiResult<ArriveAppointmentPayload> {
        Ok(moved(ctx, input.decode(Move::Arrive)?).await?.into())
    }

    /// Calls a patient who is here in: they wait no more. The doctor, the care team and administrators may.
    #[graphql(guard = "Role(Roles::DOCTOR.with(Roles::ADMIN))")]
    async fn call_appointment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom to call in.")] input: CallAppointmentInput,
    ) -> ApiResult<CallAppointmentPayload> {
        Ok(moved(ctx, input.decode(Move::Call)?).await?.into())
    }

    /// Notes that the visit took place. The doctor, the care team and administrators may.
    #[graphql(guard = "Role(Roles::DOCTOR.with(Roles::ADMIN))")]
    async fn complete_appointment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What took place.")] input: CompleteAppointmentInput,
    ) -> ApiResult<CompleteAppointmentPayload> {
        Ok(moved(ctx, input.decode(Move::Complete)?).await?.into())
    }

    /// Notes that the patient did not come; from 15 minutes after the beginning. The doctor, the care team and
    /// administrators may.
    #[graphql(guard = "Role(Roles::DOCTOR.with(Roles::ADMIN))")]
    async fn mark_no_show(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What they did not come to.")] input: MarkNoShowInput,
    ) -> ApiResult<MarkNoShowPayload> {
        Ok(moved(ctx, input.decode(Move::MarkNoShow)?).await?.into())
    }

    /// Takes the mark of not having come back; until 24 hours after the beginning. The doctor, the care team and
    /// administrators may.
    #[graphql(guard = "Role(Roles::DOCTOR.with(Roles::ADMIN))")]
    async fn undo_no_show(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which mark.")] input: UndoNoShowInput,
    ) -> ApiResult<UndoNoShowPayload> {
        Ok(moved(ctx, input.decode(Move::UndoNoShow)?).await?.into())
    }

    /// Says that an appointment never was: it was booked for the wrong patient, say. It stays readable as that, and its time
    /// is free. The doctor, the care team and administrators may.
    #[graphql(guard = "Role(Roles::DOCTOR.with(Roles::ADMIN))")]
    async fn enter_appointment_in_error(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What never was.")] input: EnterAppointmentInErrorInput,
    ) -> ApiResult<EnterAppointmentInErrorPayload> {
        let command = input.decode(Move::EnterInError)?;
        Ok(moved(ctx, command).await?.into())
    }

    /// Defines a kind of visit. Administrators may.
    #[graphql(guard = "Role(Roles::ADMIN)")]
    async fn create_visit_type(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to define.")] input: CreateVisitTypeInput,
    ) -> ApiResult<CreateVisitTypePayload> {
        let state = ctx.state()?;
        let command = CreateVisitType {
            code: input.code,
            name: input.name,
            minutes: input.minutes,
            modality: input.modality.into(),
            requires_approval: input.requires_approval,
            buffer_before: input.buffer_before,
            buffer_after: input.buffer_after,
            minimum_notice: input.minimum_notice,
            maximum_advance: input.maximum_advance,
            capacity: input.capacity,
            idempotency_key: input.idempotency_key,
        };
        let created = service::create_visit_type(state, &ctx.viewer(), command).await?;
        Ok(match created {
            Ok(id) => CreateVisitTypePayload {
                visit_type: state.loaders.visit_types.load(id).await?.map(VisitType),
                user_errors: Vec::new(),
            },
            Err(refusal) => CreateVisitTypePayload {
                visit_type: None,
                user_errors: vec![refusal.into()],
            },
        })
    }
}
