//! Whoever takes a file slowly has it only as long as they may.

use crate::support::files::{brought, link, pdf};
use crate::support::{App, user_errors};
use serde_json::json;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

/// More than lies between two programs, whatever the system does.
const SIZE: usize = 15 << 20;

const SHARE: &str = "mutation($id: ID!, $version: Int!, $shared: Boolean!) { shareDocument(input: {
    id: $id, expectedVersion: $version, shared: $shared }) { document { version } userErrors { code } } }";

/// Asks for a file, and takes its first bytes.
async fn begun(address: &str, path: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(8 * 1024).unwrap();
    let mut stream = socket.connect(address.parse().unwrap()).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut first = [0; 1024];
    let got = stream.read(&mut first).await.unwrap();
    assert!(first[..got].starts_with(b"HTTP/1.1 200"));
    stream
}

/// How many bytes there are still to come.
async fn rest(mut stream: TcpStream) -> usize {
    let (mut all, mut some) = (0, vec![0; 64 * 1024]);
    loop {
        match tokio::time::timeout(Duration::from_secs(20), stream.read(&mut some)).await {
            Ok(Ok(0) | Err(_)) => return all,
            Ok(Ok(got)) => all += got,
            Err(_) => panic!("it neither comes nor ends"),
        }
    }
}

on_both! {
    async fn a_file_that_is_taken_slowly_ends_with_the_right_to_it(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        app.care(bo.row, ana.row, None).await;
        let letter = brought(&bo, &ana.id, ("letter.pdf", &pdf("x", SIZE))).await;
        let share = async |version: i32, shared: bool| {
            let answer = bo.run(SHARE, json!({ "id": letter, "version": version, "shared": shared })).await;
            assert_eq!(user_errors(&answer), Vec::<String>::new(), "{answer}");
        };
        share(1, true).await;
        let whole = begun(&ana.copy.address, &link(&ana, &letter).await).await;
        assert!(rest(whole).await > SIZE - 2048);
        let shown = begun(&ana.copy.address, &link(&ana, &letter).await).await;
        let of_the_team = begun(&bo.copy.address, &link(&bo, &letter).await).await;
        share(2, false).await;
        app.execute("DELETE FROM care_team_member").await;
        // What is known of a session may be half a second old.
        tokio::time::sleep(Duration::from_millis(600)).await;
        for stream in [shown, of_the_team] {
            let came = rest(stream).await;
            assert!(came < SIZE / 2, "{came}");
        }
    }
}
