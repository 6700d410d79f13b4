//! Documents: bringing a file, what is known of it and to whom, changing that, replacing it, and being given it.

use crate::support::files::{
    DOCUMENT, LINK, START, asked, bring, brought, given, jpeg, leave, link, pdf, png, read,
    refusal, start,
};
use crate::support::glass::{break_glass, ready};
use crate::support::{App, Person, codes, tidy, user_errors};
use chrono::TimeDelta;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

const LIST: &str = "query($id: ID!, $filter: DocumentFilter) { patient(id: $id) {
    documents(filter: $filter, first: 100) { totalCount nodes { id title } } } }";
const UPDATE: &str = "mutation($input: UpdateDocumentInput!) { updateDocument(input: $input) {
    document { title category description version } userErrors { code path } } }";
const SHARE: &str = "mutation($input: ShareDocumentInput!) { shareDocument(input: $input) {
    document { sharedAt version } userErrors { code } } }";
const IN_ERROR: &str =
    "mutation($input: EnterDocumentInErrorInput!) { enterDocumentInError(input: $input) {
    document { status version } userErrors { code } } }";

/// What somebody sees of a document; null when they may not know of it.
async fn seen(person: &Person, id: &str) -> Value {
    person.run(DOCUMENT, json!({ "id": id })).await["data"]["node"].take()
}

/// How many documents somebody is shown; none where they are shown no list.
async fn listed(person: &Person, patient: &str) -> Option<usize> {
    let answer = person.run(LIST, json!({ "id": patient })).await;
    let nodes = answer["data"]["patient"]["documents"]["nodes"].as_array();
    nodes.map(Vec::len)
}

fn with(id: &str, version: i32, rest: Value) -> Value {
    let mut input = rest;
    input["id"] = json!(id);
    input["expectedVersion"] = json!(version);
    json!({ "input": input })
}

/// What was done, or the code that it was refused with.
async fn told(person: &Person, document: &str, variables: Value) -> String {
    let answer = person.run(document, variables).await;
    let refused = codes(&answer)
        .into_iter()
        .chain(user_errors(&answer))
        .next();
    refused.unwrap_or_else(|| "done".to_owned())
}

on_both! {
    async fn a_file_is_brought_known_of_and_given_as_it_was(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        app.care(bo.row, ana.row, None).await;
        let bytes = pdf("What the laboratory found", 200_000);
        let said = json!({ "title": "Blood count", "category": "LABORATORY_REPORT", "description": "All is well." });
        let answer = bo.run(START, start(&ana.id, ("Befund für Ana.pdf", bytes.len()), said)).await;
        let token = answer["data"]["startUpload"]["upload"]["token"].as_str().unwrap().to_owned();
        let id = answer["data"]["startUpload"]["upload"]["id"].as_str().unwrap().to_owned();
        let mut shown = tidy(answer);
        shown["data"]["startUpload"]["upload"]["token"] = json!("[token]");
        insta::assert_json_snapshot!(shown, @r#"
        {
          "data": {
            "startUpload": {
              "upload": {
                "expiresAt": "[time]",
                "id": "[dcm]",
                "path": "/documents",
                "token": "[token]"
              },
              "userErrors": []
            }
          },
          "extensions": {
            "cost": "[cost]"
          }
        }
        "#);
        // Until the bytes are there, there is no document.
        assert_eq!(seen(&bo, &id).await, Value::Null);
        let arrived = bring(&app.copy, &token, bytes.clone()).await;
        assert_eq!((arrived.status, arrived.header("cache-control")), (201, "no-store"));
        assert_eq!(arrived.json(), json!({ "document": { "id": id, "scan": "CLEAN" } }));
        let mut shown = seen(&bo, &id).await;
        let hash = shown["sha256"].take();
        let hex: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hash, json!(hex));
        assert_eq!(shown["size"].take(), json!(bytes.len()));
        insta::assert_json_snapshot!(tidy(shown), @r#"
        {
          "category": "LABORATORY_REPORT",
          "description": "All is well.",
          "edition": 1,
          "fileName": "Befund für Ana.pdf",
          "id": "[dcm]",
          "mediaType": "PDF",
          "patient": {
            "id": "[pat]"
          },
          "scan": "CLEAN",
          "sha256": null,
          "sharedAt": null,
          "size": null,
          "source": "CLINIC",
          "status": "CURRENT",
          "title": "Blood count",
          "version": 1,
          "versions": {
            "nodes": [
              {
                "edition": 1,
                "id": "[dcm]",
                "status": "CURRENT"
              }
            ],
            "totalCount": 1
          }
        }
        "#);
        let (status, headers, got) = given(&app.copy, &link(&bo, &id).await, &[]).await;
        assert_eq!((status, got.unwrap()), (200, bytes));
        let header = |name: &str| headers[name].to_str().unwrap().to_owned();
        assert_eq!(header("content-type"), "application/pdf");
        assert_eq!(header("content-disposition"),
            "attachment; filename=\"Befund f_r Ana.pdf\"; filename*=UTF-8''Befund%20f%C3%BCr%20Ana.pdf");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("content-security-policy"), "sandbox; default-src 'none'; frame-ancestors 'none'");
        assert_eq!(header("cache-control"), "no-store");
        assert_eq!(header("cross-origin-resource-policy"), "same-origin");
        assert_eq!(header("accept-ranges"), "bytes");
        // Bringing it and being given it stand in the audit.
        let row = "SELECT count(*) FROM audit_entry WHERE kinds LIKE '%DOCUMENT%' AND outcome = 'ALLOWED' AND operation = ";
        assert_eq!(app.number(&format!("{row}'document upload' AND action = 'CREATE'")).await, 1);
        assert_eq!(app.number(&format!("{row}'document'")).await, 1);
    }

    async fn each_sees_what_the_design_says_and_nobody_else_anything(app: App) {
        let (ana, bo, cy) = (app.patient("ana").await, app.doctor("bo").await, app.doctor("cy").await);
        let (eve, dora, admin) = (app.patient("eve").await, app.doctor("dora").await, app.admin().await);
        let (fay, _) = ready(&app, "fay").await;
        app.care(bo.row, ana.row, None).await;
        app.appointment(cy.row, ana.row, app.hour(24)).await;
        let letter = brought(&bo, &ana.id, ("letter.pdf", &pdf("letter", 500))).await;
        let photo = brought(&ana, &ana.id, ("knee.jpg", &jpeg(100, 100))).await;
        for (person, sees) in [(&*bo, Some(2)), (&*cy, Some(2)), (&*ana, Some(1)), (&*admin, Some(2)),
            (&*dora, None), (&*fay, None), (&*eve, None)] {
            assert_eq!(listed(person, &ana.id).await, sees);
            let may_read = sees.is_some() && person.email != admin.email;
            for (id, known) in [(&letter, sees == Some(2)), (&photo, sees.is_some())] {
                assert_eq!(seen(person, id).await.is_null(), !known);
                let may_read = may_read && known;
                let code = if may_read { "done" } else if known { "FORBIDDEN" } else { "NOT_FOUND" };
                assert_eq!(told(person, LINK, json!({ "id": id })).await, code);
                let title = &seen(person, id).await["title"];
                assert_eq!(title.is_string(), may_read, "{title}");
            }
        }
        // Who runs the clinic sees that there is something.
        let metadata = seen(&admin, &letter).await;
        for hidden in ["title", "fileName", "category", "description", "sha256"] {
            assert_eq!(metadata[hidden], Value::Null);
        }
        assert_eq!((&metadata["mediaType"], &metadata["scan"]), (&json!("PDF"), &json!("CLEAN")));
        // Who may bring one.
        let ask = start(&ana.id, ("x.png", png(1, 1).len()), json!({}));
        for (person, code) in [(&*ana, "done"), (&*bo, "done"), (&*cy, "done"), (&*fay, "FORBIDDEN"), (&*admin, "FORBIDDEN"),
            (&*dora, "FORBIDDEN"), (&*eve, "NOT_FOUND")] {
            assert_eq!(told(person, START, ask.clone()).await, code);
        }
        let (analyst, nobody) = (app.analyst().await, app.anonymous());
        assert_eq!(told(&analyst, START, ask.clone()).await, "FORBIDDEN");
        assert_eq!(told(&nobody, START, ask).await, "UNAUTHENTICATED");
        // Broken glass opens what is there, and takes nothing in.
        break_glass(&fay, &ana.id).await;
        assert_eq!(listed(&fay, &ana.id).await, Some(2));
        assert_eq!(read(&fay, &letter).await, pdf("letter", 500));
        assert_eq!(told(&fay, SHARE, with(&letter, 1, json!({}))).await, "FORBIDDEN");
        let replace = json!({ "replaces": letter, "expectedVersion": 1 });
        for person in [&*fay, &*ana, &*admin] {
            let ask = start(&ana.id, ("y.png", png(1, 1).len()), replace.clone());
            assert_eq!(told(person, START, ask).await, "FORBIDDEN");
        }
    }

    async fn a_document_is_shared_renamed_and_entered_in_error_by_those_who_treat(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        app.care(bo.row, ana.row, None).await;
        let letter = brought(&bo, &ana.id, ("letter.pdf", &pdf("letter", 500))).await;
        assert_eq!(told(&ana, LINK, json!({ "id": letter })).await, "NOT_FOUND");
        assert_eq!(told(&bo, SHARE, with(&letter, 1, json!({ "shared": false }))).await, "ALREADY_SO");
        assert_eq!(told(&bo, SHARE, with(&letter, 1, json!({ "idempotencyKey": "k" }))).await, "done");
        assert_eq!(told(&bo, SHARE, with(&letter, 1, json!({ "idempotencyKey": "k" }))).await, "done");
        assert_eq!(told(&bo, SHARE, with(&letter, 1, json!({ "shared": false, "idempotencyKey": "k" }))).await, "IDEMPOTENCY_KEY_REUSED");
        assert_eq!(told(&bo, SHARE, with(&letter, 1, json!({}))).await, "CONFLICT");
        assert_eq!(read(&ana, &letter).await, pdf("letter", 500));
        for document in [UPDATE, SHARE, IN_ERROR] {
            assert_eq!(told(&ana, document, with(&letter, 2, json!({}))).await, "FORBIDDEN");
        }
        let change = json!({ "title": "A letter", "category": "REFERRAL", "description": "To the surgeon" });
        let answer = bo.data(UPDATE, with(&letter, 2, change)).await;
        assert_eq!(answer["updateDocument"]["document"],
            json!({ "title": "A letter", "category": "REFERRAL", "description": "To the surgeon", "version": 3 }));
        let wrong = bo.run(UPDATE, with(&letter, 3, json!({ "title": "x\u{202e}y" }))).await;
        assert_eq!(wrong["data"]["updateDocument"]["userErrors"], json!([{ "code": "INVALID_CHARACTER", "path": ["input", "title"] }]));
        let cleared = bo.data(UPDATE, with(&letter, 3, json!({ "description": null }))).await;
        assert_eq!(cleared["updateDocument"]["document"]["description"], Value::Null);
        // What the patient brought they go on seeing.
        let photo = brought(&ana, &ana.id, ("knee.jpg", &jpeg(100, 100))).await;
        assert_eq!(told(&bo, SHARE, with(&photo, 1, json!({ "shared": false }))).await, "PATIENTS_OWN");
        // A link that was given before is worth nothing once it is shared no more, or entered in error.
        let (of_ana, of_bo) = (link(&ana, &letter).await, link(&bo, &letter).await);
        assert_eq!(told(&bo, SHARE, with(&letter, 4, json!({ "shared": false }))).await, "done");
        assert_eq!(given(&app.copy, &of_ana, &[]).await.0, 404);
        assert_eq!(given(&app.copy, &of_bo, &[]).await.0, 200);
        assert_eq!(told(&bo, IN_ERROR, with(&letter, 5, json!({}))).await, "done");
        assert_eq!(given(&app.copy, &of_bo, &[]).await.0, 404);
        assert_eq!(told(&bo, LINK, json!({ "id": letter })).await, "ENTERED_IN_ERROR");
        assert_eq!(told(&bo, IN_ERROR, with(&letter, 6, json!({}))).await, "ALREADY_IN_ERROR");
        assert_eq!(told(&bo, SHARE, with(&letter, 6, json!({}))).await, "ENTERED_IN_ERROR");
        assert_eq!(listed(&bo, &ana.id).await, Some(1));
        let all = bo.data(LIST, json!({ "id": ana.id, "filter": { "status": "ENTERED_IN_ERROR" } })).await;
        assert_eq!(all["patient"]["documents"]["nodes"][0]["id"], json!(letter));
    }

    async fn another_file_takes_the_place_of_one_and_the_series_stays(app: App) {
        let (ana, eve, bo) = (app.patient("ana").await, app.patient("eve").await, app.doctor("bo").await);
        app.care(bo.row, ana.row, None).await;
        app.care(bo.row, eve.row, None).await;
        let first = brought(&bo, &ana.id, ("plan.pdf", &pdf("one", 500))).await;
        let replace = |version: i32| json!({ "replaces": first, "expectedVersion": version });
        let size = png(3, 3).len();
        assert_eq!(told(&bo, START, start(&ana.id, ("plan.png", size), replace(2))).await, "CONFLICT");
        assert_eq!(told(&bo, START, start(&eve.id, ("plan.png", size), replace(1))).await, "NOT_REPLACEABLE");
        let half = json!({ "replaces": first });
        assert_eq!(told(&bo, START, start(&ana.id, ("plan.png", size), half)).await, "BAD_REQUEST");
        // Two are brought for the same place; the one that is there first has it.
        let (one, other) = (leave(&bo, &ana.id, ("plan.png", size), replace(1)).await,
            leave(&bo, &ana.id, ("plan.png", size), replace(1)).await);
        assert_eq!(bring(&app.copy, &one.token, png(3, 3)).await.status, 201);
        assert_eq!(refusal(&bring(&app.copy, &other.token, png(3, 3)).await), (409, "CONFLICT".to_owned()));
        assert_eq!(seen(&bo, &other.id).await, Value::Null);
        let second = seen(&bo, &one.id).await;
        assert_eq!(second["versions"], json!({ "totalCount": 2, "nodes": [
            { "id": first, "status": "SUPERSEDED", "edition": 1 }, { "id": one.id, "status": "CURRENT", "edition": 2 }] }));
        assert_eq!((read(&bo, &first).await, read(&bo, &one.id).await), (pdf("one", 500), png(3, 3)));
        assert_eq!(told(&bo, START, start(&ana.id, ("plan.png", size), replace(2))).await, "NOT_REPLACEABLE");
        crate::support::files::keeps(&app, 2).await;
    }

    async fn a_stretch_of_a_file_is_given_and_nothing_beyond_it(app: App) {
        let ana = app.patient("ana").await;
        let bytes = pdf("long", 200_000);
        let id = brought(&ana, &ana.id, ("long.pdf", &bytes)).await;
        let path = link(&ana, &id).await;
        let size = bytes.len();
        for (first, last) in [(0, 0), (0, 65_535), (65_535, 65_536), (65_536, 131_071), (131_000, size - 1), (10, size - 2)] {
            let range = format!("bytes={first}-{last}");
            let (status, headers, got) = given(&app.copy, &path, &[("range", &range)]).await;
            assert_eq!((status, got.unwrap()), (206, bytes[first..=last].to_vec()), "{range}");
            assert_eq!(headers["content-range"].to_str().unwrap(), format!("bytes {first}-{last}/{size}"));
            assert_eq!(headers["content-length"].to_str().unwrap(), (last - first + 1).to_string());
        }
        let (status, _, got) = given(&app.copy, &path, &[("range", "bytes=-100")]).await;
        assert_eq!((status, got.unwrap()), (206, bytes[size - 100..].to_vec()));
        let (status, headers, got) = given(&app.copy, &path, &[("range", "bytes=9999999-")]).await;
        assert_eq!((status, headers["content-range"].to_str().unwrap(), got.unwrap()), (416, format!("bytes */{size}").as_str(), Vec::new()));
        let (_, headers, _) = given(&app.copy, &path, &[("range", "bytes=0-1,5-6")]).await;
        assert_eq!(headers["content-length"].to_str().unwrap(), size.to_string());
        let tag = headers["etag"].to_str().unwrap().to_owned();
        for (of, status) in [(tag.as_str(), 206), ("\"another\"", 200)] {
            let headers = [("range", "bytes=0-9"), ("if-range", of)];
            assert_eq!(given(&app.copy, &path, &headers).await.0, status);
        }
        let (status, headers, got) = asked("HEAD", &app.copy, &path, &[]).await;
        assert_eq!((status, got.unwrap()), (200, Vec::new()));
        assert_eq!(headers["content-length"].to_str().unwrap(), size.to_string());
        for method in ["POST", "DELETE", "PUT"] {
            assert_eq!(asked(method, &app.copy, &path, &[]).await.0, 405);
        }
    }

    async fn a_link_is_good_for_a_minute_for_whoever_asked_and_as_long_as_they_may(app: App) {
        let (ana, bo, admin) = (app.patient("ana").await, app.doctor("bo").await, app.admin().await);
        app.care(bo.row, ana.row, Some(app.clock.now() + TimeDelta::minutes(10))).await;
        let id = brought(&bo, &ana.id, ("letter.pdf", &pdf("letter", 500))).await;
        let path = link(&bo, &id).await;
        assert_eq!(given(&app.copy, &path, &[]).await.0, 200);
        // A sign more, less, or another.
        let (start, last) = path.split_at(path.len() - 1);
        let other = if last == "A" { "B" } else { "A" };
        for wrong in [format!("{path}A"), start.to_owned(), format!("{start}{other}"), "/documents/x".to_owned()] {
            assert_eq!(given(&app.copy, &wrong, &[]).await.0, 404, "{wrong}");
        }
        app.clock.advance(TimeDelta::seconds(61));
        assert_eq!(given(&app.copy, &path, &[]).await.0, 404);
        // The right ends by itself; the session is ended.
        let path = link(&bo, &id).await;
        app.execute("DELETE FROM care_team_member").await;
        assert_eq!(given(&app.copy, &path, &[]).await.0, 404);
        let photo = brought(&ana, &ana.id, ("knee.jpg", &jpeg(100, 100))).await;
        let path = link(&ana, &photo).await;
        let lock = "mutation($id: ID!) { setUserStatus(input: { id: $id, expectedVersion: 1, status: LOCKED }) { userErrors { code } } }";
        admin.data(lock, json!({ "id": ana.user })).await;
        assert_eq!(given(&app.copy, &path, &[]).await.0, 404);
    }

    async fn the_same_key_gives_the_same_leave(app: App) {
        let (ana, eve) = (app.patient("ana").await, app.patient("eve").await);
        let ask = |title: &str| start(&ana.id, ("x.png", png(1, 1).len()), json!({ "idempotencyKey": "k", "title": title }));
        let first = ana.data(START, ask("One")).await;
        assert_eq!(ana.data(START, ask("One")).await, first);
        assert_eq!(told(&ana, START, ask("Two")).await, "IDEMPOTENCY_KEY_REUSED");
        let own = start(&eve.id, ("x.png", png(1, 1).len()), json!({ "idempotencyKey": "k", "title": "One" }));
        assert_ne!(eve.data(START, own).await["startUpload"]["upload"]["id"], first["startUpload"]["upload"]["id"]);
        assert_eq!(app.number("SELECT count(*) FROM document_upload").await, 2);
    }
}
