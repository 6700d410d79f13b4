//! Break-glass, live: the patient and the administrators are told at once.

use super::codes::BreakGlassChangeKind;
use super::grant::BreakGlassGrant;
use crate::access::{Action, Permit, Resource, Viewer, look, require};
use crate::account;
use crate::care::service;
use crate::error::Fault;
use crate::event::Stream as Series;
use crate::graphql::guard::SignedIn;
use crate::graphql::live::{self, AccessEnded, CaughtUp, Channel, Event, ResyncRequired};
use crate::graphql::{ApiError, ApiResult, Ask, decode_id};
use crate::state::State;
use async_graphql::{Context, ID, OneofObject, SimpleObject, Subscription, Union};
use chrono::{DateTime, Utc};
use entity::code::EventKind;
use entity::id::BreakGlassGrantId;
use futures_util::stream::BoxStream;
use std::sync::Arc;

/// The live fields of break-glass.
#[derive(Default)]
pub struct BreakGlassSubscription;

/// Whose records to watch over: exactly one of them.
#[derive(OneofObject)]
pub enum BreakGlassOf {
    /// One patient's. The patient and administrators may.
    Patient(ID),
    /// All of the clinic, with true. Administrators may.
    Clinic(bool),
}

/// A record was opened to a doctor who does not treat the patient, or closed again, or that was reviewed. It reaches only
/// whoever may see the grant at that moment.
#[derive(SimpleObject)]
pub struct BreakGlassChange {
    /// The place in the stream; give it as `after` to go on from here. Whoever receives the change may read it.
    pub cursor: String,
    /// What happened. Whoever receives the change may read it.
    pub kind: BreakGlassChangeKind,
    /// When it happened, or was noted. Whoever receives the change may read it.
    pub occurred_at: DateTime<Utc>,
    /// The grant as it is now, or later if changed again since. Whoever receives the change may read it.
    pub break_glass_grant: BreakGlassGrant,
}

/// What a subscriber to break-glass receives. Whoever follows the stream may read it.
#[derive(Union)]
pub enum BreakGlassMessage {
    /// Something happened.
    BreakGlassChange(BreakGlassChange),
    /// The past has been delivered.
    CaughtUp(CaughtUp),
    /// The cursor is too old.
    ResyncRequired(ResyncRequired),
    /// The right has ended.
    AccessEnded(AccessEnded),
}

#[Subscription]
impl BreakGlassSubscription {
    /// Follows who breaks the glass: each change exactly once and in order. With `after`, first what happened since that
    /// cursor, then `CaughtUp`, then live. The patient whose record it is and administrators may follow.
    #[graphql(guard = "SignedIn")]
    async fn break_glass_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose records.")] of: BreakGlassOf,
        #[graphql(
            desc = "Go on after this cursor, from an earlier message of the same stream; `now` begins with `CaughtUp`."
        )]
        after: Option<String>,
    ) -> Result<BoxStream<'static, ApiResult<BreakGlassMessage>>, ApiError> {
        let series = match of {
            BreakGlassOf::Patient(id) => Series::Patient(decode_id(&id)?),
            BreakGlassOf::Clinic(true) => Series::Clinic,
            BreakGlassOf::Clinic(false) => {
                return Err(Fault::BadRequest("`clinic` is followed with true.").into());
            }
        };
        let state = Arc::clone(ctx.state()?);
        live::follow(state, ctx.viewer(), series, after, Glass).await
    }
}

/// The grants of a stream.
struct Glass;

impl Channel for Glass {
    type Message = BreakGlassMessage;

    async fn refreshed(&self, state: &State, viewer: &Viewer) -> Result<Viewer, Fault> {
        account::refreshed(state, viewer).await
    }

    async fn may_follow(
        &self,
        state: &State,
        viewer: &Viewer,
        series: &Series,
    ) -> Result<Option<Permit>, Fault> {
        let may = match series {
            Series::Clinic => require(viewer, Action::Read, &Resource::Clinic).is_ok(),
            Series::Patient(patient) => match state.loaders.patients.load(*patient).await? {
                None => false,
                Some(row) => {
                    let resource = Resource::BreakGlassLog((&*row).into());
                    look(viewer, Action::Read, &resource).is_allowed()
                }
            },
            Series::Doctor(_) | Series::User(_) | Series::Access(_) => false,
        };
        Ok(may.then(Permit::default))
    }

    async fn message(
        &self,
        state: &State,
        viewer: &Viewer,
        event: &Event,
        cursor: String,
    ) -> Result<Option<BreakGlassMessage>, Fault> {
        let kind = match event.event.kind {
            EventKind::BreakGlassGranted => BreakGlassChangeKind::Granted,
            EventKind::BreakGlassEnded => BreakGlassChangeKind::Ended,
            EventKind::BreakGlassReviewed => BreakGlassChangeKind::Reviewed,
            _ => return Ok(None),
        };
        let subject = BreakGlassGrantId(event.event.subject);
        let found = live::shared(event, state.loaders.break_glass_grants.load(subject)).await?;
        let Some(row) = found else {
            return Ok(None);
        };
        if !look(viewer, Action::Read, &service::resource(&row)).is_allowed() {
            return Ok(None);
        }
        Ok(Some(BreakGlassMessage::BreakGlassChange(
            BreakGlassChange {
                cursor,
                kind,
                occurred_at: event.event.occurred_at,
                break_glass_grant: BreakGlassGrant(row),
            },
        )))
    }
}
