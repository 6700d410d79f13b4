//! What a change on the waiting list says to whoever it concerns.

use crate::event::Stream;
use crate::event::log::Fact;
use entity::code::EventKind;
use entity::waitlist_entry as entry;

/// The event of this change.
pub(super) fn fact(kind: EventKind, row: &entry::Model) -> Fact {
    let doctor = row.doctor_id.map(Stream::Doctor);
    let all = [
        Some(Stream::Clinic),
        doctor,
        Some(Stream::Patient(row.patient_id)),
    ];
    Fact {
        kind,
        subject: row.id.0,
        version: row.version,
        streams: all.into_iter().flatten().collect(),
    }
}
