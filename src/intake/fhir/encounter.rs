//! Deciding what becomes of encounters: an appointment in the calendar, where the doctor is here, and the
//! visit of it in the chart.

use super::admit::{ANOTHERS, Admission, Live};
use super::booking::Agreed;
use super::bundle::{Bundle, Item};
use super::keep::kept;
use super::known::{entry_index, visit_index};
use super::report::Kind;
use super::told::Told;
use super::words::{Why, remark};
use super::{Known, visit};
use crate::appointment::bulk;
use crate::chart::provenance::{Agent, AgentRole, Who};
use crate::chart::sealed::Ties;
use crate::chart::store::source::Kept;
use crate::error::Fault;
use crate::fhir::{AppointmentState, ImportedEncounter, Reference, When};
use chrono::{DateTime, NaiveDate, Utc};
use entity::appointment as row;
use entity::cell::BlindIndex;
use entity::code::{Modality, RecordKind, RecordSource};
use entity::id::{AppointmentId, DoctorId, PatientId};

/// What appointment a visit is of.
#[derive(Clone, Copy)]
enum Of {
    /// One that is known.
    Known(AppointmentId),
    /// None.
    None,
    /// One of its own, where the calendar has a place for it.
    New,
}

impl Admission<'_> {
    pub(super) async fn visit(
        &mut self,
        one: &Item<ImportedEncounter>,
        bundle: &Bundle,
    ) -> Result<(), Fault> {
        let dated;
        let one = match one.content.days {
            Some(days) => {
                dated = self.dated(one, days);
                &dated
            }
            None => one,
        };
        let entry = self
            .here
            .entries
            .get(&entry_index(self.state, one))
            .copied();
        let patient = self.patient_of(&one.content.subject);
        let own = self.here.visits.get(&visit_index(self.state, one)).copied();
        let is_anothers = !Self::is_addressed(one)
            && entry.is_some_and(|kept| patient != Some(kept.patient))
            || own.is_some_and(|(_, whose)| patient.is_some_and(|one| one != whose));
        if is_anothers {
            self.report.refuse(Kind::Encounter.name(), one.at, ANOTHERS);
            return Ok(());
        }
        if let Some(kept) = entry {
            self.name(one, Known::Entry(kept));
            self.report.known(Kind::Encounter);
            self.retracted_there(
                (Kind::Encounter, one.at),
                kept,
                one.content.state == AppointmentState::EnteredInError,
            );
            return Ok(());
        }
        // What a doctor has written of the appointment meanwhile is the visit.
        let visited = own.and_then(|(id, _)| self.here.visited.get(&id).copied());
        if let (Some(id), Some(patient)) = (visited, patient) {
            let kept = Kept::new(id, patient, RecordKind::Encounter);
            self.name(one, Known::Entry(kept));
            self.report.known(Kind::Encounter);
            return Ok(());
        }
        let named = self.appointment_of(&one.content);
        let own = own.map(|(id, _)| Some(id).filter(|id| self.is_free(*id)));
        let agreed = match own.or(named) {
            Some(Some(id)) => Of::Known(id),
            Some(None) => Of::None,
            None if one.content.is_without_appointment => Of::None,
            None => Of::New,
        };
        match self.new_visit(one, bundle, agreed).await? {
            Ok(tied) => {
                let stands = !matches!(
                    one.content.state,
                    AppointmentState::Cancelled | AppointmentState::EnteredInError
                );
                self.linked.extend(tied.filter(|_| stands));
            }
            Err(why) => self.report.refuse(Kind::Encounter.name(), one.at, why),
        }
        Ok(())
    }

    /// An appointment, unless there is one or nobody whose it could be, and the visit of it; which appointment that is.
    async fn new_visit(
        &mut self,
        one: &Item<ImportedEncounter>,
        bundle: &Bundle,
        agreed: Of,
    ) -> Result<Result<Option<AppointmentId>, Why>, Fault> {
        let patient = self.patient_of(&one.content.subject);
        let missing = || Why::from("subject names no patient who is here");
        let patient = crate::accept!(patient.ok_or_else(missing));
        let mut reading = self.reading_with(&bundle.terms);
        let doctors = one.content.practitioners.iter().zip(&one.content.roles);
        let doctors = doctors.filter_map(|(who, role)| {
            let doctor = self.doctor_of(who)?;
            Some((doctor, role.as_deref()))
        });
        let visit = crate::accept!(reading.encounter(&one.content, doctors.collect()));
        let mut notes = reading.notes;
        if self.is_full(patient, RecordKind::Encounter) {
            return Ok(Err(super::chart::FULL.into()));
        }
        let time = one.content.time();
        let new = match (agreed, self.doctor_at(&one.content), time) {
            (Of::Known(_) | Of::None, ..) => None,
            (Of::New, Some(doctor), Some(time)) => {
                let new = self.appointment(one, (patient, doctor), time).await?;
                if new.is_err() {
                    notes.push(
                        "period is none that the calendar takes: a visit without an appointment",
                    );
                }
                new.ok()
            }
            (Of::New, Some(_), None) => {
                notes.push("period says no time: a visit without an appointment");
                None
            }
            (Of::New, None, _) => {
                // The calendar is made of doctors; a chart can do without.
                notes.push("no practitioner who is here is named: a visit without an appointment");
                None
            }
        };
        let id = match agreed {
            Of::Known(id) => Some(id),
            Of::None | Of::New => new.as_ref().map(|row| row.id),
        };
        let sealed = self.seal(patient, visit, RecordSource::Clinic).await?;
        let ties = Ties {
            appointment: id,
            ..Ties::default()
        };
        let mut sealed = sealed.tied(None, ties);
        if one.content.shared {
            sealed = sealed.shared();
        }
        self.name(one, Known::Entry(kept(&sealed)));
        let told = Told::of_visit(one, bundle);
        let takes_part =
            |one: &Agent| one.role == AgentRole::Performer && matches!(one.who, Who::Doctor(_));
        self.keep(one, sealed, (told, takes_part)).await?;
        remark(self.report, Kind::Encounter, one.at, notes);
        match new {
            // Told when it is written: its time may be taken.
            Some(row) if row.status.is_live() => {
                self.plan.live.push(Live {
                    at: one.at,
                    of: Kind::Encounter,
                    row,
                });
            }
            new => {
                self.plan.past.extend(new);
                self.report.taken(Kind::Encounter);
            }
        }
        Ok(Ok(id))
    }

    /// The same with the beginning of its day for when it began: as a time of the calendar's it means nothing.
    fn dated(
        &self,
        one: &Item<ImportedEncounter>,
        (start, end): (NaiveDate, Option<NaiveDate>),
    ) -> Item<ImportedEncounter> {
        let midnight = |day| self.reading().instant(Some(&When::Day(day)));
        let starts_at = midnight(start);
        let content = ImportedEncounter {
            starts_at,
            ends_at: end.and_then(midnight).filter(|end| Some(*end) > starts_at),
            is_without_appointment: true,
            ..one.content.clone()
        };
        Item {
            at: one.at,
            names: one.names.clone(),
            content,
        }
    }

    /// The appointment that it names, if any is heard of: none there where it is another's, or another visit's.
    fn appointment_of(&self, encounter: &ImportedEncounter) -> Option<Option<AppointmentId>> {
        let named = encounter.appointment.as_ref()?;
        let found = match self.who(named) {
            Some(Some(Known::Appointment(id, whose))) => Some((id, whose)),
            Some(_) => None,
            None => Some(*self.here.visits.get(&self.booking_named(named)?)?),
        };
        let patient = self.patient_of(&encounter.subject);
        let own = found.filter(|(id, whose)| patient == Some(*whose) && self.is_free(*id));
        Some(own.map(|(id, _)| id))
    }

    /// Whether no visit is of this appointment yet.
    fn is_free(&self, id: AppointmentId) -> bool {
        !self.linked.contains(&id) && !self.here.visited.contains_key(&id)
    }

    /// What an appointment is recognised by that is named, where that means the same whoever says it.
    fn booking_named(&self, named: &Reference) -> Option<BlindIndex> {
        let source = self.source_of(named)?;
        Some(bulk::source_index(&self.state.vault, &source))
    }

    /// The doctor whose appointment it was.
    fn doctor_at(&self, encounter: &ImportedEncounter) -> Option<DoctorId> {
        // Whoever only sent the patient there did not see them.
        const AWAY: [&str; 4] = ["REF", "ESC", "TRANS", "CALLBCK"];
        let who = encounter.practitioners.iter().zip(&encounter.roles);
        let mut saw =
            who.filter(|(_, role)| role.as_deref().is_none_or(|role| !AWAY.contains(&role)));
        self.doctor_of(saw.next()?.0)
    }

    async fn appointment(
        &mut self,
        one: &Item<ImportedEncounter>,
        (patient, doctor): (PatientId, DoctorId),
        (starts_at, ends_at): (DateTime<Utc>, DateTime<Utc>),
    ) -> Result<Result<row::Model, Why>, Fault> {
        let encounter = &one.content;
        let decided = visit::status(encounter, (starts_at, ends_at), self.now).map_err(Why::from);
        let (status, cancellation_reason) = crate::accept!(decided);
        let agreed = Agreed {
            time: (starts_at, ends_at),
            status,
            called_off: cancellation_reason,
            modality: Modality::InPerson,
            reason: visit::reason(encounter),
        };
        // Should the one that it names come later, it is this one.
        let named = encounter.appointment.as_ref();
        let named = named.and_then(|named| self.booking_named(named));
        let index = named.unwrap_or_else(|| visit_index(self.state, one));
        Ok(Ok(self.agreed(agreed, (patient, doctor), index).await?))
    }
}
