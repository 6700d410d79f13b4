//! What an import makes of appointments and of the visits that are of them.

use crate::import::{import, tally};
use crate::support::App;
use serde_json::{Value, json};

const BASE: &str = "http://a.example/fhir";

fn entry(kind: &str, id: &str, rest: Value) -> Value {
    let mut one = json!({ "resourceType": kind, "id": id });
    let rest = rest.as_object().unwrap().clone();
    one.as_object_mut().unwrap().extend(rest);
    json!({ "fullUrl": format!("{BASE}/{kind}/{id}"), "resource": one })
}

fn patient(id: &str, family: &str, born: &str) -> Value {
    entry(
        "Patient",
        id,
        json!({ "birthDate": born, "name": [{ "family": family }] }),
    )
}

fn doctor(id: &str) -> Value {
    entry(
        "Practitioner",
        id,
        json!({ "name": [{ "family": format!("Doctor {id}") }] }),
    )
}

/// An appointment of half an hour at this hour of a day in the past, or in the future.
fn appointment(id: &str, who: &[&str], status: &str, start: &str) -> Value {
    let end = start.replace(":00:00Z", ":30:00Z");
    let participants: Vec<Value> = who
        .iter()
        .map(|who| json!({ "actor": { "reference": who }, "status": "accepted" }))
        .collect();
    entry(
        "Appointment",
        id,
        json!({ "status": status, "start": start, "end": end, "participant": participants }),
    )
}

fn visit(id: &str, subject: &str, start: &str, of: Option<&str>) -> Value {
    let end = start.replace(":00:00Z", ":30:00Z");
    let named = of.map(|of| json!([{ "reference": of }]));
    let mut rest = json!({ "status": "finished", "class": { "code": "AMB" }, "subject": { "reference": subject },
        "period": { "start": start, "end": end }, "participant": [{ "individual": { "reference": "Practitioner/1" } }] });
    if let Some(named) = named {
        rest["appointment"] = named;
    }
    entry("Encounter", id, rest)
}

fn bundle(entries: Vec<Value>) -> Value {
    json!({ "resourceType": "Bundle", "type": "collection", "entry": entries })
}

const PAST: &str = "2019-03-01T10:00:00Z";
const ALPHA: [&str; 2] = ["Patient/1", "Practitioner/1"];
const BETA: [&str; 2] = ["Patient/2", "Practitioner/1"];

async fn counts(app: &App) -> (i64, i64) {
    (
        app.number("SELECT count(*) FROM appointment").await,
        app.number("SELECT count(*) FROM chart_record WHERE appointment_id IS NOT NULL")
            .await,
    )
}

on_both! {
    async fn a_visit_is_of_the_appointment_that_it_names_and_of_no_other(app: App) {
        let all = vec![patient("1", "Alpha", "1980-01-01"), patient("2", "Beta", "1955-01-01"), doctor("1"),
            appointment("1", &ALPHA, "fulfilled", PAST), visit("1", "Patient/1", PAST, Some("Appointment/1")),
            // Another visit of the same, and one of another patient.
            visit("2", "Patient/1", "2019-03-01T11:00:00Z", Some("Appointment/1")),
            visit("3", "Patient/2", PAST, Some("Appointment/1"))];
        let said = import(&app, &bundle(all.clone())).await;
        assert_eq!(tally(&said, "Encounter"), [3, 0, 0, 0], "{said}");
        assert_eq!(counts(&app).await, (1, 1));
        let said = import(&app, &bundle(all)).await;
        assert_eq!((tally(&said, "Encounter"), tally(&said, "Appointment")), ([0, 3, 0, 0], [0, 1, 0, 0]), "{said}");
        // A later bundle, without the appointment: it is known, and another's.
        let said = import(&app, &bundle(vec![visit("4", "Patient/1", "2019-03-01T12:00:00Z", Some("Appointment/1"))])).await;
        assert_eq!(tally(&said, "Encounter"), [1, 0, 0, 0], "{said}");
        assert_eq!(counts(&app).await, (1, 1));
    }

    async fn an_appointment_stays_whose_it_was(app: App) {
        let people = vec![patient("1", "Alpha", "1980-01-01"), patient("2", "Beta", "1955-01-01"), doctor("1")];
        let first = [people.clone(), vec![appointment("1", &ALPHA, "fulfilled", PAST)]].concat();
        import(&app, &bundle(first)).await;
        let second = [people, vec![appointment("1", &BETA, "fulfilled", PAST), visit("1", "Patient/2", PAST, Some("Appointment/1"))]].concat();
        let said = import(&app, &bundle(second)).await;
        assert_eq!(tally(&said, "Appointment"), [0, 0, 1, 0], "{said}");
        assert_eq!(counts(&app).await, (1, 0));
    }

    async fn an_appointment_that_comes_after_its_visit_is_the_one_that_there_is(app: App) {
        let people = vec![patient("1", "Alpha", "1980-01-01"), doctor("1")];
        let first = [people.clone(), vec![visit("1", "Patient/1", PAST, Some("Appointment/1"))]].concat();
        import(&app, &bundle(first)).await;
        assert_eq!(counts(&app).await, (1, 1));
        let second = [people, vec![appointment("1", &ALPHA, "fulfilled", PAST)]].concat();
        let said = import(&app, &bundle(second)).await;
        assert_eq!(tally(&said, "Appointment"), [0, 1, 0, 0], "{said}");
        assert_eq!(counts(&app).await, (1, 1));
    }

    async fn a_refused_appointment_takes_nothing_with_it(app: App) {
        let soon = app.hour(48).to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        let first = bundle(vec![patient("1", "Alpha", "1980-01-01"), patient("2", "Beta", "1955-01-01"), doctor("1"),
            appointment("1", &ALPHA, "booked", &soon), appointment("2", &BETA, "booked", &soon),
            appointment("3", &ALPHA, "noshow", "2199-01-01T10:00:00Z")]);
        let second = bundle(vec![visit("1", "Patient/2", PAST, Some("Appointment/2")), visit("2", "Patient/1", PAST, Some("Appointment/1")),
            visit("3", "Patient/1", PAST, Some("Appointment/1"))]);
        let folder = tempfile::tempdir().unwrap();
        let paths = [first, second].map(|file| {
            let path = folder.path().join(format!("{}.json", file.to_string().len()));
            std::fs::write(&path, file.to_string()).unwrap();
            path.display().to_string()
        });
        let said = app.cli(&[], &["import", "fhir", &paths[0], &paths[1]]).await.unwrap();
        assert_eq!((tally(&said, "Appointment"), tally(&said, "Encounter")), ([1, 0, 2, 0], [3, 0, 0, 0]), "{said}");
        assert!(said.contains("has taken place, and lies ahead"), "{said}");
        assert_eq!(counts(&app).await, (1, 1));
    }

    async fn whoever_declined_or_only_sent_the_patient_saw_nobody(app: App) {
        let mut declined = appointment("1", &["Patient/1", "Practitioner/1", "Practitioner/2"], "fulfilled", PAST);
        declined["resource"]["participant"][1]["status"] = json!("declined");
        let mut sent = visit("1", "Patient/1", "2019-04-01T10:00:00Z", None);
        sent["resource"]["participant"][0]["type"] = json!([{ "coding": [{ "code": "REF" }] }]);
        let all = vec![patient("1", "Alpha", "1980-01-01"), doctor("1"), doctor("2"), declined, sent];
        let said = import(&app, &bundle(all)).await;
        assert_eq!((tally(&said, "Appointment"), tally(&said, "Encounter")), ([1, 0, 0, 0], [1, 0, 0, 0]), "{said}");
        assert_eq!(counts(&app).await, (1, 0));
        let seen = app.select("SELECT doctor.source_index FROM appointment JOIN doctor ON doctor.id = appointment.doctor_id").await;
        assert_eq!(seen.len(), 1);
    }

    async fn an_insurance_comes_with_a_patient_who_is_new(app: App) {
        let insurance = |id: &str, number: &str| entry("Coverage", id, json!({ "status": "active", "subscriberId": number,
            "beneficiary": { "reference": "Patient/1" }, "payor": [{ "display": "Health & Co" }], "period": { "start": "2018", "end": "2019" } }));
        let all = vec![patient("1", "Alpha", "1980-01-01"), insurance("1", "M-1")];
        let said = import(&app, &bundle(all.clone())).await;
        assert_eq!(tally(&said, "Coverage"), [1, 0, 0, 0], "{said}");
        assert_eq!(app.number("SELECT count(*) FROM coverage WHERE valid_to = '2019-12-31'").await, 1);
        let said = import(&app, &bundle(all)).await;
        assert_eq!(tally(&said, "Coverage"), [0, 1, 0, 0], "{said}");
        let said = import(&app, &bundle(vec![insurance("2", "M-2")])).await;
        assert_eq!(tally(&said, "Coverage"), [0, 0, 1, 0], "{said}");
    }

    async fn what_was_entered_in_error_since_is_remarked(app: App) {
        let condition = |status: &str| entry("Condition", "1", json!({ "code": { "text": "Asthma" }, "subject": { "reference": "Patient/1" },
            "verificationStatus": { "coding": [{ "code": status }] } }));
        import(&app, &bundle(vec![patient("1", "Alpha", "1980-01-01"), condition("confirmed")])).await;
        let said = import(&app, &bundle(vec![condition("entered-in-error")])).await;
        assert!(said.contains("was entered in error where it comes from, and stands here as it is"), "{said}");
        assert_eq!(tally(&said, "Condition"), [0, 1, 0, 0], "{said}");
    }

    async fn two_visits_of_an_appointment_that_nobody_sent_are_two_and_one_has_it(app: App) {
        let all = vec![patient("1", "Alpha", "1980-01-01"), doctor("1"), visit("1", "Patient/1", PAST, Some("Appointment/9")),
            visit("2", "Patient/1", "2019-03-01T11:00:00Z", Some("Appointment/9"))];
        for tallied in [[2, 0, 0, 0], [0, 2, 0, 0]] {
            let said = import(&app, &bundle(all.clone())).await;
            assert_eq!(tally(&said, "Encounter"), tallied, "{said}");
            assert_eq!(counts(&app).await, (1, 1));
        }
        // The appointment, when it comes, is the one that there is; that it was called off since is remarked.
        let said = import(&app, &bundle(vec![appointment("9", &ALPHA, "cancelled", PAST)])).await;
        assert_eq!(tally(&said, "Appointment"), [0, 1, 0, 0], "{said}");
        assert!(said.contains("was called off where it comes from, and stands here as it is"), "{said}");
    }
}
