//! What is taken of an Organization. Knows no other resource.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::part::{Identifier, identifiers};
use super::refusal::{Problem, Refusal};
use super::wire::{read, read_list, read_text};

/// Where people are treated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedOrganization {
    /// All identifiers.
    pub identifiers: Vec<Identifier>,
    /// What it is called, as written; never empty.
    pub name: String,
    /// Whether it exists still; yes when nothing is said.
    pub active: bool,
}

#[derive(Deserialize)]
struct Wire<'a> {
    #[serde(borrow)]
    identifier: Option<&'a RawValue>,
    name: Option<&'a RawValue>,
    active: Option<&'a RawValue>,
}

/// Reads the resource.
pub(super) fn organization(resource: &RawValue) -> Result<ImportedOrganization, Refusal> {
    let wire: Wire =
        read(Some(resource), "resource")?.ok_or(Refusal::new("resource", Problem::Missing))?;
    Ok(ImportedOrganization {
        identifiers: identifiers(read_list(wire.identifier, "identifier")?),
        name: read_text(wire.name, "name")?.ok_or(Refusal::new("name", Problem::Missing))?,
        active: read::<bool>(wire.active, "active")?.unwrap_or(true),
    })
}
