//! The table's cells asked of the world: who meets whom through what, and what that opens.

use super::cells::{Cell, Column, Deed, Row, cell, may_do};
use super::world::{Account, Grant, Thing, World};
use chrono::{DateTime, TimeDelta, Utc};
use entity::code::{AppointmentStatus as Status, Confidentiality, RecordSource, Roles, UserStatus};

/// Everybody whom anything but their own account is open to.
const PEOPLE: Roles = Roles::PATIENT.with(Roles::DOCTOR).with(Roles::ADMIN);

impl Grant {
    /// Whether its time has come, is not over, and nobody has ended it.
    pub fn is_in_force(&self, now: DateTime<Utc>) -> bool {
        self.ended_at.is_none() && self.starts_at <= now && now < self.expires_at
    }
}

impl Account {
    /// Whoever was invited is nobody before they have chosen a password.
    pub fn is(&self, role: Roles) -> bool {
        self.status == UserStatus::Active && self.roles.any_of(role)
    }

    /// Whether they may come in at all.
    pub fn comes_in(&self) -> bool {
        matches!(self.status, UserStatus::Active | UserStatus::Invited)
    }

    /// Whether lists and the directory are open to them at all.
    pub fn is_of_the_clinic(&self) -> bool {
        self.is(PEOPLE)
    }

    pub fn as_doctor(&self) -> Option<usize> {
        self.doctor.filter(|_| self.is(Roles::DOCTOR))
    }
}

/// Whether an appointment at this time, in this state, is a relation now.
fn opens(status: Status, starts_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    let void = matches!(
        status,
        Status::Cancelled | Status::EnteredInError | Status::Proposed | Status::Pending
    );
    !void && starts_at - TimeDelta::days(7) <= now && now <= starts_at + TimeDelta::days(30)
}

impl World {
    /// Through what this account meets this patient, the nearest first.
    pub fn columns(&self, who: usize, patient: usize, now: DateTime<Utc>) -> Vec<Column> {
        let account = &self.accounts[who];
        let mut columns = Vec::new();
        if account.is(Roles::PATIENT) && account.patient == Some(patient) {
            columns.push(Column::Own);
        }
        let cleared = self.patients[patient].confidentiality <= account.clearance;
        let doctor = account.as_doctor().filter(|_| cleared);
        if let Some(doctor) = doctor {
            let in_team = self.members.iter().any(|member| {
                let holds =
                    member.starts_at <= now && member.ends_at.is_none_or(|ends_at| now < ends_at);
                member.doctor == doctor && member.patient == patient && holds
            });
            let by_appointment = self.appointments.iter().any(|one| {
                let theirs = one.doctor == doctor && one.patient == patient;
                theirs && opens(one.status, one.starts_at, now)
            });
            columns.extend(in_team.then_some(Column::CareTeam));
            columns.extend(by_appointment.then_some(Column::ByAppointment));
        }
        // Broken glass stands in for the clearance too, as far as *restricted*.
        let reach = account.clearance.max(Confidentiality::Restricted);
        let reached = self.patients[patient].confidentiality <= reach;
        let broken = account.as_doctor().filter(|_| reached);
        let broken = broken.is_some_and(|doctor| {
            self.grants.iter().any(|grant| {
                let here = grant.session == account.session && grant.is_in_force(now);
                here && grant.doctor == doctor && grant.patient == patient
            })
        });
        columns.extend(broken.then_some(Column::BrokenGlass));
        columns.extend(account.is(Roles::ADMIN).then_some(Column::Admin));
        columns.extend(doctor.map(|_| Column::NoRelation));
        columns
    }

    /// How much of a row this account reads of this patient.
    pub fn reads(&self, who: usize, row: Row, patient: usize, now: DateTime<Utc>) -> Cell {
        let columns = self.columns(who, patient, now).into_iter();
        columns
            .map(|column| cell(row, column))
            .max()
            .unwrap_or(Cell::Nothing)
    }

    /// Whether this account may do this to this patient's record.
    pub fn does(&self, who: usize, deed: Deed, patient: usize, now: DateTime<Utc>) -> bool {
        let mut columns = self.columns(who, patient, now).into_iter();
        columns.any(|column| may_do(deed, column))
    }

    /// Whether this account may change this entry of a chart, as they may do this to the patient's record: patients only what
    /// is their own word.
    pub fn corrects(&self, who: usize, deed: Deed, entry: usize, now: DateTime<Utc>) -> bool {
        let entry = &self.entries[entry];
        let is_theirs = entry.source == RecordSource::Patient;
        let mut columns = self.columns(who, entry.patient, now).into_iter();
        columns.any(|column| may_do(deed, column) && (column != Column::Own || is_theirs))
    }

    /// Whether this doctor may be given this patient: whoever may not read a record meets nobody by it. A doctor without an
    /// account is cleared for nothing above normal.
    pub fn may_receive(&self, doctor: usize, patient: usize) -> bool {
        let mut accounts = self.accounts.iter();
        let account = accounts.find(|account| account.doctor == Some(doctor));
        let clearance = account.map_or(Confidentiality::Normal, |account| account.clearance);
        self.patients[patient].confidentiality <= clearance
    }

    /// Whether this is an appointment of the doctor that they are, and not above their clearance.
    pub fn is_theirs(&self, who: usize, appointment: usize) -> bool {
        let (account, one) = (&self.accounts[who], &self.appointments[appointment]);
        let cleared = self.patients[one.patient].confidentiality <= account.clearance;
        cleared && account.as_doctor() == Some(one.doctor)
    }

    /// Whether this account sees this appointment.
    pub fn sees(&self, who: usize, appointment: usize, now: DateTime<Utc>) -> bool {
        let patient = self.appointments[appointment].patient;
        self.is_theirs(who, appointment)
            || self.reads(who, Row::Appointments, patient, now) > Cell::Nothing
    }

    /// Whether this account may read why the patient comes to this appointment.
    pub fn sees_reason(&self, who: usize, appointment: usize, now: DateTime<Utc>) -> bool {
        let patient = self.appointments[appointment].patient;
        self.is_theirs(who, appointment)
            || self.reads(who, Row::Reasons, patient, now) > Cell::Nothing
    }

    /// Whether this thing is there for this account.
    pub fn knows(&self, who: usize, thing: Thing, now: DateTime<Utc>) -> bool {
        let account = &self.accounts[who];
        match thing {
            Thing::Viewer(at) => at == who,
            Thing::User(at) => at == who || account.is(Roles::ADMIN),
            Thing::Patient(at) => self.reads(who, Row::Identity, at, now) > Cell::Nothing,
            Thing::Doctor(_) | Thing::Kind(_) => account.is_of_the_clinic(),
            Thing::Appointment(at) => self.sees(who, at, now),
            // Who sees the patient's appointments, and who receives them.
            Thing::Series(at) => {
                let one = &self.series[at];
                let cleared = self.patients[one.patient].confidentiality <= account.clearance;
                cleared && account.as_doctor() == Some(one.doctor)
                    || self.reads(who, Row::Appointments, one.patient, now) > Cell::Nothing
            }
            Thing::Member(at) => {
                self.reads(who, Row::Team, self.members[at].patient, now) > Cell::Nothing
            }
            Thing::Entry(_, at) => self.reads_entry(who, at, now),
            Thing::Wait(at) => self.sees_wait(who, at, now),
            Thing::File(at) => self.reads_file(who, at, now) > Cell::Nothing,
            Thing::Alert(at) => self.reads(who, Row::Chart, self.alerted(at), now) > Cell::Nothing,
            Thing::Proposal(at) => self.reads_proposal(who, at, now),
            // Whose record it is, who has the leave, and who reviews it.
            Thing::Grant(at) => {
                let grant = &self.grants[at];
                let own = account.is(Roles::PATIENT) && account.patient == Some(grant.patient);
                own || account.as_doctor() == Some(grant.doctor) || account.is(Roles::ADMIN)
            }
            Thing::Coverage(patient, at) => {
                let there = !self.patients[patient].coverages[at].removed;
                there && self.reads(who, Row::Coverage, patient, now) > Cell::Nothing
            }
        }
    }
}
