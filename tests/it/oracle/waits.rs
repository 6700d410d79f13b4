//! What the oracle knows of the waiting list: who waits, what is answered of them, and what is tried on it. The doctors of this
//! world have published no hours, so nothing is ever offered.
//!
//! The design's table has no row for it. What waits becomes an appointment, so it is read and worked on as appointments are by
//! those who treat the patient, but not through broken glass: nothing in an emergency hangs on who waits.

use super::answer::Reader;
use super::cells::{Column, Deed};
use super::deeds::{After, Expect, Tries};
use super::world::{Thing, World};
use crate::support::{App, Random, write};
use chrono::{DateTime, TimeDelta, Utc};
use entity::id::{DoctorId, PatientId, VisitTypeId, WaitlistEntryId};
use entity::waitlist_entry::{self as entry, WaitlistPriority, WaitlistStatus, Windows};
use patient_tracker::vault::Place;
use patient_tracker::waitlist::store::insert_rows;
use serde_json::{Value, json};
use uuid::Uuid;

/// The verbs of the waiting list.
pub const VERBS: &[&str] = &[
    "joinWaitlist",
    "updateWaitlistEntry",
    "leaveWaitlist",
    "acceptOffer",
    "declineOffer",
];

/// One who waits.
pub struct Wait {
    pub id: Uuid,
    pub patient: usize,
    /// With whom; none when any of a specialty will do.
    pub doctor: Option<usize>,
    pub priority: WaitlistPriority,
    pub note: Option<String>,
    pub status: WaitlistStatus,
    pub since: DateTime<Utc>,
    pub version: i32,
}

impl World {
    /// Whether this account sees this entry, and works on it: the same for both.
    pub fn sees_wait(&self, who: usize, wait: usize, now: DateTime<Utc>) -> bool {
        let (account, one) = (&self.accounts[who], &self.waits[wait]);
        let cleared = self.patients[one.patient].confidentiality <= account.clearance;
        let on_their_list = cleared && one.doctor.is_some() && account.as_doctor() == one.doctor;
        on_their_list || self.does(who, Deed::Withdraw, one.patient, now)
    }

    /// Who waits at the beginning.
    pub(super) async fn insert_waits(&mut self, app: &App, random: &mut Random) {
        let (state, now) = (app.state(), app.clock.now());
        let kind = VisitTypeId(self.kinds[0].id);
        let mut rows = Vec::new();
        for patient in 0..self.patients.len() {
            for number in 0..random.below(3) {
                let at = self.waits.len();
                let doctor =
                    (number == 0).then(|| random.below(self.doctors.len() as u64) as usize);
                let one = Wait {
                    id: app.clock.new_id::<WaitlistEntryId>().0,
                    patient,
                    doctor,
                    priority: *random.pick(&[WaitlistPriority::Routine, WaitlistPriority::Urgent]),
                    note: (random.below(2) == 0).then(|| format!("by bus number {at}")),
                    status: *random.pick(&[WaitlistStatus::Active, WaitlistStatus::Withdrawn]),
                    since: now - TimeDelta::minutes(i64::try_from(at).unwrap() + 3),
                    version: 1,
                };
                let id = PatientId(self.patients[patient].id);
                let row = state.loaders.patients.load(id).await.unwrap().unwrap();
                let key = state.vault.open_key(id.0, &row.data_key).unwrap();
                let place = Place::new("waitlist_entry", "note", one.id);
                let note = one.note.as_ref().map(|note| key.seal(place, note).unwrap());
                rows.push(entry::Model {
                    id: WaitlistEntryId(one.id),
                    patient_id: id,
                    visit_type_id: kind,
                    doctor_id: doctor.map(|at| DoctorId(self.doctors[at].id)),
                    specialty: doctor.is_none().then(|| "x-ray".to_owned()),
                    priority: one.priority,
                    windows: Windows::default(),
                    note,
                    status: one.status,
                    unanswered: 0,
                    expires_at: now + TimeDelta::days(300),
                    version: 1,
                    created_at: one.since,
                    updated_at: one.since,
                    recorded_by: None,
                });
                self.waits.push(one);
            }
        }
        write(state, move |tx| {
            let rows = rows.clone();
            Box::pin(async move {
                insert_rows(tx, rows).await?;
                Ok(Ok(()))
            })
        })
        .await;
    }

    /// Brings the list up to what was done: who joins here says nothing, and waits as usual.
    pub(super) fn mend_waits(&mut self, rows: &[entry::Model]) {
        for row in rows {
            if let Some(one) = self.waits.iter_mut().find(|one| one.id == row.id.0) {
                (one.status, one.version) = (row.status, row.version);
                continue;
            }
            let mut patients = self.patients.iter();
            let mut doctors = self.doctors.iter();
            let doctor = row.doctor_id;
            self.waits.push(Wait {
                id: row.id.0,
                patient: patients.position(|one| one.id == row.patient_id.0).unwrap(),
                doctor: doctor.map(|id| doctors.position(|one| one.id == id.0).unwrap()),
                priority: WaitlistPriority::Routine,
                note: None,
                status: row.status,
                since: row.created_at,
                version: row.version,
            });
        }
    }
}

impl Reader<'_> {
    /// Those on the list whom the viewer may know of, in its order.
    pub(super) fn waits(&self) -> Vec<Thing> {
        let all = 0..self.world.waits.len();
        let mut seen: Vec<_> = all
            .filter(|at| self.world.sees_wait(self.who, *at, self.now))
            .collect();
        seen.sort_by_key(|at| {
            let one = &self.world.waits[*at];
            (one.priority as i32, one.since, one.id)
        });
        seen.into_iter().map(Thing::Wait).collect()
    }

    /// What an entry of the list says.
    pub(super) fn of_wait(&self, at: usize, field: &str) -> Value {
        let one = &self.world.waits[at];
        match field {
            "priority" if one.priority == WaitlistPriority::Urgent => json!("URGENT"),
            "priority" => json!("ROUTINE"),
            "status" if one.status == WaitlistStatus::Active => json!("ACTIVE"),
            "status" => json!("WITHDRAWN"),
            "note" => json!(one.note),
            "version" => json!(one.version),
            _ => Value::Null,
        }
    }
}

impl Tries<'_> {
    /// What somebody tries on the list.
    pub(super) fn on_waitlist(
        &self,
        who: usize,
        name: &str,
        random: &mut Random,
    ) -> (String, Expect, After) {
        let world = self.world;
        if name == "joinWaitlist" {
            let (patient, doctor) = self.pair(who, random);
            let columns = world.columns(who, patient, self.now);
            let own = columns.contains(&Column::ByAppointment)
                && world.accounts[who].doctor == Some(doctor);
            let expect = match own || world.does(who, Deed::Book, patient, self.now) {
                _ if !world.accounts[who].is_of_the_clinic() => Expect::Refused("FORBIDDEN"),
                true if !world.may_receive(doctor, patient) => Expect::Told("DOCTOR_NOT_CLEARED"),
                true => Expect::Done(&["ALREADY_WAITING", "TOO_MANY_ENTRIES"]),
                false => Expect::Told("PATIENT_NOT_FOUND"),
            };
            let input = format!(
                "patientId: \"{}\" with: {{ doctor: \"{}\" }} visitTypeId: \"{}\"",
                world.id(Thing::Patient(patient)),
                world.id(Thing::Doctor(doctor)),
                world.id(Thing::Kind(0)),
            );
            return (input, expect, After::Nothing);
        }
        let at = random.below(world.waits.len() as u64) as usize;
        let waits = world.waits[at].status == WaitlistStatus::Active;
        let expect = match self.on(who, Thing::Wait(at), true, &[]) {
            Expect::Done(_) if name.ends_with("Offer") => Expect::Told("NO_OFFER"),
            Expect::Done(_) if !waits => Expect::Told("NOT_WAITING"),
            other => other,
        };
        let (id, version) = (world.id(Thing::Wait(at)), world.waits[at].version);
        let input = format!("id: \"{id}\" expectedVersion: {version}");
        (input, expect, After::Nothing)
    }
}
