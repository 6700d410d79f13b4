//! Who waits for whom at the database, and what becomes of a connection that it has ended.

use crate::support::documents::PATIENT;
use crate::support::{Backend, codes, write};
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

#[test]
fn a_look_is_answered_while_everybody_else_waits_to_write() {
    crate::support::run(Backend::Postgres, |app| async move {
        let ana = app.patient("ana").await;
        let (gate, held) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
        let writes: Vec<_> = (0..30)
            .map(|_| {
                let (state, gate, held) = (app.state().clone(), gate.clone(), held.clone());
                tokio::spawn(async move {
                    write(&state, move |_| {
                        let (gate, held) = (gate.clone(), held.clone());
                        Box::pin(async move {
                            held.add_permits(1);
                            drop(gate.acquire().await);
                            Ok(Ok(()))
                        })
                    })
                    .await;
                })
            })
            .collect();
        // All who may write at once do.
        drop(held.acquire_many(14).await.unwrap());
        let look = ana.run(PATIENT, json!({ "id": ana.id }));
        let look = tokio::time::timeout(Duration::from_secs(5), look).await;
        gate.close();
        for write in writes {
            write.await.unwrap();
        }
        let look = look.expect("it is answered");
        assert_eq!(codes(&look), Vec::<String>::new(), "{look}");
    });
}

#[test]
fn a_row_that_the_database_asks_to_write_again_is_written_again() {
    crate::support::run(Backend::Postgres, |app| async move {
        let ana = app.patient("ana").await;
        app.execute(
            "CREATE SEQUENCE tries; CREATE FUNCTION busy() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF nextval('tries') = 1 THEN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END IF;
                RETURN NEW; END $$;
             CREATE TRIGGER busy BEFORE INSERT ON audit_entry FOR EACH ROW EXECUTE FUNCTION busy();",
        )
        .await;
        let look = ana.run(PATIENT, json!({ "id": ana.id })).await;
        assert_eq!(codes(&look), Vec::<String>::new(), "{look}");
    });
}

#[test]
fn what_cannot_be_recorded_in_time_is_not_shown() {
    crate::support::run(Backend::Postgres, |app| async move {
        let ana = app.patient("ana").await;
        ana.run(PATIENT, json!({ "id": ana.id })).await;
        let gate = Arc::new(Semaphore::new(0));
        let (state, shut) = (app.state().clone(), gate.clone());
        let holding = tokio::spawn(async move {
            write(&state, move |tx| {
                let shut = shut.clone();
                Box::pin(async move {
                    let lock = "LOCK TABLE audit_entry IN EXCLUSIVE MODE";
                    tx.connection().execute_unprepared(lock).await?;
                    drop(shut.acquire().await);
                    Ok(Ok(()))
                })
            })
            .await;
        });
        tokio::time::sleep(Duration::from_millis(200)).await;
        let look = ana.run(PATIENT, json!({ "id": ana.id }));
        let look = tokio::time::timeout(Duration::from_secs(25), look).await;
        gate.close();
        holding.await.unwrap();
        let look = look.expect("it is answered");
        assert_eq!(codes(&look), ["UNAVAILABLE"], "{look}");
    });
}

#[test]
fn a_connection_that_the_database_has_ended_is_used_no_more() {
    crate::support::run(Backend::Postgres, |app| async move {
        let run = async |sql: &str| {
            let statement = Statement::from_string(DbBackend::Postgres, sql.to_owned());
            app.state().db.read().query_all_raw(statement).await
        };
        for _ in 0..20 {
            let ended = run("SELECT pg_terminate_backend(pg_backend_pid())").await;
            assert!(ended.is_err());
            assert!(run("SELECT 1").await.is_ok());
        }
    });
}
