//! The refusals of the mutations, each with its own enum of codes.

use crate::appointment::service::{
    BookRefusal, MoveRefusal, RescheduleRefusal, ResolveRefusal, VisitTypeRefusal,
};

macro_rules! booking_errors {
    ($(#[$doc:meta])+ $error:ident, $code:ident) => {
        crate::refusals! {
            $(#[$doc])+
            $error, $code from BookRefusal {
                /// The doctor has another appointment at that time.
                SlotTaken => ("The doctor's time is taken.", ["input", "startsAt"]),
                /// The patient has another appointment at that time.
                PatientBusy => ("The patient has another appointment then.", ["input", "startsAt"]),
                /// The time has passed.
                InThePast => ("The time has passed.", ["input", "startsAt"]),
                /// The time is more than two years ahead.
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
                /// The doctor must accept visits of this type: use `requestAppointment`.
                NeedsApproval => ("The doctor must accept this visit; ask for it instead.", ["input", "visitTypeId"]),
                /// The doctor is away then, or their hours do not offer that time to patients: see `slots`.
                NotAvailable => ("The doctor is away then, or their hours do not offer that time.", ["input", "startsAt"]),
                /// The viewer holds as many times as one may; of holding only.
                TooManyHolds => ("Confirm or let go of a time that you hold first.", ["input"]),
                /// The reason has more than 500 characters, or control characters.
                InvalidReason => ("The reason is too long or has control characters.", ["input", "reason"]),
                /// The idempotency key was used with another input.
                IdempotencyKeyReused => ("The idempotency key was used with another input.", ["input", "idempotencyKey"]),
            }
        }
    };
}

macro_rules! move_errors {
    ($(#[$doc:meta])+ $error:ident, $code:ident) => {
        crate::refusals! {
            $(#[$doc])+
            $error, $code from MoveRefusal {
                /// Not from the state that the appointment is in.
                WrongState => ("That does not follow the appointment's state.", ["input", "id"]),
                /// It is too early for that.
                TooEarly => ("It is too early for that.", ["input", "id"]),
                /// It is too late for that.
                TooLate => ("It is too late for that.", ["input", "id"]),
                /// The time has meanwhile been given to another appointment.
                SlotTaken => ("The time has been given to another appointment.", ["input", "id"]),
                /// The doctor is away then: an absence was noted since the time was asked for, or held.
                NotAvailable => ("The doctor is away then.", ["input", "id"]),
                /// This reason is not the viewer's to give.
                ReasonNotYours => ("This reason is not yours to give.", ["input", "reason"]),
                /// The appointment has changed since it was read; the payload holds it as it is now.
                Conflict => ("The appointment has changed; read it again.", ["input", "expectedVersion"]),
                /// The idempotency key was used with another input.
                IdempotencyKeyReused => ("The idempotency key was used with another input.", ["input", "idempotencyKey"]),
            }
        }
    };
}

booking_errors! {
    /// Why a time is not booked. Whoever asked for it may read it.
    BookAppointmentError, BookAppointmentErrorCode
}
booking_errors! {
    /// Why a time is not held. Whoever asked for it may read it.
    HoldSlotError, HoldSlotErrorCode
}
booking_errors! {
    /// Why a time is not asked for. Whoever asked for it may read it.
    RequestAppointmentError, RequestAppointmentErrorCode
}
move_errors! {
    /// Why a request is not accepted. Whoever asked for it may read it.
    AcceptAppointmentError, AcceptAppointmentErrorCode
}
move_errors! {
    /// Why an appointment is not confirmed. Whoever asked for it may read it.
    ConfirmAppointmentError, ConfirmAppointmentErrorCode
}
move_errors! {
    /// Why an appointment is not called off. Whoever asked for it may read it.
    CancelAppointmentError, CancelAppointmentErrorCode
}
move_errors! {
    /// Why a patient is not checked in. Whoever asked for it may read it.
    CheckInAppointmentError, CheckInAppointmentErrorCode
}
move_errors! {
    /// Why a patient is not noted as arrived. Whoever asked for it may read it.
    ArriveAppointmentError, ArriveAppointmentErrorCode
}
move_errors! {
    /// Why a patient is not called in. Whoever asked for it may read it.
    CallAppointmentError, CallAppointmentErrorCode
}
move_errors! {
    /// Why an appointment is not completed. Whoever asked for it may read it.
    CompleteAppointmentError, CompleteAppointmentErrorCode
}
move_errors! {
    /// Why an appointment is not marked as not come to. Whoever asked for it may read it.
    MarkNoShowError, MarkNoShowErrorCode
}
move_errors! {
    /// Why that mark is not taken back. Whoever asked for it may read it.
    UndoNoShowError, UndoNoShowErrorCode
}
move_errors! {
    /// Why an appointment is not entered in error. Whoever asked for it may read it.
    EnterAppointmentInErrorError, EnterAppointmentInErrorErrorCode
}
macro_rules! replacing_errors {
    ($(#[$doc:meta])+ $error:ident, $code:ident) => {
        crate::refusals! {
            $(#[$doc])+
            $error, $code from RescheduleRefusal {
                /// The doctor has another appointment at that time.
                SlotTaken => ("The doctor's time is taken.", ["input", "startsAt"]),
                /// The patient has another appointment at that time.
                PatientBusy => ("The patient has another appointment then.", ["input", "startsAt"]),
                /// The new time has passed.
                InThePast => ("The time has passed.", ["input", "startsAt"]),
                /// The new time is more than two years ahead.
                TooFarAhead => ("The time is more than two years ahead.", ["input", "startsAt"]),
                /// A time begins at a full minute.
                NotAFullMinute => ("A time begins at a full minute.", ["input", "startsAt"]),
                /// The doctor is away then, or their hours do not offer that time to patients: see `slots`.
                NotAvailable => ("The doctor's hours do not offer that time.", ["input", "startsAt"]),
                /// The doctor must accept visits of this type: `requestAppointment` asks for the other time, and this one is called off.
                NeedsApproval => ("The doctor must accept this visit; ask for the other time instead.", ["input", "startsAt"]),
                /// It is at that time already.
                SameTime => ("It is at that time already.", ["input", "startsAt"]),
                /// There is no such doctor, they share no specialty, or are not cleared for the patient's record; of rerouting only.
                NotAColleague => ("That is no doctor of the same specialty who may read the record.", ["input", "doctorId"]),
                /// Only what is booked can be moved, or with rerouting also what is asked for or checked in.
                WrongState => ("Only a booked appointment can be moved.", ["input", "id"]),
                /// It is too late for that.
                TooLate => ("It is too late for that.", ["input", "id"]),
                /// The appointment has changed since it was read; the payload holds it as it is now.
                Conflict => ("The appointment has changed; read it again.", ["input", "expectedVersion"]),
                /// The idempotency key was used with another input.
                IdempotencyKeyReused => ("The idempotency key was used with another input.", ["input", "idempotencyKey"]),
            }
        }
    };
}

replacing_errors! {
    /// Why an appointment is not moved to another time. Whoever asked for it may read it.
    RescheduleAppointmentError, RescheduleAppointmentErrorCode
}
replacing_errors! {
    /// Why an appointment is not given to another doctor. Whoever asked for it may read it.
    RerouteAppointmentError, RerouteAppointmentErrorCode
}
crate::refusals! {
    /// Why an absence is not resolved. Whoever asked for it may read it.
    ResolveAbsenceError, ResolveAbsenceErrorCode from ResolveRefusal {
        /// A way is named twice, or there is neither a way nor a reason for calling off.
        InvalidWays => ("Name each way once, and a way or a reason for calling off.", ["input", "ways"]),
        /// This reason is not the viewer's to give.
        ReasonNotYours => ("This reason is not yours to give.", ["input", "otherwiseCancel"]),
        /// 1 to 200.
        InvalidAtMost => ("1 to 200.", ["input", "atMost"]),
    }
}
crate::refusals! {
    /// Why a kind of visit is not defined. Whoever asked for it may read it.
    CreateVisitTypeError, CreateVisitTypeErrorCode from VisitTypeRefusal {
        /// Lower-case letters, digits and hyphens, 2 to 40 of them.
        InvalidCode => ("2 to 40 lower-case letters, digits and hyphens.", ["input", "code"]),
        /// 1 to 100 characters.
        InvalidName => ("1 to 100 characters.", ["input", "name"]),
        /// 5 to 480.
        InvalidMinutes => ("5 to 480 minutes.", ["input", "minutes"]),
        /// Buffers are 0 to 120 minutes.
        InvalidBuffer => ("Buffers are 0 to 120 minutes.", ["input"]),
        /// 0 to 43,200 minutes.
        InvalidNotice => ("0 to 43,200 minutes.", ["input", "minimumNotice"]),
        /// 1 to 730 days.
        InvalidAdvance => ("1 to 730 days.", ["input", "maximumAdvance"]),
        /// 1 to 50.
        InvalidCapacity => ("1 to 50.", ["input", "capacity"]),
        /// Another visit type has this code.
        CodeInUse => ("Another visit type has this code.", ["input", "code"]),
        /// The idempotency key was used with another input.
        IdempotencyKeyReused => ("The idempotency key was used with another input.", ["input", "idempotencyKey"]),
    }
}
