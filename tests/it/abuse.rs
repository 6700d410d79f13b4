//! What was found by trying to break in: each is a way that was open once.

use crate::support::documents::{BOOK, FOLLOW};
use crate::support::{App, Backend, codes, user_errors};
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt as _;

const JSON: (&str, &str) = ("content-type", "application/json");
const CANCEL: &str = "mutation($input: CancelAppointmentInput!) {
    cancelAppointment(input: $input) { appointment { status } userErrors { code } } }";
const REFRESH: &str = "mutation($input: RefreshSessionInput!) {
    refreshSession(input: $input) { authSession { accessToken refreshToken } userErrors { code } } }";

on_both! {
    async fn a_conflict_comes_with_the_thing_as_it_is_now(app: App) {
        let (ana, bo, admin) = (app.patient("ana").await, app.doctor("bo").await, app.admin().await);
        let run = async |verb: &str, shown: &str, input: Value| {
            let kind = format!("{}{}Input", verb[..1].to_uppercase(), &verb[1..]);
            let document = format!("mutation($input: {kind}!) {{ {verb}(input: $input) {{ {shown} {{ id version }} userErrors {{ code }} }} }}");
            admin.data(&document, json!({ "input": input })).await[verb].take()
        };
        let covered = run("addCoverage", "coverage", json!({ "patientId": ana.id, "payer": "Mutual", "memberNumber": "1" })).await;
        let coverage = covered["coverage"]["id"].clone();
        let joined = run("addCareTeamMember", "careTeamMember",
            json!({ "patientId": ana.id, "doctorId": bo.id, "role": "PRIMARY" })).await;
        let member = joined["careTeamMember"]["id"].clone();
        let old = |id: &Value, more: Value| {
            let mut input = json!({ "id": id, "expectedVersion": 99 });
            input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            input
        };
        let (patient, doctor) = (json!(ana.id), json!(bo.id));
        for (verb, shown, id, more) in [
            ("updatePatient", "patient", &patient, json!({ "language": "et" })),
            ("setPatientConfidentiality", "patient", &patient, json!({ "confidentiality": "RESTRICTED" })),
            ("updateCoverage", "coverage", &coverage, json!({ "payer": "Other" })),
            ("updateDoctor", "doctor", &doctor, json!({ "zone": "UTC" })),
            ("endCareTeamMember", "careTeamMember", &member, json!({})),
        ] {
            let answer = run(verb, shown, old(id, more)).await;
            assert_eq!(answer["userErrors"], json!([{ "code": "CONFLICT" }]), "{verb}");
            assert_eq!(&answer[shown]["id"], id, "{verb}");
            assert!(answer[shown]["version"].is_number(), "{verb}");
        }
        let answer = run("removeCoverage", "patient", old(&coverage, json!({}))).await;
        assert_eq!((&answer["userErrors"][0]["code"], &answer["patient"]["id"]), (&json!("CONFLICT"), &patient));
    }

    async fn a_client_behind_a_proxy_does_not_choose_its_address(app: App) {
        let changed = [("http.trusted_proxies", "127.0.0.1"), ("limits.anonymous_rate", "1"), ("limits.anonymous_burst", "5")];
        let copy = app.copy_with(&changed).await;
        let body = json!({ "query": "{ __typename }" }).to_string();
        let mut told = Vec::new();
        // In one list, in two headers, and with what is no address in between: the proxy's word is the last.
        for forged in 0..30 {
            let (one, two) = (format!("203.0.113.{forged}"), format!("198.51.100.{forged}, unknown, 10.1.1.1:80"));
            let headers = [JSON, ("x-forwarded-for", one.as_str()), ("x-forwarded-for", "192.0.2.7:4711")];
            told.push(copy.send("POST", "/graphql", &headers, body.clone()).await.status);
            let headers = [JSON, ("x-forwarded-for", two.as_str()), ("x-forwarded-for", "[2001:db8::1]:443")];
            told.push(copy.send("POST", "/graphql", &headers, body.clone()).await.status);
        }
        let refused = told.iter().filter(|status| **status == 429).count();
        assert!(refused >= 40, "{refused} of 60 were refused");
    }

    async fn a_year_that_does_not_compare_gets_in_nowhere(app: App) {
        let (ana, bo, admin) = (app.patient("ana").await, app.doctor("bo").await, app.admin().await);
        let add = "mutation($input: AddCareTeamMemberInput!) { addCareTeamMember(input: $input) { userErrors { code } } }";
        for at in ["+12000-01-01T00:00:00Z", "-0001-01-01T00:00:00Z", "0000-01-01T00:00:00Z"] {
            let input = json!({ "patientId": ana.id, "doctorId": bo.id, "role": "PRIMARY_CARE", "startsAt": at });
            assert_eq!(codes(&admin.run(add, json!({ "input": input })).await), ["BAD_REQUEST"], "{at}");
            let list = format!("{{ appointments(filter: {{ from: \"{at}\" }}) {{ totalCount }} }}");
            assert_eq!(codes(&admin.run(&list, json!({})).await), ["BAD_REQUEST"], "{at}");
        }
        let day = "{ clinicDay(day: \"-4714-11-24\") { totalCount } }";
        assert_eq!(codes(&admin.run(day, json!({})).await), ["BAD_REQUEST"]);
        let nul = "query($s: String) { doctors(specialty: $s) { totalCount } }";
        let answer = admin.run(nul, json!({ "s": "\u{0}" })).await;
        assert!(!answer.to_string().contains("INTERNAL"), "{answer}");
    }

    async fn a_document_found_valid_once_is_refused_all_the_same_with_values_that_do_not_fit(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        let visit_type = app.visit_type(30).await;
        let id = app.appointment(bo.row, ana.row, app.hour(48)).await;
        let admin = app.admin().await;
        let document = "mutation($v: Int = 1, $name: String!, $id: ID!) {
            createDepartment(input: { name: $name }) { userErrors { code } }
            cancelAppointment(input: { id: $id, expectedVersion: $v, reason: OTHER }) { userErrors { code } } }";
        let with = |v: Value, name: &str| json!({ "v": v, "name": name, "id": id });
        let departments = "SELECT count(*) FROM department";
        let before = app.number(departments).await;
        for round in 0..2 {
            for wrong in [json!(null), json!("1"), json!(1.5)] {
                let answer = admin.run(document, with(wrong.clone(), "Never")).await;
                assert_eq!(codes(&answer), ["BAD_REQUEST"], "{round} {wrong}");
                assert_eq!(answer["data"], Value::Null);
            }
            let answer = admin.run(document, with(json!(99), &format!("Ward {round}"))).await;
            assert_eq!(user_errors(&answer), ["CONFLICT"]);
        }
        assert_eq!(app.number(departments).await, before + 2);
        // What does not fit is refused before the first field runs.
        let input = json!({ "patientId": ana.id, "doctorId": bo.id, "visitTypeId": visit_type, "startsAt": "tomorrow" });
        let answer = ana.run(BOOK, json!({ "input": input })).await;
        assert_eq!(codes(&answer), ["BAD_REQUEST"]);
        let words = answer["errors"][0]["message"].as_str().unwrap();
        assert!(words.contains("$input.startsAt"), "{words}");
    }

    async fn a_list_may_be_asked_for_with_a_filter_that_is_not_given(app: App) {
        let ana = app.patient("ana").await;
        let document = "query($f: AppointmentsFilter, $n: Int) { appointments(filter: $f, first: $n) { totalCount } }";
        for variables in [json!({}), json!({ "n": 1 }), json!({ "f": null }), json!({ "f": {} })] {
            let answer = ana.run(document, variables).await;
            assert_eq!(answer["data"]["appointments"]["totalCount"], 0, "{answer}");
        }
    }

    async fn a_patient_gives_no_reason_that_is_the_clinics(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        let id = app.appointment(bo.row, ana.row, app.hour(72)).await;
        let cancel = |reason: &str| json!({ "input": { "id": id, "expectedVersion": 1, "reason": reason } });
        for reason in ["RESCHEDULED", "PATIENT_DECEASED", "PROVIDER"] {
            let answer = ana.run(CANCEL, cancel(reason)).await;
            assert_eq!(user_errors(&answer), ["REASON_NOT_YOURS"], "{reason}");
        }
        let answer = bo.run(CANCEL, cancel("RESCHEDULED")).await;
        assert_eq!(user_errors(&answer), ["REASON_NOT_YOURS"]);
        let answer = bo.data(CANCEL, cancel("PROVIDER")).await;
        assert_eq!(answer["cancelAppointment"]["appointment"]["status"], "CANCELLED");
    }

    async fn an_old_header_does_not_stop_a_client_from_renewing_its_session(app: App) {
        let ana = app.patient("ana").await;
        let stale = [JSON, ("authorization", "Bearer no.longer.good")];
        let refresh = |token: &str| json!({ "query": REFRESH, "variables": { "input": { "refreshToken": token } } });
        let body = refresh(&ana.refresh_token).to_string();
        let answer = app.copy.send("POST", "/graphql", &stale, body).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.json()["data"]["refreshSession"]["userErrors"], json!([]));
        for query in ["{ __typename }", "{ viewer { user { id } } }", "mutation { signOut(input: {}) { session { id } } }"] {
            let body = json!({ "query": query }).to_string();
            let answer = app.copy.send("POST", "/graphql", &stale, body).await;
            assert_eq!(answer.status, 401, "{query}");
            assert_eq!(codes(&answer.json()), ["UNAUTHENTICATED"]);
        }
    }

    async fn an_access_token_whose_refresh_was_taken_back_is_no_good(app: App) {
        let ana = app.patient("ana").await;
        let renew = async || {
            let variables = json!({ "input": { "refreshToken": ana.refresh_token } });
            let answer = app.copy.run(None, REFRESH, variables).await;
            answer["data"]["refreshSession"]["authSession"]["accessToken"].as_str().unwrap().to_owned()
        };
        // The first answer is lost, or somebody else has it; the second is the owner's.
        let (lost, owned) = (renew().await, renew().await);
        let who = "{ viewer { user { id } } }";
        for _ in 0..2 {
            assert_eq!(codes(&app.copy.run(Some(&lost), who, json!({})).await), ["UNAUTHENTICATED"]);
            assert_eq!(app.copy.run(Some(&owned), who, json!({})).await.get("errors"), None);
        }
    }

    async fn an_unknown_live_field_is_called_unknown(app: App) {
        let ana = app.patient("ana").await;
        let mut live = ana.subscribe("subscription { nothingLikeThis }", json!({})).await;
        let told = live.socket.message().await.unwrap();
        assert_eq!(told["payload"][0]["extensions"]["code"], "BAD_REQUEST", "{told}");
        let mut live = ana.subscribe(FOLLOW, json!({ "of": { "patient": ana.id } })).await;
        live.is_silent_for(std::time::Duration::from_millis(100)).await;
    }
}

#[test]
fn nobody_but_the_owner_reads_the_sqlite_files() {
    crate::support::run(Backend::Sqlite, |app: App| async move {
        app.patient("ana").await;
        let (file, _) = app.data();
        let mut seen = 0;
        for beside in ["", "-wal", "-shm"] {
            let path = format!("{}{beside}", file.display());
            if let Ok(meta) = std::fs::metadata(&path) {
                assert_eq!(meta.permissions().mode() & 0o077, 0, "{path}");
                seen += 1;
            }
        }
        assert!(seen > 0);
    });
}
