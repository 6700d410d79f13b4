//! The messages of `graphql-transport-ws`: reads a client's, writes the server's.
//!
//! Refuses to know sockets and sessions. No reason given here repeats what the client sent.

use axum::extract::ws::Utf8Bytes;
use serde_json::Value;

use super::Close;

/// A JSON object.
pub type Object = serde_json::Map<String, Value>;

/// Each message of an operation repeats its id, so a long one would multiply what a client sends.
const MAX_ID_BYTES: usize = 128;

pub(super) const ACK: &str = r#"{"type":"connection_ack"}"#;
/// The payload of the ping is not sent back: it may hold a token.
pub(super) const PONG: &str = r#"{"type":"pong"}"#;

/// What a `subscribe` message asks for; only its shape has been checked.
#[derive(Debug, Clone, PartialEq)]
pub struct OperationRequest {
    /// The GraphQL document.
    pub query: String,
    /// Which operation of the document, if it has several.
    pub operation_name: Option<String>,
    /// Values for the operation's variables.
    pub variables: Option<Object>,
    /// Protocol extensions.
    pub extensions: Option<Object>,
}

#[derive(Debug, PartialEq)]
pub(super) enum ClientMessage {
    Init(Option<Object>),
    Ping(Option<Object>),
    Pong,
    Subscribe {
        id: String,
        request: OperationRequest,
    },
    Complete {
        id: String,
    },
}

/// Reads one message of a client.
///
/// Goes through a JSON object and not a derived struct, which would take an array for one as well.
pub(super) fn read(text: &str) -> Result<ClientMessage, Close> {
    let mut message: Object = serde_json::from_str(text)
        .map_err(|_| Close::bad_message("message is not a JSON object"))?;
    let kind = match message.remove("type") {
        Some(Value::String(kind)) => kind,
        _ => return Err(Close::bad_message("message has no type")),
    };
    match kind.as_str() {
        "connection_init" => Ok(ClientMessage::Init(payload(&mut message)?)),
        "ping" => Ok(ClientMessage::Ping(payload(&mut message)?)),
        "pong" => payload(&mut message).map(|_| ClientMessage::Pong),
        "subscribe" => Ok(ClientMessage::Subscribe {
            id: id(&mut message)?,
            request: request(payload(&mut message)?)?,
        }),
        "complete" => Ok(ClientMessage::Complete {
            id: id(&mut message)?,
        }),
        _ => Err(Close::bad_message("message type is not for clients")),
    }
}

fn id(message: &mut Object) -> Result<String, Close> {
    match message.remove("id") {
        Some(Value::String(id)) if !id.is_empty() && id.len() <= MAX_ID_BYTES => Ok(id),
        _ => Err(Close::bad_message("id must be text of 1 to 128 bytes")),
    }
}

fn payload(message: &mut Object) -> Result<Option<Object>, Close> {
    object(message.remove("payload"), "payload must be an object")
}

fn request(payload: Option<Object>) -> Result<OperationRequest, Close> {
    let mut payload = payload.ok_or(Close::bad_message("subscribe needs a payload"))?;
    let query = match payload.remove("query") {
        Some(Value::String(query)) => query,
        _ => return Err(Close::bad_message("query must be text")),
    };
    let operation_name = match payload.remove("operationName") {
        None | Some(Value::Null) => None,
        Some(Value::String(name)) => Some(name),
        Some(_) => return Err(Close::bad_message("operationName must be text")),
    };
    Ok(OperationRequest {
        query,
        operation_name,
        variables: object(payload.remove("variables"), "variables must be an object")?,
        extensions: object(payload.remove("extensions"), "extensions must be an object")?,
    })
}

fn object(value: Option<Value>, otherwise: &'static str) -> Result<Option<Object>, Close> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(object)) => Ok(Some(object)),
        Some(_) => Err(Close::bad_message(otherwise)),
    }
}

/// An operation's id, kept with its JSON text so that it is escaped once and not per message.
#[derive(Debug)]
pub(super) struct Label {
    pub(super) id: String,
    json: String,
}

impl Label {
    pub(super) fn new(id: String) -> Self {
        let json = Value::from(id.as_str()).to_string();
        Self { id, json }
    }

    pub(super) fn next(&self, payload: &str) -> Utf8Bytes {
        self.carry("next", payload)
    }

    pub(super) fn error(&self, errors: &str) -> Utf8Bytes {
        self.carry("error", errors)
    }

    pub(super) fn complete(&self) -> Utf8Bytes {
        format!(r#"{{"id":{},"type":"complete"}}"#, self.json).into()
    }

    /// Splices the ready payload in; parsing it again would double the cost of a delivery.
    fn carry(&self, kind: &str, payload: &str) -> Utf8Bytes {
        let parts = [
            r#"{"id":"#,
            &self.json,
            r#","type":""#,
            kind,
            r#"","payload":"#,
            payload,
            "}",
        ];
        parts.concat().into()
    }
}
