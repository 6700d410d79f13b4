//! Giving the bytes of a file. What there is not, what is over and what one may not see any more answer alike.

use super::may_come;
use super::range::{Wanted, wanted};
use crate::access::Begun;
use crate::document::name::disposition;
use crate::document::service::{self, Given};
use crate::error::Fault;
use crate::http::router::{Door, RequestId};
use crate::state::State as Floor;
use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::StreamExt as _;
use std::net::SocketAddr;
use std::ops::Range;
use std::sync::Arc;

/// What every file goes out with: it is to be kept, and nothing in it is to run or to be shown within anything.
const FIXED: [(HeaderName, &str); 3] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "sandbox; default-src 'none'; frame-ancestors 'none'",
    ),
    (header::ACCEPT_RANGES, "bytes"),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

/// One file, or a stretch of it.
pub async fn get(
    State(door): State<Arc<Door>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(RequestId(id)): Extension<RequestId>,
    Path(link): Path<String>,
    method: Method,
    headers: HeaderMap,
) -> Response {
    let address = door.address(peer, &headers);
    let state = door.engine.state();
    if !may_come(&door, service::bearer_of_link(state, &link), address) {
        let words = "Too many requests; try again later.";
        let mut response = (StatusCode::TOO_MANY_REQUESTS, words).into_response();
        let wait = HeaderValue::from_static("1");
        response.headers_mut().insert(header::RETRY_AFTER, wait);
        return response;
    }
    let begun = Begun {
        operation: "document".into(),
        fields: "Document.fileName Document.mediaType Document.size".into(),
        request_id: id,
        address: Some(address),
    };
    let answered = async {
        let given = service::give(state, &link, begun).await?;
        response(state, given, (&method, &headers)).await
    };
    match answered.await {
        Ok(response) => response,
        Err(Fault::NotFound | Fault::Unauthenticated | Fault::Forbidden) => {
            (StatusCode::NOT_FOUND, "There is no such document.").into_response()
        }
        Err(fault @ Fault::Internal(_)) => {
            tracing::error!(?fault, "A file could not be given");
            let words = "Something went wrong on our side.";
            (StatusCode::INTERNAL_SERVER_ERROR, words).into_response()
        }
        Err(fault) => {
            tracing::warn!(?fault, "A file could not be given");
            let words = "Not available now; try again later.";
            (StatusCode::SERVICE_UNAVAILABLE, words).into_response()
        }
    }
}

async fn response(
    state: &Arc<Floor>,
    given: Given,
    (method, headers): (&Method, &HeaderMap),
) -> Result<Response, Fault> {
    let size = given.size();
    let tag = format!("\"{}\"", crate::graphql::encode_id(given.row.id).as_str());
    let (status, range) = match wanted(headers, size, &tag) {
        Wanted::All => (StatusCode::OK, 0..size),
        Wanted::Some(range) => (StatusCode::PARTIAL_CONTENT, range),
        Wanted::Beyond => {
            let mut response = StatusCode::RANGE_NOT_SATISFIABLE.into_response();
            let said = text(&format!("bytes */{size}"))?;
            response.headers_mut().insert(header::CONTENT_RANGE, said);
            return Ok(response);
        }
    };
    let kind = given.media_type();
    let name = disposition(&given.detail.file_name);
    let length = range.end - range.start;
    let body = match *method == Method::HEAD {
        true => Body::empty(),
        false => body(state, given, range.clone()).await?,
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CONTENT_DISPOSITION, text(&name)?);
    headers.insert(header::CONTENT_LENGTH, length.into());
    headers.insert(header::ETAG, text(&tag)?);
    if status == StatusCode::PARTIAL_CONTENT {
        let said = format!("bytes {}-{}/{size}", range.start, range.end - 1);
        headers.insert(header::CONTENT_RANGE, text(&said)?);
    }
    Ok(response)
}

fn text(value: &str) -> Result<HeaderValue, Fault> {
    HeaderValue::from_str(value).map_err(Fault::internal)
}

async fn body(state: &Arc<Floor>, given: Given, range: Range<u64>) -> Result<Body, Fault> {
    let id = given.row.id;
    let bytes = given.bytes(Arc::clone(state), range).await?;
    // What cannot be read or opened further on ends the answer before its length is reached.
    Ok(Body::from_stream(bytes.map(move |some| {
        some.map(Bytes::from).map_err(|fault| {
            tracing::error!(?fault, document.id = %id, "A file ended before it should");
            std::io::Error::other("the file ended before it should")
        })
    })))
}
