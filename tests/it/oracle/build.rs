//! The oracle's world, put into the database: everybody of every role, in every relation, to records of every sensitivity.

mod record;
mod standing;

use super::act::session_of;
use super::world::{Account, Appointment, Coverage, Member, VisitKind, World};
use crate::support::{App, Random, new_user, write};
use chrono::{DateTime, TimeDelta, Utc};
use entity::code::{
    AppointmentStatus as Status, CancellationReason, CareTeamRole, Confidentiality, Modality,
    Roles, UserStatus,
};
use entity::id::{AppointmentId, CareTeamMemberId, CoverageId, DoctorId, PatientId};
use entity::{appointment, care_team_member};
use patient_tracker::account::insert_user;
use patient_tracker::doctor::cells::Licence;
use patient_tracker::doctor::{NewDoctor, store as doctors};
use patient_tracker::patient::cells::Name;
use patient_tracker::patient::store as patients;
use patient_tracker::vault::Place;
use record::{new_patient, patient};
use sea_orm::{ActiveModelTrait as _, EntityTrait as _, IntoActiveModel as _};
use serde_json::json;
use uuid::Uuid;

use Confidentiality::{Normal as N, Restricted as R, VeryRestricted as V};

/// How many records there are.
const PATIENTS: usize = 50;

/// Of which roles, cleared up to where, how many.
fn cast() -> Vec<(Roles, Confidentiality, usize)> {
    let (patient, doctor) = (Roles::PATIENT, Roles::DOCTOR);
    let (admin, analyst) = (Roles::ADMIN, Roles::ANALYST);
    vec![
        (patient, N, 15),
        (doctor, N, 4),
        (doctor, R, 4),
        (doctor, V, 8),
        (admin, N, 4),
        (admin, R, 2),
        (admin, V, 1),
        (analyst, N, 1),
        (analyst, V, 1),
        (doctor.with(patient), R, 2),
        (doctor.with(admin), N, 1),
        (doctor.with(admin), V, 1),
        (admin.with(patient), N, 1),
        (analyst.with(doctor), R, 1),
        (analyst.with(patient), N, 1),
        (Roles::NONE, N, 1),
    ]
}

/// A word of six letters that is no other's beginning.
fn word(first: char, number: usize) -> String {
    let letter = |place: usize| char::from(b'a' + u8::try_from(number / place % 26).unwrap());
    format!("{first}{}{}ama", letter(26), letter(1))
}

impl World {
    /// A world of this random source, in the database.
    pub async fn build(app: &App, random: &mut Random) -> Self {
        let mut world = Self {
            accounts: Vec::new(),
            patients: Vec::new(),
            doctors: Vec::new(),
            members: Vec::new(),
            appointments: Vec::new(),
            series: Vec::new(),
            grants: Vec::new(),
            entries: Vec::new(),
            waits: Vec::new(),
            alerts: Vec::new(),
            proposals: Vec::new(),
            files: Vec::new(),
            kinds: Vec::new(),
        };
        for (roles, clearance, count) in cast() {
            for _ in 0..count {
                world.account(app, roles, clearance).await;
            }
        }
        // Whose role is gone, and whose record or entry is still there.
        for kept in [Roles::DOCTOR, Roles::PATIENT] {
            world.account(app, Roles::NONE, V).await;
            let at = world.accounts.len() - 1;
            world.belongs(app, at, kept);
        }
        for at in 0..world.accounts.len() {
            world.belongs(app, at, world.accounts[at].roles);
        }
        world.insert_doctors(app).await;
        world.insert_patients(app, random).await;
        world.insert_members(app, random).await;
        world.insert_appointments(app, random).await;
        for (minutes, to_ask) in [(20, false), (30, true), (45, false)] {
            let id = match to_ask {
                true => app.visit_type_to_ask_for().await,
                false => app.visit_type(minutes).await,
            };
            let id = Uuid::parse_str(id.trim_start_matches("vis_")).unwrap();
            let value = json!({
                "minutes": minutes, "active": true, "requiresApproval": to_ask, "bufferBefore": 0,
                "bufferAfter": 0, "minimumNotice": 0, "maximumAdvance": 730, "capacity": 1,
            });
            world.kinds.push(VisitKind { id, value });
        }
        world.break_glass(app, random).await;
        world.shut_out(app).await;
        world.prove(app).await;
        world.insert_entries(app, random).await;
        world.insert_waits(app, random).await;
        world.insert_alerts(app, random).await;
        world.insert_proposals(app, random).await;
        world.insert_files(app, random).await;
        world
    }

    async fn account(&mut self, app: &App, roles: Roles, clearance: Confidentiality) {
        let name = format!("someone{}", self.accounts.len());
        let user = new_user(app.state(), &name, roles, clearance).await;
        let id = user.id().0;
        write(app.state(), move |tx| {
            let user = user.clone();
            Box::pin(async move {
                assert!(insert_user(tx, &user).await?.is_ok());
                Ok(Ok(()))
            })
        })
        .await;
        let person = app.signed_in(&name).await;
        let session = session_of(&person).await;
        self.accounts.push(Account {
            id,
            email: format!("{name}@clinic.test"),
            name,
            status: UserStatus::Active,
            roles,
            clearance,
            version: 1,
            patient: None,
            doctor: None,
            proved: false,
            person,
            session,
        });
    }

    async fn insert_doctors(&self, app: &App) {
        let state = app.state();
        let sealed = self.doctors.iter().enumerate().map(|(at, doctor)| {
            let account = self.accounts.iter().find(|one| one.doctor == Some(at));
            let new = NewDoctor {
                id: DoctorId(doctor.id),
                user: account.map(|one| one.id.into()),
                name: Name {
                    given: vec![doctor.given.clone()],
                    family: doctor.family.clone(),
                    prefix: Some("Dr.".to_owned()),
                },
                specialties: Vec::new(),
                licences: vec![Licence {
                    number: doctor.licence.clone(),
                    authority: "Board".to_owned(),
                    validity: Default::default(),
                }],
                department: None,
                zone: "UTC".to_owned(),
                accepts_new_patients: true,
                source: None,
            };
            new.seal(&state.vault, state.clock.now()).unwrap()
        });
        let sealed: Vec<_> = sealed.collect();
        write(state, move |tx| {
            let sealed = sealed.clone();
            Box::pin(async move {
                doctors::insert_rows(tx, sealed).await?;
                Ok(Ok(()))
            })
        })
        .await;
    }

    async fn insert_patients(&mut self, app: &App, random: &mut Random) {
        while self.patients.len() < PATIENTS {
            self.patients.push(patient(app, self.patients.len()));
        }
        let state = app.state();
        let mut sealed = Vec::new();
        for (at, patient) in self.patients.iter_mut().enumerate() {
            patient.confidentiality = *random.pick(&[N, N, R, V]);
            for number in 0..random.below(3) {
                patient.coverages.push(Coverage {
                    id: app.clock.new_id::<CoverageId>().0,
                    payer: format!("Mutual {number}"),
                    number: format!("INS-{at:04}-{number}{at:03}"),
                    version: 1,
                    removed: false,
                });
            }
            patient.coverages.sort_by_key(|one| one.id);
            let account = self.accounts.iter().find(|one| one.patient == Some(at));
            let new = new_patient(patient, account);
            sealed.push(new.seal(&state.vault, state.clock.now()).unwrap());
        }
        write(state, move |tx| {
            let sealed = sealed.clone();
            Box::pin(async move {
                assert!(patients::insert_rows(tx, sealed).await?.is_ok());
                Ok(Ok(()))
            })
        })
        .await;
    }

    async fn insert_members(&mut self, app: &App, random: &mut Random) {
        let now = app.clock.now();
        for patient in 0..self.patients.len() {
            let first = random.below(self.doctors.len() as u64);
            for step in 0..random.below(4) {
                let doctor = (first + step * 5) as usize % self.doctors.len();
                let (starts, ends) = *random.pick(&[
                    (-40, None),
                    (-3, None),
                    (-20, Some(9)),
                    (-20, Some(-2)),
                    (6, None),
                ]);
                let at = |days: i64| now + TimeDelta::days(days) + TimeDelta::seconds(step as i64);
                self.members.push(Member {
                    id: app.clock.new_id::<CareTeamMemberId>().0,
                    patient,
                    doctor,
                    role: *random.pick(&[CareTeamRole::Primary, CareTeamRole::Covering]),
                    starts_at: at(starts),
                    ends_at: ends.map(at),
                    version: 1,
                });
            }
        }
        let rows = self.members.iter().map(|one| {
            let row = care_team_member::Model {
                id: CareTeamMemberId(one.id),
                patient_id: PatientId(self.patients[one.patient].id),
                doctor_id: DoctorId(self.doctors[one.doctor].id),
                role: one.role,
                starts_at: one.starts_at,
                ends_at: one.ends_at,
                version: 1,
                created_at: now,
                recorded_by: None,
            };
            row.into_active_model().reset_all()
        });
        let insert = care_team_member::Entity::insert_many(rows.collect::<Vec<_>>());
        let done = insert.exec_without_returning(app.state().db.schema());
        done.await.unwrap();
    }

    async fn insert_appointments(&mut self, app: &App, random: &mut Random) {
        let now = app.hour(0);
        for patient in 0..self.patients.len() {
            for _ in 0..random.below(5) {
                let doctor = random.below(self.doctors.len() as u64) as usize;
                self.push_appointment(app, random, patient, doctor, now);
            }
        }
        let state = app.state();
        for one in &self.appointments {
            let patient = PatientId(self.patients[one.patient].id);
            let row = state.loaders.patients.load(patient).await.unwrap().unwrap();
            let key = state.vault.open_key(patient.0, &row.data_key).unwrap();
            let reason = one.reason.as_ref().map(|reason| {
                let place = Place::new("appointment", "reason", one.id);
                key.seal(place, reason).unwrap()
            });
            let row = appointment::Model {
                id: AppointmentId(one.id),
                patient_id: patient,
                doctor_id: DoctorId(self.doctors[one.doctor].id),
                visit_type_id: None,
                starts_at: one.starts_at,
                ends_at: one.ends_at,
                zone: "UTC".to_owned(),
                modality: Modality::InPerson,
                status: one.status,
                confirmed_at: None,
                reason,
                cancellation_reason: (one.status == Status::Cancelled)
                    .then_some(CancellationReason::Other),
                replaces_id: one
                    .replaces
                    .map(|at| AppointmentId(self.appointments[at].id)),
                source_index: None,
                version: 1,
                created_at: now,
                updated_at: now,
                recorded_by: None,
                blocked_from: one.starts_at,
                blocked_until: one.ends_at,
                group_key: one.id,
                seat: 0,
                hold_expires_at: None,
                series_id: None,
                occurrence: None,
            };
            let insert = appointment::Entity::insert(row.into_active_model().reset_all());
            let done = insert.exec_without_returning(state.db.schema());
            done.await.unwrap();
        }
    }

    fn push_appointment(
        &mut self,
        app: &App,
        random: &mut Random,
        patient: usize,
        doctor: usize,
        now: DateTime<Utc>,
    ) {
        // No two of them at one time, all together within fifteen hours: no day is near an edge of the window.
        let number = i64::try_from(self.appointments.len()).unwrap();
        let days = *random.pick(&[-50, -33, -28, -3, -2, 1, 5, 9, 25]);
        let starts_at = now + TimeDelta::days(days) + TimeDelta::minutes(6 * number);
        let past = [
            Status::Fulfilled,
            Status::NoShow,
            Status::Cancelled,
            Status::Booked,
        ];
        let coming = [
            Status::Booked,
            Status::Booked,
            Status::Proposed,
            Status::Cancelled,
        ];
        let status = *random.pick(if days < 0 { &past } else { &coming });
        let reason = (random.below(3) > 0).then(|| format!("reason number {number}"));
        let before = self.appointments.last();
        let replaces =
            before.filter(|one| one.patient == patient && one.status == Status::Cancelled);
        let replaces = replaces.map(|_| self.appointments.len() - 1);
        self.appointments.push(Appointment {
            id: app.clock.new_id::<AppointmentId>().0,
            patient,
            doctor,
            starts_at,
            ends_at: starts_at + TimeDelta::minutes(5),
            status,
            reason,
            replaces,
            confirmed: false,
            version: 1,
            series: None,
            occurrence: None,
        });
    }
}
