//! Refusals of doctors' hours on the wire.

use crate::schedule::service::HoursRefusal;

macro_rules! hours_errors {
    ($(#[$doc:meta])+ $error:ident, $code:ident) => {
        crate::refusals! {
            $(#[$doc])+
            $error, $code from HoursRefusal {
                /// At least one day of the week.
                InvalidWeekdays => ("Name at least one day of the week.", ["input", "weekdays"]),
                /// Full minutes, and an end after the beginning.
                InvalidHours => ("Full minutes, and an end after the beginning.", ["input", "until"]),
                /// 5 to 480 minutes.
                InvalidStep => ("5 to 480 minutes.", ["input", "step"]),
                /// Not an IANA time zone.
                InvalidZone => ("That is no IANA time zone.", ["input", "zone"]),
                /// The last day is not before the first, and both are of this century.
                InvalidDays => ("The last day is not before the first, and both are of this century.", ["input"]),
                /// At most 100 characters, none of them a control character.
                InvalidLocation => ("At most 100 characters, none of them a control character.", ["input", "location"]),
                /// There is no such visit type, or more than 20 are named.
                VisitTypeNotFound => ("There is no such visit type, or more than 20 are named.", ["input", "visitTypeIds"]),
                /// The doctor has as many as there can be.
                TooMany => ("The doctor has as many as there can be.", ["input"]),
                /// It has changed since it was read.
                Conflict => ("It has changed; read it again.", ["input", "expectedVersion"]),
                /// The idempotency key was used with another input.
                IdempotencyKeyReused => ("The idempotency key was used with another input.", ["input", "idempotencyKey"]),
            }
        }
    };
}

hours_errors! {
    /// Why hours are not added. Whoever asked for it may read it.
    AddAvailabilityRuleError, AddAvailabilityRuleErrorCode
}
hours_errors! {
    /// Why hours are not changed. Whoever asked for it may read it.
    UpdateAvailabilityRuleError, UpdateAvailabilityRuleErrorCode
}
hours_errors! {
    /// Why hours do not end. Whoever asked for it may read it.
    EndAvailabilityRuleError, EndAvailabilityRuleErrorCode
}
hours_errors! {
    /// Why an exception is not added. Whoever asked for it may read it.
    AddAvailabilityExceptionError, AddAvailabilityExceptionErrorCode
}
hours_errors! {
    /// Why an exception is not taken away. Whoever asked for it may read it.
    RemoveAvailabilityExceptionError, RemoveAvailabilityExceptionErrorCode
}
