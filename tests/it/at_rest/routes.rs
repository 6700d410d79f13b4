//! Every way in for text, and something that can be recognised put in by each: through the door of a server that logs all
//! it ever logs, by requests that are taken and by such as are refused, and by the import.

use super::needles::Needles;
use crate::support::glass::{BREAK, END, REVIEW, ready};
use crate::support::{
    App, Copy, PASSWORD, Person, challenged, completed, enrol, token_in, user_errors,
};
use chrono::TimeDelta;
use serde_json::{Value, json};

/// The routes by which mail may tell what came in by them: to whom, and with which link.
pub const MAILED: &[&str] = &["address of an account", "link in a letter"];
/// Those whose words may stand in the clear.
pub const CLEAR: &[&str] = &["name of a kind of visit", "name of a department"];

/// So many people register.
const PEOPLE: usize = 30;
/// So many records are made by an administrator.
const RECORDS: usize = 8;

/// One who plants.
pub struct Planter<'a> {
    pub app: &'a App,
    pub copy: &'a Copy,
    pub needles: Needles,
}

impl Planter<'_> {
    pub fn word(&mut self, route: &str) -> String {
        self.needles.word(route)
    }

    /// Runs a mutation of one input, which must be done.
    pub async fn done(&self, token: Option<&str>, name: &str, input: Value, answer: &str) -> Value {
        let mut kind = name.to_owned();
        kind[..1].make_ascii_uppercase();
        let text = format!(
            "mutation($input: {kind}Input!) {{ {name}(input: $input) {{ {answer} userErrors {{ code path }} }} }}"
        );
        let mut got = self.copy.run(token, &text, json!({ "input": input })).await;
        assert_eq!(user_errors(&got), Vec::<String>::new(), "{name}: {got}");
        got["data"][name].take()
    }

    /// Everything.
    pub async fn all(&mut self) {
        let admin = self.app.admin().await.at(self.copy);
        self.people().await;
        self.records(&admin).await;
        self.staff(&admin).await;
        self.secrets().await;
        self.glass().await;
        self.charts().await;
        self.proposals().await;
        self.documents().await;
        self.waiting_list().await;
        self.absences().await;
        self.refused(&admin).await;
        self.socket().await;
        self.import().await;
    }

    async fn people(&mut self) {
        let bo = self.app.doctor("bo").await;
        let visit_type = self.app.visit_type(15).await;
        for number in 0..PEOPLE {
            let email = self.needles.email("address of an account");
            let password = format!("{} quiet boats", self.word("password"));
            let input = json!({ "email": email, "password": password, "birthDate": "1990-02-03",
                "phone": self.needles.phone("registration"), "name": {
                    "given": [self.word("registration")], "family": self.word("registration") } });
            self.done(None, "registerPatient", input, "accepted").await;
            let wrong = json!({ "email": email, "password": self.word("wrong password") });
            let sign_in = "mutation($input: SignInInput!) { signIn(input: $input) {
                authSession { accessToken refreshToken } deviceToken userErrors { code } } }";
            let refused = self
                .copy
                .run(None, sign_in, json!({ "input": wrong }))
                .await;
            assert_eq!(user_errors(&refused), ["INVALID_CREDENTIALS"]);
            let input =
                json!({ "email": email, "password": password, "device": self.word("device") });
            let agent = self.word("user agent");
            let headers = [
                ("content-type", "application/json"),
                ("user-agent", agent.as_str()),
            ];
            let body = json!({ "query": sign_in, "variables": { "input": input } }).to_string();
            let answer = self
                .copy
                .send("POST", "/graphql", &headers, body)
                .await
                .json();
            let session = &answer["data"]["signIn"];
            for secret in [
                "/authSession/accessToken",
                "/authSession/refreshToken",
                "/deviceToken",
            ] {
                let secret = session.pointer(secret).and_then(Value::as_str).unwrap();
                self.needles.keep("token", secret);
            }
            let token = session["authSession"]["accessToken"].as_str();
            let own = self
                .copy
                .run(token, "{ viewer { patient { id } } }", json!({}))
                .await;
            let made = self
                .done(token, "createCalendarFeed", json!({}), "path")
                .await;
            let path = made["path"].as_str().unwrap();
            self.needles.keep("link to a calendar", &path[10..]);
            let read = self.copy.send("GET", path, &[], "").await;
            assert_eq!(read.status, 200);
            let starts_at = self.app.day_after_tomorrow(6)
                + TimeDelta::minutes(15 * i64::try_from(number).unwrap());
            let input = json!({ "patientId": own["data"]["viewer"]["patient"]["id"], "doctorId": bo.id,
                "visitTypeId": visit_type, "startsAt": starts_at, "reason": self.word("reason"),
                "idempotencyKey": self.word("idempotency key") });
            self.done(token, "bookAppointment", input, "appointment { id }")
                .await;
            if number < 4 {
                let input = json!({ "patientId": own["data"]["viewer"]["patient"]["id"], "doctorId": bo.id,
                    "visitTypeId": visit_type, "startsAt": starts_at + TimeDelta::days(1),
                    "rule": "FREQ=DAILY;COUNT=3", "reason": self.word("reason"),
                    "idempotencyKey": self.word("idempotency key") });
                let made = self
                    .done(
                        token,
                        "bookSeries",
                        input,
                        "series { appointments { nodes { id startsAt } } }",
                    )
                    .await;
                let first = &made["series"]["appointments"]["nodes"][0];
                let input = json!({ "appointmentId": first["id"], "expectedVersion": 1, "scope": "ALL",
                    "startsAt": starts_at + TimeDelta::days(9), "idempotencyKey": self.word("idempotency key") });
                self.done(token, "changeSeries", input, "").await;
                let new = format!("{} loud boats", self.word("password"));
                let input = json!({ "currentPassword": password, "newPassword": new });
                self.done(token, "changePassword", input, "").await;
            }
        }
    }

    async fn records(&mut self, admin: &Person) {
        let token = admin.token.as_deref();
        for _ in 0..RECORDS {
            let mut word = || self.needles.word("record");
            let mut input = json!({
                "name": { "prefix": word(), "given": [word(), word()], "family": word() },
                "birthDate": "1961-07-08", "mrn": word(), "idempotencyKey": word(),
                "address": { "lines": [word(), word()], "city": word(), "state": word(), "postalCode": word() },
                "emergencyContacts": [{ "name": word(), "relationship": word() }],
            });
            input["contact"] = json!({ "email": self.needles.email("record"), "phone": self.needles.phone("record") });
            input["emergencyContacts"][0]["phone"] = json!(self.needles.phone("record"));
            let made = self
                .done(token, "createPatient", input, "patient { id version }")
                .await;
            let id = &made["patient"]["id"];
            let input = json!({ "patientId": id, "payer": self.word("insurance"), "plan": self.word("insurance"),
                "memberNumber": self.word("insurance"), "idempotencyKey": self.word("idempotency key") });
            let added = self
                .done(token, "addCoverage", input, "coverage { id version }")
                .await;
            let coverage = &added["coverage"];
            let input = json!({ "id": coverage["id"], "expectedVersion": coverage["version"],
                "memberNumber": self.word("insurance"), "payer": self.word("insurance") });
            self.done(token, "updateCoverage", input, "").await;
            let input = json!({ "id": id, "expectedVersion": 1, "name": { "family": self.word("another name") },
                "contact": { "phone": self.needles.phone("another number") } });
            self.done(token, "updatePatient", input, "").await;
        }
    }

    async fn staff(&mut self, admin: &Person) {
        let token = admin.token.as_deref();
        for _ in 0..4 {
            let mut word = || self.needles.word("doctor");
            let mut input = json!({ "name": { "prefix": word(), "given": [word()], "family": word() },
                "licences": [{ "number": word(), "authority": word() }], "idempotencyKey": word() });
            input["account"] = json!({ "email": self.needles.email("address of an account") });
            let made = self
                .done(
                    token,
                    "createDoctor",
                    input,
                    "doctor { id version } temporaryPassword",
                )
                .await;
            self.needles
                .keep("password", made["temporaryPassword"].as_str().unwrap());
            let doctor = &made["doctor"];
            let input = json!({ "id": doctor["id"], "expectedVersion": doctor["version"],
                "licences": [{ "number": self.word("doctor"), "authority": self.word("doctor") }] });
            self.done(token, "updateDoctor", input, "").await;
            let input = json!({ "email": self.needles.email("address of an account"),
                "displayName": self.word("account"), "roles": ["ANALYST"] });
            let made = self
                .done(token, "createUser", input, "temporaryPassword")
                .await;
            self.needles
                .keep("password", made["temporaryPassword"].as_str().unwrap());
        }
        let input = json!({ "name": self.word(CLEAR[1]) });
        self.done(token, "createDepartment", input, "").await;
        let input = json!({ "code": "planted", "name": self.word(CLEAR[0]), "minutes": 20, "modality": "VIDEO" });
        self.done(token, "createVisitType", input, "").await;
    }

    async fn secrets(&mut self) {
        let ana = self.app.patient("ana").await;
        let device = enrol(self.app, &ana.at(self.copy)).await;
        self.needles.keep("second factor", device.secret.clone());
        for code in &device.recovery_codes {
            self.needles.keep("recovery code", code.clone());
            self.needles.keep("recovery code", code.replace('-', ""));
        }
        for code in [device.recovery_codes[0].clone(), self.word("wrong code")] {
            let challenge = challenged(self.copy, &ana.email).await;
            let answer = completed(self.copy, &challenge, &code).await;
            self.needles.keep("token", challenge);
            for token in ["accessToken", "refreshToken"] {
                let session = &answer["data"]["completeSignIn"]["authSession"];
                if let Some(token) = session[token].as_str() {
                    self.needles.keep("token", token);
                }
            }
        }
        // An enrolment that nobody confirms, and links that are used, unused and none.
        let cy = self.app.patient("cy").await;
        let begun = crate::support::begun(&cy.at(self.copy), PASSWORD).await;
        let secret = &begun["data"]["beginMfaEnrolment"]["mfaEnrolment"]["secret"];
        self.needles.keep("second factor", secret.as_str().unwrap());
        let used = self.app.link("requestPasswordReset", &cy.email).await;
        let password = format!("{} tall windows", self.word("password"));
        let input = json!({ "token": used, "newPassword": password });
        self.done(None, "resetPassword", input, "reset").await;
        let unused = self.app.link("requestPasswordReset", &cy.email).await;
        for link in [used, unused] {
            self.needles.keep("link in a letter", link);
        }
        let people = self.needles.of(&["address of an account"], true);
        for email in people.words() {
            let letters = self
                .app
                .letters(&format!("{}@planted.test", email.to_lowercase()));
            for letter in letters.iter().filter(|letter| letter.contains("ptl_")) {
                self.needles.keep("link in a letter", token_in(letter));
            }
        }
        let nobody = self.needles.email("address of nobody");
        let input = json!({ "email": nobody });
        self.done(None, "requestPasswordReset", input, "accepted")
            .await;
    }

    async fn glass(&mut self) {
        let eve = self.app.patient("eve").await;
        let (di, _) = ready(self.app, "di").await;
        let admin = self.app.another_admin("reviewer").await.at(self.copy);
        let di = di.at(self.copy);
        let words = format!("{} found at the station", self.word("justification"));
        for justification in [self.word("justification that is too short"), words] {
            let input = json!({ "input": { "patientId": eve.id, "reason": "DISASTER", "justification": justification } });
            let broken = di.run(BREAK, input).await;
            let id = &broken["data"]["breakGlass"]["breakGlassGrant"]["id"];
            if id.is_null() {
                continue;
            }
            di.data(END, json!({ "id": id })).await;
            let note = self.word("note of a reviewer");
            let input = json!({ "input": { "id": id, "outcome": "ESCALATED", "note": note } });
            let reviewed = admin.data(REVIEW, input).await;
            assert_eq!(reviewed["reviewBreakGlass"]["userErrors"], json!([]));
        }
        for (by, value) in [
            ("name", self.word("search")),
            ("mrn", self.word("search")),
            ("email", self.needles.email("search")),
            ("phone", self.needles.phone("search")),
        ] {
            let find = "query($s: PatientSearch!) { patients(search: $s) { totalCount } }";
            for who in [&di, &admin] {
                let found = who.data(find, json!({ "s": { by: value } })).await;
                assert_eq!(found["patients"]["totalCount"], 0);
            }
            let literal =
                format!("{{ patients(search: {{ {by}: \"{value}\" }}) {{ totalCount }} }}");
            di.data(&literal, json!({})).await;
        }
    }
}
