//! Coded values of reminders and notifications, as clients read them.

use async_graphql::Enum;

/// How long before an appointment it is reminded of. Whoever sees the reminder may read it.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "entity::code::ReminderKind")]
pub enum ReminderKind {
    /// Seven days.
    WeekBefore,
    /// 24 hours.
    DayBefore,
    /// Two hours.
    HoursBefore,
}

/// By which way a reminder goes. Whoever sees the reminder may read it.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "entity::code::ReminderChannel")]
pub enum ReminderChannel {
    /// As a notification: live to whoever follows, and in the list of notifications.
    Live,
    /// As a letter to the account's address, once that is verified. It says when and where, and nothing of health.
    Email,
}

/// What became of a reminder. Whoever sees the appointment may read it.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "entity::code::ReminderState")]
pub enum ReminderState {
    /// It will be sent, or is being tried.
    Planned,
    /// It was sent; of a letter, the mail server has taken it.
    Sent,
    /// It could not be sent.
    Failed,
    /// It was called off before its time.
    Cancelled,
    /// When its time came there was a reason not to send it.
    Skipped,
}

/// Why a reminder was not sent. Whoever sees the appointment may read it.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "entity::code::ReminderCause")]
pub enum ReminderCause {
    /// The patient is not expected any more.
    NotExpected,
    /// The appointment is at another time.
    Moved,
    /// The patient wants none of this kind, or not by this way.
    NotWanted,
    /// The appointment had begun.
    TooLate,
    /// A later reminder was due by then, and one is enough.
    Superseded,
    /// It was late, and had come into quiet hours that end too late.
    QuietHours,
    /// The patient's account is closed, or was taken from them.
    AccountClosed,
    /// The account's address is not verified.
    AddressNotVerified,
    /// The clinic sends no mail.
    MailOff,
    /// The mail server took it at no attempt.
    NotTaken,
}

/// What a notification is about. They themselves may read it.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "entity::code::NotificationKind")]
pub enum NotificationKind {
    /// An appointment of theirs is near.
    AppointmentReminder,
}
