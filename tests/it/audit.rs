//! The audit: whatever anybody looked at or did has left its row before the answer left, and what cannot be recorded is not
//! shown.

use crate::support::documents::{BOOK, PATIENT, UPDATE_PATIENT};
use crate::support::{App, Backend, PASSWORD, Person, codes, user_errors};
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};
use std::time::Duration;

/// A row of the audit, as far as tests look at it: action, kinds, object, relationship, outcome, times.
type Row = (String, String, String, Option<String>, String, i32);

/// The rows of an operation, in their order.
pub async fn rows(app: &App, operation: &str) -> Vec<Row> {
    let select = format!(
        "SELECT action, kinds, object_kind, relationship, outcome, times FROM audit_entry \
         WHERE operation = '{operation}' ORDER BY place"
    );
    let rows = app.select(&select).await;
    let read = |row: &sea_orm::QueryResult| {
        (
            row.try_get_by_index(0).unwrap(),
            row.try_get_by_index(1).unwrap(),
            row.try_get_by_index(2).unwrap(),
            row.try_get_by_index(3).unwrap(),
            row.try_get_by_index(4).unwrap(),
            row.try_get_by_index(5).unwrap(),
        )
    };
    rows.iter().map(read).collect()
}

pub fn row(action: &str, kinds: &str, object: &str, through: Option<&str>, outcome: &str) -> Row {
    (
        action.to_owned(),
        kinds.to_owned(),
        object.to_owned(),
        through.map(str::to_owned),
        outcome.to_owned(),
        1,
    )
}

/// The texts that a select finds.
async fn texts(app: &App, select: &str) -> Vec<String> {
    let rows = app.select(select).await;
    rows.iter()
        .map(|row| row.try_get_by_index(0).unwrap())
        .collect()
}

/// Makes the database refuse new rows, or take them again.
pub async fn refuse_rows(app: &App, refuses: bool) {
    let sql = match (app.backend(), refuses) {
        (Backend::Sqlite, true) => {
            "CREATE TRIGGER full BEFORE INSERT ON audit_entry BEGIN SELECT RAISE(ABORT, 'full'); END;"
        }
        (Backend::Sqlite, false) => "DROP TRIGGER full;",
        (Backend::Postgres, true) => "ALTER TABLE audit_entry RENAME TO audit_entry_gone;",
        (Backend::Postgres, false) => "ALTER TABLE audit_entry_gone RENAME TO audit_entry;",
    };
    let db = &app.state().db;
    db.schema().execute_unprepared(sql).await.unwrap();
}

pub async fn look(person: &Person, id: &str) -> Value {
    person.run(PATIENT, json!({ "id": id })).await
}

on_both! {
    async fn each_look_at_a_patient_leaves_its_row_with_the_fields_and_the_relation(app: App) {
        let (ana, bo, cy) = (app.patient("ana").await, app.doctor("bo").await, app.doctor("cy").await);
        let (dee, admin) = (app.doctor("dee").await, app.admin().await);
        app.care(bo.row, ana.row, None).await;
        app.appointment(cy.row, ana.row, app.day_after_tomorrow(9)).await;
        let all = "IDENTITY DEMOGRAPHICS CONTACT";
        let expected: [(&Person, Vec<Row>); 5] = [
            (&ana, vec![row("READ", all, "PATIENT", Some("ONESELF"), "ALLOWED")]),
            (&bo, vec![row("READ", all, "PATIENT", Some("CARE_TEAM"), "ALLOWED")]),
            (&cy, vec![row("READ", all, "PATIENT", Some("APPOINTMENT"), "ALLOWED")]),
            (&dee, vec![
                row("READ", "IDENTITY CONTACT", "PATIENT", Some("CLINICIAN"), "ALLOWED"),
                row("READ", "DEMOGRAPHICS", "PATIENT", None, "DENIED"),
            ]),
            (&admin, vec![row("READ", all, "PATIENT", Some("ADMINISTRATION"), "ALLOWED")]),
        ];
        let mut so_far = Vec::new();
        for (person, new) in expected {
            assert!(look(person, &ana.id).await["data"]["patient"].is_object());
            so_far.extend(new);
            let found = rows(&app, "patient").await;
            assert_eq!(found, so_far);
        }
        let fields = texts(&app, "SELECT DISTINCT fields FROM audit_entry WHERE operation = 'patient'").await;
        assert_eq!(fields, ["Patient.birthDate Patient.contact Patient.gender Patient.id Patient.name \
            PatientContact.email PatientContact.phone PersonName.text"]);
        let purposes = texts(&app, "SELECT DISTINCT purpose FROM audit_entry WHERE operation = 'patient' AND outcome = 'ALLOWED' \
            ORDER BY purpose").await;
        assert_eq!(purposes, ["HOPERAT", "PATRQT", "TREAT"]);
        assert_eq!(app.number("SELECT count(DISTINCT request_id) FROM audit_entry WHERE operation = 'patient'").await, 5);
        // Who comes from where is there, and not to be read.
        assert_eq!(app.number("SELECT count(*) FROM audit_entry WHERE operation = 'patient' AND address IS NULL").await, 0);
    }

    async fn a_page_leaves_a_look_at_each_patient_on_it(app: App) {
        let (bo, admin) = (app.doctor("bo").await, app.admin().await);
        for (number, (_, patient)) in (0..).zip(app.patients(5).await) {
            app.appointment(bo.row, patient, app.day_after_tomorrow(number)).await;
        }
        admin.data("{ patients { nodes { displayName } } }", json!({})).await;
        let of_patients = |operation: &str| format!(
            "SELECT count(DISTINCT audit_patient.patient_id) FROM audit_patient JOIN audit_entry ON entry_id = id \
             WHERE operation = '{operation}' AND outcome = 'ALLOWED' AND times = 5");
        assert_eq!(app.number(&of_patients("patients")).await, 5);
        let day = json!({ "id": bo.id, "day": app.day_after_tomorrow(1).date_naive().to_string() });
        let document = "query($id: ID!, $day: NaiveDate!) { doctor(id: $id) { appointments(day: $day) { nodes {
            id patient { displayName } } } } }";
        bo.data(document, day).await;
        assert_eq!(app.number(&of_patients("doctor")).await, 5);
        let mut of_all = row("READ", "APPOINTMENT", "PATIENT", Some("APPOINTMENT"), "ALLOWED");
        of_all.5 = 5;
        assert_eq!(rows(&app, "doctor").await, [of_all]);
    }

    async fn a_change_and_its_row_are_there_together_or_not_at_all(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        let visit_type = app.visit_type(30).await;
        let input = json!({ "input": { "patientId": ana.id, "doctorId": bo.id, "visitTypeId": visit_type,
            "startsAt": app.day_after_tomorrow(9), "reason": "A cough that stays" } });
        assert_eq!(ana.data(BOOK, input.clone()).await["bookAppointment"]["userErrors"], json!([]));
        assert_eq!(rows(&app, "bookAppointment").await,
            [row("BOOK", "APPOINTMENT", "PATIENT", Some("ONESELF"), "ALLOWED")]);
        let fields = texts(&app, "SELECT fields FROM audit_entry WHERE operation = 'bookAppointment'").await;
        assert!(fields[0].contains("input.reason") && fields[0].contains("Appointment.startsAt"), "{fields:?}");
        assert!(!fields[0].contains("cough"), "{fields:?}");
        // The time is taken: nothing was booked, and that is what the row says.
        assert_eq!(user_errors(&ana.run(BOOK, input.clone()).await), ["SLOT_TAKEN"]);
        assert_eq!(rows(&app, "bookAppointment").await[1..],
            [row("BOOK", "APPOINTMENT", "PATIENT", Some("ONESELF"), "FAILED")]);
        let update = json!({ "input": { "id": ana.id, "expectedVersion": 7, "contact": { "phone": "+3725550999" } } });
        assert_eq!(user_errors(&ana.run(UPDATE_PATIENT, update).await), ["CONFLICT"]);
        let found = rows(&app, "updatePatient").await;
        assert!(found.contains(&row("UPDATE", "CONTACT", "PATIENT", Some("ONESELF"), "FAILED")), "{found:?}");
        assert!(!found.iter().any(|row| row.0 == "UPDATE" && row.4 == "ALLOWED"), "{found:?}");
        refuse_rows(&app, true).await;
        let mut later = input;
        later["input"]["startsAt"] = json!(app.day_after_tomorrow(12));
        assert!(ana.run(BOOK, later).await["data"]["bookAppointment"]["appointment"].is_null());
        refuse_rows(&app, false).await;
        assert_eq!(app.number("SELECT count(*) FROM appointment").await, 1);
    }

    async fn what_cannot_be_recorded_is_not_shown(app: App) {
        let (ana, admin) = (app.patient("ana").await, app.admin().await);
        assert_eq!(look(&ana, &ana.id).await["errors"], Value::Null);
        let mut live = admin.subscribe("subscription { patientChanged(of: { clinic: true }) {
            __typename ... on PatientChange { patient { displayName } } } }", json!({})).await;
        live.is_silent_for(Duration::from_millis(300)).await;
        refuse_rows(&app, true).await;
        for person in [&ana.person, &admin] {
            let answer = look(person, &ana.id).await;
            assert_eq!(codes(&answer), ["UNAVAILABLE"]);
            assert_eq!(answer["data"], Value::Null);
            assert!(!answer.to_string().contains("Testperson"), "{answer}");
        }
        // Nor is anybody signed in.
        let refused = ana.copy.run(None, "mutation($input: SignInInput!) { signIn(input: $input) {
            authSession { accessToken } } }",
            json!({ "input": { "email": ana.email, "password": PASSWORD } })).await;
        assert!(refused["data"]["signIn"]["authSession"].is_null(), "{refused}");
        refuse_rows(&app, false).await;
        assert_eq!(look(&ana, &ana.id).await["errors"], Value::Null);
    }

    async fn each_delivery_is_recorded_and_what_cannot_be_is_not_delivered(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        app.care(bo.row, ana.row, None).await;
        let of = json!({ "of": { "patient": ana.id } });
        let mut live = bo.subscribe(crate::support::documents::FOLLOW_PATIENTS, of).await;
        live.is_silent_for(Duration::from_millis(300)).await;
        let phone = |version: i64| json!({ "input": { "id": ana.id, "expectedVersion": version,
            "contact": { "phone": format!("+372555010{version}") } } });
        let before = rows(&app, "patientChanged").await;
        assert_eq!(before, [row("READ", "DEMOGRAPHICS", "PATIENT", Some("CARE_TEAM"), "ALLOWED")]);
        for version in 1..=2 {
            ana.data(UPDATE_PATIENT, phone(version)).await;
            assert_eq!(live.next().await["patient"]["contact"]["phone"], format!("+372555010{version}"));
            let found = rows(&app, "patientChanged").await;
            assert_eq!(found.len(), before.len() + usize::try_from(version).unwrap(), "{found:?}");
        }
        let found = rows(&app, "patientChanged").await;
        assert_eq!(found[1..], vec![row("READ", "IDENTITY DEMOGRAPHICS CONTACT", "PATIENT", Some("CARE_TEAM"), "ALLOWED"); 2]);
    }

    async fn entries_and_links_are_neither_changed_nor_deleted(app: App) {
        let ana = app.patient("ana").await;
        look(&ana, &ana.id).await;
        sealed(&app).await;
        for sql in ["UPDATE audit_entry SET outcome = 'DENIED'", "DELETE FROM audit_entry", "UPDATE audit_link SET seq = seq + 1",
            "DELETE FROM audit_link"] {
            let done = app.state().db.schema().execute_unprepared(sql).await;
            assert!(done.unwrap_err().to_string().contains("audit_is_append_only"), "{sql}");
        }
        if app.backend() == Backend::Postgres {
            let done = app.state().db.schema().execute_unprepared("TRUNCATE audit_link").await;
            assert!(done.unwrap_err().to_string().contains("audit_is_append_only"));
        }
    }

    async fn what_is_done_on_the_command_line_leaves_a_row(app: App) {
        let create = ["admin", "create", "--email", "a@clinic.test", "--name", "A"];
        app.cli(&[], &create).await.unwrap();
        assert_eq!(rows(&app, "admin create").await, [row("OPERATE", "ACCOUNT RIGHTS", "USER", None, "ALLOWED")]);
        app.cli(&[], &["keys", "rewrap"]).await.unwrap();
        let done = row("OPERATE", "", "NOTHING", None, "ALLOWED");
        for name in ["keys rewrap (begun)", "keys rewrap"] {
            assert_eq!(rows(&app, name).await.as_slice(), std::slice::from_ref(&done), "{name}");
        }
        // What cannot be recorded is not begun, and what is refused is recorded as that.
        let current = app.state().vault.ring().current();
        app.cli(&[], &["keys", "retire", &current.to_string()]).await.unwrap_err();
        let failed = row("OPERATE", "", "NOTHING", None, "FAILED");
        assert_eq!(rows(&app, &format!("keys retire {current}")).await, [failed]);
        refuse_rows(&app, true).await;
        let refused = app.cli(&[], &["keys", "rewrap"]).await.unwrap_err();
        refuse_rows(&app, false).await;
        assert!(!refused.contains("were moved"), "{refused}");
        assert_eq!(rows(&app, "keys rewrap").await, [done]);
    }
}

#[test]
fn a_change_that_nobody_waited_for_and_that_was_refused_leaves_a_row() {
    crate::support::run(Backend::Sqlite, |app| async move {
        let ana = app.patient("ana").await;
        let short = [
            ("http.request_timeout", "1s"),
            ("database.statement_timeout", "1s"),
        ];
        let person = ana.at(&app.copy_with(&short).await);
        let update = json!({ "input": { "id": ana.id, "expectedVersion": 1, "contact": { "phone": "+3725550999" } } });
        // The record changes first, and that takes longer than the request has.
        let changing = crate::support::write(app.state(), |tx| {
            Box::pin(async move {
                let change = "UPDATE patient SET version = version + 1";
                tx.connection().execute_unprepared(change).await?;
                tokio::time::sleep(Duration::from_secs(2)).await;
                Ok(Ok(()))
            })
        });
        let asking = async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            person.run(UPDATE_PATIENT, update).await
        };
        let (answer, ()) = tokio::join!(asking, changing);
        assert_eq!(codes(&answer), ["UNAVAILABLE"], "{answer}");
        let found = rows(&app, "updatePatient").await;
        let tried = row("UPDATE", "CONTACT", "PATIENT", Some("ONESELF"), "FAILED");
        assert!(found.contains(&tried), "{found:?}");
    });
}

/// Waits until every entry has its link.
pub async fn sealed(app: &App) {
    for _ in 0..100 {
        let open = "SELECT count(*) FROM audit_entry WHERE NOT EXISTS \
            (SELECT 1 FROM audit_link WHERE audit_link.entry_id = audit_entry.id)";
        if app.number(open).await == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("entries are not sealed");
}
