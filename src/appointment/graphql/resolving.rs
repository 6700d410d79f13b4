//! Bringing the appointments of a doctor who is away to where they can go.

use super::absence::{AbsenceWay, AppointmentProposal};
use super::codes::CancellationReason;
use super::errors::{RerouteAppointmentError, ResolveAbsenceError};
use super::types::Appointment;
use crate::appointment::service::{self, Fate, Obstacle, Reroute, Resolution, Resolve, Resolved};
use crate::appointment::store::Key;
use crate::graphql::guard::Role;
use crate::graphql::page::{Page, cursor};
use crate::graphql::{ApiResult, Ask, Asked, as_it_stays, decode_id, nullable};
use crate::schedule::graphql::Absence;
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::code::Roles;
use entity::id::AppointmentId;

/// What became of an appointment whose doctor is away. Whoever asked for it may read it.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum AbsenceOutcomeKind {
    /// A colleague has it.
    Rerouted,
    /// It is at another time of the same doctor.
    Moved,
    /// It is called off.
    Cancelled,
    /// It is as it was: the problem says why.
    Left,
}

/// Why an appointment is as it was. Whoever asked for it may read it.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "Obstacle")]
pub enum AbsenceProblem {
    /// There is nowhere that it could go, and it was not to be called off.
    NoProposal,
    /// Where it should have gone was taken meanwhile: ask again.
    TakenMeanwhile,
    /// Somebody has changed it meanwhile: ask again.
    ChangedMeanwhile,
    /// The viewer may not do that.
    NotPermitted,
}

/// What became, or would become, of an appointment.
#[derive(Clone)]
pub struct AbsenceOutcome(Resolved);

/// What became, or in a dry run would become, of an appointment whose doctor is away. Whoever asked for it may see it.
#[Object]
impl AbsenceOutcome {
    /// The appointment as it is now. Whoever sees the appointment may read it.
    async fn appointment(&self, ctx: &Context<'_>) -> Option<ApiResult<Appointment>> {
        nullable(now(ctx, self.0.card.row.id)).await
    }

    /// What became of it. Whoever asked for it may read it.
    async fn kind(&self) -> AbsenceOutcomeKind {
        match self.0.fate {
            Fate::Rerouted => AbsenceOutcomeKind::Rerouted,
            Fate::Moved => AbsenceOutcomeKind::Moved,
            Fate::Cancelled => AbsenceOutcomeKind::Cancelled,
            Fate::Left(_) => AbsenceOutcomeKind::Left,
        }
    }

    /// Why it is as it was; absent unless it is. Whoever asked for it may read it.
    async fn problem(&self) -> Option<AbsenceProblem> {
        match self.0.fate {
            Fate::Left(obstacle) => Some(obstacle.into()),
            _ => None,
        }
    }

    /// Where it went, or should have gone; absent when it was called off, or there was nowhere. Whoever asked for it may read
    /// it.
    async fn proposal(&self) -> Option<AppointmentProposal> {
        self.0.to.map(AppointmentProposal)
    }

    /// What stands in its place; absent in a dry run, and when nothing does. Whoever sees the appointment may read it.
    async fn replacement(&self, ctx: &Context<'_>) -> Option<ApiResult<Appointment>> {
        nullable(async {
            match self.0.replacement {
                Some(id) => now(ctx, id).await,
                None => Ok(None),
            }
        })
        .await
    }
}

crate::connection!(
    AbsenceOutcomeConnection,
    AbsenceOutcomeEdge,
    AbsenceOutcome,
    "outcomes of resolving an absence"
);

/// The appointment as it is now, if the viewer may (still) see it.
async fn now(ctx: &Context<'_>, id: AppointmentId) -> ApiResult<Option<Appointment>> {
    as_it_stays(Appointment::find(ctx, id).await)
}

/// An appointment that another doctor is to have.
#[derive(InputObject)]
pub struct RerouteAppointmentInput {
    /// Which appointment.
    pub id: ID,
    /// Its version as it was read.
    pub expected_version: i32,
    /// With whom it is to be.
    pub doctor_id: ID,
    /// When it is to begin: a full minute, in the future, at most two years ahead.
    pub starts_at: DateTime<Utc>,
    /// The same key and input answer the same for 24 hours, however often they are sent.
    pub idempotency_key: Option<String>,
}

/// What came of rerouting. Whoever asked for it may read it.
#[derive(SimpleObject)]
pub struct RerouteAppointmentPayload {
    /// The new appointment, which replaces the old one; when refused, the old one as it is now. Whoever sees the appointment
    /// may read it.
    pub appointment: Option<Appointment>,
    /// Why it was refused; empty when it was done.
    pub user_errors: Vec<RerouteAppointmentError>,
}

/// What is to become of the appointments of a doctor who is away.
#[derive(InputObject)]
pub struct ResolveAbsenceInput {
    /// Which absence.
    pub id: ID,
    /// Where each goes: the first way that there is. With none, all are called off.
    #[graphql(default_with = "vec![AbsenceWay::Reroute, AbsenceWay::Move]")]
    pub ways: Vec<AbsenceWay>,
    /// Why those are called off that can go nowhere; they stay as they are when it is absent.
    pub otherwise_cancel: Option<CancellationReason>,
    /// Only say what would be done; nothing is changed.
    #[graphql(default)]
    pub dry_run: bool,
    /// How many appointments at most, 1 to 200. (Of those that lie within sixty days.)
    #[graphql(default = 100)]
    pub at_most: i32,
    /// Go on after this place: `next` of the answer before.
    pub after: Option<String>,
}

/// What came of resolving an absence.
pub struct ResolveAbsencePayload {
    absence: Absence,
    resolution: Resolution,
    user_errors: Vec<ResolveAbsenceError>,
}

/// What came of resolving an absence. Whoever asked for it may read it.
#[Object]
impl ResolveAbsencePayload {
    /// The absence. Whoever asked for it may read it.
    async fn absence(&self) -> &Absence {
        &self.absence
    }

    /// What became of each appointment that was looked at, by its old beginning. Whoever asked for it may read it.
    async fn outcomes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the item with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes the item with this cursor.")] before: Option<String>,
    ) -> ApiResult<AbsenceOutcomeConnection> {
        let window = Asked::of((first, after), (last, before)).window(ctx)?;
        Ok(AbsenceOutcomeConnection(Page::within(
            &window,
            &self.resolution.outcomes,
            |one| (one.card.row.starts_at, one.card.row.id),
            |one| AbsenceOutcome(one.clone()),
        )))
    }

    /// How many were, or would be, given to a colleague, moved or called off by this. Whoever asked for it may read it.
    async fn resolved(&self) -> i32 {
        let left = |one: &&Resolved| !matches!(one.fate, Fate::Left(_));
        let count = self.resolution.outcomes.iter().filter(left).count();
        i32::try_from(count).unwrap_or(i32::MAX)
    }

    /// Where to go on, as `after` of the next call; absent when there are no more. Whoever asked for it may read it.
    async fn next(&self) -> Option<String> {
        self.resolution.next.as_ref().map(cursor)
    }

    /// How many appointments the absence is in the way of now. Whoever asked for it may read it.
    async fn remaining(&self, ctx: &Context<'_>) -> ApiResult<i32> {
        let count = service::count_affected(ctx.state()?, &ctx.viewer(), &self.absence.0).await?;
        Ok(i32::try_from(count).unwrap_or(i32::MAX))
    }

    /// Why it was refused; empty when it was done. Whoever asked for it may read it.
    async fn user_errors(&self) -> &[ResolveAbsenceError] {
        &self.user_errors
    }
}

/// Bringing the appointments of a doctor who is away to where they can go.
#[derive(Default)]
pub struct ResolveMutation;

#[Object]
impl ResolveMutation {
    /// Gives a booked appointment to another doctor of the same specialty: a new one replaces it, and the old one is called
    /// off, both or neither. The care team and administrators may.
    #[graphql(guard = "Role(Roles::DOCTOR.with(Roles::ADMIN))")]
    async fn reroute_appointment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "To whom, and when.")] input: RerouteAppointmentInput,
    ) -> ApiResult<RerouteAppointmentPayload> {
        let command = Reroute {
            appointment: decode_id(&input.id)?,
            expected_version: input.expected_version,
            doctor: decode_id(&input.doctor_id)?,
            starts_at: input.starts_at,
            idempotency_key: input.idempotency_key,
        };
        let old = command.appointment;
        let done = service::reroute(ctx.state()?, &ctx.viewer(), command).await?;
        Ok(RerouteAppointmentPayload {
            appointment: now(ctx, done.unwrap_or(old)).await?,
            user_errors: done.err().map(Into::into).into_iter().collect(),
        })
    }

    /// Resolves the appointments that an absence is in the way of, by their beginning: each goes to a colleague or to another
    /// time, or is called off, in a transaction of its own, and its patient is told by `appointmentChanged`. With `dryRun`
    /// nothing is changed, and the answer says what would be. It takes no idempotency key, for it needs none: what was
    /// resolved is no longer affected, so that asking again, also after an interruption, goes on with the rest. The doctor
    /// and administrators may; to colleagues, a doctor gives only patients on whose care team they are.
    #[graphql(guard = "Role(Roles::DOCTOR.with(Roles::ADMIN))")]
    async fn resolve_absence(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which absence, and how.")] input: ResolveAbsenceInput,
    ) -> ApiResult<ResolveAbsencePayload> {
        let after: Option<Key> = crate::graphql::page::decode(input.after)?;
        let command = Resolve {
            absence: decode_id(&input.id)?,
            ways: input.ways.into_iter().map(Into::into).collect(),
            otherwise: input.otherwise_cancel.map(Into::into),
            after,
            at_most: input.at_most,
            dry_run: input.dry_run,
        };
        let id = command.absence;
        let done = service::resolve(ctx.state()?, &ctx.viewer(), command).await?;
        let absence = Absence::find(ctx, id).await?;
        Ok(match done {
            Ok(resolution) => ResolveAbsencePayload {
                absence,
                resolution,
                user_errors: Vec::new(),
            },
            Err(refusal) => ResolveAbsencePayload {
                absence,
                resolution: Resolution::default(),
                user_errors: vec![refusal.into()],
            },
        })
    }
}
