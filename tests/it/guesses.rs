//! Guessing at a second factor, with the password in hand: ten thousand codes, and nobody gets in.

use crate::support::{App, Backend, PASSWORD, enrol, user_errors};
use chrono::TimeDelta;
use serde_json::{Value, json};

const SIGN_IN: &str = "mutation($email: String!, $password: String!) {
    signIn(input: { email: $email, password: $password }) {
        authSession { accessToken } mfaChallenge { token } userErrors { code } } }";
const COMPLETE: &str = "mutation($input: CompleteSignInInput!) { completeSignIn(input: $input) {
    authSession { accessToken } userErrors { code } } }";
const GUESSES: u32 = 10_000;

async fn story(app: App) {
    let ana = app.patient("ana").await;
    let device = enrol(&app, &ana).await;
    let mut challenge = Value::Null;
    let (mut looked_at, mut turned_away) = (0, 0);
    for guess in 0..GUESSES {
        if challenge.is_null() {
            let input = json!({ "email": ana.email, "password": PASSWORD });
            let answer = app.copy.run(None, SIGN_IN, input).await;
            assert!(
                answer["data"]["signIn"]["authSession"].is_null(),
                "{answer}"
            );
            challenge = answer["data"]["signIn"]["mfaChallenge"]["token"].clone();
        }
        // Of all codes these are a hundredth; that one of them is right just now is left out.
        let code = format!("{:06}", guess * 97);
        if (-2..=2).any(|step| device.code_in(step) == code) {
            continue;
        }
        let token = challenge.as_str().unwrap_or("none");
        let input = json!({ "input": { "challenge": token, "code": code } });
        let answer = app.copy.run(None, COMPLETE, input).await;
        assert!(
            answer["data"]["completeSignIn"]["authSession"].is_null(),
            "{answer}"
        );
        match user_errors(&answer).join("").as_str() {
            "INVALID_CODE" => looked_at += 1,
            told @ ("TRY_LATER" | "INVALID_CHALLENGE") => {
                // Now and then the guesser has the patience that is asked for.
                turned_away += 1;
                if turned_away % 20 == 0 {
                    app.clock.advance(TimeDelta::minutes(16));
                }
                if turned_away % 20 == 0 || told == "INVALID_CHALLENGE" {
                    challenge = Value::Null;
                }
            }
            other => panic!("{other}"),
        }
    }
    // As many as guesses at a password: then the account waits for its owner, however patient the guesser is.
    assert!(
        (20..=100).contains(&looked_at),
        "{looked_at} looked at, {turned_away} turned away"
    );
}

#[test]
fn of_ten_thousand_codes_none_is_let_in() {
    crate::support::run(Backend::Sqlite, story);
}
