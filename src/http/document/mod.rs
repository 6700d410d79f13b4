//! The routes of files: bytes that are brought with a ticket, and given by a link. Neither is ever whole in memory, and nothing of
//! the name that a file has, or of the link, is logged.

mod bring;
mod give;
mod range;

pub use bring::put;
pub use give::get;

use super::router::Door;
use axum::response::Response;
use serde_json::json;
use std::net::IpAddr;
use std::time::Duration;
use uuid::Uuid;

/// The most that is read, and forgotten, of a file that is not taken: a client that is still sending when the connection closes does
/// not hear why.
const DRAINED: u64 = 1 << 20;
/// A file that stops arriving is given up after so long.
const IDLE: Duration = Duration::from_secs(10);

/// Whether whoever comes may come so often: by what they come with, if that is ours, and else by their address.
fn may_come(door: &Door, with: Option<Uuid>, address: IpAddr) -> bool {
    match with {
        Some(with) => door.rates.user(with).is_ok(),
        None => door.rates.address(address).is_ok(),
    }
}

/// Why a file is not taken, for programs and for people.
fn refused(status: u16, code: &'static str, message: &'static str) -> Response {
    said(
        status,
        &json!({ "error": { "code": code, "message": message } }),
    )
}

fn said(status: u16, body: &serde_json::Value) -> Response {
    let mut response = Response::new(body.to_string().into());
    // All of ours are statuses.
    *response.status_mut() = axum::http::StatusCode::from_u16(status).unwrap_or_default();
    let json = axum::http::HeaderValue::from_static("application/json");
    let headers = response.headers_mut();
    headers.insert(axum::http::header::CONTENT_TYPE, json);
    if status == 429 {
        let wait = axum::http::HeaderValue::from_static("1");
        headers.insert(axum::http::header::RETRY_AFTER, wait);
    }
    response
}
