//! What is put into charts: words wherever there is room for them, by the doctor and by the patient, and by whoever may not.

use super::routes::Planter;
use crate::support::codes;
use serde_json::json;

/// So many times over.
const TIMES: usize = 4;

impl Planter<'_> {
    pub(super) async fn charts(&mut self) {
        let (fay, fox) = (self.app.patient("fay").await, self.app.doctor("fox").await);
        self.app.care(fox.row, fay.row, None).await;
        let (patient, doctor) = (fay.person.at(self.copy), fox.person.at(self.copy));
        let (own, treats) = (patient.token.as_deref(), doctor.token.as_deref());
        for time in 0..TIMES {
            let mut word = || self.needles.word("chart");
            let mut concept = || json!({ "text": word(), "codings": [{ "system": word(), "code": word(), "display": word() }] });
            let (problem, substance) = (concept(), concept());
            let (ordered, taken, vaccine) = (concept(), concept(), concept());
            let condition = json!({ "patientId": fay.id, "status": "ACTIVE", "code": problem,
                "severity": word(), "bodySite": word(), "note": word(), "idempotencyKey": word() });
            let allergy = json!({ "patientId": fay.id, "status": "ACTIVE", "substance": substance, "note": word(),
                "reactions": [{ "manifestation": word(), "severity": word() }] });
            let request = json!({ "patientId": fay.id, "status": "ACTIVE", "medication": ordered, "dosage": word(),
                "route": word(), "reason": word(), "note": word() });
            let statement = json!({ "patientId": fay.id, "status": "ACTIVE", "medication": taken, "dosage": word(),
                "reason": word(), "note": word() });
            let immunization = json!({ "patientId": fay.id, "status": "NOT_DONE", "vaccine": vaccine, "site": word(),
                "occurredAt": "2020-02-02T10:00:00Z", "lotNumber": word(), "statusReason": word(), "note": word() });
            let vitals = json!({ "patientId": fay.id, "heartRate": 71, "note": word() });
            let (changed, refused, why) = (word(), word(), word());
            let (in_spite, bounds, taken_on) = (word(), word(), word());
            let recorded = self
                .done(
                    treats,
                    "recordCondition",
                    condition.clone(),
                    "condition { id }",
                )
                .await;
            self.done(treats, "recordAllergy", allergy, "").await;
            let ordered = self
                .done(
                    treats,
                    "requestMedication",
                    request.clone(),
                    "medicationRequest { id }",
                )
                .await;
            // The same once more, in spite of the first.
            let mut again = request;
            again["overriding"] =
                json!({ "entries": [ordered["medicationRequest"]["id"]], "reason": in_spite });
            self.done(treats, "requestMedication", again, "").await;
            let set = json!({ "patientId": fay.id, "measure": "HEART_RATE", "reason": bounds, "expectedVersion": time,
                "limits": { "criticalAtLeast": 70 } });
            self.done(treats, "setVitalThreshold", set, "").await;
            self.done(own, "stateMedication", statement, "").await;
            self.done(treats, "recordImmunization", immunization, "")
                .await;
            self.done(own, "recordVitals", vitals, "").await;
            let open =
                "query($id: ID!) { patient(id: $id) { alerts(status: OPEN) { nodes { id } } } }";
            let open = doctor.data(open, json!({ "id": fay.id })).await;
            let alert = &open["patient"]["alerts"]["nodes"][0]["id"];
            let take = json!({ "id": alert, "note": taken_on });
            self.done(treats, "acknowledgeAlert", take, "").await;
            let id = &recorded["condition"]["id"];
            let change = json!({ "id": id, "expectedVersion": 1, "note": changed });
            self.done(treats, "updateCondition", change, "").await;
            let error = json!({ "id": id, "expectedVersion": 2, "reason": why });
            self.done(treats, "enterInError", error, "").await;
            // Who may not, and what is not taken.
            let mut own_problem = condition;
            own_problem["note"] = json!(refused);
            let document = "mutation($input: RecordConditionInput!) { recordCondition(input: $input) { userErrors { code } } }";
            let answer = patient.run(document, json!({ "input": own_problem })).await;
            assert_eq!(codes(&answer), ["FORBIDDEN"]);
            own_problem["severity"] = json!(refused.repeat(40));
            doctor.run(document, json!({ "input": own_problem })).await;
        }
    }
}
