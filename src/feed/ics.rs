//! Appointments as iCalendar (RFC 5545) says them. No clock and no database.
//!
//! Times are instants in UTC, which every program shows by its own clocks; so no file carries rules of time zones, which
//! would be wrong as soon as a country changes its mind.

use crate::state::Clinic;
use chrono::{DateTime, Utc};
use entity::appointment;
use entity::code::{AppointmentStatus, Modality};
use icalendar::{Calendar, Class, Component as _, Event, EventLike as _, EventStatus, Property};

/// What wrote the file.
const PRODUCT: &str = "-//Patient Tracker//Appointments//EN";
/// How often programs are asked to look again.
const AGAIN: &str = "PT1H";

/// These appointments as a calendar. Of each it says when, where the clinic is, and whether it takes place: nothing else.
#[must_use]
pub fn calendar<'a>(
    appointments: impl IntoIterator<Item = &'a appointment::Model>,
    clinic: &Clinic,
) -> String {
    let mut calendar = Calendar::empty();
    calendar
        .append_property(Property::new("VERSION", "2.0"))
        .append_property(Property::new("PRODID", PRODUCT))
        .append_property(Property::new("CALSCALE", "GREGORIAN"))
        .append_property(Property::new("METHOD", "PUBLISH"))
        .append_property(Property::new("X-WR-CALNAME", "Appointments"))
        .append_property(
            Property::new("REFRESH-INTERVAL", AGAIN)
                .append_parameter(("VALUE", "DURATION"))
                .done(),
        )
        .append_property(Property::new("X-PUBLISHED-TTL", AGAIN));
    for row in appointments {
        calendar.push(event(row, clinic));
    }
    calendar.to_string()
}

fn event(row: &appointment::Model, clinic: &Clinic) -> Event {
    let mut event = Event::new();
    event
        .uid(&format!("{}@patient-tracker", row.id.0.simple()))
        .timestamp(whole(row.updated_at))
        .created(whole(row.created_at))
        .last_modified(whole(row.updated_at))
        // The first version is 0, as whoever reads it counts revisions.
        .sequence(u32::try_from(row.version - 1).unwrap_or_default())
        .starts(row.starts_at)
        .ends(row.ends_at)
        .summary("Appointment")
        .location(&place(row.modality, clinic))
        .status(status(row.status))
        .class(Class::Private);
    event.done()
}

/// Calendars know no parts of a second.
fn whole(at: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp(at.timestamp(), 0).unwrap_or(at)
}

fn place(modality: Modality, clinic: &Clinic) -> String {
    match modality {
        Modality::InPerson => clinic.place(),
        Modality::Video => "By video".to_owned(),
        Modality::Phone => "By telephone".to_owned(),
    }
}

/// Whether it took place is nobody's business but the clinic's: what was agreed stays so.
fn status(status: AppointmentStatus) -> EventStatus {
    match status {
        AppointmentStatus::Proposed | AppointmentStatus::Pending => EventStatus::Tentative,
        AppointmentStatus::Cancelled | AppointmentStatus::EnteredInError => EventStatus::Cancelled,
        AppointmentStatus::Booked
        | AppointmentStatus::CheckedIn
        | AppointmentStatus::Arrived
        | AppointmentStatus::Fulfilled
        | AppointmentStatus::NoShow => EventStatus::Confirmed,
    }
}
