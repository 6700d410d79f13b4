//! The chain over the audit: whoever has the database, and not the key, bends nothing of it unnoticed.

use crate::audit::sealed;
use crate::support::documents::PATIENT;
use crate::support::{App, Backend, Random};
use patient_tracker::audit::verify::{self, Fraud, Report};
use patient_tracker::audit::{Audit, Checkpoint};
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

const COLUMNS: &str = "occurred_at, node, request_id, operation, actor, session, roles, action, kinds, object_kind, \
    object_id, patient_id, fields, relationship, purpose, grant_id, reason, outcome, times, address, mac";

pub async fn sql(app: &App, sql: &str) {
    let done = app.state().db.schema().execute_unprepared(sql).await;
    done.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

fn checkpoints(app: &App) -> Vec<(usize, Option<Checkpoint>)> {
    let file = app.data().0.with_file_name("audit-checkpoints.jsonl");
    Checkpoint::read(&file).unwrap()
}

pub async fn verified(app: &App, checkpoints: &[(usize, Option<Checkpoint>)]) -> Report {
    let audit = &app.state().audit;
    let report = verify::verify(audit.db(), audit.key(), checkpoints, app.clock.now()).await;
    report.unwrap()
}

/// Some entries, all sealed, with a checkpoint after the last; and the triggers gone, as whoever owns the database can.
async fn filled(app: &mut App) -> i64 {
    let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
    for _ in 0..12 {
        ana.run(PATIENT, json!({ "id": ana.id })).await;
        bo.run(PATIENT, json!({ "id": ana.id })).await;
    }
    sealed(app).await;
    app.restart().await;
    let triggers = match app.backend() {
        Backend::Sqlite => {
            "DROP TRIGGER audit_entry_is_not_updated; DROP TRIGGER audit_entry_is_not_deleted; \
            DROP TRIGGER audit_link_is_not_updated; DROP TRIGGER audit_link_is_not_deleted;"
        }
        Backend::Postgres => {
            "DROP TRIGGER audit_entry_is_append_only ON audit_entry; \
            DROP TRIGGER audit_link_is_append_only ON audit_link;"
        }
    };
    sql(app, triggers).await;
    sql(app, "CREATE TABLE kept_entry AS SELECT * FROM audit_entry; CREATE TABLE kept_link AS SELECT * FROM audit_link;").await;
    app.number("SELECT max(seq) FROM audit_link").await
}

async fn restore(app: &App) {
    let overriding = match app.backend() {
        Backend::Sqlite => "",
        Backend::Postgres => "OVERRIDING SYSTEM VALUE",
    };
    sql(app, &format!("DELETE FROM audit_entry; DELETE FROM audit_link; \
        INSERT INTO audit_entry {overriding} SELECT * FROM kept_entry; INSERT INTO audit_link SELECT * FROM kept_link;")).await;
}

/// One way to bend the log of so many links, and its name.
fn tampering(app: &App, random: &mut Random, links: i64) -> (&'static str, String) {
    let mut seq = || 1 + i64::try_from(random.below(links.unsigned_abs())).unwrap();
    let (one, other) = (seq(), seq());
    let other = if one == other { one % links + 1 } else { other };
    let of = |seq: i64| format!("(SELECT entry_id FROM audit_link WHERE seq = {seq})");
    let fresh = match app.backend() {
        Backend::Sqlite => "randomblob(16)",
        Backend::Postgres => "gen_random_uuid()",
    };
    let copy = format!(
        "INSERT INTO audit_entry (id, {COLUMNS}) SELECT {fresh}, {COLUMNS} FROM audit_entry WHERE id = {};",
        of(one)
    );
    let cut = format!(
        "DELETE FROM audit_entry WHERE id IN (SELECT entry_id FROM audit_link WHERE seq >= {one}); \
         DELETE FROM audit_link WHERE seq >= {one};"
    );
    let text = *random.pick(&[
        "request_id",
        "operation",
        "action",
        "kinds",
        "object_kind",
        "fields",
    ]);
    match random.below(10) {
        0 => (
            "edited",
            format!(
                "UPDATE audit_entry SET {text} = {text} || 'x' WHERE id = {}",
                of(one)
            ),
        ),
        1 => (
            "edited numbers",
            format!(
                "UPDATE audit_entry SET roles = roles + 1 WHERE id = {}",
                of(one)
            ),
        ),
        2 => (
            "deleted",
            format!("DELETE FROM audit_entry WHERE id = {}", of(one)),
        ),
        3 => (
            "deleted with its link",
            format!(
                "DELETE FROM audit_entry WHERE id = {}; DELETE FROM audit_link WHERE seq = {one};",
                of(one)
            ),
        ),
        4 => ("inserted", copy),
        5 => (
            "swapped",
            format!(
                "CREATE TABLE swap AS SELECT seq, entry_id FROM audit_link WHERE seq IN ({one}, {other}); \
             UPDATE audit_link SET entry_id = {fresh} WHERE seq IN ({one}); \
             UPDATE audit_link SET entry_id = (SELECT entry_id FROM swap WHERE seq = {one}) WHERE seq = {other}; \
             UPDATE audit_link SET entry_id = (SELECT entry_id FROM swap WHERE seq = {other}) WHERE seq = {one}; DROP TABLE swap;"
            ),
        ),
        6 => (
            "restamped",
            format!(
                "UPDATE audit_entry SET occurred_at = '2020-01-01T00:00:00+00:00' WHERE id = {}",
                of(one)
            ),
        ),
        7 => (
            "relinked",
            format!(
                "UPDATE audit_link SET hash = (SELECT hash FROM audit_link WHERE seq = {other}) WHERE seq = {one}"
            ),
        ),
        8 => ("cut off", cut),
        _ => (
            "cut off and gone on with",
            format!(
                "CREATE TABLE forged AS SELECT hash FROM audit_link WHERE seq = {one}; {copy} {cut} \
             INSERT INTO audit_link (seq, entry_id, hash) SELECT {one}, id, (SELECT hash FROM forged) FROM audit_entry \
             ORDER BY place DESC LIMIT 1; DROP TABLE forged;"
            ),
        ),
    }
}

on_both! {
    async fn two_hundred_random_tamperings_are_all_found(app: App) {
        let mut app = app;
        let links = filled(&mut app).await;
        let checkpoints = checkpoints(&app);
        assert_eq!(checkpoints.last().unwrap().1.as_ref().unwrap().seq, links);
        let clean = verified(&app, &checkpoints).await;
        assert_eq!((clean.frauds, clean.links, clean.pending), (Vec::new(), links, 0));
        let mut random = Random::of(20);
        for number in 0..200 {
            let (name, bending) = tampering(&app, &mut random, links);
            sql(&app, &bending).await;
            let report = verified(&app, &checkpoints).await;
            assert!(!report.frauds.is_empty(), "{number}: {name} is not found: {bending}");
            restore(&app).await;
        }
        // The server may have sealed what was forged a moment ago.
        tokio::time::sleep(std::time::Duration::from_millis(1200)).await;
        restore(&app).await;
        assert_eq!(verified(&app, &checkpoints).await.frauds, Vec::new());
    }

    async fn the_first_bad_row_is_named(app: App) {
        let mut app = app;
        let links = filled(&mut app).await;
        let checkpoints = checkpoints(&app);
        assert!(app.cli(&[], &["audit", "verify"]).await.unwrap().contains("as it was written"));
        sql(&app, "UPDATE audit_entry SET outcome = 'FAILED' WHERE id = (SELECT entry_id FROM audit_link WHERE seq = 5)").await;
        let report = verified(&app, &checkpoints).await;
        assert!(matches!(report.frauds[..], [Fraud::EntryChanged { seq: 5, .. }]), "{report:?}");
        let said = app.cli(&[], &["audit", "verify"]).await.unwrap_err();
        assert!(said.contains("of link 5 was changed"), "{said}");
        restore(&app).await;
        // Without its end the chain is whole: only the checkpoint has seen more of it.
        sql(&app, &format!("DELETE FROM audit_entry WHERE id = (SELECT entry_id FROM audit_link WHERE seq = {links}); \
            DELETE FROM audit_link WHERE seq = {links};")).await;
        assert!(verified(&app, &[]).await.frauds.is_empty());
        let report = verified(&app, &checkpoints).await;
        assert!(report.frauds.iter().all(|fraud| matches!(fraud, Fraud::CutOff { seq, .. } if *seq == links)), "{report:?}");
        assert!(!report.frauds.is_empty());
    }

    async fn a_torn_checkpoint_is_told_apart_from_a_forged_one(app: App) {
        let mut app = app;
        filled(&mut app).await;
        let file = app.data().0.with_file_name("audit-checkpoints.jsonl");
        let whole = std::fs::read_to_string(&file).unwrap();
        let torn = &whole[..whole.len() - 20];
        std::fs::write(&file, torn).unwrap();
        let said = app.cli(&[], &["audit", "verify"]).await.unwrap();
        assert!(said.contains("as it was written") && said.contains("Not to be read"), "{said}");
        // The next one stands on a line of its own.
        app.patient("eve").await;
        sealed(&app).await;
        app.restart().await;
        let said = app.cli(&[], &["audit", "verify"]).await.unwrap();
        assert!(said.contains("as it was written") && said.contains("1 checkpoints"), "{said}");
        let lines = std::fs::read_to_string(&file).unwrap();
        let last = lines.lines().last().unwrap();
        let forged = last.replacen("\"count\":", "\"count\":1", 1);
        std::fs::write(&file, lines.replace(last, &forged)).unwrap();
        let said = app.cli(&[], &["audit", "verify"]).await.unwrap_err();
        assert!(said.contains("was not written by a server"), "{said}");
    }

    async fn what_two_copies_write_at_once_is_sealed_once_each(app: App) {
        let ana = app.patient("ana").await;
        let second = app.second_copy().await;
        let here = (ana.person.clone(), ana.person.at(&second));
        let look = |person: crate::support::Person, id: String| async move {
            for _ in 0..25 {
                person.run(PATIENT, json!({ "id": id })).await;
            }
        };
        tokio::join!(look(here.0.clone(), ana.id.clone()), look(here.1, ana.id.clone()), look(here.0, ana.id.clone()));
        sealed(&app).await;
        assert_eq!(app.number("SELECT count(*) FROM audit_entry WHERE operation = 'patient'").await, 75);
        let report = verified(&app, &[]).await;
        assert_eq!((report.frauds, report.pending), (Vec::new(), 0));
        assert_eq!(report.links, app.number("SELECT count(*) FROM audit_entry").await);
    }

    async fn an_export_is_an_entry_and_reads_as_fhir(app: App) {
        let mut app = app;
        filled(&mut app).await;
        let exported = app.cli(&[], &["audit", "export", "--format", "fhir"]).await.unwrap();
        let events: Vec<Value> = exported.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let is_event = |event: &Value| event["resourceType"] == "AuditEvent" && event["recorded"].is_string()
            && event["agent"][0]["requestor"] == true && event["source"]["observer"].is_object();
        assert!(events.iter().all(is_event), "{exported}");
        assert!(events.iter().any(|event| event["subtype"][0]["display"] == "audit export"));
        let read = events.iter().find(|event| event["subtype"][0]["display"] == "patient").unwrap();
        assert_eq!((&read["action"], &read["outcome"]), (&json!("R"), &json!("0")));
        assert!(read["entity"][0]["what"]["reference"].as_str().unwrap().starts_with("Patient/"));
        assert_eq!(read["agent"][0]["network"]["address"], "127.0.0.1");
        let plain = app.cli(&[], &["audit", "export"]).await.unwrap();
        assert_eq!(plain.lines().count(), events.len() + 1);
    }
}

#[test]
fn an_entry_that_comes_late_is_sealed_when_the_sealer_looks_back() {
    crate::support::run(Backend::Postgres, |app| async move {
        let ana = app.patient("ana").await;
        ana.run(PATIENT, json!({ "id": ana.id })).await;
        sealed(&app).await;
        let state = app.state();
        let opened = Audit::open(&state.db, &state.vault, app.clock.clone(), true).await;
        let (_, mut sealer) = opened.unwrap();
        // A place is given out, and nobody hears of it for longer than a mark is doubted.
        let late = app
            .number("SELECT nextval(pg_get_serial_sequence('audit_entry', 'place'))")
            .await;
        for _ in 0..4 {
            ana.run(PATIENT, json!({ "id": ana.id })).await;
            tokio::time::sleep(std::time::Duration::from_millis(1200)).await;
            sealer.seal().await.unwrap();
        }
        sql(&app, &format!("INSERT INTO audit_entry (place, id, {COLUMNS}) OVERRIDING SYSTEM VALUE \
            SELECT {late}, 'ffffffff-ffff-4fff-bfff-ffffffffffff', {COLUMNS} FROM audit_entry ORDER BY place LIMIT 1;")).await;
        let linked = format!(
            "SELECT count(*) FROM audit_link JOIN audit_entry ON entry_id = id WHERE place = {late}"
        );
        tokio::time::sleep(std::time::Duration::from_millis(1200)).await;
        sealer.seal().await.unwrap();
        assert_eq!(
            app.number(&linked).await,
            0,
            "it lies before what is settled"
        );
        sealer.look_back();
        sealer.seal().await.unwrap();
        assert_eq!(app.number(&linked).await, 1);
    });
}

#[test]
fn the_chain_is_proved_after_the_master_key_was_exchanged() {
    crate::support::run_with(
        Backend::Sqlite,
        &[("keys.master", "")],
        |mut app| async move {
            let kept = [("keys.master", "")];
            let ana = app.patient("ana").await;
            ana.run(PATIENT, json!({ "id": ana.id })).await;
            sealed(&app).await;
            let former = app.state().vault.ring().current().to_string();
            for command in [
                &["keys", "rotate"][..],
                &["keys", "rewrap"],
                &["keys", "retire", &former],
            ] {
                app.cli(&kept, command).await.unwrap();
            }
            app.restart().await;
            ana.at(&app.copy)
                .run(PATIENT, json!({ "id": ana.id }))
                .await;
            sealed(&app).await;
            let said = app.cli(&kept, &["audit", "verify"]).await.unwrap();
            assert!(
                said.contains("as it was written") && !said.contains(": 0 links"),
                "{said}"
            );
        },
    );
}
