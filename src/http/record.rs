//! A patient's whole record as a FHIR R4 bundle: `GET /fhir/Patient/{id}/$everything`, with the access token in `Authorization`, as
//! FHIR's operation of that name has it. The only thing here that speaks FHIR: what is refused is told as an OperationOutcome.
//!
//! The bundle leaves as it is read. When that fails on the way the connection is cut, so that nobody takes a part for the whole.

use super::router::{Door, RequestId};
use crate::access::{Begun, Viewer};
use crate::account::StepUpRequired;
use crate::error::Fault;
use crate::export::service::{Export, begin};
use crate::graphql::decode_id;
use crate::graphql::error::public;
use async_graphql::ID;
use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::rejection::PathRejection;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use chrono::SecondsFormat;
use entity::id::PatientId;
use futures_util::stream;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

const FHIR: &str = "application/fhir+json; charset=utf-8";
/// How long the first page may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// A part of the bundle that is under way.
enum Part {
    /// What stands before the entries.
    Head(Box<Export>, Bytes),
    /// Entries, and whether some have been written.
    Entries(Box<Export>, bool),
}

/// All of one patient's record.
pub async fn everything(
    State(door): State<Arc<Door>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(RequestId(id)): Extension<RequestId>,
    patient: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Response {
    let address = door.address(peer, &headers);
    let viewer = match door.viewer(&headers).await {
        Ok(viewer) => viewer,
        Err(fault) => return refused(&fault),
    };
    if let Err(fault) = door.admit(&viewer, address) {
        return refused(&fault);
    }
    let begun = Begun {
        operation: "Patient/$everything".into(),
        fields: "Patient".into(),
        request_id: id,
        address: Some(address),
    };
    let viewer = viewer.begun(begun);
    let patient = patient.map(|Path(text)| text).unwrap_or_default();
    let begun = open(&door, &viewer, &patient);
    let export = match tokio::time::timeout(PATIENCE, begun).await {
        Ok(Ok(Ok(export))) => export,
        Ok(Ok(Err(StepUpRequired))) => {
            let words = "Prove who you are again (proveIdentity), then repeat this.";
            return outcome(StatusCode::FORBIDDEN, "forbidden", words);
        }
        Ok(Err(fault)) => return refused(&fault),
        Err(_) => return refused(&Fault::unavailable("a record could not be read in time")),
    };
    let mut response = Body::from_stream(written(&door, export)).into_response();
    let answer = response.headers_mut();
    answer.insert(header::CONTENT_TYPE, HeaderValue::from_static(FHIR));
    let name = HeaderValue::from_static("attachment; filename=\"record.json\"");
    answer.insert(header::CONTENT_DISPOSITION, name);
    response
}

/// The patient by their id in the graph, or by the id of the resource.
async fn open(
    door: &Door,
    viewer: &Viewer,
    patient: &str,
) -> Result<Result<Export, StepUpRequired>, Fault> {
    viewer.signed_in()?;
    let named: Option<PatientId> = decode_id(&ID(patient.to_owned())).ok();
    let uuid = || Uuid::try_parse(patient).ok().map(PatientId);
    let patient = named.or_else(uuid).ok_or(Fault::NotFound)?;
    begin(door.engine.state(), viewer, patient).await
}

/// The bundle, piece by piece.
fn written(
    door: &Door,
    export: Export,
) -> impl futures_util::Stream<Item = Result<Bytes, std::io::Error>> + use<> {
    let clock = &door.engine.state().clock;
    let (id, now): (Uuid, _) = (clock.new_id(), clock.now());
    let head = format!(
        "{{\"resourceType\":\"Bundle\",\"id\":\"{id}\",\"type\":\"searchset\",\"timestamp\":\"{}\",\"entry\":[",
        now.to_rfc3339_opts(SecondsFormat::Millis, true),
    );
    let first = Part::Head(Box::new(export), head.into());
    stream::try_unfold(Some(first), |part| async move {
        let (mut export, mut any) = match part {
            None => return Ok(None),
            Some(Part::Head(export, head)) => {
                return Ok(Some((head, Some(Part::Entries(export, false)))));
            }
            Some(Part::Entries(export, any)) => (export, any),
        };
        let entries = export.next().await.map_err(|fault| {
            tracing::warn!(?fault, "A record could not be read to its end");
            std::io::Error::other("the record could not be read to its end")
        })?;
        let Some(entries) = entries else {
            return Ok(Some((Bytes::from_static(b"]}"), None)));
        };
        let mut piece = Vec::new();
        for entry in &entries {
            if any {
                piece.push(b',');
            }
            any = true;
            serde_json::to_writer(&mut piece, entry)?;
        }
        Ok(Some((piece.into(), Some(Part::Entries(export, any)))))
    })
}

fn refused(fault: &Fault) -> Response {
    if matches!(fault, Fault::Internal(_) | Fault::Unavailable(_)) {
        tracing::error!(?fault, "A record could not be read");
    }
    let (_, words) = public(fault);
    let (status, code) = match fault {
        Fault::Unauthenticated => (StatusCode::UNAUTHORIZED, "login"),
        Fault::Forbidden => (StatusCode::FORBIDDEN, "forbidden"),
        Fault::NotFound => (StatusCode::NOT_FOUND, "not-found"),
        Fault::RateLimited(_) => (StatusCode::TOO_MANY_REQUESTS, "throttled"),
        Fault::Unavailable(_) => (StatusCode::SERVICE_UNAVAILABLE, "transient"),
        Fault::BadRequest(_) => (StatusCode::BAD_REQUEST, "invalid"),
        _ => (StatusCode::INTERNAL_SERVER_ERROR, "exception"),
    };
    let mut response = outcome(status, code, words);
    let headers = response.headers_mut();
    match fault {
        Fault::Unauthenticated => {
            let scheme = HeaderValue::from_static("Bearer");
            headers.insert(header::WWW_AUTHENTICATE, scheme);
        }
        Fault::RateLimited(_) => {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        _ => {}
    }
    response
}

fn outcome(status: StatusCode, code: &str, words: &str) -> Response {
    let body: Value = json!({
        "resourceType": "OperationOutcome",
        "issue": [{ "severity": "error", "code": code, "diagnostics": words }],
    });
    (status, [(header::CONTENT_TYPE, FHIR)], body.to_string()).into_response()
}
