//! Proposals, live: to those who may decide, and the word back to the patient.

use crate::proposals::{DECIDE, WITHDRAW, all, new_allergy, proposed, ward, wish};
use crate::support::documents::LEAVE;
use crate::support::{App, Live, Person, codes, user_errors};
use serde_json::{Value, json};
use std::time::Duration;

const FOLLOW: &str = "subscription($of: ChartsOf!, $after: String) { changeProposed(of: $of, after: $after) {
    __typename
    ... on ChangeProposalChange { cursor kind occurredAt changeProposal { id kind status changes { field after decision } reason } }
    ... on CaughtUp { cursor } ... on AccessEnded { message } } }";

/// Follows these, from now on for sure; the cursor that it begins at.
async fn follows(person: &Person, of: Value) -> (Live, Value) {
    let mut live = person
        .subscribe(FOLLOW, json!({ "of": of, "after": "now" }))
        .await;
    let begun = live.next().await;
    assert_eq!(begun["__typename"], "CaughtUp");
    (live, begun["cursor"].clone())
}

on_both! {
    async fn what_a_patient_asks_for_reaches_the_team_and_the_word_reaches_the_patient(app: App) {
        let (ana, bo) = ward(&app).await;
        let (mut panel, _) = follows(&bo, json!({ "panel": true })).await;
        let (mut own, _) = follows(&ana, json!({ "patient": ana.id })).await;
        let proposal = proposed(&ana, new_allergy(&ana.id, "Latex")).await;
        for live in [&mut panel, &mut own] {
            let told = live.next().await;
            assert_eq!((&told["kind"], &told["changeProposal"]["id"]), (&json!("PROPOSED"), &proposal["id"]));
            assert_eq!(told["changeProposal"]["changes"][2]["after"], "Latex");
            assert!(told["occurredAt"].is_string());
        }
        let mut no = all(&proposal, "REJECT");
        no["input"]["reason"] = json!("tested in May");
        assert_eq!(user_errors(&bo.run(DECIDE, no).await), Vec::<String>::new());
        for live in [&mut panel, &mut own] {
            let told = live.next().await;
            assert_eq!((&told["kind"], &told["changeProposal"]["status"]), (&json!("DECIDED"), &json!("REJECTED")));
            assert_eq!(told["changeProposal"]["reason"], "tested in May");
            assert_eq!(told["changeProposal"]["changes"][0]["decision"], "REJECT");
        }
        let more = proposed(&ana, new_allergy(&ana.id, "Dust")).await;
        assert_eq!(panel.next().await["kind"], "PROPOSED");
        let back = json!({ "input": { "id": more["id"], "expectedVersion": 1 } });
        assert_eq!(user_errors(&ana.run(WITHDRAW, back).await), Vec::<String>::new());
        assert_eq!(panel.next().await["kind"], "WITHDRAWN");
        // What is refused is nothing that happened.
        assert_eq!(user_errors(&bo.run(DECIDE, all(&more, "ACCEPT")).await), ["WITHDRAWN"]);
        panel.is_silent_for(Duration::from_millis(400)).await;
    }

    async fn whoever_comes_back_hears_what_they_missed_once_and_in_order(app: App) {
        let (ana, bo) = ward(&app).await;
        let (live, begun) = follows(&bo, json!({ "panel": true })).await;
        live.socket.cut();
        let first = proposed(&ana, new_allergy(&ana.id, "Latex")).await;
        let second = proposed(&ana, new_allergy(&ana.id, "Dust")).await;
        assert_eq!(user_errors(&bo.run(DECIDE, all(&first, "ACCEPT")).await), Vec::<String>::new());
        let of = json!({ "of": { "panel": true }, "after": begun });
        let mut live = bo.subscribe(FOLLOW, of).await;
        let mut heard = Vec::new();
        let third = loop {
            let told = live.next().await;
            if told["__typename"] == "CaughtUp" {
                break proposed(&ana, new_allergy(&ana.id, "Pollen")).await;
            }
            heard.push((told["kind"].clone(), told["changeProposal"]["id"].clone()));
        };
        let kinds = [("PROPOSED", &first), ("PROPOSED", &second), ("DECIDED", &first)];
        let kinds = kinds.map(|(kind, of)| (json!(kind), of["id"].clone()));
        assert_eq!(heard, kinds);
        assert_eq!(live.next().await["changeProposal"]["id"], third["id"]);
    }

    async fn strangers_follow_nothing_and_administrators_hear_of_who_somebody_is_alone(app: App) {
        let (ana, _) = ward(&app).await;
        let (dora, eve, admin) = (app.doctor("dora").await, app.patient("eve").await, app.admin().await);
        for stranger in [&*dora, &*eve] {
            let mut refused = stranger.subscribe(FOLLOW, json!({ "of": { "patient": ana.id } })).await;
            assert_eq!(codes(&refused.answer().await), ["NOT_FOUND"]);
        }
        let (mut panel, _) = follows(&dora, json!({ "panel": true })).await;
        let (mut clinic, _) = follows(&admin, json!({ "patient": ana.id })).await;
        proposed(&ana, new_allergy(&ana.id, "Latex")).await;
        let name = json!({ "updatePatient": { "id": ana.id, "expectedVersion": 1, "bloodGroup": "B_POSITIVE" } });
        let proposal = proposed(&ana, wish(name)).await;
        let told = clinic.next().await;
        assert_eq!((&told["changeProposal"]["id"], &told["changeProposal"]["kind"]), (&proposal["id"], &json!("DEMOGRAPHICS")));
        panel.is_silent_for(Duration::from_millis(400)).await;
    }

    async fn a_right_that_ends_ends_what_is_followed(app: App) {
        let (ana, bo) = ward(&app).await;
        let admin = app.admin().await;
        let (mut followed, _) = follows(&bo, json!({ "patient": ana.id })).await;
        let team = "query($id: ID!) { patient(id: $id) { careTeam { nodes { id version } } } }";
        let team = bo.data(team, json!({ "id": ana.id })).await;
        let member = &team["patient"]["careTeam"]["nodes"][0];
        let end = json!({ "input": { "id": member["id"], "expectedVersion": member["version"] } });
        assert_eq!(user_errors(&admin.run(LEAVE, end).await), Vec::<String>::new());
        assert_eq!(followed.next().await["__typename"], "AccessEnded");
    }
}
