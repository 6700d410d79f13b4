//! Small promises: what a page may read of an answer, how long a body may take, who shares whose seats, how soon a doctor's
//! change is seen.

use crate::support::{App, Backend, codes, user_errors};
use serde_json::json;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const JSON: (&str, &str) = ("content-type", "application/json");
const UPDATE: &str = "mutation($input: UpdateDoctorInput!) { updateDoctor(input: $input) {
    doctor { id version } userErrors { code } } }";
const READ: &str = "query($id: ID!) { doctor(id: $id) { name { family } version } }";

/// The head of a request that says it brings so many bytes.
fn head(copy: &crate::support::Copy, length: usize) -> String {
    format!(
        "POST /graphql HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n",
        copy.address
    )
}

/// Whether a connection is answered.
async fn is_answered(copy: &crate::support::Copy, stream: &mut TcpStream) -> bool {
    let body = "{\"query\":\"{ __typename }\"}";
    let text = head(copy, body.len()) + body;
    if stream.write_all(text.as_bytes()).await.is_err() {
        return false;
    }
    let mut answer = [0; 12];
    let read = tokio::time::timeout(Duration::from_secs(10), stream.read_exact(&mut answer)).await;
    matches!(read, Ok(Ok(_))) && answer.starts_with(b"HTTP/1.1 200")
}

on_both! {
    async fn a_page_of_another_origin_may_read_when_to_come_again(app: App) {
        let changed = [("http.allowed_origins", "https://app.clinic.test"), ("limits.anonymous_rate", "1"), ("limits.anonymous_burst", "1")];
        let copy = app.copy_with(&changed).await;
        let body = json!({ "query": "{ __typename }" }).to_string();
        let headers = [JSON, ("origin", "https://app.clinic.test")];
        let mut refused = None;
        for _ in 0..10 {
            let answer = copy.send("POST", "/graphql", &headers, body.clone()).await;
            refused = refused.or((answer.status == 429).then_some(answer));
        }
        let refused = refused.expect("somebody is told to come again");
        assert!(!refused.header("retry-after").is_empty());
        assert_eq!(refused.header("access-control-allow-origin"), "https://app.clinic.test");
        let exposed = refused.header("access-control-expose-headers").to_lowercase();
        assert!(exposed.contains("retry-after") && exposed.contains("x-request-id"), "{exposed}");
    }

    async fn a_page_of_another_origin_may_send_what_clients_send(app: App) {
        let copy = app.copy_with(&[("http.allowed_origins", "https://app.clinic.test")]).await;
        let sent = "authorization,content-type,accept,last-event-id,apollographql-client-name,apollographql-client-version,traceparent";
        let asked = [("origin", "https://app.clinic.test"), ("access-control-request-method", "POST"), ("access-control-request-headers", sent)];
        let answer = copy.send("OPTIONS", "/graphql", &asked, String::new()).await;
        let allowed = answer.header("access-control-allow-headers").to_lowercase();
        assert!(sent.split(',').all(|name| allowed.contains(name)), "{allowed}");
    }

    async fn who_comes_through_a_trusted_proxy_shares_no_seats_with_others(app: App) {
        let few = ("http.max_connections_per_address", "2");
        let (alone, crowd) = (
            app.copy_with(&[few]).await,
            app.copy_with(&[few, ("http.trusted_proxies", "127.0.0.1")]).await,
        );
        for (copy, expected) in [(&alone, 2), (&crowd, 6)] {
            let mut streams = Vec::new();
            let mut answered = 0;
            for _ in 0..6 {
                let mut stream = TcpStream::connect(&copy.address).await.unwrap();
                answered += usize::from(is_answered(copy, &mut stream).await);
                streams.push(stream);
            }
            assert_eq!(answered, expected);
        }
    }

    async fn a_doctors_change_is_seen_at_once_where_it_is_made_and_elsewhere_in_a_moment(app: App) {
        let (there, admin, bo) = (app.second_copy().await, app.admin().await, app.doctor("bo").await);
        let elsewhere = admin.at(&there);
        for (version, family) in [(1, "Lund"), (2, "Berg"), (3, "Strand")] {
            // Both copies have just looked, and believe what they saw.
            for who in [&*admin, &elsewhere] {
                assert_eq!(who.data(READ, json!({ "id": bo.id })).await["doctor"]["version"], version);
            }
            let input = json!({ "input": { "id": bo.id, "expectedVersion": version, "name": { "family": family } } });
            assert_eq!(user_errors(&admin.run(UPDATE, input).await), Vec::<String>::new());
            let seen = admin.data(READ, json!({ "id": bo.id })).await;
            assert_eq!(seen["doctor"]["name"]["family"], family, "at once");
            tokio::time::sleep(Duration::from_millis(450)).await;
            let seen = elsewhere.data(READ, json!({ "id": bo.id })).await;
            assert_eq!(seen["doctor"]["name"]["family"], family, "in a moment");
        }
        // What another copy has changed meanwhile is not changed from what is remembered here.
        let input = json!({ "input": { "id": bo.id, "expectedVersion": 4, "zone": "Europe/Tallinn" } });
        assert_eq!(user_errors(&elsewhere.run(UPDATE, input).await), Vec::<String>::new());
        let input = json!({ "input": { "id": bo.id, "expectedVersion": 5, "zone": "UTC" } });
        let answer = admin.run(UPDATE, input).await;
        assert_eq!((codes(&answer), user_errors(&answer)), (vec![], vec![]));
    }
}

#[test]
fn a_body_that_drips_is_given_up() {
    crate::support::run(Backend::Sqlite, |app| async move {
        let mut stream = TcpStream::connect(&app.copy.address).await.unwrap();
        stream
            .write_all(head(&app.copy, 1_000).as_bytes())
            .await
            .unwrap();
        let (mut reader, mut writer) = stream.split();
        let mut answer = Vec::new();
        let answered = async { reader.read_to_end(&mut answer).await };
        let drips = async {
            // Never silent for as long as a body may be, and never done.
            while writer.write_all(b" ").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
        };
        let over = async {
            tokio::select! {
                _ = answered => {}
                () = drips => {}
            }
        };
        // Half a minute, and something for a busy machine.
        let over = tokio::time::timeout(Duration::from_secs(50), over).await;
        assert!(over.is_ok(), "it drips for ever");
        let text = String::from_utf8_lossy(&answer);
        assert!(
            text.is_empty() || text.starts_with("HTTP/1.1 408"),
            "{text}"
        );
    });
}
