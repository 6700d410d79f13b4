//! From imported reports, care plans and encounters to what charts keep of visits. Pure.

use super::content::Reading;
use super::words::{IN_ERROR, Why, coded, joined, line, standing};
use crate::chart::content::{
    Concept, Encounter, EncounterClass, Observation, Order, OrderCategory, OrderPriority,
    Participant, ParticipantRole, TestResult, VisitNote,
};
use crate::fhir::{
    AppointmentState, ImportedConcept, ImportedEncounter, ImportedNote, ImportedOrder,
    ImportedPlan, ImportedRecord, ImportedReport, ImportedSection, When, own,
};
use entity::code::RecordStatus;
use entity::id::DoctorId;

/// The longest title of a note, in characters.
const LONGEST_TITLE: usize = 300;

impl Reading<'_> {
    pub(super) fn report(
        &mut self,
        record: &ImportedRecord,
        said: &ImportedReport,
        (found, remarks): (Vec<Observation>, Option<String>),
    ) -> Result<TestResult, Why> {
        if said.has_documents {
            self.notes.push("documents left out");
        }
        let result = TestResult {
            code: self.concept(&said.code),
            status: standing(said.status, RecordStatus::Final),
            observations: (!found.is_empty()).then_some(found),
            conclusion: said.conclusion.clone(),
            taken_at: self.instant(said.effective.as_ref()),
            issued_at: self.instant(said.issued.as_ref()),
            performer: self.performers(&said.performers),
            note: joined([record.note.clone(), remarks]),
        };
        self.checked(&result, said.status == IN_ERROR)
    }

    /// A care plan as a note that is final: it was written elsewhere, and stays as it is.
    pub(super) fn plan(
        &mut self,
        record: &ImportedRecord,
        said: &ImportedPlan,
    ) -> Result<VisitNote, Why> {
        let kind = said.title.as_ref().or(said.category.as_ref());
        let title = match kind {
            Some(kind) => format!("Care plan: {}", line(kind)),
            None => "Care plan".to_owned(),
        };
        let day = |when: Option<&When>| match when {
            Some(When::At(at)) => at.with_timezone(&self.zone).date_naive().to_string(),
            Some(When::Day(day)) => day.to_string(),
            Some(When::Rough(text)) => text.clone(),
            None => String::new(),
        };
        let told = said.from.is_some() || said.until.is_some();
        let period = format!("{} – {}", day(said.from.as_ref()), day(said.until.as_ref()));
        let listed = |title: &str, names: Vec<String>| {
            (!names.is_empty()).then(|| format!("{title}: {}", names.join("; ")))
        };
        let activities = said.activities.iter().map(|(what, status)| match status {
            Some(status) => format!("- {what} ({status})"),
            None => format!("- {what}"),
        });
        let activities: Vec<String> = activities.collect();
        let text = joined([
            Some(format!("Status: {}", said.status)),
            told.then(|| format!("Period: {}", period.trim())),
            said.description.clone(),
            listed("For", self.names(&said.addresses)),
            listed("Goals", self.names(&said.goals)),
            (!activities.is_empty()).then(|| format!("Activities:\n{}", activities.join("\n"))),
            record.note.clone(),
        ]);
        let note = VisitNote {
            status: RecordStatus::Final,
            title: Some(title.chars().take(LONGEST_TITLE).collect()),
            subjective: None,
            objective: None,
            assessment: None,
            plan: None,
            text,
        };
        self.checked(&note, said.status == IN_ERROR)
    }

    /// An order; of a kind that the clinic does not have, a test.
    pub(super) fn order(
        &mut self,
        record: &ImportedRecord,
        said: &ImportedOrder,
    ) -> Result<Order, Why> {
        let codes = said.categories.iter().flat_map(|one| &one.codings);
        let category = codes.filter_map(|one| coded(&one.code)).next();
        let category = category.unwrap_or_else(|| {
            self.notes
                .push("category is not told, or another, and taken to be a test");
            OrderCategory::Laboratory
        });
        let priority = said.priority.and_then(coded);
        let besides = &said.besides;
        let besides = (!besides.is_empty()).then(|| format!("Also: {}", besides.join("; ")));
        let order = Order {
            code: self.concept(&said.code),
            category,
            status: standing(said.status, RecordStatus::Unknown),
            priority: priority.unwrap_or(OrderPriority::Routine),
            reason: said.reason.as_ref().map(|reason| self.concept(reason)),
            occurs_at: self.instant(said.occurs.as_ref()),
            performer: self.performers(&said.performers),
            note: joined([record.note.clone(), besides]),
        };
        self.checked(&order, said.status == IN_ERROR)
    }

    /// What somebody wrote: in its parts where all of its sections are such parts, else as one text.
    pub(super) fn note(&mut self, said: &ImportedNote) -> Result<VisitNote, Why> {
        let part = |section: &ImportedSection| {
            let code = section.code.as_deref()?;
            own::SECTIONS.iter().position(|(own, _)| *own == code)
        };
        let mut parts: [Option<String>; 4] = [const { None }; 4];
        let mut in_parts = !said.sections.is_empty();
        for section in &said.sections {
            match part(section).map(|place| &mut parts[place]) {
                Some(part @ None) => *part = Some(section.text.clone()),
                _ => in_parts = false,
            }
        }
        let [subjective, objective, assessment, plan] = match in_parts {
            true => parts,
            false => [const { None }; 4],
        };
        let free = (!in_parts).then(|| free(&said.sections)).flatten();
        let draft = said.status == "preliminary";
        let note = VisitNote {
            status: match draft {
                true => RecordStatus::Preliminary,
                false => RecordStatus::Final,
            },
            title: said.title.as_deref().map(line),
            subjective,
            objective,
            assessment,
            plan,
            text: free,
        };
        self.checked(&note, said.status == IN_ERROR)
    }

    /// A visit, with the doctors who are here.
    pub(super) fn encounter(
        &mut self,
        said: &ImportedEncounter,
        doctors: Vec<(DoctorId, Option<&str>)>,
    ) -> Result<Encounter, Why> {
        let class = said.class.as_ref().map(|class| class.code.as_str());
        let class = match class {
            Some("ACUTE" | "NONAC") => EncounterClass::Inpatient,
            Some(code) => self.or_ambulatory(coded(code)),
            None => self.or_ambulatory(None),
        };
        let participants = doctors
            .into_iter()
            .enumerate()
            .map(|(place, (doctor, role))| {
                let usual = match place {
                    0 => ParticipantRole::PrimaryPerformer,
                    _ => ParticipantRole::SecondaryPerformer,
                };
                let role = role.and_then(coded).unwrap_or(usual);
                Participant { doctor, role }
            });
        let participants: Vec<Participant> = participants.collect();
        let concept = |concept: &Option<ImportedConcept>, reading: &mut Self| {
            concept.as_ref().map(|concept| reading.concept(concept))
        };
        // Some say why by the condition alone.
        let mut named = self.names(&said.reasons).into_iter();
        let reason = concept(&said.reason, self).or_else(|| {
            let text = line(&named.next()?);
            let codings = Vec::new();
            Some(Concept { text, codings })
        });
        let besides = said.besides.iter().cloned().chain(named);
        let besides: Vec<String> = besides.collect();
        let besides = (!besides.is_empty()).then(|| format!("Also: {}", besides.join("; ")));
        let over = said.ends_at.is_some_and(|end| end <= self.now);
        let assumed = || said.time().map(|(_, end)| end);
        // A day that has passed is none to come again on, but for a visit that is over.
        let today = self.now.with_timezone(&self.zone).date_naive();
        let is_past = said.state != AppointmentState::Fulfilled
            && said.follow_up_on.is_some_and(|day| day < today);
        let missed = said.follow_up_on.filter(|_| is_past);
        let missed = missed.map(|day| format!("Follow-up on {day}"));
        let visit = Encounter {
            status: match said.state {
                AppointmentState::Booked => RecordStatus::Planned,
                AppointmentState::Arrived if said.goes_on || !over => RecordStatus::InProgress,
                // What was entered in error is read as what may have any time, or none.
                AppointmentState::Cancelled | AppointmentState::EnteredInError => {
                    RecordStatus::Cancelled
                }
                _ => RecordStatus::Finished,
            },
            class,
            visit: concept(&said.visit, self),
            reason,
            starts_at: said.starts_at,
            ends_at: match said.state {
                // Of what goes on, the end is a guess.
                AppointmentState::Arrived if !over => None,
                AppointmentState::Fulfilled => said.ends_at.or_else(assumed),
                _ => said.ends_at,
            },
            participants: (!participants.is_empty()).then_some(participants),
            follow_up_on: said.follow_up_on.filter(|_| !is_past),
            note: joined([said.note.clone(), besides, missed]),
        };
        self.checked(&visit, said.state == AppointmentState::EnteredInError)
    }

    fn or_ambulatory(&mut self, class: Option<EncounterClass>) -> EncounterClass {
        class.unwrap_or_else(|| {
            self.notes
                .push("class is not told, or another, and taken to be ambulatory");
            EncounterClass::Ambulatory
        })
    }
}

/// Sections as one text; a heading where there are several.
fn free(sections: &[ImportedSection]) -> Option<String> {
    let one = |section: &ImportedSection| match (&section.title, sections.len()) {
        (Some(title), count) if count > 1 || title != own::SECTION => {
            format!("{}\n{}", line(title), section.text)
        }
        _ => section.text.clone(),
    };
    let all: Vec<String> = sections.iter().map(one).collect();
    (!all.is_empty()).then(|| all.join("\n\n"))
}
