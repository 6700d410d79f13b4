//! Documents that are not taken: what is not what it says, what comes too late, twice or too slowly, what is too much. Nothing of it
//! stays anywhere.

use crate::support::files::{
    DOCUMENT, START, bring, brought, jpeg, keeps, leave, pdf, png, refusal, start,
};
use crate::support::{App, codes, sign_in, user_errors};
use chrono::TimeDelta;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// As an archive ends.
const ZIP: &[u8] =
    b"PK\x03\x04x\0bytesPK\x01\x02xPK\x05\x06\0\0\0\0\x01\0\x01\0\x10\0\0\0\x10\0\0\0\0\0";

fn and(one: &[u8], other: &[u8]) -> Vec<u8> {
    [one, other].concat()
}

/// A page that a browser would run.
const PAGE: &[u8] = b"<!doctype html><script>alert(document.domain)</script>";
const IMAGE: &[u8] =
    b"<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>";

/// Names that no file is brought under, and why.
fn names() -> Vec<(String, &'static str)> {
    let mut all: Vec<(String, &'static str)> = [
        ("", "BLANK"),
        ("   ", "BLANK"),
        ("../../etc/cron.d/x.txt", "INVALID_CHARACTER"),
        ("/etc/passwd.txt", "INVALID_CHARACTER"),
        ("..\\..\\x.txt", "INVALID_CHARACTER"),
        ("C:\\x.txt", "INVALID_CHARACTER"),
        ("x\u{0}.pdf", "INVALID_CHARACTER"),
        ("x\n.pdf", "INVALID_CHARACTER"),
        ("x\u{7f}.pdf", "INVALID_CHARACTER"),
        ("x\u{202e}fdp.exe", "INVALID_CHARACTER"),
        ("x\u{2066}.pdf", "INVALID_CHARACTER"),
        ("x\u{200b}.pdf", "INVALID_CHARACTER"),
        ("x\u{feff}.pdf", "INVALID_CHARACTER"),
        (".htaccess.txt", "INVALID_CHARACTER"),
        ("x.pdf.", "INVALID_CHARACTER"),
        ("x\".pdf", "INVALID_CHARACTER"),
        ("%2e%2e%2fx.pdf", "INVALID_CHARACTER"),
        ("$(reboot).pdf", "INVALID_CHARACTER"),
        ("x|y.pdf", "INVALID_CHARACTER"),
        ("x.exe", "TYPE_NOT_TAKEN"),
        ("x.html", "TYPE_NOT_TAKEN"),
        ("x.svg", "TYPE_NOT_TAKEN"),
        ("x.js", "TYPE_NOT_TAKEN"),
        ("x.zip", "TYPE_NOT_TAKEN"),
        ("x.gif", "TYPE_NOT_TAKEN"),
        ("x.pdf.exe", "TYPE_NOT_TAKEN"),
        ("x.exe.pdf", "TYPE_NOT_TAKEN"),
        ("x.php.jpg", "TYPE_NOT_TAKEN"),
        ("x.html.txt", "TYPE_NOT_TAKEN"),
        ("x", "TYPE_NOT_TAKEN"),
        ("pdf", "TYPE_NOT_TAKEN"),
    ]
    .map(|(name, code)| (name.to_owned(), code))
    .into();
    all.push((format!("{}.pdf", "x".repeat(4096)), "TOO_LONG"));
    all
}

/// What is no file of the kind that its name says, and with what it is refused.
fn contents() -> Vec<(&'static str, Vec<u8>, (u16, &'static str))> {
    const TYPE: (u16, &str) = (415, "WRONG_TYPE");
    const BROKEN: (u16, &str) = (422, "NOT_WHOLE");
    const LARGE: (u16, &str) = (422, "TOO_MANY_PIXELS");
    let a_pdf = pdf("x", 2000);
    let commented = [&a_pdf[..9], ZIP, &a_pdf[9..]].concat();
    let short = |bytes: &[u8], by: usize| bytes[..bytes.len() - by].to_vec();
    vec![
        // One thing under the name of another.
        ("x.png", PAGE.to_vec(), TYPE),
        ("x.png", IMAGE.to_vec(), TYPE),
        ("x.jpg", b"alert(document.cookie)//".to_vec(), TYPE),
        ("x.pdf", PAGE.to_vec(), TYPE),
        ("x.txt", PAGE.to_vec(), TYPE),
        ("x.txt", IMAGE.to_vec(), TYPE),
        ("x.txt", and(b"\n \t", PAGE), TYPE),
        ("x.txt", b"#!/bin/sh\nreboot\n".to_vec(), TYPE),
        ("x.txt", b"<?php system($_GET[0]);".to_vec(), TYPE),
        ("x.txt", a_pdf.clone(), TYPE),
        ("x.txt", png(1, 1), TYPE),
        ("x.txt", b"\x7fELF\x02\x01\x01\0".to_vec(), TYPE),
        ("x.txt", b"MZ\x90\0\x03".to_vec(), TYPE),
        ("x.txt", b"nul\0l".to_vec(), TYPE),
        ("x.txt", b"bell\x07".to_vec(), TYPE),
        ("x.txt", b"\x1b[2J\x1b]52;c;eA==\x07".to_vec(), TYPE),
        ("x.txt", b"caf\xe9 au lait".to_vec(), TYPE),
        ("x.txt", b"\xff\xfeh\0i\0".to_vec(), TYPE),
        ("x.pdf", png(1, 1), TYPE),
        ("x.png", jpeg(1, 1), TYPE),
        ("x.jpg", a_pdf.clone(), TYPE),
        ("x.jpeg", b"GIF89a\x01\0\x01\0\0\0;".to_vec(), TYPE),
        ("x.png", b"RIFF\0\0\0\0WEBPVP8 ".to_vec(), TYPE),
        ("x.pdf", ZIP.to_vec(), TYPE),
        ("x.pdf", b"Rar!\x1a\x07\x01\0".to_vec(), TYPE),
        ("x.pdf", b"\x1f\x8b\x08\0".to_vec(), TYPE),
        ("x.pdf", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec(), TYPE),
        // Two things in one.
        ("x.pdf", and(&a_pdf, ZIP), TYPE),
        ("x.pdf", commented, TYPE),
        ("x.pdf", and(b"\r\n", &a_pdf), TYPE),
        ("x.pdf", and(PAGE, &a_pdf), TYPE),
        ("x.pdf", [&a_pdf[..9], PAGE, &a_pdf[9..]].concat(), TYPE),
        ("x.png", and(&png(1, 1), ZIP), TYPE),
        ("x.png", and(&png(1, 1), PAGE), TYPE),
        ("x.jpg", and(&jpeg(1, 1), ZIP), TYPE),
        ("x.jpg", and(&jpeg(1, 1), b"<?php"), TYPE),
        (
            "x.jpg",
            and(b"\xff\xd8\xff\xfe\0\x0a%PDF-1.4", &jpeg(1, 1)[2..]),
            TYPE,
        ),
        (
            "x.jpg",
            and(b"\xff\xd8\xff\xfe\0\x0a<script>", &jpeg(1, 1)[2..]),
            TYPE,
        ),
        // Cut off, or never whole.
        ("x.pdf", short(&a_pdf, 5), BROKEN),
        ("x.png", short(&png(9, 9), 1), BROKEN),
        ("x.png", short(&png(9, 9), 12), BROKEN),
        ("x.png", b"\x89PNG\r\n\x1a\n".to_vec(), BROKEN),
        ("x.jpg", short(&jpeg(9, 9), 2), BROKEN),
        ("x.jpg", b"\xff\xd8\xff\xd9".to_vec(), BROKEN),
        ("x.png", png(0, 9), BROKEN),
        // More than anybody could look at.
        ("x.png", png(10_000, 10_000), LARGE),
        ("x.png", png(u32::MAX, u32::MAX), LARGE),
        ("x.jpg", jpeg(60_000, 60_000), LARGE),
    ]
}

/// The statuses and codes are as they must be, and nothing was kept.
async fn nothing_is_left(app: &App) {
    keeps(app, 0).await;
    assert_eq!(app.number("SELECT count(*) FROM document").await, 0);
}

/// Sends a request by hand; what comes back until the server has done.
async fn by_hand(app: &App, head: &str, body: &[u8]) -> String {
    let mut stream = TcpStream::connect(&app.copy.address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    // The server may have had enough by then.
    drop(stream.write_all(body).await);
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    drop(
        tokio::time::timeout(Duration::from_secs(20), read)
            .await
            .expect("the server ends it"),
    );
    String::from_utf8_lossy(&answer).into_owned()
}

on_both! {
    with &[("documents.per_day", "1000"), ("limits.user_rate", "1000"), ("limits.user_burst", "1000")];
    async fn what_is_not_what_its_name_says_is_refused_and_leaves_nothing(app: App) {
        let ana = app.patient("ana").await;
        for (name, code) in names() {
            let answer = ana.run(START, start(&ana.id, (&name, 100), json!({}))).await;
            assert_eq!(user_errors(&answer), [code], "{name:?}");
            assert!(!answer.to_string().contains("etc"), "{answer}");
        }
        assert_eq!(app.number("SELECT count(*) FROM document_upload").await, 0);
        let (cases, count) = (contents(), contents().len());
        assert!(names().len() + count > 75);
        for (at, (name, bytes, expected)) in cases.into_iter().enumerate() {
            let leave = leave(&ana, &ana.id, (name, bytes.len()), json!({})).await;
            let answer = bring(&app.copy, &leave.token, bytes).await;
            let (status, code) = refusal(&answer);
            assert_eq!((status, code.as_str()), expected, "case {at}: {name}");
            assert_eq!(ana.data(DOCUMENT, json!({ "id": leave.id })).await["node"], Value::Null);
        }
        nothing_is_left(&app).await;
        let failed = "SELECT count(*) FROM audit_entry WHERE operation = 'document upload' AND outcome = 'FAILED'";
        assert_eq!(usize::try_from(app.number(failed).await).unwrap(), count);
    }

    async fn bytes_that_are_too_many_too_few_or_too_slow_are_refused(app: App) {
        let ana = app.patient("ana").await;
        let file = png(5, 5);
        for size in [0, -1, 20_971_521, i64::from(i32::MAX)] {
            let mut ask = start(&ana.id, ("x.png", 1), json!({}));
            ask["input"]["size"] = json!(size);
            assert_eq!(user_errors(&ana.run(START, ask).await), ["SIZE_NOT_TAKEN"], "{size}");
        }
        // Another number than was said: the ticket stays good for the right one.
        let right = leave(&ana, &ana.id, ("x.png", file.len()), json!({})).await;
        for bytes in [&file[..file.len() - 1], &and(&file, b"\n"), &[]] {
            let answer = bring(&app.copy, &right.token, bytes.to_vec()).await;
            assert_eq!(refusal(&answer), (400, "WRONG_LENGTH".to_owned()));
        }
        let head = |token: &str, rest: &str| {
            format!("PUT /documents HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n{rest}\r\n\r\n")
        };
        // In pieces whose sum nobody has said.
        let chunked = by_hand(&app, &head(&right.token, "Transfer-Encoding: chunked"), b"5\r\nhello\r\n0\r\n\r\n").await;
        assert!(chunked.starts_with("HTTP/1.1 411 "), "{chunked}");
        let packed = format!("Content-Encoding: gzip\r\nContent-Length: {}", file.len());
        let packed = by_hand(&app, &head(&right.token, &packed), &file).await;
        assert!(packed.starts_with("HTTP/1.1 415 "), "{packed}");
        assert_eq!(app.number("SELECT count(*) FROM document_upload WHERE used_at IS NOT NULL").await, 0);
        // The connection is cut in the middle; and the client stops sending.
        let size = format!("Content-Length: {}", file.len());
        let mut stream = TcpStream::connect(&app.copy.address).await.unwrap();
        stream.write_all(head(&right.token, &size).as_bytes()).await.unwrap();
        stream.write_all(&file[..20]).await.unwrap();
        while app.number("SELECT count(*) FROM document_upload WHERE used_at IS NOT NULL").await == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        drop(stream);
        let answer = bring(&app.copy, &right.token, file.clone()).await;
        assert_eq!(refusal(&answer), (409, "TICKET_USED".to_owned()));
        let slow = leave(&ana, &ana.id, ("x.png", file.len()), json!({})).await;
        let begun = std::time::Instant::now();
        let answer = by_hand(&app, &head(&slow.token, &size), &file[..20]).await;
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
        assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
        nothing_is_left(&app).await;
    }

    async fn a_ticket_is_good_once_for_its_time_and_while_one_may(app: App) {
        let (ana, bo, admin) = (app.patient("ana").await, app.doctor("bo").await, app.admin().await);
        app.care(bo.row, ana.row, None).await;
        let file = png(5, 5);
        let ask = async |person: &crate::support::Person| leave(person, &ana.id, ("x.png", file.len()), json!({})).await;
        let refused = async |token: &str| refusal(&bring(&app.copy, token, file.clone()).await);
        const INVALID: &str = "TICKET_INVALID";
        // None, another secret of ours, one that nobody gave, one sign another.
        let leave = ask(&ana).await;
        let other = if leave.token.ends_with('A') { "B" } else { "A" };
        let forged = format!("{}{other}", &leave.token[..leave.token.len() - 1]);
        for token in ["", "ptu_", "ptu_AAAA", ana.token.as_deref().unwrap(), &forged] {
            assert_eq!(refused(token).await, (401, INVALID.to_owned()), "{token}");
        }
        let none = app.copy.send("PUT", "/documents", &[], file.clone()).await;
        assert_eq!(refusal(&none), (401, INVALID.to_owned()));
        // Twenty at once, and one of them is taken.
        let mut trying = tokio::task::JoinSet::new();
        for _ in 0..20 {
            let (copy, token, file) = (app.copy.clone(), leave.token.clone(), file.clone());
            trying.spawn(async move { bring(&copy, &token, file).await.status });
        }
        let mut statuses = trying.join_all().await;
        statuses.sort_unstable();
        assert_eq!((statuses[0], &statuses[1..]), (201, &[409; 19][..]));
        assert_eq!(refused(&leave.token).await, (409, "TICKET_USED".to_owned()));
        // Its time is over.
        let late = ask(&ana).await;
        app.clock.advance(TimeDelta::seconds(301));
        assert_eq!(refused(&late.token).await, (401, "TICKET_EXPIRED".to_owned()));
        // The right has ended; the session is ended.
        let of_bo = ask(&bo).await;
        app.execute("DELETE FROM care_team_member").await;
        assert_eq!(refused(&of_bo.token).await, (401, INVALID.to_owned()));
        let another = sign_in(&app.copy, &ana.email, crate::support::PASSWORD).await.unwrap();
        let of_another = ask(&another).await;
        another.data("mutation { signOut(input: {}) { __typename } }", json!({})).await;
        assert_eq!(refused(&of_another.token).await, (401, INVALID.to_owned()));
        let lock = "mutation($id: ID!) { setUserStatus(input: { id: $id, expectedVersion: 1, status: LOCKED }) { userErrors { code } } }";
        let of_ana = ask(&ana).await;
        admin.data(lock, json!({ "id": ana.user })).await;
        assert_eq!(refused(&of_ana.token).await, (401, INVALID.to_owned()));
        assert_eq!(app.number("SELECT count(*) FROM document").await, 1);
        keeps(&app, 1).await;
        // That somebody tried who may not any more stands in the audit.
        let denied = "SELECT count(*) FROM audit_entry WHERE operation = 'document upload' AND outcome = 'DENIED'";
        assert!(app.number(denied).await > 0);
    }
}

on_both! {
    with &[("documents.per_day", "3"), ("documents.size", "2000")];
    async fn so_many_files_a_day_and_so_large_and_no_more(app: App) {
        let (ana, eve) = (app.patient("ana").await, app.patient("eve").await);
        let ask = |size: usize| start(&ana.id, ("x.pdf", size), json!({}));
        assert_eq!(user_errors(&ana.run(START, ask(2001)).await), ["SIZE_NOT_TAKEN"]);
        // Many ask at once.
        let mut asking = tokio::task::JoinSet::new();
        for _ in 0..12 {
            let (person, ask) = (ana.person.clone(), ask(500));
            asking.spawn(async move { user_errors(&person.run(START, ask).await).pop() });
        }
        let answers = asking.join_all().await;
        assert_eq!(answers.iter().filter(|code| code.is_none()).count(), 3, "{answers:?}");
        assert!(answers.iter().flatten().all(|code| code == "QUOTA_EXCEEDED"));
        // It is each one's own, and what was never brought is soon forgotten.
        brought(&eve, &eve.id, ("x.pdf", &pdf("x", 500))).await;
        app.clock.advance(TimeDelta::minutes(6));
        assert_eq!(user_errors(&ana.run(START, ask(500)).await), Vec::<String>::new());
        for _ in 0..2 {
            brought(&eve, &eve.id, ("x.pdf", &pdf("x", 500))).await;
        }
        let again = start(&eve.id, ("x.pdf", 500), json!({}));
        assert_eq!(user_errors(&eve.run(START, again.clone()).await), ["QUOTA_EXCEEDED"]);
        app.clock.advance(TimeDelta::hours(24));
        let eve = sign_in(&app.copy, &eve.email, crate::support::PASSWORD).await.unwrap();
        let answer = eve.run(START, again).await;
        assert_eq!((codes(&answer), user_errors(&answer)), (Vec::new(), Vec::new()));
    }
}
