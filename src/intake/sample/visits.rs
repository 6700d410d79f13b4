//! The last visit of each of the sample's patients at the clinic, with a note where the doctor has an account.

use super::Filling;
use super::accounts::Accounts;
use super::charts::Sealing;
use crate::chart::content::{
    Concept, Encounter, EncounterClass, Participant, ParticipantRole, VisitNote,
};
use crate::chart::sealed::{SealedRecord, Ties};
use crate::error::Fault;
use crate::sample::{Chart, Vitals};
use chrono::TimeDelta;
use entity::code::{RecordSource, RecordStatus};
use entity::id::{DoctorId, UserId};
use std::collections::HashMap;

/// A doctor who treats a patient, and the account that they have, if they have one.
pub(super) type Attended = (DoctorId, Option<UserId>);

/// The doctor of each patient, by the patient's place.
pub(super) fn attended(filling: &Filling, staff: &Accounts) -> HashMap<usize, Attended> {
    let members = filling.clinic.care_team.iter().rev();
    let each = members.map(|member| {
        let account = staff.doctors.get(member.doctor).map(|user| user.id());
        (
            member.patient,
            (filling.ids.doctors[member.doctor], account),
        )
    });
    each.collect()
}

fn visit(taken: &Vitals, doctor: DoctorId) -> Encounter {
    Encounter {
        status: RecordStatus::Finished,
        class: EncounterClass::Ambulatory,
        visit: Some(words("Check-up")),
        reason: None,
        starts_at: Some(taken.at - TimeDelta::minutes(10)),
        ends_at: Some(taken.at + TimeDelta::minutes(20)),
        participants: Some(vec![Participant {
            doctor,
            role: ParticipantRole::Attender,
        }]),
        follow_up_on: Some((taken.at + TimeDelta::days(182)).date_naive()),
        note: None,
    }
}

fn words(text: &str) -> Concept {
    Concept {
        text: text.to_owned(),
        codings: Vec::new(),
    }
}

fn note(chart: &Chart, taken: &Vitals) -> VisitNote {
    let has: Vec<_> = chart.conditions.iter().map(|one| one.is.display).collect();
    let pressure = taken
        .pressure
        .map(|(high, low)| format!("Blood pressure {high}/{low} mmHg, "));
    VisitNote {
        status: RecordStatus::Final,
        title: Some("Check-up".to_owned()),
        subjective: Some("Feels well.".to_owned()),
        objective: Some(format!(
            "{}heart rate {} a minute.",
            pressure.unwrap_or_default(),
            taken.heart_rate
        )),
        assessment: Some(match has.is_empty() {
            true => "Nothing of note.".to_owned(),
            false => format!("Stable: {}.", has.join(", ")),
        }),
        plan: Some("Go on as before; again in half a year.".to_owned()),
        text: None,
    }
}

impl Sealing<'_> {
    /// The last visit at the clinic, if somebody treats them.
    pub(super) fn visit(&self, chart: &Chart, rows: &mut Vec<SealedRecord>) -> Result<(), Fault> {
        let taken = chart.vitals.iter().rfind(|one| !one.own_word);
        let (Some((doctor, account)), Some(taken)) = (self.attended, taken) else {
            return Ok(());
        };
        let new = self.entry(visit(taken, doctor), RecordSource::Clinic);
        let row = new.seal(self.key, self.filling.now)?;
        let row = shared(row.tied(account, Ties::default()));
        let ties = Ties {
            encounter: Some(row.record.id),
            ..Ties::default()
        };
        rows.push(row);
        if let Some(author) = account {
            let new = self.entry(note(chart, taken), RecordSource::Clinic);
            let row = new.seal(self.key, self.filling.now)?;
            rows.push(shared(row.tied(Some(author), ties).signed()));
        }
        Ok(())
    }
}

/// The same, shared with the patient as it came to be.
fn shared(mut row: SealedRecord) -> SealedRecord {
    row.record.shared_at = Some(row.record.created_at);
    row.record.shared_version = Some(row.record.version);
    row
}
