//! How long the doctor's view before a visit takes, and how large it is: who, why, the last notes, active problems, allergies,
//! medications, what is open, the last vital signs with their course, alerts and files, in one request; of a patient with a long
//! chart, beside one with a short one.

use crate::http::Target;
use crate::load::{self, Requests};
use crate::meter::{Cost, Meter};
use crate::output::{Done, tell};
use crate::scene::{Common, told};
use crate::stage::{People, Size, Stage};
use chrono::{DateTime, TimeDelta, Utc};
use patient_tracker::clock::Clock;
use serde::Serialize;
use serde_json::{Value, json};
use std::time::Duration;

const VIEW: &str = "query($id: ID!) { appointment(id: $id) { startsAt reason doctor { displayName }
    patient { displayName birthDate
        alerts(status: OPEN, first: 20) { nodes { level raisedAt vital { code value } } }
        documents(first: 10) { nodes { id title category } }
        summary {
            problems { id code { text } status } allergies { id substance { text } criticality }
            medications { id medication { text } dosage } medicationStatements { id medication { text } }
            encounters { id startsAt reason { text } } notes { id text author { displayName } }
            openOrders { id code { text } } testResults { id code { text } observations { value unit interpretation } }
            vitals { course latest { code value unit components { value } level } points { from mean } } } } } }";

/// How many of each kind a long chart has, beside its readings.
const MANY: u32 = 20;
/// Readings that are taken at once: heart rate, blood pressure, temperature, respiratory rate, saturation.
const AT_ONCE: u32 = 5;

/// How to measure.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    common: Common,
    /// Observations in the long chart.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(5..=100_000))]
    observations: u32,
    /// Connections that ask at once.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=100))]
    connections: u16,
    /// Seconds a round.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=60))]
    seconds: u64,
}

#[derive(Serialize)]
struct Figures {
    chart: String,
    bytes: usize,
    alone_p50_ms: f64,
    alone_p99_ms: f64,
    rate: f64,
    p50_ms: f64,
    p99_ms: f64,
    #[serde(flatten)]
    cost: Cost,
}

/// Measures.
pub async fn run(arguments: Arguments) -> Done<()> {
    let size = Size {
        admins: 1,
        doctors: 1,
        patients: 2,
    };
    let stage = Stage::open(arguments.common.database, &arguments.common.server, size).await?;
    let (server, target) = stage.copy().await?;
    let (people, now) = (&stage.people, Clock::system().now());
    let admin = target.with_token(people.admins[0].token.clone());
    let doctor = target.with_token(people.doctors[0].token.clone());
    let charts = [
        ("5 observations", 5, 1),
        ("the long one", arguments.observations, MANY),
    ];
    let mut figures = Vec::new();
    for (number, (words, observations, others)) in charts.into_iter().enumerate() {
        tell(&format!("Writing the chart of {words}…"));
        let patient = &people.patients[number].id;
        let member =
            json!({ "patientId": patient, "doctorId": people.doctors[0].id, "role": "PRIMARY" });
        made(
            &admin,
            "addCareTeamMember",
            "AddCareTeamMemberInput",
            "__typename",
            member,
        )
        .await?;
        chart(&doctor, patient, (observations, others), now).await?;
        let visit = visit(&admin, people, (number, now)).await?;
        let body = json!({ "query": VIEW, "variables": { "id": visit } }).to_string();
        let requests = Requests::of(&doctor, &[body], "\"summary\":{", false);
        let time = Duration::from_secs(arguments.seconds);
        load::run(&doctor, &requests, 1, Duration::from_secs(1)).await;
        let alone = load::run(&doctor, &requests, 1, time).await;
        let meter = Meter::start(server.pid, stage.helpers());
        let tally = load::run(&doctor, &requests, usize::from(arguments.connections), time).await;
        if let Some(bad) = alone.first_bad.as_ref().or(tally.first_bad.as_ref()) {
            return Err(format!("{words}: {bad}"));
        }
        figures.push(Figures {
            chart: match number {
                0 => words.to_owned(),
                _ => format!("{observations} observations, {others} of each other kind"),
            },
            bytes: tally.bytes / tally.answered.max(1),
            alone_p50_ms: alone.millis_at(0.5),
            alone_p99_ms: alone.millis_at(0.99),
            rate: tally.rate(),
            p50_ms: tally.millis_at(0.5),
            p99_ms: tally.millis_at(0.99),
            cost: meter.stop(tally.answered),
        });
    }
    server.stop().await;
    told(&table(&figures), &figures, arguments.common.out.as_deref())
}

/// Runs a mutation that must be done; what it answers.
async fn made(
    target: &Target,
    verb: &str,
    input_type: &str,
    wanted: &str,
    input: Value,
) -> Done<Value> {
    let document = format!(
        "mutation($input: {input_type}!) {{ {verb}(input: $input) {{ {wanted} userErrors {{ code }} }} }}"
    );
    let mut data = target.ask(&document, json!({ "input": input })).await?;
    let answer = data[verb].take();
    match answer["userErrors"] == json!([]) {
        true => Ok(answer),
        false => Err(format!("{verb} was refused: {answer}")),
    }
}

/// Writes so many readings, half an hour apart until now, and so many entries of each other kind.
async fn chart(
    doctor: &Target,
    patient: &str,
    (observations, others): (u32, u32),
    now: DateTime<Utc>,
) -> Done<()> {
    let times = observations / AT_ONCE;
    for number in 0..times {
        let swing = f64::from(number % 12);
        let at = now - TimeDelta::minutes(30 * i64::from(times - number));
        let input = json!({ "patientId": patient, "measuredAt": at, "heartRate": 62.0 + swing,
            "bloodPressure": { "systolic": 118.0 + swing, "diastolic": 74.0 }, "temperature": { "value": 36.6 },
            "respiratoryRate": 14.0, "oxygenSaturation": 97.0 });
        made(
            doctor,
            "recordVitals",
            "RecordVitalsInput",
            "vitals { id }",
            input,
        )
        .await?;
    }
    for number in 0..others {
        let named = |words: &str| json!({ "text": format!("{words} {number}") });
        let entries = [
            (
                "recordCondition",
                "RecordConditionInput",
                json!({ "code": named("Problem"), "status": "ACTIVE" }),
            ),
            (
                "recordAllergy",
                "RecordAllergyInput",
                json!({ "substance": named("Pollen"), "status": "ACTIVE" }),
            ),
            (
                "requestMedication",
                "RequestMedicationInput",
                json!({ "medication": named("Tablet"), "dosage": "One a day", "status": "ACTIVE" }),
            ),
            (
                "stateMedication",
                "StateMedicationInput",
                json!({ "medication": named("Tea"), "status": "ACTIVE" }),
            ),
            (
                "recordEncounter",
                "RecordEncounterInput",
                json!({ "status": "FINISHED", "class": "AMBULATORY",
                "reason": named("Visit"), "startsAt": now - TimeDelta::days(3), "endsAt": now - TimeDelta::days(3) }),
            ),
            (
                "placeOrder",
                "PlaceOrderInput",
                json!({ "code": named("Blood count"), "status": "ACTIVE",
                "category": "LABORATORY", "priority": "ROUTINE" }),
            ),
            (
                "recordTestResult",
                "RecordTestResultInput",
                json!({ "code": named("Blood count"), "status": "FINAL",
                "observations": [{ "code": named("Hemoglobin"), "value": 13.1, "unit": "g/dL" }] }),
            ),
            (
                "recordVisitNote",
                "RecordVisitNoteInput",
                json!({ "text": "As last time. ".repeat(30) }),
            ),
        ];
        for (verb, input_type, mut input) in entries {
            input["patientId"] = json!(patient);
            made(doctor, verb, input_type, "__typename", input).await?;
        }
    }
    Ok(())
}

/// Books the visit that the view is of.
async fn visit(
    admin: &Target,
    people: &People,
    (number, now): (usize, DateTime<Utc>),
) -> Done<String> {
    let hour = TimeDelta::hours(24 + i64::try_from(number).unwrap_or_default());
    let begins = (now + hour).format("%Y-%m-%dT%H:00:00Z").to_string();
    let input = json!({ "patientId": people.patients[number].id, "doctorId": people.doctors[0].id,
        "visitTypeId": people.visit_type, "startsAt": begins, "reason": "A cough" });
    let booked = made(
        admin,
        "bookAppointment",
        "BookAppointmentInput",
        "appointment { id }",
        input,
    )
    .await?;
    let id = booked["appointment"]["id"].as_str();
    id.map(str::to_owned)
        .ok_or_else(|| format!("no appointment: {booked}"))
}

fn table(figures: &[Figures]) -> String {
    let mut table = "| chart | bytes | alone p50 ms | alone p99 ms | req/s | p50 ms | p99 ms | server ms | database ms |\n\
        |---|---:|---:|---:|---:|---:|---:|---:|---:|\n"
        .to_owned();
    for one in figures {
        table.push_str(&format!(
            "| {} | {} | {:.1} | {:.1} | {:.0} | {:.1} | {:.1} | {:.2} | {:.2} |\n",
            one.chart,
            one.bytes,
            one.alone_p50_ms,
            one.alone_p99_ms,
            one.rate,
            one.p50_ms,
            one.p99_ms,
            one.cost.server_per_1k,
            one.cost.postgres_per_1k.unwrap_or_default()
        ));
    }
    table
}
