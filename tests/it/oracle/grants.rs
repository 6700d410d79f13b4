//! Broken glass in the oracle's world: leaves that are in force, over, taken away, given in another session, to somebody who
//! meets the patient anyway, to somebody who is no doctor any more; what is seen of them, and what is tried on them.

use super::act::session_of;
use super::answer::{Reader, moment};
use super::cells::Column;
use super::deeds::Expect::{self, Done, Refused, Told};
use super::deeds::Tries;
use super::run::either;
use super::world::{Grant, Thing, World};
use crate::support::{App, Random};
use chrono::{DateTime, TimeDelta, Utc};
use entity::break_glass_grant as grant;
use entity::code::{BreakGlassEnd, BreakGlassReason, Confidentiality, Roles, UserStatus};
use entity::id::{BreakGlassGrantId, DoctorId, PatientId, SessionId, UserId};
use entity::{session, user};
use patient_tracker::vault::Place;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _,
};
use serde_json::{Value, json};
use uuid::Uuid;

/// How a leave stands: begun so many minutes ago, for so long, and ended by whom after how long.
type Standing = (i64, i64, Option<(i64, BreakGlassEnd)>);

/// Every way for a leave to stand.
const WAYS: [Standing; 7] = [
    (10, 60, None),
    (12, 60, None),
    (25, 60, None),
    (11, 60, None),
    (90, 60, None),
    (15, 60, Some((5, BreakGlassEnd::Revoked))),
    (5_760, 60, Some((60, BreakGlassEnd::Expired))),
];

/// Which of them is given in another session.
const ELSEWHERE: usize = 3;

/// The raw id in one that clients know.
fn raw(id: &str) -> Uuid {
    Uuid::parse_str(id.rsplit('_').next().unwrap()).unwrap()
}

impl World {
    /// Gives leaves to everybody who is or was a doctor.
    pub async fn break_glass(&mut self, app: &App, random: &mut Random) {
        for doctor in 0..self.doctors.len() {
            let holder = self.holder(doctor);
            let elsewhere = self.accounts[holder].person.another_session().await;
            let elsewhere = session_of(&elsewhere).await;
            let here = self.accounts[holder].session.clone();
            let related: Vec<_> = self.related_to(doctor).collect();
            let guarded: Vec<_> = (0..self.patients.len())
                .filter(|at| self.patients[*at].confidentiality > Confidentiality::Normal)
                .collect();
            let mut taken = Vec::new();
            for (number, way) in WAYS.into_iter().enumerate() {
                let any = || (0..self.patients.len()).collect();
                let from: Vec<usize> = match number {
                    0 if !related.is_empty() => related.clone(),
                    1 | 2 if !guarded.is_empty() => guarded.clone(),
                    _ => any(),
                };
                let patient = *random.pick(&from);
                if taken.contains(&patient) {
                    continue;
                }
                taken.push(patient);
                let session = if number == ELSEWHERE {
                    &elsewhere
                } else {
                    &here
                };
                let given = self.given(app, doctor, patient, session, way);
                self.keep(app, holder, &given, way).await;
                self.grants.push(given);
            }
        }
    }

    /// Whose account this entry of the directory is.
    fn holder(&self, doctor: usize) -> usize {
        let mut accounts = self.accounts.iter();
        accounts.position(|one| one.doctor == Some(doctor)).unwrap()
    }

    /// Whom the doctor meets in some way, now or at another time.
    pub fn related_to(&self, doctor: usize) -> impl Iterator<Item = usize> + '_ {
        let members = self.members.iter().filter(move |one| one.doctor == doctor);
        let meetings = self
            .appointments
            .iter()
            .filter(move |one| one.doctor == doctor);
        members
            .map(|one| one.patient)
            .chain(meetings.map(|one| one.patient))
    }

    /// The patients whom this account, as a doctor, meets or has met, in any way.
    pub fn met_by(&self, who: usize) -> Vec<usize> {
        let Some(doctor) = self.accounts[who].doctor else {
            return Vec::new();
        };
        let grants = self.grants.iter().filter(|one| one.doctor == doctor);
        let met = grants.map(|one| one.patient);
        met.chain(self.related_to(doctor)).collect()
    }

    fn given(
        &self,
        app: &App,
        doctor: usize,
        patient: usize,
        session: &str,
        (ago, lasts, ended): Standing,
    ) -> Grant {
        let starts_at = app.clock.now() - TimeDelta::minutes(ago);
        Grant {
            id: app.clock.new_id::<BreakGlassGrantId>().0,
            doctor,
            patient,
            session: session.to_owned(),
            justification: format!("found at station number {doctor} {patient}"),
            starts_at,
            expires_at: starts_at + TimeDelta::minutes(lasts),
            ended_at: ended.map(|(after, _)| starts_at + TimeDelta::minutes(after)),
            reviewed_at: None,
        }
    }

    async fn keep(&self, app: &App, holder: usize, given: &Grant, (.., ended): Standing) {
        let state = app.state();
        let patient = PatientId(self.patients[given.patient].id);
        let row = state.loaders.patients.load(patient).await.unwrap().unwrap();
        let key = state.vault.open_key(patient.0, &row.data_key).unwrap();
        let place = Place::new("break_glass_grant", "justification", given.id);
        let row = grant::Model {
            id: BreakGlassGrantId(given.id),
            patient_id: patient,
            doctor_id: DoctorId(self.doctors[given.doctor].id),
            user_id: UserId(self.accounts[holder].id),
            session_id: SessionId(raw(&given.session)),
            reason: BreakGlassReason::Disaster,
            justification: key.seal(place, &given.justification).unwrap(),
            starts_at: given.starts_at,
            expires_at: given.expires_at,
            ended_at: given.ended_at,
            end_reason: ended.map(|(_, how)| how),
            reviewed_at: None,
            reviewed_by: None,
            outcome: None,
            note: None,
            version: 1,
        };
        let insert = grant::Entity::insert(row.into_active_model().reset_all());
        insert
            .exec_without_returning(state.db.schema())
            .await
            .unwrap();
    }

    /// Everybody of `proved` has a second factor that they have shown this moment; without an authenticator, for nobody
    /// here is ever asked for a code.
    pub async fn prove(&self, app: &App) {
        for account in self.accounts.iter().filter(|one| one.proved) {
            enrolled(app, account.id, Some(app.clock.now())).await;
            let shown = session::Entity::update_many()
                .col_expr(session::Column::ProvedAt, Expr::value(app.clock.now()))
                .filter(session::Column::Id.eq(SessionId(raw(&account.session))));
            shown.exec(app.state().db.schema()).await.unwrap();
        }
    }

    /// Brings the grants up to what was done; what somebody just opened is new.
    pub fn mend_grants(&mut self, rows: &[grant::Model]) {
        for row in rows {
            if let Some(known) = self.grants.iter_mut().find(|one| one.id == row.id.0) {
                (known.ended_at, known.reviewed_at) = (row.ended_at, row.reviewed_at);
                continue;
            }
            let place = |all: Vec<Uuid>, id: Uuid| all.into_iter().position(|one| one == id);
            let doctors = self.doctors.iter().map(|one| one.id).collect();
            let patients = self.patients.iter().map(|one| one.id).collect();
            self.grants.push(Grant {
                id: row.id.0,
                doctor: place(doctors, row.doctor_id.0).unwrap(),
                patient: place(patients, row.patient_id.0).unwrap(),
                session: format!("ses_{}", row.session_id.0.simple()),
                justification: WORDS.to_owned(),
                starts_at: row.starts_at,
                expires_at: row.expires_at,
                ended_at: row.ended_at,
                reviewed_at: row.reviewed_at,
            });
        }
    }
}

/// Notes that an account has a second factor since then, or has none.
pub async fn enrolled(app: &App, id: Uuid, since: Option<DateTime<Utc>>) {
    let change = user::Entity::update_many()
        .col_expr(user::Column::MfaEnrolledAt, Expr::value(since))
        .filter(user::Column::Id.eq(UserId(id)));
    change.exec(app.state().db.schema()).await.unwrap();
}

/// Shuts an account out, or back to before it chose a password.
pub async fn becomes(app: &App, id: Uuid, status: UserStatus) {
    let change = user::Entity::update_many()
        .col_expr(user::Column::Status, Expr::value(status))
        .filter(user::Column::Id.eq(UserId(id)));
    change.exec(app.state().db.schema()).await.unwrap();
}

/// What is said by whoever opens a record.
const WORDS: &str = "unconscious, found at the station";

impl Reader<'_> {
    /// A value of a leave.
    pub(super) fn of_grant(&self, at: usize, field: &str) -> Value {
        let grant = &self.world.grants[at];
        let account = &self.world.accounts[self.who];
        let is_admin = account.is(Roles::ADMIN);
        let is_theirs = account.as_doctor() == Some(grant.doctor);
        let in_force = grant.is_in_force(self.now);
        match field {
            // That its session has ended shows a little later.
            "active" if in_force && self.world.is_over(grant) => either(),
            "active" => json!(in_force),
            "reason" => json!("DISASTER"),
            "startsAt" => moment(grant.starts_at),
            "expiresAt" => moment(grant.expires_at),
            "reviewedAt" => grant.reviewed_at.map_or(Value::Null, moment),
            "justification" if is_theirs || is_admin => json!(grant.justification),
            _ => Value::Null,
        }
    }
}

impl World {
    /// Whether the session of a leave is not the one that its holder asks with now: it may be over.
    fn is_over(&self, grant: &Grant) -> bool {
        self.accounts[self.holder(grant.doctor)].session != grant.session
    }
}

impl Tries<'_> {
    /// What doctors try: to open a record, and to close one.
    pub(super) fn of_doctors(
        &self,
        who: usize,
        name: &str,
        random: &mut Random,
    ) -> (String, Expect) {
        let world = self.world;
        if name == "endBreakGlass" {
            let at = self.some_grant(who, random);
            let theirs = world.accounts[who].as_doctor() == Some(world.grants[at].doctor);
            return (self.named(at, ""), self.closing(who, at, theirs));
        }
        let (patient, _) = self.pair(who, random);
        let is_short = random.below(4) == 0;
        let words = if is_short { "short" } else { WORDS };
        let input = format!(
            "patientId: \"{}\" reason: DISASTER justification: \"{words}\"",
            world.id(Thing::Patient(patient))
        );
        let account = &world.accounts[who];
        let reach = account.clearance.max(Confidentiality::Restricted);
        let columns = world.columns(who, patient, self.now);
        let open = [
            Column::Own,
            Column::CareTeam,
            Column::ByAppointment,
            Column::BrokenGlass,
        ];
        let expect = if is_short {
            Told("JUSTIFICATION_TOO_SHORT")
        } else if !account.proved {
            Told("MFA_NOT_ENROLLED")
        } else if world.patients[patient].confidentiality > reach {
            Refused("NOT_FOUND")
        } else if columns.iter().any(|column| open.contains(column)) {
            Told("ALREADY_OPEN")
        } else {
            Done(&[])
        };
        (input, expect)
    }

    /// What administrators try on leaves: to take one away, and to say what is to be thought of it.
    pub(super) fn of_reviewers(
        &self,
        who: usize,
        name: &str,
        random: &mut Random,
    ) -> (String, Expect) {
        let world = self.world;
        let at = self.some_grant(who, random);
        let grant = &world.grants[at];
        let own = world.accounts[who].doctor == Some(grant.doctor);
        if name == "revokeBreakGlass" {
            let own = world.accounts[who].as_doctor() == Some(grant.doctor);
            return (self.named(at, ""), self.closing(who, at, !own));
        }
        let expect = if own {
            Told("OWN_GRANT")
        } else if grant.is_in_force(self.now) && world.is_over(grant) {
            Done(&["STILL_IN_FORCE", "ALREADY_REVIEWED"])
        } else if grant.is_in_force(self.now) {
            Told("STILL_IN_FORCE")
        } else if grant.reviewed_at.is_some() {
            Told("ALREADY_REVIEWED")
        } else {
            Done(&[])
        };
        (self.named(at, "outcome: JUSTIFIED"), expect)
    }

    fn closing(&self, who: usize, at: usize, may: bool) -> Expect {
        let grant = &self.world.grants[at];
        if !self.world.knows(who, Thing::Grant(at), self.now) {
            Refused("NOT_FOUND")
        } else if !may {
            Refused("FORBIDDEN")
        } else if !grant.is_in_force(self.now) {
            Told("ALREADY_ENDED")
        } else if self.world.is_over(grant) {
            Done(&["ALREADY_ENDED"])
        } else {
            Done(&[])
        }
    }

    fn named(&self, at: usize, more: &str) -> String {
        format!("id: \"{}\" {more}", self.world.id(Thing::Grant(at)))
    }

    /// Any grant, every other time one of their own if there is one.
    fn some_grant(&self, who: usize, random: &mut Random) -> usize {
        let all = 0..self.world.grants.len();
        let doctor = self.world.accounts[who].doctor;
        let own: Vec<_> = all
            .filter(|at| Some(self.world.grants[*at].doctor) == doctor)
            .collect();
        match own.is_empty() || random.below(2) == 0 {
            true => usize::try_from(random.below(self.world.grants.len() as u64)).unwrap(),
            false => *random.pick(&own),
        }
    }
}
