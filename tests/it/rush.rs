//! Five thousand random bookings, moves and cancellations leave no two appointments at the same time.

use crate::support::documents::{BOOK, CANCEL, RESCHEDULE};
use crate::support::{App, Person, Random, codes, user_errors};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const DOCTORS: usize = 20;
const PATIENTS: usize = 40;
const ROUNDS: usize = 125;

/// Live appointments of one doctor, or of one patient, that share a moment.
fn overlapping(of: &str) -> String {
    let live = "('PROPOSED', 'PENDING', 'BOOKED', 'CHECKED_IN', 'ARRIVED')";
    format!(
        "SELECT count(*) FROM appointment a JOIN appointment b
           ON a.{of} = b.{of} AND a.id < b.id AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at
         WHERE a.status IN {live} AND b.status IN {live}"
    )
}

/// What one patient does, one thing after the other.
struct Busy {
    person: Person,
    id: String,
    doctors: Vec<String>,
    visit_types: Vec<String>,
    day: DateTime<Utc>,
    random: Random,
    booked: Vec<Value>,
    outcomes: BTreeMap<String, u32>,
}

impl Busy {
    async fn work(mut self) -> BTreeMap<String, u32> {
        for _ in 0..ROUNDS {
            match self.random.below(10) {
                0..6 => self.book().await,
                6..8 => self.change(RESCHEDULE, "MOVED").await,
                _ => self.change(CANCEL, "CANCELLED").await,
            }
        }
        self.outcomes
    }

    fn time(&mut self) -> DateTime<Utc> {
        let minutes = 5 * self.random.below(96);
        self.day + TimeDelta::minutes(minutes.try_into().unwrap())
    }

    async fn book(&mut self) {
        let starts_at = self.time();
        let input = json!({
            "patientId": self.id, "doctorId": self.random.pick(&self.doctors),
            "visitTypeId": self.random.pick(&self.visit_types), "startsAt": starts_at,
        });
        let answer = self.person.run(BOOK, json!({ "input": input })).await;
        self.count(&answer, "bookAppointment", "BOOKED");
    }

    async fn change(&mut self, document: &str, word: &str) {
        if self.booked.is_empty() {
            return self.book().await;
        }
        let at = usize::try_from(self.random.below(self.booked.len() as u64)).unwrap();
        let old = self.booked.swap_remove(at);
        let mut input = json!({ "id": old["id"], "expectedVersion": old["version"] });
        let (field, more, value) = if word == "MOVED" {
            ("rescheduleAppointment", "startsAt", json!(self.time()))
        } else {
            ("cancelAppointment", "reason", json!("PATIENT"))
        };
        input[more] = value;
        let answer = self.person.run(document, json!({ "input": input })).await;
        if !self.count(&answer, field, word) {
            self.booked.push(old);
        }
    }

    fn count(&mut self, answer: &Value, field: &str, word: &str) -> bool {
        let mut outcome = codes(answer);
        outcome.extend(user_errors(answer));
        let done = outcome.is_empty();
        if done && word != "CANCELLED" {
            self.booked
                .push(answer["data"][field]["appointment"].clone());
        }
        let outcome = if done {
            word.to_owned()
        } else {
            outcome.join(" ")
        };
        *self.outcomes.entry(outcome).or_default() += 1;
        done
    }
}

on_both! {
    async fn five_thousand_random_changes_leave_no_overlap(app: App) {
        let mut doctors = Vec::new();
        for number in 0..DOCTORS {
            doctors.push(app.doctor(&format!("doctor{number}")).await.id);
        }
        let mut visit_types = Vec::new();
        for minutes in [10, 30, 45] {
            visit_types.push(app.visit_type(minutes).await);
        }
        let mut working = Vec::new();
        for number in 0..PATIENTS {
            let patient = app.patient(&format!("patient{number}")).await;
            let busy = Busy {
                person: patient.person.clone(),
                id: patient.id.clone(),
                doctors: doctors.clone(),
                visit_types: visit_types.clone(),
                day: app.day_after_tomorrow(8),
                random: Random::of(number as u64),
                booked: Vec::new(),
                outcomes: BTreeMap::new(),
            };
            working.push(tokio::spawn(busy.work()));
        }
        let mut outcomes: BTreeMap<String, u32> = BTreeMap::new();
        for one in join_all(working).await {
            for (outcome, times) in one.unwrap() {
                *outcomes.entry(outcome).or_default() += times;
            }
        }
        let known = ["BOOKED", "CANCELLED", "MOVED", "PATIENT_BUSY", "SAME_TIME", "SLOT_TAKEN"];
        assert_eq!(outcomes.keys().collect::<Vec<_>>(), known, "{outcomes:?}");
        assert_eq!(outcomes.values().sum::<u32>(), 5000);
        assert_eq!(app.number(&overlapping("doctor_id")).await, 0);
        assert_eq!(app.number(&overlapping("patient_id")).await, 0);
        // What clients were told is what is there.
        let live = app.number("SELECT count(*) FROM appointment WHERE status = 'BOOKED'").await;
        assert_eq!(live, i64::from(outcomes["BOOKED"]) - i64::from(outcomes["CANCELLED"]));
    }
}
