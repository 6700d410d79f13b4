//! One look at a record.

use crate::access;
use crate::audit::relationship_name;
use crate::doctor::graphql::Doctor;
use crate::oversight::service::Seen;
use crate::patient::graphql::Relationship;
use async_graphql::{Enum, Object};
use chrono::{DateTime, Utc};
use entity::audit_entry;

/// Who looked.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessLogWho {
    /// The patient.
    #[graphql(name = "SELF")]
    OneSelf,
    /// A doctor.
    Doctor,
    /// Somebody who runs the clinic.
    Administration,
    /// Somebody at the server's command line, or a registration before anybody was signed in.
    System,
}

/// What for, as HL7's `PurposeOfUse` says it.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessPurpose {
    /// HL7 `TREAT`: to treat the patient.
    Treatment,
    /// HL7 `HOPERAT`: to run the clinic.
    Operations,
    /// HL7 `PATRQT`: the patient asked.
    PatientRequest,
    /// HL7 `ETREAT`: to treat the patient in an emergency.
    Emergency,
}

/// A kind of data.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataKind {
    /// Names, date of birth, record number.
    Identity,
    /// Gender, blood group, address, language and the like.
    Demographics,
    /// How the patient is reached.
    Contact,
    /// Insurance.
    Coverage,
    /// Who treats the patient.
    CareTeam,
    /// Appointments.
    Appointment,
    /// Why the patient comes.
    VisitReason,
    /// Conditions, allergies, immunizations.
    Clinical,
    /// Medications.
    Medication,
    /// Vital signs.
    Vitals,
    /// Encounters, notes, orders, results.
    VisitRecord,
    /// Files.
    Document,
    /// The account.
    Account,
    /// Leave to look without treating the patient.
    BreakGlass,
    /// Who looked at a record.
    AccessLog,
    /// The list of patients.
    PatientList,
    /// A doctor's schedule.
    Schedule,
    /// Doctors, departments, kinds of visits.
    Directory,
    /// What an account may.
    Rights,
    /// The sessions of an account.
    Sessions,
    /// The clinic's own lists and events.
    Clinic,
    /// The whole audit.
    Audit,
    /// Anything else.
    Other,
}

/// A look at a patient's record, or a change of it, by somebody who was allowed to.
#[derive(Clone)]
pub struct AccessLogEntry(Seen);

impl From<Seen> for AccessLogEntry {
    fn from(seen: Seen) -> Self {
        Self(seen)
    }
}

/// Through what an entry was allowed.
pub(super) fn relationship(entry: &audit_entry::Model) -> Option<Relationship> {
    const ALL: [access::Relationship; 7] = [
        access::Relationship::OneSelf,
        access::Relationship::CareTeam,
        access::Relationship::Appointment,
        access::Relationship::BreakGlass,
        access::Relationship::Clinician,
        access::Relationship::Administration,
        access::Relationship::Public,
    ];
    let name = entry.relationship.as_deref()?;
    let known = ALL.into_iter().find(|it| relationship_name(*it) == name);
    known.map(Into::into)
}

/// What an entry's look was for.
pub(super) fn purpose(entry: &audit_entry::Model) -> Option<AccessPurpose> {
    Some(match entry.purpose.as_deref()? {
        "TREAT" => AccessPurpose::Treatment,
        "PATRQT" => AccessPurpose::PatientRequest,
        "ETREAT" => AccessPurpose::Emergency,
        _ => AccessPurpose::Operations,
    })
}

/// Which kinds of data an entry is about.
pub(super) fn kinds(entry: &audit_entry::Model) -> Vec<DataKind> {
    let names = entry.kinds.split(' ').filter(|name| !name.is_empty());
    let mut kinds = Vec::new();
    for kind in names.map(kind) {
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    kinds
}

fn kind(name: &str) -> DataKind {
    match name {
        "IDENTITY" => DataKind::Identity,
        "DEMOGRAPHICS" => DataKind::Demographics,
        "CONTACT" => DataKind::Contact,
        "COVERAGE" => DataKind::Coverage,
        "CARE_TEAM" => DataKind::CareTeam,
        "APPOINTMENT" => DataKind::Appointment,
        "VISIT_REASON" => DataKind::VisitReason,
        "CLINICAL" => DataKind::Clinical,
        "MEDICATION" => DataKind::Medication,
        "VITALS" => DataKind::Vitals,
        "VISIT_RECORD" => DataKind::VisitRecord,
        "DOCUMENT" => DataKind::Document,
        "ACCOUNT" => DataKind::Account,
        "BREAK_GLASS" => DataKind::BreakGlass,
        "ACCESS_LOG" => DataKind::AccessLog,
        "PATIENT_LIST" => DataKind::PatientList,
        "SCHEDULE" => DataKind::Schedule,
        "DIRECTORY" => DataKind::Directory,
        "RIGHTS" => DataKind::Rights,
        "SESSIONS" => DataKind::Sessions,
        "CLINIC" => DataKind::Clinic,
        "AUDIT" => DataKind::Audit,
        _ => DataKind::Other,
    }
}

/// A look at a patient's record, or a change of it, by somebody who was allowed to. The patient and administrators may read it.
#[Object]
impl AccessLogEntry {
    /// When. The patient and administrators may read it.
    async fn occurred_at(&self) -> DateTime<Utc> {
        self.0.entry.occurred_at
    }

    /// Who. The patient and administrators may read it.
    async fn who(&self) -> AccessLogWho {
        let entry = &self.0.entry;
        match (entry.relationship.as_deref(), entry.actor) {
            (Some("ONESELF"), _) => AccessLogWho::OneSelf,
            (Some("ADMINISTRATION"), _) => AccessLogWho::Administration,
            (_, Some(_)) => AccessLogWho::Doctor,
            (_, None) => AccessLogWho::System,
        }
    }

    /// The doctor who looked; absent when it was none. The patient and administrators may read it.
    async fn doctor(&self) -> Option<Doctor> {
        let as_doctor = matches!(
            self.0.entry.relationship.as_deref(),
            Some(name) if name != "ONESELF" && name != "ADMINISTRATION"
        );
        let doctor = self.0.doctor.as_ref().filter(|_| as_doctor)?;
        Some(Doctor::listed(doctor.clone()))
    }

    /// Through what they were allowed; absent for the command line. The patient and administrators may read it.
    async fn relationship(&self) -> Option<Relationship> {
        relationship(&self.0.entry)
    }

    /// Whether they changed something, or only looked. The patient and administrators may read it.
    async fn changed(&self) -> bool {
        self.0.entry.action != "READ"
    }

    /// Which kinds of data. The patient and administrators may read it.
    async fn kinds(&self) -> Vec<DataKind> {
        kinds(&self.0.entry)
    }

    /// What for; absent for the command line. The patient and administrators may read it.
    async fn purpose(&self) -> Option<AccessPurpose> {
        purpose(&self.0.entry)
    }

    /// The class of reason that was given in an emergency; absent otherwise. The patient and administrators may read it.
    async fn reason(&self) -> Option<&str> {
        self.0.entry.reason.as_deref()
    }
}

crate::connection!(
    AccessLogConnection,
    AccessLogEdge,
    AccessLogEntry,
    "looks at a record"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_data_has_a_name_of_its_own() {
        for (_, name) in access::Kinds::ALL {
            assert_ne!(kind(name), DataKind::Other, "{name}");
        }
    }
}
