//! What is brought as files: their names, what is said of them, what is in them, the tickets and the links; by the patient and by the
//! doctor, and what is not taken.

use super::routes::Planter;
use crate::support::files::{bring, given};
use serde_json::json;

/// So many times over.
const TIMES: usize = 4;

impl Planter<'_> {
    pub(super) async fn documents(&mut self) {
        let (hal, hob) = (self.app.patient("hal").await, self.app.doctor("hob").await);
        self.app.care(hob.row, hal.row, None).await;
        let (patient, doctor) = (hal.person.at(self.copy), hob.person.at(self.copy));
        let (own, treats) = (patient.token.as_deref(), doctor.token.as_deref());
        for _ in 0..TIMES {
            for token in [own, treats] {
                let mut word = || self.needles.word("document");
                let text = format!("{} and {}\n{}", word(), word(), word()).repeat(3000);
                let ask = json!({ "patientId": hal.id, "fileName": format!("{}.txt", word()), "size": text.len(),
                    "title": word(), "description": word(), "idempotencyKey": word() });
                let (changed, added) = (word(), word());
                let mut wrong = ask.clone();
                wrong["fileName"] = json!(format!("{}.pdf", word()));
                wrong["idempotencyKey"] = json!(word());
                let upload = "upload { id token }";
                let leave = self.done(token, "startUpload", ask, upload).await;
                let none = self.done(token, "startUpload", wrong, upload).await;
                let secret = leave["upload"]["token"].as_str().unwrap();
                let other = none["upload"]["token"].as_str().unwrap();
                self.needles.keep("ticket", secret);
                self.needles.keep("ticket", other);
                let brought = bring(self.copy, secret, text.clone().into_bytes()).await;
                assert_eq!(brought.status, 201);
                let refused = bring(self.copy, other, text.clone().into_bytes()).await;
                assert_eq!(refused.status, 415);
                let id = &leave["upload"]["id"];
                let ask = json!({ "id": id });
                let made = self
                    .done(token, "createDocumentLink", ask, "link { path }")
                    .await;
                let path = made["link"]["path"].as_str().unwrap();
                self.needles.keep("link to a document", &path[11..]);
                let (status, _, bytes) = given(self.copy, path, &[]).await;
                assert_eq!((status, bytes.unwrap()), (200, text.into_bytes()));
                let change = json!({ "id": id, "expectedVersion": 1, "title": changed, "description": added });
                self.done(treats, "updateDocument", change, "").await;
            }
        }
    }
}
