//! Guessing at a second factor, with the password in hand: ten thousand codes, and nobody gets in.

use crate::support::{App, Backend, PASSWORD, enrol, user_errors};
use chrono::TimeDelta;
use serde_json::json;

const SIGN_IN: &str = "mutation($email: String!, $password: String!) {
    signIn(input: { email: $email, password: $password }) {
        authSession { accessToken } mfaChallenge { token } userErrors { code } } }";
const COMPLETE: &str = "mutation($input: CompleteSignInInput!) { completeSignIn(input: $input) {
    authSession { accessToken } userErrors { code } } }";
const GUESSES: u32 = 10_000;

async fn story(app: App) {
    let ana = app.patient("ana").await;
    let device = enrol(&app, &ana).await;
    let mut token = String::new();
    let (mut looked_at, mut turned_away) = (0, 0);
    for guess in 0..GUESSES {
        // Now and then the guesser has the patience that is asked for, and begins again.
        if guess % 250 == 0 {
            app.clock.advance(TimeDelta::minutes(16));
            let input = json!({ "email": ana.email, "password": PASSWORD });
            let answer = app.copy.run(None, SIGN_IN, input).await;
            let signed_in = &answer["data"]["signIn"];
            assert!(signed_in["authSession"].is_null(), "{answer}");
            let challenge = signed_in["mfaChallenge"]["token"].as_str();
            token = challenge.unwrap_or("none").to_owned();
        }
        // Of all codes these are a hundredth; that one of them is right just now is left out.
        let code = format!("{:06}", guess * 97);
        if (-2..=2).any(|step| device.code_in(step) == code) {
            continue;
        }
        let input = json!({ "input": { "challenge": token, "code": code } });
        let answer = app.copy.run(None, COMPLETE, input).await;
        let completed = &answer["data"]["completeSignIn"];
        assert!(completed["authSession"].is_null(), "{answer}");
        match user_errors(&answer).join("").as_str() {
            "INVALID_CODE" => looked_at += 1,
            "TRY_LATER" | "INVALID_CHALLENGE" => turned_away += 1,
            other => panic!("{other}"),
        }
    }
    // As many as guesses at a password: then the account waits for its owner, however patient the guesser is.
    assert!(
        (5..=100).contains(&looked_at),
        "{looked_at} looked at, {turned_away} turned away"
    );
}

#[test]
fn of_ten_thousand_codes_none_is_let_in() {
    crate::support::run(Backend::Sqlite, story);
}
