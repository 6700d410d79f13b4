//! People, and what is agreed with them: the patient, doctors, insurance, the care team, appointments.

use super::{Resource, coded, coding_of, instant, meta, own, period, reference, words};
use crate::patient::PatientRecord;
use crate::patient::cells::{CoverageDetail, EmergencyContact, Name};
use crate::patient::record;
use crate::vault::{Unreadable, Vault};
use chrono::NaiveDate;
use entity::code::{AppointmentStatus, CancellationReason, CareTeamRole};
use entity::{appointment as visit, care_team_member, coverage as insurance, doctor};
use serde_json::{Map, Value, json};

const IDENTIFIER_TYPE: &str = "http://terminology.hl7.org/CodeSystem/v2-0203";
const CONFIDENTIALITY: &str = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";
const CANCELLATION: &str = "http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason";

fn name(name: &Name) -> Value {
    let mut value = json!({ "use": "official", "text": name.text(), "family": name.family });
    if !name.given.is_empty() {
        value["given"] = json!(name.given);
    }
    if let Some(prefix) = &name.prefix {
        value["prefix"] = json!([prefix]);
    }
    value
}

fn telecom(system: &str, value: Option<&String>) -> Option<Value> {
    Some(json!({ "system": system, "value": value? }))
}

fn contact(contact: &EmergencyContact) -> Value {
    let mut value = json!({ "name": { "text": contact.name } });
    if let Some(relationship) = &contact.relationship {
        value["relationship"] = json!([{ "text": relationship }]);
    }
    if let Some(phone) = telecom("phone", contact.phone.as_ref()) {
        value["telecom"] = json!([phone]);
    }
    value
}

/// The patient, with how sensitive the record is.
///
/// # Errors
/// When a cell does not open.
pub fn patient(record: &PatientRecord, vault: &Vault) -> Result<Resource, Unreadable> {
    let (row, face) = (record.row(), record.face());
    let (profile, reached) = (record.profile(vault)?, record.contact(vault)?);
    let telecoms = [
        telecom("phone", reached.phone.as_ref()),
        telecom("email", reached.email.as_ref()),
    ];
    let address = record.address(vault)?.map(|address| {
        let mut value = Map::new();
        if !address.lines.is_empty() {
            value.insert("line".to_owned(), json!(address.lines));
        }
        let parts = [
            ("city", address.city),
            ("state", address.state),
            ("postalCode", address.postal_code),
            ("country", address.country),
        ];
        for (element, text) in parts {
            if let Some(text) = text {
                value.insert(element.to_owned(), text.into());
            }
        }
        json!([value])
    });
    let spoken = profile.language.as_ref().map(|tag| {
        let language = coded("urn:ietf:bcp:47", tag);
        json!([{ "language": language, "preferred": true }])
    });
    let contacts = record.emergency_contacts(vault)?;
    let mut meta = meta(row.version, row.updated_at);
    let label = super::code(row.confidentiality);
    meta["security"] = json!([{ "system": CONFIDENTIALITY, "code": label }]);
    let number = json!({ "type": coded(IDENTIFIER_TYPE, "MR"), "value": record.mrn(vault)? });
    Ok(Resource::new("Patient", row.id.0)
        .with("meta", meta)
        .extended(
            own::BLOOD_GROUP,
            "valueCode",
            super::code(profile.blood_group),
        )
        .with("identifier", json!([number]))
        .with("name", json!([name(&*record::name(face, vault)?)]))
        .with(
            "telecom",
            telecoms.into_iter().flatten().collect::<Vec<_>>(),
        )
        .with("gender", super::code(profile.gender))
        .with("birthDate", record::birth_date(face, vault)?.to_string())
        .with("address", address)
        .with("contact", contacts.iter().map(contact).collect::<Vec<_>>())
        .with("communication", spoken))
}

/// A doctor by name and what they are trained in.
#[must_use]
pub fn practitioner(row: &doctor::Model, called: &Name) -> Resource {
    let trained = row.specialties.0.iter();
    let trained = trained.map(|coding| json!({ "code": { "coding": [coding_of(coding)] } }));
    Resource::new("Practitioner", row.id.0)
        .with("name", json!([name(called)]))
        .with("qualification", trained.collect::<Vec<_>>())
}

/// An insurance.
#[must_use]
pub fn coverage(row: &insurance::Model, detail: &CoverageDetail) -> Resource {
    let day = |day: Option<NaiveDate>| day.map(|day| day.to_string());
    let plan = detail.plan.as_ref().map(|plan| {
        let kind = coded(
            "http://terminology.hl7.org/CodeSystem/coverage-class",
            "plan",
        );
        json!([{ "type": kind, "value": plan }])
    });
    Resource::new("Coverage", row.id.0)
        .with("meta", meta(row.version, row.created_at))
        .with("status", "active")
        .with("subscriberId", detail.member_number.as_str())
        .with("beneficiary", reference(row.patient_id.0))
        .with("period", period(day(row.valid_from), day(row.valid_to)))
        .with("payor", json!([{ "display": detail.payer }]))
        .with("class", plan)
}

/// Those who treat the patient now.
#[must_use]
pub fn care_team(id: uuid::Uuid, members: &[&care_team_member::Model]) -> Option<Resource> {
    let patient = members.first()?.patient_id;
    let members = members.iter().map(|one| {
        let role = match one.role {
            CareTeamRole::Primary => "Primary",
            CareTeamRole::Consulting => "Consulting",
            CareTeamRole::Covering => "Covering",
        };
        json!({
            "role": [words(Some(role))],
            "member": reference(one.doctor_id.0),
            "period": period(Some(instant(one.starts_at)), one.ends_at.map(instant)),
        })
    });
    let team = Resource::new("CareTeam", id)
        .with("status", "active")
        .with("subject", reference(patient.0))
        .with("participant", members.collect::<Vec<_>>());
    Some(team)
}

/// Why an appointment was called off: by FHIR's codes, or in words where it has none.
fn why(reason: CancellationReason) -> Value {
    match reason {
        CancellationReason::Other => coded(CANCELLATION, "oth"),
        CancellationReason::Rescheduled => words(Some(own::RESCHEDULED)),
        CancellationReason::HoldExpired => words(Some("Not confirmed in time")),
        reason => match super::code(reason) {
            Value::String(code) => coded(CANCELLATION, &code),
            _ => Value::Null,
        },
    }
}

/// An appointment; what for, where that may be read.
#[must_use]
pub fn appointment(row: &visit::Model, kind: Option<&str>, reason: Option<&str>) -> Resource {
    let status = match row.status {
        AppointmentStatus::Proposed => "proposed",
        AppointmentStatus::Pending => "pending",
        AppointmentStatus::Booked => "booked",
        AppointmentStatus::CheckedIn => "checked-in",
        AppointmentStatus::Arrived => "arrived",
        AppointmentStatus::Fulfilled => "fulfilled",
        AppointmentStatus::Cancelled => "cancelled",
        AppointmentStatus::NoShow => "noshow",
        AppointmentStatus::EnteredInError => "entered-in-error",
    };
    // Of what was not called off nobody says why (app-4).
    let called_off = row.cancellation_reason;
    let called_off = called_off.filter(|_| row.status == AppointmentStatus::Cancelled);
    let called_off = called_off.map(why);
    let accepted = match row.status {
        AppointmentStatus::Proposed => "needs-action",
        _ => "accepted",
    };
    let participants = json!([
        { "actor": reference(row.patient_id.0), "status": "accepted" },
        { "actor": reference(row.doctor_id.0), "status": accepted },
    ]);
    Resource::new("Appointment", row.id.0)
        .with("meta", meta(row.version, row.updated_at))
        .extended(own::MODALITY, "valueCode", super::code(row.modality))
        .with("status", status)
        .with("cancelationReason", called_off)
        .with("serviceType", kind.map(|kind| json!([words(Some(kind))])))
        .with("reasonCode", reason.map(|text| json!([words(Some(text))])))
        .with("start", instant(row.starts_at))
        .with("end", instant(row.ends_at))
        .with("created", instant(row.created_at))
        .with("participant", participants)
}
