//! Letters over a mail server: they arrive with what they are for, and whoever asks for one neither waits for that server
//! nor learns from it whether there is such an account.

use crate::support::smtp::{Mood, Smtp};
use crate::support::{App, Backend, PASSWORD, run_with, token_in, user_errors};
use chrono::TimeDelta;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const ASK: &str = "mutation($e: String!) { requestPasswordReset(input: { email: $e }) {
    accepted userErrors { code path } } }";
const RESET: &str = "mutation($token: String!) { resetPassword(input: {
    token: $token, newPassword: \"eleven tall windows\" }) { reset userErrors { code } } }";
const VERIFY: &str = "mutation($token: String!) { verifyEmail(input: { token: $token }) {
    verified userErrors { code } } }";
const REGISTER: &str = "mutation($input: RegisterPatientInput!) { registerPatient(input: $input) {
    accepted userErrors { code path } } }";
/// How long is waited for what should come.
const PATIENCE: Duration = Duration::from_secs(20);

async fn until(what: &str, mut there: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !there().await {
        assert!(begun.elapsed() < PATIENCE, "waiting for {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Asks for a link; the whole answer but for what differs each time.
async fn asked(app: &App, email: &str) -> Value {
    let mut answer = app.copy.run(None, ASK, json!({ "e": email })).await;
    answer["data"].take()
}

/// Runs a story on both kinds of database with a mail server of this mood.
fn with_post<S, F>(backend: Backend, mood: Mood, story: S)
where
    S: FnOnce(App, Smtp) -> F,
    F: Future<Output = ()>,
{
    let smtp = Smtp::start(mood);
    let url = smtp.url();
    let settings = [
        ("mail.url", url.as_str()),
        ("mail.from", "desk@clinic.test"),
    ];
    run_with(backend, &settings, |app| story(app, smtp));
}

async fn links(app: App, smtp: Smtp) {
    let input = json!({ "input": { "email": "quill@clinic.test", "password": PASSWORD,
        "birthDate": "1990-02-03", "name": { "given": ["Quill"], "family": "Newcomer" } } });
    let answer = app.copy.run(None, REGISTER, input).await;
    assert_eq!(answer["data"]["registerPatient"]["accepted"], true);
    app.post_is_quiet().await;
    let letters = smtp.letters("quill@clinic.test");
    assert_eq!(letters.len(), 1, "{letters:?}");
    assert!(letters[0].contains("From: desk@clinic.test"), "{letters:?}");
    let token = token_in(&letters[0]);
    let answer = app.copy.run(None, VERIFY, json!({ "token": token })).await;
    assert_eq!(answer["data"]["verifyEmail"]["verified"], true, "{answer}");
    asked(&app, "quill@clinic.test").await;
    app.post_is_quiet().await;
    let letters = smtp.letters("quill@clinic.test");
    let token = token_in(letters.last().unwrap());
    let answer = app.copy.run(None, RESET, json!({ "token": token })).await;
    assert_eq!(answer["data"]["resetPassword"]["reset"], true, "{answer}");
    // Their owner is told that it was chosen.
    app.post_is_quiet().await;
    assert_eq!(smtp.letters("quill@clinic.test").len(), 3);
}

async fn troubled(app: App, smtp: Smtp) {
    let ana = app.patient("ana").await;
    let known = asked(&app, &ana.email).await;
    // The letter waits on the mail server, or is on its way to it, while the answer is there.
    assert_eq!(asked(&app, "nobody@clinic.test").await, known);
    assert_eq!(
        known["requestPasswordReset"],
        json!({ "accepted": true, "userErrors": [] })
    );
    until("the mail server to be asked", async || smtp.came().0 > 0).await;
    if smtp.came().1 > 0 {
        // It waits still, and so does nobody else.
        assert_eq!(asked(&app, "nobody@clinic.test").await, known);
        assert_eq!(asked(&app, &ana.email).await, known);
        assert_eq!(smtp.came().1, 1, "one letter waits at a time");
    }
    assert_eq!(smtp.letters(&ana.email), Vec::<String>::new());
    // Once the trouble is over the letter is sent, after its pause and not before.
    let before = smtp.came().0;
    smtp.becomes(Mood::Takes);
    until("what was hanging to be over", async || smtp.came().1 == 0).await;
    app.clock.advance(TimeDelta::minutes(3));
    app.state().post.ring();
    until("the letter", async || !smtp.letters(&ana.email).is_empty()).await;
    assert!(smtp.came().0 > before);
    app.post_is_quiet().await;
    let letters = smtp.letters(&ana.email);
    let good = letters.last().unwrap();
    let answer = app
        .copy
        .run(None, RESET, json!({ "token": token_in(good) }))
        .await;
    assert_eq!(user_errors(&answer), Vec::<String>::new(), "{answer}");
    // What the server said stays with it, and so does the address.
    let logged = app.logged();
    assert!(logged.contains("Could not send a letter"), "{logged}");
    assert!(!logged.contains("nobody of this name") && !logged.contains(&ana.email));
}

/// Nobody would ever take this letter: it is tried eight times, at longer and longer intervals, and given up.
async fn given_up(app: App, smtp: Smtp) {
    let ana = app.patient("ana").await;
    asked(&app, &ana.email).await;
    let attempts = "SELECT COALESCE(MAX(attempts), -1) FROM outgoing_mail";
    for attempt in 1..=8 {
        until("another attempt", async || smtp.came().0 == attempt).await;
        let noted = i64::try_from(attempt).unwrap();
        if attempt < 8 {
            until("it to be noted", async || {
                app.number(&format!("SELECT CAST(({attempts}) AS bigint)"))
                    .await
                    == noted
            })
            .await;
            // A little before its pause is over nothing is sent.
            let pause = TimeDelta::minutes(1 << (attempt - 1));
            app.clock.advance(pause - TimeDelta::seconds(30));
            app.state().post.ring();
            tokio::time::sleep(Duration::from_millis(500)).await;
            assert_eq!(smtp.came().0, attempt, "it is too early");
            app.clock.advance(TimeDelta::seconds(31));
            app.state().post.ring();
        }
    }
    app.post_is_quiet().await;
    assert!(app.logged().contains("Gave a letter up"));
    assert_eq!(smtp.letters(&ana.email), Vec::<String>::new());
}

macro_rules! over_smtp {
    ($($name:ident: $mood:ident => $story:ident,)+) => {$(
        mod $name {
            use super::*;

            #[test]
            fn sqlite() {
                with_post(Backend::Sqlite, Mood::$mood, $story);
            }

            #[test]
            fn postgres() {
                with_post(Backend::Postgres, Mood::$mood, $story);
            }
        }
    )+};
}

over_smtp! {
    reset_and_verification_links_arrive_and_work: Takes => links,
    a_mail_server_that_refuses_is_not_felt_and_is_asked_again: Refuses => troubled,
    a_mail_server_that_hangs_is_not_felt_and_is_asked_again: Hangs => troubled,
    a_letter_that_nobody_takes_is_given_up: Refuses => given_up,
}
