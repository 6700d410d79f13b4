//! The routes, and the gate before all of them: POST with JSON only, no foreign origins, no caching, one id a request.

use super::answer::{self, Answer};
use super::engine::Engine;
use super::listener::Received;
use super::live::Live;
use super::rates::Rates;
use super::socket::Sockets;
use super::{calendar, document, graphiql, graphql, health, record};
use crate::access::Viewer;
use crate::account::{self, Client};
use crate::error::Fault;
use crate::graphql::error::{Code, public};
use axum::Router;
use axum::body::Bytes;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{ConnectInfo, DefaultBodyLimit, FromRequest, Request, State as From};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use http_body_util::BodyExt as _;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tower::ServiceBuilder;
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};
use tower_http::timeout::RequestBodyTimeoutLayer;

/// What the routes share.
pub struct Door {
    /// Runs operations.
    pub engine: Arc<Engine>,
    /// Holds true once the server is about to stop.
    pub leaving: watch::Receiver<bool>,
    /// Counts and ends sockets.
    pub sockets: Sockets,
    /// How fast one may ask.
    pub rates: Arc<Rates>,
    /// Whether only subscriptions run over sockets.
    pub subscriptions_only: bool,
    /// Whether the development page is shown.
    pub graphiql: bool,
    /// Bytes that a body may have.
    pub body_limit: usize,
    /// Pages of these origins may call.
    pub origins: Vec<String>,
    /// Whether this address is a proxy whose word about the client's address counts.
    pub trusts: Arc<dyn Fn(IpAddr) -> bool + Send + Sync>,
}

/// A body that is too large is read to its end, and forgotten, if it is no longer than this; bytes.
const BODY_DRAINED: usize = 1 << 20;
/// A body that drips is given up after so long.
const BODY_WHOLE: Duration = Duration::from_secs(30);
/// A body that stops arriving is given up after so long.
const BODY_IDLE: Duration = Duration::from_secs(10);

/// The header that names a request.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// By which clients say what they are and which version, and how a request goes on from another.
const ALONG: [HeaderName; 3] = [
    HeaderName::from_static("apollographql-client-name"),
    HeaderName::from_static("apollographql-client-version"),
    HeaderName::from_static("traceparent"),
];

/// The cursor of the last message that a client of a stream has seen.
pub const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// All routes.
pub fn router(door: Arc<Door>) -> Router {
    let body_limit = door.body_limit;
    let allowed = door
        .origins
        .iter()
        .filter_map(|origin| HeaderValue::from_str(origin).ok());
    let cors = CorsLayer::new()
        .allow_origin(AllowOrigin::list(allowed))
        .allow_methods([axum::http::Method::POST])
        .allow_headers(AllowHeaders::list(
            [
                header::AUTHORIZATION,
                header::CONTENT_TYPE,
                header::ACCEPT,
                LAST_EVENT_ID,
            ]
            .into_iter()
            .chain(ALONG),
        ))
        .expose_headers([REQUEST_ID, header::RETRY_AFTER]);
    // A program in a browser may take a record away, too.
    let reading = cors
        .clone()
        .allow_methods([axum::http::Method::GET])
        .allow_headers([header::AUTHORIZATION, header::ACCEPT]);
    let everything = get(record::everything).layer::<_, Infallible>(reading);
    let graphql = post(graphql::post)
        .get(socket_or_not)
        .fallback(graphql::not_offered)
        .layer::<_, Infallible>(
            ServiceBuilder::new()
                .layer(cors)
                .layer(RequestBodyTimeoutLayer::new(BODY_IDLE))
                // Not tower-http's layer: that answers by itself, in plain text, before a handler can put it into words.
                .layer(DefaultBodyLimit::max(body_limit)),
        );
    let mut router = Router::new()
        .route("/documents", put(document::put).layer(files(&door.origins)))
        .route(
            "/documents/{link}",
            get(document::get).layer(files(&door.origins)),
        )
        .route("/graphql", graphql)
        .route("/graphql/ws", get(socket))
        .route("/calendar/{file}", get(calendar::get))
        .route("/fhir/Patient/{id}/$everything", everything.clone())
        .route("/fhir/Patient/{id}/%24everything", everything)
        .route("/livez", get(health::live))
        .route("/readyz", get(health::ready));
    if door.graphiql {
        router = router.route("/", get(graphiql::page));
    }
    router
        .layer(middleware::from_fn_with_state(
            Arc::clone(&door),
            every_request,
        ))
        .with_state(door)
}

/// Which pages may bring files and take them.
fn files(origins: &[String]) -> CorsLayer {
    let allowed = origins
        .iter()
        .filter_map(|origin| HeaderValue::from_str(origin).ok());
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(allowed))
        .allow_methods([axum::http::Method::PUT, axum::http::Method::GET])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE, header::RANGE])
        .expose_headers([
            REQUEST_ID,
            header::ACCEPT_RANGES,
            header::CONTENT_DISPOSITION,
            header::CONTENT_RANGE,
            header::RETRY_AFTER,
        ])
}

/// What every answer says, unless its handler has said otherwise.
const FIXED: [(HeaderName, HeaderValue); 4] = [
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
    (
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    ),
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
    ),
];

/// The id of the request under way.
#[derive(Clone)]
pub struct RequestId(pub Arc<str>);

/// Names the request, and says on every answer what all must say. One layer for both: each is a boxed service, cloned for
/// every request.
async fn every_request(From(door): From<Arc<Door>>, mut request: Request, next: Next) -> Response {
    let id: uuid::Uuid = door.engine.state().clock.new_id();
    let id: Arc<str> = id.simple().to_string().into();
    request.extensions_mut().insert(RequestId(Arc::clone(&id)));
    let span = tracing::info_span!("request", id = %id);
    let mut response = tracing::Instrument::instrument(next.run(request), span).await;
    let ends = *door.leaving.borrow() && response.status() != StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    for (name, value) in FIXED {
        headers.entry(name).or_insert(value);
    }
    if ends {
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, value);
    }
    response
}

impl Door {
    /// Where the client is: the peer, or what a trusted proxy says of it.
    #[must_use]
    pub fn address(&self, peer: SocketAddr, headers: &HeaderMap) -> IpAddr {
        let peer = peer.ip();
        if !(self.trusts)(peer) {
            return peer;
        }
        // Each proxy appends the address it was called from, in the same header or one more. What stands before the first
        // that is no proxy's, or that cannot be read, the client may have written itself.
        let lists: Vec<_> = headers.get_all("x-forwarded-for").iter().collect();
        let entries = lists.iter().rev().flat_map(|list| {
            let list = list.to_str().unwrap_or_default();
            list.rsplit(',').map(forwarded)
        });
        let mut furthest = peer;
        for entry in entries {
            match entry {
                Some(address) if (self.trusts)(address) => furthest = address,
                Some(address) => return address,
                None => break,
            }
        }
        furthest
    }

    /// Who asks, and from where.
    ///
    /// # Errors
    /// [`Fault::Unauthenticated`] when a token is given and is not good.
    pub async fn viewer(&self, headers: &HeaderMap) -> Result<Viewer, Fault> {
        let Some(value) = headers.get(header::AUTHORIZATION) else {
            return Ok(Viewer::anonymous());
        };
        let token = value
            .to_str()
            .ok()
            .and_then(|text| text.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim())
            .ok_or(Fault::Unauthenticated)?;
        account::authenticate(self.engine.state(), token).await
    }

    /// Takes the request out of its bucket.
    ///
    /// # Errors
    /// [`Fault::RateLimited`] when it is empty.
    pub fn admit(&self, viewer: &Viewer, address: IpAddr) -> Result<(), Fault> {
        match viewer.actor() {
            Some(actor) => self.rates.user(actor.user.0),
            None => self.rates.address(address),
        }
        .map_err(Fault::RateLimited)
    }
}

/// An entry of a forwarding header: an address, with a port or without.
fn forwarded(entry: &str) -> Option<IpAddr> {
    let entry = entry.trim();
    let bare = entry.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    let address = bare.unwrap_or(entry).parse::<IpAddr>();
    address
        .or_else(|_| entry.parse::<SocketAddr>().map(|it| it.ip()))
        .ok()
}

/// What the client is called in the list of sessions.
pub fn client(address: IpAddr, headers: &HeaderMap, request_id: Arc<str>) -> Client {
    let device = headers
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .chars()
        .filter(|c| !c.is_control())
        .take(120)
        .collect();
    Client {
        address: Some(address),
        device,
        request_id,
    }
}

/// A fault before anything ran, as an answer.
pub fn faulty(fault: &Fault) -> Answer {
    if matches!(fault, Fault::Internal(_) | Fault::Unavailable(_)) {
        tracing::error!(?fault, "A request failed before it ran");
    }
    let (code, words) = public(fault);
    answer::refused(code, words)
}

/// The status of a refused request, under the media type that carries one.
pub fn status(code: Code) -> StatusCode {
    match code {
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::Forbidden => StatusCode::FORBIDDEN,
        Code::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    }
}

/// GET on the endpoint: a socket if the client wants one, and nothing else.
async fn socket_or_not(
    door: From<Arc<Door>>,
    peer: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    id: axum::Extension<RequestId>,
    received: axum::Extension<Received>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    match upgrade {
        Ok(upgrade) => socket(door, peer, headers, id, received, upgrade).await,
        Err(_) => graphql::not_offered().await.into_response(),
    }
}

async fn socket(
    From(door): From<Arc<Door>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    axum::Extension(RequestId(id)): axum::Extension<RequestId>,
    axum::Extension(received): axum::Extension<Received>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let address = door.address(peer, &headers);
    let client = client(address, &headers, Arc::clone(&id));
    let sockets = door.sockets.clone();
    sockets.upgrade(Live::new(door, client, id), received, &headers, upgrade)
}

/// The body, if it came whole and in time, or the status that says why not.
pub struct Body(pub Result<Bytes, StatusCode>);

impl FromRequest<Arc<Door>> for Body {
    type Rejection = Infallible;

    async fn from_request(request: Request, door: &Arc<Door>) -> Result<Self, Infallible> {
        let length = request.headers().get(header::CONTENT_LENGTH);
        let length = length.and_then(|it| it.to_str().ok()?.parse::<usize>().ok());
        if let Some(length) = length.filter(|length| *length > door.body_limit) {
            if length <= BODY_DRAINED {
                // A client that is still sending when the connection closes does not hear the answer.
                let mut body = request.into_body();
                let drained = async { while let Some(Ok(_)) = body.frame().await {} };
                drop(tokio::time::timeout(BODY_IDLE, drained).await);
            }
            return Ok(Self(Err(StatusCode::PAYLOAD_TOO_LARGE)));
        }
        let body = tokio::time::timeout(BODY_WHOLE, Bytes::from_request(request, door)).await;
        Ok(Self(match body {
            Ok(body) => body.map_err(|rejection| rejection.status()),
            Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
        }))
    }
}
