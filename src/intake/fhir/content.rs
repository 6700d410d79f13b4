//! From imported entries of charts to what charts keep, checked by the rules that hold for whatever is entered. Pure.

use super::words::{IN_ERROR, Why, coded, joined, line, standing, why};
use crate::chart::content::{
    Allergy, Concept, Condition, Editable, Immunization, Interpretation, MedicationRequest,
    MedicationStatement, Observation, Reaction, TestResult,
};
use crate::fhir::{
    Found, ImmunizationGiven, ImportedAllergy, ImportedCoding, ImportedConcept, ImportedCondition,
    ImportedDosage, ImportedFinding, ImportedObservation, ImportedRecord, MedicationOrdered,
    MedicationTaken, Medicine, Mention, Reference, When, called,
};
use chrono::{DateTime, NaiveTime, TimeZone as _, Utc};
use chrono_tz::Tz;
use entity::code::{Coding, RecordStatus};
use std::collections::{HashMap, HashSet};

/// The most codes of a concept, the longest code and the longest unit that are kept.
const MOST: (usize, usize, usize) = (5, 100, 40);
/// The longest line that is kept, in characters.
const LONGEST_LINE: usize = 300;

/// What is told beside, a line each.
fn lines(beside: &[String]) -> Option<String> {
    (!beside.is_empty()).then(|| beside.join("\n"))
}

/// What an entry is read by, and what is remarked on the way.
pub(super) struct Reading<'a> {
    pub(super) zone: Tz,
    pub(super) now: DateTime<Utc>,
    /// What the entries of this bundle are called that others mention.
    pub(super) terms: Option<&'a HashMap<Reference, ImportedConcept>>,
    /// What others are called than the patient: they are not named in this chart.
    pub(super) others: HashSet<Reference>,
    /// Remarks.
    pub(super) notes: Vec<&'static str>,
}

impl<'a> Reading<'a> {
    /// The instant, where it is told to the day at least: a day begins at the clinic's midnight.
    pub(super) fn instant(&self, when: Option<&When>) -> Option<DateTime<Utc>> {
        match when? {
            When::At(at) => Some(*at),
            When::Rough(_) => None,
            When::Day(day) => {
                let midnight = day.and_time(NaiveTime::MIN);
                let local = self.zone.from_local_datetime(&midnight).earliest();
                // Where clocks skip midnight: a day begins when it does in UTC.
                Some(local.map_or(midnight.and_utc(), |local| local.to_utc()))
            }
        }
    }

    /// A line of a note for a time that is no instant.
    fn rough(what: &str, when: Option<&When>, words: Option<&String>) -> Option<String> {
        match when {
            Some(When::Rough(text)) => Some(format!("{what}: {text}")),
            None => words.map(|words| format!("{what}: {words}")),
            Some(_) => None,
        }
    }

    fn coding(&mut self, coding: &ImportedCoding) -> Option<Coding> {
        let whole = |text: &str| !text.contains(char::is_whitespace);
        let system = coding.system.as_deref().filter(|system| whole(system));
        let fits = whole(&coding.code) && coding.code.chars().nth(MOST.1).is_none();
        let (Some(system), true) = (system, fits) else {
            self.notes
                .push("codes without a system, or of another form, left out");
            return None;
        };
        Some(Coding {
            system: system.to_owned(),
            code: coding.code.clone(),
            display: coding.display.as_deref().map(line).unwrap_or_default(),
        })
    }

    pub(super) fn concept(&mut self, concept: &ImportedConcept) -> Concept {
        let codings = concept.codings.iter();
        let mut codings: Vec<Coding> = codings.filter_map(|one| self.coding(one)).collect();
        if codings.len() > MOST.0 {
            self.notes.push("codes after the fifth left out");
            codings.truncate(MOST.0);
        }
        let text = concept.words().map(line).unwrap_or_default();
        Concept { text, codings }
    }

    /// What an entry of this bundle is.
    fn term(&self, reference: &Reference) -> Option<&'a ImportedConcept> {
        self.terms?.get(reference)
    }

    /// What these are called: by what they are in the bundle, else as they are mentioned.
    pub(super) fn names(&self, mentions: &[Mention]) -> Vec<String> {
        let name = |one: &Mention| {
            let term = one.reference.as_ref().and_then(|one| self.term(one));
            let term = term.and_then(ImportedConcept::words).map(str::to_owned);
            term.or_else(|| one.display.clone())
        };
        mentions.iter().filter_map(name).collect()
    }

    /// Who did something, as a line that is not too long.
    pub(super) fn performers(&self, mentions: &[Mention]) -> Option<String> {
        let is_other = |one: &&Mention| {
            let reference = one.reference.as_ref();
            reference.is_some_and(|reference| self.others.contains(reference))
        };
        let own = mentions.iter().filter(|one| !is_other(one)).cloned();
        let text = called(&own.collect::<Vec<_>>())?;
        Some(line(&text).chars().take(LONGEST_LINE).collect())
    }

    fn medicine(&mut self, medicine: &Medicine) -> Result<Concept, Why> {
        let mention = match medicine {
            Medicine::Concept(concept) => return Ok(self.concept(concept)),
            Medicine::Named(mention) => mention,
        };
        let term = mention.reference.as_ref();
        if let Some(term) = term.and_then(|one| self.term(one)) {
            return Ok(self.concept(term));
        }
        let text = mention.display.as_deref().map(line);
        let text = text.ok_or("medicationReference names nothing that is here")?;
        let codings = Vec::new();
        Ok(Concept { text, codings })
    }

    fn reason(&self, words: Option<&String>, mentions: &[Mention]) -> Option<String> {
        let names = self.names(mentions);
        let all: Vec<&str> = words
            .into_iter()
            .chain(&names)
            .map(String::as_str)
            .collect();
        (!all.is_empty()).then(|| line(&all.join(", ")))
    }

    pub(super) fn condition(
        &mut self,
        record: &ImportedRecord,
        said: &ImportedCondition,
    ) -> Result<Condition, Why> {
        let is_over = said.abatement.is_some() || said.abatement_words.is_some();
        let status = match said.status.and_then(coded) {
            Some(status) => status,
            None if is_over => RecordStatus::Resolved,
            None => self.assumed_active(said.verification),
        };
        let began = Self::rough("Onset", said.onset.as_ref(), said.onset_words.as_ref());
        let over = said.abatement_words.as_ref();
        let over = Self::rough("Abatement", said.abatement.as_ref(), over);
        let stage = said.stage.as_ref().map(|stage| format!("Stage: {stage}"));
        let condition = Condition {
            code: self.concept(&said.code),
            status,
            verification: said.verification.and_then(coded),
            severity: said.severity.as_deref().map(line),
            body_site: said.body_site.as_deref().map(line),
            onset_at: self.instant(said.onset.as_ref()),
            abated_at: self.instant(said.abatement.as_ref()),
            note: joined([record.note.clone(), began, over, stage]),
        };
        self.checked(&condition, said.verification == Some(IN_ERROR))
    }

    pub(super) fn allergy(
        &mut self,
        record: &ImportedRecord,
        said: &ImportedAllergy,
    ) -> Result<Allergy, Why> {
        let status = said.status.and_then(coded);
        let status = status.unwrap_or_else(|| self.assumed_active(said.verification));
        if said.categories.len() > 1 {
            self.notes.push("categories after the first left out");
        }
        let began = Self::rough("Onset", said.onset.as_ref(), said.onset_words.as_ref());
        let reactions = said.reactions.iter().map(|(looked, severity)| Reaction {
            manifestation: line(looked),
            severity: severity.clone(),
        });
        let reactions: Vec<Reaction> = reactions.collect();
        let allergy = Allergy {
            substance: self.concept(&said.substance),
            status,
            verification: said.verification.and_then(coded),
            allergy_type: said.allergy_type.and_then(coded),
            category: said.categories.first().and_then(|code| coded(code)),
            criticality: said.criticality.and_then(coded),
            reactions: (!reactions.is_empty()).then_some(reactions),
            onset_at: self.instant(said.onset.as_ref()),
            note: joined([record.note.clone(), began, lines(&said.beside)]),
        };
        self.checked(&allergy, said.verification == Some(IN_ERROR))
    }

    /// What nobody says is over is not; of what was entered in error FHIR wants no status.
    fn assumed_active(&mut self, verification: Option<&str>) -> RecordStatus {
        if verification != Some(IN_ERROR) {
            self.notes
                .push("clinicalStatus is not told, and taken to be active");
        }
        RecordStatus::Active
    }

    fn dosage(dosage: &ImportedDosage) -> (Option<String>, Option<String>, Option<bool>) {
        let route = dosage.route.as_deref().map(line);
        (dosage.text.clone(), route, dosage.as_needed)
    }

    pub(super) fn request(
        &mut self,
        record: &ImportedRecord,
        said: &MedicationOrdered,
    ) -> Result<MedicationRequest, Why> {
        let (dosage, route, as_needed) = Self::dosage(&said.dosage);
        let authored = Self::rough("Ordered", said.authored.as_ref(), None);
        let ends = Self::rough("Until", said.ends.as_ref(), None);
        let request = MedicationRequest {
            medication: self.medicine(&said.medicine)?,
            status: standing(said.status, RecordStatus::Unknown),
            dosage,
            route,
            as_needed,
            reason: self.reason(said.reason.as_ref(), &said.reasons),
            authored_at: self.instant(said.authored.as_ref()),
            ends_at: self.instant(said.ends.as_ref()),
            note: joined([record.note.clone(), authored, ends]),
        };
        self.checked(&request, said.status == IN_ERROR)
    }

    pub(super) fn statement(
        &mut self,
        record: &ImportedRecord,
        said: &MedicationTaken,
    ) -> Result<MedicationStatement, Why> {
        let (dosage, route, as_needed) = Self::dosage(&said.dosage);
        let route = route.map(|route| format!("By: {route}"));
        let as_needed = as_needed.filter(|needed| *needed);
        let as_needed = as_needed.map(|_| "Only when needed".to_owned());
        let from = Self::rough("Since", said.from.as_ref(), None);
        let until = Self::rough("Until", said.until.as_ref(), None);
        let statement = MedicationStatement {
            medication: self.medicine(&said.medicine)?,
            status: standing(said.status, RecordStatus::Unknown),
            dosage,
            reason: self.reason(said.reason.as_ref(), &said.reasons),
            taken_from: self.instant(said.from.as_ref()),
            taken_until: self.instant(said.until.as_ref()),
            note: joined([record.note.clone(), route, as_needed, from, until]),
        };
        self.checked(&statement, said.status == IN_ERROR)
    }

    pub(super) fn immunization(
        &mut self,
        record: &ImportedRecord,
        said: &ImmunizationGiven,
    ) -> Result<Immunization, Why> {
        let occurred = self.instant(Some(&said.occurred));
        let immunization = Immunization {
            vaccine: self.concept(&said.vaccine),
            status: standing(said.status, RecordStatus::Completed),
            occurred_at: occurred.ok_or("occurrenceDateTime is not exact enough")?,
            lot_number: said.lot_number.as_deref().map(line),
            dose_number: said.dose_number,
            site: said.site.as_deref().map(line),
            status_reason: said.status_reason.as_deref().map(line),
            note: joined([record.note.clone(), lines(&said.beside)]),
        };
        self.checked(&immunization, said.status == IN_ERROR)
    }

    /// One observation as a result of its own.
    pub(super) fn result(
        &mut self,
        record: &ImportedRecord,
        said: &ImportedObservation,
        found: Vec<Observation>,
    ) -> Result<TestResult, Why> {
        let awaits = matches!(said.status, "registered" | "cancelled" | IN_ERROR);
        if found.is_empty() && !awaits {
            return Err("value[x] is missing".into());
        }
        let result = TestResult {
            code: self.concept(&said.finding.code),
            status: standing(said.status, RecordStatus::Final),
            observations: (!found.is_empty()).then_some(found),
            conclusion: None,
            taken_at: self.instant(said.effective.as_ref()),
            issued_at: self.instant(said.issued.as_ref()),
            performer: self.performers(&said.performers),
            note: record.note.clone(),
        };
        self.checked(&result, said.status == IN_ERROR)
    }

    /// What an observation found: its own value, and those of its parts.
    pub(super) fn found(&mut self, said: &ImportedObservation) -> Vec<Observation> {
        let all = std::iter::once(&said.finding).chain(&said.components);
        all.filter_map(|one| self.finding(one)).collect()
    }

    fn finding(&mut self, one: &ImportedFinding) -> Option<Observation> {
        let (value, unit, text) = match (&one.value, &one.absent) {
            (Some(Found::Number(value, unit)), _) => self.number(*value, unit.as_deref()),
            (Some(Found::Words(words)), _) => (None, None, Some(line(words))),
            (Some(Found::Coded(concept)), _) => {
                if !concept.codings.is_empty() {
                    self.notes
                        .push("codes of values left out, their words kept");
                }
                (None, None, concept.words().map(line))
            }
            (None, Some(absent)) => (None, None, Some(format!("Not known: {}", line(absent)))),
            (None, None) => return None,
        };
        let text = text.or_else(|| one.beside.as_deref().map(line));
        let numbers = value.is_some();
        let mut far = one.interpretation.iter().map(|code| coded(code));
        let interpretation: Option<Interpretation> = far.clone().flatten().next();
        if far.any(|code| code.is_none()) {
            self.notes
                .push("interpretations that the clinic does not have left out");
        }
        Some(Observation {
            code: self.concept(&one.code),
            value,
            unit,
            text,
            low: one.low.filter(|_| numbers),
            high: one.high.filter(|_| numbers),
            normal: one.normal.as_deref().map(line),
            interpretation,
        })
    }

    /// A number with its unit; in words where the unit is none that is kept.
    fn number(
        &mut self,
        value: f64,
        unit: Option<&str>,
    ) -> (Option<f64>, Option<String>, Option<String>) {
        let Some(unit) = unit else {
            return (Some(value), None, None);
        };
        let whole = !unit.contains(char::is_whitespace) && unit.chars().nth(MOST.2).is_none();
        match whole {
            true => (Some(value), Some(unit.to_owned()), None),
            false => (None, None, Some(line(&format!("{value} {unit}")))),
        }
    }

    /// The content in one spelling; retracted where it was entered in error.
    pub(super) fn checked<C: Editable>(&self, content: &C, in_error: bool) -> Result<C, Why> {
        let checked = content.checked(self.now).map_err(|invalid| why(&invalid))?;
        Ok(match in_error {
            true => checked.retracted(),
            false => checked,
        })
    }
}
