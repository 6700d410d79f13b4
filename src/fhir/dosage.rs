//! How a medication is taken, in words: as somebody wrote them, else made of FHIR's Dosage, no part of which is left out.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::clinical::{list_of_words, paragraphs, words};
use super::medication::ImportedDosage;
use super::part::WireConcept;
use super::refusal::Refusal;
use super::wire::{Few, Prose, Text, read_list};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireDosage<'a> {
    sequence: Option<i32>,
    text: Option<Prose>,
    patient_instruction: Option<Prose>,
    timing: Option<WireTiming>,
    as_needed_boolean: Option<bool>,
    as_needed_codeable_concept: Option<WireConcept>,
    #[serde(borrow)]
    site: Option<&'a RawValue>,
    #[serde(borrow)]
    route: Option<&'a RawValue>,
    #[serde(borrow)]
    method: Option<&'a RawValue>,
    dose_and_rate: Option<Few<WireDose>>,
    max_dose_per_period: Option<WireRatio>,
    max_dose_per_administration: Option<WireAmount>,
    max_dose_per_lifetime: Option<WireAmount>,
    #[serde(borrow)]
    additional_instruction: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct WireTiming {
    event: Option<Few<Text>>,
    repeat: Option<WireRepeat>,
    code: Option<WireConcept>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireRepeat {
    bounds_duration: Option<WireAmount>,
    bounds_range: Option<WireRange>,
    bounds_period: Option<WirePeriod>,
    count: Option<u32>,
    count_max: Option<u32>,
    duration: Option<f64>,
    duration_max: Option<f64>,
    duration_unit: Option<Text>,
    frequency: Option<u32>,
    frequency_max: Option<u32>,
    period: Option<f64>,
    period_max: Option<f64>,
    period_unit: Option<Text>,
    day_of_week: Option<Few<Text>>,
    time_of_day: Option<Few<Text>>,
    when: Option<Few<Text>>,
    offset: Option<u32>,
}

#[derive(Deserialize)]
struct WirePeriod {
    start: Option<Text>,
    end: Option<Text>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireDose {
    dose_quantity: Option<WireAmount>,
    dose_range: Option<WireRange>,
    rate_quantity: Option<WireAmount>,
    rate_range: Option<WireRange>,
    rate_ratio: Option<WireRatio>,
}

#[derive(Deserialize)]
struct WireAmount {
    value: Option<f64>,
    comparator: Option<Text>,
    unit: Option<Text>,
    code: Option<Text>,
}

#[derive(Deserialize)]
struct WireRange {
    low: Option<WireAmount>,
    high: Option<WireAmount>,
}

#[derive(Deserialize)]
struct WireRatio {
    numerator: Option<WireAmount>,
    denominator: Option<WireAmount>,
}

impl WireAmount {
    fn words(self) -> Option<String> {
        let said = |text: Option<Text>| text.and_then(Text::said);
        let value = self.value?.to_string();
        let parts = [
            said(self.comparator),
            Some(value),
            said(self.unit).or(said(self.code)),
        ];
        Some(parts.into_iter().flatten().collect::<Vec<_>>().join(" "))
    }
}

impl WireRange {
    fn words(self) -> Option<String> {
        let end = |end: Option<WireAmount>| end.and_then(WireAmount::words);
        match (end(self.low), end(self.high)) {
            (Some(low), Some(high)) => Some(format!("{low} – {high}")),
            (Some(low), None) => Some(format!("at least {low}")),
            (None, Some(high)) => Some(format!("at most {high}")),
            (None, None) => None,
        }
    }
}

impl WireRatio {
    fn words(self) -> Option<String> {
        let end = |end: Option<WireAmount>| end.and_then(WireAmount::words);
        match (end(self.numerator), end(self.denominator)) {
            (Some(over), Some(under)) => Some(format!("{over} in {under}")),
            (one, other) => one.or(other),
        }
    }
}

impl WireDose {
    fn words(self) -> Vec<String> {
        let dose = self.dose_quantity.and_then(WireAmount::words);
        let dose = dose.or(self.dose_range.and_then(WireRange::words));
        let rate = self.rate_quantity.and_then(WireAmount::words);
        let rate = rate.or(self.rate_range.and_then(WireRange::words));
        let rate = rate.or(self.rate_ratio.and_then(WireRatio::words));
        let rate = rate.map(|rate| format!("at a rate of {rate}"));
        dose.into_iter().chain(rate).collect()
    }
}

/// One number, or from one to the other.
fn span<T: ToString>(least: T, most: Option<T>) -> String {
    match most {
        Some(most) => format!("{}–{}", least.to_string(), most.to_string()),
        None => least.to_string(),
    }
}

fn listed(all: Option<Few<Text>>) -> Option<String> {
    let all = all.unwrap_or_default().0.into_iter();
    let all: Vec<String> = all.filter_map(Text::said).collect();
    (!all.is_empty()).then(|| all.join(", "))
}

impl WireRepeat {
    /// The units of time by their UCUM codes, and times of day by FHIR's (`HS`: at bedtime).
    fn words(self) -> Vec<String> {
        let mut all = Vec::new();
        let unit = self.period_unit.and_then(Text::said).unwrap_or_default();
        match (self.frequency, self.period) {
            (Some(times), Some(period)) => {
                let times = span(times, self.frequency_max);
                all.push(format!(
                    "{times} × in {} {unit}",
                    span(period, self.period_max)
                ));
            }
            (Some(times), None) => all.push(format!("{} ×", span(times, self.frequency_max))),
            (None, Some(period)) => {
                all.push(format!("every {} {unit}", span(period, self.period_max)));
            }
            (None, None) => {}
        }
        all.extend(listed(self.day_of_week).map(|days| format!("on {days}")));
        all.extend(listed(self.time_of_day).map(|times| format!("at {times}")));
        let offset = self
            .offset
            .map(|minutes| format!(" {minutes} min"))
            .unwrap_or_default();
        all.extend(listed(self.when).map(|when| format!("when {when}{offset}")));
        if let Some(duration) = self.duration {
            let unit = self.duration_unit.and_then(Text::said).unwrap_or_default();
            all.push(format!("over {} {unit}", span(duration, self.duration_max)));
        }
        if let Some(count) = self.count {
            all.push(format!("{} × in all", span(count, self.count_max)));
        }
        let bounds = self.bounds_duration.and_then(WireAmount::words);
        let bounds = bounds.or(self.bounds_range.and_then(WireRange::words));
        all.extend(bounds.map(|bounds| format!("for {bounds}")));
        if let Some(period) = self.bounds_period {
            all.extend(
                period
                    .start
                    .and_then(Text::said)
                    .map(|day| format!("from {day}")),
            );
            all.extend(
                period
                    .end
                    .and_then(Text::said)
                    .map(|day| format!("until {day}")),
            );
        }
        all.into_iter()
            .map(|words| words.trim().to_owned())
            .collect()
    }
}

impl WireDosage<'_> {
    /// Whether it is taken only when needed, where that is told.
    fn is_as_needed(&self) -> Option<bool> {
        let why = self.as_needed_codeable_concept.is_some().then_some(true);
        self.as_needed_boolean.or(why)
    }

    /// How much, how, how often and how long, when nobody wrote it.
    fn built(&mut self, element: &'static str) -> Result<Option<String>, Refusal> {
        let doses = self.dose_and_rate.take().unwrap_or_default().0.into_iter();
        let mut all: Vec<String> = doses.flat_map(WireDose::words).collect();
        if let Some(timing) = self.timing.take() {
            let code = timing.code.and_then(WireConcept::whole);
            let often = timing.repeat.map(WireRepeat::words).unwrap_or_default();
            if often.is_empty() {
                all.extend(code.and_then(|code| code.words().map(str::to_owned)));
            }
            all.extend(often);
            all.extend(listed(timing.event).map(|times| format!("at {times}")));
        }
        if let Some(why) = self
            .as_needed_codeable_concept
            .take()
            .and_then(WireConcept::whole)
        {
            all.extend(why.words().map(|why| format!("as needed for {why}")));
        }
        let method = words(self.method, element)?;
        let site = words(self.site, element)?;
        all.extend(method.map(|method| format!("by {method}")));
        all.extend(site.map(|site| format!("at {site}")));
        let most = self.max_dose_per_period.take().and_then(WireRatio::words);
        all.extend(most.map(|most| format!("at most {most}")));
        let limits = [
            (self.max_dose_per_administration.take(), "at a time"),
            (self.max_dose_per_lifetime.take(), "in a lifetime"),
        ];
        for (most, of) in limits {
            let most = most.and_then(WireAmount::words);
            all.extend(most.map(|most| format!("at most {most} {of}")));
        }
        Ok((!all.is_empty()).then(|| all.join(", ")))
    }
}

/// Reads a list of dosages, in their order.
pub(super) fn dosage(
    raw: Option<&RawValue>,
    element: &'static str,
) -> Result<ImportedDosage, Refusal> {
    let mut dosage = ImportedDosage::default();
    let mut all = read_list::<WireDosage>(raw, element)?;
    all.sort_by_key(|one| one.sequence.unwrap_or(i32::MAX));
    let needed: Vec<_> = all.iter().map(WireDosage::is_as_needed).collect();
    let is_one = needed.windows(2).all(|pair| pair[0] == pair[1]);
    // Of several that differ, each says so itself.
    dosage.as_needed = needed.first().copied().flatten().filter(|_| is_one);
    let mut texts = Vec::new();
    for (mut one, needed) in all.into_iter().zip(needed) {
        let route = words(one.route, element)?;
        dosage.route = dosage.route.or(route);
        let text = match one.text.take().and_then(Prose::said) {
            Some(text) => Some(text),
            None => one.built(element)?,
        };
        let beside = (!is_one && needed == Some(true)).then_some("as needed");
        texts.extend(match (text, beside) {
            (Some(text), Some(beside)) => Some(format!("{text} ({beside})")),
            (text, beside) => text.or(beside.map(str::to_owned)),
        });
        texts.extend(list_of_words(one.additional_instruction, element)?);
        texts.extend(one.patient_instruction.and_then(Prose::said));
    }
    dosage.text = paragraphs(texts);
    Ok(dosage)
}

#[cfg(test)]
mod tests {
    use super::dosage;
    use serde_json::{Value, json, value::RawValue};

    fn read(all: &Value) -> (Option<String>, Option<bool>) {
        let raw = RawValue::from_string(all.to_string()).unwrap();
        let read = dosage(Some(&raw), "dosageInstruction").unwrap();
        (read.text, read.as_needed)
    }

    fn said(one: &Value) -> String {
        read(&json!([one])).0.unwrap()
    }

    #[test]
    fn what_nobody_wrote_in_words_is_told_whole() {
        let dose = |quantity: Value| json!([{ "doseQuantity": quantity }]);
        let ucum = "http://unitsofmeasure.org";
        for (one, words) in [
            (
                json!({ "doseAndRate": dose(json!({ "value": 500, "code": "mg", "system": ucum })),
                    "timing": { "repeat": { "frequency": 2, "period": 1, "periodUnit": "d" } } }),
                "500 mg, 2 × in 1 d",
            ),
            (
                json!({ "doseAndRate": [{ "doseRange": { "low": { "value": 1, "unit": "tablet" }, "high": { "value": 2, "unit": "tablet" } } }],
                    "timing": { "repeat": { "frequency": 1, "frequencyMax": 4, "period": 4, "periodMax": 6, "periodUnit": "h" } },
                    "asNeededCodeableConcept": { "text": "pain" },
                    "maxDosePerPeriod": { "numerator": { "value": 4, "unit": "g" }, "denominator": { "value": 1, "unit": "d" } } }),
                "1 tablet – 2 tablet, 1–4 × in 4–6 h, as needed for pain, at most 4 g in 1 d",
            ),
            (
                json!({ "doseAndRate": dose(json!({ "value": 15, "unit": "mg" })),
                    "timing": { "repeat": { "dayOfWeek": ["mon"] } } }),
                "15 mg, on mon",
            ),
            (
                json!({ "doseAndRate": dose(json!({ "value": 1, "unit": "tablet" })),
                    "timing": { "repeat": { "frequency": 1, "period": 1, "periodUnit": "d", "when": ["HS"], "count": 5 } } }),
                "1 tablet, 1 × in 1 d, when HS, 5 × in all",
            ),
            (
                json!({ "doseAndRate": [{ "rateRatio": { "numerator": { "value": 100, "unit": "mL" }, "denominator": { "value": 1, "unit": "h" } } }],
                    "timing": { "repeat": { "boundsDuration": { "value": 10, "unit": "d" }, "duration": 30, "durationUnit": "min" } } }),
                "at a rate of 100 mL in 1 h, over 30 min, for 10 d",
            ),
        ] {
            assert_eq!(said(&one), words);
        }
    }

    #[test]
    fn several_come_in_their_order_and_each_says_whether_it_is_for_need_only() {
        let (text, needed) = read(&json!([
            { "sequence": 2, "text": "Then one", "asNeededBoolean": true },
            { "sequence": 1, "text": "First two", "asNeededBoolean": false, "patientInstruction": "With water" },
        ]));
        assert_eq!(text.unwrap(), "First two\nWith water\nThen one (as needed)");
        assert_eq!(needed, None);
        let both = json!([{ "text": "a", "asNeededBoolean": true }, { "text": "b", "asNeededBoolean": true }]);
        assert_eq!(read(&both).1, Some(true));
    }
}
