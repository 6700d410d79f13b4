//! Breaking the glass: a doctor without a relation reads one record for a while, everybody concerned is told, and nothing
//! else opens.

use crate::support::documents::{BOOK, FOLLOW_PATIENTS, UPDATE_PATIENT};
use crate::support::glass::{
    BREAK, END, FOLLOW_GLASS, REVIEW, REVOKE, break_glass, grant, ready, ready_cleared_for,
};
use crate::support::{App, End, Live, Patient, Person, codes, prove, user_errors};
use chrono::TimeDelta;
use entity::code::{Confidentiality, Roles};
use patient_tracker::care::service as care;
use serde_json::{Value, json};
use std::time::Duration;

const NONE: Vec<String> = Vec::new();
const READ: &str = "query($id: ID!) { patient(id: $id) { name { text } gender contact { phone }
    coverages { nodes { memberNumber } } careTeam { nodes { role } } viewerRelationship
    appointments { nodes { status reason } } nextAppointment { status } } }";
const COVER: &str =
    "mutation($input: AddCoverageInput!) { addCoverage(input: $input) { userErrors { code } } }";
const GRANTS: &str =
    "query($filter: BreakGlassGrantsFilter) { breakGlassGrants(filter: $filter) { totalCount nodes {
    id reason justification active endReason overdue reviewedAt patient { contact { phone } }
    review { outcome note reviewedBy { id } } } } }";
const LOCK: &str = "mutation($id: ID!) { setUserStatus(input: {
    id: $id, status: LOCKED, expectedVersion: 1 }) { user { status } userErrors { code } } }";
const CLEAR: &str = "mutation($id: ID!) { setClearance(input: {
    userId: $id, clearance: RESTRICTED, expectedVersion: 1 }) { userErrors { code } } }";

/// A patient with an insurance, and an appointment with somebody, who said why they come.
async fn ana(app: &App) -> Patient {
    let (ana, cy) = (app.patient("ana").await, app.doctor("cy").await);
    let visit_type = app.visit_type(30).await;
    let input = json!({ "input": { "patientId": ana.id, "doctorId": cy.id, "visitTypeId": visit_type,
        "startsAt": app.day_after_tomorrow(9), "reason": "a cough" } });
    assert_eq!(user_errors(&ana.run(BOOK, input).await), NONE);
    let input = json!({ "input": { "patientId": ana.id, "payer": "Sea Mutual", "memberNumber": "INS-4471" } });
    assert_eq!(user_errors(&ana.run(COVER, input).await), NONE);
    ana
}

async fn read(person: &Person, patient: &str) -> Value {
    person.run(READ, json!({ "id": patient })).await["data"]["patient"].take()
}

/// Whether the record is open to them.
async fn is_open(person: &Person, patient: &Patient) -> bool {
    !read(person, &patient.id).await["gender"].is_null()
}

async fn refusals(person: &Person, patient: &str, justification: &str) -> Vec<String> {
    let input = json!({ "input": { "patientId": patient, "reason": "EMERGENCY_ROOM", "justification": justification } });
    let answer = person.run(BREAK, input).await;
    [codes(&answer), user_errors(&answer)].concat()
}

async fn follow(person: &Person, document: &str, of: Value) -> Live {
    let mut live = person.subscribe(document, json!({ "of": of })).await;
    live.is_silent_for(Duration::from_millis(300)).await;
    live
}

/// The next message is this change of a grant.
async fn told(live: &mut Live, kind: &str) -> Value {
    let message = live.next().await;
    assert_eq!(message["kind"], kind, "{message}");
    message["breakGlassGrant"].clone()
}

const WHY: &str = "unconscious, found at the station";

on_both! {
    async fn a_doctor_without_a_relation_reads_one_record_and_writes_nothing(app: App) {
        let (ana, eve) = (ana(&app).await, app.patient("eve").await);
        let (bo, _) = ready(&app, "bo").await;
        let before = read(&bo, &ana.id).await;
        insta::assert_json_snapshot!(before, @r#"
        {
          "appointments": {
            "nodes": []
          },
          "careTeam": null,
          "contact": {
            "phone": "…0100"
          },
          "coverages": {
            "nodes": [
              {
                "memberNumber": "…4471"
              }
            ]
          },
          "gender": null,
          "name": {
            "text": "ana Testperson"
          },
          "nextAppointment": null,
          "viewerRelationship": "CLINICIAN"
        }
        "#);
        break_glass(&bo, &ana.id).await;
        let opened = read(&bo, &ana.id).await;
        insta::assert_json_snapshot!(opened, @r#"
        {
          "appointments": {
            "nodes": [
              {
                "reason": "a cough",
                "status": "BOOKED"
              }
            ]
          },
          "careTeam": {
            "nodes": []
          },
          "contact": {
            "phone": "+3725550100"
          },
          "coverages": {
            "nodes": [
              {
                "memberNumber": "…4471"
              }
            ]
          },
          "gender": "OTHER",
          "name": {
            "text": "ana Testperson"
          },
          "nextAppointment": {
            "status": "BOOKED"
          },
          "viewerRelationship": "BREAK_GLASS"
        }
        "#);
        assert!(!is_open(&bo, &eve).await);
        let phone = json!({ "input": { "id": ana.id, "expectedVersion": 1, "contact": { "phone": "+37255502001" } } });
        assert_eq!(codes(&bo.run(UPDATE_PATIENT, phone).await), ["FORBIDDEN"]);
        let visit_type = app.visit_type(15).await;
        let book = json!({ "input": { "patientId": ana.id, "doctorId": bo.id, "visitTypeId": visit_type,
            "startsAt": app.day_after_tomorrow(11) } });
        let booked = bo.run(BOOK, book).await;
        assert_eq!([codes(&booked), user_errors(&booked)].concat(), ["PATIENT_NOT_FOUND"]);
        let cover = json!({ "input": { "patientId": ana.id, "payer": "Sea Mutual", "memberNumber": "INS-2" } });
        assert_eq!(codes(&bo.run(COVER, cover).await), ["FORBIDDEN"]);
    }

    async fn what_it_takes_is_a_reason_words_a_second_factor_and_a_fresh_proof(app: App) {
        let ana = app.patient("ana").await;
        let no_reason = "mutation($id: ID!) { breakGlass(input: { patientId: $id,
            justification: \"unconscious, found at the station\" }) { userErrors { code } } }";
        let bo = app.doctor("bo").await;
        assert_eq!(codes(&bo.run(no_reason, json!({ "id": ana.id })).await), ["BAD_REQUEST"]);
        assert_eq!(refusals(&bo, &ana.id, "unconscious").await, ["JUSTIFICATION_TOO_SHORT"]);
        assert_eq!(refusals(&bo, &ana.id, &" ".repeat(40)).await, ["JUSTIFICATION_TOO_SHORT"]);
        assert_eq!(refusals(&bo, &ana.id, &"x".repeat(1001)).await, ["JUSTIFICATION_TOO_LONG"]);
        assert_eq!(refusals(&bo, &ana.id, WHY).await, ["MFA_NOT_ENROLLED"]);
        let (cy, device) = ready(&app, "cy").await;
        app.clock.advance(TimeDelta::seconds(5 * 60 + 1));
        assert_eq!(refusals(&cy, &ana.id, WHY).await, ["STEP_UP_REQUIRED"]);
        assert_eq!(user_errors(&prove(&cy, "code", &device.next_code()).await), NONE);
        let unknown = format!("pat_{}", "1".repeat(32));
        assert_eq!(refusals(&cy, &unknown, WHY).await, ["NOT_FOUND"]);
        assert_eq!(refusals(&cy, &ana.id, WHY).await, NONE);
        assert_eq!(refusals(&cy, &ana.id, WHY).await, ["ALREADY_OPEN"]);
        for (person, code) in [
            (&*ana, "FORBIDDEN"), (&*app.admin().await, "FORBIDDEN"), (&*app.analyst().await, "FORBIDDEN"),
            (&*app.anonymous(), "UNAUTHENTICATED"),
        ] {
            assert_eq!(refusals(person, &ana.id, WHY).await, [code]);
        }
        assert_eq!(app.number("SELECT count(*) FROM break_glass_grant").await, 1);
    }

    async fn who_treats_the_patient_breaks_nothing(app: App) {
        let ana = app.patient("ana").await;
        let (bo, _) = ready(&app, "bo").await;
        app.care(bo.row, ana.row, None).await;
        assert_eq!(refusals(&bo, &ana.id, WHY).await, ["ALREADY_OPEN"]);
    }

    async fn restricted_opens_whatever_the_clearance_and_very_restricted_only_to_whom_it_reaches(app: App) {
        let ana = ana(&app).await;
        let (bo, _) = ready(&app, "bo").await;
        let (vi, _) = ready_cleared_for(&app, "vi", Confidentiality::VeryRestricted).await;
        let admin = app.admin().await;
        let restrict = |level: &'static str, version: i32| {
            let input = json!({ "input": { "id": ana.id, "expectedVersion": version, "confidentiality": level } });
            let admin = &admin;
            async move { assert_eq!(user_errors(&admin.run(UPDATE_PATIENT, input).await), NONE) }
        };
        restrict("RESTRICTED", 1).await;
        assert_eq!(read(&bo, &ana.id).await, Value::Null);
        break_glass(&bo, &ana.id).await;
        let opened = read(&bo, &ana.id).await;
        assert_eq!(opened["gender"], "OTHER");
        assert_eq!(opened["coverages"], Value::Null);
        assert_eq!(opened["appointments"]["nodes"][0]["reason"], "a cough");
        restrict("VERY_RESTRICTED", 2).await;
        assert_eq!(read(&bo, &ana.id).await, Value::Null);
        let (cy, _) = ready(&app, "cynthia").await;
        assert_eq!(refusals(&cy, &ana.id, WHY).await, ["NOT_FOUND"]);
        assert!(!is_open(&vi, &ana).await);
        break_glass(&vi, &ana.id).await;
        assert!(is_open(&vi, &ana).await);
    }

    async fn it_ends_by_its_time_its_doctor_an_administrator_and_its_session(app: App) {
        let (ana, admin) = (app.patient("ana").await, app.admin().await);
        // The time runs out before the token of whoever looks does.
        let copy = app.copy_with(&[("care.break_glass", "5min")]).await;
        let (bo, device) = ready(&app, "bo").await;
        let there = bo.at(&copy);
        break_glass(&there, &ana.id).await;
        assert!(is_open(&there, &ana).await && is_open(&bo, &ana).await);
        app.clock.advance(TimeDelta::seconds(5 * 60 - 2));
        assert!(is_open(&bo, &ana).await);
        app.clock.advance(TimeDelta::seconds(3));
        assert!(!is_open(&bo, &ana).await);
        assert_eq!(user_errors(&prove(&bo, "code", &device.next_code()).await), NONE);
        let first = break_glass(&bo, &ana.id).await;
        assert!(is_open(&bo, &ana).await);
        assert_eq!(user_errors(&bo.run(END, json!({ "id": first })).await), NONE);
        assert!(!is_open(&bo, &ana).await);
        assert_eq!(user_errors(&bo.run(END, json!({ "id": first })).await), ["ALREADY_ENDED"]);
        let second = break_glass(&bo, &ana.id).await;
        // Nobody else ends it, and the doctor does not do what administrators do.
        let (cy, _) = ready(&app, "cy").await;
        assert_eq!(codes(&cy.run(END, json!({ "id": second })).await), ["NOT_FOUND"]);
        assert_eq!(codes(&bo.run(REVOKE, json!({ "id": second })).await), ["FORBIDDEN"]);
        assert_eq!(codes(&ana.run(END, json!({ "id": second })).await), ["FORBIDDEN"]);
        assert_eq!(user_errors(&admin.run(REVOKE, json!({ "id": second })).await), NONE);
        assert!(!is_open(&bo, &ana).await);
        let ends = admin.data(GRANTS, json!({})).await["breakGlassGrants"]["nodes"].take();
        let ends: Vec<_> = ends.as_array().unwrap().iter().map(|grant| grant["endReason"].clone()).collect();
        assert_eq!(ends, ["EXPIRED", "RELINQUISHED", "REVOKED"]);
    }

    async fn it_opens_nothing_in_another_session_and_dies_with_its_own(app: App) {
        let (ana, admin) = (app.patient("ana").await, app.admin().await);
        let sign_out = "mutation { signOut(input: {}) { userErrors { code } } }";
        for (name, act) in [("bo", sign_out), ("cy", LOCK), ("di", CLEAR)] {
            let (doctor, device) = ready(&app, name).await;
            let challenge = crate::support::challenged(&app.copy, &doctor.email).await;
            let answer = crate::support::completed(&app.copy, &challenge, &device.next_code()).await;
            let token = answer["data"]["completeSignIn"]["authSession"]["accessToken"].as_str();
            let other = Person { token: token.map(str::to_owned), ..doctor.person.clone() };
            assert_eq!(user_errors(&prove(&doctor, "code", &device.next_code()).await), NONE);
            let id = break_glass(&doctor, &ana.id).await;
            assert!(is_open(&doctor, &ana).await && !is_open(&other, &ana).await);
            let version = app.number("SELECT CAST(version AS bigint) FROM \"user\" WHERE mfa_enrolled_at IS NOT NULL ORDER BY id DESC LIMIT 1").await;
            let act = act.replace("expectedVersion: 1", &format!("expectedVersion: {version}"));
            let by = if act == sign_out { &*doctor } else { &*admin };
            let variables = if act == sign_out { json!({}) } else { json!({ "id": doctor.user }) };
            assert_eq!(user_errors(&by.run(&act, variables).await), NONE, "{name}");
            let answer = doctor.run(READ, json!({ "id": ana.id })).await;
            assert_eq!(codes(&answer), ["UNAUTHENTICATED"]);
            care::note_lapsed(app.state()).await.unwrap();
            assert_eq!(grant(&admin, &id).await["endReason"], "SESSION_ENDED", "{name}");
        }
    }

    async fn what_may_not_be_read_is_null_in_what_is_told_live(app: App) {
        let ana = app.patient("ana").await;
        let (bo, _) = ready(&app, "bo").await;
        // Whether it is overdue is for those who review.
        let overdue = "subscription($of: BreakGlassOf!) { breakGlassChanged(of: $of) { __typename
            ... on BreakGlassChange { kind breakGlassGrant { id overdue } } } }";
        let mut live = ana.subscribe(overdue, json!({ "of": { "patient": ana.id } })).await;
        live.is_silent_for(Duration::from_millis(300)).await;
        let id = break_glass(&bo, &ana.id).await;
        let answer = live.answer().await;
        let change = json!({ "__typename": "BreakGlassChange", "kind": "GRANTED", "breakGlassGrant": { "id": id, "overdue": null } });
        assert_eq!(answer["data"]["breakGlassChanged"], change, "{answer}");
        assert_eq!(answer["errors"][0]["path"], json!(["breakGlassChanged", "breakGlassGrant", "overdue"]));
        assert_eq!(codes(&answer), ["FORBIDDEN"]);
    }

    async fn the_patient_and_the_administrators_are_told_at_once(app: App) {
        let (ana, eve, admin) = (app.patient("ana").await, app.patient("eve").await, app.admin().await);
        let (bo, _) = ready(&app, "bo").await;
        let mut hers = follow(&ana, FOLLOW_GLASS, json!({ "patient": ana.id })).await;
        let mut all = follow(&admin, FOLLOW_GLASS, json!({ "clinic": true })).await;
        let id = break_glass(&bo, &ana.id).await;
        let mut bos = follow(&bo, FOLLOW_PATIENTS, json!({ "patient": ana.id })).await;
        for (live, words) in [(&mut hers, Value::Null), (&mut all, json!(WHY))] {
            let grant = told(live, "GRANTED").await;
            assert_eq!(grant["id"], id);
            assert_eq!(grant["reason"], "EMERGENCY_TREATMENT");
            assert_eq!(grant["doctor"]["id"], bo.id);
            assert_eq!(grant["justification"], words);
        }
        for (person, of) in [
            (&*eve, json!({ "patient": ana.id })), (&*bo, json!({ "patient": ana.id })),
            (&*bo, json!({ "clinic": true })), (&*ana, json!({ "clinic": true })),
        ] {
            let mut live = person.subscribe(FOLLOW_GLASS, json!({ "of": of })).await;
            let message = live.socket.message().await.unwrap().to_string();
            assert!(message.contains("NOT_FOUND") || message.contains("FORBIDDEN"), "{message}");
        }
        assert_eq!(user_errors(&admin.run(REVOKE, json!({ "id": id })).await), NONE);
        assert_eq!(told(&mut hers, "ENDED").await["endReason"], "REVOKED");
        assert_eq!(told(&mut all, "ENDED").await["endReason"], "REVOKED");
        // What the doctor followed through it ends.
        assert_eq!(bos.next().await["__typename"], "AccessEnded");
        assert_eq!(bos.end().await, End::Complete);
    }

    async fn what_was_followed_through_it_ends_with_its_time_though_nothing_happens(app: App) {
        let (ana, admin) = (app.patient("ana").await, app.admin().await);
        let copy = app.copy_with(&[("care.break_glass", "2s")]).await;
        let (bo, _) = ready(&app, "bo").await;
        let mut hers = follow(&ana, FOLLOW_GLASS, json!({ "patient": ana.id })).await;
        let id = break_glass(&bo.at(&copy), &ana.id).await;
        let mut live = follow(&bo, FOLLOW_PATIENTS, json!({ "patient": ana.id })).await;
        assert_eq!(live.next().await["__typename"], "AccessEnded");
        assert_eq!(live.end().await, End::Complete);
        told(&mut hers, "GRANTED").await;
        assert_eq!(care::note_lapsed(app.state()).await.unwrap(), 1);
        assert_eq!(care::note_lapsed(app.state()).await.unwrap(), 0);
        assert_eq!(told(&mut hers, "ENDED").await["endReason"], "EXPIRED");
        assert_eq!(grant(&admin, &id).await["active"], false);
    }

    async fn it_is_reviewed_once_afterwards_by_somebody_else(app: App) {
        let (ana, admin) = (app.patient("ana").await, app.admin().await);
        let (bo, _) = ready(&app, "bo").await;
        let id = break_glass(&bo, &ana.id).await;
        let review = |note: &str| json!({ "input": { "id": id, "outcome": "UNJUSTIFIED", "note": note } });
        assert_eq!(user_errors(&admin.run(REVIEW, review("")).await), ["STILL_IN_FORCE"]);
        assert_eq!(user_errors(&bo.run(END, json!({ "id": id })).await), NONE);
        let queue = admin.data(GRANTS, json!({ "filter": { "reviewed": false } })).await;
        assert_eq!(queue["breakGlassGrants"]["totalCount"], 1);
        let grant = &queue["breakGlassGrants"]["nodes"][0];
        assert_eq!(grant["justification"], WHY);
        assert_eq!(grant["patient"]["contact"]["phone"], "…0100");
        for person in [&*ana, &*bo] {
            assert_eq!(codes(&person.run(GRANTS, json!({})).await), ["FORBIDDEN"]);
            assert_eq!(codes(&person.run(REVIEW, review("")).await), ["FORBIDDEN"]);
        }
        // The doctor becomes an administrator too, and is still the doctor.
        let both = Roles::DOCTOR.with(Roles::ADMIN).0;
        app.execute(&format!("UPDATE \"user\" SET roles = {both} WHERE roles = {}", Roles::DOCTOR.0)).await;
        app.clock.advance(TimeDelta::seconds(1));
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert_eq!(user_errors(&bo.run(REVIEW, review("")).await), ["OWN_GRANT"]);
        let mut hers = follow(&ana, FOLLOW_GLASS, json!({ "patient": ana.id })).await;
        let answer = admin.data(REVIEW, review("asked the station: no such patient")).await;
        let reviewed = &answer["reviewBreakGlass"]["breakGlassGrant"]["review"];
        assert_eq!(reviewed["note"], "asked the station: no such patient");
        assert!(told(&mut hers, "REVIEWED").await["reviewedAt"].is_string());
        assert_eq!(user_errors(&admin.run(REVIEW, review("")).await), ["ALREADY_REVIEWED"]);
        let queue = admin.data(GRANTS, json!({ "filter": { "reviewed": false } })).await;
        assert_eq!(queue["breakGlassGrants"]["totalCount"], 0);
    }

    async fn what_nobody_reviews_in_three_days_is_overdue_and_in_the_log(app: App) {
        let ana = app.patient("ana").await;
        let (bo, _) = ready(&app, "bo").await;
        break_glass(&bo, &ana.id).await;
        assert_eq!(care::warn_of_overdue(app.state()).await.unwrap(), 0);
        app.clock.advance(TimeDelta::hours(72));
        let admin = app.admin().await;
        let overdue = admin.data(GRANTS, json!({ "filter": { "overdue": true } })).await;
        assert_eq!(overdue["breakGlassGrants"]["nodes"][0]["overdue"], true);
        assert_eq!(care::warn_of_overdue(app.state()).await.unwrap(), 1);
        assert!(app.logged().contains("wait for their review"), "{}", app.logged());
    }

    async fn the_same_key_opens_once(app: App) {
        let ana = app.patient("ana").await;
        let (bo, _) = ready(&app, "bo").await;
        let input = |reason: &str| json!({ "input": { "patientId": ana.id, "reason": reason,
            "justification": WHY, "idempotencyKey": "k-1" } });
        let first = bo.data(BREAK, input("EMERGENCY_ROOM")).await;
        let again = bo.data(BREAK, input("EMERGENCY_ROOM")).await;
        assert_eq!(first, again);
        assert_eq!(user_errors(&bo.run(BREAK, input("DISASTER")).await), ["IDEMPOTENCY_KEY_REUSED"]);
        assert_eq!(app.number("SELECT count(*) FROM break_glass_grant").await, 1);
    }

    async fn twenty_at_once_open_once(app: App) {
        let ana = app.patient("ana").await;
        let (bo, _) = ready(&app, "bo").await;
        let tries = (0..20).map(|_| refusals(&bo, &ana.id, WHY));
        let told = futures_util::future::join_all(tries).await;
        assert_eq!(told.iter().filter(|told| told.is_empty()).count(), 1, "{told:?}");
        assert_eq!(app.number("SELECT count(*) FROM break_glass_grant").await, 1);
    }

    async fn the_database_itself_refuses_more_than_an_hour_and_a_review_of_ones_own(app: App) {
        let ana = app.patient("ana").await;
        let (bo, _) = ready(&app, "bo").await;
        break_glass(&bo, &ana.id).await;
        let own = "UPDATE break_glass_grant SET reviewed_by = user_id, reviewed_at = starts_at, outcome = 'JUSTIFIED'";
        assert!(app.try_execute(own).await.is_err());
    }
}
