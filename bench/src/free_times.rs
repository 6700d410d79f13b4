//! How long it takes to find free times: of one doctor for three months, and the first ones of all doctors of a specialty for
//! two weeks, in a clinic whose next days are full. Warm, by many at once; and cold, by one who asks now and then, when
//! whatever a copy remembers of the moment before is gone.

use crate::http::{Connection, Target};
use crate::load::{self, Requests, quantile};
use crate::meter::{Cost, Meter};
use crate::output::{Done, Told, tell};
use crate::scene::{Common, told};
use crate::stage::{People, Size, Stage};
use chrono::{DateTime, Datelike as _, TimeDelta, Utc, Weekday};
use patient_tracker::clock::Clock;
use serde::Serialize;
use serde_json::json;
use std::time::{Duration, Instant};

/// What all doctors of the clinic are trained in.
const SPECIALTY: &str = "394579002";
const TRAIN: &str = "mutation ($input: UpdateDoctorInput!) {
    updateDoctor(input: $input) { doctor { id } userErrors { code } } }";
const OPEN: &str = "mutation ($input: AddAvailabilityRuleInput!) {
    addAvailabilityRule(input: $input) { availabilityRule { id } userErrors { code } } }";
const SLOTS: &str = "query ($doctor: ID!, $kind: ID!, $from: DateTime!, $to: DateTime!) {
    slots(doctor: $doctor, visitType: $kind, from: $from, to: $to, first: 100) { totalCount nodes { startsAt } } }";
const FIRST: &str = "query ($specialty: String!, $kind: ID!, $from: DateTime!, $to: DateTime!) {
    firstSlots(specialty: $specialty, visitType: $kind, from: $from, to: $to, first: 100) {
        nodes { startsAt doctor { id } } } }";
/// Minutes from one beginning to the next.
const STEP: i64 = 10;
/// The hours of each working day.
const HOURS: [(&str, &str); 2] = [("08:00:00", "12:00:00"), ("13:00:00", "17:00:00")];
/// The longest that anything is remembered without being looked at again, and half of it.
const FORGOTTEN: Duration = Duration::from_millis(600);

/// How to measure.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    common: Common,
    /// Doctors of the specialty.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=500))]
    doctors: u32,
    /// Working days, from the first on, on which nothing is free.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(0..=9))]
    full: u32,
    /// Connections that ask at once.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=100))]
    connections: u16,
    /// Seconds a round.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=60))]
    seconds: u64,
    /// How often it is asked cold.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=1000))]
    cold: u32,
}

#[derive(Serialize)]
struct Figures {
    question: String,
    cold_p50_ms: f64,
    cold_max_ms: f64,
    rate: f64,
    p50_ms: f64,
    p99_ms: f64,
    bad: usize,
    #[serde(flatten)]
    cost: Cost,
}

/// Measures.
pub async fn run(arguments: Arguments) -> Done<()> {
    let size = Size {
        admins: 1,
        doctors: usize::try_from(arguments.doctors).told("doctors")?,
        patients: 1000,
    };
    let stage = Stage::open(arguments.common.database, &arguments.common.server, size).await?;
    let (server, target) = stage.copy().await?;
    let (people, now) = (&stage.people, Clock::system().now());
    let admin = target.with_token(people.admins[0].token.clone());
    tell("Opening the calendars…");
    open(&admin, people).await?;
    tell("Booking the first days…");
    book(&admin, people, days(now, arguments.full)).await?;
    let from = (now + TimeDelta::days(1))
        .date_naive()
        .and_time(chrono::NaiveTime::MIN)
        .and_utc();
    let patient = target.with_token(people.patients[0].token.clone());
    let mut figures = Vec::new();
    for (question, bodies) in questions(people, from) {
        let cold = cold(&patient, &bodies, arguments.cold).await?;
        let requests = Requests::of(&patient, &bodies, "\"startsAt\":", false);
        let connections = usize::from(arguments.connections);
        load::run(&patient, &requests, connections, Duration::from_secs(1)).await;
        let meter = Meter::start(server.pid, stage.helpers());
        let time = Duration::from_secs(arguments.seconds);
        let tally = load::run(&patient, &requests, connections, time).await;
        if let Some(bad) = &tally.first_bad {
            return Err(format!("{question}: {bad}"));
        }
        figures.push(Figures {
            question,
            cold_p50_ms: quantile(&cold, 0.5) / 1000.0,
            cold_max_ms: quantile(&cold, 1.0) / 1000.0,
            rate: tally.rate(),
            p50_ms: tally.millis_at(0.5),
            p99_ms: tally.millis_at(0.99),
            bad: tally.bad,
            cost: meter.stop(tally.answered),
        });
    }
    server.stop().await;
    told(&table(&figures), &figures, arguments.common.out.as_deref())
}

/// The first working days from the day after tomorrow on, as the bookings find them.
fn days(now: DateTime<Utc>, count: u32) -> Vec<DateTime<Utc>> {
    let first = (now + TimeDelta::days(1))
        .date_naive()
        .and_time(chrono::NaiveTime::MIN)
        .and_utc();
    let works = |day: &DateTime<Utc>| !matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
    let all = (0..).map(|number| first + TimeDelta::days(number));
    let count = usize::try_from(count).unwrap_or_default();
    all.filter(works).take(count).collect()
}

/// Trains all doctors in the specialty, and opens their hours.
async fn open(admin: &Target, people: &People) -> Done<()> {
    let weekdays = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"];
    let system = "http://snomed.info/sct";
    for doctor in &people.doctors {
        let coding = json!({ "system": system, "code": SPECIALTY, "display": "Cardiology" });
        let input = json!({ "id": doctor.id, "expectedVersion": 1, "specialties": [coding] });
        done(admin, TRAIN, input, "/updateDoctor/userErrors").await?;
        for (from, until) in HOURS {
            let input = json!({ "doctorId": doctor.id, "weekdays": weekdays, "from": from, "until": until,
                "step": STEP });
            done(admin, OPEN, input, "/addAvailabilityRule/userErrors").await?;
        }
    }
    Ok(())
}

async fn done(target: &Target, verb: &str, input: serde_json::Value, refusals: &str) -> Done<()> {
    let data = target.ask(verb, json!({ "input": input })).await?;
    match data.pointer(refusals) {
        Some(none) if none == &json!([]) => Ok(()),
        _ => Err(format!("refused: {data}")),
    }
}

/// Books every time of these days, over some connections.
async fn book(admin: &Target, people: &People, days: Vec<DateTime<Utc>>) -> Done<()> {
    let mut bodies = Vec::new();
    for day in days {
        for minute in (0..4 * 60).step_by(usize::try_from(STEP).unwrap_or(1)) {
            for hour in [8, 13] {
                let at = day + TimeDelta::hours(hour) + TimeDelta::minutes(minute);
                let all = 0..people.doctors.len();
                bodies.extend(all.map(|doctor| {
                    let patient = doctor % people.patients.len();
                    crate::stage::bookings::booking(people, (patient, doctor), at, None)
                }));
            }
        }
    }
    let wanted = bodies.len();
    let requests = Requests::of(admin, &bodies, "\"userErrors\":[]", true);
    let tally = load::run(admin, &requests, 16, Duration::from_secs(600)).await;
    match tally.answered == wanted {
        true => Ok(()),
        false => Err(format!(
            "{} of {wanted} booked: {:?}",
            tally.answered, tally.first_bad
        )),
    }
}

/// What is asked, and the bodies of it: of each doctor by turns.
fn questions(people: &People, from: DateTime<Utc>) -> Vec<(String, Vec<String>)> {
    let body = |query: &str, variables: serde_json::Value| {
        json!({ "query": query, "variables": variables }).to_string()
    };
    let of_one = people.doctors.iter().map(|doctor| {
        let variables = json!({ "doctor": doctor.id, "kind": people.visit_type, "from": from,
            "to": from + TimeDelta::days(92) });
        body(SLOTS, variables)
    });
    let first = json!({ "specialty": SPECIALTY, "kind": people.visit_type, "from": from,
        "to": from + TimeDelta::days(14) });
    vec![
        (
            "slots of a doctor, three months".to_owned(),
            of_one.collect(),
        ),
        (
            format!("first slots of {} doctors, two weeks", people.doctors.len()),
            vec![body(FIRST, first)],
        ),
    ]
}

/// Microseconds of answers when nothing is remembered, ascending.
async fn cold(target: &Target, bodies: &[String], times: u32) -> Done<Vec<u32>> {
    let mut connection = Connection::open(target.address).await?;
    let mut micros = Vec::new();
    for (_, body) in (0..times).zip(bodies.iter().cycle()) {
        tokio::time::sleep(FORGOTTEN).await;
        let request = target.request(body);
        let begun = Instant::now();
        let answer = connection.exchange(&request).await?;
        let took = begun.elapsed().as_micros();
        let text = String::from_utf8_lossy(answer.body);
        if !text.contains("\"startsAt\":") || text.contains("\"errors\":") {
            return Err(format!(
                "no free times: {}",
                text.chars().take(300).collect::<String>()
            ));
        }
        micros.push(u32::try_from(took).told("a time")?);
    }
    micros.sort_unstable();
    Ok(micros)
}

fn table(figures: &[Figures]) -> String {
    let mut table = "| question | cold p50 ms | cold max ms | req/s | p50 ms | p99 ms | server ms | database ms |\n\
        |---|---:|---:|---:|---:|---:|---:|---:|\n"
        .to_owned();
    for one in figures {
        table.push_str(&format!(
            "| {} | {:.1} | {:.1} | {:.0} | {:.1} | {:.1} | {:.2} | {:.2} |\n",
            one.question,
            one.cold_p50_ms,
            one.cold_max_ms,
            one.rate,
            one.p50_ms,
            one.p99_ms,
            one.cost.server_per_1k,
            one.cost.postgres_per_1k.unwrap_or_default()
        ));
    }
    table
}
