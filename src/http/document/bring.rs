//! Taking the bytes of a file.

use super::{DRAINED, IDLE, may_come, refused, said};
use crate::access::Begun;
use crate::document::kind::Wrong;
use crate::document::service::{self, BringRefusal, Bringing, Brought};
use crate::error::Fault;
use crate::http::router::{Door, RequestId};
use axum::Extension;
use axum::body::{Body, HttpBody as _};
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use entity::code::ScanState;
use http_body_util::BodyExt as _;
use serde_json::json;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout, timeout_at};

/// What became of bytes on their way.
enum Ended {
    /// The domain's answer.
    Refused(BringRefusal),
    /// They came too slowly.
    Slow,
    /// They ended before they should.
    Cut,
    /// Something else.
    Fault(Fault),
}

impl From<Fault> for Ended {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Takes one file: its bytes are the body, the ticket stands in the header of authorization.
pub async fn put(
    State(door): State<Arc<Door>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(RequestId(id)): Extension<RequestId>,
    headers: HeaderMap,
    mut body: Body,
) -> Response {
    let address = door.address(peer, &headers);
    let state = door.engine.state();
    let ticket = bearer(&headers);
    let with = ticket.and_then(|ticket| service::bearer_of_ticket(state, ticket));
    if !may_come(&door, with, address) {
        return refused(429, "RATE_LIMITED", "Too many requests; try again later.");
    }
    let Some(ticket) = ticket else {
        return refusal(BringRefusal::TicketInvalid);
    };
    let mut encodings = headers.get_all(header::CONTENT_ENCODING).iter();
    if encodings.any(|encoding| encoding != "identity") {
        return refused(415, "WRONG_TYPE", "The bytes must come as they are.");
    }
    // None of a body that comes in pieces of which nobody says how many there are.
    let Some(length) = body.size_hint().exact() else {
        return refused(411, "LENGTH_REQUIRED", "The number of bytes must be said.");
    };
    let begun = Begun {
        operation: "document upload".into(),
        fields: "Document.fileName Document.sha256 Document.title".into(),
        request_id: id,
        address: Some(address),
    };
    let started = service::begin(state, ticket, length, begun).await;
    let taken = match started {
        Ok(Ok((bringing, within))) => {
            let within = within.to_std().unwrap_or_default();
            taken(bringing, &mut body, within).await
        }
        Ok(Err(refusal)) => Err(Ended::Refused(refusal)),
        Err(fault) => Err(Ended::Fault(fault)),
    };
    // Of those that came too slowly, or not at all, there is nothing to wait for.
    if matches!(taken, Err(Ended::Refused(_) | Ended::Fault(_))) {
        drain(body).await;
    }
    match taken {
        Ok(brought) => arrived(brought),
        Err(Ended::Refused(refused)) => refusal(refused),
        Err(Ended::Slow) => refused(408, "TOO_SLOW", "The bytes came too slowly."),
        Err(Ended::Cut) => refusal(BringRefusal::WrongLength),
        Err(Ended::Fault(fault @ Fault::Internal(_))) => {
            tracing::error!(?fault, "A file could not be taken");
            refused(500, "INTERNAL", "Something went wrong on our side.")
        }
        Err(Ended::Fault(fault)) => {
            tracing::warn!(?fault, "A file could not be taken");
            refused(503, "UNAVAILABLE", "Not available now; try again later.")
        }
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

async fn taken(
    mut bringing: Bringing,
    body: &mut Body,
    within: Duration,
) -> Result<Brought, Ended> {
    if let Err(ended) = all(&mut bringing, body, within).await {
        bringing.give_up().await?;
        return Err(ended);
    }
    // It comes to its end though the client should hang up now.
    let finished = tokio::spawn(bringing.finish()).await;
    finished.map_err(Fault::internal)??.map_err(Ended::Refused)
}

async fn all(bringing: &mut Bringing, body: &mut Body, within: Duration) -> Result<(), Ended> {
    let deadline = Instant::now() + within;
    loop {
        let frame = timeout_at(deadline.min(Instant::now() + IDLE), body.frame()).await;
        let frame = match frame {
            Err(_) => return Err(Ended::Slow),
            Ok(None) => return Ok(()),
            Ok(Some(Err(_))) => return Err(Ended::Cut),
            Ok(Some(Ok(frame))) => frame,
        };
        if let Some(bytes) = frame.data_ref() {
            bringing.take(bytes).await?.map_err(Ended::Refused)?;
        }
    }
}

/// Reads what is still coming of a file that is not taken, up to a bound.
async fn drain(mut body: Body) {
    let mut left = DRAINED;
    let drained = async {
        while let Some(Ok(frame)) = body.frame().await {
            let length = frame.data_ref().map_or(0, |bytes| bytes.len() as u64);
            left = left.saturating_sub(length);
            if left == 0 {
                break;
            }
        }
    };
    drop(timeout(IDLE, drained).await);
}

fn arrived(brought: Brought) -> Response {
    let scan = match brought.scan {
        ScanState::Quarantined => "QUARANTINED",
        ScanState::Clean => "CLEAN",
        ScanState::Refused => "REFUSED",
    };
    let id = crate::graphql::encode_id(brought.id).to_string();
    said(201, &json!({ "document": { "id": id, "scan": scan } }))
}

fn refusal(refusal: BringRefusal) -> Response {
    match refusal {
        BringRefusal::TicketInvalid => refused(
            401,
            "TICKET_INVALID",
            "There is no such leave to bring a file.",
        ),
        BringRefusal::TicketExpired => refused(
            401,
            "TICKET_EXPIRED",
            "The time to bring this file is over.",
        ),
        BringRefusal::TicketUsed => refused(409, "TICKET_USED", "This file was brought before."),
        BringRefusal::WrongLength => refused(
            400,
            "WRONG_LENGTH",
            "The file has another number of bytes than was said.",
        ),
        BringRefusal::Wrong(Wrong::OtherKind) => {
            refused(415, "WRONG_TYPE", "The file is not what its name says.")
        }
        BringRefusal::Wrong(Wrong::TooManyPixels) => refused(
            422,
            "TOO_MANY_PIXELS",
            "The image has more pixels than are taken.",
        ),
        BringRefusal::Wrong(Wrong::NotWhole) => {
            refused(422, "NOT_WHOLE", "The file is damaged, or not all there.")
        }
        BringRefusal::Conflict => refused(
            409,
            "CONFLICT",
            "What this file would replace has changed since.",
        ),
    }
}
