//! What is taken of a Composition: what somebody wrote. Knows no other resource.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::clinical::{needed_code, whole};
use super::own;
use super::part::WireConcept;
use super::reference::{Reference, WireReference};
use super::refusal::{Problem, Refusal};
use super::wire::{Few, MAX_PROSE, Text, read, read_list, read_text};

const STATUS: [&str; 4] = ["preliminary", "final", "amended", "entered-in-error"];
/// Sections within sections are read so deep.
const DEEPEST: usize = 4;
/// The longest narrative that is read, in bytes: its marks and escapes are more than what it says.
const LONGEST: usize = 8 * MAX_PROSE;

/// What somebody wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedNote {
    /// FHIR status.
    pub status: &'static str,
    /// What it is called.
    pub title: Option<String>,
    /// Its sections, each with what it is by its code, what it is called, and what it says.
    pub sections: Vec<ImportedSection>,
    /// What it is added to.
    pub appends: Option<Reference>,
}

/// A section of what somebody wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedSection {
    /// What it is, by its LOINC code.
    pub code: Option<String>,
    /// What it is called.
    pub title: Option<String>,
    /// What it says; never empty.
    pub text: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    #[serde(borrow)]
    status: Option<&'a RawValue>,
    title: Option<&'a RawValue>,
    confidentiality: Option<&'a RawValue>,
    relates_to: Option<&'a RawValue>,
    section: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct WireSection<'a> {
    title: Option<Text>,
    code: Option<WireConcept>,
    #[serde(borrow)]
    text: Option<&'a RawValue>,
    #[serde(borrow)]
    section: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireRelation {
    code: Option<Text>,
    target_reference: Option<WireReference>,
}

#[derive(Deserialize)]
struct WireNarrative {
    div: Option<String>,
}

/// Reads the resource.
pub(super) fn note(resource: &RawValue) -> Result<ImportedNote, Refusal> {
    let wire: Wire = whole(resource)?;
    let label = read_text(wire.confidentiality, "confidentiality")?;
    if matches!(label.as_deref(), Some("R" | "V")) {
        return Err(Refusal::new("confidentiality", Problem::NotTaken));
    }
    let mut sections = Vec::new();
    gather(wire.section, &mut sections, 0)?;
    let related = read_list::<WireRelation>(wire.relates_to, "relatesTo")?.into_iter();
    let appends = |one: &WireRelation| one.code.as_ref().is_some_and(|it| it.text() == "appends");
    let appends = related.filter(appends).find_map(|one| one.target_reference);
    Ok(ImportedNote {
        status: needed_code(wire.status, "status", &STATUS)?,
        title: read_text(wire.title, "title")?.filter(|title| title != own::UNTITLED),
        sections,
        appends: appends.and_then(|target| target.read("Composition")),
    })
}

fn gather(
    raw: Option<&RawValue>,
    into: &mut Vec<ImportedSection>,
    depth: usize,
) -> Result<(), Refusal> {
    const SECTION: &str = "section";
    if depth == DEEPEST {
        return match raw {
            None => Ok(()),
            Some(_) => Err(Refusal::new(SECTION, Problem::NotTaken)),
        };
    }
    let Few(sections) = read::<Few<WireSection>>(raw, SECTION)?.unwrap_or_default();
    for one in sections {
        let narrative = read::<WireNarrative>(one.text, "section.text")?;
        let div = narrative
            .and_then(|narrative| narrative.div)
            .unwrap_or_default();
        let too_long = Refusal::new("section.text", Problem::Malformed);
        if div.len() > LONGEST {
            return Err(too_long);
        }
        let text = own::plain(&div);
        if text.chars().nth(MAX_PROSE).is_some() {
            return Err(too_long);
        }
        if !text.is_empty() {
            let code = one.code.and_then(|code| code.read().coding);
            into.push(ImportedSection {
                code: code.map(|coding| coding.code),
                title: one.title.and_then(Text::said),
                text,
            });
        }
        gather(one.section, into, depth + 1)?;
    }
    Ok(())
}
