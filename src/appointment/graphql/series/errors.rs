//! The refusals of the mutations of series.

use crate::appointment::service::{BookSeriesRefusal, CancelSeriesRefusal, ChangeSeriesRefusal};

crate::refusals! {
    /// Why no series is booked. Whoever asked for it may read it.
    BookSeriesError, BookSeriesErrorCode from BookSeriesRefusal {
        /// Some of the times cannot be had: `occurrences` says which, and why. None was booked.
        Conflicts => ("Some of the times cannot be had.", ["input"]),
        /// The rule is none as RFC 5545 writes them.
        InvalidRule => ("This is no recurrence rule: write FREQ=WEEKLY;COUNT=4, say, with either COUNT or UNTIL.", ["input", "rule"]),
        /// The rule has parts that are not understood here.
        UnsupportedRule => ("A rule has FREQ (DAILY, WEEKLY or MONTHLY), INTERVAL, BYDAY, WKST, and COUNT or UNTIL.", ["input", "rule"]),
        /// The rule does not say when it is over.
        EndlessRule => ("A rule ends: with COUNT or UNTIL.", ["input", "rule"]),
        /// The rule says more than 100 times.
        TooManyOccurrences => ("A series has 100 appointments at most.", ["input", "rule"]),
        /// The beginning is none of the times that the rule says, or the rule is over before it.
        StartOutsideRule => ("The rule does not say the time that it begins with.", ["input", "startsAt"]),
        /// No time is left of the rule, or more than 100 days are left out.
        InvalidExceptions => ("No time is left of it, or too many days are left out.", ["input", "except"]),
        /// The beginning is more than two years ahead.
        TooFarAhead => ("The time is more than two years ahead.", ["input", "startsAt"]),
        /// A time begins at a full minute.
        NotAFullMinute => ("A time begins at a full minute.", ["input", "startsAt"]),
        /// There is no such patient that the viewer may book for.
        PatientNotFound => ("There is no such patient.", ["input", "patientId"]),
        /// There is no such doctor.
        DoctorNotFound => ("There is no such doctor.", ["input", "doctorId"]),
        /// The doctor takes no new patients.
        NotAcceptingPatients => ("The doctor takes no new patients.", ["input", "doctorId"]),
        /// The doctor may not read a record that is as sensitive as the patient's.
        DoctorNotCleared => ("The doctor may not read a record like this one.", ["input", "doctorId"]),
        /// There is no such visit type, or it cannot be booked now.
        VisitTypeNotFound => ("There is no such visit type.", ["input", "visitTypeId"]),
        /// The doctor must accept visits of this type: ask for them one by one.
        NeedsApproval => ("The doctor must accept this visit; ask for it instead.", ["input", "visitTypeId"]),
        /// The reason has more than 500 characters, or control characters.
        InvalidReason => ("The reason is too long or has control characters.", ["input", "reason"]),
        /// The idempotency key was used with another input.
        IdempotencyKeyReused => ("The idempotency key was used with another input.", ["input", "idempotencyKey"]),
    }
}
crate::refusals! {
    /// Why appointments of a series are not changed. Whoever asked for it may read it.
    ChangeSeriesError, ChangeSeriesErrorCode from ChangeSeriesRefusal {
        /// Some of the times cannot be had: `occurrences` says which, and why. None was changed.
        Conflicts => ("Some of the times cannot be had.", ["input"]),
        /// The appointment is of no series that the viewer may know of.
        NotInASeries => ("The appointment is of no series.", ["input", "appointmentId"]),
        /// Only a booked appointment can be moved.
        WrongState => ("Only a booked appointment can be moved.", ["input", "appointmentId"]),
        /// It is too late for that.
        TooLate => ("It is too late for that.", ["input", "appointmentId"]),
        /// They are so already.
        NothingToChange => ("They are so already.", ["input"]),
        /// The beginning is more than two years ahead.
        TooFarAhead => ("The time is more than two years ahead.", ["input", "startsAt"]),
        /// A time begins at a full minute.
        NotAFullMinute => ("A time begins at a full minute.", ["input", "startsAt"]),
        /// There is no such doctor.
        DoctorNotFound => ("There is no such doctor.", ["input", "doctorId"]),
        /// The doctor takes no new patients.
        NotAcceptingPatients => ("The doctor takes no new patients.", ["input", "doctorId"]),
        /// The doctor may not read a record that is as sensitive as the patient's.
        DoctorNotCleared => ("The doctor may not read a record like this one.", ["input", "doctorId"]),
        /// There is no such visit type, or it cannot be booked now.
        VisitTypeNotFound => ("There is no such visit type.", ["input", "visitTypeId"]),
        /// The doctor must accept visits of this type: ask for another time instead.
        NeedsApproval => ("The doctor must accept this visit; ask for it instead.", ["input", "visitTypeId"]),
        /// The series has changed since it was read; the payload holds it as it is now.
        Conflict => ("The series has changed; read it again.", ["input", "expectedVersion"]),
        /// The idempotency key was used with another input.
        IdempotencyKeyReused => ("The idempotency key was used with another input.", ["input", "idempotencyKey"]),
    }
}
crate::refusals! {
    /// Why appointments of a series are not called off. Whoever asked for it may read it.
    CancelSeriesError, CancelSeriesErrorCode from CancelSeriesRefusal {
        /// Some of them cannot be called off any more: `occurrences` says which. None was.
        Conflicts => ("Some of them cannot be called off any more.", ["input"]),
        /// The appointment is of no series that the viewer may know of.
        NotInASeries => ("The appointment is of no series.", ["input", "appointmentId"]),
        /// This one cannot be called off from the state that it is in.
        WrongState => ("That does not follow the appointment's state.", ["input", "appointmentId"]),
        /// Nothing of it is still to come.
        NothingToCancel => ("Nothing of it is still to come.", ["input", "scope"]),
        /// This reason is not the viewer's to give.
        ReasonNotYours => ("This reason is not yours to give.", ["input", "reason"]),
        /// The series has changed since it was read; the payload holds it as it is now.
        Conflict => ("The series has changed; read it again.", ["input", "expectedVersion"]),
        /// The idempotency key was used with another input.
        IdempotencyKeyReused => ("The idempotency key was used with another input.", ["input", "idempotencyKey"]),
    }
}
