//! What the oracle expects of appointments and series.

use super::answer::{Reader, moment, state};
use super::world::Thing;
use entity::code::AppointmentStatus as Status;
use serde_json::{Value, json};

impl Reader<'_> {
    /// These, as far as the viewer sees them, by their beginning.
    pub fn appointments(&self, wanted: impl Fn(usize) -> bool) -> Vec<Thing> {
        let mut found: Vec<_> = (0..self.world.appointments.len())
            .filter(|at| wanted(*at) && self.world.sees(self.who, *at, self.now))
            .collect();
        found.sort_by_key(|at| {
            let one = &self.world.appointments[*at];
            (one.starts_at, one.id)
        });
        found.into_iter().map(Thing::Appointment).collect()
    }

    /// The next of a patient that stands, whoever it is with.
    pub fn next_of(&self, patient: usize) -> Option<Thing> {
        let over = [
            Status::Cancelled,
            Status::Fulfilled,
            Status::NoShow,
            Status::EnteredInError,
        ];
        let all = self.world.appointments.iter().enumerate();
        let coming = all.filter(|(_, one)| {
            one.patient == patient && self.now <= one.starts_at && !over.contains(&one.status)
        });
        let next = coming.min_by_key(|(_, one)| one.starts_at);
        next.map(|(at, _)| Thing::Appointment(at))
    }

    pub fn of_appointment(&self, at: usize, field: &str) -> Value {
        let world = self.world;
        let one = &world.appointments[at];
        match field {
            "status" => json!(state(one.status)),
            "startsAt" => moment(one.starts_at),
            "endsAt" => moment(one.ends_at),
            "zone" => json!("UTC"),
            "modality" => json!("IN_PERSON"),
            "version" => json!(one.version),
            "occurrence" => json!(one.occurrence),
            "reason" if world.sees_reason(self.who, at, self.now) => json!(one.reason),
            _ => Value::Null,
        }
    }

    pub fn of_series(&self, at: usize, field: &str) -> Value {
        let world = self.world;
        match field {
            "rule" => json!("FREQ=DAILY;COUNT=3"),
            "zone" => json!("UTC"),
            _ => json!(world.series[at].version),
        }
    }
}
