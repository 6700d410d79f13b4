//! What is dangerous wants a proof of moments ago, and what a second factor guards is not to be had without it.

use crate::support::{
    App, PASSWORD, Person, begun, challenged, codes, completed, confirmed, enrol, prove, required,
    user_errors,
};
use chrono::TimeDelta;
use serde_json::{Value, json};

const NONE: Vec<String> = Vec::new();
const CREATE: &str = "mutation($email: String!) { createUser(input: {
    email: $email, displayName: \"New Colleague\", roles: [ADMIN] }) {
    user { id } temporaryPassword userErrors { code message path } } }";
const LOCK: &str = "mutation($id: ID!) { setUserStatus(input: {
    id: $id, status: LOCKED, expectedVersion: 1 }) { user { status } userErrors { code } } }";
const REGENERATE: &str = "mutation($password: String!) {
    regenerateRecoveryCodes(input: { password: $password }) { recoveryCodes userErrors { code } } }";
const DISABLE: &str = "mutation($password: String!) {
    disableMfa(input: { password: $password }) { user { mfaEnrolled } userErrors { code } } }";

async fn create(person: &Person, email: &str) -> Value {
    person.run(CREATE, json!({ "email": email })).await
}

async fn with_password(person: &Person, document: &str, password: &str) -> Value {
    person.run(document, json!({ "password": password })).await
}

on_both! {
    async fn what_an_administrator_proved_at_sign_in_is_asked_for_again_after_five_minutes(app: App) {
        let copy = required(&app).await;
        let (ana, admin) = (app.patient("ana").await, app.admin().await.at(&copy));
        let device = enrol(&app, &admin).await;
        assert_eq!(user_errors(&create(&admin, "one@clinic.test").await), NONE);
        app.clock.advance(TimeDelta::seconds(5 * 60 + 1));
        let answer = create(&admin, "two@clinic.test").await;
        insta::assert_json_snapshot!(answer["data"], @r#"
        {
          "createUser": {
            "temporaryPassword": null,
            "user": null,
            "userErrors": [
              {
                "code": "STEP_UP_REQUIRED",
                "message": "Prove who you are again (proveIdentity), then repeat this.",
                "path": [
                  "input"
                ]
              }
            ]
          }
        }
        "#);
        assert_eq!(user_errors(&admin.run(LOCK, json!({ "id": ana.user })).await), ["STEP_UP_REQUIRED"]);
        assert_eq!(app.number("SELECT count(*) FROM \"user\"").await, 3);
        // Neither what is wrong nor the password does, beside a second factor.
        assert_eq!(user_errors(&prove(&admin, "code", &device.wrong_code()).await), ["INVALID_CODE"]);
        assert_eq!(user_errors(&prove(&admin, "password", PASSWORD).await), ["CODE_REQUIRED"]);
        assert_eq!(user_errors(&create(&admin, "two@clinic.test").await), ["STEP_UP_REQUIRED"]);
        let code = device.next_code();
        let proved = prove(&admin, "code", &code).await;
        assert_eq!(proved["data"]["proveIdentity"]["session"]["current"], true);
        assert_eq!(user_errors(&create(&admin, "two@clinic.test").await), NONE);
        assert_eq!(user_errors(&admin.run(LOCK, json!({ "id": ana.user })).await), NONE);
        // A code works once here too.
        assert_eq!(user_errors(&prove(&admin, "code", &code).await), ["INVALID_CODE"]);
    }

    async fn a_proof_holds_for_its_own_session_and_on_every_copy(app: App) {
        let copies = [required(&app).await, required(&app).await];
        let admin = app.admin().await.at(&copies[0]);
        let device = enrol(&app, &admin).await;
        let challenge = challenged(&copies[1], &admin.email).await;
        let answer = completed(&copies[1], &challenge, &device.next_code()).await;
        let token = answer["data"]["completeSignIn"]["authSession"]["accessToken"].as_str();
        let other = Person { token: token.map(str::to_owned), ..admin.clone() };
        app.clock.advance(TimeDelta::minutes(6));
        assert_eq!(user_errors(&create(&admin, "one@clinic.test").await), ["STEP_UP_REQUIRED"]);
        assert_eq!(user_errors(&prove(&other, "code", &device.next_code()).await), NONE);
        assert_eq!(user_errors(&create(&admin, "one@clinic.test").await), ["STEP_UP_REQUIRED"]);
        for copy in &copies {
            let answer = create(&other.at(copy), &format!("at{}@clinic.test", &copy.address[10..])).await;
            assert_eq!(user_errors(&answer), NONE);
        }
    }

    async fn where_no_second_factor_is_required_nothing_is_asked_again(app: App) {
        let admin = app.admin().await;
        app.clock.advance(TimeDelta::minutes(6));
        assert_eq!(user_errors(&create(&admin, "one@clinic.test").await), NONE);
    }

    async fn who_has_no_second_factor_proves_the_password(app: App) {
        let ana = app.patient("ana").await;
        assert_eq!(user_errors(&prove(&ana, "code", "123456").await), ["PASSWORD_REQUIRED"]);
        assert_eq!(user_errors(&prove(&ana, "password", "not the password").await), ["WRONG_PASSWORD"]);
        let proved = prove(&ana, "password", PASSWORD).await;
        assert!(proved["data"]["proveIdentity"]["session"]["provedAt"].is_string());
    }

    async fn guessing_at_a_proof_is_slowed_down_and_the_password_pays_for_none(app: App) {
        let mut ana = app.patient("ana").await.person;
        let device = enrol(&app, &ana).await;
        let (mut guesses, mut password) = (0, PASSWORD.to_owned());
        for round in 0..6 {
            let answer = prove(&ana, "code", &device.wrong_code()).await;
            guesses += usize::from(user_errors(&answer) == ["INVALID_CODE"]);
            // Whoever has the session and the password changes it there and back.
            let new = format!("eleven tall windows {round}");
            let changed = ana.run("mutation($old: String!, $new: String!) { changePassword(input: {
                currentPassword: $old, newPassword: $new }) { authSession { accessToken } userErrors { code } } }",
                json!({ "old": password, "new": new })).await;
            let token = &changed["data"]["changePassword"]["authSession"]["accessToken"];
            if let Some(token) = token.as_str() {
                (ana.token, password) = (Some(token.to_owned()), new);
            }
        }
        assert!(guesses <= 3, "{guesses} guesses");
    }

    async fn other_recovery_codes_want_the_second_factor_and_the_password(app: App) {
        let ana = app.patient("ana").await;
        assert_eq!(user_errors(&with_password(&ana, REGENERATE, PASSWORD).await), ["NOT_ENROLLED"]);
        let device = enrol(&app, &ana).await;
        app.clock.advance(TimeDelta::minutes(6));
        assert_eq!(user_errors(&with_password(&ana, REGENERATE, PASSWORD).await), ["STEP_UP_REQUIRED"]);
        assert_eq!(user_errors(&prove(&ana, "code", &device.next_code()).await), NONE);
        assert_eq!(user_errors(&with_password(&ana, REGENERATE, "not it").await), ["WRONG_PASSWORD"]);
        let answer = with_password(&ana, REGENERATE, PASSWORD).await;
        let fresh = answer["data"]["regenerateRecoveryCodes"]["recoveryCodes"].clone();
        assert_eq!(fresh.as_array().unwrap().len(), 10);
        let challenge = challenged(&app.copy, &ana.email).await;
        let old = &device.recovery_codes[0];
        assert_eq!(user_errors(&completed(&app.copy, &challenge, old).await), ["INVALID_CODE"]);
        let new = fresh[0].as_str().unwrap();
        assert_eq!(user_errors(&completed(&app.copy, &challenge, new).await), NONE);
    }

    async fn a_second_factor_goes_only_with_itself_and_the_password(app: App) {
        let ana = app.patient("ana").await;
        assert_eq!(user_errors(&with_password(&ana, DISABLE, PASSWORD).await), ["NOT_ENROLLED"]);
        let device = enrol(&app, &ana).await;
        app.clock.advance(TimeDelta::minutes(6));
        assert_eq!(user_errors(&with_password(&ana, DISABLE, PASSWORD).await), ["STEP_UP_REQUIRED"]);
        assert_eq!(user_errors(&prove(&ana, "code", &device.next_code()).await), NONE);
        assert_eq!(user_errors(&with_password(&ana, DISABLE, "not it").await), ["WRONG_PASSWORD"]);
        let answer = with_password(&ana, DISABLE, PASSWORD).await;
        assert_eq!(answer["data"]["disableMfa"]["user"]["mfaEnrolled"], false);
        assert_eq!(app.number("SELECT count(*) FROM second_factor").await, 0);
        assert_eq!(app.number("SELECT count(*) FROM recovery_code").await, 0);
        // Signing in is one step again.
        ana.another_session().await;
    }

    async fn a_password_too_short_to_stand_alone_keeps_its_second_factor(app: App) {
        const CHANGE: &str = "mutation($old: String!, $new: String!) { changePassword(input: {
            currentPassword: $old, newPassword: $new }) { authSession { accessToken } userErrors { code } } }";
        let short = "7h!Qz0-Lp2x";
        let ana = app.patient("ana").await;
        let device = enrol(&app, &ana).await;
        let answer = ana.run(CHANGE, json!({ "old": PASSWORD, "new": short })).await;
        assert_eq!(user_errors(&answer), NONE, "beside a second factor it will do");
        let token = answer["data"]["changePassword"]["authSession"]["accessToken"].as_str();
        let ana = Person { token: token.map(str::to_owned), ..ana.person.clone() };
        assert_eq!(user_errors(&prove(&ana, "code", &device.next_code()).await), NONE);
        assert_eq!(user_errors(&with_password(&ana, DISABLE, short).await), ["PASSWORD_TOO_SHORT"]);
        assert_eq!(app.number("SELECT count(*) FROM second_factor").await, 1);
    }

    async fn whose_role_must_have_a_second_factor_keeps_it(app: App) {
        let copy = required(&app).await;
        let bo = app.doctor("bo").await;
        let doctor = bo.at(&copy);
        enrol(&app, &doctor).await;
        assert_eq!(user_errors(&with_password(&doctor, DISABLE, PASSWORD).await), ["REQUIRED_BY_ROLE"]);
        assert_eq!(codes(&doctor.run("{ doctors { totalCount } }", json!({})).await), NONE);
    }

    async fn another_device_replaces_the_first_when_its_code_was_shown(app: App) {
        let ana = app.patient("ana").await;
        let first = enrol(&app, &ana).await;
        app.clock.advance(TimeDelta::minutes(6));
        assert_eq!(user_errors(&begun(&ana, PASSWORD).await), ["STEP_UP_REQUIRED"]);
        assert_eq!(user_errors(&prove(&ana, "code", &first.next_code()).await), NONE);
        let answer = begun(&ana, PASSWORD).await;
        let secret = answer["data"]["beginMfaEnrolment"]["mfaEnrolment"]["secret"].as_str().unwrap();
        let second = crate::support::Authenticator::of(&app, secret);
        // Until then the first one counts.
        let challenge = challenged(&app.copy, &ana.email).await;
        assert_eq!(user_errors(&completed(&app.copy, &challenge, &second.next_code()).await), ["INVALID_CODE"]);
        assert_eq!(user_errors(&completed(&app.copy, &challenge, &first.code()).await), NONE);
        assert_eq!(user_errors(&confirmed(&ana, &second.code()).await), NONE);
        let challenge = challenged(&app.copy, &ana.email).await;
        assert_eq!(user_errors(&completed(&app.copy, &challenge, &first.next_code()).await), ["INVALID_CODE"]);
        assert_eq!(user_errors(&completed(&app.copy, &challenge, &second.code()).await), NONE);
    }

    async fn who_was_invited_chooses_a_password_first(app: App) {
        let admin = app.admin().await;
        let made = create(&admin, "new@clinic.test").await;
        let temporary = made["data"]["createUser"]["temporaryPassword"].as_str().unwrap();
        let answer = app.copy.run(None, "mutation($p: String!) {
            signIn(input: { email: \"new@clinic.test\", password: $p }) { authSession { accessToken } } }",
            json!({ "p": temporary })).await;
        let token = answer["data"]["signIn"]["authSession"]["accessToken"].as_str();
        let invited = Person { token: token.map(str::to_owned), ..admin.clone() };
        assert_eq!(user_errors(&begun(&invited, temporary).await), ["PASSWORD_NOT_CHOSEN"]);
    }
}
