//! An authenticator as an app on a telephone is one, and the steps of signing in with it.

use super::app::{App, Copy};
use super::people::{PASSWORD, Person};
use chrono::TimeDelta;
use patient_tracker::auth::Seed;
use patient_tracker::clock::Clock;
use serde_json::{Value, json};

const SIGN_IN: &str = "mutation($input: SignInInput!) { signIn(input: $input) {
    authSession { accessToken } mfaChallenge { token expiresAt } userErrors { code } } }";
const COMPLETE: &str = "mutation($input: CompleteSignInInput!) { completeSignIn(input: $input) {
    authSession { accessToken refreshToken user { id roles mfaEnrolled } session { device } }
    userErrors { code } } }";
const BEGIN: &str = "mutation($input: BeginMfaEnrolmentInput!) { beginMfaEnrolment(input: $input) {
    mfaEnrolment { secret otpauthUri expiresAt } userErrors { code } } }";
const CONFIRM: &str = "mutation($code: String!) { confirmMfaEnrolment(input: { code: $code }) {
    user { mfaEnrolled } recoveryCodes userErrors { code } } }";
const PROVE: &str = "mutation($input: ProveIdentityInput!) { proveIdentity(input: $input) {
    session { id provedAt current } userErrors { code } } }";

/// A telephone with one secret, and a sheet of paper with recovery codes.
pub struct Authenticator {
    seed: Seed,
    /// The secret, as it was shown once.
    pub secret: String,
    /// The recovery codes, as they were shown once.
    pub recovery_codes: Vec<String>,
    clock: Clock,
}

impl Authenticator {
    /// One that was given this secret.
    pub fn of(app: &App, secret: &str) -> Self {
        Self {
            seed: Seed::parse(secret).unwrap(),
            secret: secret.to_owned(),
            recovery_codes: Vec::new(),
            clock: app.clock.clone(),
        }
    }

    /// The code that it shows now.
    pub fn code(&self) -> String {
        self.code_in(0)
    }

    /// The code that it shows so many steps from now.
    pub fn code_in(&self, steps: i32) -> String {
        let then = self.clock.now() + TimeDelta::seconds(30) * steps;
        self.seed.code_at(then)
    }

    /// The code that it shows next, once it shows it: one that was not used yet.
    pub fn next_code(&self) -> String {
        self.settle();
        self.code()
    }

    /// Waits for the beginning of the next step, so that no step ends between a code and its arrival.
    pub fn settle(&self) {
        let into = self.clock.now().timestamp().rem_euclid(30);
        self.clock.advance(TimeDelta::seconds(31 - into));
    }

    /// Six digits that are none of its codes around now.
    pub fn wrong_code(&self) -> String {
        let right: Vec<String> = (-3..=3).map(|steps| self.code_in(steps)).collect();
        let wrong = (0..).map(|number| format!("{number:06}"));
        wrong
            .into_iter()
            .find(|code| !right.contains(code))
            .unwrap()
    }
}

/// A copy of the server where all staff must have a second factor, as is the default.
pub async fn required(app: &App) -> Copy {
    app.copy_with(&[("identity.mfa_required_roles", "DOCTOR, ADMIN, ANALYST")])
        .await
}

/// Asks for a secret with this password; the answer.
pub async fn begun(person: &Person, password: &str) -> Value {
    person
        .run(BEGIN, json!({ "input": { "password": password } }))
        .await
}

/// Shows a first code; the answer.
pub async fn confirmed(person: &Person, code: &str) -> Value {
    person.run(CONFIRM, json!({ "code": code })).await
}

/// Enrols an authenticator, all the way.
pub async fn enrol(app: &App, person: &Person) -> Authenticator {
    let answer = begun(person, PASSWORD).await;
    let enrolment = &answer["data"]["beginMfaEnrolment"]["mfaEnrolment"];
    let secret = enrolment["secret"].as_str();
    let mut authenticator = Authenticator::of(app, secret.unwrap_or_else(|| panic!("{answer}")));
    let answer = confirmed(person, &authenticator.code()).await;
    let payload = &answer["data"]["confirmMfaEnrolment"];
    assert_eq!(payload["user"]["mfaEnrolled"], true, "{answer}");
    let codes = payload["recoveryCodes"].as_array().unwrap();
    let codes = codes.iter().map(|code| code.as_str().unwrap().to_owned());
    authenticator.recovery_codes = codes.collect();
    authenticator
}

/// Signs in as far as the challenge; its token.
pub async fn challenged(copy: &Copy, email: &str) -> String {
    let input = json!({ "input": { "email": email, "password": PASSWORD, "device": "a test" } });
    let answer = copy.run(None, SIGN_IN, input).await;
    let payload = &answer["data"]["signIn"];
    assert_eq!(payload["authSession"], Value::Null, "{answer}");
    let token = payload["mfaChallenge"]["token"].as_str();
    token.unwrap_or_else(|| panic!("{answer}")).to_owned()
}

/// Answers a challenge; the whole answer.
pub async fn completed(copy: &Copy, challenge: &str, code: &str) -> Value {
    let input = json!({ "input": { "challenge": challenge, "code": code } });
    copy.run(None, COMPLETE, input).await
}

/// Proves who one is with this code or password; the whole answer.
pub async fn prove(person: &Person, with: &str, secret: &str) -> Value {
    person
        .run(PROVE, json!({ "input": { with: secret } }))
        .await
}
