//! The text of a document: as it is given, or as it was persisted under its hash; where only trusted ones run, one of those.

use super::answer::{self, Answer};
use super::request::Asked;
use crate::gate::{Limits, Persisted};
use crate::graphql::error::Code;
use std::borrow::Cow;
use std::collections::HashSet;

/// The document: as given, or as persisted under its hash.
pub fn text_of<'a>(
    asked: &'a Asked,
    trusted: Option<&HashSet<String>>,
    persisted: &Persisted,
    limits: &Limits,
) -> Result<Cow<'a, str>, Answer> {
    let not_trusted = || {
        answer::refused(
            Code::BadRequest,
            "This document is not among the trusted ones.",
        )
    };
    if let Some(trusted) = trusted {
        let known = match (&asked.hash, &asked.query) {
            (Some(hash), None) => trusted.contains(hash),
            (_, Some(query)) => trusted.contains(&sha256_hex(query)),
            (None, None) => false,
        };
        if !known {
            return Err(not_trusted());
        }
    }
    match (&asked.query, &asked.hash) {
        (Some(query), None) => Ok(Cow::Borrowed(query)),
        (Some(query), Some(hash)) => {
            if query.len() > limits.bytes {
                return Ok(Cow::Borrowed(query));
            }
            persisted
                .put(hash, query)
                .map_err(|refused| answer::turned_away(&refused))?;
            Ok(Cow::Borrowed(query))
        }
        (None, Some(hash)) => persisted
            .get(hash)
            .map(|text| Cow::Owned(text.as_ref().to_owned()))
            .ok_or_else(|| Answer::Refused(vec![answer::unknown_hash()], Code::BadRequest)),
        (None, None) => Err(answer::refused(Code::BadRequest, "There is no `query`.")),
    }
}

fn sha256_hex(text: &str) -> String {
    use sha2::{Digest as _, Sha256};
    let hash = Sha256::digest(text.as_bytes());
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
