//! The default-deny table: who may ask for which field, by type and name. What is not in it is denied to everybody.
//!
//! It is the second line: guards on fields are the first (the library skips them on fields reached through an interface),
//! and the decision beside the act is the one that counts. `http::Engine` reads the table for every field that a document
//! can reach; a test holds it against the schema, field by field.

mod table;

use super::Viewer;
use entity::code::Roles;
use std::collections::HashMap;

/// Whether objects of this type say something about a person: the audit names which of their fields are asked for.
#[must_use]
pub fn is_about_people(type_name: &str) -> bool {
    matches!(
        type_name,
        "Absence"
            | "AccessLogEntry"
            | "Address"
            | "AlertCall"
            | "AffectedAppointment"
            | "Allergy"
            | "AllergyReaction"
            | "Appointment"
            | "AuditEntry"
            | "AuditObject"
            | "BreakGlassGrant"
            | "BreakGlassReview"
            | "CalendarFeed"
            | "CareTeamMember"
            | "ChangeProposal"
            | "Concept"
            | "Condition"
            | "Coverage"
            | "DoctorCredentials"
            | "Document"
            | "EarlyWarningParts"
            | "EarlyWarningScore"
            | "EmergencyContact"
            | "Encounter"
            | "EncounterParticipant"
            | "Immunization"
            | "MedicationRequest"
            | "MedicationStatement"
            | "Notification"
            | "NotificationPreferences"
            | "Order"
            | "Patient"
            | "PatientContact"
            | "PatientPreferences"
            | "PatientSummary"
            | "PersonName"
            | "PrescribingConflict"
            | "FieldProposal"
            | "QueuePlace"
            | "RecordAgent"
            | "RecordDifference"
            | "RecordProvenance"
            | "RecordVersion"
            | "Reminder"
            | "ResultObservation"
            | "Session"
            | "TestResult"
            | "User"
            | "VisitNote"
            | "Vital"
            | "VitalAlert"
            | "VitalComponent"
            | "VitalGlance"
            | "VitalLine"
            | "VitalPoint"
            | "VitalSeries"
            | "WaitlistEntry"
            | "WaitlistOffer"
            | "WaitlistWindow"
            | "VitalThreshold"
    )
}

/// Who may ask for a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Everybody.
    Public,
    /// Whoever is signed in, or is just proving who they are: what signing in answers with about oneself.
    Proved,
    /// Whoever is signed in, also before they have chosen a password of their own.
    SignedIn,
    /// Whoever is signed in with one of these roles.
    Roles(Roles),
}

/// The table's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Go on; the decision beside the act is still to come.
    Open,
    /// Nobody is signed in.
    Unauthenticated,
    /// Not with these roles, or not in the table.
    Denied,
}

/// Whether the operation does nothing but prove who somebody is (signing in, refreshing a session): then what it answers
/// about that account is its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Proving(pub bool);

impl Proving {
    /// Whether these root fields do nothing else.
    #[must_use]
    pub fn of<'a>(mut roots: impl Iterator<Item = &'a str>) -> Self {
        Self(roots.all(|root| {
            matches!(
                root,
                "signIn" | "completeSignIn" | "refreshSession" | "__typename"
            )
        }))
    }
}

/// The table, ready to be asked.
pub struct Table(HashMap<&'static str, HashMap<&'static str, Rule>>);

impl Default for Table {
    fn default() -> Self {
        Self::new()
    }
}

impl Table {
    /// Reads the table in.
    #[must_use]
    pub fn new() -> Self {
        let mut types: HashMap<_, HashMap<_, _>> = HashMap::new();
        for (parent, rule, fields) in table::ENTRIES.into_iter().flatten() {
            let known = types.entry(*parent).or_default();
            known.extend(fields.iter().map(|field| (*field, *rule)));
        }
        #[cfg(feature = "mutation")]
        super::mutation::rows(&mut types);
        Self(types)
    }

    /// The rule of a field, if it is in the table.
    #[must_use]
    pub fn rule(&self, parent: &str, field: &str) -> Option<Rule> {
        self.0.get(parent)?.get(field).copied()
    }

    /// Whether this viewer may ask for this field.
    #[must_use]
    pub fn ask(&self, viewer: &Viewer, proving: Proving, parent: &str, field: &str) -> Verdict {
        match (self.rule(parent, field), viewer.actor()) {
            (Some(Rule::Public), _) => Verdict::Open,
            (Some(Rule::Proved), None) if proving.0 => Verdict::Open,
            (_, None) => Verdict::Unauthenticated,
            (Some(Rule::SignedIn | Rule::Proved), Some(_)) => Verdict::Open,
            (Some(Rule::Roles(roles)), Some(actor)) if actor.roles.any_of(roles) => Verdict::Open,
            _ => Verdict::Denied,
        }
    }

    /// Every field of the table with its rule, in order.
    #[must_use]
    pub fn all(&self) -> Vec<(&'static str, &'static str, Rule)> {
        let mut all: Vec<_> = self
            .0
            .iter()
            .flat_map(|(parent, fields)| {
                fields
                    .iter()
                    .map(move |(field, rule)| (*parent, *field, *rule))
            })
            .collect();
        all.sort_by_key(|(parent, field, _)| (*parent, *field));
        all
    }
}
