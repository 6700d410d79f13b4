//! Binding an idempotency key to what it was used for: the whole command, in words that only the command decides. The
//! doctor's and the care room bind theirs here too.

use super::cells::Edit;
use crate::error::Fault;
use crate::idempotency;
use crate::state::State;
use entity::id::UserId;
use serde::{Serialize, Serializer};
use std::fmt::Display;

/// The caller's idempotency key, if one was given, bound to the whole command.
///
/// # Errors
/// When the command cannot be written as JSON, which each can.
pub fn claim_of<C: Serialize>(
    state: &State,
    user: UserId,
    mutation: &'static str,
    key: Option<&str>,
    command: &C,
) -> Result<Option<idempotency::Key>, Fault> {
    key.map(|key| {
        let input = serde_json::to_vec(command).map_err(Fault::internal)?;
        Ok(idempotency::Key::new(
            &state.vault,
            user,
            mutation,
            key,
            &input,
        ))
    })
    .transpose()
}

/// Writes an id as text, for the digest of a command.
///
/// # Errors
/// Those of the serializer.
pub fn id_text<T: Display, S: Serializer>(id: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(id)
}

/// Writes an id that may be absent.
///
/// # Errors
/// Those of the serializer.
pub fn id_option_text<T: Display, S: Serializer>(
    id: &Option<T>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    id.as_ref().map(ToString::to_string).serialize(serializer)
}

/// Writes an edit of an id.
///
/// # Errors
/// Those of the serializer.
pub fn id_edit_text<T: Display, S: Serializer>(
    id: &Edit<T>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let text = match id {
        Edit::Keep => Edit::Keep,
        Edit::Clear => Edit::Clear,
        Edit::Set(id) => Edit::Set(id.to_string()),
    };
    text.serialize(serializer)
}
