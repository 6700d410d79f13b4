//! Registering, signing in, refreshing, and being let in as somebody new.

use crate::support::documents::{REFRESH, WHO};
use crate::support::{App, PASSWORD, Person, codes, tidy, user_errors};
use chrono::TimeDelta;
use serde_json::{Value, json};

const REGISTER: &str = "mutation($input: RegisterPatientInput!) { registerPatient(input: $input) {
    accepted userErrors { code path } } }";
const SIGN_IN: &str = "mutation($email: String!, $password: String!) {
    signIn(input: { email: $email, password: $password }) {
        authSession { accessToken user { roles } } userErrors { code message path } } }";
const CHANGE_PASSWORD: &str = "mutation($current: String!, $new: String!) {
    changePassword(input: { currentPassword: $current, newPassword: $new }) {
        authSession { accessToken refreshToken } userErrors { code } } }";

fn registration(email: &str, password: &str) -> Value {
    json!({ "input": {
        "email": email, "password": password, "birthDate": "1990-02-03",
        "name": { "given": ["Nova"], "family": "Brightwater" },
    } })
}

async fn sign_in(person: &Person, email: &str, password: &str) -> Value {
    person
        .run(SIGN_IN, json!({ "email": email, "password": password }))
        .await
}

async fn refresh(person: &Person, token: &str) -> Value {
    person.run(REFRESH, json!({ "token": token })).await
}

on_both! {
    async fn who_registers_can_sign_in_as_a_patient_and_nothing_else(app: App) {
        let nobody = app.anonymous();
        let registered = nobody.run(REGISTER, registration("nova@clinic.test", PASSWORD)).await;
        assert_eq!(registered["data"]["registerPatient"], json!({ "accepted": true, "userErrors": [] }));
        let answer = sign_in(&nobody, "nova@clinic.test", PASSWORD).await;
        insta::assert_json_snapshot!(tidy(answer), @r#"
        {
          "data": {
            "signIn": {
              "authSession": {
                "accessToken": "[secret]",
                "user": {
                  "roles": [
                    "PATIENT"
                  ]
                }
              },
              "userErrors": []
            }
          },
          "extensions": {
            "cost": "[cost]"
          }
        }
        "#);
    }

    async fn all_that_is_wrong_with_an_input_is_told_at_once(app: App) {
        let mut input = registration("no address", PASSWORD);
        input["input"]["birthDate"] = json!("2999-01-01");
        input["input"]["phone"] = json!("12");
        input["input"]["name"]["family"] = json!(" ");
        let answer = app.anonymous().run(REGISTER, input).await;
        assert_eq!(answer["data"]["registerPatient"]["userErrors"], json!([
            { "code": "INVALID_EMAIL", "path": ["input", "email"] },
            { "code": "BLANK", "path": ["input", "name", "family"] },
            { "code": "IN_THE_FUTURE", "path": ["input", "birthDate"] },
            { "code": "INVALID_PHONE", "path": ["input", "phone"] },
        ]));
        let admin = app.admin().await;
        let made = admin.run("mutation($input: CreatePatientInput!) { createPatient(input: $input) {
            patient { id } userErrors { code path } } }", json!({ "input": {
            "name": { "family": "Fine" }, "birthDate": "1700-01-01", "mrn": "!!",
            "contact": { "email": "x", "phone": "y" } } })).await;
        let paths: Vec<_> = made["data"]["createPatient"]["userErrors"].as_array()
            .unwrap_or_else(|| panic!("{made}")).iter().map(|error| error["path"].to_string()).collect();
        assert_eq!(paths, ["[\"input\",\"birthDate\"]", "[\"input\",\"mrn\"]",
            "[\"input\",\"contact\",\"email\"]", "[\"input\",\"contact\",\"phone\"]"]);
        let made = admin.run("mutation($input: CreateUserInput!) { createUser(input: $input) {
            user { id } userErrors { code } } }", json!({ "input": {
            "email": "x", "displayName": " ", "roles": ["PATIENT", "DOCTOR"] } })).await;
        assert_eq!(user_errors(&made), ["INVALID_EMAIL", "INVALID_NAME", "NO_PATIENT_RECORD", "NO_DOCTOR_ENTRY"]);
    }

    async fn registering_an_address_again_tells_nothing_and_changes_nothing(app: App) {
        app.patient("ana").await;
        let nobody = app.anonymous();
        let other = "a completely different one";
        let fresh = nobody.run(REGISTER, registration("nova@clinic.test", other)).await;
        let known = nobody.run(REGISTER, registration("ana@clinic.test", other)).await;
        assert_eq!(fresh, known);
        assert_eq!(user_errors(&sign_in(&nobody, "ana@clinic.test", other).await), ["INVALID_CREDENTIALS"]);
        assert_eq!(user_errors(&sign_in(&nobody, "ana@clinic.test", PASSWORD).await), Vec::<String>::new());
        assert_eq!(app.number("SELECT count(*) FROM patient").await, 2);
    }

    async fn a_wrong_password_and_an_unknown_address_are_answered_alike(app: App) {
        app.patient("ana").await;
        let nobody = app.anonymous();
        let wrong = sign_in(&nobody, "ana@clinic.test", "not the password").await;
        let unknown = sign_in(&nobody, "nobody@clinic.test", "not the password").await;
        assert_eq!(wrong, unknown);
        insta::assert_json_snapshot!(wrong["data"], @r#"
        {
          "signIn": {
            "authSession": null,
            "userErrors": [
              {
                "code": "INVALID_CREDENTIALS",
                "message": "The e-mail address or the password is wrong.",
                "path": [
                  "input"
                ]
              }
            ]
          }
        }
        "#);
    }

    async fn guessing_at_one_account_is_slowed_down(app: App) {
        app.patient("ana").await;
        let nobody = app.anonymous();
        let mut told = Vec::new();
        for _ in 0..7 {
            let answer = sign_in(&nobody, "ana@clinic.test", "not the password").await;
            told.extend(user_errors(&answer));
        }
        assert_eq!(told.last().unwrap(), "TRY_LATER", "{told:?}");
        // The right password waits as long as a wrong one, and is taken afterwards.
        assert_eq!(user_errors(&sign_in(&nobody, "ana@clinic.test", PASSWORD).await), ["TRY_LATER"]);
        app.clock.advance(TimeDelta::minutes(16));
        assert_eq!(user_errors(&sign_in(&nobody, "ana@clinic.test", PASSWORD).await), Vec::<String>::new());
    }

    async fn two_sign_ins_in_one_request_are_refused(app: App) {
        let nobody = app.anonymous();
        let answer = nobody.run("mutation {
            a: signIn(input: { email: \"a@b.test\", password: \"x\" }) { userErrors { code } }
            b: signIn(input: { email: \"a@b.test\", password: \"y\" }) { userErrors { code } }
        }", json!({})).await;
        assert_eq!(codes(&answer), ["BAD_REQUEST"]);
        assert_eq!(answer.get("data"), None);
    }

    async fn refreshing_gives_new_secrets_that_work(app: App) {
        let ana = app.patient("ana").await;
        let answer = refresh(&app.anonymous(), &ana.refresh_token).await;
        let session = &answer["data"]["refreshSession"]["authSession"];
        assert_ne!(session["refreshToken"], ana.refresh_token.as_str());
        let token = session["accessToken"].as_str().map(str::to_owned);
        let renewed = Person { token, ..ana.person.clone() };
        assert_eq!(renewed.data(WHO, json!({})).await["viewer"]["user"]["id"], ana.user.as_str());
    }

    async fn the_reuse_of_an_old_refresh_token_ends_the_family_for_good(app: App) {
        let mut app = app;
        let ana = app.patient("ana").await;
        let other = ana.another_session().await;
        let nobody = app.anonymous();
        let mut tokens = vec![ana.refresh_token.clone()];
        let mut access = String::new();
        for _ in 0..2 {
            let answer = refresh(&nobody, tokens.last().unwrap()).await;
            let session = &answer["data"]["refreshSession"]["authSession"];
            tokens.push(session["refreshToken"].as_str().unwrap().to_owned());
            access = session["accessToken"].as_str().unwrap().to_owned();
            // Its first use says that the answer has arrived.
            app.copy.run(Some(&access), WHO, json!({})).await;
        }
        assert_eq!(user_errors(&refresh(&nobody, &tokens[0]).await), ["INVALID_REFRESH_TOKEN"]);
        assert_eq!(user_errors(&refresh(&nobody, &tokens[2]).await), ["INVALID_REFRESH_TOKEN"]);
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        assert_eq!(codes(&app.copy.run(Some(&access), WHO, json!({})).await), ["UNAUTHENTICATED"]);
        app.restart().await;
        assert_eq!(user_errors(&refresh(&app.anonymous(), &tokens[2]).await), ["INVALID_REFRESH_TOKEN"]);
        assert_eq!(codes(&app.copy.run(Some(&access), WHO, json!({})).await), ["UNAUTHENTICATED"]);
        let still = app.copy.run(other.token.as_deref(), WHO, json!({})).await;
        assert_eq!(codes(&still), Vec::<String>::new());
    }

    async fn a_changed_password_ends_the_other_sessions(app: App) {
        let ana = app.patient("ana").await;
        let other = ana.another_session().await;
        let new = "eleven tall windows";
        let answer = ana.run(CHANGE_PASSWORD, json!({ "current": PASSWORD, "new": new })).await;
        let session = &answer["data"]["changePassword"]["authSession"];
        let token = session["accessToken"].as_str().map(str::to_owned);
        assert_eq!(user_errors(&answer), Vec::<String>::new());
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        let renewed = Person { token, ..ana.person.clone() };
        assert_eq!(codes(&renewed.run(WHO, json!({})).await), Vec::<String>::new());
        assert_eq!(codes(&other.run(WHO, json!({})).await), ["UNAUTHENTICATED"]);
        let nobody = app.anonymous();
        assert_eq!(user_errors(&sign_in(&nobody, &ana.email, PASSWORD).await), ["INVALID_CREDENTIALS"]);
        assert_eq!(user_errors(&sign_in(&nobody, &ana.email, new).await), Vec::<String>::new());
    }

    async fn whoever_is_invited_can_do_nothing_before_choosing_a_password(app: App) {
        let admin = app.admin().await;
        let made = admin.data("mutation { createUser(input: {
            email: \"new@clinic.test\", displayName: \"New Colleague\", roles: [ADMIN] }) {
            user { status } temporaryPassword userErrors { code } } }", json!({})).await;
        let temporary = made["createUser"]["temporaryPassword"].as_str().unwrap().to_owned();
        let nobody = app.anonymous();
        let answer = sign_in(&nobody, "new@clinic.test", &temporary).await;
        let token = answer["data"]["signIn"]["authSession"]["accessToken"].as_str().map(str::to_owned);
        let invited = Person { token, ..nobody.clone() };
        assert_eq!(codes(&invited.run("{ users { totalCount } }", json!({})).await), ["FORBIDDEN"]);
        let changed = invited.run(CHANGE_PASSWORD, json!({
            "current": temporary, "new": "eleven tall windows",
        })).await;
        assert_eq!(user_errors(&changed), Vec::<String>::new());
        let token = changed["data"]["changePassword"]["authSession"]["accessToken"].as_str();
        let renewed = Person { token: token.map(str::to_owned), ..nobody.clone() };
        let users = renewed.data("{ users { totalCount } }", json!({})).await;
        assert_eq!(users["users"]["totalCount"], 2);
    }
}
