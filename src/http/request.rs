//! What a client asks, over HTTP or over a socket.

use async_graphql::Variables;
use serde::Deserialize;
use serde_json::{Map, Value};

/// A GraphQL request as GraphQL over HTTP defines it.
#[derive(Debug, Default)]
pub struct Asked {
    /// The document; absent when it is asked for by its hash.
    pub query: Option<String>,
    /// Which operation of the document.
    pub operation_name: Option<String>,
    /// The values of its variables.
    pub variables: Variables,
    /// The SHA-256 of the document, in hex, when it is persisted.
    pub hash: Option<String>,
    /// The cursor that came with the last message of a stream which is asked for again.
    pub last_seen: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    query: Option<String>,
    operation_name: Option<String>,
    variables: Option<Map<String, Value>>,
    extensions: Option<Map<String, Value>>,
}

impl Asked {
    /// Reads the JSON body of a request.
    ///
    /// # Errors
    /// What is wrong with it, in fixed words.
    pub fn of_body(body: &[u8]) -> Result<Self, &'static str> {
        let body: Body = serde_json::from_slice(body).map_err(|_| {
            "The body must be a JSON object with `query`, and optionally `operationName`, `variables` and `extensions`."
        })?;
        Self::of_parts(
            body.query,
            body.operation_name,
            body.variables,
            body.extensions.as_ref(),
        )
    }

    /// Puts a request together from its parts.
    ///
    /// # Errors
    /// What is wrong with them, in fixed words.
    pub fn of_parts(
        query: Option<String>,
        operation_name: Option<String>,
        variables: Option<Map<String, Value>>,
        extensions: Option<&Map<String, Value>>,
    ) -> Result<Self, &'static str> {
        let hash = extensions
            .and_then(|extensions| extensions.get("persistedQuery"))
            .and_then(|persisted| persisted.get("sha256Hash"))
            .and_then(Value::as_str)
            .map(str::to_ascii_lowercase);
        if query.is_none() && hash.is_none() {
            return Err("There is no `query`.");
        }
        Ok(Self {
            query,
            operation_name: operation_name.filter(|name| !name.is_empty()),
            variables: variables
                .map(|variables| Variables::from_json(Value::Object(variables)))
                .unwrap_or_default(),
            hash,
            last_seen: None,
        })
    }
}
