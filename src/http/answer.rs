//! Answers on their way out: every error gets a code of the closed list and the request's id, and nothing that a client
//! must not read.

use crate::error::Fault;
use crate::gate::Refused;
use crate::graphql::error::{Code, MOST_ERRORS, public};
use async_graphql::{ErrorExtensionValues, Pos, Response, ServerError};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How long a message is at most, in characters.
const LONGEST_MESSAGE: usize = 300;

/// What became of a request.
pub enum Answer {
    /// It was refused before anything ran: no data at all.
    Refused(Vec<ServerError>, Code),
    /// It ran; fields may have failed.
    Ran(Box<Response>, u64),
    /// It ran without a fault and is written already, without its cost: a delivery that may be many subscribers' own.
    Written(Arc<[u8]>),
}

impl Answer {
    /// What became of it, in one of the words that answers are counted by.
    pub fn outcome(&self) -> &'static str {
        match self {
            Self::Refused(_, code) => code.as_str(),
            Self::Ran(response, _) if response.errors.is_empty() => "OK",
            Self::Written(_) => "OK",
            Self::Ran(..) => "ERRORS",
        }
    }
}

/// What became of a live operation's start.
pub fn begun<T>(started: &Result<T, Answer>) -> &'static str {
    match started {
        Ok(_) => "OK",
        Err(refused) => refused.outcome(),
    }
}

/// The persisted document of this hash is not known: the one code outside the closed list, for Apollo's protocol names it.
pub fn unknown_hash() -> ServerError {
    error("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND", None)
}

/// An error of the request as a whole.
pub fn refused(code: Code, words: &str) -> Answer {
    Answer::Refused(vec![error(words, code.as_str(), None)], code)
}

/// The gate's "no".
pub fn turned_away(refused: &Refused) -> Answer {
    let error = error(&refused.message(), Code::BadRequest.as_str(), refused.at);
    Answer::Refused(vec![error], Code::BadRequest)
}

/// An error with a code.
pub fn error(words: &str, code: &str, at: Option<Pos>) -> ServerError {
    let mut error = ServerError::new(words, at);
    let mut extensions = ErrorExtensionValues::default();
    extensions.set("code", code);
    error.extensions = Some(extensions);
    error
}

/// What the library has answered, at this cost.
pub fn finished(response: Response, cost: u64) -> Answer {
    if is_request_error(&response) {
        Answer::Refused(response.errors, Code::BadRequest)
    } else {
        Answer::Ran(Box::new(response), cost)
    }
}

/// An operation was given up.
pub fn took_too_long() -> Answer {
    let (code, words) = public(&Fault::unavailable("an operation took too long"));
    refused(code, words)
}

#[derive(Serialize)]
struct Body<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a async_graphql::Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<ServerError>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extensions: Option<BTreeMap<&'static str, u64>>,
}

/// The answer's JSON. `data` is left out when the request was refused, as the specification wants it.
pub fn json(answer: Answer, request_id: &str) -> Vec<u8> {
    let text = match answer {
        Answer::Refused(errors, _) => serde_json::to_vec(&Body {
            data: None,
            errors: presentable(errors, request_id),
            extensions: None,
        }),
        Answer::Ran(response, cost) => serde_json::to_vec(&Body {
            data: Some(&response.data),
            errors: presentable(response.errors, request_id),
            extensions: Some(BTreeMap::from([("cost", cost)])),
        }),
        Answer::Written(text) => return text.to_vec(),
    };
    // A value that was made of JSON-like parts is writable as JSON.
    text.unwrap_or_default()
}

/// The answer's JSON without its cost: over a socket every byte is sent as often as there are subscribers.
pub fn bare_json(answer: Answer, request_id: &str) -> Vec<u8> {
    match answer {
        other @ (Answer::Refused(..) | Answer::Written(_)) => json(other, request_id),
        Answer::Ran(response, _) => serde_json::to_vec(&Body {
            data: Some(&response.data),
            errors: presentable(response.errors, request_id),
            extensions: None,
        })
        .unwrap_or_default(),
    }
}

/// The errors alone, as the socket protocol's `error` message carries them.
pub fn errors_json(errors: Vec<ServerError>, request_id: &str) -> String {
    serde_json::to_string(&presentable(errors, request_id)).unwrap_or_default()
}

/// Whether the library refused the request before anything ran: then no error has a path and there is no data.
pub fn is_request_error(response: &Response) -> bool {
    !response.errors.is_empty()
        && response.data == async_graphql::Value::Null
        && response.errors.iter().all(|error| error.path.is_empty())
}

fn presentable(errors: Vec<ServerError>, request_id: &str) -> Vec<ServerError> {
    let mut errors = errors;
    errors.truncate(MOST_ERRORS);
    for error in &mut errors {
        error.source = None;
        let coded = error
            .extensions
            .as_ref()
            .is_some_and(|extensions| extensions.get("code").is_some());
        let extensions = error.extensions.get_or_insert_with(Default::default);
        if !coded {
            // Without a path the library has refused the document; with one, an argument's value. Whatever else has no
            // code is a mistake of ours, and its words stay here.
            if error.path.is_empty() || is_about_a_value(&error.message) {
                extensions.set("code", Code::BadRequest.as_str());
            } else {
                tracing::error!(message = %error.message, "A resolver failed without a code");
                extensions.set("code", Code::Internal.as_str());
                "Something went wrong on our side.".clone_into(&mut error.message);
            }
        }
        extensions.set("requestId", request_id);
        if error.message.chars().count() > LONGEST_MESSAGE {
            error.message = error.message.chars().take(LONGEST_MESSAGE).collect();
        }
    }
    errors
}

fn is_about_a_value(message: &str) -> bool {
    [
        "Expected input type",
        "Failed to parse",
        "Invalid value for argument",
    ]
    .iter()
    .any(|beginning| message.starts_with(beginning))
}
