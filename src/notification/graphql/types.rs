//! What clients see of notifications, and of reminders of an appointment.

use super::codes::{NotificationKind, ReminderCause, ReminderChannel, ReminderKind, ReminderState};
use crate::appointment::graphql::Appointment;
use crate::error::Fault;
use crate::graphql::page::{Count, Page};
use crate::graphql::{ApiResult, Ask, Asked, id, nullable};
use crate::notification::service::{self, Preferences};
use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, NaiveTime, Utc};
use entity::id::{AppointmentId, NotificationId};
use entity::{notification, reminder};
use std::sync::Arc;

/// A reminder of an appointment, by one way.
#[derive(Clone)]
pub struct Reminder(Arc<reminder::Model>);

/// A reminder of an appointment, by one way. Whoever sees the appointment may see it.
#[Object]
impl Reminder {
    /// How long before the appointment. Whoever sees the appointment may read it.
    async fn kind(&self) -> ReminderKind {
        self.0.kind.into()
    }

    /// By which way. Whoever sees the appointment may read it.
    async fn channel(&self) -> ReminderChannel {
        self.0.channel.into()
    }

    /// What became of it. Whoever sees the appointment may read it.
    async fn state(&self) -> ReminderState {
        self.0.state.into()
    }

    /// Why it was not sent; absent unless it is certain that it is not. Whoever sees the appointment may read it.
    async fn cause(&self) -> Option<ReminderCause> {
        self.0.cause.map(Into::into)
    }

    /// When it is due by its kind alone. Whoever sees the appointment may read it.
    async fn due_at(&self) -> DateTime<Utc> {
        self.0.due_at
    }

    /// When it is to be sent: when it is due, unless that is in the patient's quiet hours. Whoever sees the appointment may
    /// read it.
    async fn send_at(&self) -> DateTime<Utc> {
        self.0.send_at
    }

    /// How often sending it was begun. Whoever sees the appointment may read it.
    async fn attempts(&self) -> i32 {
        self.0.attempts
    }

    /// When it last changed; of one that was sent, when. Whoever sees the appointment may read it.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }
}

/// The most reminders of an appointment that are shown: those that were called off long ago are left out.
const MOST: usize = 50;

/// The reminders of an appointment that the viewer has found.
///
/// # Errors
/// Those of the database.
pub async fn reminders(ctx: &Context<'_>, appointment: AppointmentId) -> ApiResult<Vec<Reminder>> {
    let found = ctx.state()?.loaders.reminders.load(appointment).await?;
    let found = found.unwrap_or_default();
    let newest = &found[found.len().saturating_sub(MOST)..];
    Ok(newest.iter().cloned().map(Reminder).collect())
}

/// Something that the owner of an account is told.
#[derive(Clone)]
pub struct Notification(pub Arc<notification::Model>);

impl Notification {
    /// The notification of this id.
    ///
    /// # Errors
    /// NOT_FOUND when there is none of the viewer's.
    pub async fn find(ctx: &Context<'_>, id: NotificationId) -> ApiResult<Self> {
        let row = service::find(ctx.state()?, &ctx.viewer(), id).await?;
        Ok(Self(row))
    }
}

/// Something that the owner of an account is told. They themselves may see it.
#[Object]
impl Notification {
    /// The id. They themselves may read it.
    async fn id(&self) -> ID {
        id(self.0.id)
    }

    /// What it is about. They themselves may read it.
    async fn kind(&self) -> NotificationKind {
        self.0.kind.into()
    }

    /// How long before the appointment it was due. They themselves may read it.
    async fn reminder_kind(&self) -> ReminderKind {
        self.0.reminder_kind.into()
    }

    /// The appointment, as it is now; absent when they may not see it any more. They themselves may read it.
    async fn appointment(&self, ctx: &Context<'_>) -> Option<ApiResult<Appointment>> {
        nullable(async {
            match Appointment::find(ctx, self.0.appointment_id).await {
                Ok(found) => Ok(Some(found)),
                Err(error) if error.is_about_the_thing() => Ok(None),
                Err(error) => Err(error),
            }
        })
        .await
    }

    /// When they were told. They themselves may read it.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When they read it; absent until `markNotificationRead`. They themselves may read it.
    async fn read_at(&self) -> Option<DateTime<Utc>> {
        self.0.read_at
    }
}

crate::connection!(
    NotificationConnection,
    NotificationEdge,
    Notification,
    "notifications"
);

/// What the viewer was told, the newest first.
///
/// # Errors
/// Those of the page, and of the database.
pub async fn notifications(
    ctx: &Context<'_>,
    unread: bool,
    asked: Asked,
) -> ApiResult<NotificationConnection> {
    let (state, viewer) = (Arc::clone(ctx.state()?), ctx.viewer());
    let window = asked.window(ctx)?;
    let found = service::list(&state, &viewer, unread, &window).await?;
    let count: Count = Arc::new(move || {
        let (state, viewer) = (Arc::clone(&state), viewer.clone());
        Box::pin(async move { service::count(&state, &viewer, unread).await })
    });
    Ok(NotificationConnection(Page::of(
        &window,
        found,
        |row| row.id,
        Notification,
        count,
    )))
}

/// A part of each day in which nothing is sent; over midnight when it ends before it begins. They themselves may read it.
#[derive(SimpleObject, Clone, Copy)]
pub struct QuietHours {
    /// From this time of the day on.
    pub from: NaiveTime,
    /// Up to this one.
    pub until: NaiveTime,
}

/// What the owner of an account wants of reminders.
pub struct NotificationPreferences(pub Preferences);

impl NotificationPreferences {
    /// Those of the viewer.
    ///
    /// # Errors
    /// UNAUTHENTICATED when nobody is signed in.
    pub async fn of_viewer(ctx: &Context<'_>) -> ApiResult<Self> {
        let found: Result<_, Fault> = service::preferences(ctx.state()?, &ctx.viewer()).await;
        Ok(Self(found?))
    }
}

/// What the owner of an account wants of reminders. They themselves may see it.
#[Object]
impl NotificationPreferences {
    /// By which ways they are reminded; by none when it is empty. They themselves may read it.
    async fn channels(&self) -> Vec<ReminderChannel> {
        self.0.channels.iter().map(|one| (*one).into()).collect()
    }

    /// How long before. They themselves may read it.
    async fn kinds(&self) -> Vec<ReminderKind> {
        self.0.kinds.iter().map(|one| (*one).into()).collect()
    }

    /// When nothing is sent. What is due then is sent when they end, unless that is less than half an hour before the
    /// appointment: then it is sent a minute before they begin. They themselves may read it.
    async fn quiet_hours(&self) -> Option<QuietHours> {
        self.0.quiet.map(|(from, until)| QuietHours { from, until })
    }

    /// The IANA zone of the quiet hours; that of each appointment when absent. They themselves may read it.
    async fn zone(&self) -> Option<&str> {
        self.0.zone.map(|zone| zone.name())
    }

    /// Counts the changes; 0 until the first. They themselves may read it.
    async fn version(&self) -> i32 {
        self.0.version
    }
}
