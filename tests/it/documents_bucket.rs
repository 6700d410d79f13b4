//! Documents whose bytes lie in a bucket of an S3-compatible service: the same, whole or not at all, and nothing stays on the way.

use crate::support::bucket::{Bucket, KEY, NAME, SECRET};
use crate::support::files::{
    DOCUMENT, bring, brought, given, keeps, kept, leave, link, pdf, png, read, refusal,
};
use crate::support::{App, Backend, Process, run_with};
use chrono::TimeDelta;
use patient_tracker::document::service::sweep;
use patient_tracker::patient::service::{ErasePatientKey, erase_patient_key};
use serde_json::{Value, json};
use std::time::Duration;

/// More than two parts.
const LARGE: usize = 12 << 20;

fn settings<'a>(url: &'a str, secret: &'a str) -> [(&'static str, &'a str); 4] {
    [
        ("documents.bucket", NAME),
        ("documents.s3_endpoint", url),
        ("documents.s3_key_id", KEY),
        ("documents.s3_secret", secret),
    ]
}

/// Runs a story on a server whose documents lie in a bucket, with what it takes for the bucket's secret.
fn with_bucket<F: Future<Output = ()>>(
    backend: Backend,
    secret: &str,
    story: impl FnOnce(App, Bucket) -> F,
) {
    let bucket = Bucket::start();
    let url = bucket.url();
    run_with(backend, &settings(&url, secret), |app| story(app, bucket));
}

async fn as_in_a_folder(app: App, bucket: Bucket) {
    let (ana, eve) = (app.patient("ana").await, app.patient("eve").await);
    let (small, large) = (pdf("a few words", 900), pdf("many words", LARGE));
    let first = brought(&ana, &ana.id, ("x.pdf", &small)).await;
    let second = brought(&ana, &ana.id, ("y.pdf", &large)).await;
    let hers = brought(&eve, &eve.id, ("z.pdf", &small)).await;
    let lies = bucket.kept();
    let mut sizes: Vec<_> = lies.iter().map(Vec::len).collect();
    sizes.sort_unstable();
    let sealed = |size: usize| size + 16 * size.div_ceil(65_536);
    assert_eq!(
        sizes,
        [
            sealed(small.len()),
            sealed(small.len()),
            sealed(large.len())
        ]
    );
    assert!(
        !lies
            .iter()
            .any(|all| all.windows(11).any(|some| some == b"a few words"))
    );
    keeps(&app, 0).await;
    assert_eq!(bucket.parts(), 0);
    assert_eq!(read(&ana, &first).await, small);
    assert_eq!(read(&ana, &second).await, large);
    let path = link(&ana, &second).await;
    let range = [("range", "bytes=7000000-7000099")];
    let (status, _, got) = given(&app.copy, &path, &range).await;
    assert_eq!(
        (status, got.unwrap()),
        (206, large[7_000_000..7_000_100].to_vec())
    );
    // What is refused never gets there.
    let asked = bucket.asked();
    let wrong = leave(&ana, &ana.id, ("x.png", small.len()), json!({})).await;
    let answer = bring(&app.copy, &wrong.token, small.clone()).await;
    assert_eq!(refusal(&answer), (415, "WRONG_TYPE".to_owned()));
    keeps(&app, 0).await;
    assert_eq!(bucket.asked(), asked);
    let own = ana.data("{ viewer { patient { mrn } } }", json!({})).await;
    let mrn = own["viewer"]["patient"]["mrn"].as_str().unwrap().to_owned();
    let command = ErasePatientKey {
        patient: ana.row,
        mrn,
        reason: "request",
    };
    assert!(
        erase_patient_key(app.state(), command)
            .await
            .unwrap()
            .is_ok()
    );
    assert_eq!(bucket.kept().len(), 1);
    assert_eq!(read(&eve, &hers).await, small);
}

async fn away(app: App, bucket: Bucket) {
    let ana = app.patient("ana").await;
    let bytes = pdf("before", 900);
    let before = brought(&ana, &ana.id, ("x.pdf", &bytes)).await;
    let path = link(&ana, &before).await;
    bucket.is_away(true);
    for size in [900, LARGE] {
        let coming = leave(&ana, &ana.id, ("y.pdf", size), json!({})).await;
        let bytes = pdf("meanwhile", size);
        let bytes = [&bytes[..], &vec![b' '; size - bytes.len()]].concat();
        assert_eq!(bring(&app.copy, &coming.token, bytes).await.status, 503);
        let node = ana.data(DOCUMENT, json!({ "id": coming.id })).await["node"].take();
        assert_eq!(node, Value::Null);
    }
    assert_eq!(given(&app.copy, &path, &[]).await.0, 503);
    keeps(&app, 0).await;
    bucket.is_away(false);
    assert_eq!(read(&ana, &before).await, bytes);
    let after = brought(&ana, &ana.id, ("y.pdf", &pdf("after", 900))).await;
    assert_eq!(read(&ana, &after).await, pdf("after", 900));
    app.clock.advance(TimeDelta::hours(3));
    sweep(app.state()).await.unwrap();
    assert_eq!((bucket.kept().len(), bucket.parts()), (2, 0));
}

async fn killed(mut app: App, bucket: Bucket) {
    let ana = app.patient("ana").await;
    app.stop().await;
    let url = bucket.url();
    let (mut whole, mut left) = (Vec::new(), 0);
    for cycle in 0..6_u32 {
        let server = Process::serve(&app, &settings(&url, SECRET)).await;
        let here = ana.at(&server.copy);
        let bytes = pdf(&format!("{cycle}"), LARGE);
        let coming = leave(&here, &ana.id, ("x.pdf", bytes.len()), json!({})).await;
        let (token, sent) = (coming.token.clone(), bytes.clone());
        let address = server.copy.address.clone();
        let bringing = tokio::spawn(async move {
            let client = reqwest::Client::new();
            let request = client.put(format!("http://{address}/documents"));
            let answer = request.bearer_auth(token).body(sent).send().await;
            answer.is_ok_and(|answer| answer.status() == 201)
        });
        // Before it is there, on the way to the bucket, and after it is there.
        let asked = bucket.asked() + cycle as usize;
        while bucket.asked() < asked && !bringing.is_finished() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        server.kill();
        if bringing.await.unwrap() {
            whole.push((coming.id, bytes));
        }
        left = left.max(kept(&app).len());
    }
    assert!(left > 0, "none was killed on the way");
    app.restart().await;
    let ana = ana.at(&app.copy);
    for (id, bytes) in &whole {
        assert_eq!(&read(&ana, id).await, bytes);
    }
    app.clock.advance(TimeDelta::hours(3));
    sweep(app.state()).await.unwrap();
    let documents = app.number("SELECT count(*) FROM document").await;
    assert_eq!(i64::try_from(bucket.kept().len()).unwrap(), documents);
    keeps(&app, 0).await;
}

async fn wrong_secret(app: App, bucket: Bucket) {
    let ana = app.patient("ana").await;
    let bytes = png(1, 1);
    let coming = leave(&ana, &ana.id, ("x.png", bytes.len()), json!({})).await;
    assert_eq!(bring(&app.copy, &coming.token, bytes).await.status, 503);
    keeps(&app, 0).await;
    assert_eq!(bucket.kept().len(), 0);
}

macro_rules! on_both_with_bucket {
    ($($name:ident: $secret:expr, $story:path;)+) => {$(
        mod $name {
            #[test]
            fn sqlite() {
                super::with_bucket(super::Backend::Sqlite, $secret, $story);
            }

            #[test]
            fn postgres() {
                super::with_bucket(super::Backend::Postgres, $secret, $story);
            }
        }
    )+};
}

on_both_with_bucket! {
    what_is_brought_lies_in_the_bucket_and_is_given_from_there: super::SECRET, super::as_in_a_folder;
    while_the_service_is_away_nothing_is_kept_and_what_there_is_waits: super::SECRET, super::away;
    a_server_that_is_killed_leaves_no_half_of_a_document_in_a_bucket: super::SECRET, super::killed;
    a_service_that_does_not_know_us_is_told_as_away: "another secret", super::wrong_secret;
}
