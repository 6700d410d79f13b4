//! A second factor: enrolled by who has the password and the device, and asked for between the password and the session.

use crate::support::documents::{FOLLOW, WHO};
use crate::support::{
    App, Authenticator, End, PASSWORD, Person, Socket, begun, challenged, codes, completed,
    confirmed, enrol, required, tidy, user_errors,
};
use chrono::TimeDelta;
use serde_json::{Value, json};
use std::time::Duration;

const NONE: Vec<String> = Vec::new();
const MINE: &str = "{ viewer { mustEnrolMfa recoveryCodesLeft user { mfaEnrolled roles } } }";
const SIGN_IN: &str = "mutation($email: String!, $password: String!) {
    signIn(input: { email: $email, password: $password }) {
        authSession { accessToken } mfaChallenge { token } userErrors { code message path } } }";

async fn sign_in(app: &App, email: &str, password: &str) -> Value {
    let variables = json!({ "email": email, "password": password });
    app.copy.run(None, SIGN_IN, variables).await
}

/// Forgives the account its failures, as an administrator may.
async fn forgive(app: &App, admin: &Person, user: &str) {
    let found = admin.data(
        "query($id: ID!) { user(id: $id) { version } }",
        json!({ "id": user }),
    );
    let version = found.await["user"]["version"].clone();
    let document = "mutation($id: ID!, $version: Int!) { setUserStatus(input: {
        id: $id, status: ACTIVE, expectedVersion: $version }) { userErrors { code } } }";
    let changed = admin
        .run(document, json!({ "id": user, "version": version }))
        .await;
    assert_eq!(user_errors(&changed), NONE);
    assert_eq!(codes(&changed), NONE);
    // A status that is set is a new version, also when it is the same.
    assert_eq!(
        app.number("SELECT count(*) FROM sign_in_throttle WHERE failures < 1000")
            .await,
        0
    );
}

on_both! {
    async fn enrolment_needs_the_password_and_a_code(app: App) {
        let ana = app.patient("ana").await;
        let other = ana.another_session().await;
        assert_eq!(user_errors(&confirmed(&ana, "123456").await), ["NOT_BEGUN"]);
        assert_eq!(user_errors(&begun(&ana, "not the password").await), ["WRONG_PASSWORD"]);
        let answer = begun(&ana, PASSWORD).await;
        let enrolment = &answer["data"]["beginMfaEnrolment"]["mfaEnrolment"];
        let secret = enrolment["secret"].as_str().unwrap();
        assert_eq!(secret.len(), 32);
        let uri = enrolment["otpauthUri"].as_str().unwrap();
        assert!(uri.starts_with("otpauth://totp/Patient%20Tracker:ana%40clinic.test?secret="), "{uri}");
        let device = Authenticator::of(&app, secret);
        assert_eq!(user_errors(&confirmed(&ana, &device.wrong_code()).await), ["INVALID_CODE"]);
        // A secret that was only shown changes nothing.
        let mine = ana.data(MINE, json!({})).await;
        assert_eq!(mine["viewer"]["user"]["mfaEnrolled"], false);
        assert!(sign_in(&app, &ana.email, PASSWORD).await["data"]["signIn"]["authSession"].is_object());

        let answer = confirmed(&ana, &device.code()).await;
        let shown = answer["data"]["confirmMfaEnrolment"]["recoveryCodes"].as_array().unwrap();
        assert_eq!(shown.len(), 10);
        assert!(shown.iter().all(|code| code.as_str().unwrap().len() == 27), "24 signs of 5 bits");
        let mine = ana.data(MINE, json!({})).await;
        assert_eq!(mine["viewer"], json!({ "mustEnrolMfa": false, "recoveryCodesLeft": 10,
            "user": { "mfaEnrolled": true, "roles": ["PATIENT"] } }));
        assert_eq!(codes(&other.run(WHO, json!({})).await), ["UNAUTHENTICATED"]);
        // The seed was used up by being confirmed.
        assert_eq!(user_errors(&confirmed(&ana, &device.next_code()).await), ["NOT_BEGUN"]);
    }

    async fn a_secret_awaits_its_first_code_for_a_quarter_of_an_hour(app: App) {
        let ana = app.patient("ana").await;
        let begun = begun(&ana, PASSWORD).await;
        let secret = begun["data"]["beginMfaEnrolment"]["mfaEnrolment"]["secret"].as_str().unwrap();
        let device = Authenticator::of(&app, secret);
        app.clock.advance(TimeDelta::minutes(16));
        let later = ana.another_session().await;
        assert_eq!(user_errors(&confirmed(&later, &device.code()).await), ["NOT_BEGUN"]);
    }

    async fn who_has_a_second_factor_signs_in_in_two_steps(app: App) {
        let ana = app.patient("ana").await;
        let device = enrol(&app, &ana).await;
        let answer = sign_in(&app, &ana.email, PASSWORD).await;
        let payload = &answer["data"]["signIn"];
        assert_eq!((&payload["authSession"], &payload["userErrors"]), (&Value::Null, &json!([])));
        let challenge = payload["mfaChallenge"]["token"].as_str().unwrap();
        // It is good for answering it, and for nothing else.
        let holder = Person { token: Some(challenge.to_owned()), ..ana.person.clone() };
        assert_eq!(codes(&holder.run(WHO, json!({})).await), ["UNAUTHENTICATED"]);
        let answer = completed(&app.copy, challenge, &device.next_code()).await;
        insta::assert_json_snapshot!(tidy(answer.clone())["data"], @r#"
        {
          "completeSignIn": {
            "authSession": {
              "accessToken": "[secret]",
              "refreshToken": "[secret]",
              "session": {
                "device": "Unknown device"
              },
              "user": {
                "id": "[user]",
                "mfaEnrolled": true,
                "roles": [
                  "PATIENT"
                ]
              }
            },
            "userErrors": []
          }
        }
        "#);
        let token = answer["data"]["completeSignIn"]["authSession"]["accessToken"].as_str();
        let signed_in = Person { token: token.map(str::to_owned), ..ana.person.clone() };
        assert_eq!(signed_in.data(WHO, json!({})).await["viewer"]["user"]["id"], ana.user.as_str());
        // Answered once is answered.
        assert_eq!(user_errors(&completed(&app.copy, challenge, &device.next_code()).await), ["INVALID_CHALLENGE"]);
    }

    async fn a_wrong_password_tells_nothing_of_a_second_factor(app: App) {
        let ana = app.patient("ana").await;
        enrol(&app, &ana).await;
        let wrong = sign_in(&app, "ana@clinic.test", "not the password").await;
        let unknown = sign_in(&app, "nobody@clinic.test", "not the password").await;
        assert_eq!(wrong, unknown);
        let made_up = completed(&app.copy, &format!("ptm_{}", "A".repeat(43)), "123456").await;
        assert_eq!(made_up, completed(&app.copy, "nonsense", "123456").await);
        assert_eq!(user_errors(&made_up), ["INVALID_CHALLENGE"]);
    }

    async fn a_code_works_once_and_within_a_step_of_its_own(app: App) {
        let ana = app.patient("ana").await;
        let device = enrol(&app, &ana).await;
        app.clock.advance(TimeDelta::minutes(5));
        device.settle();
        let challenge = challenged(&app.copy, &ana.email).await;
        for steps in [-3, -2, 2, 3] {
            let answer = completed(&app.copy, &challenge, &device.code_in(steps)).await;
            assert_eq!(user_errors(&answer), ["INVALID_CODE"], "{steps} steps off");
        }
        let early = device.code_in(1);
        assert_eq!(user_errors(&completed(&app.copy, &challenge, &early).await), NONE);
        // The same again, and whatever came before it, though both are within a step.
        let challenge = challenged(&app.copy, &ana.email).await;
        for code in [&early, &device.code()] {
            assert_eq!(user_errors(&completed(&app.copy, &challenge, code).await), ["INVALID_CODE"]);
        }
        app.clock.advance(TimeDelta::seconds(90));
        for code in [device.code_in(-1), device.code()] {
            let challenge = challenged(&app.copy, &ana.email).await;
            assert_eq!(user_errors(&completed(&app.copy, &challenge, &code).await), NONE);
        }
    }

    async fn of_twenty_who_bring_the_same_code_to_two_copies_one_is_let_in(app: App) {
        let patient = [("identity.free_failures", "20")];
        let copies = [app.copy_with(&patient).await, app.copy_with(&patient).await];
        let (ana, admin) = (app.patient("ana").await, app.admin().await);
        let device = enrol(&app, &ana).await;
        let mut challenges = Vec::new();
        for n in 0..20 {
            challenges.push(challenged(&copies[n % 2], &ana.email).await);
        }
        forgive(&app, &admin, &ana.user).await;
        let code = device.next_code();
        let tasks: Vec<_> = (0..).zip(challenges).map(|(n, challenge)| {
            let (copy, code) = (copies[n % 2].clone(), code.clone());
            tokio::spawn(async move { user_errors(&completed(&copy, &challenge, &code).await) })
        }).collect();
        let mut told = Vec::new();
        for task in tasks {
            told.push(task.await.unwrap().join(""));
        }
        told.sort();
        assert_eq!(told[0], "", "{told:?}");
        assert!(told[1..].iter().all(|code| code == "INVALID_CODE"), "{told:?}");
    }

    async fn five_wrong_codes_burn_the_challenge_and_slow_the_account_down(app: App) {
        let ana = app.patient("ana").await;
        let device = enrol(&app, &ana).await;
        let challenge = challenged(&app.copy, &ana.email).await;
        for _ in 0..5 {
            let answer = completed(&app.copy, &challenge, &device.wrong_code()).await;
            assert_eq!(user_errors(&answer), ["INVALID_CODE"]);
        }
        let code = device.code_in(1);
        assert_eq!(user_errors(&sign_in(&app, &ana.email, PASSWORD).await), ["TRY_LATER"]);
        app.clock.advance(TimeDelta::seconds(2));
        assert_eq!(user_errors(&completed(&app.copy, &challenge, &code).await), ["INVALID_CHALLENGE"]);
        // A right password pays for no more guesses: each is waited for longer.
        let mut waits = Vec::new();
        for _ in 0..3 {
            let challenge = challenged(&app.copy, &ana.email).await;
            let mut waited = 0;
            while user_errors(&completed(&app.copy, &challenge, &device.wrong_code()).await) == ["TRY_LATER"] {
                app.clock.advance(TimeDelta::seconds(1));
                waited += 1;
            }
            waits.push(waited);
            app.clock.advance(TimeDelta::minutes(4));
        }
        assert!(waits[0] < waits[1] && waits[1] < waits[2], "{waits:?}");
    }

    async fn a_challenge_is_good_for_its_own_account_and_not_for_long(app: App) {
        let (ana, eve) = (app.patient("ana").await, app.patient("eve").await);
        let (device, hers) = (enrol(&app, &ana).await, enrol(&app, &eve).await);
        let challenge = challenged(&app.copy, &ana.email).await;
        // Eve's device and Eve's paper open nothing of Ana's.
        for code in [hers.next_code(), hers.recovery_codes[0].clone()] {
            assert_eq!(user_errors(&completed(&app.copy, &challenge, &code).await), ["INVALID_CODE"]);
        }
        app.clock.advance(TimeDelta::seconds(4 * 60 + 50));
        let at_last = challenged(&app.copy, &ana.email).await;
        app.clock.advance(TimeDelta::seconds(20));
        assert_eq!(user_errors(&completed(&app.copy, &challenge, &device.code()).await), ["INVALID_CHALLENGE"]);
        assert_eq!(user_errors(&completed(&app.copy, &at_last, &device.code()).await), NONE);
    }

    async fn a_challenge_ends_with_the_password_it_was_given_for(app: App) {
        let ana = app.patient("ana").await;
        let device = enrol(&app, &ana).await;
        let challenge = challenged(&app.copy, &ana.email).await;
        let changed = ana.run("mutation($p: String!) { changePassword(input: {
            currentPassword: $p, newPassword: \"eleven tall windows\" }) { userErrors { code } } }",
            json!({ "p": PASSWORD })).await;
        assert_eq!(user_errors(&changed), NONE);
        let answer = completed(&app.copy, &challenge, &device.next_code()).await;
        assert_eq!(user_errors(&answer), ["INVALID_CHALLENGE"]);
    }

    async fn a_recovery_code_works_once(app: App) {
        let ana = app.patient("ana").await;
        let device = enrol(&app, &ana).await;
        let code = &device.recovery_codes[3];
        let challenge = challenged(&app.copy, &ana.email).await;
        let typed = code.replace('-', " ").to_uppercase();
        let answer = completed(&app.copy, &challenge, &typed).await;
        assert_eq!(user_errors(&answer), NONE);
        let token = answer["data"]["completeSignIn"]["authSession"]["accessToken"].as_str();
        let signed_in = Person { token: token.map(str::to_owned), ..ana.person.clone() };
        assert_eq!(signed_in.data(MINE, json!({})).await["viewer"]["recoveryCodesLeft"], 9);
        let challenge = challenged(&app.copy, &ana.email).await;
        assert_eq!(user_errors(&completed(&app.copy, &challenge, code).await), ["INVALID_CODE"]);
        assert_eq!(user_errors(&completed(&app.copy, &challenge, &device.recovery_codes[4]).await), NONE);
    }

    async fn two_answers_in_one_request_are_refused(app: App) {
        let answer = app.anonymous().run("mutation {
            a: completeSignIn(input: { challenge: \"x\", code: \"1\" }) { userErrors { code } }
            b: completeSignIn(input: { challenge: \"x\", code: \"2\" }) { userErrors { code } }
        }", json!({})).await;
        assert_eq!(codes(&answer), ["BAD_REQUEST"]);
    }

    async fn whose_role_must_have_a_second_factor_can_do_nothing_but_enrol_it(app: App) {
        let copy = required(&app).await;
        let bo = app.doctor("bo").await;
        let ana = app.patient("ana").await;
        let doctor = bo.at(&copy);
        assert_eq!(codes(&doctor.run("{ doctors { totalCount } }", json!({})).await), ["FORBIDDEN"]);
        assert_eq!(doctor.data("{ viewer { doctor { id } mustEnrolMfa } }", json!({})).await["viewer"],
            json!({ "doctor": null, "mustEnrolMfa": true }));
        let socket = Socket::open(&copy.address, doctor.token.as_deref()).await;
        let mut live = socket.subscribe("1", FOLLOW, json!({ "of": { "doctor": bo.id } })).await;
        let End::Refused(errors) = live.end().await else { panic!("it is refused") };
        assert_eq!(errors[0]["extensions"]["code"], "FORBIDDEN");
        for staff in [app.admin().await.at(&copy), app.analyst().await.at(&copy)] {
            assert_eq!(staff.data(MINE, json!({})).await["viewer"]["mustEnrolMfa"], true);
            assert_eq!(codes(&staff.run("{ users { totalCount } }", json!({})).await), ["FORBIDDEN"]);
        }
        // A patient need not.
        assert_eq!(codes(&ana.at(&copy).run("{ doctors { totalCount } }", json!({})).await), NONE);

        enrol(&app, &doctor).await;
        assert_eq!(codes(&doctor.run("{ doctors { totalCount } }", json!({})).await), NONE);
        let mut live = doctor.subscribe(FOLLOW, json!({ "of": { "doctor": bo.id } })).await;
        live.is_silent_for(Duration::from_millis(300)).await;
    }
}
