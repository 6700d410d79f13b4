//! What is taken of an Immunization. Knows no other resource.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::clinical::{When, list_of_words, needed, needed_code, when, whole, words};
use super::observation::quantity_words;
use super::part::ImportedConcept;
use super::reference::WireReference;
use super::refusal::{Problem, Refusal};
use super::wire::{Text, read, read_list, read_text};

const STATUS: [&str; 3] = ["completed", "not-done", "entered-in-error"];

/// A vaccine that was given, or was not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImmunizationGiven {
    /// Which.
    pub vaccine: ImportedConcept,
    /// FHIR status.
    pub status: &'static str,
    /// When.
    pub occurred: When,
    /// The lot that it came from.
    pub lot_number: Option<String>,
    /// Which dose of its series.
    pub dose_number: Option<i32>,
    /// Where on the body, in words.
    pub site: Option<String>,
    /// Why it was not given, in words.
    pub status_reason: Option<String>,
    /// What else is told of it, a line for each.
    pub beside: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    #[serde(borrow)]
    vaccine_code: Option<&'a RawValue>,
    status: Option<&'a RawValue>,
    occurrence_date_time: Option<&'a RawValue>,
    lot_number: Option<&'a RawValue>,
    protocol_applied: Option<&'a RawValue>,
    site: Option<&'a RawValue>,
    status_reason: Option<&'a RawValue>,
    is_subpotent: Option<&'a RawValue>,
    manufacturer: Option<&'a RawValue>,
    expiration_date: Option<&'a RawValue>,
    route: Option<&'a RawValue>,
    dose_quantity: Option<&'a RawValue>,
    reason_code: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireProtocol {
    dose_number_positive_int: Option<i32>,
    dose_number_string: Option<Text>,
}

/// Reads the resource.
pub(super) fn immunization(resource: &RawValue) -> Result<ImmunizationGiven, Refusal> {
    let wire: Wire = whole(resource)?;
    // A dose that does not count is none.
    if read::<bool>(wire.is_subpotent, "isSubpotent")? == Some(true) {
        return Err(Refusal::new("isSubpotent", Problem::NotTaken));
    }
    let manufacturer = read::<WireReference>(wire.manufacturer, "manufacturer")?;
    let told = [
        (
            "Manufacturer",
            manufacturer.and_then(|one| one.mention("Organization").display),
        ),
        (
            "Expires",
            read_text(wire.expiration_date, "expirationDate")?,
        ),
        ("Route", words(wire.route, "route")?),
        ("Dose", quantity_words(wire.dose_quantity, "doseQuantity")?),
        ("Reason", list_of_words(wire.reason_code, "reasonCode")?),
    ];
    let told = told.into_iter();
    let beside = told.filter_map(|(what, said)| said.map(|said| format!("{what}: {said}")));
    let occurred = when(wire.occurrence_date_time, "occurrenceDateTime")?;
    let protocols = read_list::<WireProtocol>(wire.protocol_applied, "protocolApplied")?;
    let dose = protocols.into_iter().find_map(|protocol| {
        let text = protocol.dose_number_string.and_then(Text::said);
        let text = text.and_then(|text| text.parse().ok());
        protocol.dose_number_positive_int.or(text)
    });
    Ok(ImmunizationGiven {
        vaccine: needed(wire.vaccine_code, "vaccineCode")?,
        status: needed_code(wire.status, "status", &STATUS)?,
        occurred: match occurred {
            None => return Err(Refusal::new("occurrenceDateTime", Problem::Missing)),
            Some(When::Rough(_)) => {
                return Err(Refusal::new("occurrenceDateTime", Problem::Partial));
            }
            Some(occurred) => occurred,
        },
        lot_number: read_text(wire.lot_number, "lotNumber")?,
        dose_number: dose,
        site: words(wire.site, "site")?,
        status_reason: words(wire.status_reason, "statusReason")?,
        beside: beside.collect(),
    })
}
