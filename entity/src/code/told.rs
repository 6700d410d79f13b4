//! Coded values of what the owners of accounts are told.

#![expect(
    clippy::enum_variant_names,
    reason = "the kinds of reminders all come before; the derived enum of their values is meant"
)]

use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};

codes! {
    /// How long before an appointment it is reminded of.
    ReminderKind {
        /// Seven days.
        WeekBefore = "WEEK_BEFORE",
        /// 24 hours.
        DayBefore = "DAY_BEFORE",
        /// Two hours.
        HoursBefore = "HOURS_BEFORE",
    }
    /// By which way a reminder goes.
    ReminderChannel {
        /// As a notification, to whoever is connected at once.
        Live = "LIVE",
        /// As a letter to the account's address.
        Email = "EMAIL",
    }
    /// What became of a reminder.
    ReminderState {
        /// It will be sent.
        Planned = "PLANNED",
        /// It was sent.
        Sent = "SENT",
        /// It could not be sent.
        Failed = "FAILED",
        /// It was called off before it was sent.
        Cancelled = "CANCELLED",
        /// It was time, and there was a reason not to send it.
        Skipped = "SKIPPED",
    }
    /// Why a reminder was not sent.
    ReminderCause {
        /// The patient is not expected any more.
        NotExpected = "NOT_EXPECTED",
        /// The appointment is at another time.
        Moved = "MOVED",
        /// Its owner wants none of this kind, or not by this way.
        NotWanted = "NOT_WANTED",
        /// The appointment had begun, or was about to.
        TooLate = "TOO_LATE",
        /// A later reminder was due by then.
        Superseded = "SUPERSEDED",
        /// It was late, in quiet hours that end too late.
        QuietHours = "QUIET_HOURS",
        /// The account is closed.
        AccountClosed = "ACCOUNT_CLOSED",
        /// It was never shown that mail to the address reaches its owner.
        AddressNotVerified = "ADDRESS_NOT_VERIFIED",
        /// The clinic sends no mail.
        MailOff = "MAIL_OFF",
        /// The mail server took it at no attempt.
        NotTaken = "NOT_TAKEN",
    }
    /// What a notification is about.
    NotificationKind {
        /// An appointment is near.
        AppointmentReminder = "APPOINTMENT_REMINDER",
    }
}
