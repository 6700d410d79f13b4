//! Why doctors are away: words, by the doctor, and by whoever may not say so.

use super::routes::Planter;
use crate::support::codes;
use chrono::TimeDelta;
use serde_json::json;

/// So many times over.
const TIMES: usize = 4;

impl Planter<'_> {
    pub(super) async fn absences(&mut self) {
        let (kim, lou) = (self.app.doctor("kim").await, self.app.doctor("lou").await);
        let (own, other) = (kim.person.at(self.copy), lou.person.at(self.copy));
        let from = self.app.day_after_tomorrow(6);
        for _ in 0..TIMES {
            let mark = json!({ "doctorId": kim.id, "kind": "SICKNESS", "startsAt": from,
                "endsAt": from + TimeDelta::days(1), "reason": self.word("absence"),
                "idempotencyKey": self.word("absence") });
            let token = own.token.as_deref();
            let marked = self
                .done(token, "markAbsence", mark.clone(), "absence { id reason }")
                .await;
            assert_eq!(marked["absence"]["reason"], mark["reason"]);
            let change = json!({ "id": marked["absence"]["id"], "expectedVersion": 1,
                "reason": self.word("absence") });
            self.done(token, "updateAbsence", change, "").await;
            let document = "mutation($input: MarkAbsenceInput!) { markAbsence(input: $input) { userErrors { code } } }";
            let mut wrong = mark;
            wrong["reason"] = json!(self.word("absence").repeat(60));
            own.run(document, json!({ "input": wrong })).await;
            let answer = other.run(document, json!({ "input": wrong })).await;
            assert_eq!(codes(&answer), ["FORBIDDEN"]);
        }
    }
}
