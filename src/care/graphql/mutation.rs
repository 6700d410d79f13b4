//! Changing care teams.

use super::member::{CareTeamMember, CareTeamRole};
use crate::care::service::{self, AddMember, AddRefusal, EndMember, EndRefusal};
use crate::error::Fault;
use crate::graphql::guard::Role;
use crate::graphql::{ApiResult, Ask, decode_id};
use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::code::Roles;
use entity::id::CareTeamMemberId;

crate::refusals! {
    /// Why a doctor is not brought into a care team. Whoever asked for it may read it.
    AddCareTeamMemberError, AddCareTeamMemberErrorCode from AddRefusal {
        /// There is no such doctor.
        DoctorNotFound => ("There is no such doctor.", ["input", "doctorId"]),
        /// The doctor is in the team at that time.
        AlreadyMember => ("The doctor is in the care team at that time.", ["input", "doctorId"]),
        /// It would begin in the past.
        StartsInThePast => ("A membership cannot begin in the past.", ["input", "startsAt"]),
        /// It would end before it begins.
        EndsBeforeStart => ("A membership ends after it begins.", ["input", "endsAt"]),
        /// The key was used with another input.
        IdempotencyKeyReused => ("The key was used with another input.", ["input", "idempotencyKey"]),
    }
}

crate::refusals! {
    /// Why a membership is not ended. Whoever asked for it may read it.
    EndCareTeamMemberError, EndCareTeamMemberErrorCode from EndRefusal {
        /// It has ended.
        AlreadyEnded => ("The membership has ended.", ["input", "id"]),
        /// It has changed; read it again.
        Conflict => ("The record has changed; read it again.", ["input", "expectedVersion"]),
        /// The key was used with another input.
        IdempotencyKeyReused => ("The key was used with another input.", ["input", "idempotencyKey"]),
    }
}

/// Bring a doctor into a patient's care team.
#[derive(InputObject)]
pub struct AddCareTeamMemberInput {
    /// Into whose.
    pub patient_id: ID,
    /// Whom.
    pub doctor_id: ID,
    /// As what.
    pub role: CareTeamRole,
    /// From when; from now on when absent.
    pub starts_at: Option<DateTime<Utc>>,
    /// Until when; open when absent.
    pub ends_at: Option<DateTime<Utc>>,
    /// The same key and input answer the same for 24 hours.
    pub idempotency_key: Option<String>,
}

/// Let a doctor go from a patient's care team, now.
#[derive(InputObject)]
pub struct EndCareTeamMemberInput {
    /// Which membership.
    pub id: ID,
    /// The version you have seen.
    pub expected_version: i32,
    /// The same key and input answer the same for 24 hours.
    pub idempotency_key: Option<String>,
}

/// What came of bringing a doctor in. Whoever asked for it may read it.
#[derive(SimpleObject)]
pub struct AddCareTeamMemberPayload {
    /// The membership, if the doctor was brought in.
    pub care_team_member: Option<CareTeamMember>,
    /// Why they were not.
    pub user_errors: Vec<AddCareTeamMemberError>,
}

/// What came of letting a doctor go. Whoever asked for it may read it.
#[derive(SimpleObject)]
pub struct EndCareTeamMemberPayload {
    /// The membership as it is now, ended or not; absent when it was your own, which showed you the team.
    pub care_team_member: Option<CareTeamMember>,
    /// Why it was not.
    pub user_errors: Vec<EndCareTeamMemberError>,
}

/// The membership, if the viewer may (still) see it.
async fn shown(ctx: &Context<'_>, id: CareTeamMemberId) -> ApiResult<Option<CareTeamMember>> {
    match service::find_member(ctx.state()?, &ctx.viewer(), id).await {
        Ok(found) => Ok(Some(found.into())),
        Err(Fault::NotFound) => Ok(None),
        Err(fault) => Err(fault.into()),
    }
}

/// Changing care teams.
#[derive(Default)]
pub struct CareMutation;

/// Changing care teams.
#[Object]
impl CareMutation {
    /// Brings a doctor into a patient's care team, which opens the record to them. Doctors of the team and administrators
    /// may.
    #[graphql(guard = "Role(Roles::DOCTOR.with(Roles::ADMIN))")]
    async fn add_care_team_member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom, and into whose.")] input: AddCareTeamMemberInput,
    ) -> ApiResult<AddCareTeamMemberPayload> {
        let command = AddMember {
            patient: decode_id(&input.patient_id)?,
            doctor: decode_id(&input.doctor_id)?,
            role: input.role.into(),
            starts_at: input.starts_at,
            ends_at: input.ends_at,
            idempotency_key: input.idempotency_key,
        };
        let added = service::add_member(ctx.state()?, &ctx.viewer(), command).await?;
        Ok(match added {
            Ok(id) => AddCareTeamMemberPayload {
                care_team_member: shown(ctx, id).await?,
                user_errors: Vec::new(),
            },
            Err(refusal) => AddCareTeamMemberPayload {
                care_team_member: None,
                user_errors: vec![refusal.into()],
            },
        })
    }

    /// Lets a doctor go from a patient's care team: from now on the membership opens nothing. Doctors of the team and
    /// administrators may.
    #[graphql(guard = "Role(Roles::DOCTOR.with(Roles::ADMIN))")]
    async fn end_care_team_member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: EndCareTeamMemberInput,
    ) -> ApiResult<EndCareTeamMemberPayload> {
        let command = EndMember {
            member: decode_id(&input.id)?,
            expected_version: input.expected_version,
            idempotency_key: input.idempotency_key,
        };
        let id = command.member;
        let ended = service::end_member(ctx.state()?, &ctx.viewer(), command).await?;
        Ok(match ended {
            Ok(id) => EndCareTeamMemberPayload {
                care_team_member: shown(ctx, id).await?,
                user_errors: Vec::new(),
            },
            Err(refusal) => EndCareTeamMemberPayload {
                care_team_member: shown(ctx, id).await?,
                user_errors: vec![refusal.into()],
            },
        })
    }
}
