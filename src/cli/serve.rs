//! Running the server until it is told to stop.

use super::{Failure, output, told};
use crate::app::{Ground, Server};
use crate::clock::Clock;
use crate::config::{Config, Keys};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// Serves until SIGTERM or Ctrl-C, then stops gracefully.
///
/// # Errors
/// When the address cannot be bound or the database cannot be opened.
pub async fn run(config: &Config, keys: &Keys) -> Result<(), Failure> {
    let ground = Ground::open(config, keys, Clock::system())
        .await
        .map_err(told)?;
    let listener = bind(config).await?;
    let server = Server::start(config, ground, listener).map_err(told)?;
    output::say(&format!("Serving on http://{}/graphql", server.address));
    until_stopped().await;
    server.stop().await;
    Ok(())
}

/// Binds the configured address.
///
/// # Errors
/// When it is taken or not this machine's.
pub async fn bind(config: &Config) -> Result<TcpListener, Failure> {
    let address = config.http.listen;
    TcpListener::bind(address)
        .await
        .map_err(|error| format!("{address} cannot be listened on: {error}"))
}

/// Waits for SIGTERM or Ctrl-C.
pub async fn until_stopped() {
    let interrupted = tokio::signal::ctrl_c();
    match signal(SignalKind::terminate()) {
        Ok(mut terminated) => {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            }
        }
        Err(_) => drop(interrupted.await),
    }
}
