//! Files that clients bring, and how they do it: the leave, the bytes, the link.

use super::app::{Answer, Copy};
use super::people::Person;
use super::tidy::user_errors;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

/// Asks for leave.
pub const START: &str = "mutation($input: StartUploadInput!) { startUpload(input: $input) {
    upload { id path token expiresAt } userErrors { code message path } } }";
/// Asks for a link.
pub const LINK: &str = "mutation($id: ID!) { createDocumentLink(input: { id: $id }) {
    link { path expiresAt } userErrors { code } } }";
/// What is known of a document.
pub const DOCUMENT: &str = "query($id: ID!) { node(id: $id) { ... on Document { id status scan source mediaType size title fileName
    category description sha256 edition sharedAt version patient { id } versions { totalCount nodes { id status edition } } } } }";

/// A PDF of about so many bytes, with words in it.
pub fn pdf(words: &str, about: usize) -> Vec<u8> {
    let mut bytes = format!("%PDF-1.7\n% {words}\n").into_bytes();
    let mut at = 0_u32;
    while bytes.len() + 40 < about {
        // What is drawn is as good as random, and never the end of an archive.
        at = at.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        bytes.extend(at.to_be_bytes().map(|byte| byte | 0x80));
    }
    bytes.extend(b"\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n");
    bytes
}

/// A PNG that says that it is so large.
pub fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes.extend(b"\x08\x02\0\0\0sum!\0\0\0\x05IDATdrawnsum!\0\0\0\0IEND\xaeB`\x82");
    bytes
}

/// A JPEG that says that it is so large.
pub fn jpeg(width: u16, height: u16) -> Vec<u8> {
    let mut bytes = b"\xff\xd8\xff\xc0\0\x0b\x08".to_vec();
    bytes.extend(height.to_be_bytes());
    bytes.extend(width.to_be_bytes());
    bytes.extend(b"\x01\x01\x11\0\xff\xda\0\x08\x01\x01\0\0\x3f\0drawn\xff\0\xff\xd9");
    bytes
}

/// A ticket, as it was given.
pub struct Leave {
    /// The id that the document will have.
    pub id: String,
    /// What is shown with the bytes.
    pub token: String,
}

/// Leave to bring a file of this name and length; what else is said of it is given too.
pub async fn leave(
    person: &Person,
    patient: &str,
    (name, size): (&str, usize),
    rest: Value,
) -> Leave {
    let answer = person.run(START, start(patient, (name, size), rest)).await;
    let upload = &answer["data"]["startUpload"]["upload"];
    let text = |field: &str| {
        let text = upload[field].as_str();
        text.unwrap_or_else(|| panic!("{answer}")).to_owned()
    };
    assert_eq!(text("path"), "/documents");
    Leave {
        id: text("id"),
        token: text("token"),
    }
}

/// What is asked with, for leave to bring a file.
pub fn start(patient: &str, (name, size): (&str, usize), rest: Value) -> Value {
    let mut input = rest;
    input["patientId"] = json!(patient);
    input["fileName"] = json!(name);
    input["size"] = json!(size);
    json!({ "input": input })
}

/// Brings the bytes of a file.
pub async fn bring(copy: &Copy, token: &str, bytes: Vec<u8>) -> Answer {
    let bearer = format!("Bearer {token}");
    copy.send("PUT", "/documents", &[("authorization", &bearer)], bytes)
        .await
}

/// Brings a file from the asking to the end; the document's id.
pub async fn brought(person: &Person, patient: &str, (name, bytes): (&str, &[u8])) -> String {
    let leave = leave(person, patient, (name, bytes.len()), json!({})).await;
    let answer = bring(&person.copy, &leave.token, bytes.to_vec()).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    assert_eq!(answer.json()["document"]["id"], leave.id);
    leave.id
}

/// With which code bytes are refused, and the status that goes with it.
pub fn refusal(answer: &Answer) -> (u16, String) {
    let code = answer.json()["error"]["code"].as_str().unwrap().to_owned();
    (answer.status, code)
}

/// The path of a link to a document.
pub async fn link(person: &Person, id: &str) -> String {
    let answer = person.run(LINK, json!({ "id": id })).await;
    assert_eq!(user_errors(&answer), Vec::<String>::new(), "{answer}");
    let path = answer["data"]["createDocumentLink"]["link"]["path"].as_str();
    path.unwrap_or_else(|| panic!("{answer}")).to_owned()
}

/// What a link gives: the status, the headers, the bytes; no bytes if they break off.
pub async fn given(
    copy: &Copy,
    path: &str,
    headers: &[(&str, &str)],
) -> (u16, HeaderMap, Option<Vec<u8>>) {
    asked("GET", copy, path, headers).await
}

/// The same by this method.
pub async fn asked(
    method: &str,
    copy: &Copy,
    path: &str,
    headers: &[(&str, &str)],
) -> (u16, HeaderMap, Option<Vec<u8>>) {
    let url = format!("http://{}{path}", copy.address);
    let client = reqwest::Client::new();
    let mut request = client.request(method.parse().unwrap(), url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.send().await.expect("the server answers");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let bytes = response.bytes().await.ok();
    (status, headers, bytes.map(|bytes| bytes.to_vec()))
}

/// The whole of a document, as this person is given it.
pub async fn read(person: &Person, id: &str) -> Vec<u8> {
    let (status, _, bytes) = given(&person.copy, &link(person, id).await, &[]).await;
    assert_eq!(status, 200);
    bytes.expect("all of it comes")
}

/// That so many files lie where bytes lie, once what was given up is out of the way: that is done after the answer.
pub async fn keeps(app: &super::app::App, files: usize) {
    for _ in 0..500 {
        if kept(app).len() == files {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(kept(app).len(), files, "{:?}", kept(app));
}

/// The files that lie where bytes lie, by name.
pub fn kept(app: &super::app::App) -> Vec<std::path::PathBuf> {
    let folder = std::fs::read_dir(app.folder().join("documents"));
    let mut all: Vec<_> = folder.unwrap().map(|entry| entry.unwrap().path()).collect();
    all.sort();
    all
}
