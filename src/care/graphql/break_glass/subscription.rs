//! Break-glass, live: the patient and the administrators are told at once.

use super::codes::BreakGlassChangeKind;
use super::grant::BreakGlassGrant;
use crate::access::{Action, Permit, Resource, Viewer, look, require};
use crate::care::service;
use crate::error::Fault;
use crate::event::Stream as Series;
use crate::graphql::guard::SignedIn;
use crate::graphql::live::{self, Change, Channel, Messages};
use crate::graphql::{ApiError, decode_id};
use crate::state::State;
use async_graphql::{Context, ID, OneofObject, SimpleObject, Subscription};
use chrono::{DateTime, Utc};
use entity::code::EventKind;
use entity::id::BreakGlassGrantId;
use entity::{break_glass_grant, event};
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

crate::live_message!(
    /// What a subscriber to break-glass receives. Whoever follows the stream may read it.
    BreakGlassMessage,
    BreakGlassChange
);

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
    ) -> Result<Messages<BreakGlassMessage>, ApiError> {
        let series = match of {
            BreakGlassOf::Patient(id) => Series::Patient(decode_id(&id)?),
            BreakGlassOf::Clinic(true) => Series::Clinic,
            BreakGlassOf::Clinic(false) => {
                return Err(Fault::BadRequest("`clinic` is followed with true.").into());
            }
        };
        live::follow(ctx, series, after, Glass).await
    }
}

/// The grants of a stream.
struct Glass;

impl Channel for Glass {
    type Kind = BreakGlassChangeKind;
    type Thing = Arc<break_glass_grant::Model>;
    type Message = BreakGlassMessage;

    async fn may_follow(
        &self,
        state: &State,
        viewer: &Viewer,
        series: &Series,
    ) -> Result<Option<Permit>, Fault> {
        let may = match series {
            Series::Clinic => require(viewer, Action::Read, &Resource::Clinic).is_ok(),
            Series::Patient(patient) => match state.face(viewer, *patient).await? {
                None => false,
                Some(face) => {
                    let resource = Resource::BreakGlassLog((&*face).into());
                    look(viewer, Action::Read, &resource).is_allowed()
                }
            },
            Series::Doctor(_) | Series::User(_) | Series::Access(_) => false,
        };
        Ok(may.then(Permit::default))
    }

    fn kind(&self, event: &event::Model) -> Option<BreakGlassChangeKind> {
        match event.kind {
            EventKind::BreakGlassGranted => Some(BreakGlassChangeKind::Granted),
            EventKind::BreakGlassEnded => Some(BreakGlassChangeKind::Ended),
            EventKind::BreakGlassReviewed => Some(BreakGlassChangeKind::Reviewed),
            _ => None,
        }
    }

    async fn load(
        &self,
        state: &State,
        event: &event::Model,
    ) -> Result<Option<Self::Thing>, Fault> {
        let subject = BreakGlassGrantId(event.subject);
        state.loaders.break_glass_grants.load(subject).await
    }

    async fn may_see(
        &self,
        _state: &State,
        viewer: &Viewer,
        _kind: BreakGlassChangeKind,
        row: &Self::Thing,
    ) -> Result<bool, Fault> {
        Ok(look(viewer, Action::Read, &service::resource(row)).is_allowed())
    }

    fn message(&self, change: Change<BreakGlassChangeKind, Self::Thing>) -> BreakGlassMessage {
        BreakGlassMessage::BreakGlassChange(BreakGlassChange {
            cursor: change.cursor,
            kind: change.kind,
            occurred_at: change.occurred_at,
            break_glass_grant: BreakGlassGrant(change.thing),
        })
    }
}
