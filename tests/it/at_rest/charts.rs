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
            self.visits((treats, own), &fay.id).await;
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

    /// What is written, ordered and found at visits; some of it signed, added to and shared.
    async fn visits(&mut self, (treats, own): (Option<&str>, Option<&str>), patient: &str) {
        let mut word = || self.needles.word("visit");
        let mut concept = || json!({ "text": word(), "codings": [{ "system": word(), "code": word(), "display": word() }] });
        let (kind, why, code, cause, test, seen) = (
            concept(),
            concept(),
            concept(),
            concept(),
            concept(),
            concept(),
        );
        let encounter = json!({ "patientId": patient, "status": "FINISHED", "class": "AMBULATORY", "visit": kind,
            "reason": why, "note": word(), "idempotencyKey": word() });
        let note = json!({ "patientId": patient, "title": word(), "subjective": word(), "objective": word(),
            "assessment": word(), "plan": word() });
        let order = json!({ "patientId": patient, "status": "ACTIVE", "category": "REFERRAL", "priority": "ASAP",
            "code": code, "reason": cause, "performer": word(), "note": word() });
        let result = json!({ "patientId": patient, "status": "FINAL", "code": test, "conclusion": word(),
            "performer": word(), "note": word(), "observations": [{ "code": seen, "value": 4.0, "unit": word(),
            "text": word(), "normal": word(), "high": 3.0 }] });
        let (plan, added, again) = (word(), word(), word());
        self.done(treats, "recordEncounter", encounter, "").await;
        self.done(treats, "placeOrder", order, "").await;
        let fields = "testResult { id }";
        let found = self.done(treats, "recordTestResult", result, fields).await;
        let change = json!({ "id": found["testResult"]["id"], "expectedVersion": 1, "status": "AMENDED", "conclusion": again });
        self.done(treats, "updateTestResult", change, "").await;
        let written = self
            .done(treats, "recordVisitNote", note, "visitNote { id }")
            .await;
        let id = &written["visitNote"]["id"];
        let change = json!({ "id": id, "expectedVersion": 1, "plan": plan });
        self.done(treats, "updateVisitNote", change, "").await;
        let signed = json!({ "id": id, "expectedVersion": 2 });
        self.done(treats, "signVisitNote", signed, "").await;
        let added = json!({ "id": id, "text": added });
        self.done(treats, "addVisitNoteAddendum", added, "").await;
        let shared = json!({ "id": id, "expectedVersion": 3 });
        self.done(treats, "shareWithPatient", shared, "").await;
        let own_word = json!({ "patientId": patient, "heartRate": 72 });
        self.done(own, "recordVitals", own_word, "").await;
    }
}
