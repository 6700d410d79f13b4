//! What the second writing-down of the design says of each entry of the policy.

use super::{related, subject, universe};
use crate::oracle::cells::{Cell, Column, Deed, Row, cell, may_do};
use crate::policy::DOCTOR;
use entity::code::Confidentiality::Restricted;
use entity::code::{RecordSource, Roles};
use patient_tracker::access::{Action, Asked, Mask, Resource, Stage, Viewer, decide};

/// What the design says of it, as far as the oracle's cells do: how much may be seen, or whether it may be done.
fn by_design(viewer: &Viewer, action: Action, resource: &Resource) -> Option<Cell> {
    let facts = related(resource)?;
    let mut columns = Vec::new();
    let mut theirs = false;
    if let Some(actor) = viewer.actor() {
        let own = actor.roles.any_of(Roles::PATIENT) && actor.patient == Some(facts.patient);
        columns.extend(own.then_some(Column::Own));
        columns.extend(actor.roles.any_of(Roles::ADMIN).then_some(Column::Admin));
        let cleared = facts.confidentiality <= actor.clearance;
        if actor.roles.any_of(Roles::DOCTOR) && cleared {
            columns.push(Column::NoRelation);
            columns.extend(facts.care_team.then_some(Column::CareTeam));
            columns.extend(facts.appointment.then_some(Column::ByAppointment));
            theirs = actor.doctor == Some(DOCTOR);
        }
        // Broken glass stands in for the clearance as far as *restricted*.
        let breakable = cleared || facts.confidentiality <= Restricted;
        if actor.roles.any_of(Roles::DOCTOR) && breakable {
            columns.extend(facts.break_glass.map(|_| Column::BrokenGlass));
        }
    }
    let reads = |row| columns.iter().map(|column| cell(row, *column)).max();
    let reads = |row| Some(reads(row).unwrap_or(Cell::Nothing));
    let yes = |may| Some(if may { Cell::Whole } else { Cell::Nothing });
    let does = |deed| columns.iter().any(|column| may_do(deed, *column));
    // Nobody speaks for the patient, nor the patient for the clinic; those who treat set right what either has said.
    let tells = |deed, source| {
        let mut columns = columns.iter();
        columns.any(|column| {
            let is_theirs = (*column == Column::Own) == (source == RecordSource::Patient);
            let sets_right = action == Action::Update && *column != Column::Own;
            may_do(deed, *column) && (is_theirs || sets_right)
        })
    };
    match (resource, action) {
        (Resource::Identity(_), Action::Read) => reads(Row::Identity),
        (Resource::Demographics(_), Action::Read) => reads(Row::Demographics),
        (Resource::Contact(_), Action::Read) => reads(Row::Contact),
        (Resource::Coverage(_), Action::Read) => reads(Row::Coverage),
        (Resource::CareTeam(_), Action::Read) => reads(Row::Team),
        (Resource::Appointment(..), Action::Read) if theirs => yes(true),
        (Resource::Appointment(..), Action::Read) => reads(Row::Appointments),
        (Resource::VisitReason(..), Action::Read) if theirs => yes(true),
        (Resource::VisitReason(..), Action::Read) => reads(Row::Reasons),
        (Resource::Waiting(_, doctor), Action::Read | Action::Update) => {
            yes((theirs && doctor.is_some()) || does(Deed::Withdraw))
        }
        (Resource::Waiting(_, doctor), Action::Create) => {
            let again = theirs && doctor.is_some() && columns.contains(&Column::ByAppointment);
            yes(again || does(Deed::Book))
        }
        (Resource::Contact(_), Action::Update) => yes(does(Deed::ChangeContact)),
        (Resource::Identity(_) | Resource::Demographics(_), Action::Update) => {
            yes(does(Deed::ChangeRecord))
        }
        (
            Resource::Clinical(_)
            | Resource::Medications(_)
            | Resource::MedicationIntake(..)
            | Resource::Vitals(..)
            | Resource::Alerts(_),
            Action::Read,
        ) => reads(Row::Chart),
        (Resource::Clinical(_) | Resource::Medications(_), Action::Create | Action::Update) => {
            yes(does(Deed::Treat))
        }
        (Resource::Medications(_), Action::Override) => yes(does(Deed::Treat)),
        (Resource::Alerts(_), Action::Update) => yes(does(Deed::Treat)),
        (Resource::Alerts(_), Action::Create) => yes(does(Deed::SetBounds)),
        (Resource::Proposal(_, Asked::Demographics), Action::Read) => reads(Row::Demographics),
        (Resource::Proposal(..), Action::Read) => reads(Row::Chart),
        (Resource::Proposal(..), Action::Create | Action::Update) => yes(does(Deed::Propose)),
        (Resource::Proposal(_, of), Action::Accept) => {
            let actor = viewer.actor();
            let is_own = actor.is_some_and(|actor| actor.patient == Some(facts.patient));
            let deed = match of {
                Asked::Demographics => Deed::ChangeRecord,
                Asked::Clinical | Asked::Medication => Deed::Treat,
            };
            yes(!is_own && does(deed))
        }
        (Resource::MedicationIntake(_, source), Action::Create | Action::Update) => {
            yes(tells(Deed::Tell, *source))
        }
        (Resource::Vitals(_, source), Action::Create | Action::Update) => {
            yes(tells(Deed::Measure, *source))
        }
        (Resource::VisitRecord(_, author, stage), action) => {
            let row = match stage {
                Stage::Draft => Row::Drafts,
                Stage::Kept => Row::Visits,
                Stage::Shared => Row::SharedVisits,
            };
            let own = viewer
                .actor()
                .is_some_and(|actor| *author == Some(actor.user));
            let own = |column| own && columns.contains(&column);
            let by_appointment = own(Column::ByAppointment);
            match action {
                Action::Read if by_appointment || own(Column::BrokenGlass) => yes(true),
                Action::Read => reads(row),
                Action::Create => yes(does(Deed::Treat)),
                Action::Update | Action::Share => yes(by_appointment || does(Deed::Own)),
                Action::Sign => yes(by_appointment || own(Column::CareTeam)),
                Action::Amend if *stage != Stage::Draft => yes(does(Deed::Amend)),
                _ => yes(false),
            }
        }
        (Resource::Document(_, stage) | Resource::DocumentContent(_, stage), Action::Read) => {
            let row = match stage {
                Stage::Shared => Row::SharedDocuments,
                Stage::Draft | Stage::Kept => Row::Documents,
            };
            let is_content = matches!(resource, Resource::DocumentContent(..));
            // Masked is what is there to be known of it without what it says.
            let least = if is_content {
                Cell::Whole
            } else {
                Cell::Masked
            };
            yes(reads(row)? >= least)
        }
        (Resource::Document(..), Action::Create) => yes(does(Deed::Bring)),
        (Resource::Document(..), Action::Update | Action::Share) => yes(does(Deed::Treat)),
        (Resource::Confidentiality(_), Action::Update) => yes(does(Deed::SetSensitivity)),
        (Resource::Coverage(_), Action::Create | Action::Update) => yes(does(Deed::ChangeCoverage)),
        (Resource::CareTeam(_), Action::Create | Action::Update) => yes(does(Deed::ChangeTeam)),
        (Resource::Appointment(..), Action::Book) => {
            let again = theirs && columns.contains(&Column::ByAppointment);
            yes(again || does(Deed::Book))
        }
        (Resource::Appointment(..), Action::Confirm | Action::Reschedule | Action::Cancel) => {
            yes(theirs || does(Deed::Withdraw))
        }
        (Resource::Appointment(..), Action::Accept | Action::Attend) => {
            yes(theirs || does(Deed::Work))
        }
        _ => None,
    }
}

/// Where policy and design differ.
pub fn differences() -> Vec<String> {
    let all = universe().into_iter();
    all.flat_map(|(viewer, resource)| {
        Action::ALL.into_iter().filter_map(move |action| {
            let design = by_design(&viewer, action, &resource)?;
            let policy = match decide(&viewer, action, &resource).mask() {
                None => Cell::Nothing,
                Some(Mask::Contact) => Cell::Masked,
                Some(Mask::Nothing) => Cell::Whole,
            };
            let who = subject(&viewer, &resource);
            let told = format!("{action:?} {resource:?}, {who}: {policy:?}, by design {design:?}");
            (policy != design).then_some(told)
        })
    })
    .collect()
}
