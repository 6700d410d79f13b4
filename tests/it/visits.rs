//! What is done at visits: who writes it, who signs it, and what of it the patient sees.

use crate::chart::{ERROR, input};
use crate::support::glass::{break_glass, ready};
use crate::support::{App, Doctor, Patient, Person, codes, user_errors};
use serde_json::{Value, json};

pub const ENCOUNTER: &str = "mutation($input: RecordEncounterInput!) { recordEncounter(input: $input) {
    encounter { id version status startsAt endsAt participants { role doctor { id } } appointment { id } author { id } }
    userErrors { code path } } }";
pub const MOVE: &str = "mutation($input: UpdateEncounterInput!) { updateEncounter(input: $input) {
    encounter { id version status startsAt endsAt } userErrors { code path } } }";
pub const NOTE: &str = "mutation($input: RecordVisitNoteInput!) { recordVisitNote(input: $input) {
    visitNote { id version status format author { id } } userErrors { code path } } }";
pub const REWRITE: &str =
    "mutation($input: UpdateVisitNoteInput!) { updateVisitNote(input: $input) {
    visitNote { id version plan text } userErrors { code path } } }";
pub const SIGN: &str = "mutation($input: SignVisitNoteInput!) { signVisitNote(input: $input) {
    visitNote { id version status signedAt } userErrors { code } } }";
pub const ADD: &str =
    "mutation($input: AddVisitNoteAddendumInput!) { addVisitNoteAddendum(input: $input) {
    addendum { id status signedAt author { id } addendumTo { id } } userErrors { code } } }";
pub const ORDER: &str = "mutation($input: PlaceOrderInput!) { placeOrder(input: $input) {
    order { id version status priority encounter { id } } userErrors { code path } } }";
pub const REORDER: &str = "mutation($input: UpdateOrderInput!) { updateOrder(input: $input) {
    order { id version status } userErrors { code path } } }";
pub const RESULT: &str = "mutation($input: RecordTestResultInput!) { recordTestResult(input: $input) {
    testResult { id version status order { id } observations { value unit low high interpretation } }
    userErrors { code path } } }";
pub const AMEND: &str = "mutation($input: UpdateTestResultInput!) { updateTestResult(input: $input) {
    testResult { id version status observations { value interpretation } } userErrors { code path } } }";
pub const SHARE: &str =
    "mutation($input: ShareWithPatientInput!) { shareWithPatient(input: $input) {
    record { __typename } userErrors { code } } }";
const LISTS: &str = "query($id: ID!) { patient(id: $id) { encounters { nodes { id } } visitNotes { nodes { id text } }
    orders { nodes { id } } testResults { nodes { id } } } }";
pub const A_NOTE: &str = "query($id: ID!) { node(id: $id) { ... on VisitNote { text status version signedAt sharedAt
    addenda { nodes { id text } } history(first: 50) { totalCount nodes { version changes { field before after } } } } } }";

pub const NOTHING: [&str; 0] = [];

/// What was done, or the code that it was refused with.
pub async fn told(person: &Person, document: &str, variables: Value) -> String {
    let answer = person.run(document, variables).await;
    let refused = codes(&answer)
        .into_iter()
        .chain(user_errors(&answer))
        .next();
    refused.unwrap_or_else(|| "done".to_owned())
}

/// The thing that a mutation made or changed.
pub async fn made(person: &Person, document: &str, variables: Value) -> Value {
    let answer = person.run(document, variables).await;
    assert_eq!(user_errors(&answer), NOTHING, "{answer}");
    let field = answer["data"]
        .as_object()
        .and_then(|data| data.values().next().cloned());
    let field = field.unwrap_or_else(|| panic!("{answer}"));
    let mut things = field.as_object().unwrap().iter();
    let thing = things
        .find(|(name, _)| *name != "userErrors")
        .unwrap()
        .1
        .clone();
    assert!(!thing.is_null(), "{answer}");
    thing
}

pub fn visit() -> Value {
    json!({ "status": "IN_PROGRESS", "class": "AMBULATORY", "reason": { "text": "A cough" } })
}

pub fn free(text: &str) -> Value {
    json!({ "text": text })
}

pub fn order() -> Value {
    let code = json!({ "system": "http://loinc.org", "code": "58410-2", "display": "Complete blood count" });
    json!({ "status": "ACTIVE", "category": "LABORATORY", "priority": "STAT", "code": { "codings": [code] } })
}

pub fn result() -> Value {
    json!({ "status": "FINAL", "code": { "text": "Blood count" }, "observations": [{
        "code": { "codings": [{ "system": "http://loinc.org", "code": "718-7", "display": "Hemoglobin" }] },
        "value": 10.1, "unit": "g/dL", "low": 12.0, "high": 16.0 }] })
}

pub async fn everything(person: &Person, patient: &Patient) -> Vec<String> {
    let mut all = Vec::new();
    for (document, rest) in [
        (ENCOUNTER, visit()),
        (NOTE, free("As it was")),
        (ORDER, order()),
        (RESULT, result()),
    ] {
        all.push(told(person, document, input(&patient.id, rest)).await);
    }
    all
}

/// How many of each kind somebody is shown; none where they are shown no list.
async fn shown(person: &Person, patient: &Patient) -> [Option<usize>; 4] {
    let answer = person.run(LISTS, json!({ "id": patient.id })).await;
    ["encounters", "visitNotes", "orders", "testResults"].map(|list| {
        let nodes = answer["data"]["patient"][list]["nodes"].as_array();
        nodes.map(Vec::len)
    })
}

pub async fn note(person: &Person, patient: &Patient, rest: Value) -> String {
    let note = made(person, NOTE, input(&patient.id, rest)).await;
    note["id"].as_str().unwrap().to_owned()
}

pub fn at(id: &str, version: i32) -> Value {
    json!({ "input": { "id": id, "expectedVersion": version } })
}

pub fn with(id: &str, version: i32, rest: Value) -> Value {
    let mut input = rest;
    input["id"] = json!(id);
    input["expectedVersion"] = json!(version);
    json!({ "input": input })
}

/// A patient, a doctor of theirs, and one who sees them by appointment.
pub async fn clinic(app: &App) -> (Patient, Doctor, Doctor) {
    let (ana, bo, cy) = (
        app.patient("ana").await,
        app.doctor("bo").await,
        app.doctor("cy").await,
    );
    app.care(bo.row, ana.row, None).await;
    app.appointment(cy.row, ana.row, app.hour(24)).await;
    (ana, bo, cy)
}

on_both! {
    async fn who_treats_writes_and_nobody_else_reads_before_it_is_shared(app: App) {
        let (ana, bo, cy) = clinic(&app).await;
        let (dora, admin) = (app.doctor("dora").await, app.admin().await);
        let (fay, _) = ready(&app, "fay").await;
        assert_eq!(everything(&bo, &ana).await, ["done"; 4]);
        assert_eq!(everything(&cy, &ana).await, ["done"; 4]);
        for stranger in [&*dora, &*fay, &*admin, &*ana] {
            assert_eq!(everything(stranger, &ana).await, ["FORBIDDEN"; 4]);
        }
        let two = Some(2);
        assert_eq!(shown(&bo, &ana).await, [two; 4]);
        // Another's draft is not for whoever has an appointment, and nothing yet for the patient.
        assert_eq!(shown(&cy, &ana).await, [two, Some(1), two, two]);
        assert_eq!(shown(&ana, &ana).await, [Some(0); 4]);
        assert_eq!(shown(&dora, &ana).await, [None; 4]);
        assert_eq!(shown(&admin, &ana).await, [None; 4]);
        assert_eq!(shown(&fay, &ana).await, [None; 4]);
        break_glass(&fay, &ana.id).await;
        assert_eq!(shown(&fay, &ana).await, [two, Some(0), two, two]);
        assert_eq!(everything(&fay, &ana).await, ["FORBIDDEN"; 4]);
        // The log says what of the record was looked at through broken glass.
        let log = ana.data("{ viewer { patient { accessLog(first: 50) { nodes { relationship kinds } } } } }", json!({})).await;
        let nodes = log["viewer"]["patient"]["accessLog"]["nodes"].as_array().unwrap().clone();
        let seen = nodes.iter().find(|one| one["relationship"] == "BREAK_GLASS"
            && one["kinds"].as_array().unwrap().contains(&json!("VISIT_RECORD")));
        assert!(seen.is_some(), "{nodes:?}");
    }

    async fn by_appointment_one_works_on_ones_own_and_the_team_on_all_of_it_and_each_signs_their_own(app: App) {
        let (ana, bo, cy) = clinic(&app).await;
        let (fay, _) = ready(&app, "fay").await;
        let theirs = made(&bo, ORDER, input(&ana.id, order())).await["id"].as_str().unwrap().to_owned();
        let own = made(&cy, ORDER, input(&ana.id, order())).await["id"].as_str().unwrap().to_owned();
        let hold = |id: &str, version| with(id, version, json!({ "status": "ON_HOLD" }));
        assert_eq!(told(&cy, REORDER, hold(&theirs, 1)).await, "FORBIDDEN");
        assert_eq!(told(&cy, SHARE, at(&theirs, 1)).await, "FORBIDDEN");
        assert_eq!(told(&cy, REORDER, hold(&own, 1)).await, "done");
        assert_eq!(told(&bo, REORDER, hold(&own, 2)).await, "done");
        let (of_bo, of_cy) = (note(&bo, &ana, free("One")).await, note(&cy, &ana, free("Two")).await);
        assert_eq!(told(&cy, SIGN, at(&of_bo, 1)).await, "NOT_FOUND");
        assert_eq!(told(&bo, SIGN, at(&of_cy, 1)).await, "FORBIDDEN");
        assert_eq!(told(&bo, REWRITE, with(&of_cy, 1, free("Two, as the team has it"))).await, "done");
        assert_eq!(told(&cy, SIGN, at(&of_cy, 1)).await, "CONFLICT");
        assert_eq!(told(&cy, SIGN, at(&of_cy, 2)).await, "done");
        assert_eq!(told(&cy, SIGN, at(&of_cy, 3)).await, "ALREADY_SIGNED");
        // Through broken glass one reads what was signed, adds to it, and does nothing else.
        break_glass(&fay, &ana.id).await;
        assert_eq!(told(&fay, REORDER, hold(&own, 3)).await, "FORBIDDEN");
        assert_eq!(told(&fay, SHARE, at(&of_cy, 3)).await, "FORBIDDEN");
        assert_eq!(told(&fay, ERROR, at(&of_cy, 3)).await, "FORBIDDEN");
        assert_eq!(told(&fay, ADD, json!({ "input": { "id": of_bo, "text": "Seen at night" } })).await, "NOT_FOUND");
        let added = made(&fay, ADD, json!({ "input": { "id": of_cy, "text": "Seen at night" } })).await;
        assert_eq!((&added["author"]["id"], &added["addendumTo"]["id"]), (&json!(fay.id), &json!(of_cy)));
        assert_eq!(added["status"], "FINAL");
        let seen = fay.data(A_NOTE, json!({ "id": of_cy })).await;
        assert_eq!(seen["node"]["addenda"]["nodes"], json!([{ "id": added["id"], "text": "Seen at night" }]));
        // What stood in drafts of others is not in the history that they read.
        assert_eq!(seen["node"]["history"]["totalCount"], 1);
        assert_eq!(bo.data(A_NOTE, json!({ "id": of_cy })).await["node"]["history"]["totalCount"], 3);
    }

    async fn what_was_signed_stays_and_is_added_to_and_no_statement_changes_it(app: App) {
        let (ana, bo, _) = clinic(&app).await;
        let draft = note(&bo, &ana, json!({ "subjective": "Coughs", "plan": "Rest" })).await;
        assert_eq!(told(&bo, ADD, json!({ "input": { "id": draft, "text": "More" } })).await, "NOT_SIGNED");
        assert_eq!(told(&bo, REWRITE, with(&draft, 1, json!({ "text": "And a text" }))).await, "NOT_GIVEN_HERE");
        assert_eq!(told(&bo, REWRITE, with(&draft, 1, json!({ "subjective": null, "plan": null }))).await, "BLANK");
        assert_eq!(told(&bo, REWRITE, with(&draft, 1, json!({ "plan": "Rest, and tea" }))).await, "done");
        assert_eq!(made(&bo, SIGN, at(&draft, 2)).await["status"], "FINAL");
        assert_eq!(told(&bo, REWRITE, with(&draft, 3, json!({ "plan": "None" }))).await, "SIGNED");
        for change in [
            "content = code_index", "signed_at = NULL, signed_version = NULL", "author_id = NULL", "encounter_id = id",
            "effective_at = updated_at", "content = x'00'",
        ] {
            let change = match (app.backend(), change) {
                (crate::support::Backend::Postgres, "content = x'00'") => "content = '\\x00'",
                (_, "content = code_index") => "status = 'preliminary', signed_at = NULL, signed_version = NULL",
                // The clock stands: another time is to be another.
                (crate::support::Backend::Postgres, "effective_at = updated_at") => "effective_at = now()",
                (_, "effective_at = updated_at") => "effective_at = '2001-01-01 00:00:00+00:00'",
                (_, change) => change,
            };
            let refused = app.try_execute(&format!("UPDATE chart_record SET {change} WHERE kind = 'VISIT_NOTE'")).await;
            let words = refused.err().map(|error| error.to_string()).unwrap_or_else(|| panic!("{change}"));
            assert!(words.contains("chart_note_signed"), "{change}: {words}");
        }
        // Entered in error, it still says what it said, and adds no more.
        let error = with(&draft, 3, json!({ "reason": "of another patient" }));
        assert_eq!(told(&bo, ERROR, error).await, "done");
        let void = bo.data("query($id: ID!) { node(id: $id) { ... on VisitNote { status plan } } }", json!({ "id": draft })).await;
        assert_eq!(void["node"], json!({ "status": "ENTERED_IN_ERROR", "plan": "Rest, and tea" }));
        assert_eq!(told(&bo, ADD, json!({ "input": { "id": draft, "text": "More" } })).await, "ENTERED_IN_ERROR");
        assert_eq!(told(&bo, SHARE, at(&draft, 4)).await, "ENTERED_IN_ERROR");
    }

    async fn the_patient_sees_what_is_signed_and_shared_from_then_on_and_until_it_is_taken_back(app: App) {
        let (ana, bo, _) = clinic(&app).await;
        let follow = "subscription($patient: ID!, $after: String) { recordChanged(of: { patient: $patient }, after: $after) { __typename
            ... on CaughtUp { cursor } ... on NoLongerShared { id } ... on RecordChange { record { __typename ... on VisitNote { id text history(first: 5) { totalCount } } } } } }";
        let of = json!({ "patient": ana.id, "after": "now" });
        let mut live = ana.subscribe(follow, of.clone()).await;
        let mut team = bo.subscribe(follow, of).await;
        let caught_up = live.next().await["cursor"].take();
        assert!(caught_up.is_string());
        assert_eq!(team.next().await["__typename"], "CaughtUp");
        let draft = note(&bo, &ana, free("A first thought")).await;
        assert_eq!(told(&bo, REWRITE, with(&draft, 1, free("Nothing to fear"))).await, "done");
        assert_eq!(told(&bo, SHARE, at(&draft, 2)).await, "NOT_FINAL");
        let look = async |person: &Person| person.run(A_NOTE, json!({ "id": draft })).await["data"]["node"].take();
        assert_eq!(look(&ana).await, Value::Null);
        assert_eq!(told(&bo, SIGN, at(&draft, 2)).await, "done");
        assert_eq!(look(&ana).await, Value::Null);
        assert_eq!(told(&bo, SHARE, at(&draft, 3)).await, "done");
        assert_eq!(told(&bo, SHARE, at(&draft, 4)).await, "ALREADY_SO");
        let seen = look(&ana).await;
        assert_eq!(seen["text"], "Nothing to fear");
        // No draft is in the history that the patient reads.
        assert_eq!(seen["history"]["totalCount"], 1);
        assert!(!seen.to_string().contains("A first thought"), "{seen}");
        assert_eq!(shown(&ana, &ana).await, [Some(0), Some(1), Some(0), Some(0)]);
        // Of five changes one reaches the patient's socket: the one by which it is shared.
        let told_live = live.next().await;
        let text = json!({ "__typename": "VisitNote", "id": draft, "text": "Nothing to fear", "history": { "totalCount": 1 } });
        assert_eq!(told_live["record"], text);
        // Whoever comes back hears of no more than whoever stayed.
        let since = json!({ "patient": ana.id, "after": caught_up });
        let mut again = ana.subscribe(follow, since.clone()).await;
        assert_eq!(again.next().await["record"], text);
        assert_eq!(again.next().await["__typename"], "CaughtUp");
        for _ in 0..4 {
            assert_eq!(team.next().await["record"]["id"], json!(draft));
        }
        let back = with(&draft, 4, json!({ "shared": false }));
        assert_eq!(told(&bo, SHARE, back).await, "done");
        assert_eq!(look(&ana).await, Value::Null);
        assert_eq!(shown(&ana, &ana).await, [Some(0); 4]);
        // The patient is told to drop it, also who comes back later; to the others it is a change like any.
        let dropped = json!({ "__typename": "NoLongerShared", "id": draft });
        assert_eq!(live.next().await, dropped);
        assert_eq!(again.next().await, dropped);
        // What is known of an event may be half a second old.
        tokio::time::sleep(std::time::Duration::from_millis(600)).await;
        let mut later = ana.subscribe(follow, since).await;
        assert_eq!(later.next().await, dropped);
        assert_eq!(later.next().await["__typename"], "CaughtUp");
        assert_eq!(team.next().await["record"]["id"], json!(draft));
        let history = look(&bo).await["history"]["nodes"].take();
        let changes: Vec<_> = history.as_array().unwrap().iter().map(|one| one["changes"].clone()).collect();
        let shared = |before: Value, after: Value| json!([{ "field": "sharedWithPatient", "before": before, "after": after }]);
        assert_eq!(changes[3], shared(Value::Null, json!("true")));
        assert_eq!(changes[4], shared(json!("true"), Value::Null));
        assert_eq!(changes[2], json!([{ "field": "status", "before": "preliminary", "after": "final" }]));
        // Visits, orders and results are shared the same way, once they are final.
        let early = made(&bo, RESULT, input(&ana.id, json!({ "status": "PRELIMINARY", "code": { "text": "Culture" } }))).await;
        assert_eq!(told(&bo, SHARE, at(early["id"].as_str().unwrap(), 1)).await, "NOT_FINAL");
        let vague = made(&bo, RESULT, input(&ana.id, json!({ "status": "UNKNOWN", "code": { "text": "Culture" } }))).await;
        assert_eq!(told(&bo, SHARE, at(vague["id"].as_str().unwrap(), 1)).await, "NOT_FINAL");
        for (document, rest) in [(ENCOUNTER, visit()), (ORDER, order()), (RESULT, result())] {
            let thing = made(&bo, document, input(&ana.id, rest)).await;
            assert_eq!(told(&bo, SHARE, at(thing["id"].as_str().unwrap(), 1)).await, "done");
        }
        assert_eq!(shown(&ana, &ana).await, [Some(1), Some(0), Some(1), Some(1)]);
        let condition = crate::chart::condition(&bo, &ana.id).await;
        assert_eq!(told(&bo, SHARE, at(&condition, 1)).await, "FORBIDDEN");
    }
}
