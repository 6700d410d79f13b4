//! What takes a right away on one copy ends what was followed with it on another, whether or not Redis is there to say so.

use crate::support::documents::{FOLLOW_PATIENTS, JOIN, LEAVE, UPDATE_PATIENT};
use crate::support::glass::{END, REVOKE, break_glass, ready};
use crate::support::{
    App, Backend, Copy, End, Live, Patient, Person, challenged, completed, enrol, named_by_test_sh,
    user_errors,
};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

const SIGN_OUT: &str = "mutation { signOut(input: {}) { userErrors { code } } }";
const REVOKE_SESSIONS: &str =
    "mutation($id: ID!) { revokeOtherSessions(input: { userId: $id }) { userErrors { code } } }";
const LOCK: &str = "mutation($id: ID!, $v: Int!) { setUserStatus(input: {
    id: $id, status: LOCKED, expectedVersion: $v }) { userErrors { code } } }";
const WITHDRAW: &str = "mutation($id: ID!, $v: Int!) { withdrawRole(input: {
    userId: $id, role: DOCTOR, expectedVersion: $v }) { userErrors { code } } }";
const CLEAR: &str = "mutation($id: ID!, $v: Int!) { setClearance(input: {
    userId: $id, clearance: RESTRICTED, expectedVersion: $v }) { userErrors { code } } }";
const VERSION: &str = "query($id: ID!) { user(id: $id) { version } }";

/// A wire to Redis that can be cut: then nobody answers there any more.
struct Wire {
    url: String,
    carrying: JoinHandle<()>,
}

impl Wire {
    async fn lay() -> Self {
        let url = named_by_test_sh("TEST_REDIS_URL");
        let (user, place) = url.trim_start_matches("redis://").split_once('@').unwrap();
        let (place, _) = place.split_once('/').unwrap_or((place, ""));
        let place = place.to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("redis://{user}@{}/", listener.local_addr().unwrap());
        let carrying = tokio::spawn(async move {
            let mut calls = tokio::task::JoinSet::new();
            while let Ok((mut near, _)) = listener.accept().await {
                let mut far = TcpStream::connect(&place).await.unwrap();
                calls.spawn(async move {
                    // That it was cut is what it is for.
                    drop(tokio::io::copy_bidirectional(&mut near, &mut far).await);
                });
            }
        });
        Self { url, carrying }
    }

    fn cut(&self) {
        self.carrying.abort();
    }
}

/// Two copies, and everybody at the first of them.
struct Clinic {
    app: App,
    here: Copy,
    there: Copy,
    ana: Patient,
    admin: Person,
    /// Within this every right that was taken has ended everywhere.
    grace: Duration,
}

impl Clinic {
    async fn open(app: &App, wire: &Wire) -> Self {
        // A socket here is not read from while rights are taken from others: it would be let go of for that.
        let redis = [
            ("redis.url", wire.url.as_str()),
            ("socket.send_timeout", "2min"),
            ("socket.ping", "2min"),
        ];
        let (here, there) = (app.copy_with(&redis).await, app.copy_with(&redis).await);
        Self {
            app: app.clone(),
            ana: app.patient("ana").await,
            admin: app.admin().await.at(&here),
            here,
            there,
            grace: Duration::from_secs(1),
        }
    }

    /// Follows the patient on the other copy, and has just heard of a change made on this one.
    async fn follow(&self, person: &Person) -> Live {
        let of = json!({ "of": { "patient": self.ana.id } });
        let person = person.at(&self.there);
        let mut live = person.subscribe(FOLLOW_PATIENTS, of).await;
        live.is_silent_for(Duration::from_millis(300)).await;
        self.change().await;
        assert_eq!(live.next().await["__typename"], "PatientChange");
        live
    }

    async fn change(&self) {
        let version = self
            .app
            .number("SELECT CAST(version AS bigint) FROM patient")
            .await;
        let input = json!({ "input": { "id": self.ana.id, "expectedVersion": version,
            "contact": { "phone": format!("+37255502{version:03}") } } });
        self.done(&self.ana, UPDATE_PATIENT, input).await;
    }

    async fn done(&self, person: &Person, document: &str, variables: Value) -> Value {
        let answer = person.at(&self.here).run(document, variables).await;
        assert_eq!(user_errors(&answer), Vec::<String>::new(), "{answer}");
        assert_eq!(answer.get("errors"), None, "{answer}");
        answer
    }

    async fn about(&self, document: &str, person: &Person) {
        let user = json!({ "id": person.user });
        let found = self.admin.data(VERSION, user.clone()).await;
        let mut variables = user;
        if document.contains("$v") {
            variables["v"] = found["user"]["version"].clone();
        }
        self.done(&self.admin, document, variables).await;
    }

    /// The socket closes, and is told of nothing that happened a second after the right had ended; two without Redis.
    async fn closes(&self, mut live: Live, after: &str) {
        tokio::time::sleep(self.grace).await;
        self.change().await;
        let late = self
            .app
            .number("SELECT CAST(version AS bigint) FROM patient")
            .await;
        let code = loop {
            match live.socket.message().await {
                // What others changed before that was theirs to see.
                Ok(message) if message["type"] == "next" => {
                    let told = &message["payload"]["data"]["patientChanged"]["patient"]["version"];
                    assert!(
                        told.as_i64().is_none_or(|version| version < late),
                        "{after}: {message}"
                    );
                }
                // The one or the other is sooner: the feed that decides anew, or the socket that hears of its session.
                Ok(message) if message["type"] == "complete" => {}
                Ok(other) => panic!("{after}: an end was due, not {other}"),
                Err(code) => break code,
            }
        };
        assert_eq!(code, 4403, "{after}");
    }

    /// What was followed ends, and nothing comes after it.
    async fn narrows(&self, mut live: Live, after: &str) {
        // What happened while the others were dealt with was theirs to see.
        let mut told = live.next().await;
        while told["__typename"] == "PatientChange" {
            told = live.next().await;
        }
        assert_eq!(told["__typename"], "AccessEnded", "{after}");
        assert_eq!(live.end().await, End::Complete, "{after}");
        self.change().await;
        live.is_silent_for(Duration::from_millis(600)).await;
    }
}

async fn everything_that_takes_a_right_away(app: App, redis: bool) {
    let wire = Wire::lay().await;
    let mut clinic = Clinic::open(&app, &wire).await;
    let mut doctors = Vec::new();
    for name in ["out", "else", "lock", "role", "level", "care"] {
        let doctor = app.doctor(name).await;
        let join = json!({ "input": { "patientId": clinic.ana.id, "doctorId": doctor.id, "role": "COVERING" } });
        let joined = clinic.done(&clinic.admin, JOIN, join).await;
        let member = joined["data"]["addCareTeamMember"]["careTeamMember"]["id"].clone();
        doctors.push((clinic.follow(&doctor).await, doctor, member));
    }
    let mut opened = Vec::new();
    for name in ["ends", "revoked"] {
        let (doctor, _) = ready(&app, name).await;
        let id = break_glass(&doctor.at(&clinic.here), &clinic.ana.id).await;
        opened.push((clinic.follow(&doctor).await, doctor, id));
    }
    if !redis {
        wire.cut();
        clinic.grace = Duration::from_secs(2);
    }
    let mut doctors = doctors.into_iter();
    let mut next = || doctors.next().unwrap();
    let (live, doctor, _) = next();
    clinic.done(&doctor, SIGN_OUT, json!({})).await;
    clinic.closes(live, "signing out").await;
    for (document, after) in [
        (REVOKE_SESSIONS, "ending somebody's sessions"),
        (LOCK, "locking out"),
        (WITHDRAW, "taking a role"),
        (CLEAR, "another clearance"),
    ] {
        let (live, doctor, _) = next();
        clinic.about(document, &doctor).await;
        clinic.closes(live, after).await;
    }
    let (live, _, member) = next();
    let leave = json!({ "input": { "id": member, "expectedVersion": 1 } });
    clinic.done(&clinic.admin, LEAVE, leave).await;
    clinic.narrows(live, "ending a care relation").await;
    for (live, doctor, id) in opened {
        let (by, document) = match doctor.email.starts_with("ends") {
            true => (&doctor.person, END),
            false => (&clinic.admin, REVOKE),
        };
        clinic.done(by, document, json!({ "id": id })).await;
        clinic.narrows(live, "ending a grant").await;
    }
}

#[test]
fn every_end_of_a_right_reaches_the_other_copy() {
    crate::support::run(Backend::Postgres, |app| async move {
        everything_that_takes_a_right_away(app, true).await;
    });
}

#[test]
fn every_end_of_a_right_reaches_the_other_copy_though_redis_has_died() {
    crate::support::run(Backend::Postgres, |app| async move {
        everything_that_takes_a_right_away(app, false).await;
    });
}

#[test]
fn a_grant_ends_with_its_session_on_the_other_copy() {
    crate::support::run(Backend::Postgres, |app| async move {
        let wire = Wire::lay().await;
        let clinic = Clinic::open(&app, &wire).await;
        let doctor = app.doctor("bo").await;
        let device = enrol(&app, &doctor).await;
        let id = break_glass(&doctor, &clinic.ana.id).await;
        let live = clinic.follow(&doctor).await;
        clinic.done(&doctor, SIGN_OUT, json!({})).await;
        clinic.closes(live, "signing out").await;
        // Whoever signs in again has to ask again.
        let challenge = challenged(&clinic.there, &doctor.email).await;
        let answer = completed(&clinic.there, &challenge, &device.next_code()).await;
        let token = answer["data"]["completeSignIn"]["authSession"]["accessToken"].as_str();
        let again = Person {
            token: token.map(str::to_owned),
            ..doctor.person.clone()
        };
        let read = "query($id: ID!) { patient(id: $id) { gender } }";
        let read = again.data(read, json!({ "id": clinic.ana.id })).await;
        assert_eq!(read["patient"]["gender"], Value::Null);
        let end = again.run(END, json!({ "id": id })).await;
        assert_eq!(user_errors(&end), Vec::<String>::new(), "{end}");
    });
}
