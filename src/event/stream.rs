//! The streams that an event can belong to.

use entity::id::{DoctorId, PatientId, UserId};

/// One ordered series of events, named after whom it concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stream {
    /// Everything about a patient.
    Patient(PatientId),
    /// Everything about a doctor's work.
    Doctor(DoctorId),
    /// Everything about an account.
    User(UserId),
    /// Who looks at a patient's record.
    Access(PatientId),
    /// Everything in the clinic.
    Clinic,
}

impl Stream {
    /// The stream's key in the database and on the bus.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Patient(id) => format!("patient:{}", id.0.simple()),
            Self::Doctor(id) => format!("doctor:{}", id.0.simple()),
            Self::User(id) => format!("user:{}", id.0.simple()),
            Self::Access(id) => format!("access:{}", id.0.simple()),
            Self::Clinic => "clinic".to_owned(),
        }
    }
}
