//! From a trail's looks to the entries that are kept of them.

use super::{AuditKey, chain};
use crate::access::{Act, Action, Look, Object, Relationship, Viewer};
use crate::clock::Clock;
use crate::error::Fault;
use chrono::DateTime;
use entity::audit_entry::Model;
use entity::code::Roles;
use entity::id::PatientId;
use sea_orm::ActiveEnum as _;
use uuid::Uuid;

/// Makes entries for one process.
pub(super) struct Maker<'a> {
    pub clock: &'a Clock,
    pub key: &'a AuditKey,
    pub node: Uuid,
}

impl Maker<'_> {
    /// An entry for each look. `is_done`: what they would change is changed with them; else it was not.
    pub fn entries(
        &self,
        viewer: &Viewer,
        looks: &[Look],
        is_done: bool,
    ) -> Result<Vec<Model>, Fault> {
        let Some(trail) = viewer.trail() else {
            return Ok(Vec::new());
        };
        let begun = trail.begun();
        let address = begun.address.map(|it| self.key.seal_address(it));
        let address = address.transpose()?;
        let now = self.clock.now();
        let now = DateTime::from_timestamp_millis(now.timestamp_millis()).unwrap_or(now);
        let actor = viewer.actor();
        let roles = actor.map_or(Roles::NONE, |actor| actor.roles);
        let entry = |look: &Look| {
            let (object_kind, object_id, patient_id) = object(look.object);
            let (relationship, purpose) = match look.relationship {
                Some(through) => (
                    Some(relationship_name(through).to_owned()),
                    Some(purpose(through, roles).to_owned()),
                ),
                None => (None, None),
            };
            let mut entry = Model {
                place: 0,
                id: self.clock.new_id(),
                occurred_at: now,
                node: self.node,
                request_id: begun.request_id.to_string(),
                operation: begun.operation.to_string(),
                actor: actor.map(|actor| actor.user),
                session: actor.map(|actor| actor.session),
                roles: roles.0,
                action: action(look.act).to_owned(),
                kinds: look.kinds.text(),
                object_kind: object_kind.to_owned(),
                object_id,
                patient_id,
                fields: begun.fields.to_string(),
                relationship,
                purpose,
                grant_id: look.broken_glass.map(|broken| broken.grant.0),
                reason: look.broken_glass.map(|broken| broken.reason.to_value()),
                outcome: outcome(look, is_done).to_owned(),
                times: 1,
                address: address.clone(),
                mac: Vec::new(),
            };
            entry.mac = chain::proof(self.key.secret(), &entry).to_vec();
            entry
        };
        Ok(looks.iter().map(entry).collect())
    }
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
fn purpose(relationship: Relationship, roles: Roles) -> &'static str {
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
