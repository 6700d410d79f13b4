//! Subscriptions, over a real socket: who is let in, and what reaches them.

use super::answer::Reader;
use super::ask::Document;
use super::cells::{Cell, Row};
use super::run::{Mismatches, codes_at, described, normal};
use super::world::{Thing, World};
use crate::support::{App, Live, Random, Socket};
use chrono::{DateTime, Utc};
use entity::code::{AppointmentStatus as Status, Roles};
use serde_json::{Value, json};
use std::time::Duration;

/// What is followed.
#[derive(Clone, Copy, Debug)]
enum Of {
    Patients,
    Patient(usize),
    Appointments,
    AppointmentsOfDoctor(usize),
    AppointmentsOfPatient(usize),
    WaitsOfDoctor(usize),
    WaitsOfPatient(usize),
    Opened,
    OpenedRecord(usize),
    Files,
    FilesOfPatient(usize),
}

/// What is asked of a patient, and of an appointment, that has changed.
const PATIENT: &str = "id contact { phone } gender viewerRelationship";
const APPOINTMENT: &str = "id status reason patient { id gender contact { phone } }";

impl Of {
    fn random(random: &mut Random, world: &World, who: Option<usize>) -> Self {
        let account = who.map(|who| &world.accounts[who]);
        let mut pick = |own: Option<usize>, length: usize| match (own, random.below(3)) {
            (Some(own), 0) => own,
            _ => usize::try_from(random.below(length as u64)).unwrap(),
        };
        let patient = pick(account.and_then(|one| one.patient), world.patients.len());
        let doctor = pick(account.and_then(|one| one.doctor), world.doctors.len());
        match random.below(14) {
            12 => Self::Files,
            13 => Self::FilesOfPatient(patient),
            10 => Self::WaitsOfDoctor(doctor),
            11 => Self::WaitsOfPatient(patient),
            8 => Self::Opened,
            9 => Self::OpenedRecord(patient),
            0 => Self::Patients,
            1 => Self::Appointments,
            2 | 3 => Self::AppointmentsOfDoctor(doctor),
            4 | 5 => Self::AppointmentsOfPatient(patient),
            _ => Self::Patient(patient),
        }
    }

    fn document(self, world: &World) -> String {
        let (field, of) = match self {
            Self::Patients => ("patientChanged", "clinic: true".to_owned()),
            Self::Patient(at) => {
                let id = world.id(Thing::Patient(at));
                ("patientChanged", format!("patient: \"{id}\""))
            }
            Self::Appointments => ("appointmentChanged", "clinic: true".to_owned()),
            Self::AppointmentsOfDoctor(at) => {
                let id = world.id(Thing::Doctor(at));
                ("appointmentChanged", format!("doctor: \"{id}\""))
            }
            Self::AppointmentsOfPatient(at) => {
                let id = world.id(Thing::Patient(at));
                ("appointmentChanged", format!("patient: \"{id}\""))
            }
            Self::WaitsOfDoctor(at) => {
                let id = world.id(Thing::Doctor(at));
                ("waitlistChanged", format!("doctor: \"{id}\""))
            }
            Self::WaitsOfPatient(at) => {
                let id = world.id(Thing::Patient(at));
                ("waitlistChanged", format!("patient: \"{id}\""))
            }
            Self::Files => ("documentChanged", "clinic: true".to_owned()),
            Self::FilesOfPatient(at) => {
                let id = world.id(Thing::Patient(at));
                ("documentChanged", format!("patient: \"{id}\""))
            }
            Self::Opened => ("breakGlassChanged", "clinic: true".to_owned()),
            Self::OpenedRecord(at) => {
                let id = world.id(Thing::Patient(at));
                ("breakGlassChanged", format!("patient: \"{id}\""))
            }
        };
        let change = match field {
            "breakGlassChanged" | "documentChanged" | "waitlistChanged" => String::new(),
            "patientChanged" => format!("... on PatientChange {{ patient {{ {PATIENT} }} }}"),
            _ => format!("... on AppointmentChange {{ appointment {{ {APPOINTMENT} }} }}"),
        };
        format!(
            "subscription {{ {field}(of: {{ {of} }}, after: \"now\") {{ __typename {change} }} }}"
        )
    }

    /// With which code following is refused, if it is.
    fn refused(
        self,
        world: &World,
        who: Option<usize>,
        now: DateTime<Utc>,
    ) -> Option<&'static str> {
        let Some(who) = who else {
            return Some("UNAUTHENTICATED");
        };
        let account = &world.accounts[who];
        let admin = account.is(Roles::ADMIN);
        match self {
            _ if !account.comes_in() => Some("closed 4403"),
            _ if !account.is_of_the_clinic() => Some("FORBIDDEN"),
            Self::Patients | Self::Appointments | Self::Opened | Self::Files => {
                (!admin).then_some("FORBIDDEN")
            }
            Self::AppointmentsOfDoctor(at) | Self::WaitsOfDoctor(at) => {
                let own = account.is(Roles::DOCTOR) && account.doctor == Some(at);
                (!admin && !own).then_some("NOT_FOUND")
            }
            Self::FilesOfPatient(at) => {
                let known = world.reads(who, Row::SharedDocuments, at, now) > Cell::Nothing;
                (!known).then_some("NOT_FOUND")
            }
            // Who broken glass is told of: not those who treat the patient, for it is about them.
            Self::OpenedRecord(at) => {
                let own = account.is(Roles::PATIENT) && account.patient == Some(at);
                (!admin && !own).then_some("NOT_FOUND")
            }
            // The stream is a thing of its own, which whoever may not follow it does not find.
            Self::Patient(at) | Self::AppointmentsOfPatient(at) | Self::WaitsOfPatient(at) => {
                let related = world.reads(who, Row::Demographics, at, now) > Cell::Nothing;
                (!related).then_some("NOT_FOUND")
            }
        }
    }

    /// Whether a change of this thing is on the stream, and may be seen.
    fn receives(self, world: &World, who: usize, thing: Thing, now: DateTime<Utc>) -> bool {
        let on_it = match (self, thing) {
            (Self::Patients, Thing::Patient(_)) | (Self::Appointments, Thing::Appointment(_)) => {
                true
            }
            (Self::Patient(at), Thing::Patient(one)) => at == one,
            (Self::AppointmentsOfDoctor(at), Thing::Appointment(one)) => {
                world.appointments[one].doctor == at
            }
            (Self::AppointmentsOfPatient(at), Thing::Appointment(one)) => {
                world.appointments[one].patient == at
            }
            _ => false,
        };
        on_it && world.knows(who, thing, now)
    }
}

/// So many random attempts to follow something; those that are let in stay.
pub async fn follow(
    app: &App,
    world: &World,
    random: &mut Random,
    count: usize,
    wrong: &mut Mismatches,
) -> Followers {
    let mut followers = Vec::new();
    for _ in 0..count {
        let who = match random.below(25) {
            0 => None,
            _ => Some(usize::try_from(random.below(world.accounts.len() as u64)).unwrap()),
        };
        let of = Of::random(random, world, who);
        let text = of.document(world);
        let expected = of.refused(world, who, app.clock.now());
        let token = who.and_then(|who| world.accounts[who].person.token.as_deref());
        let mut live = None;
        let first = match Socket::tried(&app.copy.address, token).await {
            Ok(socket) => {
                let live = live.insert(socket.subscribe("1", &text, json!({})).await);
                live.socket.message().await
            }
            Err(code) => Err(code),
        };
        let told = match first {
            Ok(mut message) if message["type"] == "next" => message["payload"].take(),
            Ok(mut message) => json!({ "errors": message["payload"].take() }),
            Err(code) => {
                json!({ "errors": [{ "extensions": { "code": format!("closed {code}") } }] })
            }
        };
        let codes = codes_at(&told, None);
        let caught_up = told.to_string().contains("CaughtUp");
        let agree = match expected {
            None => caught_up,
            Some(code) => codes == [code],
        };
        if !agree {
            wrong.note(
                &described(world, who),
                &text,
                &format!("{expected:?}"),
                &told.to_string(),
            );
        }
        // Leaves end by themselves at any time: what comes of them is not counted.
        let stays =
            caught_up && followers.len() < 150 && !matches!(of, Of::Opened | Of::OpenedRecord(_));
        if let (Some(who), Some(live), true) = (who, live, stays) {
            followers.push(Follower { who, of, live });
        }
    }
    Followers(followers)
}

struct Follower {
    who: usize,
    of: Of,
    live: Live,
}

/// Who was let in.
#[derive(Default)]
pub struct Followers(Vec<Follower>);

impl Followers {
    /// Changes a number of things, and compares what reaches whom; how many deliveries there were.
    pub async fn receive(mut self, app: &App, world: &mut World, wrong: &mut Mismatches) -> usize {
        let admin = world
            .accounts
            .iter()
            .position(|one| one.roles == Roles::ADMIN)
            .unwrap();
        let mut due: Vec<Vec<Value>> = self.0.iter().map(|_| Vec::new()).collect();
        for thing in changeable(world) {
            if !change(world, admin, thing).await {
                continue;
            }
            let now = app.clock.now();
            for (follower, due) in self.0.iter().zip(&mut due) {
                if follower.of.receives(world, follower.who, thing, now) {
                    due.push(delivered(world, follower.who, thing, now));
                }
            }
        }
        let mut count = 0;
        for (follower, due) in self.0.iter_mut().zip(due) {
            let name = described(world, Some(follower.who));
            let mut got = Vec::new();
            let patient = |got: usize| match got < due.len() {
                true => Duration::from_secs(60),
                false => Duration::from_millis(30),
            };
            let mut patience = patient(0);
            while let Some(Ok(message)) = follower.live.socket.message_within(patience).await {
                let fields = message["payload"]["data"].as_object();
                let change = fields.and_then(|fields| fields.values().next().cloned());
                got.push(normal(change.unwrap_or(message)));
                patience = patient(got.len());
            }
            if due.is_empty() && got.is_empty() {
                continue;
            }
            count += due.len();
            if got != due {
                let (expected, got) = (json!(due), json!(got));
                wrong.note(
                    &name,
                    &format!("{:?}", follower.of),
                    &expected.to_string(),
                    &got.to_string(),
                );
            }
        }
        count
    }
}

/// What is changed: patients, and appointments that can be confirmed.
fn changeable(world: &World) -> Vec<Thing> {
    let mut all: Vec<_> = (0..world.patients.len()).map(Thing::Patient).collect();
    let booked = (0..world.appointments.len()).filter(|at| {
        let one = &world.appointments[*at];
        one.status == Status::Booked && one.version == 1
    });
    all.extend(booked.map(Thing::Appointment));
    all
}

/// An administrator changes it; whether they did.
async fn change(world: &mut World, admin: usize, thing: Thing) -> bool {
    let id = world.id(thing);
    let person = &world.accounts[admin].person;
    let (field, more, version) = match thing {
        Thing::Patient(at) => {
            let more = format!("contact: {{ phone: \"+3725888{at:04}\" }}");
            ("updatePatient", more, world.patients[at].version)
        }
        Thing::Appointment(at) => (
            "confirmAppointment",
            String::new(),
            world.appointments[at].version,
        ),
        _ => return false,
    };
    let text = format!(
        "mutation {{ {field}(input: {{ id: \"{id}\" expectedVersion: {version} {more} }}) {{ userErrors {{ code }} }} }}"
    );
    let answer = person.data(&text, json!({})).await;
    if answer[field]["userErrors"] != json!([]) {
        return false;
    }
    match thing {
        Thing::Patient(at) => {
            let patient = &mut world.patients[at];
            patient.version += 1;
            patient.phone = Some(format!("+3725888{at:04}"));
        }
        Thing::Appointment(at) => world.appointments[at].version += 1,
        _ => {}
    }
    true
}

/// The message that tells of a change.
fn delivered(world: &World, who: usize, thing: Thing, now: DateTime<Utc>) -> Value {
    let document = Document::default();
    let reader = Reader {
        world,
        document: &document,
        who,
        now,
    };
    match thing {
        Thing::Patient(_) => json!({ "__typename": "PatientChange",
            "patient": reader.thing(thing, &super::ask::patient_in_short()) }),
        _ => json!({ "__typename": "AppointmentChange",
            "appointment": reader.thing(thing, &super::ask::appointment_in_short()) }),
    }
}
