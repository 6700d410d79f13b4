//! What is tried on appointments and series.

use super::Expect::{self, Done, Refused, Told};
use super::{After, Tries, WORK, at};
use crate::oracle::cells::{Column, Deed};
use crate::oracle::world::Thing;
use crate::support::Random;
use chrono::{DateTime, TimeDelta, Utc};
use entity::code::AppointmentStatus as Status;

impl Tries<'_> {
    pub(super) fn on_appointment(
        &self,
        who: usize,
        name: &str,
        random: &mut Random,
    ) -> (String, Expect, After) {
        let world = self.world;
        let of_series: Vec<_> = (0..world.appointments.len())
            .filter(|one| world.appointments[*one].series.is_some())
            .collect();
        let one = match name.ends_with("Series") && !of_series.is_empty() && random.below(4) > 0 {
            true => *random.pick(&of_series),
            false => at(random, world.appointments.len()),
        };
        let patient = world.appointments[one].patient;
        let is_work = WORK.contains(&name);
        let deed = if is_work { Deed::Work } else { Deed::Withdraw };
        let may = world.is_theirs(who, one) || world.does(who, deed, patient, self.now);
        let rerouted = name == "rerouteAppointment";
        // The doctor whom it is with does not give the patient to others.
        let may = may && (!rerouted || world.does(who, deed, patient, self.now));
        // What is held opens the record once it is confirmed: that is for those who may book it.
        let opens =
            name == "confirmAppointment" && world.appointments[one].status == Status::Pending;
        let may = may && (!opens || self.may_book(who, patient, world.appointments[one].doctor));
        let expect = match (is_work || rerouted) && !self.is_staff(who) {
            true => Refused("FORBIDDEN"),
            false => match self.on(who, Thing::Appointment(one), may, &[]) {
                Done(_) if name.ends_with("Series") => self.on_series(who, one),
                Done(_) => self.moved(one, name),
                refused => refused,
            },
        };
        let id = world.id(Thing::Appointment(one));
        let more = match name {
            "cancelAppointment" => "reason: PATIENT".to_owned(),
            "rescheduleAppointment" => format!("startsAt: \"{}\"", self.later(one, random)),
            "rerouteAppointment" => format!(
                "doctorId: \"doc_{}\" startsAt: \"{}\"",
                "7".repeat(32),
                self.free(random)
            ),
            "cancelSeries" => "scope: ALL reason: PATIENT".to_owned(),
            "changeSeries" => format!("scope: ALL startsAt: \"{}\"", self.later(one, random)),
            _ => String::new(),
        };
        let (version, field) = match (&world.appointments[one].series, name) {
            (Some(series), "cancelSeries" | "changeSeries") => {
                (world.series[*series].version, "appointmentId")
            }
            (None, "cancelSeries" | "changeSeries") => (1, "appointmentId"),
            _ => (world.appointments[one].version, "id"),
        };
        (
            format!("{field}: \"{id}\" expectedVersion: {version} {more}"),
            expect,
            After::Nothing,
        )
    }

    /// What the state of an appointment lets come of a move, and where it does not decide alone, what the time may.
    fn moved(&self, one: usize, name: &str) -> Expect {
        use Status::{Arrived, Booked, CheckedIn, NoShow, Pending, Proposed};
        if name == "rerouteAppointment" {
            // To a doctor whom there is not.
            return Expect::Stuck(&["NOT_A_COLLEAGUE"]);
        }
        let one = &self.world.appointments[one];
        let (from, unless): (&[Status], &[&str]) = match name {
            "acceptAppointment" => (&[Proposed], &["TOO_LATE", "SLOT_TAKEN"]),
            "confirmAppointment" => (&[Pending, Booked], &["TOO_LATE"]),
            "checkInAppointment" => (&[Booked], &["TOO_EARLY"]),
            "arriveAppointment" => (&[Booked, CheckedIn], &["TOO_EARLY"]),
            "callAppointment" => (&[Arrived], &["WRONG_STATE"]),
            "completeAppointment" => (&[Arrived], &[]),
            "markNoShow" => (&[Booked, CheckedIn], &["TOO_EARLY"]),
            "enterAppointmentInError" => (
                &[
                    Proposed,
                    Pending,
                    Booked,
                    CheckedIn,
                    Arrived,
                    NoShow,
                    Status::Fulfilled,
                    Status::Cancelled,
                ],
                &[],
            ),
            "undoNoShow" => (&[NoShow], &["TOO_LATE", "SLOT_TAKEN"]),
            "rescheduleAppointment" => (&[Booked], &["TOO_LATE", "SLOT_TAKEN", "PATIENT_BUSY"]),
            _ => (&[Proposed, Pending, Booked, CheckedIn], &["TOO_LATE"]),
        };
        let twice = name == "confirmAppointment" && one.confirmed;
        match from.contains(&one.status) {
            true if twice => Done(&["WRONG_STATE", "TOO_LATE"]),
            true => Done(unless),
            false => Told("WRONG_STATE"),
        }
    }

    /// What comes of changing a series, seen from an appointment that they may change: the state and the times decide.
    fn on_series(&self, who: usize, one: usize) -> Expect {
        let series = self.world.appointments[one].series;
        match series {
            Some(series) if self.world.knows(who, Thing::Series(series), self.now) => Done(&[
                "CONFLICTS",
                "WRONG_STATE",
                "TOO_LATE",
                "NOTHING_TO_CANCEL",
                "NOTHING_TO_CHANGE",
            ]),
            _ => Told("NOT_IN_A_SERIES"),
        }
    }

    /// A time that is likely to be free.
    fn free(&self, random: &mut Random) -> String {
        self.from(self.now + TimeDelta::days(60), random)
    }

    /// The same, and later than this appointment: whoever may bring it forward is a question of its own (tests/it/opening.rs).
    fn later(&self, one: usize, random: &mut Random) -> String {
        let begins = self.world.appointments[one].starts_at + TimeDelta::days(1);
        self.from(begins.max(self.now + TimeDelta::days(60)), random)
    }

    fn from(&self, first: DateTime<Utc>, random: &mut Random) -> String {
        let minutes = i64::try_from(random.below(200_000)).unwrap();
        let at = first + TimeDelta::minutes(minutes);
        at.format("%Y-%m-%dT%H:%M:00Z").to_string()
    }

    /// Whether they may give this patient a time of this doctor's: of their own, to whom they meet by appointment.
    fn may_book(&self, who: usize, patient: usize, doctor: usize) -> bool {
        let world = self.world;
        let columns = world.columns(who, patient, self.now);
        let own = world.accounts[who].doctor == Some(doctor);
        own && columns.contains(&Column::ByAppointment)
            || world.does(who, Deed::Book, patient, self.now)
    }

    pub(super) fn book(
        &self,
        who: usize,
        name: &str,
        random: &mut Random,
    ) -> (String, Expect, After) {
        let world = self.world;
        let (patient, doctor) = self.pair(who, random);
        let expect = match self.may_book(who, patient, doctor) {
            _ if !world.accounts[who].is_of_the_clinic() => Refused("FORBIDDEN"),
            true if !world.may_receive(doctor, patient) => Told("DOCTOR_NOT_CLEARED"),
            true if name == "bookSeries" => Done(&["CONFLICTS"]),
            true => Done(&["SLOT_TAKEN", "PATIENT_BUSY", "TOO_MANY_HOLDS"]),
            false => Told("PATIENT_NOT_FOUND"),
        };
        let rule = match name {
            "bookSeries" => "rule: \"FREQ=DAILY;COUNT=3\"",
            _ => "",
        };
        let input = format!(
            "patientId: \"{}\" doctorId: \"{}\" visitTypeId: \"{}\" startsAt: \"{}\" {rule}",
            world.id(Thing::Patient(patient)),
            world.id(Thing::Doctor(doctor)),
            world.id(Thing::Kind(0)),
            self.free(random)
        );
        (input, expect, After::Nothing)
    }
}
