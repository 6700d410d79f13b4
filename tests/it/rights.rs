//! Roles, clearances and sensitivity in the hands of administrators: never their own, never without an administrator
//! left, and in force everywhere at once.

use crate::support::documents::{FOLLOW, FOLLOW_PATIENTS, REFRESH, UPDATE_PATIENT, WHO};
use crate::support::{App, Copy, End, Live, PASSWORD, Person, codes, sign_in, user_errors};
use entity::code::Confidentiality;
use serde_json::{Value, json};
use std::time::Duration;

const ASSIGN: &str = "mutation($input: AssignRoleInput!) { assignRole(input: $input) {
    user { roles clearance status version } userErrors { code message path } } }";
const WITHDRAW: &str = "mutation($input: WithdrawRoleInput!) { withdrawRole(input: $input) {
    user { roles clearance status version } userErrors { code message path } } }";
const CLEAR: &str = "mutation($input: SetClearanceInput!) { setClearance(input: $input) {
    user { roles clearance status version } userErrors { code message path } } }";
const STATUS: &str = "mutation($input: SetUserStatusInput!) { setUserStatus(input: $input) {
    user { roles clearance status version } userErrors { code message path } } }";
const SENSITIVITY: &str = "mutation($input: SetPatientConfidentialityInput!) {
    setPatientConfidentiality(input: $input) {
        patient { version confidentiality } userErrors { code message path } } }";
const SESSIONS: &str = "query($id: ID!) { user(id: $id) { sessions { id device current } } }";
const REVOKE: &str = "mutation($id: ID!) { revokeSession(input: { id: $id }) {
    session { revokedAt } userErrors { code } } }";
const REVOKE_ALL: &str = "mutation($id: ID!) { revokeOtherSessions(input: { userId: $id }) {
    sessions { id } userErrors { code } } }";

fn role(user: &str, role: &str, version: i32) -> Value {
    json!({ "input": { "userId": user, "role": role, "expectedVersion": version } })
}

fn clearance(user: &str, version: i32) -> Value {
    json!({ "input": { "userId": user, "clearance": "RESTRICTED", "expectedVersion": version } })
}

fn status(user: &str, status: &str, version: i32) -> Value {
    json!({ "input": { "id": user, "status": status, "expectedVersion": version } })
}

fn sensitivity(patient: &str, level: &str, version: i32) -> Value {
    json!({ "input": { "id": patient, "confidentiality": level, "expectedVersion": version } })
}

/// What a refusal or an error is called; empty when it was done.
async fn told(person: &Person, document: &str, variables: Value) -> String {
    let answer = person.run(document, variables).await;
    let mut told = codes(&answer);
    told.extend(user_errors(&answer));
    told.join(" ")
}

/// Follows from now on.
async fn follow(person: &Person, document: &str, of: Value) -> Live {
    let mut live = person.subscribe(document, json!({ "of": of })).await;
    live.is_silent_for(Duration::from_millis(400)).await;
    live
}

/// Whether the person's token, and the refresh token beside it, are good for anything at this copy.
async fn is_out(person: &Person, copy: &Copy) -> bool {
    let who = codes(&person.at(copy).run(WHO, json!({})).await);
    let refreshed = copy
        .run(None, REFRESH, json!({ "token": person.refresh_token }))
        .await;
    who == ["UNAUTHENTICATED"] && user_errors(&refreshed) == ["INVALID_REFRESH_TOKEN"]
}

async fn back(person: &Person) -> Person {
    sign_in(&person.copy, &person.email, PASSWORD)
        .await
        .expect("they may sign in again")
}

on_both! {
    async fn a_role_that_is_given_counts_from_the_next_sign_in_and_one_that_is_taken_at_once(app: App) {
        let (admin, analyst) = (app.admin().await, app.analyst().await);
        let given = admin.data(ASSIGN, role(&analyst.user, "ADMIN", 1)).await;
        insta::assert_json_snapshot!(given, @r#"
        {
          "assignRole": {
            "user": {
              "clearance": "NORMAL",
              "roles": [
                "ADMIN",
                "ANALYST"
              ],
              "status": "ACTIVE",
              "version": 2
            },
            "userErrors": []
          }
        }
        "#);
        assert!(is_out(&analyst, &app.copy).await);
        let both = back(&analyst).await;
        assert_eq!(told(&both, "{ users { totalCount } }", json!({})).await, "");
        assert_eq!(told(&admin, WITHDRAW, role(&analyst.user, "ADMIN", 2)).await, "");
        assert_eq!(told(&both, "{ users { totalCount } }", json!({})).await, "UNAUTHENTICATED");
        let before = back(&analyst).await;
        assert_eq!(told(&before, "{ users { totalCount } }", json!({})).await, "FORBIDDEN");
    }

    async fn nobody_but_an_administrator_says_who_may_what(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        let (analyst, nobody) = (app.analyst().await, app.anonymous());
        app.care(bo.row, ana.row, None).await;
        for (person, code) in [
            (&*nobody, "UNAUTHENTICATED"), (&*ana, "FORBIDDEN"), (&*bo, "FORBIDDEN"), (&*analyst, "FORBIDDEN"),
        ] {
            for user in [&ana.user, &bo.user, &analyst.user] {
                for (document, variables) in [
                    (ASSIGN, role(user, "ADMIN", 1)),
                    (WITHDRAW, role(user, "ANALYST", 1)),
                    (CLEAR, clearance(user, 1)),
                    (STATUS, status(user, "LOCKED", 1)),
                    (SENSITIVITY, sensitivity(&ana.id, "VERY_RESTRICTED", 1)),
                ] {
                    assert_eq!(told(person, document, variables).await, code, "{} runs {document}", person.email);
                }
            }
        }
        for table in ["patient", "\"user\""] {
            assert_eq!(app.number(&format!("SELECT count(*) FROM {table} WHERE version <> 1")).await, 0);
        }
    }

    async fn an_administrator_changes_nothing_of_what_they_themselves_may(app: App) {
        let (admin, other) = (app.admin().await, app.another_admin("other").await);
        for person in [&*admin, &*other] {
            for (document, variables) in [
                (ASSIGN, role(&person.user, "ANALYST", 1)),
                (WITHDRAW, role(&person.user, "ADMIN", 1)),
                (CLEAR, clearance(&person.user, 1)),
                (STATUS, status(&person.user, "DISABLED", 1)),
            ] {
                assert_eq!(told(person, document, variables).await, "OWN_ACCOUNT", "{document}");
            }
        }
        let refused = admin.data(WITHDRAW, role(&admin.user, "ADMIN", 1)).await;
        insta::assert_json_snapshot!(refused["withdrawRole"], @r#"
        {
          "user": {
            "clearance": "NORMAL",
            "roles": [
              "ADMIN"
            ],
            "status": "ACTIVE",
            "version": 1
          },
          "userErrors": [
            {
              "code": "OWN_ACCOUNT",
              "message": "You cannot change your own roles.",
              "path": [
                "input",
                "userId"
              ]
            }
          ]
        }
        "#);
    }

    async fn patients_have_a_record_and_doctors_an_entry(app: App) {
        let (ana, bo, admin) = (app.patient("ana").await, app.doctor("bo").await, app.admin().await);
        for (user, given, refused) in [
            (&bo.user, "PATIENT", "NO_PATIENT_RECORD"), (&ana.user, "DOCTOR", "NO_DOCTOR_ENTRY"),
        ] {
            assert_eq!(told(&admin, ASSIGN, role(user, given, 1)).await, refused);
        }
        assert_eq!(told(&admin, WITHDRAW, role(&ana.user, "PATIENT", 1)).await, "HAS_PATIENT_RECORD");
        for (given, refused) in [("PATIENT", "NO_PATIENT_RECORD"), ("DOCTOR", "NO_DOCTOR_ENTRY")] {
            let made = format!("mutation {{ createUser(input: {{ email: \"new@clinic.test\",
                displayName: \"New Colleague\", roles: [ANALYST, {given}] }}) {{ userErrors {{ code }} }} }}");
            assert_eq!(told(&admin, &made, json!({})).await, refused);
        }
        // A doctor may cease to treat, and begin again: their entry stays.
        assert_eq!(told(&admin, WITHDRAW, role(&bo.user, "DOCTOR", 1)).await, "");
        assert_eq!(told(&back(&bo).await, "{ patients { totalCount } }", json!({})).await, "FORBIDDEN");
        assert_eq!(told(&admin, ASSIGN, role(&bo.user, "DOCTOR", 2)).await, "");
        assert_eq!(told(&back(&bo).await, "{ patients { totalCount } }", json!({})).await, "");
    }

    async fn a_change_wants_the_version_that_was_read_and_is_made_once(app: App) {
        let (ana, bo, admin) = (app.patient("ana").await, app.doctor("bo").await, app.admin().await);
        for (document, mut variables) in [
            (CLEAR, clearance(&bo.user, 1)),
            (ASSIGN, role(&bo.user, "ANALYST", 2)),
            (WITHDRAW, role(&bo.user, "ANALYST", 3)),
            (SENSITIVITY, sensitivity(&ana.id, "RESTRICTED", 1)),
        ] {
            variables["input"]["idempotencyKey"] = json!("once");
            let done = admin.data(document, variables.clone()).await;
            assert_eq!(admin.data(document, variables.clone()).await, done);
            let key = variables["input"]["idempotencyKey"].take();
            assert_eq!(told(&admin, document, variables.clone()).await, "CONFLICT", "{document}");
            variables["input"]["expectedVersion"] = json!(9);
            variables["input"]["idempotencyKey"] = key;
            assert_eq!(told(&admin, document, variables).await, "IDEMPOTENCY_KEY_REUSED", "{document}");
        }
        let unknown = format!("user_{}", "0".repeat(32));
        assert_eq!(told(&admin, CLEAR, clearance(&unknown, 1)).await, "NOT_FOUND");
        // What is so already is left alone, and so are the sessions.
        let bo = back(&bo).await;
        assert_eq!(told(&admin, WITHDRAW, role(&bo.user, "ANALYST", 4)).await, "");
        assert_eq!(told(&bo, WHO, json!({})).await, "");
    }

    async fn a_change_of_rights_closes_the_sockets_on_another_copy(app: App) {
        let (bo, admin) = (app.doctor("bo").await, app.admin().await);
        let other = app.second_copy().await;
        for (document, variables) in [
            (CLEAR, clearance(&bo.user, 1)),
            (ASSIGN, role(&bo.user, "ANALYST", 2)),
            (WITHDRAW, role(&bo.user, "ANALYST", 3)),
            (STATUS, status(&bo.user, "LOCKED", 4)),
        ] {
            let session = back(&bo).await;
            let mut live = follow(&session.at(&other), FOLLOW, json!({ "doctor": bo.id })).await;
            assert_eq!(told(&admin, document, variables).await, "");
            assert_eq!(live.end().await, End::Closed(4403), "{document}");
            assert!(is_out(&session, &other).await, "{document}");
        }
    }

    async fn an_administrator_sees_anybodys_sessions_and_ends_one_or_all(app: App) {
        let (ana, admin) = (app.patient("ana").await, app.admin().await);
        let (second, third) = (ana.another_session().await, ana.another_session().await);
        let other = app.second_copy().await;
        let seen = admin.data(SESSIONS, json!({ "id": ana.user })).await;
        let seen = seen["user"]["sessions"].as_array().unwrap().clone();
        assert_eq!(seen.len(), 3);
        assert!(seen.iter().all(|it| it["device"] == "a test" && it["current"] == false));
        let mut ends = follow(&third.at(&other), FOLLOW, json!({ "patient": ana.id })).await;
        let mut stays = follow(&second.at(&other), FOLLOW, json!({ "patient": ana.id })).await;
        let ended = admin.data(REVOKE, json!({ "id": seen[0]["id"] })).await;
        assert!(ended["revokeSession"]["session"]["revokedAt"].is_string());
        assert_eq!(ends.end().await, End::Closed(4403));
        assert!(is_out(&third, &other).await);
        stays.is_silent_for(Duration::from_millis(600)).await;
        let ended = admin.data(REVOKE_ALL, json!({ "id": ana.user })).await;
        assert_eq!(ended["revokeOtherSessions"]["sessions"].as_array().unwrap().len(), 2);
        assert_eq!(stays.end().await, End::Closed(4403));
        assert!(is_out(&ana, &other).await && is_out(&second, &other).await);
        let seen = admin.data(SESSIONS, json!({ "id": ana.user })).await;
        assert_eq!(seen["user"]["sessions"], json!([]));
        // Neither for nor over anybody else.
        let ana = back(&ana).await;
        assert_eq!(told(&ana, REVOKE_ALL, json!({ "id": admin.user })).await, "NOT_FOUND");
        let nothing = ana.data(SESSIONS, json!({ "id": admin.user })).await;
        assert_eq!(nothing["user"], Value::Null);
        assert_eq!(told(&admin, WHO, json!({})).await, "");
    }

    async fn raising_a_records_sensitivity_ends_what_others_follow_on_another_copy(app: App) {
        let (ana, admin, bo) = (app.patient("ana").await, app.admin().await, app.doctor("bo").await);
        let cy = app.doctor_cleared_for("cy", Confidentiality::Restricted).await;
        app.care(bo.row, ana.row, None).await;
        app.care(cy.row, ana.row, None).await;
        let other = app.second_copy().await;
        let of = json!({ "patient": ana.id });
        let mut ends = follow(&bo.at(&other), FOLLOW_PATIENTS, of.clone()).await;
        let mut ends_too = follow(&bo.at(&other), FOLLOW, of.clone()).await;
        let mut stays = follow(&cy.at(&other), FOLLOW_PATIENTS, of.clone()).await;
        let mut hers = follow(&ana.at(&other), FOLLOW_PATIENTS, of).await;
        assert_eq!(told(&admin, SENSITIVITY, sensitivity(&ana.id, "RESTRICTED", 1)).await, "");
        for live in [&mut ends, &mut ends_too] {
            assert_eq!(live.next().await["__typename"], "AccessEnded");
            assert_eq!(live.end().await, End::Complete);
        }
        for live in [&mut stays, &mut hers] {
            let message = live.next().await;
            assert_eq!((&message["__typename"], &message["patient"]["version"]), (&json!("PatientChange"), &json!(2)));
        }
        let read = "query($id: ID!) { patient(id: $id) { displayName } }";
        assert_eq!(told(&bo.at(&other), read, json!({ "id": ana.id })).await, "NOT_FOUND");
    }

    async fn whoever_treats_a_patient_closes_the_record_and_only_an_administrator_opens_it(app: App) {
        let (ana, admin) = (app.patient("ana").await, app.admin().await);
        let cy = app.doctor_cleared_for("cy", Confidentiality::Restricted).await;
        app.care(cy.row, ana.row, None).await;
        let change = |version: i32, level: &str| json!({ "input": {
            "id": ana.id, "expectedVersion": version, "confidentiality": level } });
        assert_eq!(told(&cy, UPDATE_PATIENT, change(1, "VERY_RESTRICTED")).await, "ABOVE_CLEARANCE");
        assert_eq!(told(&cy, UPDATE_PATIENT, change(1, "RESTRICTED")).await, "");
        assert_eq!(told(&cy, UPDATE_PATIENT, change(2, "NORMAL")).await, "FIELD_NOT_YOURS");
        assert_eq!(told(&ana, UPDATE_PATIENT, change(2, "VERY_RESTRICTED")).await, "FIELD_NOT_YOURS");
        let opened = admin.data(SENSITIVITY, sensitivity(&ana.id, "NORMAL", 2)).await;
        insta::assert_json_snapshot!(opened, @r#"
        {
          "setPatientConfidentiality": {
            "patient": {
              "confidentiality": "NORMAL",
              "version": 3
            },
            "userErrors": []
          }
        }
        "#);
    }

    async fn a_change_of_rights_is_an_event_of_the_account_and_of_the_clinic(app: App) {
        let (ana, bo, admin) = (app.patient("ana").await, app.doctor("bo").await, app.admin().await);
        assert_eq!(told(&admin, CLEAR, clearance(&bo.user, 1)).await, "");
        assert_eq!(told(&admin, STATUS, status(&bo.user, "DISABLED", 2)).await, "");
        assert_eq!(told(&admin, STATUS, status(&bo.user, "ACTIVE", 3)).await, "");
        assert_eq!(told(&admin, SENSITIVITY, sensitivity(&ana.id, "RESTRICTED", 1)).await, "");
        let mut events = Vec::new();
        for row in app.select("SELECT stream, kind, version FROM event WHERE kind <> 'RECORD_SEEN' ORDER BY stream, seq").await {
            let stream: String = row.try_get_by_index(0).unwrap();
            let (kind, version): (String, i32) = (row.try_get_by_index(1).unwrap(), row.try_get_by_index(2).unwrap());
            events.push(format!("{} {kind} {version}", stream.split(':').next().unwrap()));
        }
        events.sort_by_key(|event| event.split(' ').next().map(str::to_owned));
        insta::assert_snapshot!(events.join("\n"), @r"
        clinic USER_UPDATED 2
        clinic USER_UPDATED 3
        clinic USER_UPDATED 4
        clinic PATIENT_UPDATED 2
        patient PATIENT_UPDATED 2
        user PATIENT_UPDATED 2
        user USER_UPDATED 2
        user SESSION_REVOKED 1
        user USER_UPDATED 3
        user USER_UPDATED 4
        ");
    }

    async fn of_two_administrators_who_shut_each_other_out_one_stays(app: App) {
        let people = [app.admin().await.clone(), app.another_admin("other").await.clone()];
        let other = app.second_copy().await;
        let mut versions = [1, 1];
        for round in 0..6 {
            let (one, two) = (back(&people[0]).await, back(&people[1]).await.at(&other));
            let tries = [(&one, &two.user, versions[1]), (&two, &one.user, versions[0])];
            let [first, second] = tries.map(|(person, user, version)| {
                let (document, variables) = match round % 2 {
                    0 => (WITHDRAW, role(user, "ADMIN", version)),
                    _ => (STATUS, status(user, "DISABLED", version)),
                };
                told(person, document, variables)
            });
            let outcomes: [String; 2] = tokio::join!(first, second).into();
            let won = outcomes.iter().position(String::is_empty).expect("one of them is first");
            let refused = &outcomes[1 - won];
            assert!(["LAST_ADMINISTRATOR", "UNAUTHENTICATED"].contains(&refused.as_str()), "{refused}");
            let left = "SELECT count(*) FROM \"user\" WHERE status = 'ACTIVE' AND roles = 4";
            assert_eq!(app.number(left).await, 1);
            // The one who stayed lets the other in again.
            let (winner, loser) = ([&one, &two][won], &people[1 - won].user);
            let version = versions[1 - won] + 1;
            let (document, variables) = match round % 2 {
                0 => (ASSIGN, role(loser, "ADMIN", version)),
                _ => (STATUS, status(loser, "ACTIVE", version)),
            };
            assert_eq!(told(winner, document, variables).await, "");
            versions[1 - won] += 2;
        }
    }

    async fn an_administrator_who_was_just_shut_out_does_nothing_any_more(app: App) {
        let (admin, stays) = (app.admin().await, app.another_admin("stays").await);
        let out = app.another_admin("out").await;
        let analyst = app.analyst().await;
        let other = app.second_copy().await;
        let out_there = out.at(&other);
        let invite = "mutation { createUser(input: { email: \"mole@clinic.test\", displayName: \"A Mole\",
            roles: [ADMIN] }) { userErrors { code } } }";
        // The other copy has just seen that they are one, and believes so for a moment.
        assert_eq!(told(&out_there, "{ users { totalCount } }", json!({})).await, "");
        assert_eq!(told(&admin, WITHDRAW, role(&out.user, "ADMIN", 1)).await, "");
        let tries = [
            told(&out_there, WITHDRAW, role(&admin.user, "ADMIN", 1)),
            told(&out_there, ASSIGN, role(&analyst.user, "ADMIN", 1)),
            told(&out_there, STATUS, status(&stays.user, "LOCKED", 1)),
            told(&out_there, invite, json!({})),
        ];
        for outcome in futures_util::future::join_all(tries).await {
            assert_eq!(outcome, "UNAUTHENTICATED");
        }
        assert_eq!(app.number("SELECT count(*) FROM \"user\" WHERE version <> 1").await, 1);
        assert_eq!(app.number("SELECT count(*) FROM \"user\"").await, 4);
    }
}
