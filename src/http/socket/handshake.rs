//! What is refused before the upgrade: foreign origins and other subprotocols.
//!
//! Refuses to know sessions: a socket is anonymous until its `connection_init`.

use axum::{
    extract::ws::WebSocketUpgrade,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::Settings;

/// The only subprotocol spoken here.
pub(super) const SUBPROTOCOL: &str = "graphql-transport-ws";

/// A refusal before the upgrade: status and plain text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refused(StatusCode, &'static str);

/// Full or going down; 503 and not a close code, since a socket that was never made costs nothing.
pub(super) const UNAVAILABLE: Refused = Refused(
    StatusCode::SERVICE_UNAVAILABLE,
    "no room for another socket",
);
const FOREIGN_ORIGIN: Refused = Refused(StatusCode::FORBIDDEN, "origin not allowed");
const WRONG_SUBPROTOCOL: Refused = Refused(
    StatusCode::BAD_REQUEST,
    "subprotocol must be graphql-transport-ws",
);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut response = (self.0, self.1).into_response();
        if self.0 == StatusCode::SERVICE_UNAVAILABLE {
            let seconds = HeaderValue::from_static("5");
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        response
    }
}

pub(super) fn check(
    settings: &Settings,
    headers: &HeaderMap,
    upgrade: &WebSocketUpgrade,
) -> Result<(), Refused> {
    if !origin_allowed(settings, headers) {
        return Err(FOREIGN_ORIGIN);
    }
    if !upgrade
        .requested_protocols()
        .any(|offered| offered == SUBPROTOCOL)
    {
        return Err(WRONG_SUBPROTOCOL);
    }
    Ok(())
}

/// Only browsers send an origin, and they cannot be made to lie about it; without one there is no
/// page that could ride on its reader's network position.
fn origin_allowed(settings: &Settings, headers: &HeaderMap) -> bool {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let Some(origin) = origins.next() else {
        return true;
    };
    let (Ok(origin), None) = (origin.to_str(), origins.next()) else {
        return false;
    };
    settings
        .allowed_origins
        .iter()
        .any(|allowed| allowed == origin)
        || (settings.allow_same_host && is_same_host(origin, headers))
}

/// Compares host and port only: behind a proxy that ends TLS the scheme seen here is not the browser's.
fn is_same_host(origin: &str, headers: &HeaderMap) -> bool {
    let authority = origin
        .strip_prefix("https://")
        .or_else(|| origin.strip_prefix("http://"));
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    match (authority, host) {
        (Some(authority), Some(host)) => {
            !authority.is_empty() && authority.eq_ignore_ascii_case(host)
        }
        _ => false,
    }
}
