//! Bookings as requests: each takes a time that no other takes, so that none is refused.

use super::people::{MINUTES, People};
use crate::crowd::number;
use crate::http::{Connection, Target};
use crate::output::{Done, Told};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

const BOOK: &str = "mutation ($input: BookAppointmentInput!) { bookAppointment(input: $input) {
    appointment { id } userErrors { code } } }";
const CANCEL: &str =
    "mutation ($input: CancelAppointmentInput!) { cancelAppointment(input: $input) {
    appointment { id } userErrors { code } } }";

/// Times that have not been given away yet.
pub struct Times {
    from: DateTime<Utc>,
    next: i32,
}

impl Times {
    /// From tomorrow on.
    #[must_use]
    pub fn from(now: DateTime<Utc>) -> Self {
        let tomorrow = (now + TimeDelta::days(2))
            .date_naive()
            .and_time(chrono::NaiveTime::MIN);
        Self {
            from: tomorrow.and_utc(),
            next: 0,
        }
    }

    /// The next one.
    pub fn take(&mut self) -> DateTime<Utc> {
        let time = self.from + TimeDelta::minutes((self.next * MINUTES).into());
        self.next += 1;
        time
    }
}

/// A booking's body.
#[must_use]
pub fn booking(
    people: &People,
    (patient, doctor): (usize, usize),
    at: DateTime<Utc>,
    key: Option<&str>,
) -> String {
    let input = json!({
        "patientId": people.patients[patient].id,
        "doctorId": people.doctors[doctor].id,
        "visitTypeId": people.visit_type,
        "startsAt": at,
        "reason": "bench",
        "idempotencyKey": key,
    });
    json!({ "query": BOOK, "variables": { "input": input } }).to_string()
}

/// The body of a cancellation of what was booked and not touched since.
#[must_use]
pub fn cancellation(id: u128, key: &str) -> String {
    let input = json!({
        "id": format!("app_{id:032x}"),
        "expectedVersion": 1,
        "reason": "OTHER",
        "idempotencyKey": key,
    });
    json!({ "query": CANCEL, "variables": { "input": input } }).to_string()
}

/// What was acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledged {
    /// Which appointment.
    pub id: u128,
    /// What the server calls the request.
    pub request: String,
}

/// Why there is no acknowledgement.
#[derive(Debug)]
pub enum Unacknowledged {
    /// The server says no, and means it.
    Refused(String),
    /// Nobody knows what became of it: it is to be tried again.
    Unknown(String),
}

/// Sends a body and reads the acknowledgement.
pub async fn acknowledged(
    connection: &mut Connection,
    target: &Target,
    body: &str,
) -> Result<Acknowledged, Unacknowledged> {
    let answer = connection.exchange(&target.request(body)).await;
    let answer = answer.map_err(Unacknowledged::Unknown)?;
    let request = answer.request_id().unwrap_or_default().to_owned();
    let text = || {
        String::from_utf8_lossy(answer.body)
            .chars()
            .take(300)
            .collect::<String>()
    };
    let value: Done<Value> = serde_json::from_slice(answer.body).told("an answer");
    let value = value.map_err(|_| Unacknowledged::Unknown(text()))?;
    let payload = ["bookAppointment", "cancelAppointment"]
        .into_iter()
        .find_map(|verb| value.pointer(&format!("/data/{verb}")));
    match payload {
        Some(payload) => match payload.pointer("/appointment/id").and_then(Value::as_str) {
            Some(id) => Ok(Acknowledged {
                id: number(id),
                request,
            }),
            None => Err(Unacknowledged::Refused(text())),
        },
        None => Err(Unacknowledged::Unknown(text())),
    }
}
