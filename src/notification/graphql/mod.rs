//! The face of notifications and reminders: GraphQL types and roots.

mod codes;
mod mutation;
mod subscription;
mod types;

pub use codes::{NotificationKind, ReminderCause, ReminderChannel, ReminderKind, ReminderState};
pub use mutation::NotificationMutation;
pub use subscription::NotificationSubscription;
pub use types::{
    Notification, NotificationConnection, NotificationPreferences, QuietHours, Reminder,
    notifications, reminders,
};
