//! What `run` asks a server it knows nothing of: ids found through the API itself, and bodies made of them.

use crate::http::Target;
use crate::output::{Done, Told};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

const FOUND: &str = "query ($from: DateTime!) {
    appointments(first: 100, filter: { from: $from }) { nodes { id startsAt doctor { id } patient { id } } }
    visitTypes(first: 100) { nodes { id minutes requiresApproval } } }";
const POINT: &str = "query ($id: ID!) { appointment(id: $id) {
    id startsAt status doctor { displayName } patient { displayName } } }";
const DAY: &str =
    "query ($id: ID!, $day: NaiveDate!) { doctor(id: $id) { appointments(day: $day, first: 100) {
    nodes { startsAt status reason visitType { name } patient { displayName birthDate } } } } }";
const LIST: &str = "{ patients(first: 20) { nodes {
    displayName nextAppointment { startsAt doctor { displayName } } } } }";
const BOOK: &str = "mutation ($input: BookAppointmentInput!) {
    bookAppointment(input: $input) { appointment { id startsAt status } userErrors { code } } }";

/// How far ahead bookings begin: beyond the diaries that samples fill.
const AHEAD: TimeDelta = TimeDelta::days(300);
/// How many appointments are asked for; there are more, and a hundred ids are as good as a thousand.
const PAST: TimeDelta = TimeDelta::days(30);

/// What was found.
pub struct Scenes {
    appointments: Vec<Found>,
    visit_type: String,
    minutes: i64,
    from: DateTime<Utc>,
}

struct Found {
    id: String,
    day: String,
    doctor: String,
    patient: String,
}

impl Scenes {
    /// Looks around as whoever the target is signed in as.
    pub async fn find(target: &Target, now: DateTime<Utc>) -> Done<Self> {
        let data = target.ask(FOUND, json!({ "from": now - PAST })).await?;
        let nodes = |list: &str| data[list]["nodes"].as_array().cloned().unwrap_or_default();
        let found = |node: &Value| {
            let text = |path: &str| node.pointer(path)?.as_str().map(str::to_owned);
            Some(Found {
                id: text("/id")?,
                day: text("/startsAt")?.get(..10)?.to_owned(),
                doctor: text("/doctor/id")?,
                patient: text("/patient/id")?,
            })
        };
        let appointments: Vec<Found> = nodes("appointments").iter().filter_map(found).collect();
        if appointments.is_empty() {
            return Err("the account sees no appointments".to_owned());
        }
        let open = |node: &&Value| node["requiresApproval"] == json!(false);
        let types = nodes("visitTypes");
        let shortest = types
            .iter()
            .filter(open)
            .min_by_key(|node| node["minutes"].as_i64());
        let shortest = shortest.ok_or("there is no visit that can be booked")?;
        let midnight = (now + AHEAD).date_naive().and_hms_opt(0, 0, 0);
        Ok(Self {
            appointments,
            visit_type: shortest["id"].as_str().unwrap_or_default().to_owned(),
            minutes: shortest["minutes"].as_i64().unwrap_or(60),
            from: midnight.told_none("a time")?.and_utc(),
        })
    }

    /// One appointment each.
    #[must_use]
    pub fn point(&self) -> Vec<String> {
        let each = self.appointments.iter();
        each.map(|found| body(POINT, &json!({ "id": found.id })))
            .collect()
    }

    /// One doctor's day each.
    #[must_use]
    pub fn day(&self) -> Vec<String> {
        let each = self.appointments.iter();
        each.map(|found| body(DAY, &json!({ "id": found.doctor, "day": found.day })))
            .collect()
    }

    /// A page of patients with their next appointment.
    #[must_use]
    pub fn list(&self) -> Vec<String> {
        vec![body(LIST, &json!({}))]
    }

    /// The doctor who is followed.
    #[must_use]
    pub fn doctor(&self) -> &str {
        self.appointments.first().map_or("", |found| &found.doctor)
    }

    /// Bookings from the `skip`th free time on, each at a time of its own; of one doctor, or of whoever was found.
    pub fn bookings(&self, skip: usize, count: usize, doctor: Option<&str>) -> Done<Vec<String>> {
        (skip..skip + count)
            .map(|at| {
                let found = &self.appointments[at % self.appointments.len()];
                let minutes = self.minutes * i64::try_from(at).told("a time")?;
                let input = json!({
                    "patientId": found.patient,
                    "doctorId": doctor.unwrap_or(&found.doctor),
                    "visitTypeId": self.visit_type,
                    "startsAt": self.from + TimeDelta::minutes(minutes),
                    "reason": format!("bench {at}"),
                });
                Ok(body(BOOK, &json!({ "input": input })))
            })
            .collect()
    }
}

fn body(query: &str, variables: &Value) -> String {
    json!({ "query": query, "variables": variables }).to_string()
}

trait ToldNone<T> {
    fn told_none(self, what: &str) -> Done<T>;
}

impl<T> ToldNone<T> for Option<T> {
    fn told_none(self, what: &str) -> Done<T> {
        self.ok_or_else(|| format!("{what} cannot be had"))
    }
}
