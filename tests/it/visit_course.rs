//! How a visit goes on: its states, its appointment, what is ordered and found, and who wins when many write.

use crate::chart::{ERROR, input};
use crate::support::{App, codes, user_errors};
use crate::visits::{
    A_NOTE, ADD, AMEND, ENCOUNTER, MOVE, NOTE, NOTHING, ORDER, REORDER, RESULT, REWRITE, SIGN, at,
    clinic, everything, free, made, note, order, result, told, visit, with,
};
use patient_tracker::patient::service::{ErasePatientKey, erase_patient_key};
use serde_json::json;

on_both! {
    async fn an_order_leads_to_its_result_and_an_amendment_keeps_what_was_said_before(app: App) {
        let (ana, bo, _) = clinic(&app).await;
        let visit = made(&bo, ENCOUNTER, input(&ana.id, visit())).await;
        let mut wanted = order();
        wanted["encounterId"] = visit["id"].clone();
        let ordered = made(&bo, ORDER, input(&ana.id, wanted)).await;
        assert_eq!((&ordered["encounter"]["id"], &ordered["priority"]), (&visit["id"], &json!("STAT")));
        let mut found = result();
        (found["encounterId"], found["orderId"]) = (visit["id"].clone(), ordered["id"].clone());
        let first = made(&bo, RESULT, input(&ana.id, found)).await;
        assert_eq!(first["order"]["id"], ordered["id"]);
        assert_eq!(first["observations"][0]["interpretation"], "LOW");
        let id = first["id"].as_str().unwrap();
        let other = json!([{ "code": { "text": "Hemoglobin" }, "value": 7.0, "low": 12.0, "interpretation": "CRITICAL_LOW" }]);
        let amended = |status: &str| with(id, 1, json!({ "status": status, "observations": other }));
        assert_eq!(told(&bo, AMEND, with(id, 1, json!({ "observations": other }))).await, "NOT_GIVEN_HERE");
        assert_eq!(told(&bo, AMEND, amended("PRELIMINARY")).await, "NOT_GIVEN_HERE");
        let now = made(&bo, AMEND, amended("AMENDED")).await;
        assert_eq!(now["observations"], json!([{ "value": 7.0, "interpretation": "CRITICAL_LOW" }]));
        let history = bo.data("query($id: ID!) { node(id: $id) { ... on TestResult { history(first: 5) { nodes { changes { field before after } } } } } }",
            json!({ "id": id })).await;
        let changes = &history["node"]["history"]["nodes"][1]["changes"];
        assert!(changes.as_array().unwrap().contains(&json!({ "field": "observations.1.value", "before": "10.1", "after": "7.0" })), "{changes}");
        // What an order came to stays so.
        let order_id = ordered["id"].as_str().unwrap();
        let to = |version, status: &str| with(order_id, version, json!({ "status": status }));
        assert_eq!(told(&bo, REORDER, to(1, "DRAFT")).await, "NOT_GIVEN_HERE");
        assert_eq!(told(&bo, REORDER, to(1, "COMPLETED")).await, "done");
        assert_eq!(told(&bo, REORDER, to(2, "ACTIVE")).await, "NOT_GIVEN_HERE");
        let seen = bo.data("query($id: ID!) { node(id: $id) { ... on Encounter { orders { nodes { id testResults { nodes { id } } } }
            testResults { nodes { id encounter { id } } } notes { totalCount } } } }", json!({ "id": visit["id"] })).await;
        assert_eq!(seen["node"]["orders"]["nodes"], json!([{ "id": order_id, "testResults": { "nodes": [{ "id": id }] } }]));
        assert_eq!(seen["node"]["testResults"]["nodes"], json!([{ "id": id, "encounter": { "id": visit["id"] } }]));
    }

    async fn a_visit_goes_forward_only_and_an_appointment_has_one(app: App) {
        let (ana, bo, cy) = clinic(&app).await;
        let eve = app.patient("eve").await;
        app.care(bo.row, eve.row, None).await;
        let appointment = app.appointment(bo.row, ana.row, app.hour(3)).await;
        let planned = json!({ "status": "PLANNED", "class": "VIRTUAL", "startsAt": app.hour(3), "appointmentId": appointment,
            "participants": [{ "doctorId": bo.id, "role": "ATTENDER" }, { "doctorId": cy.id, "role": "CONSULTANT" }] });
        // Many begin it at once: it is one.
        let many = (0..8).map(|_| {
            let (bo, input) = (bo.person.clone(), input(&ana.id, planned.clone()));
            tokio::spawn(async move { bo.run(ENCOUNTER, input).await })
        });
        let (mut done, mut id) = (0, String::new());
        for one in many.collect::<Vec<_>>() {
            let answer = one.await.unwrap();
            assert_eq!(codes(&answer), NOTHING, "{answer}");
            let visit = &answer["data"]["recordEncounter"]["encounter"];
            match user_errors(&answer).as_slice() {
                [] => {
                    (done, id) = (done + 1, visit["id"].as_str().unwrap().to_owned());
                    assert_eq!(visit["appointment"]["id"], json!(appointment));
                    assert_eq!(visit["participants"][1], json!({ "role": "CONSULTANT", "doctor": { "id": cy.id } }));
                }
                [code] => assert_eq!(code, "TAKEN"),
                more => panic!("{more:?}"),
            }
        }
        assert_eq!(done, 1);
        let to = |version, status: &str| with(&id, version, json!({ "status": status }));
        // The planned beginning has not come: it begins earlier than that.
        assert_eq!(told(&bo, MOVE, to(1, "IN_PROGRESS")).await, "IN_THE_FUTURE");
        let early = with(&id, 1, json!({ "status": "IN_PROGRESS", "startsAt": app.clock.now() }));
        assert!(!made(&bo, MOVE, early).await["startsAt"].is_null());
        assert_eq!(told(&bo, MOVE, to(2, "PLANNED")).await, "NOT_GIVEN_HERE");
        assert_eq!(told(&bo, MOVE, to(2, "CANCELLED")).await, "NOT_GIVEN_HERE");
        assert_eq!(told(&bo, MOVE, to(1, "FINISHED")).await, "CONFLICT");
        let again = (app.clock.now() + chrono::TimeDelta::days(90)).date_naive();
        let over = with(&id, 2, json!({ "status": "FINISHED", "followUpOn": again }));
        assert_eq!(told(&bo, MOVE, over).await, "done");
        assert_eq!(told(&bo, MOVE, to(3, "IN_PROGRESS")).await, "NOT_GIVEN_HERE");
        // What was entered in error makes room.
        assert_eq!(told(&bo, ERROR, at(&id, 3)).await, "done");
        assert_eq!(told(&bo, ENCOUNTER, input(&ana.id, planned.clone())).await, "done");
        // Nothing of another's chart, and nobody who is not there.
        let other = made(&bo, ENCOUNTER, input(&eve.id, visit())).await;
        let mut astray = free("Of whom?");
        astray["encounterId"] = other["id"].clone();
        assert_eq!(told(&bo, NOTE, input(&ana.id, astray)).await, "NOT_GIVEN_HERE");
        let mut elsewhere = planned.clone();
        elsewhere["appointmentId"] = json!(appointment);
        assert_eq!(told(&bo, ENCOUNTER, input(&eve.id, elsewhere)).await, "NOT_GIVEN_HERE");
        let mut unknown = visit();
        unknown["participants"] = json!([{ "doctorId": format!("doc_{}", "7".repeat(32)), "role": "ATTENDER" }]);
        let answer = bo.run(ENCOUNTER, input(&ana.id, unknown)).await;
        assert_eq!(answer["data"]["recordEncounter"]["userErrors"],
            json!([{ "code": "NOT_GIVEN_HERE", "path": ["input", "participants", "0", "doctorId"] }]));
        note(&bo, &ana, free("Of ana")).await;
        let tie = "UPDATE chart_record SET encounter_id = (SELECT id FROM chart_record WHERE kind = 'ENCOUNTER' AND patient_id <>
            (SELECT patient_id FROM chart_record WHERE kind = 'VISIT_NOTE')) WHERE kind = 'VISIT_NOTE'";
        assert!(app.try_execute(tie).await.is_err());
    }

    async fn the_same_key_makes_one_and_an_erased_patient_leaves_nothing_of_visits_behind(app: App) {
        let (ana, bo, _) = clinic(&app).await;
        let mut once = free("Once");
        once["idempotencyKey"] = json!("a-note");
        let first = note(&bo, &ana, once.clone()).await;
        assert_eq!(note(&bo, &ana, once).await, first);
        let key = |version| with(&first, version, json!({ "idempotencyKey": "signed" }));
        assert_eq!(told(&bo, SIGN, key(1)).await, "done");
        assert_eq!(told(&bo, SIGN, key(1)).await, "done");
        assert_eq!(told(&bo, SIGN, key(2)).await, "IDEMPOTENCY_KEY_REUSED");
        let add = json!({ "input": { "id": first, "text": "More", "idempotencyKey": "added" } });
        assert_eq!(made(&bo, ADD, add.clone()).await["id"], made(&bo, ADD, add).await["id"]);
        assert_eq!(app.number("SELECT count(*) FROM chart_record").await, 2);
        assert_eq!(everything(&bo, &ana).await, ["done"; 4]);
        let mut planned = json!({ "status": "PLANNED", "class": "AMBULATORY" });
        planned["appointmentId"] = json!(app.appointment(bo.row, ana.row, app.hour(3)).await);
        assert_eq!(told(&bo, ENCOUNTER, input(&ana.id, planned)).await, "done");
        let own = ana.data("{ viewer { patient { mrn } } }", json!({})).await;
        let mrn = own["viewer"]["patient"]["mrn"].as_str().unwrap().to_owned();
        let appointments = "UPDATE appointment SET status = 'CANCELLED', cancellation_reason = 'hold-expired'";
        app.execute(appointments).await;
        let command = ErasePatientKey { patient: ana.row, mrn, reason: "request" };
        assert!(erase_patient_key(app.state(), command).await.unwrap().is_ok());
        assert_eq!(app.number("SELECT count(*) FROM chart_record").await, 0);
    }

    async fn of_fifty_writers_on_one_chart_each_acknowledged_edit_is_in_the_history_once_and_each_refused_one_never(app: App) {
        let (ana, bo, _) = clinic(&app).await;
        let dan = app.doctor("dan").await;
        app.care(dan.row, ana.row, None).await;
        let (one, other) = (note(&bo, &ana, free("0")).await, note(&dan, &ana, free("0")).await);
        let writers = (0..50).map(|number| {
            let person = if number % 2 == 0 { bo.person.clone() } else { dan.person.clone() };
            let id = if number % 3 == 0 { one.clone() } else { other.clone() };
            tokio::spawn(async move {
                let mut acknowledged = Vec::new();
                let mut version = 1;
                for attempt in 0..3 {
                    let text = format!("{number} of try {attempt}");
                    let answer = person.run(REWRITE, with(&id, version, free(&text))).await;
                    match user_errors(&answer).as_slice() {
                        [] => {
                            assert_eq!(codes(&answer), NOTHING, "{answer}");
                            acknowledged.push((id.clone(), i64::from(version) + 1, text));
                            break;
                        }
                        [code] => assert_eq!(code, "CONFLICT"),
                        more => panic!("{more:?}"),
                    }
                    let now = answer["data"]["updateVisitNote"]["visitNote"]["version"].as_i64();
                    version = i32::try_from(now.unwrap()).unwrap();
                }
                acknowledged
            })
        });
        let mut acknowledged = Vec::new();
        for writer in writers.collect::<Vec<_>>() {
            acknowledged.extend(writer.await.unwrap());
        }
        acknowledged.sort();
        let mut written = Vec::new();
        for id in [&one, &other] {
            let note = bo.data(A_NOTE, json!({ "id": id })).await;
            for version in note["node"]["history"]["nodes"].as_array().unwrap().iter().skip(1) {
                let change = &version["changes"][0];
                assert_eq!((version["changes"].as_array().unwrap().len(), &change["field"]), (1, &json!("text")));
                let after = change["after"].as_str().unwrap().to_owned();
                written.push((id.clone(), version["version"].as_i64().unwrap(), after));
            }
        }
        written.sort();
        assert!(acknowledged.len() > 2, "{acknowledged:?}");
        assert_eq!(written, acknowledged);
    }
}
