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
use crate::chart::provenance::Who;
use crate::chart::sealed::Ties;
use crate::chart::store::source::Kept;
use crate::error::Fault;
use crate::fhir::{ImportedEncounter, When};
use chrono::{DateTime, NaiveDate, Utc};
use entity::appointment as row;
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
        let named = self.appointment_of(&one.content);
        let own = self.here.visits.get(&visit_index(self.state, one)).copied();
        let appointment = named.flatten().or(own);
        let makes_none = one.content.is_without_appointment || named.is_some();
        let entry = self
            .here
            .entries
            .get(&entry_index(self.state, one))
            .copied();
        let patient = self.patient_of(&one.content.subject);
        if !Self::is_addressed(one) && entry.is_some_and(|kept| patient != Some(kept.patient)) {
            self.report.refuse(Kind::Encounter.name(), one.at, ANOTHERS);
            return Ok(());
        }
        // What a doctor has written of the appointment meanwhile is the visit.
        let visited = appointment.and_then(|id| self.here.visited.get(&id).copied());
        if let Some(kept) = entry {
            self.name(one, Known::Entry(kept));
        }
        let is_here = match appointment {
            Some(_) => entry.is_some() || visited.is_some(),
            None => {
                let has_no_place = makes_none
                    || self.doctor_at(&one.content).is_none()
                    || one.content.starts_at.is_none();
                entry.is_some() && has_no_place
            }
        };
        if is_here {
            if let (None, Some(id), Some(patient)) =
                (entry, visited, self.patient_of(&one.content.subject))
            {
                let kind = RecordKind::Encounter;
                self.name(one, Known::Entry(Kept { id, patient, kind }));
            }
            self.report.known(Kind::Encounter);
            return Ok(());
        }
        let wants_entry = entry.is_none();
        let new = (one, bundle);
        let agreed = match (appointment, makes_none) {
            (Some(id), _) => Of::Known(id),
            (None, true) => Of::None,
            (None, false) => Of::New,
        };
        self.linked.extend(named.flatten());
        if let Err(why) = self.new_visit(new, agreed, wants_entry).await? {
            self.report.refuse(Kind::Encounter.name(), one.at, why);
        }
        Ok(())
    }

    /// An appointment, unless there is one or nobody whose it could be, and the visit of it.
    async fn new_visit(
        &mut self,
        (one, bundle): (&Item<ImportedEncounter>, &Bundle),
        agreed: Of,
        wants_entry: bool,
    ) -> Result<Result<(), Why>, Fault> {
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
        if wants_entry && self.is_full(patient, RecordKind::Encounter) {
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
        if wants_entry {
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
            let takes_part = |who: &Who| matches!(who, Who::Doctor(_));
            self.keep(one, sealed, (told, takes_part)).await?;
        }
        remark(self.report, Kind::Encounter, one.at, notes);
        match new {
            // Told when it is written: its time may be taken.
            Some(row) if row.status.is_live() => {
                self.plan.visited.extend((!wants_entry).then_some(one.at));
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
        Ok(Ok(()))
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
        let named = self.who(encounter.appointment.as_ref()?)?;
        let patient = self.patient_of(&encounter.subject);
        Some(match named {
            Some(Known::Appointment(id, whose)) => {
                (patient == Some(whose) && !self.linked.contains(&id)).then_some(id)
            }
            _ => None,
        })
    }

    /// The doctor whose appointment it was.
    fn doctor_at(&self, encounter: &ImportedEncounter) -> Option<DoctorId> {
        self.doctor_of(encounter.practitioners.first()?)
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
        let index = visit_index(self.state, one);
        Ok(Ok(self.agreed(agreed, (patient, doctor), index).await?))
    }
}
