//! What charts keep and FHIR R4 has no element for: extensions and a tag of our own, written by an export and read by an import;
//! and plain text as the XHTML that narratives want.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::refusal::Refusal;
use super::wire::{Prose, Text, read, read_list};

/// The day on which the patient is to come again; of an Encounter. A `valueDate`.
pub const FOLLOW_UP: &str = "urn:patient-tracker:follow-up-on";
/// What else there is to say; of what has no note in R4. A `valueString`.
pub const NOTE: &str = "urn:patient-tracker:note";
/// When a condition was over whose clinical status FHIR takes no abatement beside. A `valueDateTime`.
pub const ABATED: &str = "urn:patient-tracker:abated-at";
/// How bad a reaction was, in words that are no code of FHIR. A `valueString`.
pub const SEVERITY: &str = "urn:patient-tracker:severity";
/// What was found in words, beside a number. A `valueString`.
pub const WORDS: &str = "urn:patient-tracker:words";
/// A patient's blood group, as `A+`. A `valueCode`.
pub const BLOOD_GROUP: &str = "urn:patient-tracker:blood-group";
/// How patient and doctor meet; of an Appointment. A `valueCode`: `IN_PERSON`, `VIDEO` or `PHONE`.
pub const MODALITY: &str = "urn:patient-tracker:modality";
/// Why an appointment was called off that was moved to another time, for which FHIR has no code.
pub const RESCHEDULED: &str = "Moved to another time";
/// The system of our tags.
pub const TAGS: &str = "urn:patient-tracker:tag";
/// The tag of what the patient is shown.
pub const SHARED: &str = "shared-with-patient";
/// The tag of a visit that was not agreed before: none of the appointments is of it.
pub const WITHOUT_APPOINTMENT: &str = "without-appointment";
/// The title of a note that has none, which a Composition must have.
pub const UNTITLED: &str = "Visit note";
/// The title of the one section of a note that has no parts.
pub const SECTION: &str = "Note";
/// Who is named as the author of a note of whom nobody knows, which a Composition must have.
pub const NOBODY: &str = "Not known";

/// The parts of a note, as LOINC names them as sections.
pub const SECTIONS: [(&str, &str); 4] = [
    ("61150-9", "Subjective"),
    ("61149-7", "Objective"),
    ("51848-0", "Assessment"),
    ("18776-5", "Plan of care"),
];

/// An extension, as far as ours go.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireExtension {
    url: Text,
    value_string: Option<Prose>,
    value_date: Option<Text>,
    value_date_time: Option<Text>,
    value_code: Option<Text>,
}

/// What the extension of this address says.
pub(super) fn extension(raw: Option<&RawValue>, url: &str) -> Result<Option<String>, Refusal> {
    #[derive(Deserialize)]
    struct Address {
        url: Text,
    }
    // What others put there may be of any form.
    let is_ours = |one: &&RawValue| {
        let address = serde_json::from_str::<Address>(one.get());
        address.is_ok_and(|address| address.url.text() == url)
    };
    let all = read_list::<&RawValue>(raw, "extension")?;
    let ours = all.into_iter().find(is_ours);
    let ours = read::<WireExtension>(ours, "extension")?;
    Ok(said(ours.into_iter().collect(), url))
}

/// The same of extensions that are read already.
pub(super) fn said(all: Vec<WireExtension>, url: &str) -> Option<String> {
    let own = all.into_iter().find(|one| one.url.text() == url)?;
    let texts = [own.value_date, own.value_date_time, own.value_code];
    let text = texts.into_iter().flatten().find_map(Text::said);
    text.or(own.value_string.and_then(Prose::said))
}

/// Plain text as a narrative's `div`: what is in it stays as it is, lines and blanks too.
#[must_use]
pub fn narrative(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 70);
    escaped.push_str("<div xmlns=\"http://www.w3.org/1999/xhtml\"><pre>");
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            other => escaped.push(other),
        }
    }
    escaped.push_str("</pre></div>");
    escaped
}

/// What a narrative's `div` says: without its marks, a line for each thing that begins one.
#[must_use]
pub fn plain(div: &str) -> String {
    const LINES: [&str; 22] = [
        "br",
        "p",
        "div",
        "li",
        "tr",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "dt",
        "dd",
        "hr",
        "ol",
        "ul",
        "dl",
        "table",
        "caption",
        "blockquote",
        "section",
        "article",
    ];
    let mut text = String::with_capacity(div.len());
    let mut rest = div;
    let mut kept = false;
    while let Some(at) = rest.find(['<', '&']) {
        let (before, marked) = rest.split_at(at);
        push(&mut text, before, kept);
        let end = match marked.starts_with('<') {
            true => marked.find('>'),
            // An entity is short; what is longer is an ampersand that nobody escaped.
            false => marked.find(';').filter(|end| *end <= 10),
        };
        let Some(end) = end else {
            push(&mut text, &marked[..1], kept);
            rest = &marked[1..];
            continue;
        };
        let mark = &marked[1..end];
        if marked.starts_with('<') {
            let name = mark.trim_start_matches('/');
            let name = name.split(|letter: char| !letter.is_ascii_alphanumeric());
            let name = name.into_iter().next().unwrap_or_default();
            if name.eq_ignore_ascii_case("pre") {
                kept = !mark.starts_with('/');
            }
            let begins = LINES.iter().any(|line| name.eq_ignore_ascii_case(line));
            if begins && !text.is_empty() && !text.ends_with('\n') {
                text.push('\n');
            }
            text.push_str(meaning(name, mark, &text));
        } else {
            text.push_str(&entity(mark).unwrap_or_else(|| format!("&{mark};")));
        }
        rest = &marked[end + 1..];
    }
    push(&mut text, rest, kept);
    text.trim().to_owned()
}

/// What stands for a mark without which numbers run together, or what was struck out would be said.
fn meaning(name: &str, mark: &str, before: &str) -> &'static str {
    let ends = mark.starts_with('/');
    match name.to_ascii_lowercase().as_str() {
        "td" | "th" if !ends && !before.is_empty() && !before.ends_with('\n') => " | ",
        "sup" if !ends => "^",
        "sub" if !ends => "_",
        "del" | "s" | "strike" if !ends => "[struck out: ",
        "del" | "s" | "strike" => "]",
        _ => "",
    }
}

/// Blanks are one outside of what is preformatted.
fn push(text: &mut String, more: &str, kept: bool) {
    if kept {
        text.push_str(more);
        return;
    }
    for letter in more.chars() {
        match letter.is_whitespace() {
            true if text.is_empty() || text.ends_with(char::is_whitespace) => {}
            true => text.push(' '),
            false => text.push(letter),
        }
    }
}

fn entity(name: &str) -> Option<String> {
    let number = |digits: &str, radix| {
        let code = u32::from_str_radix(digits, radix).ok()?;
        char::from_u32(code)
    };
    let letter = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        name => match name.strip_prefix('#')? {
            code if code.starts_with(['x', 'X']) => number(&code[1..], 16)?,
            code => number(code, 10)?,
        },
    };
    Some(letter.to_string())
}

#[cfg(test)]
mod tests {
    use super::{narrative, plain};
    use proptest::prelude::*;

    #[test]
    fn what_others_wrote_is_read_without_its_marks() {
        let div = "<div xmlns=\"http://www.w3.org/1999/xhtml\">\n  <h2>Plan</h2><p>Rest &amp; water,\n  &lt; 2 l<br/>Again &#8211; soon</p><ul><li>one</li><li>two</li></ul></div>";
        assert_eq!(
            plain(div),
            "Plan\nRest & water, < 2 l\nAgain – soon\none\ntwo"
        );
    }

    #[test]
    fn cells_powers_and_what_was_struck_out_do_not_run_together() {
        for (div, text) in [
            (
                "<table><tr><td>Potassium</td><td>4</td><td>5</td></tr><tr><th>Sodium</th><td>140</td></tr></table>",
                "Potassium | 4 | 5\nSodium | 140",
            ),
            ("<p>10<sup>9</sup>/L, H<sub>2</sub>O</p>", "10^9/L, H_2O"),
            (
                "<dl><dt>Na</dt><dd>140</dd><dt>K</dt><dd>4</dd></dl>",
                "Na\n140\nK\n4",
            ),
            (
                "<p>Allergic to <del>penicillin</del> latex</p>",
                "Allergic to [struck out: penicillin] latex",
            ),
        ] {
            assert_eq!(plain(div), text, "{div}");
        }
    }

    proptest! {
        #[test]
        fn a_text_comes_back_as_it_was(text in "[^\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f]{0,200}") {
            prop_assert_eq!(plain(&narrative(text.trim())), text.trim());
        }

        #[test]
        fn any_narrative_has_an_answer(div in ".{0,200}") {
            let _ = plain(&div);
        }
    }
}
