//! The server under PostgreSQL as a role that owns nothing, as the README says to run it: everything works, and the audit cannot
//! be bent by whoever has that role's password.

use crate::audit::sealed;
use crate::support::documents::{BOOK, PATIENT, REFRESH, UPDATE_PATIENT};
use crate::support::{App, Backend, PASSWORD, named_by_test_sh, sign_in, user_errors};
use serde_json::{Value, json};

const GRANTS: &str = include_str!("../../scripts/postgres-role.sql");
const ROLE: &str = "patient_tracker_server";

/// Makes the role by the statements that operators are given, under a name of its own, and the address as that role.
async fn made(app: &App) -> (String, String) {
    let (_, database) = app.data();
    let (_, database) = database.as_deref().unwrap().rsplit_once('/').unwrap();
    let role = format!("server_of_{database}");
    app.execute(&format!(
        "CREATE ROLE {role} LOGIN PASSWORD 'a-word-for-tests'"
    ))
    .await;
    app.execute(&GRANTS.replace(ROLE, &role)).await;
    let server = named_by_test_sh("TEST_POSTGRES_URL");
    let (_, host) = server.split_once('@').unwrap();
    let (host, _) = host.rsplit_once('/').unwrap();
    let url = format!("postgres://{role}:a-word-for-tests@{host}/{database}");
    (role, url)
}

#[test]
fn a_role_that_owns_nothing_runs_the_server_and_cannot_bend_the_audit() {
    crate::support::run(Backend::Postgres, |mut app| async move {
        let (role, url) = made(&app).await;
        let mine = [("database.url", url.as_str())];
        app.restart_with(&mine).await;
        let whoever = app.select("SELECT current_user::text").await;
        assert_eq!(whoever[0].try_get_by_index::<String>(0).unwrap(), role);

        let (ana, bo, admin) = (
            app.patient("ana").await,
            app.doctor("bo").await,
            app.admin().await,
        );
        app.care(bo.row, ana.row, None).await;
        assert_eq!(
            bo.run(PATIENT, json!({ "id": ana.id })).await["errors"],
            Value::Null
        );
        let update = json!({ "input": { "id": ana.id, "expectedVersion": 1, "contact": { "phone": "+3725550123" } } });
        assert_eq!(
            user_errors(&ana.run(UPDATE_PATIENT, update).await),
            Vec::<String>::new()
        );
        let book = json!({ "input": { "patientId": ana.id, "doctorId": bo.id, "visitTypeId": app.visit_type(30).await,
            "startsAt": app.day_after_tomorrow(9) } });
        assert_eq!(
            user_errors(&ana.run(BOOK, book).await),
            Vec::<String>::new()
        );
        assert!(
            sign_in(&app.copy, &ana.email, "not the password")
                .await
                .is_err()
        );
        assert!(sign_in(&app.copy, &ana.email, PASSWORD).await.is_ok());
        let refreshed = app
            .copy
            .run(None, REFRESH, json!({ "token": ana.refresh_token }))
            .await;
        assert_eq!(user_errors(&refreshed), Vec::<String>::new());
        let read = admin
            .data("{ auditEntries(first: 1) { totalCount } }", json!({}))
            .await;
        assert!(
            read["auditEntries"]["totalCount"].as_i64().unwrap() > 5,
            "{read}"
        );
        sealed(&app).await;
        // Long enough for what is settled to be looked up, and sealed once more.
        tokio::time::sleep(std::time::Duration::from_millis(2500)).await;
        bo.run(PATIENT, json!({ "id": ana.id })).await;
        sealed(&app).await;
        for log in ["could not go on", "could not be"] {
            assert!(!app.logged().contains(log), "{}", app.logged());
        }
        for command in [
            &["audit", "verify"][..],
            &["keys", "rewrap"],
            &["keys", "status"],
            &["audit", "export"],
        ] {
            app.cli(&mine, command)
                .await
                .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        }

        for table in [
            "audit_entry",
            "audit_link",
            "audit_follower",
            "audit_patient",
        ] {
            for bending in [
                format!("UPDATE {table} SET {} = {}", "entry_id", "entry_id").replace(
                    "entry_id",
                    match table {
                        "audit_link" => "hash",
                        "audit_patient" => "patient_id",
                        _ => "mac",
                    },
                ),
                format!("DELETE FROM {table}"),
                format!("TRUNCATE {table}"),
                format!("ALTER TABLE {table} DISABLE TRIGGER ALL"),
                format!("DROP TRIGGER {table}_is_append_only ON {table}"),
                format!("DROP TABLE {table}"),
            ] {
                let refused = app.try_execute(&bending).await.unwrap_err().to_string();
                let by_right =
                    refused.contains("permission denied") || refused.contains("must be owner");
                assert!(by_right, "{bending}: {refused}");
            }
        }
        for more in [
            "DELETE FROM seaql_migrations",
            "CREATE TABLE mine (id integer)",
            "SELECT setval('audit_entry_place_seq', 1)",
            "CREATE OR REPLACE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
            "SET session_replication_role = replica",
        ] {
            let refused = app.try_execute(more).await.unwrap_err().to_string();
            assert!(
                refused.contains("permission denied") || refused.contains("must be owner"),
                "{more}: {refused}"
            );
        }
    });
}
