//! The ways in: root fields with random arguments, and what the oracle expects to be told there.

use super::answer::Reader;
use super::ask::{Document, Node, Pick, page_of, text_of};
use super::cells::Column;
use super::shape::Lead;
use super::world::{Thing, World};
use crate::support::Random;
use chrono::NaiveDate;
use entity::code::Roles;
use serde_json::Value;

/// A root field with its arguments.
#[derive(Clone, Debug)]
pub enum Root {
    Viewer,
    /// By the root of its own type, or by `node`.
    One(Thing, bool),
    /// `node` or `patient`, of nothing that there is.
    Nothing(&'static str),
    Appointments,
    ClinicDay(NaiveDate),
    Patients(Search),
    Users,
    Doctors,
    Kinds,
    /// The audit, of a request that there never was: what else it holds changes with each probe.
    Audit,
    Grants,
    Waits,
}

/// How patients are searched.
#[derive(Clone, Debug)]
pub enum Search {
    None,
    Number(String),
    Name(String),
    Born(NaiveDate),
    Email(String),
    Phone(String),
}

/// What a root tells.
#[derive(Debug, PartialEq)]
pub enum Told {
    Data(Value),
    Refused(&'static str),
}

/// One probe.
pub struct Probe {
    pub root: Root,
    pub pick: Pick,
}

impl Root {
    /// A random one.
    pub fn random(
        random: &mut Random,
        world: &World,
        who: Option<usize>,
        things: &[Thing],
    ) -> Self {
        // Whom a doctor meets in some way, or has met, is asked for more often than chance would.
        if let (Some(patients), 0) = (who.map(|who| world.met_by(who)), random.below(4))
            && !patients.is_empty()
        {
            return Self::One(
                Thing::Patient(*random.pick(&patients)),
                random.below(2) == 0,
            );
        }
        match random.below(21) {
            0 => Self::Viewer,
            1..=12 => {
                let thing = *random.pick(things);
                let has_root = matches!(
                    thing,
                    Thing::Patient(_)
                        | Thing::Doctor(_)
                        | Thing::Appointment(_)
                        | Thing::User(_)
                        | Thing::Wait(_)
                );
                Self::One(thing, !has_root || random.below(2) == 0)
            }
            13 => {
                const PREFIXES: [&str; 14] = [
                    "pat", "app", "ser", "cov", "ctm", "user", "ses", "btg", "con", "vit", "wai",
                    "alr", "abs", "prp",
                ];
                Self::Nothing(random.pick::<&str>(&PREFIXES))
            }
            14 | 15 => Self::Appointments,
            16 => {
                let one = random.pick(&world.appointments);
                Self::ClinicDay(one.starts_at.date_naive())
            }
            17 => Self::Patients(Search::None),
            18 => {
                let patient = random.pick(&world.patients);
                Self::Patients(match random.below(5) {
                    0 => Search::Number(patient.mrn.clone()),
                    1 => Search::Name(patient.given.clone()),
                    2 => Search::Born(patient.birth_date),
                    3 => Search::Email(patient.email.clone().unwrap_or("x@y.test".to_owned())),
                    _ => Search::Phone(patient.phone.clone().unwrap_or("+3725559999".to_owned())),
                })
            }
            19 => Self::Grants,
            _ => match random.below(5) {
                0 => Self::Users,
                4 => Self::Waits,
                1 => Self::Doctors,
                2 => Self::Audit,
                _ => Self::Kinds,
            },
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Viewer => "Viewer",
            Self::One(thing, _) => thing.typename(),
            Self::Nothing(_) | Self::Patients(_) => "Patient",
            Self::Appointments | Self::ClinicDay(_) => "Appointment",
            Self::Users => "User",
            Self::Doctors => "Doctor",
            Self::Kinds => "VisitKind",
            Self::Audit => "AuditEntry",
            Self::Grants => "BreakGlassGrant",
            Self::Waits => "WaitlistEntry",
        }
    }

    /// Its name, and its arguments written out.
    pub fn field(&self, world: &World) -> (&'static str, String) {
        let id = |thing| format!("id: \"{}\"", world.id(thing));
        match self {
            Self::Viewer => ("viewer", String::new()),
            Self::One(thing, true) => ("node", id(*thing)),
            Self::One(thing @ Thing::Patient(_), _) => ("patient", id(*thing)),
            Self::One(thing @ Thing::Doctor(_), _) => ("doctor", id(*thing)),
            Self::One(thing @ Thing::Appointment(_), _) => ("appointment", id(*thing)),
            Self::One(thing @ Thing::Wait(_), _) => ("waitlistEntry", id(*thing)),
            Self::One(thing, _) => ("user", id(*thing)),
            Self::Nothing("pat") => ("patient", format!("id: \"pat_{}\"", "7".repeat(32))),
            Self::Nothing(kind) => ("node", format!("id: \"{kind}_{}\"", "7".repeat(32))),
            Self::Appointments => ("appointments", String::new()),
            Self::ClinicDay(day) => ("clinicDay", format!("day: \"{day}\"")),
            Self::Users => ("users", String::new()),
            Self::Doctors => ("doctors", String::new()),
            Self::Kinds => ("visitTypes", String::new()),
            Self::Audit => ("auditEntries", "filter: { request: \"none\" }".to_owned()),
            Self::Grants => ("breakGlassGrants", String::new()),
            Self::Waits => ("waitlist", String::new()),
            Self::Patients(search) => {
                let by = match search {
                    Search::None => return ("patients", String::new()),
                    Search::Number(mrn) => format!("mrn: \"{mrn}\""),
                    Search::Name(name) => format!("name: \"{name}\""),
                    Search::Born(day) => format!("birthDate: \"{day}\""),
                    Search::Email(email) => format!("email: \"{email}\""),
                    Search::Phone(phone) => format!("phone: \"{phone}\""),
                };
                ("patients", format!("search: {{ {by} }}"))
            }
        }
    }

    /// Whether a refusal leaves null there, and the rest of the document as it is.
    pub fn is_nullable(&self) -> bool {
        matches!(self, Self::Viewer | Self::One(..) | Self::Nothing(_))
    }

    /// A probe of this root, with a random selection.
    pub fn probe(self, random: &mut Random, world: &World, document: &mut Document) -> Probe {
        let (name, _) = self.field(world);
        let kind = self.kind();
        let lead = match self.is_nullable() {
            true => Lead::One(kind),
            false => Lead::Page(kind),
        };
        let below: Vec<Node> = match name {
            "node" => document.select_node(random, kind),
            _ => document.select(random, kind, 3),
        };
        let pick = Pick {
            key: document.name(),
            name,
            lead,
            below,
            first: 1 + usize::try_from(random.below(4)).unwrap(),
            from_the_end: random.below(4) == 0,
            edges: random.below(2) == 0,
        };
        Probe { root: self, pick }
    }
}

impl Probe {
    /// The probe, written out.
    pub fn text(&self, world: &World) -> String {
        let (name, mut arguments) = self.root.field(world);
        let below = match self.pick.lead {
            Lead::Page(_) => {
                arguments = format!("{arguments} {}", self.pick.some());
                page_of(&self.pick)
            }
            _ => text_of(&self.pick.below),
        };
        if !arguments.is_empty() {
            arguments = format!("({arguments})");
        }
        format!("{}: {name}{arguments} {below}", self.pick.key)
    }
}

impl Reader<'_> {
    /// What the viewer is told at this root.
    pub fn told(&self, probe: &Probe) -> Told {
        let (world, account) = (self.world, &self.world.accounts[self.who]);
        let is_open = account.is_of_the_clinic();
        let forbidden = Told::Refused("FORBIDDEN");
        match &probe.root {
            Root::Viewer => Told::Data(self.thing(Thing::Viewer(self.who), &probe.pick.below)),
            Root::One(thing, by_node) => {
                let quiet = *by_node || matches!(thing, Thing::User(_));
                match world.knows(self.who, *thing, self.now) {
                    true => Told::Data(self.thing(*thing, &probe.pick.below)),
                    false if quiet => Told::Data(Value::Null),
                    false if !is_open => forbidden,
                    false => Told::Refused("NOT_FOUND"),
                }
            }
            Root::Nothing("pat") if !is_open => forbidden,
            Root::Nothing("pat") => Told::Refused("NOT_FOUND"),
            Root::Nothing(_) => Told::Data(Value::Null),
            list => match self.listed(list) {
                Some(things) => Told::Data(self.paged(&things, &probe.pick)),
                None => forbidden,
            },
        }
    }

    /// The whole of a list, if it is open to the viewer.
    pub fn listed(&self, root: &Root) -> Option<Vec<Thing>> {
        let (world, account) = (self.world, &self.world.accounts[self.who]);
        let is_admin = account.is(Roles::ADMIN);
        let is_staff = is_admin || account.is(Roles::DOCTOR);
        let is_open = account.is_of_the_clinic();
        let by_id = |length: usize, thing: fn(usize) -> Thing| {
            let mut all: Vec<_> = (0..length).map(thing).collect();
            all.sort_by_key(|thing| world.id(*thing));
            all
        };
        match root {
            Root::Appointments if is_open => Some(self.appointments(|_| true)),
            Root::ClinicDay(day) if is_admin => {
                let of_day = |at: usize| world.appointments[at].starts_at.date_naive() == *day;
                Some(self.appointments(of_day))
            }
            Root::Users if is_admin => Some(by_id(world.accounts.len(), Thing::User)),
            Root::Patients(search) if is_staff => Some(self.found(search)),
            Root::Doctors if is_open => Some(by_id(world.doctors.len(), Thing::Doctor)),
            Root::Audit if is_admin => Some(Vec::new()),
            Root::Grants if is_admin => Some(by_id(world.grants.len(), Thing::Grant)),
            Root::Waits if is_open => Some(self.waits()),
            Root::Kinds if is_open => Some((0..world.kinds.len()).map(Thing::Kind).collect()),
            _ => None,
        }
    }

    /// Whom a search finds: by what the design lets everybody who treats be found, whoever may know of them; by anything
    /// else, and without a search, only those they are related to.
    fn found(&self, search: &Search) -> Vec<Thing> {
        let world = self.world;
        let is_admin = world.accounts[self.who].is(Roles::ADMIN);
        let related = |at: usize| is_admin || self.treats(at);
        let fits = |at: usize| {
            let patient = &world.patients[at];
            match search {
                Search::None => related(at),
                Search::Number(mrn) => patient.mrn == *mrn,
                Search::Name(name) => patient.given == *name,
                Search::Born(day) => patient.birth_date == *day,
                Search::Email(email) => patient.email.as_ref() == Some(email) && related(at),
                Search::Phone(phone) => patient.phone.as_ref() == Some(phone) && related(at),
            }
        };
        let all = 0..world.patients.len();
        // What broken glass opens is not found by it.
        let shows = |at: &usize| {
            let mut columns = world.columns(self.who, *at, self.now).into_iter();
            columns.any(|column| column != Column::BrokenGlass)
        };
        let mut found: Vec<_> = all.filter(|at| fits(*at) && shows(at)).collect();
        found.sort_by_key(|at| world.patients[*at].id);
        found.into_iter().map(Thing::Patient).collect()
    }

    /// Whether the patient is in the viewer's care.
    fn treats(&self, patient: usize) -> bool {
        let columns = self.world.columns(self.who, patient, self.now);
        columns.contains(&Column::CareTeam) || columns.contains(&Column::Own)
    }
}
