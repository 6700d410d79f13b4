//! Documents, live: who is told of what, once and in order. And the scanner: what is new is given to nobody before it has looked.

use crate::support::files::{DOCUMENT, LINK, bring, brought, given, jpeg, keeps, leave, pdf, read};
use crate::support::{App, Backend, Live, Person, codes, user_errors};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const FOLLOW: &str = "subscription($of: DocumentsOf!, $after: String) { documentChanged(of: $of, after: $after) { __typename
    ... on CaughtUp { cursor } ... on AccessEnded { message } ... on NoLongerShared { cursor id }
    ... on DocumentChange { cursor kind document { id title scan status } } } }";
const SHARE: &str = "mutation($id: ID!, $version: Int!) {
    shareDocument(input: { id: $id, expectedVersion: $version }) { userErrors { code } } }";

const TAKE_BACK: &str = "mutation($id: ID!, $version: Int!) {
    shareDocument(input: { id: $id, expectedVersion: $version, shared: false }) { userErrors { code } } }";

async fn follow(person: &Person, of: Value) -> (Live, Value) {
    let variables = json!({ "of": of, "after": "now" });
    let mut live = person.subscribe(FOLLOW, variables).await;
    let begun = live.next().await;
    assert_eq!(begun["__typename"], "CaughtUp", "{begun}");
    (live, begun["cursor"].clone())
}

/// What comes next: what happened to which document, and what it is called.
async fn next(live: &mut Live) -> (String, String, Value) {
    let told = live.next().await;
    let text = |value: &Value| {
        value
            .as_str()
            .unwrap_or_else(|| panic!("{told}"))
            .to_owned()
    };
    let document = &told["document"];
    (
        text(&told["kind"]),
        text(&document["id"]),
        document["title"].clone(),
    )
}

on_both! {
    async fn each_change_reaches_whoever_may_know_of_it_once_and_in_order(app: App) {
        let (ana, eve, bo, admin) = (app.patient("ana").await, app.patient("eve").await, app.doctor("bo").await, app.admin().await);
        app.care(bo.row, ana.row, None).await;
        let one = json!({ "patient": ana.id });
        let (mut of_ana, begun) = follow(&ana, one.clone()).await;
        let (mut of_bo, _) = follow(&bo, one.clone()).await;
        let (mut panel, _) = follow(&bo, json!({ "panel": true })).await;
        let (mut clinic, _) = follow(&admin, json!({ "clinic": true })).await;
        let photo = brought(&ana, &ana.id, ("knee.jpg", &jpeg(9, 9))).await;
        let letter = brought(&bo, &ana.id, ("letter.pdf", &pdf("x", 500))).await;
        let hers = brought(&eve, &eve.id, ("ear.jpg", &jpeg(9, 9))).await;
        bo.data(SHARE, json!({ "id": letter, "version": 1 })).await;
        let (added, changed) = ("ADDED".to_owned(), "CHANGED".to_owned());
        let knee = (added.clone(), photo.clone(), json!("knee.jpg"));
        let shared = (changed, letter.clone(), json!("letter.pdf"));
        for live in [&mut of_bo, &mut panel] {
            assert_eq!(next(live).await, knee);
            assert_eq!(next(live).await, (added.clone(), letter.clone(), json!("letter.pdf")));
            assert_eq!(next(live).await, shared);
        }
        // The patient hears of it when it is shared, also who comes back later.
        assert_eq!(next(&mut of_ana).await, knee);
        assert_eq!(next(&mut of_ana).await, shared);
        // At another copy, which has not seen it as it was before.
        let elsewhere = ana.at(&app.second_copy().await);
        let mut again = elsewhere.subscribe(FOLLOW, json!({ "of": one, "after": begun })).await;
        assert_eq!(next(&mut again).await, knee);
        assert_eq!(next(&mut again).await, shared);
        assert_eq!(again.next().await["__typename"], "CaughtUp");
        // Who runs the clinic hears of all of it and not what it is called.
        for id in [&photo, &letter, &hers, &letter] {
            let (_, told, title) = next(&mut clinic).await;
            assert_eq!((&told, title), (id, Value::Null));
        }
        for live in [&mut of_ana, &mut of_bo, &mut panel, &mut clinic] {
            live.is_silent_for(Duration::from_millis(300)).await;
        }
        // What is taken back the patient drops, and whoever comes back does too; what is shared again is there again.
        bo.data(TAKE_BACK, json!({ "id": letter, "version": 2 })).await;
        bo.data(SHARE, json!({ "id": letter, "version": 3 })).await;
        let dropped = of_ana.next().await;
        assert_eq!((&dropped["__typename"], &dropped["id"]), (&json!("NoLongerShared"), &json!(letter)));
        assert_eq!(next(&mut of_ana).await, shared);
        let since = json!({ "of": one, "after": dropped["cursor"] });
        let mut later = ana.subscribe(FOLLOW, since).await;
        assert_eq!(next(&mut later).await, shared);
        for live in [&mut of_bo, &mut panel, &mut clinic] {
            assert_eq!(next(live).await.1, letter);
            assert_eq!(next(live).await.1, letter);
        }
        // Nobody else follows; and who treats them no more is told so.
        let cy = app.doctor("cy").await;
        for (stranger, of, code) in [(&*eve, one.clone(), "NOT_FOUND"), (&*cy, one.clone(), "NOT_FOUND"),
            (&*ana, json!({ "clinic": true }), "FORBIDDEN"), (&*bo, json!({ "clinic": true }), "FORBIDDEN"),
            (&*ana, json!({ "panel": true }), "FORBIDDEN"), (&*bo, json!({ "panel": false }), "BAD_REQUEST")] {
            let mut refused = stranger.subscribe(FOLLOW, json!({ "of": of })).await;
            assert_eq!(codes(&refused.answer().await), [code]);
        }
        app.execute("DELETE FROM care_team_member").await;
        brought(&ana, &ana.id, ("elbow.jpg", &jpeg(9, 9))).await;
        assert_eq!(of_bo.next().await["__typename"], "AccessEnded");
        assert_eq!(next(&mut of_ana).await.2, json!("elbow.jpg"));
    }
}

/// A scanner that finds the word `EICAR`, once it may.
async fn scanner(ready: Arc<AtomicBool>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let ready = Arc::clone(&ready);
            tokio::spawn(async move { drop(looks(stream, &ready).await) });
        }
    });
    format!("clamd://{address}")
}

async fn looks(mut stream: TcpStream, ready: &AtomicBool) -> std::io::Result<()> {
    let mut command = [0; 10];
    stream.read_exact(&mut command).await?;
    assert_eq!(&command, b"zINSTREAM\0");
    let mut all = Vec::new();
    loop {
        let mut length = [0; 4];
        stream.read_exact(&mut length).await?;
        let length = u32::from_be_bytes(length);
        if length == 0 {
            break;
        }
        let mut some = vec![0; length as usize];
        stream.read_exact(&mut some).await?;
        all.append(&mut some);
    }
    let answer = match (
        ready.load(Ordering::SeqCst),
        all.windows(5).any(|some| some == b"EICAR"),
    ) {
        (false, _) => "INSTREAM size limit exceeded. ERROR\0",
        (true, true) => "stream: Eicar-Test-Signature FOUND\0",
        (true, false) => "stream: OK\0",
    };
    stream.write_all(answer.as_bytes()).await
}

/// What the scanner has said of a document, once it has.
async fn scanned(person: &Person, id: &str) -> String {
    for _ in 0..400 {
        let seen = person.data(DOCUMENT, json!({ "id": id })).await;
        let scan = seen["node"]["scan"].as_str().unwrap().to_owned();
        if scan != "QUARANTINED" {
            return scan;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("nobody has looked");
}

async fn story(app: App) {
    let ready = Arc::new(AtomicBool::new(false));
    let url = scanner(Arc::clone(&ready)).await;
    let copy = app.copy_with(&[("documents.scanner", &url)]).await;
    let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
    app.care(bo.row, ana.row, None).await;
    let (ana, bo) = (ana.person.at(&copy), (bo.person.at(&copy), ana));
    let (bo, patient) = bo;
    let (mut live, _) = follow(&bo, json!({ "patient": patient.id })).await;
    let file = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*";
    let harmful = leave(&ana, &patient.id, ("note.txt", file.len()), json!({})).await;
    let answer = bring(&copy, &harmful.token, file.to_vec()).await;
    assert_eq!(
        answer.json(),
        json!({ "document": { "id": harmful.id, "scan": "QUARANTINED" } })
    );
    let large = pdf("harmless", 300_000);
    let harmless = brought(&ana, &patient.id, ("letter.pdf", &large)).await;
    // A scanner that cannot say is none that says yes.
    tokio::time::sleep(Duration::from_millis(500)).await;
    for id in [&harmful.id, &harmless] {
        for person in [&ana, &bo] {
            assert_eq!(
                user_errors(&person.run(LINK, json!({ "id": id })).await),
                ["QUARANTINED"]
            );
        }
    }
    keeps(&app, 2).await;
    ready.store(true, Ordering::SeqCst);
    // The next that comes has it look again; else it does by itself after a while.
    let next_one = brought(&ana, &patient.id, ("knee.jpg", &jpeg(9, 9))).await;
    assert_eq!(scanned(&bo, &harmful.id).await, "REFUSED");
    assert_eq!(scanned(&bo, &harmless).await, "CLEAN");
    assert_eq!(scanned(&bo, &next_one).await, "CLEAN");
    assert_eq!(read(&ana, &harmless).await, large);
    assert_eq!(
        user_errors(&bo.run(LINK, json!({ "id": harmful.id })).await),
        ["HARMFUL"]
    );
    // Its bytes are gone, and it was told.
    keeps(&app, 2).await;
    let mut told = Vec::new();
    while told.len() < 6 {
        let message = live.next().await;
        let document = &message["document"];
        told.push((message["kind"].clone(), document["id"].clone()));
    }
    for id in [&harmful.id, &harmless, &next_one] {
        let of: Vec<_> = told
            .iter()
            .filter(|(_, one)| one == &json!(id))
            .map(|(kind, _)| kind.clone())
            .collect();
        assert_eq!(of, ["ADDED", "CHANGED"]);
    }
    let (status, ..) = given(&copy, "/documents/x", &[]).await;
    assert_eq!(status, 404);
}

mod what_is_new_is_in_quarantine_until_the_scanner_has_looked {
    use super::*;

    #[test]
    fn sqlite() {
        crate::support::run(Backend::Sqlite, story);
    }

    #[test]
    fn postgres() {
        crate::support::run(Backend::Postgres, story);
    }
}
