//! One-time links: they work once, for what they are for, for a while; and asking for one tells nothing.

use crate::support::documents::WHO;
use crate::support::{
    App, Backend, PASSWORD, Person, codes, enrol, sign_in, token_in, user_errors,
};
use chrono::TimeDelta;
use serde_json::{Value, json};
use std::time::Duration;

const NONE: Vec<String> = Vec::new();
const NEW: &str = "eleven tall windows";
const ASK: &str = "mutation($e: String!) { requestPasswordReset(input: { email: $e }) {
    accepted userErrors { code path } } }";
const RESET: &str = "mutation($token: String!, $password: String!) {
    resetPassword(input: { token: $token, newPassword: $password }) { reset userErrors { code path } } }";
const VERIFY: &str = "mutation($token: String!) { verifyEmail(input: { token: $token }) {
    verified userErrors { code path } } }";
const REGISTER: &str = "mutation($input: RegisterPatientInput!) { registerPatient(input: $input) {
    accepted userErrors { code path } } }";
const VERIFIED: &str = "{ viewer { user { emailVerified } } }";

async fn reset(app: &App, token: &str, password: &str) -> Value {
    let variables = json!({ "token": token, "password": password });
    app.copy.run(None, RESET, variables).await
}

async fn verify(app: &App, token: &str) -> Value {
    app.copy.run(None, VERIFY, json!({ "token": token })).await
}

fn newcomer(email: &str) -> Value {
    json!({ "input": { "email": email, "password": PASSWORD, "birthDate": "1990-02-03",
        "name": { "given": ["Quill"], "family": "Newcomer" } } })
}

async fn register(app: &App, email: &str) -> Value {
    app.copy.run(None, REGISTER, newcomer(email)).await
}

on_both! {
    async fn a_password_is_reset_by_a_link_and_every_session_ends(app: App) {
        let ana = app.patient("ana").await;
        let other = ana.another_session().await;
        let mut socket = other.socket().await;
        let token = app.link("requestPasswordReset", &ana.email).await;
        assert_eq!(codes(&ana.run(WHO, json!({})).await), NONE, "asking changes nothing");
        let answer = reset(&app, &token, NEW).await;
        assert_eq!(answer["data"]["resetPassword"], json!({ "reset": true, "userErrors": [] }));
        for person in [&*ana, &other] {
            assert_eq!(codes(&person.run(WHO, json!({})).await), ["UNAUTHENTICATED"]);
        }
        let closed = tokio::time::timeout(Duration::from_secs(2), socket.message()).await;
        assert_eq!(closed.expect("the socket closes").unwrap_err(), 4403);
        assert!(sign_in(&app.copy, &ana.email, PASSWORD).await.is_err());
        let again = sign_in(&app.copy, &ana.email, NEW).await.ok().unwrap();
        assert_eq!(again.data(VERIFIED, json!({})).await["viewer"]["user"]["emailVerified"], true);
        // The owner is told.
        let letters = app.letters_of(&ana.email, 2).await;
        assert!(letters.iter().any(|letter| letter.contains("Your password was changed")), "{letters:?}");
    }

    async fn of_fifty_who_bring_one_link_one_is_let_through(app: App) {
        let copies = [app.second_copy().await, app.second_copy().await];
        let ana = app.patient("ana").await;
        let token = app.link("requestPasswordReset", &ana.email).await;
        let tasks: Vec<_> = (0..50).map(|n| {
            let (copy, token) = (copies[n % 2].clone(), token.clone());
            tokio::spawn(async move {
                let variables = json!({ "token": token, "password": format!("{NEW} of house {n}") });
                copy.run(None, RESET, variables).await
            })
        }).collect();
        let (mut done, mut refused) = (0, 0);
        for task in tasks {
            let answer = task.await.unwrap();
            let payload = &answer["data"]["resetPassword"];
            if payload["reset"] == true {
                done += 1;
            } else if user_errors(&answer) == ["INVALID_TOKEN"] || codes(&answer) == ["UNAVAILABLE"] {
                // Unavailable: too many passwords wait to be hashed.
                refused += 1;
            } else {
                panic!("{answer}");
            }
        }
        assert_eq!((done, refused), (1, 49));
        assert_eq!(app.number("SELECT CAST(auth_epoch AS bigint) FROM \"user\"").await, 1);
    }

    async fn a_link_ends_with_time_with_a_newer_one_and_with_another_password(app: App) {
        let ana = app.patient("ana").await;
        let old = app.link("requestPasswordReset", &ana.email).await;
        let newer = app.link("requestPasswordReset", &ana.email).await;
        assert_eq!(user_errors(&reset(&app, &old, NEW).await), ["INVALID_TOKEN"]);
        // A weak password does not use the link up.
        assert_eq!(user_errors(&reset(&app, &newer, "short").await), ["PASSWORD_TOO_SHORT"]);
        assert_eq!(user_errors(&reset(&app, &newer, "ana@clinic.test 2031").await), ["PASSWORD_GUESSABLE"]);
        app.clock.advance(TimeDelta::seconds(30 * 60 + 1));
        assert_eq!(user_errors(&reset(&app, &newer, NEW).await), ["INVALID_TOKEN"]);
        let ana = sign_in(&app.copy, &ana.email, PASSWORD).await.ok().unwrap();
        let token = app.link("requestPasswordReset", &ana.email).await;
        let changed = ana.run("mutation($old: String!, $new: String!) { changePassword(input: {
            currentPassword: $old, newPassword: $new }) { userErrors { code } } }",
            json!({ "old": PASSWORD, "new": NEW })).await;
        assert_eq!(user_errors(&changed), NONE);
        assert_eq!(user_errors(&reset(&app, &token, "nine grey herons").await), ["INVALID_TOKEN"]);
        assert!(sign_in(&app.copy, &ana.email, NEW).await.is_ok());
    }

    async fn a_link_is_good_for_its_own_purpose_and_account(app: App) {
        let (ana, eve) = (app.patient("ana").await, app.patient("eve").await);
        assert_eq!(register(&app, "quill@clinic.test").await["data"]["registerPatient"]["accepted"], true);
        let verification = token_in(&app.letters_of("quill@clinic.test", 1).await[0]);
        let to_reset = app.link("requestPasswordReset", &ana.email).await;
        assert_eq!(user_errors(&reset(&app, &verification, NEW).await), ["INVALID_TOKEN"]);
        assert_eq!(user_errors(&verify(&app, &to_reset).await), ["INVALID_TOKEN"]);
        assert_eq!(user_errors(&verify(&app, "nonsense").await), ["INVALID_TOKEN"]);
        assert_eq!(user_errors(&verify(&app, &eve.refresh_token).await), ["INVALID_TOKEN"]);
        assert_eq!(user_errors(&reset(&app, &to_reset, NEW).await), NONE);
        assert!(sign_in(&app.copy, &ana.email, NEW).await.is_ok());
        assert!(sign_in(&app.copy, &eve.email, PASSWORD).await.is_ok(), "another account is as it was");
    }

    async fn a_reset_lifts_the_lock_of_guesses_and_leaves_the_second_factor(app: App) {
        let ana = app.patient("ana").await;
        enrol(&app, &ana).await;
        // Shut after ten wrong ones, however long one waits.
        let copy = app.copy_with(&[("identity.lock_after", "10")]).await;
        for _ in 0..10 {
            assert_eq!(sign_in(&copy, &ana.email, "not the password").await.err().unwrap(), "INVALID_CREDENTIALS");
            app.clock.advance(TimeDelta::minutes(20));
        }
        assert_eq!(sign_in(&copy, &ana.email, PASSWORD).await.err().unwrap(), "TRY_LATER");
        let token = app.link("requestPasswordReset", &ana.email).await;
        assert_eq!(user_errors(&reset(&app, &token, NEW).await), NONE);
        let answer = copy.run(None, "mutation($e: String!, $p: String!) { signIn(input: { email: $e, password: $p }) {
            authSession { accessToken } mfaChallenge { token } userErrors { code } } }",
            json!({ "e": ana.email, "p": NEW })).await;
        assert!(answer["data"]["signIn"]["mfaChallenge"]["token"].is_string(), "{answer}");
        assert_eq!(answer["data"]["signIn"]["authSession"], Value::Null);
    }

    async fn who_is_shut_out_gets_no_link(app: App) {
        let (ana, admin) = (app.patient("ana").await, app.admin().await);
        let token = app.link("requestPasswordReset", &ana.email).await;
        let lock = "mutation($id: ID!) { setUserStatus(input: { id: $id, status: LOCKED, expectedVersion: 1 }) {
            userErrors { code } } }";
        assert_eq!(user_errors(&admin.run(lock, json!({ "id": ana.user })).await), NONE);
        assert_eq!(user_errors(&reset(&app, &token, NEW).await), ["INVALID_TOKEN"]);
        let asked = app.copy.run(None, ASK, json!({ "e": ana.email })).await;
        assert_eq!(asked["data"]["requestPasswordReset"]["accepted"], true);
        app.letters_of(&ana.email, 1).await;
    }

    async fn asking_tells_nothing_of_who_has_an_account(app: App) {
        let ana = app.patient("ana").await;
        app.post_is_quiet().await;
        let mut seen = Vec::new();
        for email in [ana.email.as_str(), "nobody@clinic.test", "no address at all"] {
            let asked = app.copy.run(None, ASK, json!({ "e": email })).await;
            app.post_is_quiet().await;
            seen.push(asked);
        }
        assert!(seen.iter().all(|answer| *answer == seen[0]), "{seen:?}");
        assert_eq!(app.letters(&ana.email).len(), 1);
        // Neither does being slowed down.
        for email in [ana.email.as_str(), "nobody@clinic.test"] {
            let mut told = Vec::new();
            for _ in 0..4 {
                told.extend(user_errors(&app.copy.run(None, ASK, json!({ "e": email })).await));
            }
            assert_eq!(told, ["TRY_LATER"; 2], "{email}");
        }
        app.clock.advance(TimeDelta::minutes(11));
        assert_eq!(user_errors(&app.copy.run(None, ASK, json!({ "e": ana.email })).await), NONE);
    }

    async fn registering_with_a_known_address_is_the_same_work_and_a_letter_to_its_owner(app: App) {
        let ana = app.patient("ana").await;
        app.post_is_quiet().await;
        let (users, patients) = ("SELECT count(*) FROM \"user\"", "SELECT count(*) FROM patient");
        let mut fewest = [u64::MAX; 2];
        let mut answers = Vec::new();
        for round in 0..3 {
            let fresh = format!("quill{round}@clinic.test");
            for (place, email) in [&fresh, &ana.email].into_iter().enumerate() {
                // What is sent is sent a moment later, and not counted.
                app.post_is_quiet().await;
                let before = app.statements();
                answers.push(app.copy.run(None, REGISTER, newcomer(email)).await);
                fewest[place] = fewest[place].min(app.statements() - before);
            }
        }
        assert_eq!(fewest[0], fewest[1], "statements for a new and a known address");
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
        assert_eq!((app.number(users).await, app.number(patients).await), (4, 4));
        app.post_is_quiet().await;
        let letters = app.letters(&ana.email);
        assert_eq!(letters.len(), 3);
        assert!(letters.iter().all(|letter| letter.contains("You have an account already")), "{letters:?}");
        // The account is as it was, and nobody has become part of it.
        assert!(sign_in(&app.copy, &ana.email, PASSWORD).await.is_ok());
    }

    async fn who_registers_signs_in_once_the_address_is_verified_where_that_is_asked_for(app: App) {
        let copy = app.copy_with(&[("identity.require_verified_email", "true")]).await;
        let email = "quill@clinic.test";
        assert_eq!(register(&app, email).await["data"]["registerPatient"]["accepted"], true);
        // Whoever tried the address of somebody else is told the same.
        assert_eq!(sign_in(&copy, email, PASSWORD).await.err().unwrap(), "INVALID_CREDENTIALS");
        let first = token_in(&app.letters_of(email, 1).await[0]);
        let second = app.link("requestEmailVerification", email).await;
        assert_eq!(user_errors(&verify(&app, &first).await), ["INVALID_TOKEN"], "a newer one was sent");
        assert_eq!(verify(&app, &second).await["data"]["verifyEmail"], json!({ "verified": true, "userErrors": [] }));
        assert_eq!(user_errors(&verify(&app, &second).await), ["INVALID_TOKEN"]);
        let quill: Person = sign_in(&copy, email, PASSWORD).await.ok().unwrap();
        let mine = quill.data("{ viewer { user { emailVerified } patient { id } } }", json!({})).await;
        assert_eq!(mine["viewer"]["user"]["emailVerified"], true);
        assert!(mine["viewer"]["patient"]["id"].is_string());
        // There is nothing left to verify.
        let asked = app.copy.run(None, &ASK.replace("PasswordReset", "EmailVerification"), json!({ "e": email })).await;
        assert_eq!(asked["data"]["requestEmailVerification"]["accepted"], true);
        app.letters_of(email, 2).await;
    }

    async fn a_letter_that_was_not_sent_is_sent_after_a_restart(app: App) {
        let mut app = app;
        let ana = app.patient("ana").await;
        // A folder that cannot be one: the server of the letters is away.
        let mail = app.folder().join("mail");
        std::fs::write(&mail, "in the way").unwrap();
        let asked = app.copy.run(None, ASK, json!({ "e": ana.email })).await;
        assert_eq!(asked["data"]["requestPasswordReset"]["accepted"], true);
        let begun = std::time::Instant::now();
        // Attempts are counted when a letter is claimed; what is in its way stays there until the sending has failed.
        while !app.logged().contains("Could not send a letter; trying again") {
            assert!(begun.elapsed() < Duration::from_secs(60), "it is tried");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        std::fs::remove_file(&mail).unwrap();
        app.restart().await;
        app.clock.advance(TimeDelta::minutes(2));
        let token = token_in(&app.letters_of(&ana.email, 1).await[0]);
        assert_eq!(user_errors(&reset(&app, &token, NEW).await), NONE);
    }

    async fn a_letter_that_cannot_be_made_is_given_up_and_holds_nobody_up(app: App) {
        let (ana, bob) = (app.patient("ana").await, app.patient("bob").await);
        app.execute(&match app.backend() {
            Backend::Sqlite => format!("CREATE TRIGGER torn BEFORE INSERT ON one_time_link
                WHEN hex(NEW.user_id) = upper('{}') BEGIN SELECT RAISE(ABORT, 'torn'); END;", ana.user.rsplit_once('_').unwrap().1),
            Backend::Postgres => format!("ALTER TABLE one_time_link ADD CONSTRAINT torn CHECK (user_id <> '{}')",
                ana.user.rsplit_once('_').unwrap().1),
        }).await;
        for email in [&ana.email, &bob.email] {
            app.copy.run(None, ASK, json!({ "e": email })).await;
        }
        let begun = std::time::Instant::now();
        while app.letters(&bob.email).is_empty() {
            assert!(begun.elapsed() < Duration::from_secs(20), "the others are sent");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        while app.number("SELECT count(*) FROM outgoing_mail").await > 0 {
            assert!(begun.elapsed() < Duration::from_secs(90), "it is given up");
            app.clock.advance(TimeDelta::hours(3));
            app.state().post.ring();
            tokio::time::sleep(Duration::from_millis(400)).await;
        }
        assert_eq!(app.letters(&ana.email), Vec::<String>::new());
    }

    async fn two_links_in_one_request_are_refused(app: App) {
        for field in ["resetPassword(input: { token: \"x\", newPassword: \"y\" })", "verifyEmail(input: { token: \"x\" })",
            "requestPasswordReset(input: { email: \"x\" })", "requestEmailVerification(input: { email: \"x\" })"] {
            let document = format!("mutation {{ a: {field} {{ userErrors {{ code }} }} b: {field} {{ userErrors {{ code }} }} }}");
            assert_eq!(codes(&app.copy.run(None, &document, json!({})).await), ["BAD_REQUEST"], "{field}");
        }
    }
}
