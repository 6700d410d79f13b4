//! Who looks, live.

use super::AccessLogEntry;
use crate::access::{Permit, Viewer};
use crate::error::Fault;
use crate::event::Stream as Series;
use crate::graphql::guard::SignedIn;
use crate::graphql::live::{self, Change, Channel, Messages};
use crate::graphql::{ApiError, Ask};
use crate::oversight::service::{self, Seen};
use crate::state::State;
use async_graphql::{Context, Enum, SimpleObject, Subscription};
use chrono::{DateTime, Utc};
use entity::code::EventKind;
use entity::event;
use entity::id::{AuditEntryId, PatientId};

/// The live field of who looks.
#[derive(Default)]
pub struct OversightSubscription;

/// What happened to the log of who looks. The patient may read it.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessLogChangeKind {
    /// A look was added to it.
    Recorded,
}

/// Somebody other than the patient has looked. The patient may read it.
#[derive(SimpleObject)]
pub struct AccessLogChange {
    /// The place in the stream; give it as `after` to go on from here. The patient may read it.
    pub cursor: String,
    /// What happened. The patient may read it.
    pub kind: AccessLogChangeKind,
    /// When it was recorded. The patient may read it.
    pub occurred_at: DateTime<Utc>,
    /// The look. The patient may read it.
    pub entry: AccessLogEntry,
}

crate::live_message!(
    /// What a subscriber to who looks receives. The patient may read it.
    AccessLogMessage,
    AccessLogChange
);

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
    ) -> Result<Messages<AccessLogMessage>, ApiError> {
        let own = ctx.viewer().signed_in()?.patient.ok_or(Fault::NotFound)?;
        live::follow(ctx, Series::Access(own), after, Looks).await
    }
}

/// The looks at a record.
struct Looks;

impl Channel for Looks {
    type Kind = AccessLogChangeKind;
    type Thing = (Seen, PatientId);
    type Message = AccessLogMessage;

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

    fn kind(&self, event: &event::Model) -> Option<AccessLogChangeKind> {
        (event.kind == EventKind::RecordSeen).then_some(AccessLogChangeKind::Recorded)
    }

    async fn load(
        &self,
        state: &State,
        event: &event::Model,
    ) -> Result<Option<(Seen, PatientId)>, Fault> {
        let seen = service::one(state, AuditEntryId(event.subject)).await?;
        Ok(seen.and_then(|seen| seen.entry.patient_id.map(|patient| (seen, patient))))
    }

    async fn may_see(
        &self,
        state: &State,
        viewer: &Viewer,
        _kind: AccessLogChangeKind,
        (_, patient): &(Seen, PatientId),
    ) -> Result<bool, Fault> {
        service::may_follow(state, viewer, *patient).await
    }

    fn message(&self, change: Change<AccessLogChangeKind, (Seen, PatientId)>) -> AccessLogMessage {
        AccessLogMessage::AccessLogChange(AccessLogChange {
            cursor: change.cursor,
            kind: change.kind,
            occurred_at: change.occurred_at,
            entry: change.thing.0.into(),
        })
    }
}
