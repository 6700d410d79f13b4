//! The accept loop: silent and dripping connections, caps, the end.

use std::{net::SocketAddr, time::Duration};

use axum::extract::{ConnectInfo, Request};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{Server, calm, listener::Settings, patient, soon, until};

/// Answers with the peer's address; `/?wait` first takes its time, `/?big` takes no body.
pub(super) async fn answer(
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Result<String, axum::http::StatusCode> {
    match request.uri().query() {
        Some("wait") => {
            tokio::time::sleep(Duration::from_millis(300)).await;
            Ok("waited".to_owned())
        }
        Some("never") => std::future::pending().await,
        Some("flood") => Ok("x".repeat(16 * 1024 * 1024)),
        Some("big") => Err(axum::http::StatusCode::PAYLOAD_TOO_LARGE),
        _ => Ok(peer.to_string()),
    }
}

async fn dial(server: &Server) -> TcpStream {
    TcpStream::connect(server.address).await.expect("connects")
}

async fn ask(stream: &mut TcpStream, target: &str) {
    let request = format!("GET {target} HTTP/1.1\r\nhost: test\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("is sent");
}

/// Reads to the end of the connection.
async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A reset ends it as well.
    let _ = soon(stream.read_to_end(&mut bytes)).await;
    String::from_utf8(bytes).expect("is text")
}

/// Reads one answer of a connection that stays open.
async fn reply(stream: &mut TcpStream) -> String {
    let mut bytes = vec![0; 4096];
    let length = soon(stream.read(&mut bytes)).await.expect("is open");
    String::from_utf8_lossy(&bytes[..length]).into_owned()
}

#[tokio::test]
async fn a_silent_connection_is_closed() {
    let server = Server::with_both(
        calm(),
        Settings {
            first_byte_timeout: Duration::from_millis(100),
            ..patient()
        },
    )
    .await;
    let mut silent = dial(&server).await;
    assert_eq!(rest(&mut silent).await, "");
}

#[tokio::test]
async fn dripping_headers_are_cut_off() {
    let server = Server::with_both(
        calm(),
        Settings {
            header_timeout: Duration::from_millis(200),
            ..patient()
        },
    )
    .await;
    let mut dripping = dial(&server).await;
    let drip = async {
        loop {
            if dripping.write_all(b"G").await.is_err() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    soon(drip).await;
}

#[tokio::test]
async fn an_idle_connection_is_closed_after_its_last_answer() {
    let server = Server::with_both(
        calm(),
        Settings {
            header_timeout: Duration::from_millis(200),
            ..patient()
        },
    )
    .await;
    let mut idle = dial(&server).await;
    ask(&mut idle, "/").await;
    let answer = rest(&mut idle).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert_eq!(answer.matches("HTTP/1.1").count(), 1, "{answer}");
}

#[tokio::test]
async fn handlers_see_the_peer_and_answers_name_no_server() {
    let server = Server::start().await;
    let mut stream = dial(&server).await;
    for _ in 0..2 {
        ask(&mut stream, "/").await;
        let answer = reply(&mut stream).await.to_lowercase();
        let own = stream.local_addr().expect("is connected").to_string();
        assert!(answer.ends_with(&own), "{answer}");
        assert!(!answer.contains("server:"), "{answer}");
    }
}

#[tokio::test]
async fn an_answer_that_leaves_the_body_unread_arrives() {
    let server = Server::start().await;
    for _ in 0..20 {
        let mut stream = dial(&server).await;
        let head = "POST /?big HTTP/1.1\r\nhost: test\r\ncontent-length: 4000000\r\n\r\n";
        stream.write_all(head.as_bytes()).await.expect("is sent");
        let (mut reader, mut writer) = stream.split();
        let body = vec![b'x'; 4_000_000];
        let mut answer = Vec::new();
        let (_, read) =
            soon(async { tokio::join!(writer.write_all(&body), reader.read_to_end(&mut answer)) })
                .await;
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.starts_with("HTTP/1.1 413"), "{read:?} {answer}");
    }
}

#[tokio::test]
async fn one_connection_too_many_of_an_address_is_closed() {
    let server = Server::with_both(
        calm(),
        Settings {
            connections_per_address: 2,
            ..patient()
        },
    )
    .await;
    // An upgraded connection keeps its seat.
    let mut socket = server.ready().await;
    let mut second = dial(&server).await;
    ask(&mut second, "/").await;
    reply(&mut second).await;
    assert_eq!(rest(&mut dial(&server).await).await, "");
    drop(second);
    soon(async {
        loop {
            let mut again = dial(&server).await;
            ask(&mut again, "/").await;
            if rest_or_answer(&mut again).await {
                break;
            }
        }
    })
    .await;
    socket.is_alive().await;
}

async fn rest_or_answer(stream: &mut TcpStream) -> bool {
    let mut bytes = [0; 64];
    matches!(soon(stream.read(&mut bytes)).await, Ok(length) if length > 0)
}

#[tokio::test]
async fn one_connection_too_many_in_all_is_closed() {
    let server = Server::with_both(
        calm(),
        Settings {
            connections_total: 1,
            ..patient()
        },
    )
    .await;
    let mut first = dial(&server).await;
    ask(&mut first, "/").await;
    reply(&mut first).await;
    assert_eq!(rest(&mut dial(&server).await).await, "");
}

#[tokio::test]
async fn a_stopping_server_finishes_what_it_has_begun() {
    let server = Server::start().await;
    let mut idle = dial(&server).await;
    ask(&mut idle, "/").await;
    reply(&mut idle).await;
    let mut silent = dial(&server).await;
    let mut busy = dial(&server).await;
    ask(&mut busy, "/?wait").await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    server.stop.send_replace(true);
    assert_eq!(rest(&mut idle).await, "");
    assert_eq!(rest(&mut silent).await, "");
    assert!(rest(&mut busy).await.ends_with("waited"));
    soon(server.task).await.expect("ends in order");
    assert!(TcpStream::connect(server.address).await.is_err());
}

#[tokio::test]
async fn a_stopping_server_serves_whoever_had_connected() {
    let server = Server::start().await;
    let mut waiting = Vec::new();
    for _ in 0..10 {
        waiting.push(dial(&server).await);
    }
    server.stop.send_replace(true);
    for stream in &mut waiting {
        ask(stream, "/").await;
    }
    for stream in &mut waiting {
        let answer = rest(stream).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    }
    soon(server.task).await.expect("ends in order");
}

#[tokio::test]
async fn a_stopping_server_drops_what_does_not_finish() {
    let server = Server::with_both(
        calm(),
        Settings {
            grace: Duration::from_millis(200),
            ..patient()
        },
    )
    .await;
    let mut stuck = dial(&server).await;
    ask(&mut stuck, "/?never").await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    server.stop.send_replace(true);
    soon(server.task).await.expect("ends in order");
    assert_eq!(rest(&mut stuck).await, "");
}

#[tokio::test]
async fn a_peer_that_takes_nothing_of_an_answer_is_cut_off_and_counted() {
    let settings = Settings {
        write_timeout: Duration::from_millis(200),
        ..patient()
    };
    let meter = settings.meter.clone();
    let server = Server::with_both(calm(), settings).await;
    let mut stream = dial(&server).await;
    ask(&mut stream, "/?flood").await;
    until(|| meter.stalled.get() == 1).await;
    // What the kernel had taken by then is a small part of it.
    let mut taken = Vec::new();
    let ended = soon(stream.read_to_end(&mut taken)).await;
    assert!(
        ended.is_err() && taken.len() < 8 * 1024 * 1024,
        "{}",
        taken.len()
    );
}
