//! Reading the table off the document's plan answers exactly as asking it at every field does.

use crate::support::{App, Person};
use serde_json::{Value, json};

const DOCUMENTS: &[&str] = &[
    "{ viewer { user { id email roles } patient { id name { text } } doctor { id } } }",
    "query($p: ID!) { patient(id: $p) { id mrn name { text } gender contact { email } } }",
    "query($p: ID!) { a: patient(id: $p) { ...F } b: patient(id: $p) { x: id ...F } }
     fragment F on Patient { displayName birthDate coverages { nodes { id } } }",
    "query($p: ID!) { node(id: $p) { __typename id ... on Patient { mrn name { text } } } }",
    "query($u: ID!) { node(id: $u) { ... on User { email displayName sessions { device } } } }",
    "query($a: ID!) { node(id: $a) { ... on Appointment { status reason patient { name { text } } } } }",
    "query($a: ID!) { appointment(id: $a) { id doctor { id } patient { ... on Patient { gender } } } }",
    "{ appointments { totalCount nodes { id patient { mrn } } edges { cursor node { status } } } }",
    "{ users { totalCount nodes { email } } }",
    "{ patients { nodes { id name { text } } } }",
    "query($u: ID!) { user(id: $u) { email } visitTypes { nodes { name } } }",
    "{ clinicDay(day: \"2031-01-01\") { nodes { id } } doctors { nodes { id } } }",
    "{ v: viewer { u: user { e: email } } users { nodes { id } } }",
    "{ nonsense }",
    "mutation { createVisitType(input: { code: \"x\", name: \"\", minutes: 1, modality: VIDEO }) {
        visitType { id } userErrors { code message path } } }",
];

fn without_request_id(mut answer: Value) -> Value {
    for error in answer["errors"].as_array_mut().into_iter().flatten() {
        error["extensions"]["requestId"].take();
    }
    if answer["errors"].is_null() {
        answer.as_object_mut().unwrap().remove("errors");
    }
    answer
}

on_both! {
    async fn asking_the_table_at_every_field_answers_the_same(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        let (eve, admin, analyst) = (app.patient("eve").await, app.admin().await, app.analyst().await);
        let nobody = app.anonymous();
        let appointment = app.appointment(bo.row, ana.row, app.day_after_tomorrow(9)).await;
        let variables = json!({ "p": ana.id, "u": ana.user, "a": appointment });
        // On SQLite one process holds the file, and a second server within it is as good as a copy.
        let checked = app.checked_copy().await;
        let everybody: [&Person; 6] = [&ana, &bo, &eve, &admin, &analyst, &nobody];
        for person in everybody {
            let twin = person.at(&checked);
            for document in DOCUMENTS {
                let used = ["p", "u", "a"].into_iter().filter(|name| document.contains(&format!("${name}")));
                let used: Value = used.map(|name| (name.to_owned(), variables[name].clone())).collect();
                let plain = without_request_id(person.run(document, used.clone()).await);
                let strict = without_request_id(twin.run(document, used).await);
                assert_eq!(plain, strict, "{} asks {document}", person.email);
            }
        }
    }
}
