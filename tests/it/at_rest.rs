//! Nothing about a person can be read in the files, in a dump, or in what passes through Redis.

use crate::support::documents::{BOOK, FOLLOW};
use crate::support::glass::{BREAK, END, REVIEW, ready};
use crate::support::{
    App, Backend, PASSWORD, challenged, completed, enrol, named_by_test_sh, token_in,
};
use serde_json::json;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::thread::JoinHandle;
use std::time::Duration;

/// Twenty-five people's worth of things to look for.
fn planted() -> Vec<(String, String, String, String)> {
    (0..25)
        .map(|n| {
            let name = format!(
                "Quizzwick{}ax",
                ["be", "co", "du", "fy", "ga"][n % 5].repeat(1 + n / 5)
            );
            let email = format!("{}@plantedmail{n}.test", name.to_lowercase());
            let phone = format!("+37255{:05}", 12_347 + 991 * n);
            let reason = format!("Planted complaint number {n}: an itching elbow");
            (name, email, phone, reason)
        })
        .collect()
}

/// Registers and books for everybody, as they would themselves; a doctor follows.
async fn plant(app: &App) {
    let (bo, visit_type) = (app.doctor("bo").await, app.visit_type(15).await);
    let mut live = bo
        .subscribe(FOLLOW, json!({ "of": { "doctor": bo.id } }))
        .await;
    for (n, (name, email, phone, reason)) in planted().into_iter().enumerate() {
        let nobody = app.anonymous();
        let registered = nobody.data(
            "mutation($input: RegisterPatientInput!) { registerPatient(input: $input) { accepted userErrors { code } } }",
            json!({ "input": {
                "email": email, "password": PASSWORD, "birthDate": "1990-02-03", "phone": phone,
                "name": { "given": [name], "family": format!("{name}-Family") },
            } }),
        );
        assert_eq!(registered.await["registerPatient"]["accepted"], true);
        let input = json!({ "email": email, "password": PASSWORD });
        let signed_in = nobody.data(
            "mutation($email: String!, $password: String!) { signIn(input: { email: $email, password: $password }) {
                authSession { accessToken } } }",
            input,
        );
        let token = signed_in.await["signIn"]["authSession"]["accessToken"]
            .as_str()
            .unwrap()
            .to_owned();
        let own = app
            .copy
            .run(Some(&token), "{ viewer { patient { id } } }", json!({}))
            .await;
        let starts_at =
            app.day_after_tomorrow(6) + chrono::TimeDelta::minutes(15 * i64::try_from(n).unwrap());
        let booked = app.copy.run(
            Some(&token),
            BOOK,
            json!({ "input": {
            "patientId": own["data"]["viewer"]["patient"]["id"], "doctorId": bo.id,
            "visitTypeId": visit_type, "startsAt": starts_at, "reason": reason,
        } }),
        );
        assert_eq!(
            booked.await["data"]["bookAppointment"]["userErrors"],
            json!([])
        );
        assert_eq!(live.next().await["__typename"], "AppointmentChange");
    }
}

/// Enrols a second factor, signs in with it and with a recovery code; every secret that somebody was shown.
async fn plant_secrets(app: &App) -> Vec<String> {
    let ana = app.patient("ana").await;
    let device = enrol(app, &ana).await;
    let mut secrets = vec![device.secret.clone()];
    for code in [device.next_code(), device.recovery_codes[0].clone()] {
        let challenge = challenged(&app.copy, &ana.email).await;
        let answer = completed(&app.copy, &challenge, &code).await;
        let session = &answer["data"]["completeSignIn"]["authSession"];
        for token in ["accessToken", "refreshToken"] {
            secrets.push(session[token].as_str().unwrap().to_owned());
        }
        secrets.push(challenge);
    }
    // One that is still to be answered, and an enrolment that nobody confirms.
    secrets.push(challenged(&app.copy, &ana.email).await);
    let cy = app.patient("cy").await;
    let begun = crate::support::begun(&cy, PASSWORD).await;
    let secret = &begun["data"]["beginMfaEnrolment"]["mfaEnrolment"]["secret"];
    secrets.push(secret.as_str().unwrap().to_owned());
    // Why a doctor opened a record, and what was thought of it.
    let (bo, _) = ready(app, "bo-of-the-glass").await;
    let admin = app.another_admin("reviewer").await;
    let words = "zanzibar-words found at the station".to_owned();
    let input =
        json!({ "input": { "patientId": ana.id, "reason": "DISASTER", "justification": words } });
    let broken = bo.data(BREAK, input).await;
    let id = &broken["breakGlass"]["breakGlassGrant"]["id"];
    bo.data(END, json!({ "id": id })).await;
    let note = "zanzibar-note of a reviewer".to_owned();
    let input = json!({ "input": { "id": id, "outcome": "ESCALATED", "note": note } });
    let reviewed = admin.data(REVIEW, input).await;
    assert_eq!(reviewed["reviewBreakGlass"]["userErrors"], json!([]));
    secrets.extend([words, note]);
    // One-time links: of those who registered, one that is used and one that is not; and what a device is known by.
    app.post_is_quiet().await;
    for (_, email, _, _) in planted() {
        secrets.extend(app.letters(&email).iter().map(|letter| token_in(letter)));
    }
    let used = app.link("requestPasswordReset", &cy.email).await;
    let reset = "mutation($token: String!) { resetPassword(input: {
        token: $token, newPassword: \"eleven tall windows\" }) { reset } }";
    let answer = app.copy.run(None, reset, json!({ "token": used })).await;
    assert_eq!(answer["data"]["resetPassword"]["reset"], true, "{answer}");
    let unused = app.link("requestPasswordReset", &cy.email).await;
    let known = "mutation($email: String!) { signIn(input: { email: $email, password: \"eleven tall windows\" }) {
        deviceToken } }";
    let answer = app
        .copy
        .run(None, known, json!({ "email": cy.email }))
        .await;
    let known = answer["data"]["signIn"]["deviceToken"]
        .as_str()
        .unwrap()
        .to_owned();
    secrets.extend([used, unused, known]);
    assert!(secrets.len() >= 30, "{} secrets", secrets.len());
    for code in &device.recovery_codes {
        secrets.extend([code.clone(), code.replace('-', "")]);
    }
    secrets
}

/// What of the planted words and of these secrets is found in these bytes, in any case.
fn found_in(bytes: &[u8], secrets: &[String]) -> Vec<String> {
    let hay = String::from_utf8_lossy(bytes).to_lowercase();
    let words = planted()
        .into_iter()
        .flat_map(|(name, email, phone, reason)| [name, email, phone, reason]);
    // A dump writes bytes in hexadecimal.
    let hex = |word: &str| -> String { word.bytes().map(|byte| format!("{byte:02x}")).collect() };
    words
        .chain(secrets.iter().cloned())
        .filter(|word| hay.contains(&word.to_lowercase()) || hay.contains(&hex(word)))
        .collect()
}

/// Everything that passes through Redis from now on.
struct Monitor {
    socket: TcpStream,
    reading: JoinHandle<Vec<u8>>,
}

impl Monitor {
    fn start() -> Self {
        let url = named_by_test_sh("TEST_REDIS_URL");
        let (user, place) = url.trim_start_matches("redis://").split_once('@').unwrap();
        let mut socket = TcpStream::connect(place.trim_end_matches('/')).unwrap();
        let login = user.replace(':', " ");
        write!(socket, "AUTH {login}\r\nMONITOR\r\n").unwrap();
        let mut answer = [0; 10];
        socket.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"+OK\r\n+OK\r\n");
        let mut from = socket.try_clone().unwrap();
        let reading = std::thread::spawn(move || {
            let mut captured = Vec::new();
            // It ends when the other side is shut down; whatever came until then has been read.
            drop(from.read_to_end(&mut captured));
            captured
        });
        Self { socket, reading }
    }

    fn captured(self) -> Vec<u8> {
        self.socket.shutdown(std::net::Shutdown::Both).unwrap();
        self.reading.join().unwrap()
    }
}

#[test]
fn the_sqlite_files_hold_none_of_a_hundred_planted_words() {
    crate::support::run(Backend::Sqlite, |app| async move {
        plant(&app).await;
        let secrets = plant_secrets(&app).await;
        let (file, _) = app.data();
        let mut read = 0;
        for ending in ["", "-wal", "-shm"] {
            let path = format!("{}{ending}", file.display());
            let bytes = std::fs::read(&path).unwrap_or_default();
            read += bytes.len();
            assert_eq!(found_in(&bytes, &secrets), Vec::<String>::new(), "{path}");
        }
        assert!(read > 50_000, "only {read} bytes were looked through");
    });
}

#[test]
fn a_dump_and_redis_hold_none_of_a_hundred_planted_words() {
    crate::support::run(Backend::Postgres, |app| async move {
        let monitor = Monitor::start();
        plant(&app).await;
        let secrets = plant_secrets(&app).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        let (_, url) = app.data();
        let dump = Command::new(format!("{}/pg_dump", named_by_test_sh("TEST_POSTGRES_BIN")))
            .arg(url.unwrap())
            .output()
            .unwrap();
        assert!(
            dump.status.success(),
            "{}",
            String::from_utf8_lossy(&dump.stderr)
        );
        assert!(dump.stdout.len() > 20_000);
        assert_eq!(found_in(&dump.stdout, &secrets), Vec::<String>::new());
        let captured = monitor.captured();
        // The capture is one: the doorbell is in it.
        assert!(
            String::from_utf8_lossy(&captured)
                .to_lowercase()
                .contains("publish")
        );
        assert_eq!(found_in(&captured, &secrets), Vec::<String>::new());
    });
}

#[test]
fn the_log_holds_none_of_the_planted_words_and_secrets() {
    crate::support::run(Backend::Sqlite, |app| async move {
        plant(&app).await;
        let secrets = plant_secrets(&app).await;
        let logged = app.logged();
        // The log is one: what happened is in it.
        for line in [
            "Signed in",
            "Enrolled a second factor",
            "Took a recovery code",
            "Sent a letter",
            "Reset a password by a link",
        ] {
            assert!(logged.contains(line), "{line} in {logged}");
        }
        assert_eq!(found_in(logged.as_bytes(), &secrets), Vec::<String>::new());
    });
}
