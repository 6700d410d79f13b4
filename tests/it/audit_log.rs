//! A patient sees who opened their record, afterwards and live; nobody else does but those who run the clinic.

use crate::support::documents::PATIENT;
use crate::support::{App, Person};
use serde_json::{Value, json};
use std::time::Duration;

const LOG: &str = "query($id: ID!) { patient(id: $id) { accessLog(first: 50) { nodes {
    who relationship changed kinds purpose reason doctor { name { text } } } totalCount } } }";
const FOLLOW_LOG: &str =
    "subscription($after: String) { accessLogChanged(after: $after) { __typename
    ... on AccessLogChange { cursor entry { who relationship kinds doctor { id } } } ... on CaughtUp { cursor } } }";

async fn log(person: &Person, id: &str) -> Value {
    let mut data = person.data(LOG, json!({ "id": id })).await;
    data["patient"]["accessLog"].take()
}

on_both! {
    async fn a_patient_reads_who_looked_and_through_what(app: App) {
        let (ana, bo, cy) = (app.patient("ana").await, app.doctor("bo").await, app.doctor("cy").await);
        let (admin, eve) = (app.admin().await, app.patient("eve").await);
        app.care(bo.row, ana.row, None).await;
        for person in [&bo.person, &cy, &admin, &ana] {
            person.run(PATIENT, json!({ "id": ana.id })).await;
        }
        // Whoever is no relation is not told that there is such a patient; their try is no look.
        eve.run(PATIENT, json!({ "id": ana.id })).await;
        let seen = log(&ana, &ana.id).await;
        // The newest first.
        let of = |at: usize| (seen["nodes"][at]["who"].clone(), seen["nodes"][at]["relationship"].clone(),
            seen["nodes"][at]["purpose"].clone(), seen["nodes"][at]["doctor"]["name"]["text"].clone());
        assert_eq!(seen["nodes"].as_array().unwrap().len(), 4, "{seen}");
        assert_eq!(of(3), (json!("DOCTOR"), json!("CARE_TEAM"), json!("TREATMENT"), json!("Dr. bo Testdoctor")));
        assert_eq!(of(2), (json!("DOCTOR"), json!("CLINICIAN"), json!("TREATMENT"), json!("Dr. cy Testdoctor")));
        assert_eq!(of(1), (json!("ADMINISTRATION"), json!("ADMINISTRATION"), json!("OPERATIONS"), Value::Null));
        assert_eq!(of(0), (json!("SELF"), json!("SELF"), json!("PATIENT_REQUEST"), Value::Null));
        assert_eq!(seen["nodes"][3]["kinds"], json!(["IDENTITY", "DEMOGRAPHICS", "CONTACT"]));
        assert_eq!(seen["nodes"][2]["kinds"], json!(["IDENTITY", "CONTACT"]));
        // Administrators read it too, and that is a look; those whom it is about do not.
        assert_eq!(log(&admin, &ana.id).await["totalCount"], 5);
        assert_eq!(log(&bo, &ana.id).await, Value::Null);
        assert_eq!(log(&cy, &ana.id).await, Value::Null);
        let last = log(&ana, &ana.id).await;
        let all = last["nodes"].as_array().unwrap();
        assert!(all.iter().any(|it| it["who"] == "ADMINISTRATION"
            && it["kinds"].as_array().unwrap().contains(&json!("ACCESS_LOG"))), "{last}");
    }

    async fn the_log_is_read_from_the_newest_look_or_from_the_oldest(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        app.care(bo.row, ana.row, None).await;
        for _ in 0..7 {
            bo.run(PATIENT, json!({ "id": ana.id })).await;
        }
        let page = "query($id: ID!, $first: Int, $after: String, $last: Int, $before: String) { patient(id: $id) {
            accessLog(first: $first, after: $after, last: $last, before: $before) {
                nodes { who occurredAt } edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }";
        let read = async |mut asked: Value| {
            asked["id"] = json!(ana.id);
            ana.data(page, asked).await["patient"]["accessLog"].take()
        };
        let all = read(json!({ "first": 100 })).await;
        let cursors: Vec<&Value> = all["edges"].as_array().unwrap().iter().map(|edge| &edge["cursor"]).collect();
        let times: Vec<&str> = all["nodes"].as_array().unwrap().iter().map(|node| node["occurredAt"].as_str().unwrap()).collect();
        assert_eq!(times.len(), 7);
        assert!(times.is_sorted_by(|newer, older| newer >= older), "{times:?}");
        // Their own looks are added before these, so what follows a cursor stays as it is.
        let on = read(json!({ "first": 3, "after": cursors[1] })).await;
        assert_eq!((&on["pageInfo"]["startCursor"], &on["pageInfo"]["endCursor"]), (cursors[2], cursors[4]));
        assert_eq!((&on["pageInfo"]["hasNextPage"], &on["pageInfo"]["hasPreviousPage"]), (&json!(true), &json!(true)));
        let back = read(json!({ "last": 3 })).await;
        assert_eq!((&back["pageInfo"]["startCursor"], &back["pageInfo"]["endCursor"]), (cursors[4], cursors[6]));
        assert_eq!((&back["pageInfo"]["hasNextPage"], &back["pageInfo"]["hasPreviousPage"]), (&json!(false), &json!(true)));
        let before = read(json!({ "last": 2, "before": cursors[4] })).await;
        assert_eq!((&before["pageInfo"]["startCursor"], &before["pageInfo"]["endCursor"]), (cursors[2], cursors[3]));
        assert_eq!(read(json!({ "first": 1 })).await["nodes"][0]["who"], "SELF");
    }

    async fn a_patient_is_told_live_of_each_look_by_others_once(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        app.care(bo.row, ana.row, None).await;
        let mut live = ana.subscribe(FOLLOW_LOG, json!({ "after": "now" })).await;
        assert_eq!(live.next().await["__typename"], "CaughtUp");
        bo.run(PATIENT, json!({ "id": ana.id })).await;
        let told = live.next().await;
        assert_eq!(told["entry"]["relationship"], "CARE_TEAM", "{told}");
        assert_eq!(told["entry"]["doctor"]["id"], bo.id);
        ana.run(PATIENT, json!({ "id": ana.id })).await;
        live.is_silent_for(Duration::from_millis(1500)).await;
        live.socket.cut();
        bo.run(PATIENT, json!({ "id": ana.id })).await;
        crate::audit::sealed(&app).await;
        let mut live = ana.subscribe(FOLLOW_LOG, json!({ "after": told["cursor"] })).await;
        assert_eq!(live.next().await["entry"]["relationship"], "CARE_TEAM");
        assert_eq!(live.next().await["__typename"], "CaughtUp");
        // Nobody else follows it, for the field knows no other record than one's own.
        let mut other = bo.subscribe(FOLLOW_LOG, json!({})).await;
        let refused = other.socket.message().await.unwrap();
        assert!(refused.to_string().contains("NOT_FOUND"), "{refused}");
    }
}
