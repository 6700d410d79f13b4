//! Reading what one is told, and saying what one wants to be told.

use super::codes::{ReminderChannel, ReminderKind};
use super::types::{Notification, NotificationPreferences};
use crate::error::Fault;
use crate::graphql::guard::SignedIn;
use crate::graphql::{ApiResult, Ask, decode_id};
use crate::notification::service::{
    self, ChangePreferences, MarkRead, MarkReadRefusal, PreferencesRefusal,
};
use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use chrono::NaiveTime;

/// Which notification was read.
#[derive(InputObject)]
pub struct MarkNotificationReadInput {
    /// The notification.
    pub id: ID,
    /// The same key and input answer the same for 24 hours, however often they are sent.
    pub idempotency_key: Option<String>,
}

/// From when until when nothing is sent.
#[derive(InputObject)]
pub struct QuietHoursInput {
    /// From this time of the day on: a full minute.
    pub from: NaiveTime,
    /// Up to this one, a full minute, and another one; over midnight when it is earlier.
    pub until: NaiveTime,
}

/// What to change of what one wants of reminders. What is absent stays; null clears what can be absent.
#[derive(InputObject)]
pub struct UpdateNotificationPreferencesInput {
    /// Their version as they were read; 0 when nothing was ever said.
    pub expected_version: i32,
    /// By which ways; none for no reminders at all.
    #[graphql(validator(max_items = 2))]
    pub channels: Option<Vec<ReminderChannel>>,
    /// How long before; none for no reminders at all.
    #[graphql(validator(max_items = 3))]
    pub kinds: Option<Vec<ReminderKind>>,
    /// When nothing is sent; null for never.
    pub quiet_hours: MaybeUndefined<QuietHoursInput>,
    /// The IANA zone of the quiet hours; null for that of each appointment.
    pub zone: MaybeUndefined<String>,
    /// The same key and input answer the same for 24 hours, however often they are sent.
    pub idempotency_key: Option<String>,
}

crate::refusals! {
    /// Why a notification was not marked. Whoever asked for it may read it.
    MarkNotificationReadError, MarkNotificationReadErrorCode from MarkReadRefusal {
        /// The idempotency key was used with another input.
        IdempotencyKeyReused => ("The idempotency key was used with another input.", ["input", "idempotencyKey"]),
    }
}

crate::refusals! {
    /// Why it was not changed. Whoever asked for it may read it.
    UpdateNotificationPreferencesError, UpdateNotificationPreferencesErrorCode from PreferencesRefusal {
        /// Full minutes, and an end that is not the beginning.
        InvalidQuietHours => ("Full minutes, and an end that is not the beginning.", ["input", "quietHours"]),
        /// Not an IANA time zone.
        InvalidZone => ("That is no IANA time zone.", ["input", "zone"]),
        /// They have changed since they were read; the payload holds them as they are now.
        Conflict => ("They have changed; read them again.", ["input", "expectedVersion"]),
        /// The idempotency key was used with another input.
        IdempotencyKeyReused => ("The idempotency key was used with another input.", ["input", "idempotencyKey"]),
    }
}

/// What came of it. Whoever asked for it may read it.
#[derive(SimpleObject)]
pub struct MarkNotificationReadPayload {
    /// The notification; null when it was refused.
    pub notification: Option<Notification>,
    /// Why it was refused; empty when it was done.
    pub user_errors: Vec<MarkNotificationReadError>,
}

/// What came of it. Whoever asked for it may read it.
#[derive(SimpleObject)]
pub struct UpdateNotificationPreferencesPayload {
    /// What they want now, changed or not.
    pub notification_preferences: NotificationPreferences,
    /// Why it was refused; empty when it was done.
    pub user_errors: Vec<UpdateNotificationPreferencesError>,
}

impl From<UpdateNotificationPreferencesInput> for ChangePreferences {
    fn from(input: UpdateNotificationPreferencesInput) -> Self {
        let quiet = |hours: Option<QuietHoursInput>| hours.map(|it| (it.from, it.until));
        Self {
            expected_version: input.expected_version,
            channels: input
                .channels
                .map(|all| all.into_iter().map(Into::into).collect()),
            kinds: input
                .kinds
                .map(|all| all.into_iter().map(Into::into).collect()),
            quiet: match input.quiet_hours {
                MaybeUndefined::Undefined => None,
                MaybeUndefined::Null => Some(None),
                MaybeUndefined::Value(hours) => Some(quiet(Some(hours))),
            },
            zone: match input.zone {
                MaybeUndefined::Undefined => None,
                MaybeUndefined::Null => Some(None),
                MaybeUndefined::Value(zone) => Some(Some(zone)),
            },
            idempotency_key: input.idempotency_key,
        }
    }
}

/// Reading what one is told, and saying what one wants to be told.
#[derive(Default)]
pub struct NotificationMutation;

/// Reading what one is told, and saying what one wants to be told.
#[Object]
impl NotificationMutation {
    /// Notes that a notification of one's own was read. Everybody who is signed in may.
    #[graphql(guard = "SignedIn")]
    async fn mark_notification_read(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: MarkNotificationReadInput,
    ) -> ApiResult<MarkNotificationReadPayload> {
        let command = MarkRead {
            notification: decode_id(&input.id)?,
            idempotency_key: input.idempotency_key,
        };
        let done = service::mark_read(ctx.state()?, &ctx.viewer(), command).await?;
        Ok(match done {
            Ok(id) => MarkNotificationReadPayload {
                notification: Some(Notification::find(ctx, id).await?),
                user_errors: Vec::new(),
            },
            Err(refusal) => MarkNotificationReadPayload {
                notification: None,
                user_errors: vec![refusal.into()],
            },
        })
    }

    /// Changes which reminders of appointments one gets, by which ways and when not. What is planned follows within seconds.
    /// Everybody who is signed in may, for themselves.
    #[graphql(guard = "SignedIn")]
    async fn update_notification_preferences(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What of it.")] input: UpdateNotificationPreferencesInput,
    ) -> ApiResult<UpdateNotificationPreferencesPayload> {
        let command = ChangePreferences::from(input);
        let done: Result<_, Fault> =
            service::change_preferences(ctx.state()?, &ctx.viewer(), command).await;
        let refused = done?.err();
        Ok(UpdateNotificationPreferencesPayload {
            notification_preferences: NotificationPreferences::of_viewer(ctx).await?,
            user_errors: refused.map(Into::into).into_iter().collect(),
        })
    }
}
