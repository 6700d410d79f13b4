//! GraphQL over HTTP: POST with `application/json` and nothing else. That is the gate against forged requests too: a
//! foreign page can send neither that content type nor our bearer header without asking first.

use super::answer::{self, Answer};
use super::engine::Bearer;
use super::request::Asked;
use super::router::{Body, Door, RequestId, client, faulty, status};
use super::sse;
use crate::access::Viewer;
use crate::error::Fault;
use crate::graphql::error::{Code, public};
use axum::Extension;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::net::SocketAddr;
use std::sync::Arc;

const NEW: &str = "application/graphql-response+json";
const OLD: &str = "application/json";
const EVENTS: &str = "text/event-stream";

/// How the answer is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Media {
    /// Statuses mean what they say.
    New,
    /// Whatever GraphQL has to say is a 200.
    Old,
    /// A stream of events; what is refused before it begins is told as under the old one.
    Events,
}

/// Any other method.
pub async fn not_offered() -> impl IntoResponse {
    (
        StatusCode::METHOD_NOT_ALLOWED,
        [(header::ALLOW, "POST")],
        "GraphQL is offered by POST with application/json.",
    )
}

/// One operation.
pub async fn post(
    State(door): State<Arc<Door>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(RequestId(id)): Extension<RequestId>,
    headers: HeaderMap,
    Body(body): Body,
) -> Response {
    let Some(media) = accepted(&headers) else {
        let words = "The answer is application/graphql-response+json, application/json or text/event-stream.";
        return malformed(StatusCode::NOT_ACCEPTABLE, words, &id);
    };
    if headers
        .get("sec-fetch-site")
        .is_some_and(|site| site == "cross-site")
        && !origin_allowed(&door, &headers)
    {
        return malformed(
            StatusCode::FORBIDDEN,
            "Pages of this origin may not call.",
            &id,
        );
    }
    if !is_json(&headers) {
        let words = "The content type must be application/json, in UTF-8.";
        return malformed(StatusCode::UNSUPPORTED_MEDIA_TYPE, words, &id);
    }
    let body = match body {
        Ok(body) => body,
        Err(status) => {
            return malformed(status, "The body is too large or did not arrive.", &id);
        }
    };
    let mut asked = match Asked::of_body(&body) {
        Ok(asked) => asked,
        Err(words) => return malformed(StatusCode::BAD_REQUEST, words, &id),
    };
    let address = door.address(peer, &headers);
    let (viewer, is_good) = match door.viewer(&headers).await {
        Ok(viewer) => (viewer, true),
        Err(Fault::Unauthenticated) => (Viewer::anonymous(), false),
        Err(fault) => {
            let answer = answer::json(faulty(&fault), &id);
            return written(StatusCode::SERVICE_UNAVAILABLE, media, answer);
        }
    };
    let bearer = if is_good {
        Bearer::Good(&viewer)
    } else {
        Bearer::Bad
    };
    if let Err(fault) = door.admit(&viewer, address) {
        let mut response = written(
            StatusCode::TOO_MANY_REQUESTS,
            media,
            answer::json(faulty(&fault), &id),
        );
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        return response;
    }
    let client = client(address, &headers, Arc::clone(&id));
    if media == Media::Events {
        asked.last_seen = sse::last_seen(&headers);
        let begun = match is_good {
            true => sse::begin(door, viewer, client, asked, Arc::clone(&id)).await,
            false => Err(Fault::Unauthenticated),
        };
        return begun.unwrap_or_else(|fault| {
            let (code, _) = public(&fault);
            written(status(code), media, answer::json(faulty(&fault), &id))
        });
    }
    let answer = door.engine.run(bearer, client, asked).await;
    let status = match (&answer, media) {
        (Answer::Refused(_, code), Media::New) => status(*code),
        (Answer::Refused(_, Code::RateLimited), Media::Old) => StatusCode::TOO_MANY_REQUESTS,
        (Answer::Refused(_, Code::Unauthenticated), Media::Old) if !is_good => {
            StatusCode::UNAUTHORIZED
        }
        _ => StatusCode::OK,
    };
    written(status, media, answer::json(answer, &id))
}

fn origin_allowed(door: &Door, headers: &HeaderMap) -> bool {
    headers
        .get(header::ORIGIN)
        .and_then(|origin| origin.to_str().ok())
        .is_some_and(|origin| door.origins.iter().any(|allowed| allowed == origin))
}

fn written(status: StatusCode, media: Media, body: Vec<u8>) -> Response {
    let media = match media {
        Media::New => "application/graphql-response+json; charset=utf-8",
        Media::Old | Media::Events => "application/json; charset=utf-8",
    };
    (status, [(header::CONTENT_TYPE, media)], body).into_response()
}

/// An answer to what is not even a GraphQL request; its status says so under either media type.
fn malformed(status: StatusCode, words: &str, id: &str) -> Response {
    let body = answer::json(answer::refused(Code::BadRequest, words), id);
    written(status, Media::Old, body)
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
    else {
        return false;
    };
    let mut parts = value.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default();
    let utf8 = parts.all(|part| {
        let lower = part.to_ascii_lowercase();
        !lower.starts_with("charset=")
            || matches!(
                lower.trim_start_matches("charset=").trim_matches('"'),
                "utf-8" | "utf8"
            )
    });
    essence.eq_ignore_ascii_case(OLD) && utf8
}

/// The media type that the client takes best; the old one when it does not care. None when it takes neither.
fn accepted(headers: &HeaderMap) -> Option<Media> {
    let mut best: Option<(f32, Media)> = None;
    let mut said = false;
    for value in headers.get_all(header::ACCEPT) {
        for range in value.to_str().ok()?.split(',') {
            said = true;
            let mut parts = range.split(';').map(str::trim);
            let media = match parts
                .next()
                .unwrap_or_default()
                .to_ascii_lowercase()
                .as_str()
            {
                NEW => Media::New,
                EVENTS => Media::Events,
                // Whoever takes anything does not know of the new type.
                OLD | "application/*" | "*/*" => Media::Old,
                _ => continue,
            };
            let weight = parts
                .find_map(|part| part.strip_prefix("q="))
                .map_or(1.0, |weight| weight.parse().unwrap_or(0.0));
            if weight > 0.0 && best.is_none_or(|(heaviest, _)| weight > heaviest) {
                best = Some((weight, media));
            }
        }
    }
    match (best, said) {
        (Some((_, media)), _) => Some(media),
        // A client that says nothing is an old one.
        (None, false) => Some(Media::Old),
        (None, true) => None,
    }
}
