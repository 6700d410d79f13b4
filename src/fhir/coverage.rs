//! What is taken of a Coverage. Knows no other resource.

use chrono::{Months, NaiveDate};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::clinical::{needed_code, understood, whole};
use super::encounter::subject;
use super::observation::mentions;
use super::part::{Identifier, WireConcept, identifiers};
use super::reference::{Mention, Reference};
use super::refusal::{Problem, Refusal};
use super::time::day_of;
use super::wire::{Text, read, read_list, read_text};

const STATUS: [&str; 4] = ["active", "cancelled", "draft", "entered-in-error"];

/// A patient's insurance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedCoverage {
    /// All identifiers.
    pub identifiers: Vec<Identifier>,
    /// Whose.
    pub beneficiary: Reference,
    /// Who pays.
    pub payors: Vec<Mention>,
    /// The patient's number with them.
    pub member_number: String,
    /// Which plan of theirs.
    pub plan: Option<String>,
    /// The first day.
    pub from: Option<NaiveDate>,
    /// The last day.
    pub until: Option<NaiveDate>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    #[serde(borrow)]
    identifier: Option<&'a RawValue>,
    status: Option<&'a RawValue>,
    subscriber_id: Option<&'a RawValue>,
    beneficiary: Option<&'a RawValue>,
    period: Option<&'a RawValue>,
    payor: Option<&'a RawValue>,
    class: Option<&'a RawValue>,
}

/// Reads the resource: one that holds, or held.
pub(super) fn coverage(resource: &RawValue) -> Result<ImportedCoverage, Refusal> {
    #[derive(Deserialize)]
    struct WireClass {
        #[serde(rename = "type")]
        kind: Option<WireConcept>,
        value: Option<Text>,
        name: Option<Text>,
    }
    understood(resource)?;
    let wire: Wire = whole(resource)?;
    match needed_code(wire.status, "status", &STATUS)? {
        "active" => {}
        _ => return Err(Refusal::new("status", Problem::NotTaken)),
    }
    let classes = read_list::<WireClass>(wire.class, "class")?.into_iter();
    let mut plans = classes.filter_map(|class| {
        let kind = class.kind.and_then(WireConcept::whole)?;
        let is_plan = kind.codings.iter().any(|coding| coding.code == "plan");
        let name = class.name.and_then(Text::said);
        let name = name.or_else(|| class.value.and_then(Text::said));
        name.filter(|_| is_plan)
    });
    let plan = plans.next();
    let identifiers = identifiers(read_list(wire.identifier, "identifier")?);
    let number = read_text(wire.subscriber_id, "subscriberId")?;
    let number = number.or_else(|| Some(identifiers.first()?.value.clone()));
    let period = read::<WirePeriod>(wire.period, "period")?.unwrap_or_default();
    let day = |text: Option<Text>, of: fn(&str) -> Option<NaiveDate>| {
        let text = text.and_then(Text::said);
        let day = text.map(|text| of(&text).ok_or(Refusal::new("period", Problem::Malformed)));
        day.transpose()
    };
    let (from, until) = (day(period.start, first_day)?, day(period.end, last_day)?);
    Ok(ImportedCoverage {
        beneficiary: subject(read(wire.beneficiary, "beneficiary")?, "beneficiary")?,
        payors: mentions(wire.payor, "payor", "Organization")?,
        member_number: number.ok_or(Refusal::new("subscriberId", Problem::Missing))?,
        plan,
        from,
        until,
        identifiers,
    })
}

#[derive(Default, Deserialize)]
struct WirePeriod {
    start: Option<Text>,
    end: Option<Text>,
}

/// The first day of what a FHIR `dateTime` names: of a year or a month, its first; as it is written, whatever its offset.
fn first_day(text: &str) -> Option<NaiveDate> {
    let whole = match text.len() {
        4 => format!("{text}-01-01"),
        7 => format!("{text}-01"),
        _ => text.to_owned(),
    };
    day_of(&whole)
}

/// The last day of it.
fn last_day(text: &str) -> Option<NaiveDate> {
    let months = match text.len() {
        4 => 12,
        7 => 1,
        _ => return first_day(text),
    };
    first_day(text)?
        .checked_add_months(Months::new(months))?
        .pred_opt()
}

#[cfg(test)]
mod tests {
    use super::{first_day, last_day};

    #[test]
    fn an_insurance_holds_to_the_last_day_that_is_told() {
        for (text, first, last) in [
            ("2019", "2019-01-01", "2019-12-31"),
            ("2020-02", "2020-02-01", "2020-02-29"),
            ("2030-01-01T00:00:00+01:00", "2030-01-01", "2030-01-01"),
            ("2030-05-06", "2030-05-06", "2030-05-06"),
        ] {
            assert_eq!(first_day(text).unwrap().to_string(), first);
            assert_eq!(last_day(text).unwrap().to_string(), last);
        }
        assert_eq!((first_day("soon"), last_day("2020-13")), (None, None));
    }
}
