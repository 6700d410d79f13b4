//! Where the bytes of documents lie: what is changed there is found out, a server that is killed leaves no half of anything, what
//! nobody refers to goes, and of a file little is in memory.

use crate::support::files::{
    DOCUMENT, Leave, bring, brought, given, kept, leave, link, pdf, png, read,
};
use crate::support::{App, Backend, Copy, Patient, Process, Random};
use chrono::TimeDelta;
use patient_tracker::document::service::sweep;
use patient_tracker::patient::service::{ErasePatientKey, erase_patient_key};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Mutex;

/// A piece as it lies there.
const SEALED: usize = 64 * 1024 + 16;

/// Where the bytes of this document lie.
async fn place(app: &App, id: &str) -> PathBuf {
    let id = id.strip_prefix("dcm_").unwrap();
    let select = match app.backend() {
        Backend::Sqlite => {
            format!("SELECT lower(hex(blob_id)) FROM document WHERE lower(hex(id)) = '{id}'")
        }
        Backend::Postgres => {
            format!(
                "SELECT replace(blob_id::text, '-', '') FROM document WHERE replace(id::text, '-', '') = '{id}'"
            )
        }
    };
    let name: String = app.select(&select).await[0].try_get_by_index(0).unwrap();
    app.folder().join("documents").join(name)
}

/// Sends a file bit by bit; the status it is answered with, if it is.
async fn bit_by_bit(copy: &Copy, token: &str, bytes: &[u8], pause: Duration) -> Option<u16> {
    let mut stream = TcpStream::connect(&copy.address).await.ok()?;
    let head = format!(
        "PUT /documents HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\nContent-Length: {}\r\n\r\n",
        bytes.len()
    );
    stream.write_all(head.as_bytes()).await.ok()?;
    for some in bytes.chunks(16 * 1024) {
        stream.write_all(some).await.ok()?;
        tokio::time::sleep(pause).await;
    }
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.ok()?;
    answer.get(9..12)?.parse().ok()
}

/// The files that were said to be there, by their ids.
type There = Mutex<Vec<(String, Vec<u8>)>>;

/// Brings one file after the other until nobody answers; those that were said to be there.
async fn bring_some(
    person: crate::support::Person,
    patient: Patient,
    seed: u64,
    there: Arc<There>,
) {
    let mut random = Random::of(seed);
    for number in 0.. {
        let about = 20_000 + usize::try_from(random.below(300_000)).unwrap();
        let bytes = pdf(&format!("{seed} {number}"), about);
        let ask = crate::support::files::start(&patient.id, ("x.pdf", bytes.len()), json!({}));
        let token = person.token.clone().unwrap();
        let asked = person
            .copy
            .try_run(&token, crate::support::files::START, ask)
            .await;
        let Some((_, answer)) = asked else { return };
        let upload = &answer["data"]["startUpload"]["upload"];
        let (Some(id), Some(secret)) = (upload["id"].as_str(), upload["token"].as_str()) else {
            return;
        };
        match bit_by_bit(&person.copy, secret, &bytes, Duration::from_millis(1)).await {
            Some(201) => there.lock().await.push((id.to_owned(), bytes)),
            Some(status) => panic!("{status}"),
            None => return,
        }
    }
}

on_both! {
    async fn bytes_that_were_changed_where_they_lie_are_not_given(app: App) {
        let ana = app.patient("ana").await;
        let bytes = pdf("as it was", 400_000);
        let id = brought(&ana, &ana.id, ("x.pdf", &bytes)).await;
        let other = brought(&ana, &ana.id, ("y.pdf", &pdf("another", 400_000))).await;
        let (path, of_other) = (place(&app, &id).await, place(&app, &other).await);
        let right = std::fs::read(&path).unwrap();
        assert_eq!(right.len(), bytes.len() + 16 * bytes.len().div_ceil(65_536));
        let swapped = [&right[SEALED..2 * SEALED], &right[..SEALED], &right[2 * SEALED..]].concat();
        let left_out = [&right[..SEALED], &right[2 * SEALED..]].concat();
        let flipped = |at: usize| {
            let mut wrong = right.clone();
            wrong[at] ^= 1;
            wrong
        };
        let cases = [
            ("a bit of the first piece", flipped(9), false),
            ("pieces that changed places", swapped, false),
            ("a piece left out", left_out, false),
            ("the end cut off", right[..right.len() - 1].to_vec(), false),
            ("the last piece cut off", right[..6 * SEALED].to_vec(), false),
            ("something behind it", [&right[..], b"x"].concat(), false),
            ("another's", std::fs::read(&of_other).unwrap(), false),
            ("nothing", Vec::new(), false),
            // What is damaged further on breaks off; what was given until then is right.
            ("a bit of the last piece", flipped(right.len() - 9), true),
        ];
        for (what, wrong, begins) in cases {
            std::fs::write(&path, wrong).unwrap();
            let (status, _, got) = given(&app.copy, &link(&ana, &id).await, &[]).await;
            match begins {
                true => assert_eq!((status, got), (200, None), "{what}"),
                false => assert_eq!(status, 500, "{what}"),
            }
        }
        std::fs::remove_file(&path).unwrap();
        assert_eq!(given(&app.copy, &link(&ana, &id).await, &[]).await.0, 500);
        std::fs::write(&path, &right).unwrap();
        assert_eq!(read(&ana, &id).await, bytes);
        // Nothing of it can be read there, and nobody else may look.
        let sign = b"as it was";
        assert!(!right.windows(sign.len()).any(|some| some == sign));
        use std::os::unix::fs::PermissionsExt as _;
        let folder = std::fs::metadata(path.parent().unwrap()).unwrap();
        assert_eq!(folder.permissions().mode() & 0o777, 0o700);
    }

    async fn a_server_that_is_killed_leaves_no_half_of_a_document_and_the_sweep_takes_the_rest(app: App) {
        const CYCLES: u64 = 4;
        let mut app = app;
        let people = [app.patient("ana").await, app.patient("eve").await, app.patient("ida").await];
        app.stop().await;
        let there = Arc::new(Mutex::new(Vec::new()));
        let mut random = Random::of(22);
        let mut left = 0;
        for cycle in 0..CYCLES {
            let server = Process::serve(&app, &[("documents.per_day", "100000")]).await;
            let mut bringing = tokio::task::JoinSet::new();
            for (number, patient) in people.iter().enumerate() {
                let (person, patient) = (patient.at(&server.copy), patient.clone());
                let seed = 100 * cycle + u64::try_from(number).unwrap();
                bringing.spawn(bring_some(person, patient, seed, Arc::clone(&there)));
            }
            tokio::time::sleep(Duration::from_millis(900 + random.below(900))).await;
            server.kill();
            while let Some(done) = bringing.join_next().await {
                done.unwrap();
            }
            left = left.max(kept(&app).len());
        }
        app.restart().await;
        let there = there.lock().await;
        assert!(there.len() >= 10, "only {} files", there.len());
        let documents = app.number("SELECT count(*) FROM document").await;
        let lie = kept(&app);
        println_of(&format!("{} said to be there, {documents} rows, {} files lie there, {left} at most", there.len(), lie.len()));
        // What was said to be there is there, whole; and so is whatever has a row.
        for (id, bytes) in there.iter() {
            let owner = people.iter().find(|one| bytes.starts_with(b"%PDF") && !one.id.is_empty());
            assert!(owner.is_some());
            let path = place(&app, id).await;
            assert_eq!(std::fs::metadata(path).unwrap().len(), sealed(bytes.len()));
        }
        let mut whole = 0;
        for patient in &people {
            let list = "query($id: ID!) { patient(id: $id) { documents(first: 100) { nodes { id size } } } }";
            let all = patient.at(&app.copy).data(list, json!({ "id": patient.id })).await;
            for node in all["patient"]["documents"]["nodes"].as_array().unwrap() {
                let id = node["id"].as_str().unwrap();
                let got = read(&patient.at(&app.copy), id).await;
                assert_eq!(json!(got.len()), node["size"]);
                if let Some((_, bytes)) = there.iter().find(|(one, _)| one == id) {
                    assert_eq!(&got, bytes);
                }
                whole += 1;
            }
        }
        assert!(whole > 0 && i64::from(whole) <= documents);
        // A sweep of now takes away nothing that may still come to something; one of later all that did not.
        sweep(app.state()).await.unwrap();
        assert_eq!(kept(&app), lie);
        app.clock.advance(TimeDelta::hours(3));
        sweep(app.state()).await.unwrap();
        let after = kept(&app);
        assert_eq!(i64::try_from(after.len()).unwrap(), documents);
        assert!(after.iter().all(|path| !path.display().to_string().contains('#')));
        app.clock.advance(TimeDelta::hours(23));
        sweep(app.state()).await.unwrap();
        assert_eq!(app.number("SELECT count(*) FROM document_upload").await, 0);
        assert_eq!(kept(&app), after);
    }

    async fn an_erased_patients_files_go_with_their_key(app: App) {
        let (ana, eve) = (app.patient("ana").await, app.patient("eve").await);
        let mine = brought(&ana, &ana.id, ("x.pdf", &pdf("mine", 500))).await;
        let hers = brought(&eve, &eve.id, ("x.pdf", &pdf("hers", 500))).await;
        // One on its way, and one that was only asked for.
        let coming: Leave = leave(&ana, &ana.id, ("y.png", png(1, 1).len()), json!({})).await;
        let path = link(&ana, &mine).await;
        let own = ana.data("{ viewer { patient { mrn } } }", json!({})).await;
        let mrn = own["viewer"]["patient"]["mrn"].as_str().unwrap().to_owned();
        let command = ErasePatientKey { patient: ana.row, mrn, reason: "request" };
        assert!(erase_patient_key(app.state(), command).await.unwrap().is_ok());
        assert_eq!(kept(&app), [place(&app, &hers).await]);
        assert_eq!(app.number("SELECT count(*) FROM document").await, 1);
        assert_eq!(app.number("SELECT count(*) FROM document_upload").await, 1);
        assert_eq!(given(&app.copy, &path, &[]).await.0, 404);
        assert_eq!(bring(&app.copy, &coming.token, png(1, 1)).await.status, 401);
        assert_eq!(eve.data(DOCUMENT, json!({ "id": mine })).await["node"], Value::Null);
        // The sweep knows them still, should they have stayed.
        assert_eq!(app.number("SELECT count(*) FROM document_waste").await, 1);
        sweep(app.state()).await.unwrap();
        assert_eq!(app.number("SELECT count(*) FROM document_waste").await, 0);
        assert_eq!(read(&eve, &hers).await, pdf("hers", 500));
    }
}

fn sealed(size: usize) -> u64 {
    (size + 16 * size.div_ceil(65_536)) as u64
}

#[expect(
    clippy::print_stdout,
    reason = "the counts that a run reached are part of its result"
)]
fn println_of(line: &str) {
    println!("{line}");
}

#[test]
fn of_eight_large_files_at_once_little_is_in_memory() {
    const LARGE: usize = 20 * 1024 * 1024;
    /// KiB more than before: while files are brought, and when they are given besides; the files are 160 MiB.
    const MORE: [u64; 2] = [50 * 1024, 80 * 1024];
    crate::support::run(Backend::Sqlite, |mut app| async move {
        let ana = app.patient("ana").await;
        app.stop().await;
        let server = Process::serve(&app, &[]).await;
        let here = ana.at(&server.copy);
        let bytes = pdf("large", LARGE);
        assert!(bytes.len() <= LARGE);
        // What is made at the first time is made.
        let id = brought(&here, &ana.id, ("x.pdf", &pdf("small", 100_000))).await;
        read(&here, &id).await;
        let before = server.memory("VmRSS");
        let mut bringing = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let leave = leave(&here, &ana.id, ("x.pdf", bytes.len()), json!({})).await;
            let (copy, bytes) = (server.copy.clone(), bytes.clone());
            bringing
                .spawn(async move { (bring(&copy, &leave.token, bytes).await.status, leave.id) });
        }
        let brought = bringing.join_all().await;
        assert!(
            brought.iter().all(|(status, _)| *status == 201),
            "{brought:?}"
        );
        let after_bringing = server.memory("VmHWM");
        let mut reading = tokio::task::JoinSet::new();
        for (_, id) in brought {
            let here = here.clone();
            reading.spawn(async move { read(&here, &id).await.len() });
        }
        assert!(
            reading
                .join_all()
                .await
                .iter()
                .all(|length| *length == bytes.len())
        );
        let after = server.memory("VmHWM");
        println_of(&format!(
            "{before} KiB before, {after_bringing} at most while bringing, {after} at most in all"
        ));
        assert!(
            after_bringing < before + MORE[0],
            "{before} KiB before, {after_bringing} at most"
        );
        assert!(
            after < before + MORE[1],
            "{before} KiB before, {after} at most"
        );
        server.kill();
        app.restart().await;
    });
}
