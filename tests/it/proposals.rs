//! Changes that patients ask for: what can be asked for, who decides, and what becomes of it.

use crate::chart::{CONDITION, ERROR, UPDATE, asthma, input};
use crate::support::{App, Doctor, Patient, Person, codes, user_errors};
use serde_json::{Value, json};

/// Asks for a change.
pub const PROPOSE: &str = "mutation($input: ProposeChangeInput!) { proposeChange(input: $input) {
    changeProposal { id kind status version baseVersion message changes { field before after decision }
        record { __typename } decidedBy { id } reason }
    userErrors { code path } } }";
/// Takes that back.
pub const WITHDRAW: &str =
    "mutation($input: WithdrawChangeProposalInput!) { withdrawChangeProposal(input: $input) {
    changeProposal { status version decidedAt } userErrors { code path } } }";
/// Decides.
pub const DECIDE: &str = "mutation($input: DecideChangeProposalInput!) { decideChangeProposal(input: $input) {
    changeProposal { status version reason changes { field before after decision } decidedBy { id }
        record { ... on Allergy { id version source } ... on Condition { id version note status severity bodySite } } }
    userErrors { code path } } }";
/// A patient's.
pub const LIST: &str = "query($id: ID!, $status: ChangeProposalStatus) { patient(id: $id) {
    changeProposals(status: $status) { totalCount nodes { id kind status } } } }";
/// What waits for somebody.
pub const WAITING: &str = "{ openChangeProposals(first: 50) { totalCount nodes { id kind patient { id displayName } } } }";
const HISTORY: &str = "query($id: ID!) { node(id: $id) {
    ... on Allergy { history(first: 9) { nodes { version source recordedBy { id } proposal { id message } } } }
    ... on Condition { history(first: 9) { nodes { version recordedBy { id } proposal { id } changes { field } } } } } }";

/// A patient, and a doctor of their care team.
pub async fn ward(app: &App) -> (Patient, Doctor) {
    let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
    app.care(bo.row, ana.row, None).await;
    (ana, bo)
}

/// The input of asking for this.
pub fn wish(change: Value) -> Value {
    json!({ "input": { "change": change } })
}

/// An allergy to this that is not in the chart.
pub fn new_allergy(patient: &str, substance: &str) -> Value {
    wish(
        json!({ "recordAllergy": { "patientId": patient, "status": "ACTIVE", "criticality": "HIGH",
        "substance": { "text": substance } } }),
    )
}

/// What somebody has asked for.
pub async fn proposed(person: &Person, wish: Value) -> Value {
    let mut answer = person.run(PROPOSE, wish).await;
    let proposal = answer["data"]["proposeChange"]["changeProposal"].take();
    assert!(!proposal.is_null(), "{answer}");
    proposal
}

/// The input of this word on each of these fields, of a proposal as it was asked for.
pub fn word(proposal: &Value, fields: &[(&str, &str)]) -> Value {
    let fields = fields.iter();
    let fields = fields.map(|(field, word)| json!({ "field": field, "decision": word }));
    json!({ "input": { "id": proposal["id"], "expectedVersion": 1, "fields": fields.collect::<Vec<_>>() } })
}

/// The same word on all of its fields.
pub fn all(proposal: &Value, decision: &str) -> Value {
    let changes = proposal["changes"].as_array().unwrap().iter();
    let fields = changes.map(|one| (one["field"].as_str().unwrap(), decision));
    word(proposal, &fields.collect::<Vec<_>>())
}

/// What was refused of an answer, code and place.
pub fn refused(answer: &Value, verb: &str) -> Vec<(String, String)> {
    let all = answer["data"][verb]["userErrors"].as_array();
    let all = all.unwrap_or_else(|| panic!("{answer}")).iter();
    let path = |one: &Value| {
        let path = one["path"].as_array().unwrap().iter();
        let path = path.map(|part| part.as_str().unwrap().to_owned());
        path.collect::<Vec<_>>().join(".")
    };
    all.map(|one| (one["code"].as_str().unwrap().to_owned(), path(one)))
        .collect()
}

/// One refusal.
pub fn one(code: &str, path: &str) -> Vec<(String, String)> {
    vec![(code.to_owned(), path.to_owned())]
}

/// An asthma that the clinic has noted, with how bad it is.
pub async fn noted(bo: &Doctor, patient: &str) -> String {
    let mut given = asthma(patient);
    given["input"]["severity"] = json!("mild");
    let answer = bo.data(CONDITION, given).await;
    let id = answer["recordCondition"]["condition"]["id"].as_str();
    id.unwrap().to_owned()
}

/// The input of asking for a change of this condition, of its first version.
pub fn other(id: &str, rest: Value) -> Value {
    let mut change = rest;
    change["id"] = json!(id);
    change["expectedVersion"] = json!(1);
    wish(json!({ "updateCondition": change }))
}

on_both! {
    async fn a_new_allergy_that_is_accepted_is_in_the_chart_as_if_the_doctor_had_written_it(app: App) {
        let (ana, bo) = ward(&app).await;
        let mut wish = new_allergy(&ana.id, "Penicillin");
        wish["input"]["message"] = json!("  since I was a child ");
        let mut proposal = proposed(&ana, wish).await;
        let id = proposal["id"].take();
        insta::assert_json_snapshot!(proposal, @r#"
        {
          "baseVersion": null,
          "changes": [
            {
              "after": "high",
              "before": null,
              "decision": null,
              "field": "CRITICALITY"
            },
            {
              "after": "active",
              "before": null,
              "decision": null,
              "field": "STATUS"
            },
            {
              "after": "Penicillin",
              "before": null,
              "decision": null,
              "field": "SUBSTANCE"
            }
          ],
          "decidedBy": null,
          "id": null,
          "kind": "ALLERGY",
          "message": "since I was a child",
          "reason": null,
          "record": null,
          "status": "PENDING",
          "version": 1
        }
        "#);
        proposal["id"] = id;
        let none = "query($id: ID!) { patient(id: $id) { allergies { totalCount } } }";
        let count = async || bo.data(none, json!({ "id": ana.id })).await["patient"]["allergies"]["totalCount"].take();
        assert_eq!(count().await, json!(0));
        let waiting = bo.data(WAITING, Value::Null).await;
        assert_eq!(waiting["openChangeProposals"]["totalCount"], 1);
        assert_eq!(waiting["openChangeProposals"]["nodes"][0]["patient"]["id"], json!(ana.id));
        let mut decision = all(&proposal, "ACCEPT");
        decision["input"]["reason"] = json!("as you told me");
        let answer = bo.data(DECIDE, decision).await;
        let decided = &answer["decideChangeProposal"];
        assert_eq!(decided["userErrors"], json!([]));
        let decided = &decided["changeProposal"];
        assert_eq!((&decided["status"], &decided["version"]), (&json!("ACCEPTED"), &json!(2)));
        assert_eq!((&decided["reason"], &decided["decidedBy"]["id"]), (&json!("as you told me"), &json!(bo.id)));
        assert_eq!((&decided["record"]["version"], &decided["record"]["source"]), (&json!(1), &json!("CLINIC")));
        assert!(decided["changes"].as_array().unwrap().iter().all(|one| one["decision"] == "ACCEPT"));
        assert_eq!(count().await, json!(1));
        assert_eq!(bo.data(WAITING, Value::Null).await["openChangeProposals"]["totalCount"], 0);
        // The patient reads whose word it was and on whose asking.
        let history = ana.data(HISTORY, json!({ "id": decided["record"]["id"] })).await;
        let version = &history["node"]["history"]["nodes"][0];
        assert_eq!((&version["source"], &version["recordedBy"]["id"]), (&json!("CLINIC"), &json!(bo.id)));
        assert_eq!((&version["proposal"]["id"], &version["proposal"]["message"]), (&proposal["id"], &json!("since I was a child")));
        // And what is ordered is held against it.
        let order = "mutation($input: RequestMedicationInput!) { requestMedication(input: $input) { userErrors { code } } }";
        let order = bo.run(order, input(&ana.id, json!({ "medication": { "text": "Amoxicillin 500 mg" }, "status": "ACTIVE" }))).await;
        assert_eq!(user_errors(&order), ["SAFETY_CONFLICT"]);
        let events = "SELECT count(*) FROM event WHERE stream = 'clinic' AND kind IN ('CHANGE_PROPOSED', 'PROPOSAL_DECIDED')";
        assert_eq!(app.number(events).await, 2);
    }

    async fn each_field_is_decided_on_and_what_else_has_changed_stands_in_nobodys_way(app: App) {
        let (ana, bo) = ward(&app).await;
        let id = noted(&bo, &ana.id).await;
        let proposal = proposed(&ana, other(&id, json!({ "status": "RESOLVED", "severity": null, "note": "gone" }))).await;
        assert_eq!(proposal["baseVersion"], 1);
        assert_eq!(proposal["changes"][1], json!({ "field": "SEVERITY", "before": "mild", "after": null, "decision": null }));
        let change = json!({ "input": { "id": id, "expectedVersion": 1, "bodySite": "lung" } });
        assert_eq!(user_errors(&bo.run(UPDATE, change).await), Vec::<String>::new());
        let some = word(&proposal, &[("NOTE", "REJECT"), ("SEVERITY", "ACCEPT"), ("STATUS", "ACCEPT")]);
        let answer = bo.data(DECIDE, some).await;
        let decided = &answer["decideChangeProposal"]["changeProposal"];
        assert_eq!(answer["decideChangeProposal"]["userErrors"], json!([]));
        assert_eq!(decided["status"], "PARTLY_ACCEPTED");
        let now = json!({ "id": id, "version": 3, "note": null, "status": "RESOLVED", "severity": null, "bodySite": "lung" });
        assert_eq!(decided["record"], now);
        assert_eq!(decided["changes"][0]["decision"], "REJECT");
        let history = bo.data(HISTORY, json!({ "id": id })).await;
        let versions = history["node"]["history"]["nodes"].as_array().unwrap();
        assert_eq!(versions[2]["changes"], json!([{ "field": "severity" }, { "field": "status" }]));
        let of: Vec<_> = versions.iter().map(|one| one["proposal"]["id"].clone()).collect();
        assert_eq!(of, [Value::Null, Value::Null, proposal["id"].clone()]);
    }

    async fn a_field_that_says_something_else_by_now_refuses_the_decision_and_nothing_is_made(app: App) {
        let (ana, bo) = ward(&app).await;
        let id = noted(&bo, &ana.id).await;
        let proposal = proposed(&ana, other(&id, json!({ "status": "RESOLVED", "severity": "none" }))).await;
        let change = json!({ "input": { "id": id, "expectedVersion": 1, "severity": "bad" } });
        assert_eq!(user_errors(&bo.run(UPDATE, change).await), Vec::<String>::new());
        let answer = bo.run(DECIDE, word(&proposal, &[("STATUS", "ACCEPT"), ("SEVERITY", "ACCEPT")])).await;
        assert_eq!(refused(&answer, "decideChangeProposal"), one("FIELD_CHANGED", "input.fields.1"));
        let stays = &answer["data"]["decideChangeProposal"]["changeProposal"];
        assert_eq!((&stays["status"], &stays["record"]["status"]), (&json!("PENDING"), &json!("ACTIVE")));
        // Rejected, the field is in nobody's way; and what was done meanwhile counts as done.
        let change = json!({ "input": { "id": id, "expectedVersion": 2, "status": "RESOLVED" } });
        assert_eq!(user_errors(&bo.run(UPDATE, change).await), Vec::<String>::new());
        let answer = bo.data(DECIDE, word(&proposal, &[("STATUS", "ACCEPT"), ("SEVERITY", "REJECT")])).await;
        let decided = &answer["decideChangeProposal"]["changeProposal"];
        assert_eq!((&decided["status"], &decided["record"]["version"]), (&json!("PARTLY_ACCEPTED"), &json!(3)));
        // What was entered in error is not changed by anybody's word.
        let again = proposed(&ana, {
            let mut again = other(&id, json!({ "note": "once more" }));
            again["input"]["change"]["updateCondition"]["expectedVersion"] = json!(3);
            again
        }).await;
        let error = json!({ "input": { "id": id, "expectedVersion": 3 } });
        assert_eq!(user_errors(&bo.run(ERROR, error).await), Vec::<String>::new());
        assert_eq!(user_errors(&bo.run(DECIDE, all(&again, "ACCEPT")).await), ["ENTERED_IN_ERROR"]);
        assert_eq!(user_errors(&bo.run(DECIDE, all(&again, "REJECT")).await), Vec::<String>::new());
    }

    async fn there_is_a_word_on_each_field_once_and_no_entry_without_what_it_needs(app: App) {
        let (ana, bo) = ward(&app).await;
        let proposal = proposed(&ana, new_allergy(&ana.id, "Latex")).await;
        let told = async |fields: &[(&str, &str)]| refused(&bo.run(DECIDE, word(&proposal, fields)).await, "decideChangeProposal");
        let yes = |field| (field, "ACCEPT");
        let no = |field| (field, "REJECT");
        assert_eq!(told(&[yes("STATUS"), yes("SUBSTANCE")]).await, one("UNDECIDED", "input.fields"));
        assert_eq!(told(&[yes("STATUS"), no("STATUS"), yes("SUBSTANCE")]).await, one("NOT_PROPOSED", "input.fields.1"));
        assert_eq!(told(&[yes("CODE")]).await, one("NOT_PROPOSED", "input.fields.0"));
        assert_eq!(told(&[yes("STATUS"), yes("CRITICALITY"), no("SUBSTANCE")]).await, one("NEEDED", "input.fields"));
        let mut late = all(&proposal, "ACCEPT");
        late["input"]["expectedVersion"] = json!(2);
        assert_eq!(user_errors(&bo.run(DECIDE, late).await), ["CONFLICT"]);
        assert_eq!(told(&[yes("STATUS"), no("CRITICALITY"), yes("SUBSTANCE")]).await, []);
        assert_eq!(user_errors(&bo.run(DECIDE, all(&proposal, "ACCEPT")).await), ["ALREADY_DECIDED"]);
        let kept = app.try_execute("UPDATE change_proposal SET status = 'PENDING', decided_at = NULL, decided_by = NULL, decision = NULL");
        let kept = kept.await.unwrap_err().to_string();
        assert!(kept.contains("change_proposal_stays"), "{kept}");
    }

    async fn who_they_are_is_asked_for_and_decided_on_by_the_team_or_an_administrator(app: App) {
        let (ana, bo) = ward(&app).await;
        let (cy, dora, admin) = (app.doctor("cy").await, app.doctor("dora").await, app.admin().await);
        app.appointment(cy.row, ana.row, app.hour(24)).await;
        let of = |rest: Value| {
            let mut change = rest;
            (change["id"], change["expectedVersion"]) = (json!(ana.id), json!(1));
            wish(json!({ "updatePatient": change }))
        };
        let proposal = proposed(&ana, of(json!({ "name": { "given": ["Ana", "María"], "family": "Newname" }, "bloodGroup": "A_POSITIVE" }))).await;
        assert_eq!(proposal["kind"], "DEMOGRAPHICS");
        assert_eq!(proposal["changes"][1]["after"], "Ana María Newname");
        for (person, told) in [(&*cy, "FORBIDDEN"), (&*dora, "NOT_FOUND"), (&*ana, "FORBIDDEN")] {
            assert_eq!(codes(&person.run(DECIDE, all(&proposal, "ACCEPT")).await), [told]);
        }
        // A clinical one is none of the administrator's; who the patient is, is.
        let clinical = proposed(&ana, new_allergy(&ana.id, "Latex")).await;
        assert_eq!(codes(&admin.run(DECIDE, all(&clinical, "ACCEPT")).await), ["NOT_FOUND"]);
        let lists = async |person: &Person| {
            let listed = person.data(LIST, json!({ "id": ana.id })).await;
            let waits = person.run(WAITING, Value::Null).await;
            (listed["patient"]["changeProposals"]["totalCount"].clone(), waits["data"]["openChangeProposals"]["totalCount"].clone())
        };
        assert_eq!(lists(&bo).await, (json!(2), json!(2)));
        assert_eq!(lists(&cy).await, (json!(2), json!(0)));
        assert_eq!(lists(&admin).await, (json!(1), json!(1)));
        assert_eq!(lists(&ana).await, (json!(2), Value::Null));
        assert_eq!(lists(&dora).await, (Value::Null, json!(0)));
        let answer = admin.data(DECIDE, all(&proposal, "ACCEPT")).await;
        assert_eq!(answer["decideChangeProposal"]["userErrors"], json!([]));
        assert_eq!(answer["decideChangeProposal"]["changeProposal"]["decidedBy"], Value::Null);
        let name = "query($id: ID!) { patient(id: $id) { displayName bloodGroup version } }";
        let now = ana.data(name, json!({ "id": ana.id })).await;
        assert_eq!(now["patient"], json!({ "displayName": "Ana María Newname", "bloodGroup": "A_POSITIVE", "version": 2 }));
        let found = bo.data("{ patients(search: { name: \"newname\" }) { totalCount } }", Value::Null).await;
        assert_eq!(found["patients"]["totalCount"], 1);
        // By appointment one decides on what is clinical.
        assert_eq!(user_errors(&cy.run(DECIDE, all(&clinical, "REJECT")).await), Vec::<String>::new());
    }
}
