//! Every root field, tried by nobody in particular, by an analyst, by a patient with the ids of another, and by a doctor
//! who treats nobody: a ledger of what they are told.

use crate::support::{App, Contract, End, Person, codes, user_errors};
use async_graphql::parser::types::OperationType;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

/// What an answer tells: a code, refusals, or what kind of data.
fn told(answer: &Value) -> String {
    let mut told = codes(answer);
    told.extend(
        user_errors(answer)
            .into_iter()
            .map(|code| format!("refused: {code}")),
    );
    if told.is_empty() {
        let data = answer["data"]
            .as_object()
            .and_then(|data| data.values().next());
        let kind = match data {
            None | Some(Value::Null) => "null".to_owned(),
            Some(data) if data.get("nodes") == Some(&json!([])) => "an empty list".to_owned(),
            Some(data) => data["__typename"].as_str().unwrap_or("data").to_owned(),
        };
        told.push(kind);
    }
    told.dedup();
    told.join(", ")
}

async fn try_it(person: &Person, kind: OperationType, document: &str) -> String {
    if kind == OperationType::Subscription {
        let mut live = person.subscribe(document, json!({})).await;
        return match live.socket.message_within(Duration::from_secs(3)).await {
            None => "a stream of their own, in which nothing happens".to_owned(),
            Some(Ok(message)) if message["type"] == "error" => {
                told(&json!({ "errors": message["payload"] }))
            }
            Some(Ok(message)) => told(&message["payload"]),
            Some(Err(code)) => format!("{:?}", End::Closed(code)),
        };
    }
    told(&person.run(document, json!({})).await)
}

/// Ids of things that are not theirs, by the kind that an argument wants.
struct Foreign(BTreeMap<&'static str, String>);

impl Foreign {
    fn of(&self, place: &str) -> String {
        let place = place.to_ascii_lowercase();
        let kind = [
            "changeproposal",
            "marknotificationread",
            "availabilityrule",
            "availabilityexception",
            "breakglass",
            "updatecondition",
            "updateallergy",
            "updatemedicationrequest",
            "updatemedicationstatement",
            "updateimmunization",
            "enterinerror",
            "updateencounter",
            "visitnote",
            "updateorder",
            "updatetestresult",
            "sharewithpatient",
            "updatedocument",
            "sharedocument",
            "enterdocumentinerror",
            "createdocumentlink",
            "encounter",
            "order",
            "waitlist",
            "acceptoffer",
            "declineoffer",
            "patient",
            "doctor",
            "visittype",
            "absence",
            "user",
            "department",
            "coverage",
            "careteam",
            "session",
        ];
        let kind = kind
            .into_iter()
            .find(|kind| place.contains(kind))
            .unwrap_or("appointment");
        self.0[kind].clone()
    }
}

on_both! {
    async fn every_root_field_tells_strangers_nothing(app: App) {
        let contract = Contract::read();
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        let cy = app.doctor("cy").await;
        let (eve, analyst, nobody) = (
            app.patient("eve").await,
            app.analyst().await,
            app.anonymous(),
        );
        let visit = app.visit_type(30).await;
        let waits = ana.waits_for(&bo, &visit).await["id"].as_str().unwrap().to_owned();
        let unknown = |kind: &str| format!("{kind}_{}", "1".repeat(32));
        let foreign = Foreign(BTreeMap::from([
            ("patient", ana.id.clone()),
            ("doctor", bo.id.clone()),
            ("user", ana.user.clone()),
            (
                "appointment",
                app.appointment(bo.row, ana.row, app.day_after_tomorrow(9))
                    .await,
            ),
            ("visittype", visit),
            ("absence", unknown("abs")),
            ("department", unknown("dep")),
            ("coverage", unknown("cov")),
            ("careteam", unknown("ctm")),
            ("session", unknown("ses")),
            ("breakglass", unknown("btg")),
            ("marknotificationread", unknown("ntf")),
            ("availabilityrule", unknown("avr")),
            ("availabilityexception", unknown("avx")),
            ("changeproposal", unknown("prp")),
            ("updatecondition", unknown("con")),
            ("updateallergy", unknown("alg")),
            ("updatemedicationrequest", unknown("med")),
            ("updatemedicationstatement", unknown("mst")),
            ("updateimmunization", unknown("imm")),
            ("enterinerror", unknown("vit")),
            ("updateencounter", unknown("enc")),
            ("encounter", unknown("enc")),
            ("visitnote", unknown("nte")),
            ("updateorder", unknown("ord")),
            ("order", unknown("ord")),
            ("updatetestresult", unknown("res")),
            ("sharewithpatient", unknown("res")),
            ("updatedocument", unknown("dcm")),
            ("sharedocument", unknown("dcm")),
            ("enterdocumentinerror", unknown("dcm")),
            ("createdocumentlink", unknown("dcm")),
            ("waitlist", waits.clone()),
            ("acceptoffer", waits.clone()),
            ("declineoffer", waits),
        ]));
        let mut ledger = String::new();
        for (kind, root) in contract.roots() {
            for field in contract.fields(root) {
                let id = |place: &str| foreign.of(place);
                let document = contract.smallest(kind, &field, &id);
                writeln!(ledger, "{root}.{}", field.name).unwrap();
                for (who, person) in [
                    ("nobody", &*nobody),
                    ("analyst", &*analyst),
                    ("another patient", &*eve),
                    ("a doctor who treats nobody", &*cy),
                ] {
                    // Some of these end the session that they are tried with, or all others.
                    let person = match person.token {
                        Some(_) => person.another_session().await,
                        None => person.clone(),
                    };
                    let told = try_it(&person, kind, &document).await;
                    writeln!(ledger, "  {who}: {told}").unwrap();
                }
            }
        }
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path("../ledgers");
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!("roots", ledger));
    }
}
