//! The numbers that a server tells of itself: they move, they are nobody's, and they are only where they were asked for.

use crate::support::documents::{BOOK, FOLLOW, WHO};
use crate::support::{App, Backend, Copy, PASSWORD, sign_in};
use serde_json::json;

/// The numbers, as they are now.
async fn page(app: &App, copy: &Copy) -> String {
    let numbers = app.copy.elsewhere(copy.metrics.as_deref().unwrap());
    let page = numbers.send("GET", "/metrics", &[], "").await;
    assert_eq!(page.status, 200);
    assert!(
        page.header("content-type")
            .starts_with("application/openmetrics-text")
    );
    assert!(page.text.ends_with("# EOF\n"), "{}", page.text);
    page.text
}

/// The number of this name, labels and all.
fn number(page: &str, name: &str) -> f64 {
    let line = page
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("{name} is told: {page}"))
        .parse()
        .unwrap()
}

async fn story(app: App) {
    let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
    let visit_type = app.visit_type(30).await;
    let before = page(&app, &app.copy).await;
    assert_eq!(number(&before, "patient_tracker_sockets"), 0.0);

    ana.data(WHO, json!({})).await;
    app.anonymous().run(WHO, json!({})).await;
    ana.run("{ nothing }", json!({})).await;
    assert!(
        sign_in(&app.copy, "ana@clinic.test", "wrong")
            .await
            .is_err()
    );
    let mut live = bo
        .subscribe(FOLLOW, json!({ "of": { "doctor": bo.id }, "after": "now" }))
        .await;
    live.next().await;
    let input = json!({ "input": {
        "patientId": ana.id, "doctorId": bo.id, "visitTypeId": visit_type, "startsAt": app.day_after_tomorrow(9),
    } });
    ana.data(BOOK, input).await;
    live.next().await;

    // The bell's time is counted when Redis has taken it: those of this copy have heard by then.
    let mut after = page(&app, &app.copy).await;
    for _ in 0..100 {
        if number(&after, "patient_tracker_bell_lag_seconds_count")
            > number(&before, "patient_tracker_bell_lag_seconds_count")
        {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        after = page(&app, &app.copy).await;
    }
    let moved = |name: &str| {
        let name = format!("patient_tracker_{name}");
        number(&after, &name) - number(&before, &name)
    };
    for (name, least) in [
        ("requests_total{outcome=\"OK\"}", 3.0),
        ("requests_total{outcome=\"ERRORS\"}", 1.0),
        ("requests_total{outcome=\"BAD_REQUEST\"}", 1.0),
        ("live_operations_total{outcome=\"OK\"}", 1.0),
        ("sign_ins_refused_total{reason=\"credentials\"}", 1.0),
        ("sockets", 1.0),
        ("subscriptions", 1.0),
        ("deliveries_total", 2.0),
        ("events_read_total", 1.0),
        ("bell_lag_seconds_count", 1.0),
        ("event_lag_seconds_count", 1.0),
        ("event_lag_seconds_sum", f64::MIN_POSITIVE),
        ("stage_seconds_count{stage=\"gate\"}", 4.0),
        ("stage_seconds_count{stage=\"execute\"}", 4.0),
        ("stage_seconds_count{stage=\"audit\"}", 4.0),
        ("stage_seconds_count{stage=\"writer\"}", 1.0),
        ("audit_rows_total", 1.0),
    ] {
        assert!(moved(name) >= least, "{name} has moved by {}", moved(name));
    }
    assert!(number(&after, "patient_tracker_writers") >= 1.0);
    let lanes = number(&after, "patient_tracker_connections");
    assert!(lanes >= number(&after, "patient_tracker_connections_busy") && lanes >= 1.0);
    if app.backend() == Backend::Postgres {
        assert!(moved("stage_seconds_count{stage=\"connection\"}") >= 1.0);
        assert_eq!(number(&after, "patient_tracker_redis_listening"), 1.0);
    }
    // Entries are sealed by and by; so are sockets noticed that have gone.
    live.socket.cut();
    let mut waits = 0;
    loop {
        let now = page(&app, &app.copy).await;
        let left = number(&now, "patient_tracker_live_ended_total{cause=\"left\"}")
            + number(&now, "patient_tracker_live_ended_total{cause=\"lost\"}");
        let open =
            number(&now, "patient_tracker_sockets") + number(&now, "patient_tracker_subscriptions");
        if left >= 1.0 && open == 0.0 && number(&now, "patient_tracker_audit_sealed_total") >= 1.0 {
            break;
        }
        waits += 1;
        assert!(waits < 100, "{now}");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }

    for secret in [
        &*ana.id,
        &ana.user,
        &bo.id,
        "ana",
        "clinic.test",
        PASSWORD,
        &ana.row.0.simple().to_string(),
    ] {
        assert!(!after.contains(secret), "{secret} is in {after}");
    }
    assert_eq!(app.copy.send("GET", "/metrics", &[], "").await.status, 404);
    let silent = app.copy_with(&[]).await;
    assert_eq!(silent.metrics, None);
}

#[test]
fn what_happens_shows_in_the_numbers_sqlite() {
    crate::support::run_with(Backend::Sqlite, &[("metrics.listen", "127.0.0.1:0")], story);
}

#[test]
fn what_happens_shows_in_the_numbers_postgres() {
    crate::support::run_with(
        Backend::Postgres,
        &[("metrics.listen", "127.0.0.1:0")],
        story,
    );
}
