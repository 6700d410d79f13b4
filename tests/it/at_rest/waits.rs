//! What is said on the waiting list: a note wherever there is room for one, by the patient and by the clinic, and by whoever may
//! not.

use super::routes::Planter;
use crate::support::user_errors;
use serde_json::json;

/// So many times over.
const TIMES: usize = 4;

impl Planter<'_> {
    pub(super) async fn waiting_list(&mut self) {
        let (gil, gus) = (self.app.patient("gil").await, self.app.doctor("gus").await);
        let (patient, doctor) = (gil.person.at(self.copy), gus.person.at(self.copy));
        let token = patient.token.as_deref();
        for _ in 0..TIMES {
            let kind = self.app.visit_type(20).await;
            let mut word = || self.needles.word("waiting list");
            let (said, key) = (word(), word());
            let (changed, refused) = (word(), word());
            let wish = json!({ "patientId": gil.id, "with": { "doctor": gus.id }, "visitTypeId": kind,
                "note": said, "idempotencyKey": key });
            let entry = self
                .done(token, "joinWaitlist", wish.clone(), "entry { id }")
                .await;
            let change =
                json!({ "id": entry["entry"]["id"], "expectedVersion": 1, "note": changed });
            self.done(token, "updateWaitlistEntry", change, "").await;
            let mut none = wish;
            none["note"] = json!(refused);
            let document = "mutation($input: JoinWaitlistInput!) { joinWaitlist(input: $input) { userErrors { code } } }";
            let answer = doctor.run(document, json!({ "input": none })).await;
            assert_eq!(user_errors(&answer), ["PATIENT_NOT_FOUND"]);
            none["with"] = json!({ "specialty": refused });
            none["idempotencyKey"] = json!(refused);
            let answer = patient.run(document, json!({ "input": none })).await;
            assert_eq!(user_errors(&answer), ["SPECIALTY_NOT_FOUND"]);
        }
    }
}
