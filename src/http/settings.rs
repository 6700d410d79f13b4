//! What the operator decides about operations, whatever they come over.

use crate::gate::Limits;
use std::collections::HashSet;
use std::time::Duration;

/// What the operator decides about queries.
#[derive(Clone, Debug)]
pub struct EngineSettings {
    /// The gate's figures.
    pub limits: Limits,
    /// Who may read the schema through introspection.
    pub introspection: Introspection,
    /// Hashes of the only documents that run, if not all do.
    pub trusted: Option<HashSet<String>>,
    /// After how long an operation is given up.
    pub timeout: Duration,
    /// Whether viewers who are alike are sent one answer of an event.
    pub shares_answers: bool,
    /// Runs every operation with the table asked at every field, to prove that it answers the same.
    pub always_checked: bool,
}

/// Who may read the schema through introspection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Introspection {
    /// Everybody.
    On,
    /// Who is signed in.
    Token,
    /// Nobody.
    Off,
}
