//! The refusals of the mutations, each with its own enum of codes.

use crate::waitlist::service::{AnswerRefusal, JoinRefusal, LeaveRefusal, UpdateRefusal};

crate::refusals! {
    /// Why a patient is not put on the waiting list. Whoever asked for it may read it.
    JoinWaitlistError, JoinWaitlistErrorCode from JoinRefusal {
        /// There is no such patient whom the viewer may put on the list.
        PatientNotFound => ("There is no such patient.", ["input", "patientId"]),
        /// There is no such doctor.
        DoctorNotFound => ("There is no such doctor.", ["input", "with", "doctor"]),
        /// No doctor is trained in that.
        SpecialtyNotFound => ("No doctor is trained in that.", ["input", "with", "specialty"]),
        /// There is no such visit type, or it cannot be booked now.
        VisitTypeNotFound => ("There is no such visit type.", ["input", "visitTypeId"]),
        /// The doctor must accept visits of this type: use `requestAppointment`.
        NeedsApproval => ("The doctor must accept this visit; ask for it instead.", ["input", "visitTypeId"]),
        /// The doctor takes no new patients.
        NotAcceptingPatients => ("The doctor takes no new patients.", ["input", "with", "doctor"]),
        /// The doctor may not read a record that is as sensitive as the patient's.
        DoctorNotCleared => ("The doctor may not read a record like this one.", ["input", "with", "doctor"]),
        /// Patients wait as `ROUTINE`; what is more urgent the clinic says.
        PriorityNotYours => ("How urgent it is, is for the clinic to say.", ["input", "priority"]),
        /// More than ten windows, or one that can never be: an end before its beginning, no day, days that have passed.
        InvalidWindows => ("At most ten windows, each with an end after its beginning, and days that are to come.", ["input", "windows"]),
        /// The note has more than 500 characters, or control characters.
        InvalidNote => ("The note is too long or has control characters.", ["input", "note"]),
        /// The patient waits for that already.
        AlreadyWaiting => ("The patient waits for that already.", ["input"]),
        /// The patient waits for twenty things already.
        TooManyEntries => ("The patient waits for as much as one may.", ["input", "patientId"]),
        /// The idempotency key was used with another input.
        IdempotencyKeyReused => ("The idempotency key was used with another input.", ["input", "idempotencyKey"]),
    }
}

crate::refusals! {
    /// Why an entry of the waiting list is not changed. Whoever asked for it may read it.
    UpdateWaitlistEntryError, UpdateWaitlistEntryErrorCode from UpdateRefusal {
        /// They wait no more.
        NotWaiting => ("They wait no more.", ["input", "id"]),
        /// How urgent it is, is for the clinic to say.
        PriorityNotYours => ("How urgent it is, is for the clinic to say.", ["input", "priority"]),
        /// More than ten windows, or one that can never be: an end before its beginning, no day, days that have passed.
        InvalidWindows => ("At most ten windows, each with an end after its beginning, and days that are to come.", ["input", "windows"]),
        /// The note has more than 500 characters, or control characters.
        InvalidNote => ("The note is too long or has control characters.", ["input", "note"]),
        /// It has changed since it was read; the payload holds it as it is now.
        Conflict => ("It has changed; read it again.", ["input", "expectedVersion"]),
        /// The idempotency key was used with another input.
        IdempotencyKeyReused => ("The idempotency key was used with another input.", ["input", "idempotencyKey"]),
    }
}

crate::refusals! {
    /// Why somebody stays on the waiting list. Whoever asked for it may read it.
    LeaveWaitlistError, LeaveWaitlistErrorCode from LeaveRefusal {
        /// They wait no more.
        NotWaiting => ("They wait no more.", ["input", "id"]),
        /// It has changed since it was read; the payload holds it as it is now.
        Conflict => ("It has changed; read it again.", ["input", "expectedVersion"]),
        /// The idempotency key was used with another input.
        IdempotencyKeyReused => ("The idempotency key was used with another input.", ["input", "idempotencyKey"]),
    }
}

macro_rules! answer_errors {
    ($(#[$doc:meta])+ $error:ident, $code:ident) => {
        crate::refusals! {
            $(#[$doc])+
            $error, $code from AnswerRefusal {
                /// Nothing is offered, or not any more: the time to answer is over.
                NoOffer => ("Nothing is offered, or not any more.", ["input", "id"]),
                /// It has changed since it was read; the payload holds it as it is now.
                Conflict => ("It has changed; read it again.", ["input", "expectedVersion"]),
                /// The idempotency key was used with another input.
                IdempotencyKeyReused => ("The idempotency key was used with another input.", ["input", "idempotencyKey"]),
            }
        }
    };
}

answer_errors! {
    /// Why an offer is not taken. Whoever asked for it may read it.
    AcceptOfferError, AcceptOfferErrorCode
}
answer_errors! {
    /// Why an offer is not declined. Whoever asked for it may read it.
    DeclineOfferError, DeclineOfferErrorCode
}
