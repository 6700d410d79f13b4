//! What one is told, live.

use super::types::Notification;
use crate::access::{Action, Permit, Resource, Viewer, require};
use crate::error::Fault;
use crate::event::Stream as Series;
use crate::graphql::guard::SignedIn;
use crate::graphql::live::{self, Change, Channel, Messages};
use crate::graphql::{ApiError, Ask};
use crate::notification::service;
use crate::state::State;
use async_graphql::{Context, Enum, SimpleObject, Subscription};
use chrono::{DateTime, Utc};
use entity::code::EventKind;
use entity::id::NotificationId;
use entity::{event, notification};
use std::sync::Arc;

/// The live field of notifications.
#[derive(Default)]
pub struct NotificationSubscription;

/// What happened to one's notifications. They themselves may read it.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotificationChangeKind {
    /// There is a new one.
    Received,
}

/// One is told something. They themselves may read it.
#[derive(SimpleObject)]
pub struct NotificationChange {
    /// The place in the stream; give it as `after` to go on from here. They themselves may read it.
    pub cursor: String,
    /// What happened. They themselves may read it.
    pub kind: NotificationChangeKind,
    /// When they were told. They themselves may read it.
    pub occurred_at: DateTime<Utc>,
    /// The notification. They themselves may read it.
    pub notification: Notification,
}

crate::live_message!(
    /// What a subscriber to their notifications receives. They themselves may read it.
    NotificationMessage,
    NotificationChange
);

#[Subscription]
impl NotificationSubscription {
    /// Follows what one is told: each notification exactly once and in order. With `after`, first what came since that cursor,
    /// then `CaughtUp`, then live. Everybody who is signed in may follow their own.
    #[graphql(guard = "SignedIn")]
    async fn notification_received(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Go on after this cursor, from an earlier message of the same stream; `now` begins with `CaughtUp`."
        )]
        after: Option<String>,
    ) -> Result<Messages<NotificationMessage>, ApiError> {
        let user = ctx.viewer().signed_in()?.user;
        live::follow(ctx, Series::User(user), after, Notifications).await
    }
}

/// The notifications of an account.
struct Notifications;

impl Channel for Notifications {
    type Kind = NotificationChangeKind;
    type Thing = Arc<notification::Model>;
    type Message = NotificationMessage;

    async fn may_follow(
        &self,
        _state: &State,
        viewer: &Viewer,
        series: &Series,
    ) -> Result<Option<Permit>, Fault> {
        let may = match series {
            Series::User(user) => {
                let is_own = viewer.signed_in()?.user == *user;
                is_own && require(viewer, Action::Read, &Resource::Account(*user)).is_ok()
            }
            _ => false,
        };
        Ok(may.then(Permit::default))
    }

    fn kind(&self, event: &event::Model) -> Option<NotificationChangeKind> {
        (event.kind == EventKind::NotificationAdded).then_some(NotificationChangeKind::Received)
    }

    async fn load(
        &self,
        state: &State,
        event: &event::Model,
    ) -> Result<Option<Self::Thing>, Fault> {
        let subject = NotificationId(event.subject);
        state.loaders.notifications.load(subject).await
    }

    async fn may_see(
        &self,
        _state: &State,
        viewer: &Viewer,
        _kind: NotificationChangeKind,
        row: &Self::Thing,
    ) -> Result<bool, Fault> {
        Ok(service::may_see(viewer, row))
    }

    fn message(&self, change: Change<NotificationChangeKind, Self::Thing>) -> NotificationMessage {
        NotificationMessage::NotificationChange(NotificationChange {
            cursor: change.cursor,
            kind: change.kind,
            occurred_at: change.occurred_at,
            notification: Notification(change.thing),
        })
    }
}
