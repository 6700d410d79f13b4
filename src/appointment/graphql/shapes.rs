//! What the mutations of appointments take and answer.

use super::codes::{CancellationReason, Modality};
use super::errors::{
    AcceptAppointmentError, ArriveAppointmentError, BookAppointmentError, CallAppointmentError,
    CancelAppointmentError, CheckInAppointmentError, CompleteAppointmentError,
    ConfirmAppointmentError, CreateVisitTypeError, EnterAppointmentInErrorError, HoldSlotError,
    MarkNoShowError, RequestAppointmentError, RescheduleAppointmentError, UndoNoShowError,
};
use super::types::{Appointment, VisitType};
use crate::appointment::lifecycle::Move;
use crate::appointment::service::{Book, MakeMove, MoveRefusal, Wish};
use crate::error::Fault;
use crate::graphql::decode_id;
use async_graphql::{ID, InputObject, SimpleObject};
use chrono::{DateTime, Utc};

/// The appointment as it is now, and why nothing was done, if so.
pub(super) type Moved = (Option<Appointment>, Option<MoveRefusal>);

macro_rules! wish {
    ($(#[$doc:meta])+ $input:ident, $wish:expr) => {
        $(#[$doc])+
        #[derive(InputObject)]
        pub struct $input {
            /// For whom; patients, for themselves.
            pub patient_id: ID,
            /// With whom.
            pub doctor_id: ID,
            /// What kind of visit; it says how long.
            pub visit_type_id: ID,
            /// When it begins: a full minute, in the future, at most two years ahead.
            pub starts_at: DateTime<Utc>,
            /// Why the patient comes; at most 500 characters. Administrators cannot read it.
            pub reason: Option<String>,
            /// The same key and input answer the same for 24 hours, however often they are sent.
            pub idempotency_key: Option<String>,
        }

        impl $input {
            pub(super) fn decode(self) -> Result<Book, Fault> {
                Ok(Book {
                    patient: decode_id(&self.patient_id)?,
                    doctor: decode_id(&self.doctor_id)?,
                    visit_type: decode_id(&self.visit_type_id)?,
                    starts_at: self.starts_at,
                    reason: self.reason,
                    wish: $wish,
                    idempotency_key: self.idempotency_key,
                })
            }
        }
    };
}

wish! {
    /// A time to book.
    BookAppointmentInput, Wish::Book
}
wish! {
    /// A time to ask for.
    RequestAppointmentInput, Wish::Request
}
wish! {
    /// A time to hold.
    HoldSlotInput, Wish::Hold
}

/// Where an appointment is to be moved.
#[derive(InputObject)]
pub struct RescheduleAppointmentInput {
    /// Which appointment.
    pub id: ID,
    /// Its version as it was read.
    pub expected_version: i32,
    /// When it is to begin: a full minute, in the future, at most two years ahead.
    pub starts_at: DateTime<Utc>,
    /// The same key and input answer the same for 24 hours, however often they are sent.
    pub idempotency_key: Option<String>,
}

/// An appointment to call off, and why.
#[derive(InputObject)]
pub struct CancelAppointmentInput {
    /// Which appointment.
    pub id: ID,
    /// Its version as it was read.
    pub expected_version: i32,
    /// Why it will not take place.
    pub reason: CancellationReason,
    /// The same key and input answer the same for 24 hours, however often they are sent.
    pub idempotency_key: Option<String>,
}

/// A kind of visit to define.
#[derive(InputObject)]
pub struct CreateVisitTypeInput {
    /// A short name for programs: 2 to 40 lower-case letters, digits and hyphens, unique.
    pub code: String,
    /// What patients call it; 1 to 100 characters.
    pub name: String,
    /// How long it takes; 5 to 480 minutes.
    pub minutes: i32,
    /// How patient and doctor meet.
    pub modality: Modality,
    /// Whether a patient can only ask for it, and the doctor accepts.
    #[graphql(default)]
    pub requires_approval: bool,
    /// For how many minutes before it the doctor is not to be had either; 0 to 120.
    #[graphql(default)]
    pub buffer_before: i32,
    /// For how many minutes after it the doctor is not to be had yet; 0 to 120.
    #[graphql(default)]
    pub buffer_after: i32,
    /// How many minutes ahead a patient books at the latest, with a doctor who has published hours; 0 to 43,200.
    #[graphql(default)]
    pub minimum_notice: i32,
    /// How many days ahead a patient books at the earliest, with a doctor who has published hours; 1 to 730.
    #[graphql(default = 730)]
    pub maximum_advance: i32,
    /// How many patients come at once; 1 to 50. More than one makes it a group visit.
    #[graphql(default = 1)]
    pub capacity: i32,
    /// The same key and input answer the same for 24 hours, however often they are sent.
    pub idempotency_key: Option<String>,
}

macro_rules! payload {
    ($(#[$doc:meta])+ $payload:ident, $error:ident) => {
        $(#[$doc])+
        #[derive(SimpleObject)]
        pub struct $payload {
            /// The appointment as it is now; absent when there is none to show. Whoever sees the appointment may read it.
            pub appointment: Option<Appointment>,
            /// Why it was refused; empty when it was done.
            pub user_errors: Vec<$error>,
        }
    };
}

payload! {
    /// What came of booking. Whoever asked for it may read it.
    BookAppointmentPayload, BookAppointmentError
}
payload! {
    /// What came of holding. Whoever asked for it may read it.
    HoldSlotPayload, HoldSlotError
}
payload! {
    /// What came of asking. Whoever asked for it may read it.
    RequestAppointmentPayload, RequestAppointmentError
}

/// What came of moving to another time. Whoever asked for it may read it.
#[derive(SimpleObject)]
pub struct RescheduleAppointmentPayload {
    /// The new appointment, which replaces the old one; when refused for a conflict, the old one as it is now. Whoever
    /// sees the appointment may read it.
    pub appointment: Option<Appointment>,
    /// Why it was refused; empty when it was done.
    pub user_errors: Vec<RescheduleAppointmentError>,
}

/// What came of defining a kind of visit. Whoever asked for it may read it.
#[derive(SimpleObject)]
pub struct CreateVisitTypePayload {
    /// The kind of visit; absent when refused. Patients, doctors and administrators may read it.
    pub visit_type: Option<VisitType>,
    /// Why it was refused; empty when it was done.
    pub user_errors: Vec<CreateVisitTypeError>,
}

/// The input and payload of a move that takes nothing but the appointment, and its resolver's three moves.
macro_rules! plain_move {
    ($(#[$doc:meta])+ $input:ident, $(#[$payload_doc:meta])+ $payload:ident, $error:ident) => {
        $(#[$doc])+
        #[derive(InputObject)]
        pub struct $input {
            /// Which appointment.
            pub id: ID,
            /// Its version as it was read.
            pub expected_version: i32,
            /// The same key and input answer the same for 24 hours, however often they are sent.
            pub idempotency_key: Option<String>,
        }

        impl $input {
            pub(super) fn decode(self, doing: Move) -> Result<MakeMove, Fault> {
                Ok(MakeMove {
                    appointment: decode_id(&self.id)?,
                    expected_version: self.expected_version,
                    doing,
                    reason: None,
                    idempotency_key: self.idempotency_key,
                })
            }
        }

        payload! {
            $(#[$payload_doc])+
            $payload, $error
        }

        impl From<Moved> for $payload {
            fn from((appointment, refusal): Moved) -> Self {
                Self {
                    appointment,
                    user_errors: refusal.into_iter().map(Into::into).collect(),
                }
            }
        }
    };
}

plain_move! {
    /// A request to accept.
    AcceptAppointmentInput,
    /// What came of accepting. Whoever asked for it may read it.
    AcceptAppointmentPayload, AcceptAppointmentError
}
plain_move! {
    /// An appointment to confirm.
    ConfirmAppointmentInput,
    /// What came of confirming. Whoever asked for it may read it.
    ConfirmAppointmentPayload, ConfirmAppointmentError
}
plain_move! {
    /// An appointment to check in for.
    CheckInAppointmentInput,
    /// What came of checking in. Whoever asked for it may read it.
    CheckInAppointmentPayload, CheckInAppointmentError
}
plain_move! {
    /// An appointment that the patient is here for.
    ArriveAppointmentInput,
    /// What came of noting the arrival. Whoever asked for it may read it.
    ArriveAppointmentPayload, ArriveAppointmentError
}
plain_move! {
    /// An appointment whose patient is called in.
    CallAppointmentInput,
    /// What came of calling in. Whoever asked for it may read it.
    CallAppointmentPayload, CallAppointmentError
}
plain_move! {
    /// An appointment that took place.
    CompleteAppointmentInput,
    /// What came of completing. Whoever asked for it may read it.
    CompleteAppointmentPayload, CompleteAppointmentError
}
plain_move! {
    /// An appointment that the patient did not come to.
    MarkNoShowInput,
    /// What came of marking. Whoever asked for it may read it.
    MarkNoShowPayload, MarkNoShowError
}
plain_move! {
    /// An appointment that was marked as not come to.
    UndoNoShowInput,
    /// What came of taking the mark back. Whoever asked for it may read it.
    UndoNoShowPayload, UndoNoShowError
}
plain_move! {
    /// An appointment that never was.
    EnterAppointmentInErrorInput,
    /// What came of saying so. Whoever asked for it may read it.
    EnterAppointmentInErrorPayload, EnterAppointmentInErrorError
}
payload! {
    /// What came of calling off. Whoever asked for it may read it.
    CancelAppointmentPayload, CancelAppointmentError
}
