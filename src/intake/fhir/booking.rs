//! Deciding what becomes of appointments: each goes into the calendar, where patient and doctor are here.

use super::Known;
use super::admit::{ANOTHERS, Admission, Live};
use super::bundle::{Bundle, Item};
use super::known::booking_index;
use super::report::Kind;
use super::visit::{LONGEST_REASON, STAYS};
use super::words::{Why, coded, line};
use crate::appointment::bulk;
use crate::appointment::store::LONGEST;
use crate::error::Fault;
use crate::fhir::{ImportedAppointment, own};
use crate::vault::Place;
use chrono::{DateTime, Utc};
use entity::cell::BlindIndex;
use entity::code::{AppointmentStatus, CancellationReason, Modality};
use entity::id::{AppointmentId, DoctorId, PatientId};
use entity::{appointment as row, appointment_kind};

/// An appointment as it was agreed.
pub(super) struct Agreed {
    pub(super) time: (DateTime<Utc>, DateTime<Utc>),
    pub(super) status: AppointmentStatus,
    pub(super) called_off: Option<CancellationReason>,
    pub(super) modality: Modality,
    pub(super) reason: Option<String>,
}

impl Admission<'_> {
    pub(super) async fn bookings(&mut self, bundle: &Bundle) -> Result<(), Fault> {
        for one in &bundle.appointments {
            let index = booking_index(self.state, one);
            if let Some((id, whose)) = self.here.visits.get(&index).copied() {
                let said = self.who_meets(&one.content);
                if said.is_ok_and(|(patient, _)| patient != whose) {
                    self.report
                        .refuse(Kind::Appointment.name(), one.at, ANOTHERS);
                    self.nobody(one);
                    continue;
                }
                self.name(one, Known::Appointment(id, whose));
                self.report.known(Kind::Appointment);
                let is_off = matches!(one.content.status, "cancelled" | "entered-in-error");
                if is_off && self.here.standing.contains(&id) {
                    let what = "was called off where it comes from, and stands here as it is";
                    self.report.note(Kind::Appointment, one.at, what);
                }
                continue;
            }
            if let Err(why) = self.booking(one, index).await? {
                self.nobody(one);
                self.report.refuse(Kind::Appointment.name(), one.at, why);
            }
        }
        Ok(())
    }

    async fn booking(
        &mut self,
        one: &Item<ImportedAppointment>,
        index: BlindIndex,
    ) -> Result<Result<(), Why>, Fault> {
        let said = &one.content;
        let (patient, doctor) = crate::accept!(self.who_meets(said).map_err(Why::from));
        let (status, called_off) = state(said, self.now);
        let time = (said.starts_at, said.ends_at);
        if has_happened(status) && time.0 > self.now + STAYS {
            return Ok(Err("has taken place, and lies ahead".into()));
        }
        if status.is_live() && time.1 - time.0 > LONGEST {
            return Ok(Err(
                "is too long for an appointment that is still ahead".into()
            ));
        }
        let modality = said.modality.as_deref().and_then(coded);
        let mut reason = said.reason.clone();
        if let (None, Some(kind)) = (&reason, &said.kind) {
            reason = Some(kind.clone());
        }
        let agreed = Agreed {
            time,
            status,
            called_off,
            modality: modality.unwrap_or(Modality::InPerson),
            reason: reason.map(|reason| reason.chars().take(LONGEST_REASON).collect()),
        };
        let row = self.agreed(agreed, (patient, doctor), index).await?;
        if let Some(kind) = &said.kind {
            let place = bulk::kind_place(row.id);
            let kind = self.key_of(patient).await?.seal(place, &line(kind))?;
            let appointment_id = row.id;
            self.plan.kinds.push(appointment_kind::Model {
                appointment_id,
                kind,
                is_reason: said.reason.is_none(),
            });
        }
        self.name(one, Known::Appointment(row.id, patient));
        match row.status.is_live() {
            // Told when it is written: its time may be taken.
            true => self.plan.live.push(Live {
                at: one.at,
                of: Kind::Appointment,
                row,
            }),
            false => {
                self.plan.past.push(row);
                self.report.taken(Kind::Appointment);
            }
        }
        Ok(Ok(()))
    }

    /// The one patient and the doctor of an appointment.
    fn who_meets(&self, said: &ImportedAppointment) -> Result<(PatientId, DoctorId), &'static str> {
        let patients = said.actors.iter().filter_map(|one| self.patient_of(one));
        let mut patients: Vec<PatientId> = patients.collect();
        patients.dedup();
        let doctor = said.actors.iter().find_map(|one| self.doctor_of(one));
        match (patients.as_slice(), doctor) {
            ([patient], Some(doctor)) => Ok((*patient, doctor)),
            ([], _) => Err("participant names no patient who is here"),
            (_, None) => Err("participant names no practitioner who is here"),
            _ => Err("participant names several patients"),
        }
    }

    /// The row of an appointment that came from elsewhere, recognised by this when it comes again.
    pub(super) async fn agreed(
        &mut self,
        agreed: Agreed,
        (patient, doctor): (PatientId, DoctorId),
        index: BlindIndex,
    ) -> Result<row::Model, Fault> {
        let id: AppointmentId = self.state.clock.new_id();
        let reason = match agreed.reason {
            None => None,
            Some(reason) => {
                let place = Place::new("appointment", "reason", id.0);
                Some(self.key_of(patient).await?.seal(place, &reason)?)
            }
        };
        self.here.visits.insert(index.clone(), (id, patient));
        let (starts_at, ends_at) = agreed.time;
        Ok(row::Model {
            id,
            patient_id: patient,
            doctor_id: doctor,
            visit_type_id: None,
            starts_at,
            ends_at,
            zone: self.state.rules.zone.name().to_owned(),
            modality: agreed.modality,
            status: agreed.status,
            confirmed_at: None,
            reason,
            cancellation_reason: agreed.called_off,
            replaces_id: None,
            source_index: Some(index),
            version: 1,
            created_at: self.now,
            updated_at: self.now,
            recorded_by: None,
            blocked_from: starts_at,
            blocked_until: ends_at,
            group_key: id.0,
            seat: 0,
            hold_expires_at: None,
            series_id: None,
            occurrence: None,
        })
    }
}

/// Whether somebody has come, or was waited for.
fn has_happened(status: AppointmentStatus) -> bool {
    use AppointmentStatus::{Arrived, CheckedIn, Fulfilled, NoShow};
    matches!(status, CheckedIn | Arrived | Fulfilled | NoShow)
}

/// Where an appointment stands, and why it was called off if it was. Whoever had arrived a day ago has been seen.
fn state(
    said: &ImportedAppointment,
    now: DateTime<Utc>,
) -> (AppointmentStatus, Option<CancellationReason>) {
    let status = match said.status {
        // Held for nobody who is here: it is asked for.
        "proposed" | "pending" => AppointmentStatus::Proposed,
        "booked" => AppointmentStatus::Booked,
        "checked-in" | "arrived" if said.ends_at + STAYS <= now => AppointmentStatus::Fulfilled,
        "checked-in" => AppointmentStatus::CheckedIn,
        "arrived" => AppointmentStatus::Arrived,
        "fulfilled" => AppointmentStatus::Fulfilled,
        "noshow" => AppointmentStatus::NoShow,
        "cancelled" => AppointmentStatus::Cancelled,
        _ => AppointmentStatus::EnteredInError,
    };
    let moved = said.cancellation_words.as_deref() == Some(own::RESCHEDULED);
    let mut codes = said.cancellation.iter();
    let told = codes.find_map(|code| coded(code));
    let told = match moved {
        true => Some(CancellationReason::Rescheduled),
        false => told.filter(|one| *one != CancellationReason::HoldExpired),
    };
    let called_off =
        (status == AppointmentStatus::Cancelled).then(|| told.unwrap_or(CancellationReason::Other));
    (status, called_off)
}
