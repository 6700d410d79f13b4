//! The waiting list, live.

use super::codes::WaitlistChangeKind;
use super::types::WaitlistEntry;
use crate::access::{Action, Permit, Resource, Viewer, require};
use crate::error::Fault;
use crate::event::Stream as Series;
use crate::graphql::guard::SignedIn;
use crate::graphql::live::{self, Change, Channel, Messages};
use crate::graphql::{ApiError, decode_id};
use crate::patient::service as patient;
use crate::state::State;
use crate::waitlist::service::{self, Wait};
use async_graphql::{Context, ID, OneofObject, SimpleObject, Subscription};
use chrono::{DateTime, Utc};
use entity::code::EventKind;
use entity::event;
use entity::id::WaitlistEntryId;

/// The live fields of the waiting list.
#[derive(Default)]
pub struct WaitlistSubscription;

/// Whose part of the waiting list to follow: exactly one of them.
#[derive(OneofObject)]
pub enum WaitlistOf {
    /// A patient's. The patient, those who treat them and administrators may.
    Patient(ID),
    /// Of those who wait for this doctor by name. The doctor and administrators may.
    Doctor(ID),
    /// The clinic's, with true. Administrators may.
    Clinic(bool),
}

/// A change on the waiting list. It reaches only whoever may see the entry at that moment.
#[derive(SimpleObject)]
pub struct WaitlistChange {
    /// The place in the stream; give it as `after` to go on from here. Whoever receives the change may read it.
    pub cursor: String,
    /// What happened. Whoever receives the change may read it.
    pub kind: WaitlistChangeKind,
    /// When it happened. Whoever receives the change may read it.
    pub occurred_at: DateTime<Utc>,
    /// The entry as it is now, or later if it has changed again since. Whoever receives the change may read it.
    pub entry: WaitlistEntry,
}

crate::live_message!(
    /// What a subscriber to the waiting list receives. Whoever follows the stream may read it.
    WaitlistMessage,
    WaitlistChange
);

#[Subscription]
impl WaitlistSubscription {
    /// Follows the waiting list: each change exactly once and in order, an offer among them. With `after`, first what happened
    /// since that cursor, then `CaughtUp`, then live. The patient and those who treat them, the doctor, and administrators may
    /// follow.
    #[graphql(guard = "SignedIn")]
    async fn waitlist_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose part of it.")] of: WaitlistOf,
        #[graphql(
            desc = "Go on after this cursor, from an earlier message of the same stream; `now` begins with `CaughtUp`."
        )]
        after: Option<String>,
    ) -> Result<Messages<WaitlistMessage>, ApiError> {
        let series = match of {
            WaitlistOf::Patient(id) => Series::Patient(decode_id(&id)?),
            WaitlistOf::Doctor(id) => Series::Doctor(decode_id(&id)?),
            WaitlistOf::Clinic(true) => Series::Clinic,
            WaitlistOf::Clinic(false) => {
                return Err(Fault::BadRequest("`clinic` is followed with true.").into());
            }
        };
        live::follow(ctx, series, after, Entries).await
    }
}

/// The entries of a stream.
struct Entries;

impl Channel for Entries {
    type Kind = WaitlistChangeKind;
    type Thing = Wait;
    type Message = WaitlistMessage;

    async fn may_follow(
        &self,
        state: &State,
        viewer: &Viewer,
        series: &Series,
    ) -> Result<Option<Permit>, Fault> {
        match series {
            Series::Doctor(doctor) => {
                let may = require(viewer, Action::Read, &Resource::DoctorSchedule(*doctor)).is_ok();
                Ok(may.then(Permit::default))
            }
            _ => patient::may_follow(state, viewer, series).await,
        }
    }

    fn kind(&self, event: &event::Model) -> Option<WaitlistChangeKind> {
        match event.kind {
            EventKind::WaitlistChanged => Some(WaitlistChangeKind::Changed),
            EventKind::WaitlistOffered => Some(WaitlistChangeKind::Offered),
            _ => None,
        }
    }

    async fn load(&self, state: &State, event: &event::Model) -> Result<Option<Wait>, Fault> {
        service::load(state, WaitlistEntryId(event.subject)).await
    }

    async fn may_see(
        &self,
        state: &State,
        viewer: &Viewer,
        _kind: WaitlistChangeKind,
        wait: &Wait,
    ) -> Result<bool, Fault> {
        service::may_see(state, viewer, wait).await
    }

    fn message(&self, change: Change<WaitlistChangeKind, Wait>) -> WaitlistMessage {
        WaitlistMessage::WaitlistChange(WaitlistChange {
            cursor: change.cursor,
            kind: change.kind,
            occurred_at: change.occurred_at,
            entry: WaitlistEntry(change.thing),
        })
    }
}
