//! What tests of the waiting list share: hours of one time a day, joining, and what stands of an offer.

use super::app::{App, Copy};
use super::database::Backend;
use super::people::{Doctor, Patient, Person};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use std::time::Duration;

/// Joins; `$input` is the input.
pub const JOIN_WAITLIST: &str = "mutation($input: JoinWaitlistInput!) { joinWaitlist(input: $input) {
    entry { id version status position priority note windows { weekdays from until firstDay lastDay } }
    userErrors { code path } } }";

/// Takes what is offered.
pub const ACCEPT: &str = "mutation($input: AcceptOfferInput!) { acceptOffer(input: $input) {
    entry { id version status appointment { id status startsAt } } userErrors { code } } }";

/// Declines what is offered.
pub const DECLINE: &str = "mutation($input: DeclineOfferInput!) { declineOffer(input: $input) {
    entry { id version status } userErrors { code } } }";

/// Takes somebody off the list.
pub const LEAVE_WAITLIST: &str =
    "mutation($input: LeaveWaitlistInput!) { leaveWaitlist(input: $input) {
    entry { id version status } userErrors { code } } }";

/// Changes an entry.
pub const UPDATE_ENTRY: &str =
    "mutation($input: UpdateWaitlistEntryInput!) { updateWaitlistEntry(input: $input) {
    entry { id version priority note } userErrors { code path } } }";

/// An entry as it is now.
pub const ENTRY: &str = "query($id: ID!) { waitlistEntry(id: $id) { id version status position note priority
    patient { id displayName } offer { expiresAt appointment { id version status startsAt doctor { id } } }
    appointment { id status startsAt } } }";

/// Follows the list.
pub const FOLLOW_WAITLIST: &str = "subscription($of: WaitlistOf!, $after: String) {
    waitlistChanged(of: $of, after: $after) { __typename
        ... on WaitlistChange { cursor kind entry { id version status offer { appointment { startsAt } } } }
        ... on CaughtUp { cursor } } }";

const ADD_RULE: &str =
    "mutation($input: AddAvailabilityRuleInput!) { addAvailabilityRule(input: $input) {
    availabilityRule { id version } userErrors { code } } }";

impl App {
    /// Lets this doctor be booked on one day only: from one time up to another, every half hour. The rule.
    pub async fn opens(&self, doctor: &Doctor, from: DateTime<Utc>, minutes: i64) -> Value {
        const EVERY_DAY: [&str; 7] = [
            "MONDAY",
            "TUESDAY",
            "WEDNESDAY",
            "THURSDAY",
            "FRIDAY",
            "SATURDAY",
            "SUNDAY",
        ];
        let until = from + TimeDelta::minutes(minutes);
        let input = json!({ "doctorId": doctor.id, "weekdays": EVERY_DAY, "step": 30,
            "validFrom": from.date_naive(), "validUntil": from.date_naive(),
            "from": from.format("%H:%M:00").to_string(), "until": until.format("%H:%M:00").to_string() });
        let data = doctor.data(ADD_RULE, json!({ "input": input })).await;
        assert_eq!(data["addAvailabilityRule"]["userErrors"], json!([]));
        data["addAvailabilityRule"]["availabilityRule"].clone()
    }

    /// Lets the time of all holds be over.
    pub async fn lapse_holds(&self) {
        let past = match self.backend() {
            Backend::Sqlite => "'2020-01-01T00:00:00+00:00'",
            Backend::Postgres => "timestamptz '2020-01-01'",
        };
        let lapse =
            format!("UPDATE appointment SET hold_expires_at = {past} WHERE status = 'PENDING'");
        self.execute(&lapse).await;
    }
}

impl Patient {
    /// Waits for a time with this doctor.
    pub async fn waits_for(&self, doctor: &Doctor, kind: &str) -> Value {
        self.waits(
            json!({ "patientId": self.id, "with": { "doctor": doctor.id }, "visitTypeId": kind }),
        )
        .await
    }
}

impl Person {
    /// Puts somebody on the list, which is not refused; the entry.
    pub async fn waits(&self, input: Value) -> Value {
        let data = self.data(JOIN_WAITLIST, json!({ "input": input })).await;
        assert_eq!(data["joinWaitlist"]["userErrors"], json!([]));
        data["joinWaitlist"]["entry"].clone()
    }

    /// The entry as it is now.
    pub async fn entry(&self, entry: &Value) -> Value {
        self.data(ENTRY, json!({ "id": entry["id"] })).await["waitlistEntry"].take()
    }

    /// The entry once it stands there.
    pub async fn entry_once(&self, entry: &Value, status: &str) -> Value {
        let mut now = Value::Null;
        for _ in 0..600 {
            now = self.entry(entry).await;
            if now["status"] == status {
                return now;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("the entry never stands at {status}: {now}");
    }

    /// Answers with one of the verbs that take an entry and no more; what they say.
    pub async fn answers(&self, verb: &str, entry: &Value) -> Value {
        let input = json!({ "input": { "id": entry["id"], "expectedVersion": entry["version"] } });
        let mut answer = self.run(verb, input).await;
        let payload = answer["data"]
            .as_object_mut()
            .unwrap_or_else(|| panic!("{verb}"));
        payload.values_mut().next().unwrap().take()
    }
}

/// The same patient at another copy of the server.
pub fn at(patient: &Patient, copy: &Copy) -> Patient {
    Patient {
        person: patient.person.at(copy),
        ..patient.clone()
    }
}
