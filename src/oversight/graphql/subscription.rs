//! Who looks, live.

use super::AccessLogEntry;
use crate::access::{Permit, Viewer};
use crate::account;
use crate::error::Fault;
use crate::event::Stream as Series;
use crate::graphql::guard::SignedIn;
use crate::graphql::live::{self, AccessEnded, CaughtUp, Channel, Event, ResyncRequired};
use crate::graphql::{ApiError, ApiResult, Ask};
use crate::oversight::service;
use crate::state::State;
use async_graphql::{Context, SimpleObject, Subscription, Union};
use entity::code::EventKind;
use entity::id::AuditEntryId;
use futures_util::stream::BoxStream;
use std::sync::Arc;

/// The live field of who looks.
#[derive(Default)]
pub struct OversightSubscription;

/// Somebody other than the patient has looked. The patient may read it.
#[derive(SimpleObject)]
pub struct AccessLogChange {
    /// The place in the stream; give it as `after` to go on from here. The patient may read it.
    pub cursor: String,
    /// The look. The patient may read it.
    pub entry: AccessLogEntry,
}

/// What a subscriber to who looks receives. The patient may read it.
#[derive(Union)]
pub enum AccessLogMessage {
    /// Somebody has looked.
    AccessLogChange(AccessLogChange),
    /// The past has been delivered.
    CaughtUp(CaughtUp),
    /// The cursor is too old.
    ResyncRequired(ResyncRequired),
    /// The right has ended.
    AccessEnded(AccessEnded),
}

#[Subscription]
impl OversightSubscription {
    /// Follows who looks at your own record: each look or change by somebody else, once a request, within about a second of it.
    /// With `after`, first what happened since that cursor, then `CaughtUp`, then live. The patient may follow.
    #[graphql(guard = "SignedIn")]
    async fn access_log_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Go on after this cursor, from an earlier message of the same stream; `now` begins with `CaughtUp`."
        )]
        after: Option<String>,
    ) -> Result<BoxStream<'static, ApiResult<AccessLogMessage>>, ApiError> {
        let viewer = ctx.viewer();
        let own = viewer.signed_in()?.patient.ok_or(Fault::NotFound)?;
        let series = Series::Access(own);
        live::follow(Arc::clone(ctx.state()?), viewer, series, after, Looks).await
    }
}

/// The looks at a record.
struct Looks;

impl Channel for Looks {
    type Message = AccessLogMessage;

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
            Series::Access(patient) => service::may_follow(state, viewer, *patient).await?,
            _ => false,
        };
        Ok(may.then(Permit::default))
    }

    async fn message(
        &self,
        state: &State,
        viewer: &Viewer,
        event: &Event,
        cursor: String,
    ) -> Result<Option<AccessLogMessage>, Fault> {
        if event.event.kind != EventKind::RecordSeen {
            return Ok(None);
        }
        let Some(seen) = service::one(state, AuditEntryId(event.event.subject)).await? else {
            return Ok(None);
        };
        let Some(patient) = seen.entry.patient_id else {
            return Ok(None);
        };
        if !service::may_follow(state, viewer, patient).await? {
            return Ok(None);
        }
        Ok(Some(AccessLogMessage::AccessLogChange(AccessLogChange {
            cursor,
            entry: seen.into(),
        })))
    }
}
