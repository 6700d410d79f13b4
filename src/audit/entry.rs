//! From a trail's looks to the entries that are kept of them.

use super::looked_at::{self, Kept};
use super::many;
use super::shown::ShownTo;
use super::{AuditKey, chain};
use crate::access::{Act, Action, Begun, Look, Object, Relationship, Viewer};
use crate::clock::Clock;
use crate::error::Fault;
use chrono::DateTime;
use entity::audit_entry::Model;
use entity::audit_follower;
use entity::code::Roles;
use entity::id::{PatientId, SessionId, UserId};
use sea_orm::ActiveEnum as _;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use uuid::Uuid;

/// Makes entries for one process. Cheap to clone.
#[derive(Clone)]
pub(super) struct Maker {
    pub clock: Clock,
    pub key: Arc<AuditKey>,
    pub node: Uuid,
}

/// Whose looks they are, and of which operation.
struct Whose<'a> {
    actor: Option<UserId>,
    session: Option<SessionId>,
    roles: Roles,
    request_id: &'a str,
    address: Option<Vec<u8>>,
    operation: &'a str,
    fields: &'a str,
}

impl Maker {
    /// An entry for each look. `is_done`: what they would change is changed with them; else it was not.
    pub fn entries(
        &self,
        viewer: &Viewer,
        looks: &[Look],
        is_done: bool,
    ) -> Result<Vec<Model>, Fault> {
        self.each(viewer, looks, |whose, look| {
            self.entry(whose, look, is_done)
        })
    }

    /// What is kept of what was merely looked at: what was looked at alike in the records of many patients is one entry.
    pub fn looked_at(&self, viewer: &Viewer, looks: &[Look]) -> Result<Vec<Model>, Fault> {
        let kept = looked_at::kept(looks);
        self.each(viewer, &kept, |whose, Kept { look, at }| {
            let mut entry = self.entry(whose, look, false);
            if let Some(at) = at {
                entry.id = many::first_of(entry.id);
                (entry.object_id, entry.patient_id) = (None, None);
                entry.times = i32::try_from(at.0.len()).unwrap_or(i32::MAX);
                entry.patients = Some(at.encoded());
            }
            entry
        })
    }

    /// The entry of each of these, proved.
    fn each<T>(
        &self,
        viewer: &Viewer,
        these: &[T],
        entry: impl Fn(&Whose<'_>, &T) -> Model,
    ) -> Result<Vec<Model>, Fault> {
        let Some(trail) = viewer.trail() else {
            return Ok(Vec::new());
        };
        let begun = trail.begun();
        let actor = viewer.actor();
        let whose = Whose {
            actor: actor.map(|actor| actor.user),
            session: actor.map(|actor| actor.session),
            roles: actor.map_or(Roles::NONE, |actor| actor.roles),
            request_id: &begun.request_id,
            address: self.address(begun)?,
            operation: &begun.operation,
            fields: &begun.fields,
        };
        let proved = |one: &T| {
            let mut entry = entry(&whose, one);
            self.prove(&mut entry);
            entry
        };
        Ok(these.iter().map(proved).collect())
    }

    /// Who follows a stream, under this number; nothing for a viewer whose trail follows none.
    pub fn follower(&self, viewer: &Viewer, number: i32) -> Result<Option<Follower>, Fault> {
        let Some((trail, stream)) = viewer.trail().and_then(|it| Some((it, it.stream()?))) else {
            return Ok(None);
        };
        let (begun, actor) = (trail.begun(), viewer.actor());
        let mut row = audit_follower::Model {
            node: self.node,
            number,
            stream: stream.to_string(),
            actor: actor.map(|actor| actor.user),
            session: actor.map(|actor| actor.session),
            roles: actor.map_or(Roles::NONE, |actor| actor.roles).0,
            request_id: begun.request_id.to_string(),
            address: self.address(begun)?,
            mac: Vec::new(),
        };
        row.mac = chain::proof_of_follower(self.key.secret(), &row).to_vec();
        Ok(Some(Follower {
            row,
            stream: Arc::clone(stream),
            operation: Arc::clone(&begun.operation),
            fields: Arc::clone(&begun.fields),
            is_kept: AtomicBool::new(false),
        }))
    }

    /// The entry of what one follower was shown.
    pub fn shown(&self, follower: &Follower, look: &Look) -> Model {
        let row = &follower.row;
        let whose = Whose {
            actor: row.actor,
            session: row.session,
            roles: Roles(row.roles),
            request_id: &row.request_id,
            address: row.address.clone(),
            operation: &follower.operation,
            fields: &follower.fields,
        };
        let mut entry = self.entry(&whose, look, false);
        self.prove(&mut entry);
        entry
    }

    /// The one entry of what all these followers of a stream were shown, by the same operation: there is at least one, and they
    /// are alike in what the entry says of each.
    pub fn shown_to_many(&self, followers: &[Arc<Follower>], look: &Look) -> Option<Model> {
        let first = followers.first()?;
        let roles = Roles(first.row.roles);
        let whose = Whose {
            actor: None,
            session: None,
            roles: Roles::NONE,
            request_id: "",
            address: None,
            operation: &first.operation,
            fields: &first.fields,
        };
        let mut entry = self.entry(&whose, look, false);
        entry.id = many::first_of(entry.id);
        entry.purpose = look.relationship.map(|it| purpose(it, roles).to_owned());
        entry.times = i32::try_from(followers.len()).unwrap_or(i32::MAX);
        entry.stream = Some(first.stream.to_string());
        let rows = followers.iter().map(|follower| &follower.row);
        entry.shown_to = Some(ShownTo::these(self.key.secret(), rows).encoded());
        self.prove(&mut entry);
        Some(entry)
    }

    /// Writes the proof that this server wrote it.
    pub fn prove(&self, entry: &mut Model) {
        entry.mac = chain::proof(self.key.secret(), entry).to_vec();
    }

    fn address(&self, begun: &Begun) -> Result<Option<Vec<u8>>, Fault> {
        let address = begun.address.map(|it| self.key.seal_address(it));
        Ok(address.transpose()?)
    }

    fn entry(&self, whose: &Whose<'_>, look: &Look, is_done: bool) -> Model {
        let now = self.clock.now();
        let now = DateTime::from_timestamp_millis(now.timestamp_millis()).unwrap_or(now);
        let (object_kind, object_id, patient_id) = object(look.object);
        let purpose = look.relationship.map(|it| purpose(it, whose.roles));
        Model {
            place: 0,
            id: self.clock.new_id(),
            occurred_at: now,
            node: self.node,
            request_id: whose.request_id.to_owned(),
            operation: whose.operation.to_owned(),
            actor: whose.actor,
            session: whose.session,
            roles: whose.roles.0,
            action: action(look.act).to_owned(),
            kinds: look.kinds.text(),
            object_kind: object_kind.to_owned(),
            object_id,
            patient_id,
            fields: whose.fields.to_owned(),
            relationship: look.relationship.map(|it| relationship_name(it).to_owned()),
            purpose: purpose.map(str::to_owned),
            grant_id: look.broken_glass.map(|broken| broken.grant.0),
            reason: look.broken_glass.map(|broken| broken.reason.to_value()),
            outcome: outcome(look, is_done).to_owned(),
            times: 1,
            address: whose.address.clone(),
            mac: Vec::new(),
            stream: None,
            shown_to: None,
            patients: None,
        }
    }
}

/// Somebody who follows a stream, as entries of what many are shown at once name them.
pub(super) struct Follower {
    /// As they are written down.
    pub row: audit_follower::Model,
    /// What they follow.
    pub stream: Arc<str>,
    /// The root fields of their operation.
    pub operation: Arc<str>,
    /// The fields of people's data that it asks for.
    pub fields: Arc<str>,
    /// Whether the row is durable.
    pub is_kept: AtomicBool,
}

fn outcome(look: &Look, is_done: bool) -> &'static str {
    match (look.allowed, look.act.writes(), is_done) {
        (false, ..) => "DENIED",
        (true, true, false) => "FAILED",
        (true, ..) => "ALLOWED",
    }
}

/// The name of an act, as entries keep it.
#[must_use]
pub fn action(act: Act) -> &'static str {
    match act {
        Act::Asked(Action::Read) => "READ",
        Act::Asked(Action::Create) => "CREATE",
        Act::Asked(Action::Update) => "UPDATE",
        Act::Asked(Action::Book) => "BOOK",
        Act::Asked(Action::Confirm) => "CONFIRM",
        Act::Asked(Action::Reschedule) => "RESCHEDULE",
        Act::Asked(Action::Cancel) => "CANCEL",
        Act::Asked(Action::Accept) => "ACCEPT",
        Act::Asked(Action::Attend) => "ATTEND",
        Act::Asked(Action::Erase) => "ERASE",
        Act::Asked(Action::Sign) => "SIGN",
        Act::Asked(Action::Amend) => "AMEND",
        Act::Asked(Action::Share) => "SHARE",
        Act::Asked(Action::Override) => "OVERRIDE",
        Act::SignIn => "SIGN_IN",
        Act::ProveFactor => "PROVE_FACTOR",
        Act::Refresh => "REFRESH",
        Act::ReuseToken => "REUSE_TOKEN",
        Act::Operate => "OPERATE",
    }
}

/// The name of a relationship, as entries keep it.
#[must_use]
pub fn relationship_name(relationship: Relationship) -> &'static str {
    match relationship {
        Relationship::OneSelf => "ONESELF",
        Relationship::CareTeam => "CARE_TEAM",
        Relationship::Appointment => "APPOINTMENT",
        Relationship::BreakGlass => "BREAK_GLASS",
        Relationship::Clinician => "CLINICIAN",
        Relationship::Administration => "ADMINISTRATION",
        Relationship::Public => "PUBLIC",
    }
}

/// For what the viewer looks through a relationship: HL7's `PurposeOfUse` codes.
pub(super) fn purpose(relationship: Relationship, roles: Roles) -> &'static str {
    match relationship {
        Relationship::OneSelf if roles.any_of(Roles::PATIENT) => "PATRQT",
        Relationship::OneSelf | Relationship::Administration | Relationship::Public => "HOPERAT",
        Relationship::CareTeam | Relationship::Appointment | Relationship::Clinician => "TREAT",
        Relationship::BreakGlass => "ETREAT",
    }
}

/// What entries call an object, which one it is, and whose record it is.
#[must_use]
pub fn object(object: Object) -> (&'static str, Option<Uuid>, Option<PatientId>) {
    match object {
        Object::Patient(id) => ("PATIENT", Some(id.0), Some(id)),
        Object::Doctor(id) => ("DOCTOR", Some(id.0), None),
        Object::User(id) => ("USER", Some(id.0), None),
        Object::Clinic => ("CLINIC", None, None),
        Object::Directory => ("DIRECTORY", None, None),
        Object::Audit => ("AUDIT", None, None),
        Object::Nothing => ("NOTHING", None, None),
    }
}
