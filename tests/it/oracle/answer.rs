//! What the oracle expects: the answer to a selection, for one viewer, at one moment.

use super::ask::{Document, Node, Pick, project};
use super::cells::{Cell, Column, Row};
use super::run::either;
use super::shape::{Lead, NODES};
use super::world::{Thing, World};
use chrono::{DateTime, SecondsFormat, Utc};
use entity::code::{AppointmentStatus as Status, Confidentiality, Roles, UserStatus};
use serde_json::{Map, Value, json};

/// One who asks, at one moment, with one document.
pub struct Reader<'a> {
    pub world: &'a World,
    pub document: &'a Document,
    pub who: usize,
    pub now: DateTime<Utc>,
}

/// The last characters.
fn masked(text: &str) -> String {
    let skip = text.chars().count().saturating_sub(4);
    format!("…{}", text.chars().skip(skip).collect::<String>())
}

fn shown(cell: Cell, text: Option<&str>) -> Value {
    match (cell, text) {
        (Cell::Whole, Some(text)) => json!(text),
        (Cell::Masked, Some(text)) => json!(masked(text)),
        _ => Value::Null,
    }
}

/// A moment, as all moments are compared.
pub fn moment(at: DateTime<Utc>) -> Value {
    json!(at.to_rfc3339_opts(SecondsFormat::Micros, true))
}

fn sensitivity(level: Confidentiality) -> &'static str {
    match level {
        Confidentiality::Normal => "NORMAL",
        Confidentiality::Restricted => "RESTRICTED",
        Confidentiality::VeryRestricted => "VERY_RESTRICTED",
    }
}

/// As the graph spells a state.
pub fn state(status: Status) -> &'static str {
    match status {
        Status::Proposed => "PROPOSED",
        Status::Pending => "PENDING",
        Status::Booked => "BOOKED",
        Status::CheckedIn => "CHECKED_IN",
        Status::Arrived => "ARRIVED",
        Status::Fulfilled => "FULFILLED",
        Status::Cancelled => "CANCELLED",
        Status::NoShow => "NOSHOW",
        Status::EnteredInError => "ENTERED_IN_ERROR",
    }
}

impl Reader<'_> {
    /// The whole of what is selected of a thing.
    pub fn thing(&self, thing: Thing, nodes: &[Node]) -> Value {
        let mut answer = Map::new();
        self.gather(thing, nodes, &mut answer);
        Value::Object(answer)
    }

    fn gather(&self, thing: Thing, nodes: &[Node], into: &mut Map<String, Value>) {
        let typename = thing.typename();
        let fits = |on: &str| on == typename || (on == "Node" && NODES.contains(&typename));
        for node in nodes {
            match node {
                Node::Pick(pick) => {
                    into.insert(pick.key.clone(), self.pick(thing, pick));
                }
                Node::Inline(on, nodes) if on.is_none_or(fits) => self.gather(thing, nodes, into),
                Node::Inline(..) => {}
                Node::Spread(at) => {
                    let (on, nodes) = &self.document.fragments[*at];
                    if fits(on) {
                        self.gather(thing, nodes, into);
                    }
                }
            }
        }
    }

    fn pick(&self, thing: Thing, pick: &Pick) -> Value {
        match pick.lead {
            Lead::Leaf if pick.name == "__typename" => json!(thing.typename()),
            Lead::Leaf => self.value(thing, pick.name),
            Lead::Plain(_) => project(&self.value(thing, pick.name), &pick.below),
            Lead::One(_) => match self.one(thing, pick.name) {
                Some(one) => self.thing(one, &pick.below),
                None => Value::Null,
            },
            Lead::Page(_) => match self.page(thing, pick.name) {
                Some(things) => self.paged(&things, pick),
                None => Value::Null,
            },
        }
    }

    /// A page of these.
    pub fn paged(&self, things: &[Thing], pick: &Pick) -> Value {
        let some = match pick.from_the_end {
            true => &things[things.len().saturating_sub(pick.first)..],
            false => &things[..pick.first.min(things.len())],
        };
        let shown: Vec<_> = some
            .iter()
            .map(|thing| self.thing(*thing, &pick.below))
            .collect();
        match pick.edges {
            true => json!({
                "edges": shown.into_iter().map(|node| json!({ "node": node })).collect::<Vec<_>>(),
                "pageInfo": {
                    "hasNextPage": !pick.from_the_end && things.len() > pick.first,
                    "hasPreviousPage": pick.from_the_end && things.len() > pick.first },
            }),
            false => json!({ "totalCount": things.len(), "nodes": shown }),
        }
    }

    fn one(&self, thing: Thing, field: &str) -> Option<Thing> {
        let world = self.world;
        let found = match (thing, field) {
            (Thing::Viewer(at), "user") => Thing::User(at),
            (Thing::Viewer(at), "patient") => Thing::Patient(world.accounts[at].patient?),
            (Thing::Viewer(at), "doctor") => {
                let is_one = world.accounts[at].is(Roles::DOCTOR);
                Thing::Doctor(world.accounts[at].doctor.filter(|_| is_one)?)
            }
            (Thing::Appointment(at), "patient") => Thing::Patient(world.appointments[at].patient),
            (Thing::Appointment(at), "doctor") => Thing::Doctor(world.appointments[at].doctor),
            (Thing::Appointment(at), "series") => Thing::Series(world.appointments[at].series?),
            (Thing::Appointment(at), "replaces") => {
                Thing::Appointment(world.appointments[at].replaces?)
            }
            (Thing::Member(at), "patient") => Thing::Patient(world.members[at].patient),
            (Thing::Member(at), "doctor") => Thing::Doctor(world.members[at].doctor),
            (Thing::Coverage(patient, _), "patient") => Thing::Patient(patient),
            (Thing::Entry(_, at), field) => world.tied_to(at, field)?,
            (Thing::Wait(at), "patient") => Thing::Patient(world.waits[at].patient),
            (Thing::Wait(at), "doctor") => Thing::Doctor(world.waits[at].doctor?),
            (Thing::Alert(at), field) => self.led_to_by_alert(at, field),
            (Thing::Proposal(at), _) => Thing::Patient(world.proposals[at].patient),
            (Thing::File(at), "patient") => Thing::Patient(world.files[at].patient),
            (Thing::Grant(at), "patient") => Thing::Patient(world.grants[at].patient),
            (Thing::Grant(at), "doctor") => Thing::Doctor(world.grants[at].doctor),
            (Thing::Patient(at), "nextAppointment") => self.next_of(at)?,
            other => panic!("the oracle knows no {other:?}"),
        };
        world.knows(self.who, found, self.now).then_some(found)
    }

    pub fn page(&self, thing: Thing, field: &str) -> Option<Vec<Thing>> {
        let world = self.world;
        match (thing, field) {
            (Thing::Patient(at), "appointments") => {
                Some(self.appointments(|one| world.appointments[one].patient == at))
            }
            (Thing::Series(at), "appointments") => {
                Some(self.appointments(|one| world.appointments[one].series == Some(at)))
            }
            (Thing::Doctor(at), "appointments") => {
                Some(self.appointments(|one| world.appointments[one].doctor == at))
            }
            (Thing::Patient(at), "coverages") => {
                let open = world.reads(self.who, Row::Coverage, at, self.now) > Cell::Nothing;
                let mut all: Vec<_> = (0..world.patients[at].coverages.len())
                    .filter(|one| !world.patients[at].coverages[*one].removed)
                    .collect();
                all.sort_by_key(|one| world.patients[at].coverages[*one].id);
                open.then(|| {
                    all.into_iter()
                        .map(|one| Thing::Coverage(at, one))
                        .collect()
                })
            }
            (Thing::Patient(at), "careTeam") => {
                let open = world.reads(self.who, Row::Team, at, self.now) > Cell::Nothing;
                let mut team: Vec<_> = (0..world.members.len())
                    .filter(|one| world.members[*one].patient == at && self.holds(*one))
                    .collect();
                team.sort_by_key(|one| world.members[*one].id);
                open.then(|| team.into_iter().map(Thing::Member).collect())
            }
            (Thing::Patient(at), "alerts") => self.alerts(at),
            (Thing::Patient(at), "changeProposals") => self.proposals(at),
            (Thing::Patient(at), "documents") => self.files(at),
            // Nothing that is tried takes another's place.
            (Thing::File(_), "versions") => Some(vec![thing]),
            (Thing::Patient(at), list) => self.entries(at, list),
            other => panic!("the oracle knows no {other:?}"),
        }
    }

    fn holds(&self, member: usize) -> bool {
        let member = &self.world.members[member];
        member.starts_at <= self.now && member.ends_at.is_none_or(|ends_at| self.now < ends_at)
    }

    fn value(&self, thing: Thing, field: &str) -> Value {
        if field == "id" {
            return json!(self.world.id(thing));
        }
        let world = self.world;
        match thing {
            Thing::Viewer(at) => match field {
                // Whoever has a second factor may have asked for codes.
                "recoveryCodesLeft" if world.accounts[at].proved => either(),
                "recoveryCodesLeft" => json!(0),
                "mustChangePassword" => json!(world.accounts[at].status == UserStatus::Invited),
                _ => json!(false),
            },
            Thing::User(at) => self.of_user(at, field),
            Thing::Patient(at) => self.of_patient(at, field),
            Thing::Doctor(at) => self.of_doctor(at, field),
            Thing::Appointment(at) => self.of_appointment(at, field),
            Thing::Series(at) => self.of_series(at, field),
            Thing::Member(at) => {
                let one = &world.members[at];
                match field {
                    "role" => serde_json::to_value(one.role).unwrap(),
                    "active" => json!(self.holds(at)),
                    "startsAt" => moment(one.starts_at),
                    "endsAt" => one.ends_at.map_or(Value::Null, moment),
                    _ => json!(one.version),
                }
            }
            Thing::Coverage(patient, at) => {
                let one = &world.patients[patient].coverages[at];
                let cell = world.reads(self.who, Row::Coverage, patient, self.now);
                match field {
                    "payer" => json!(one.payer),
                    "memberNumber" => shown(cell, Some(&one.number)),
                    "version" => json!(one.version),
                    _ => Value::Null,
                }
            }
            Thing::Entry(_, at) => self.of_entry(at, field),
            Thing::Alert(at) => self.of_alert(at, field),
            Thing::Proposal(at) => self.of_proposal(at, field),
            Thing::File(at) => self.of_file(at, field),
            Thing::Kind(at) => world.kinds[at].value[field].clone(),
            Thing::Grant(at) => self.of_grant(at, field),
            Thing::Wait(at) => self.of_wait(at, field),
        }
    }

    fn of_user(&self, at: usize, field: &str) -> Value {
        let user = &self.world.accounts[at];
        match field {
            "email" if at != self.who && user.roles.any_of(Roles::PATIENT) => {
                json!(masked(&user.email))
            }
            "email" => json!(user.email),
            "displayName" => json!(user.name),
            "clearance" => json!(sensitivity(user.clearance)),
            "status" => serde_json::to_value(user.status).unwrap(),
            "mfaEnrolled" => json!(user.proved),
            "emailVerified" => json!(true),
            "roles" => {
                let all = [
                    (Roles::PATIENT, "PATIENT"),
                    (Roles::DOCTOR, "DOCTOR"),
                    (Roles::ADMIN, "ADMIN"),
                    (Roles::ANALYST, "ANALYST"),
                ];
                let has = all.into_iter().filter(|(role, _)| user.roles.any_of(*role));
                has.map(|(_, name)| name).collect()
            }
            _ => json!(user.version),
        }
    }

    fn of_doctor(&self, at: usize, field: &str) -> Value {
        let (doctor, account) = (&self.world.doctors[at], &self.world.accounts[self.who]);
        let text = format!("Dr. {} {}", doctor.given, doctor.family);
        let is_theirs = account.is(Roles::DOCTOR) && account.doctor == Some(at);
        match field {
            "displayName" => json!(text),
            "zone" => json!("UTC"),
            "acceptsNewPatients" => json!(true),
            "version" => json!(doctor.version),
            "name" => json!({ "family": doctor.family, "given": [doctor.given], "text": text,
                "prefix": "Dr.", "__typename": "PersonName" }),
            "credentials" if is_theirs || account.is(Roles::ADMIN) => json!({
                "__typename": "DoctorCredentials", "licences": [{ "__typename": "Licence",
                    "number": doctor.licence, "authority": "Board" }] }),
            _ => Value::Null,
        }
    }

    fn of_patient(&self, at: usize, field: &str) -> Value {
        let patient = &self.world.patients[at];
        let reads = |row| self.world.reads(self.who, row, at, self.now);
        let text = format!("{} {}", patient.given, patient.family);
        match field {
            "mrn" => return json!(patient.mrn),
            "displayName" => return json!(text),
            "birthDate" => return json!(patient.birth_date),
            "version" => return json!(patient.version),
            "viewerRelationship" => {
                let nearest = self.world.columns(self.who, at, self.now);
                return json!(match nearest[0] {
                    Column::Own => "SELF",
                    Column::CareTeam => "CARE_TEAM",
                    Column::ByAppointment => "APPOINTMENT",
                    Column::BrokenGlass => "BREAK_GLASS",
                    Column::Admin => "ADMINISTRATION",
                    Column::NoRelation => "CLINICIAN",
                });
            }
            "name" => {
                return json!({ "family": patient.family, "given": [patient.given], "text": text,
                    "prefix": null, "__typename": "PersonName" });
            }
            "contact" => {
                let (cell, to_call) = (reads(Row::Contact), reads(Row::ToCall));
                if cell == Cell::Nothing {
                    return Value::Null;
                }
                let called = patient.to_call.iter().filter(|_| to_call > Cell::Nothing);
                let called: Vec<_> = called
                    .map(|(name, phone)| {
                        json!({ "name": name, "phone": shown(to_call, Some(phone)),
                        "relationship": "sister", "__typename": "EmergencyContact" })
                    })
                    .collect();
                return json!({ "email": shown(cell, patient.email.as_deref()),
                    "phone": shown(cell, patient.phone.as_deref()),
                    "emergencyContacts": called, "__typename": "PatientContact" });
            }
            _ => {}
        }
        if reads(Row::Demographics) == Cell::Nothing {
            return Value::Null;
        }
        match field {
            "gender" => json!(patient.gender),
            "bloodGroup" => json!(patient.blood_group),
            "language" => json!(patient.language),
            "confidentiality" => json!(sensitivity(patient.confidentiality)),
            "address" => patient.city.as_ref().map_or(Value::Null, |city| {
                json!({ "city": city, "lines": [format!("{} Street", patient.family)],
                    "country": "EE", "__typename": "Address" })
            }),
            "preferences" => json!({ "remindersByEmail": true, "contactBy": "EMAIL",
                "__typename": "PatientPreferences" }),
            _ => Value::Null,
        }
    }
}
