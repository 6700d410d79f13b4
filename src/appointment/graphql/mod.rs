//! The face of appointments.

mod absence;
mod codes;
mod errors;
mod history;
mod mutation;
mod query;
mod queue;
mod resolving;
mod series;
mod shapes;
mod slots;
mod subscription;
mod types;

pub use absence::{AffectedAppointmentConnection, affected_appointments};
pub use codes::{AppointmentStatus, CancellationReason, Modality};
pub use mutation::AppointmentMutation;
pub use query::{
    AppointmentQuery, AppointmentsFilter, doctor_appointments, next_appointment,
    patient_appointments,
};
pub use queue::{QueueQuery, QueueSubscription};
pub use resolving::ResolveMutation;
pub use series::{AppointmentSeries, SeriesMutation};
pub use slots::{SlotQuery, SlotSubscription};
pub use subscription::AppointmentSubscription;
pub use types::{Appointment, AppointmentConnection, VisitKindConnection, VisitType};
