//! The whole log in the hands of administrators: found by whatever they ask for, and never looked at unseen.

use crate::support::documents::PATIENT;
use crate::support::{App, PASSWORD, Person, codes, glass, sign_in};
use serde_json::{Value, json};

const ENTRIES: &str = "query($filter: AuditEntriesFilter) { auditEntries(filter: $filter, first: 100) { totalCount nodes {
    id occurredAt request operation session roles action kinds fields relationship purpose outcome times address
    actor { id } object { kind objectId } patient { id } breakGlassGrant { reason } } } }";

async fn read(person: &Person, filter: Value) -> Vec<Value> {
    let mut data = person.data(ENTRIES, json!({ "filter": filter })).await;
    let page = data["auditEntries"].take();
    assert_eq!(
        page["totalCount"],
        page["nodes"].as_array().unwrap().len(),
        "{filter}"
    );
    page["nodes"].as_array().unwrap().clone()
}

/// A filter, and what it finds.
type Wanted<'a> = (Value, Box<dyn Fn(&Value) -> bool + 'a>);

on_both! {
    async fn administrators_find_entries_by_who_what_when_and_through_what(app: App) {
        let (ana, eve, bo) = (app.patient("ana").await, app.patient("eve").await, app.doctor("bo").await);
        let admin = app.admin().await;
        app.care(bo.row, ana.row, None).await;
        bo.run(PATIENT, json!({ "id": ana.id })).await;
        eve.run(PATIENT, json!({ "id": ana.id })).await;
        let (cy, _) = glass::ready(&app, "cy").await;
        glass::break_glass(&cy, &ana.id).await;
        cy.run(PATIENT, json!({ "id": ana.id })).await;
        assert!(sign_in(&app.copy, &eve.email, "not the password").await.is_err());
        let another = bo.another_session().await;
        another.run(PATIENT, json!({ "id": ana.id })).await;

        let all = read(&admin, json!(null)).await;
        assert!(all.is_sorted_by(|newer, older| newer["occurredAt"].as_str() >= older["occurredAt"].as_str()));
        let one = |is: &dyn Fn(&Value) -> bool| all.iter().find(|it| is(it)).unwrap().clone();
        let by_bo = one(&|it| it["actor"]["id"] == bo.user && it["operation"] == "patient");
        let middle = all[all.len() / 2]["occurredAt"].clone();
        let wanted: Vec<Wanted> = vec![
            (json!({ "actorId": bo.user }), Box::new(|it| it["actor"]["id"] == bo.user)),
            (json!({ "patientId": ana.id }), Box::new(|it| it["patient"]["id"] == ana.id)),
            (json!({ "action": ["SIGN_IN"] }), Box::new(|it| it["action"] == "SIGN_IN")),
            (json!({ "action": ["READ", "CREATE"] }), Box::new(|it| it["action"] == "READ" || it["action"] == "CREATE")),
            (json!({ "action": [] }), Box::new(|_| true)),
            (json!({ "outcome": ["DENIED"] }), Box::new(|it| it["outcome"] == "DENIED")),
            (json!({ "outcome": ["DENIED", "FAILED"] }), Box::new(|it| it["outcome"] != "ALLOWED")),
            (json!({ "relationship": "BREAK_GLASS" }), Box::new(|it| it["relationship"] == "BREAK_GLASS")),
            (json!({ "relationship": "CARE_TEAM" }), Box::new(|it| it["relationship"] == "CARE_TEAM")),
            (json!({ "from": middle }), Box::new(|it| it["occurredAt"].as_str() >= middle.as_str())),
            (json!({ "to": middle }), Box::new(|it| it["occurredAt"].as_str() < middle.as_str())),
            (json!({ "request": by_bo["request"] }), Box::new(|it| it["request"] == by_bo["request"])),
            (json!({ "sessionId": by_bo["session"] }), Box::new(|it| it["session"] == by_bo["session"])),
            (json!({ "actorId": bo.user, "sessionId": by_bo["session"], "outcome": ["ALLOWED"], "action": ["READ"] }),
                Box::new(|it| it["session"] == by_bo["session"] && it["outcome"] == "ALLOWED" && it["action"] == "READ")),
        ];
        let known = |it: &Value| all.iter().any(|one| one["id"] == it["id"]);
        for (filter, is) in wanted {
            // What was looked at since then, by these very questions, is left out.
            let found: Vec<Value> = read(&admin, filter.clone()).await.into_iter().filter(known).collect();
            let expected: Vec<Value> = all.iter().filter(|it| is(it)).cloned().collect();
            assert!(!expected.is_empty(), "{filter}");
            assert_eq!(found, expected, "{filter}");
        }
        assert_eq!(read(&admin, json!({ "request": "x'; --" })).await, Vec::<Value>::new());

        let glassy = one(&|it| it["relationship"] == "BREAK_GLASS");
        assert_eq!(glassy["breakGlassGrant"]["reason"], "EMERGENCY_TREATMENT");
        assert_eq!(by_bo["object"], json!({ "kind": "PATIENT", "objectId": ana.id }));
        assert_eq!((&by_bo["address"], &by_bo["roles"]), (&json!("127.0.0.1"), &json!(["DOCTOR"])));
        assert_eq!(by_bo["kinds"], json!(["IDENTITY", "DEMOGRAPHICS", "CONTACT"]));
        assert!(by_bo["fields"].as_array().unwrap().contains(&json!("Patient.birthDate")));
        let failed = one(&|it| it["action"] == "SIGN_IN" && it["outcome"] == "FAILED");
        assert_eq!(failed["object"], json!({ "kind": "USER", "objectId": eve.user }));
        assert_eq!(failed["actor"], Value::Null);
        assert_ne!(by_bo["session"], one(&|it| it["actor"]["id"] == bo.user && it["session"] != by_bo["session"])["session"]);
    }

    async fn looking_at_the_audit_is_itself_an_entry_and_nobody_else_looks(app: App) {
        let (ana, bo, analyst, admin) = (app.patient("ana").await, app.doctor("bo").await, app.analyst().await, app.admin().await);
        let looked = "SELECT count(*) FROM audit_entry WHERE operation = 'auditEntries' AND action = 'READ' \
            AND kinds = 'AUDIT' AND object_kind = 'AUDIT' AND relationship = 'ADMINISTRATION' AND outcome = 'ALLOWED'";
        let all = "SELECT count(*) FROM audit_entry WHERE operation = 'auditEntries' AND outcome <> 'DENIED'";
        for person in [&ana.person, &bo, &analyst] {
            assert_eq!(codes(&person.run("{ auditEntries { totalCount } }", json!({})).await), ["FORBIDDEN"]);
        }
        assert_eq!(codes(&app.anonymous().run("{ auditEntries { totalCount } }", json!({})).await), ["UNAUTHENTICATED"]);
        assert_eq!(app.number(looked).await, 0);
        // Whose e-mail addresses and records are shown beside it is recorded too; of the log itself there is one row.
        for (nth, what) in (1..).zip(["nodes { operation outcome } totalCount", "totalCount", "nodes { id }"]) {
            admin.data(&format!("{{ auditEntries {{ {what} }} }}"), json!({})).await;
            assert_eq!((app.number(looked).await, app.number(all).await), (nth, nth), "{what}");
        }
        let told = admin.data("{ auditEntries(first: 1) { nodes { operation action object { kind objectId } } } }", json!({})).await;
        assert_eq!(told["auditEntries"]["nodes"][0],
            json!({ "operation": "auditEntries", "action": "READ", "object": { "kind": "AUDIT", "objectId": null } }));
        let document = "{ auditEntries { nodes { actor { email } patient { displayName } } } }";
        admin.data(document, json!({})).await;
        let accounts = "SELECT count(*) FROM audit_entry WHERE operation = 'auditEntries' AND kinds LIKE '%ACCOUNT%'";
        assert_eq!(app.number(accounts).await, 4);
    }

    async fn what_was_done_stays_when_who_did_it_is_gone(app: App) {
        let (ana, admin) = (app.patient("ana").await, app.admin().await);
        ana.run(PATIENT, json!({ "id": ana.id })).await;
        let mrn = ana.data("{ viewer { patient { mrn } } }", json!({})).await["viewer"]["patient"]["mrn"].clone();
        app.cli(&[], &["patient", "erase", &ana.id, "--mrn", mrn.as_str().unwrap(), "--reason", "request"]).await.unwrap();
        assert!(sign_in(&app.copy, &ana.email, PASSWORD).await.is_err());
        let filter = json!({ "patientId": ana.id, "action": ["READ"] });
        let mut data = admin.data(ENTRIES, json!({ "filter": filter })).await;
        let entries = data["auditEntries"]["nodes"].take();
        assert_eq!(entries[0]["object"], json!({ "kind": "PATIENT", "objectId": ana.id }));
        assert_eq!((&entries[0]["patient"], &entries[0]["actor"]), (&Value::Null, &Value::Null));
        assert_eq!(read(&admin, json!({ "actorId": ana.user })).await.len(), entries.as_array().unwrap().len());
    }
}
