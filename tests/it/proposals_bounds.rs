//! What bounds the changes that patients ask for: what is theirs to change, how many, keys, rushes, ends.

use crate::chart::{ALLERGY, condition, input};
use crate::proposals::{
    DECIDE, LIST, PROPOSE, WAITING, WITHDRAW, all, new_allergy, noted, one, other, proposed,
    refused, ward, wish,
};
use crate::support::glass::{break_glass, ready};
use crate::support::{App, Backend, Person, codes, user_errors};
use patient_tracker::patient::service::{ErasePatientKey, erase_patient_key};
use serde_json::{Value, json};

on_both! {
    async fn what_is_theirs_to_change_or_the_clinics_to_give_out_is_not_asked_for(app: App) {
        let (ana, bo) = ward(&app).await;
        let told = async |change: Value| refused(&ana.run(PROPOSE, wish(change)).await, "proposeChange");
        let patient = |rest: Value| {
            let mut change = rest;
            (change["id"], change["expectedVersion"]) = (json!(ana.id), json!(1));
            json!({ "updatePatient": change })
        };
        assert_eq!(told(patient(json!({ "contact": { "phone": "+37255512345" } }))).await, one("YOURS_TO_CHANGE", "input.change.updatePatient"));
        assert_eq!(told(patient(json!({ "mrn": "12345" }))).await, one("NOT_GIVEN_HERE", "input.change.updatePatient.mrn"));
        assert_eq!(told(patient(json!({ "birthDate": "2999-01-01" }))).await, one("IN_THE_FUTURE", "input.change.updatePatient.birthDate"));
        assert_eq!(told(patient(json!({}))).await, one("NOTHING_CHANGES", "input.change"));
        // What they have stated themselves they change; what the clinic has noted they ask for.
        let state = "mutation($input: StateMedicationInput!) { stateMedication(input: $input) { medicationStatement { id } userErrors { code } } }";
        let taken = |name: &str| input(&ana.id, json!({ "status": "ACTIVE", "medication": { "text": name } }));
        let restate = |answer: Value| json!({ "updateMedicationStatement": { "expectedVersion": 1, "status": "STOPPED",
            "id": answer["stateMedication"]["medicationStatement"]["id"] } });
        let own = restate(ana.data(state, taken("Honey")).await);
        assert_eq!(told(own).await, one("YOURS_TO_CHANGE", "input.change.updateMedicationStatement"));
        let clinics = restate(bo.data(state, taken("Tea")).await);
        let proposal = proposed(&ana, wish(clinics)).await;
        assert_eq!(proposal["changes"], json!([{ "field": "STATUS", "before": "active", "after": "stopped", "decision": null }]));
        let answer = bo.data(DECIDE, all(&proposal, "ACCEPT")).await;
        assert_eq!(answer["decideChangeProposal"]["userErrors"], json!([]));
        // Others' are not to be known of, and a key belongs beside the change.
        let eve = app.patient("eve").await;
        let id = condition(&bo, &ana.id).await;
        assert_eq!(codes(&eve.run(PROPOSE, new_allergy(&ana.id, "Latex")).await), ["NOT_FOUND"]);
        assert_eq!(codes(&eve.run(PROPOSE, other(&id, json!({ "note": "x" }))).await), ["NOT_FOUND"]);
        assert_eq!(codes(&bo.run(PROPOSE, new_allergy(&ana.id, "Latex")).await), ["FORBIDDEN"]);
        let mut within = new_allergy(&ana.id, "Latex");
        within["input"]["change"]["recordAllergy"]["idempotencyKey"] = json!("a");
        assert_eq!(codes(&ana.run(PROPOSE, within).await), ["BAD_REQUEST"]);
    }

    async fn no_field_is_in_two_open_proposals_and_no_more_are_open_than_may_be(app: App) {
        let (ana, bo) = ward(&app).await;
        let id = noted(&bo, &ana.id).await;
        let told = async |wish: Value| user_errors(&ana.run(PROPOSE, wish).await);
        let first = proposed(&ana, other(&id, json!({ "note": "a", "severity": "bad" }))).await;
        assert_eq!(told(other(&id, json!({ "severity": "worse" }))).await, ["ALREADY_PROPOSED"]);
        assert_eq!(told(other(&id, json!({ "status": "RESOLVED" }))).await, Vec::<String>::new());
        assert_eq!(told(new_allergy(&ana.id, "Latex")).await, Vec::<String>::new());
        assert_eq!(told(new_allergy(&ana.id, "Latex")).await, ["ALREADY_PROPOSED"]);
        let mut stale = other(&id, json!({ "bodySite": "lung" }));
        stale["input"]["change"]["updateCondition"]["expectedVersion"] = json!(2);
        assert_eq!(told(stale).await, ["CONFLICT"]);
        for number in 3..20 {
            assert_eq!(told(new_allergy(&ana.id, &format!("Thing {number}"))).await, Vec::<String>::new());
        }
        assert_eq!(told(new_allergy(&ana.id, "One more")).await, ["TOO_MANY_OPEN"]);
        // Several at once find one place.
        let back = json!({ "input": { "id": first["id"], "expectedVersion": 1 } });
        assert_eq!(user_errors(&ana.run(WITHDRAW, back.clone()).await), Vec::<String>::new());
        assert_eq!(user_errors(&ana.run(WITHDRAW, back).await), ["WITHDRAWN"]);
        let rush = (0..6).map(|number| {
            let (ana, wish) = (ana.person.clone(), new_allergy(&ana.id, &format!("Rush {number}")));
            tokio::spawn(async move { user_errors(&ana.run(PROPOSE, wish).await) })
        });
        let mut taken = 0;
        for one in rush.collect::<Vec<_>>() {
            taken += usize::from(one.await.unwrap().is_empty());
        }
        assert_eq!(taken, 1);
        assert_eq!(app.number("SELECT count(*) FROM change_proposal WHERE status = 'PENDING'").await, 20);
    }

    async fn the_same_key_answers_the_same_and_another_input_is_refused(app: App) {
        let (ana, bo) = ward(&app).await;
        let keyed = |mut given: Value, key: &str| {
            given["input"]["idempotencyKey"] = json!(key);
            given
        };
        let wish = keyed(new_allergy(&ana.id, "Latex"), "ask");
        let proposal = proposed(&ana, wish.clone()).await;
        assert_eq!(proposed(&ana, wish).await["id"], proposal["id"]);
        let another = keyed(new_allergy(&ana.id, "Dust"), "ask");
        assert_eq!(user_errors(&ana.run(PROPOSE, another).await), ["IDEMPOTENCY_KEY_REUSED"]);
        let decision = keyed(all(&proposal, "ACCEPT"), "word");
        let twins = (0..4).map(|_| {
            let (bo, decision) = (bo.person.clone(), decision.clone());
            tokio::spawn(async move { bo.run(DECIDE, decision).await })
        });
        for twin in twins.collect::<Vec<_>>() {
            let answer = twin.await.unwrap();
            let payload = &answer["data"]["decideChangeProposal"];
            assert_eq!((&payload["userErrors"], &payload["changeProposal"]["status"]), (&json!([]), &json!("ACCEPTED")));
        }
        assert_eq!(user_errors(&bo.run(DECIDE, keyed(all(&proposal, "REJECT"), "word")).await), ["IDEMPOTENCY_KEY_REUSED"]);
        assert_eq!(app.number("SELECT count(*) FROM chart_record").await, 1);
        let more = proposed(&ana, new_allergy(&ana.id, "Dust")).await;
        let back = json!({ "input": { "id": more["id"], "expectedVersion": 1, "idempotencyKey": "back" } });
        for _ in 0..2 {
            let answer = ana.data(WITHDRAW, back.clone()).await;
            assert_eq!(answer["withdrawChangeProposal"]["userErrors"], json!([]));
        }
        let other = json!({ "input": { "id": more["id"], "expectedVersion": 2, "idempotencyKey": "back" } });
        assert_eq!(user_errors(&ana.run(WITHDRAW, other).await), ["IDEMPOTENCY_KEY_REUSED"]);
    }

    async fn of_two_who_end_it_at_once_one_does_and_both_are_told_the_truth(app: App) {
        let (ana, bo) = ward(&app).await;
        let cy = app.doctor("cy").await;
        app.care(cy.row, ana.row, None).await;
        let other = match app.backend() {
            Backend::Postgres => app.second_copy().await,
            Backend::Sqlite => app.copy.clone(),
        };
        for round in 0..8 {
            let proposal = proposed(&ana, new_allergy(&ana.id, &format!("Thing {round}"))).await;
            let back = json!({ "input": { "id": proposal["id"], "expectedVersion": 1 } });
            let (first, second) = match round % 2 {
                // The patient takes it back while somebody decides.
                0 => ((ana.person.clone(), WITHDRAW, back), (bo.at(&other), DECIDE, all(&proposal, "ACCEPT"))),
                // Two doctors decide.
                _ => ((cy.person.clone(), DECIDE, all(&proposal, "REJECT")), (bo.at(&other), DECIDE, all(&proposal, "ACCEPT"))),
            };
            let run = |(person, document, given): (Person, &'static str, Value)| {
                tokio::spawn(async move { person.run(document, given).await })
            };
            let (one, two) = (run(first), run(second));
            let told = [user_errors(&one.await.unwrap()), user_errors(&two.await.unwrap())];
            let now = ana.data("query($id: ID!) { node(id: $id) { ... on ChangeProposal { status record { __typename } } } }", json!({ "id": proposal["id"] })).await;
            let (status, record) = (&now["node"]["status"], &now["node"]["record"]);
            let late: &[&str] = match (told[0].is_empty(), told[1].is_empty()) {
                (true, false) => {
                    assert_eq!((status, record.is_null()), (&json!(if round % 2 == 0 { "WITHDRAWN" } else { "REJECTED" }), true));
                    if round % 2 == 0 { &["WITHDRAWN"] } else { &["ALREADY_DECIDED"] }
                }
                (false, true) => {
                    assert_eq!((status, record.is_null()), (&json!("ACCEPTED"), false));
                    &["ALREADY_DECIDED"]
                }
                both => panic!("{both:?} {told:?}"),
            };
            assert!(told.iter().any(|codes| codes == late), "{told:?}");
        }
        let accepted = app.number("SELECT count(*) FROM change_proposal WHERE status = 'ACCEPTED'").await;
        assert_eq!(app.number("SELECT count(*) FROM chart_record").await, accepted);
    }

    async fn nobody_decides_in_their_own_record_and_broken_glass_only_reads(app: App) {
        let (ana, bo) = ward(&app).await;
        let proposal = proposed(&ana, new_allergy(&ana.id, "Latex")).await;
        let (dora, _) = ready(&app, "dora").await;
        break_glass(&dora, &ana.id).await;
        let seen = dora.data(LIST, json!({ "id": ana.id, "status": "PENDING" })).await;
        assert_eq!(seen["patient"]["changeProposals"]["totalCount"], 1);
        assert_eq!(codes(&dora.run(DECIDE, all(&proposal, "ACCEPT")).await), ["FORBIDDEN"]);
        // A doctor who is the patient, and of their own care team.
        app.execute("UPDATE patient SET user_id = NULL").await;
        let user = bo.user.trim_start_matches("user_");
        let own = match app.backend() {
            Backend::Postgres => format!("UPDATE patient SET user_id = '{user}'"),
            Backend::Sqlite => format!("UPDATE patient SET user_id = x'{user}'"),
        };
        app.execute(&own).await;
        let again = bo.another_session().await;
        assert_eq!(codes(&again.run(DECIDE, all(&proposal, "ACCEPT")).await), ["FORBIDDEN"]);
        let waits = again.data(WAITING, Value::Null).await;
        assert_eq!(waits["openChangeProposals"]["totalCount"], 0);
    }

    async fn of_an_erased_patient_nothing_is_left_to_read_or_to_decide(app: App) {
        let (ana, bo) = ward(&app).await;
        let first = proposed(&ana, new_allergy(&ana.id, "Latex")).await;
        assert_eq!(user_errors(&bo.run(DECIDE, all(&first, "ACCEPT")).await), Vec::<String>::new());
        let open = proposed(&ana, new_allergy(&ana.id, "Dust")).await;
        let mrn = bo.data("query($id: ID!) { patient(id: $id) { mrn } }", json!({ "id": ana.id })).await;
        let command = ErasePatientKey { patient: ana.row, mrn: mrn["patient"]["mrn"].as_str().unwrap().to_owned(), reason: "request" };
        assert!(erase_patient_key(app.state(), command).await.unwrap().is_ok());
        assert_eq!(app.number("SELECT count(*) FROM change_proposal").await, 0);
        assert_eq!(codes(&bo.run(DECIDE, all(&open, "ACCEPT")).await), ["NOT_FOUND"]);
        assert_eq!(bo.data(WAITING, Value::Null).await["openChangeProposals"]["totalCount"], 0);
        let gone = bo.data("query($id: ID!) { node(id: $id) { id } }", json!({ "id": first["id"] })).await;
        assert_eq!(gone["node"], Value::Null);
    }

    async fn each_look_at_a_proposal_and_each_word_on_one_is_in_the_audit(app: App) {
        let (ana, bo) = ward(&app).await;
        let dora = app.doctor("dora").await;
        let proposal = proposed(&ana, new_allergy(&ana.id, "Latex")).await;
        let rows = async |what: &str| {
            app.audit_is_sealed().await;
            app.number(&format!("SELECT count(*) FROM audit_entry WHERE {what}")).await
        };
        assert_eq!(rows("operation = 'proposeChange' AND action = 'CREATE' AND outcome = 'ALLOWED' AND kinds LIKE '%CLINICAL%'").await, 1);
        bo.data(WAITING, Value::Null).await;
        let looks = "operation = 'openChangeProposals' AND action = 'READ' AND kinds LIKE '%CLINICAL%' AND fields LIKE '%ChangeProposal.kind%'";
        assert_eq!(rows(&format!("{looks} AND patient_id IS NOT NULL")).await, 1);
        let look = "query($id: ID!) { node(id: $id) { ... on ChangeProposal { message changes { after } } } }";
        bo.data(look, json!({ "id": proposal["id"] })).await;
        assert_eq!(rows("operation = 'node' AND outcome = 'ALLOWED' AND fields LIKE '%FieldProposal.after%'").await, 1);
        assert_eq!(codes(&dora.run(DECIDE, all(&proposal, "ACCEPT")).await), ["NOT_FOUND"]);
        assert_eq!(user_errors(&bo.run(DECIDE, all(&proposal, "ACCEPT")).await), Vec::<String>::new());
        let decided = "operation = 'decideChangeProposal' AND action IN ('ACCEPT', 'CREATE') AND outcome = 'ALLOWED'";
        assert_eq!(rows(decided).await, 2);
        assert!(rows("operation = 'decideChangeProposal' AND outcome = 'DENIED'").await >= 1);
    }

    async fn a_page_of_what_waits_costs_the_same_for_twenty_as_for_one(app: App) {
        let bo = app.doctor("bo").await;
        let document = "{ openChangeProposals(first: 20) { nodes { id message changes { field after } patient { displayName } } } }";
        let mut costs = Vec::new();
        for (patients, from) in [(1, 0), (19, 1)] {
            for number in from..from + patients {
                let patient = app.patient(&format!("someone{number}")).await;
                app.care(bo.row, patient.row, None).await;
                proposed(&patient, new_allergy(&patient.id, "Latex")).await;
            }
            let mut fewest = u64::MAX;
            for _ in 0..8 {
                app.audit_is_sealed().await;
                let before = app.statements();
                let page = bo.data(document, Value::Null).await;
                fewest = fewest.min(app.statements() - before);
                let nodes = page["openChangeProposals"]["nodes"].as_array().unwrap();
                assert_eq!(nodes.len(), from + patients);
            }
            costs.push(fewest);
        }
        assert_eq!(costs[0], costs[1]);
        assert!(costs[0] <= 6, "{costs:?}");
    }
}

/// The direct verbs and the proposals make the same of a chart.
#[test]
fn an_accepted_allergy_is_the_same_entry_as_a_recorded_one() {
    crate::support::run(Backend::Sqlite, |app| async move {
        let (ana, bo) = ward(&app).await;
        let given =
            json!({ "status": "ACTIVE", "criticality": "HIGH", "substance": { "text": "Latex" } });
        assert_eq!(
            user_errors(&bo.run(ALLERGY, input(&ana.id, given)).await),
            Vec::<String>::new()
        );
        let proposal = proposed(&ana, new_allergy(&ana.id, "Latex")).await;
        assert_eq!(
            user_errors(&bo.run(DECIDE, all(&proposal, "ACCEPT")).await),
            Vec::<String>::new()
        );
        let both = "query($id: ID!) { patient(id: $id) { allergies { nodes { status criticality substance { text } source version
            recordedBy { id } history(first: 3) { totalCount } } } } }";
        let both = bo.data(both, json!({ "id": ana.id })).await;
        let both = both["patient"]["allergies"]["nodes"].as_array().unwrap();
        assert_eq!(both[0], both[1]);
    });
}
