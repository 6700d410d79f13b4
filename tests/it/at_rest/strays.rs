//! What does not come in by a verb that is done: requests that are refused, at every floor, the socket, and the import.

use super::routes::Planter;
use crate::support::{Person, Socket, user_errors};
use serde_json::{Value, json};

impl Planter<'_> {
    /// What is refused, at every floor.
    pub async fn refused(&mut self, admin: &Person) {
        let token = admin.token.clone().unwrap();
        let documents = [
            "{ viewer { user { id W } } }",
            "{ W(id: \"x\") { id } }",
            "{ viewer { user { id } } ",
            "{ patient(id: \"W\") { id } }",
            "{ node(id: \"W\") { id } }",
            "{ users(first: W) { totalCount } }",
            "{ users(after: \"W\") { totalCount } }",
            "query W { viewer { user { id } } }",
            "query W($x: Int!) { users(first: $x) { totalCount } }",
            "{ W: viewer { W: user { id } } }",
            "# W\n{ viewer { user { id } } }",
            "{ viewer { ...W } } fragment W on Viewer { user { id } }",
            "{ viewer { user { id @W } } }",
            "mutation { signOut(input: { W: 1 }) { userErrors { code } } }",
            "mutation { updatePatient(input: { id: \"pat_0\", expectedVersion: 1, name: { family: \"W\" } }) { userErrors { code } } }",
            "mutation { createPatient(input: { name: { family: \"\", given: [\"W\"] }, birthDate: \"1990-01-01\" }) { userErrors { code } } }",
            "mutation { createUser(input: { email: \"W\", displayName: \"x\", roles: [ANALYST] }) { userErrors { code } } }",
            "subscription { patientChanged(of: { patient: \"W\" }) { __typename } }",
            "\u{0}W",
        ];
        for document in documents {
            for bearer in [Some(token.as_str()), None] {
                let text = document.replace('W', &self.word("document"));
                let variables =
                    json!({ "x": self.word("variable"), "y": { "z": self.word("variable") } });
                self.copy.run(bearer, &text, variables).await;
            }
        }
        let many = [
            ("POST", "/graphql", "application/json", "W"),
            ("POST", "/graphql", "application/json", "{\"query\": \"W"),
            (
                "POST",
                "/graphql",
                "application/json",
                "[{\"query\": \"{ W }\"}]",
            ),
            ("POST", "/graphql", "text/plain", "{\"query\": \"{ W }\"}"),
            (
                "POST",
                "/graphql",
                "application/x-www-form-urlencoded",
                "query=W",
            ),
            (
                "POST",
                "/graphql",
                "application/json",
                "{\"query\":\"{viewer{user{id}}}\",\"operationName\":\"W\"}",
            ),
            (
                "POST",
                "/graphql",
                "application/json",
                "{\"extensions\":{\"persistedQuery\":{\"version\":1,\"sha256Hash\":\"W\"}}}",
            ),
            ("GET", "/graphql?query=W", "application/json", ""),
            ("GET", "/W", "application/json", ""),
            ("GET", "/graphql/W?W=W", "application/json", ""),
            ("W", "/graphql", "application/json", ""),
            ("POST", "/graphql", "W/W", "{}"),
        ];
        for (method, path, kind, body) in many {
            let mut plant = |text: &str| text.replace('W', &self.needles.word("request"));
            let (method, path, kind, body) = (plant(method), plant(path), plant(kind), plant(body));
            let headers = [
                ("content-type", kind.as_str()),
                ("authorization", &plant("Bearer W")),
                ("cookie", &plant("session=W")),
                ("origin", &plant("https://W.test")),
                ("referer", &plant("https://planted.test/W")),
                ("x-forwarded-for", &plant("W")),
                ("x-request-id", &plant("W W")),
            ];
            self.copy.send(&method, &path, &headers, body).await;
        }
        let refresh = json!({ "input": { "refreshToken": self.word("token that is none") } });
        let document = "mutation($input: RefreshSessionInput!) { refreshSession(input: $input) { userErrors { code } } }";
        let answer = self.copy.run(None, document, refresh).await;
        assert_eq!(user_errors(&answer), ["INVALID_REFRESH_TOKEN"]);
    }

    pub async fn socket(&mut self) {
        let word = self.word("token on a socket");
        assert!(
            Socket::tried(&self.copy.address, Some(&word))
                .await
                .is_err()
        );
        let mut socket = Socket::connected(&self.copy.address).await;
        let word = self.word("message on a socket");
        socket
            .send(json!({ "type": word, "payload": { "x": word } }))
            .await;
        assert!(socket.message().await.is_err());
        let ana = self.app.signed_in("bo").await.at(self.copy);
        let text = format!("subscription {{ {} }}", self.word("message on a socket"));
        let mut live = ana
            .subscribe(&text, json!({ "x": self.word("message on a socket") }))
            .await;
        assert_eq!(live.socket.message().await.unwrap()["type"], "error");
    }

    /// A record from elsewhere, and one that is refused.
    pub async fn import(&mut self) {
        let mut word = || self.needles.word("import");
        let patient = json!({ "resourceType": "Patient", "id": word(), "birthDate": "1971-02-03", "gender": "female",
            "identifier": [{ "type": { "coding": [{ "code": "MR" }] }, "system": "http://example.org/mrn", "value": word() }],
            "name": [{ "use": "official", "family": word(), "given": [word()], "prefix": [word()] }],
            "address": [{ "line": [word()], "city": word(), "postalCode": word(), "country": "US" }] });
        let mut unfit = patient.clone();
        unfit["name"] = json!([{ "text": word() }]);
        unfit["birthDate"] = json!(word());
        let subject = json!({ "reference": "urn:uuid:7a9cd5b8-6f0c-4a53-9c9a-0f3f5b1f4f11" });
        let said = json!({ "resourceType": "Observation", "status": "final", "subject": subject, "code": { "text": word() },
            "valueString": word(), "note": [{ "text": word() }], "performer": [{ "display": word() }] });
        let plan = json!({ "resourceType": "CarePlan", "status": "active", "subject": subject, "title": word(),
            "description": word(), "activity": [{ "detail": { "description": word(), "status": "in-progress" } }] });
        let allergy = json!({ "resourceType": "AllergyIntolerance", "patient": subject, "code": { "text": word() },
            "reaction": [{ "manifestation": [{ "text": word() }] }] });
        let refused = json!({ "resourceType": "Condition", "subject": subject, "code": { "text": word() },
            "clinicalStatus": { "coding": [{ "code": word() }] } });
        let doctor = json!({ "resourceType": "Practitioner", "name": [{ "family": word() }] });
        let order = json!({ "resourceType": "MedicationRequest", "status": "active", "intent": "order", "subject": subject,
            "medicationCodeableConcept": { "text": word() }, "requester": { "display": word() } });
        let agreed = json!({ "resourceType": "Appointment", "status": "fulfilled", "start": "2019-03-01T10:00:00Z", "end": "2019-03-01T10:30:00Z",
            "serviceType": [{ "text": word() }], "reasonCode": [{ "text": word() }], "participant": [{ "actor": subject },
                { "actor": { "reference": "urn:uuid:7a9cd5b8-6f0c-4a53-9c9a-0f3f5b1f4f12" } }] });
        let insured = json!({ "resourceType": "Coverage", "status": "active", "beneficiary": subject, "subscriberId": word(),
            "payor": [{ "display": word() }], "class": [{ "type": { "coding": [{ "code": "plan" }] }, "value": word() }] });
        let told = json!({ "resourceType": "Provenance", "target": [{ "reference": word() }], "recorded": "2019-03-01T10:00:00Z",
            "agent": [{ "type": { "coding": [{ "code": "author" }] }, "who": { "display": word() } }] });
        let doctor = json!({ "fullUrl": "urn:uuid:7a9cd5b8-6f0c-4a53-9c9a-0f3f5b1f4f12", "resource": doctor });
        let entries = [said, plan, allergy, refused, order, agreed, insured, told].map(
            |resource| json!({ "fullUrl": format!("urn:oid:{}", word()), "resource": resource }),
        );
        let phone = self.needles.phone("import");
        let mut good = patient;
        good["telecom"] = json!([{ "system": "phone", "value": phone }]);
        for resource in [good, unfit] {
            let entry = json!({ "fullUrl": "urn:uuid:7a9cd5b8-6f0c-4a53-9c9a-0f3f5b1f4f11", "resource": resource,
                "request": { "method": "POST", "url": "Patient" } });
            let all: Vec<Value> = std::iter::once(entry)
                .chain([doctor.clone()])
                .chain(entries.clone())
                .collect();
            let bundle = json!({ "resourceType": "Bundle", "type": "transaction", "entry": all });
            let file = tempfile::Builder::new().suffix(".json").tempfile().unwrap();
            std::fs::write(file.path(), bundle.to_string()).unwrap();
            let path = file.path().display().to_string();
            let debug = [("log.filter", "debug")];
            let said = self.app.cli(&debug, &["import", "fhir", &path]).await;
            let search = self.needles.search();
            let said = said.unwrap_or_else(|complaint| complaint);
            search.is_not_in("what the import says", said.as_bytes());
        }
    }
}
