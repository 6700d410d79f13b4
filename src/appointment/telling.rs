//! What a change of an appointment says to whoever it concerns.

use crate::event::Stream;
use crate::event::log::Fact;
use entity::appointment;
use entity::code::EventKind;

/// The event of this change.
pub(super) fn fact(kind: EventKind, row: &appointment::Model) -> Fact {
    Fact {
        kind,
        subject: row.id.0,
        version: row.version,
        streams: vec![
            Stream::Clinic,
            Stream::Doctor(row.doctor_id),
            Stream::Patient(row.patient_id),
        ],
    }
}
