//! Calendars for calendar programs: by a private link, without a session. What there is not, what was taken back and what is
//! not open to its owner now answer alike.

use super::router::{Door, RequestId};
use crate::access::Begun;
use crate::error::Fault;
use crate::feed::service;
use axum::Extension;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// How long it may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// One calendar.
pub async fn get(
    State(door): State<Arc<Door>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(RequestId(id)): Extension<RequestId>,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Response {
    let address = door.address(peer, &headers);
    // Whoever has a link is nobody in particular: guessing is as slow as asking without a token.
    if door.rates.address(address).is_err() {
        let mut response = plain(
            StatusCode::TOO_MANY_REQUESTS,
            "Too many requests; try again later.",
        );
        let wait = HeaderValue::from_static("60");
        response.headers_mut().insert(header::RETRY_AFTER, wait);
        return response;
    }
    let begun = Begun {
        operation: "calendar".into(),
        fields: "Appointment.startsAt Appointment.endsAt Appointment.status".into(),
        request_id: id,
        address: Some(address),
    };
    let secret = file.strip_suffix(".ics").unwrap_or_default();
    let read = service::read(door.engine.state(), secret, begun);
    match tokio::time::timeout(PATIENCE, read).await {
        Ok(Ok(text)) => {
            let headers = [
                (header::CONTENT_TYPE, "text/calendar; charset=utf-8"),
                (header::CACHE_CONTROL, "private, no-store"),
                (
                    header::CONTENT_DISPOSITION,
                    "attachment; filename=\"appointments.ics\"",
                ),
            ];
            (headers, text).into_response()
        }
        Ok(Err(Fault::NotFound | Fault::Unauthenticated | Fault::Forbidden)) => {
            plain(StatusCode::NOT_FOUND, "There is no such calendar.")
        }
        Ok(Err(fault @ Fault::Internal(_))) => {
            tracing::error!(?fault, "A calendar could not be read");
            plain(
                StatusCode::INTERNAL_SERVER_ERROR,
                "Something went wrong on our side.",
            )
        }
        Ok(Err(fault)) => {
            tracing::warn!(?fault, "A calendar could not be read");
            plain(
                StatusCode::SERVICE_UNAVAILABLE,
                "Not available now; try again later.",
            )
        }
        Err(_) => plain(
            StatusCode::SERVICE_UNAVAILABLE,
            "Not available now; try again later.",
        ),
    }
}

fn plain(status: StatusCode, words: &'static str) -> Response {
    (status, words).into_response()
}
