//! The directory of doctors and departments: each change leaves its event in every stream it belongs to, and what is
//! refused leaves none.

use crate::support::{App, codes, user_errors};
use serde_json::{Value, json};

const CREATE: &str = "mutation($input: CreateDoctorInput!) { createDoctor(input: $input) {
    doctor { id version } userErrors { code } } }";
const UPDATE: &str = "mutation($input: UpdateDoctorInput!) { updateDoctor(input: $input) {
    doctor { id version } userErrors { code } } }";
const DEPARTMENT: &str =
    "mutation($input: CreateDepartmentInput!) { createDepartment(input: $input) {
    department { id } userErrors { code } } }";

/// The events of a kind as `stream sequence version`, a stream told by what it is one of.
async fn events(app: &App, kind: &str) -> Vec<String> {
    let sql = format!(
        "SELECT stream, seq, version FROM event WHERE kind = '{kind}' ORDER BY seq, stream"
    );
    let rows = app.select(&sql).await;
    let told = rows.iter().map(|row| {
        let stream: String = row.try_get_by_index(0).unwrap();
        let (seq, version): (i64, i32) = (
            row.try_get_by_index(1).unwrap(),
            row.try_get_by_index(2).unwrap(),
        );
        let stream = stream.split(':').next().unwrap().to_owned();
        format!("{stream} {seq} {version}")
    });
    told.collect()
}

/// What an answer refuses, whichever way.
fn refused(answer: &Value) -> Vec<String> {
    let mut refused = codes(answer);
    refused.extend(user_errors(answer));
    refused
}

on_both! {
    async fn a_doctor_who_is_entered_or_changed_is_an_event_and_a_refusal_is_none(app: App) {
        let (admin, bo) = (app.admin().await, app.doctor("bo").await);
        let new = json!({ "input": {
            "name": { "given": ["Cy"], "family": "Testdoctor" },
            "account": { "email": "cy@clinic.test" }, "idempotencyKey": "enter cy",
        } });
        let created = admin.data(CREATE, new.clone()).await;
        let id = &created["createDoctor"]["doctor"]["id"];
        let once = ["clinic 1 1", "doctor 1 1", "user 1 1"];
        assert_eq!(events(&app, "DOCTOR_UPDATED").await, once);

        // The same again is answered and is no event; neither is what is refused.
        assert_eq!(admin.data(CREATE, new).await["createDoctor"]["doctor"]["id"], *id);
        let change = |version: i32| json!({ "input": {
            "id": id, "expectedVersion": version, "acceptsNewPatients": false,
        } });
        assert_eq!(refused(&admin.run(UPDATE, change(7)).await), ["CONFLICT"]);
        assert_eq!(refused(&bo.run(UPDATE, change(1)).await), ["FORBIDDEN"]);
        assert_eq!(events(&app, "DOCTOR_UPDATED").await, once);

        let updated = admin.data(UPDATE, change(1)).await;
        assert_eq!(updated["updateDoctor"]["doctor"]["version"], 2);
        let twice = ["clinic 1 1", "doctor 1 1", "user 1 1", "clinic 2 2", "doctor 2 2", "user 2 2"];
        assert_eq!(events(&app, "DOCTOR_UPDATED").await, twice);
    }

    async fn a_department_that_is_added_is_an_event_of_the_clinic(app: App) {
        let admin = app.admin().await;
        let input = json!({ "input": { "name": "Cardiology" } });
        assert_eq!(refused(&admin.run(DEPARTMENT, input.clone()).await), Vec::<String>::new());
        assert_eq!(refused(&admin.run(DEPARTMENT, input).await), ["NAME_TAKEN"]);
        assert_eq!(events(&app, "DEPARTMENT_CREATED").await, ["clinic 1 1"]);
    }
}
