//! What patients ask for: words wherever there is room for them, what is refused too, and the word on it.

use super::routes::Planter;
use serde_json::json;

/// So many times over.
const TIMES: usize = 4;

impl Planter<'_> {
    pub(super) async fn proposals(&mut self) {
        let (una, ugo) = (self.app.patient("una").await, self.app.doctor("ugo").await);
        self.app.care(ugo.row, una.row, None).await;
        let (patient, doctor) = (una.person.at(self.copy), ugo.person.at(self.copy));
        let (own, treats) = (patient.token.as_deref(), doctor.token.as_deref());
        for _ in 0..TIMES {
            let mut word = || self.needles.word("proposal");
            let mut concept = || json!({ "text": word(), "codings": [{ "system": word(), "code": word(), "display": word() }] });
            let (substance, problem) = (concept(), concept());
            let allergy = json!({ "patientId": una.id, "status": "ACTIVE", "substance": substance, "note": word(),
                "reactions": [{ "manifestation": word(), "severity": word() }] });
            let condition = json!({ "patientId": una.id, "status": "ACTIVE", "code": problem, "bodySite": word() });
            let name = json!({ "given": [word()], "family": word(), "prefix": word() });
            let (reasons, messages) = ([word(), word(), word()], [word(), word(), word()]);
            let key = word();
            let fields = "changeProposal { id patient { version } changes { field } }";
            let version = "query($id: ID!) { patient(id: $id) { version } }";
            let version = patient.data(version, json!({ "id": una.id })).await;
            let version = &version["patient"]["version"];
            let changes = [
                json!({ "recordAllergy": allergy }),
                json!({ "recordCondition": condition }),
                json!({ "updatePatient": { "id": una.id, "expectedVersion": version, "name": name } }),
            ];
            for (place, change) in changes.into_iter().enumerate() {
                let input = json!({ "change": change, "message": messages[place],
                    "idempotencyKey": format!("{key}{place}") });
                let made = self.done(own, "proposeChange", input, fields).await;
                let made = &made["changeProposal"];
                // One is rejected, the others are made.
                let word = if place == 1 { "REJECT" } else { "ACCEPT" };
                let all = made["changes"].as_array().unwrap().iter();
                let all = all.map(|one| json!({ "field": one["field"], "decision": word }));
                let word = json!({ "id": made["id"], "expectedVersion": 1, "fields": all.collect::<Vec<_>>(),
                    "reason": reasons[place] });
                self.done(treats, "decideChangeProposal", word, "").await;
            }
            // What nobody decides on stays open until it is taken back.
            let wish = json!({ "recordAllergy": { "patientId": una.id, "status": "ACTIVE",
                "substance": { "text": self.needles.word("proposal") } } });
            let wish = json!({ "change": wish });
            let open = self
                .done(own, "proposeChange", wish, "changeProposal { id }")
                .await;
            let back = json!({ "id": open["changeProposal"]["id"], "expectedVersion": 1 });
            self.done(own, "withdrawChangeProposal", back, "").await;
            let refused = json!({ "change": { "updatePatient": { "id": una.id, "expectedVersion": 1,
                "mrn": self.needles.word("proposal") } }, "message": self.needles.word("proposal") });
            let text = "mutation($input: ProposeChangeInput!) { proposeChange(input: $input) { userErrors { code } } }";
            let answer = self.copy.run(own, text, json!({ "input": refused })).await;
            assert_eq!(crate::support::user_errors(&answer), ["NOT_GIVEN_HERE"]);
        }
    }
}
