//! Mutations sent, and the world mended by what was done. A mutation that is refused must have written nothing.

use super::deeds::{After, Expect, Tries, Try};
use super::grants::enrolled;
use super::run::{Mismatches, answer, codes_at, described};
use super::world::{Appointment, Coverage, Member, Series, World};
use crate::support::documents::REFRESH;
use crate::support::{App, PASSWORD, Random, sign_in, user_errors};
use entity::code::Roles;
use entity::{
    appointment, appointment_series, break_glass_grant, care_team_member, change_proposal,
    chart_record, coverage, document, document_upload, patient, user, vital_alert, waitlist_entry,
};
use sea_orm::EntityTrait as _;
use serde_json::{Value, json};

/// What stands in plain columns.
struct Rows {
    appointments: Vec<appointment::Model>,
    series: Vec<appointment_series::Model>,
    members: Vec<care_team_member::Model>,
    coverages: Vec<coverage::Model>,
    entries: Vec<chart_record::Model>,
    patients: Vec<patient::Model>,
    users: Vec<user::Model>,
    grants: Vec<break_glass_grant::Model>,
    waits: Vec<waitlist_entry::Model>,
    alerts: Vec<vital_alert::Model>,
    proposals: Vec<change_proposal::Model>,
    files: Vec<document::Model>,
    uploads: Vec<document_upload::Model>,
}

impl Rows {
    #[expect(
        clippy::disallowed_methods,
        reason = "the oracle looks behind the server's back"
    )]
    async fn read(app: &App) -> Self {
        let db = app.state().db.schema();
        let mut rows = Self {
            appointments: appointment::Entity::find().all(db).await.unwrap(),
            series: appointment_series::Entity::find().all(db).await.unwrap(),
            members: care_team_member::Entity::find().all(db).await.unwrap(),
            coverages: coverage::Entity::find().all(db).await.unwrap(),
            entries: chart_record::Entity::find().all(db).await.unwrap(),
            patients: patient::Entity::find().all(db).await.unwrap(),
            users: user::Entity::find().all(db).await.unwrap(),
            grants: break_glass_grant::Entity::find().all(db).await.unwrap(),
            waits: waitlist_entry::Entity::find().all(db).await.unwrap(),
            alerts: vital_alert::Entity::find().all(db).await.unwrap(),
            proposals: change_proposal::Entity::find().all(db).await.unwrap(),
            files: document::Entity::find().all(db).await.unwrap(),
            uploads: document_upload::Entity::find().all(db).await.unwrap(),
        };
        rows.appointments.sort_by_key(|row| row.id.0);
        rows.series.sort_by_key(|row| row.id.0);
        rows.members.sort_by_key(|row| row.id.0);
        rows.coverages.sort_by_key(|row| row.id.0);
        rows.entries.sort_by_key(|row| row.id.0);
        rows.patients.sort_by_key(|row| row.id.0);
        rows.users.sort_by_key(|row| row.id.0);
        rows.grants.sort_by_key(|row| row.id.0);
        rows.waits.sort_by_key(|row| row.id.0);
        rows.alerts.sort_by_key(|row| row.id.0);
        rows.proposals.sort_by_key(|row| row.id.0);
        rows.files.sort_by_key(|row| row.id.0);
        rows.uploads.sort_by_key(|row| row.id.0);
        rows
    }

    /// Whether these are the same, apart from what the clock ends by itself.
    fn are(&self, other: &Self) -> bool {
        let still = |rows: &Self| {
            let given = rows.grants.iter().map(|row| (row.id, row.reviewed_at));
            given.collect::<Vec<_>>()
        };
        let grants = still(self) == still(other);
        grants
            && (&self.appointments, &self.members) == (&other.appointments, &other.members)
            && self.series == other.series
            && (&self.coverages, &self.patients) == (&other.coverages, &other.patients)
            && (&self.users, &self.entries) == (&other.users, &other.entries)
            && self.waits == other.waits
            && self.alerts == other.alerts
            && self.proposals == other.proposals
            && (&self.files, &self.uploads) == (&other.files, &other.uploads)
    }
}

/// What of a payload is asked for: who refuses, and why.
fn document(tried: &Try) -> String {
    let input = match (tried.name, tried.input.as_str()) {
        (_, "") => "input: {}".to_owned(),
        (_, input) => format!("input: {{ {input} }}"),
    };
    format!(
        "mutation {{ {}({input}) {{ userErrors {{ code }} }} }}",
        tried.name
    )
}

/// Tries so many random mutations.
pub async fn act(
    app: &App,
    world: &mut World,
    random: &mut Random,
    count: usize,
    wrong: &mut Mismatches,
) {
    world.prove(app).await;
    let mut before = Rows::read(app).await;
    for _ in 0..count {
        // Whoever has a second factor can do more, and is asked more often.
        let proved = |at: &usize| world.accounts[*at].proved;
        let proved: Vec<_> = (0..world.accounts.len()).filter(proved).collect();
        let who = match random.below(25) {
            0 => None,
            1..=6 if !proved.is_empty() => Some(*random.pick(&proved)),
            _ => Some(usize::try_from(random.below(world.accounts.len() as u64)).unwrap()),
        };
        let now = app.clock.now();
        let tried = Tries { world, who, now }.random(random);
        let text = document(&tried);
        let got = answer(world, who, &text).await;
        let (codes, refused) = (codes_at(&got, None), user_errors(&got));
        let agree = match tried.expect {
            Expect::Refused(code) => codes == [code],
            Expect::Told(code) => codes.is_empty() && refused.contains(&code.to_owned()),
            Expect::Stuck(by) => {
                codes.is_empty() && refused.iter().any(|code| by.contains(&code.as_str()))
            }
            Expect::Done(unless) => {
                codes.is_empty() && refused.iter().all(|code| unless.contains(&code.as_str()))
            }
        };
        let after = Rows::read(app).await;
        let done = codes.is_empty() && refused.is_empty();
        let name = described(world, who);
        if !agree {
            let got = format!("{codes:?} {refused:?}");
            wrong.note(&name, &text, &format!("{:?}", tried.expect), &got);
        } else if !done && !before.are(&after) {
            wrong.note(&name, &text, "nothing written", "something");
        }
        if done {
            world.mend(app, &after, &tried.after).await;
        }
        // Whoever signs in again is given a proof, which stands in the rows too.
        before = if done { Rows::read(app).await } else { after };
    }
}

impl World {
    /// Brings the world up to what was done.
    async fn mend(&mut self, app: &App, rows: &Rows, after: &After) {
        self.mend_series(&rows.series);
        for row in &rows.appointments {
            let at = self.appointments.iter().position(|one| one.id == row.id.0);
            let at = at.unwrap_or_else(|| {
                self.appointments.push(Appointment {
                    id: row.id.0,
                    patient: self
                        .patients
                        .iter()
                        .position(|one| one.id == row.patient_id.0)
                        .unwrap(),
                    doctor: self
                        .doctors
                        .iter()
                        .position(|one| one.id == row.doctor_id.0)
                        .unwrap(),
                    starts_at: row.starts_at,
                    ends_at: row.ends_at,
                    status: row.status,
                    // Who moves an appointment leaves its reason as it was; who makes one here gives none.
                    reason: row.replaces_id.and_then(|id| {
                        let old = self.appointments.iter().find(|one| one.id == id.0);
                        old.and_then(|old| old.reason.clone())
                    }),
                    replaces: None,
                    confirmed: false,
                    version: row.version,
                    series: row
                        .series_id
                        .and_then(|id| self.series.iter().position(|one| one.id == id.0)),
                    occurrence: row.occurrence,
                });
                self.appointments.len() - 1
            });
            let replaces = row.replaces_id;
            let replaces =
                replaces.and_then(|id| self.appointments.iter().position(|one| one.id == id.0));
            let one = &mut self.appointments[at];
            (one.status, one.version, one.starts_at) = (row.status, row.version, row.starts_at);
            (one.ends_at, one.replaces) = (row.ends_at, replaces);
            one.confirmed = row.confirmed_at.is_some();
        }
        for row in &rows.members {
            match self.members.iter_mut().find(|one| one.id == row.id.0) {
                Some(one) => (one.ends_at, one.version) = (row.ends_at, row.version),
                None => self.members.push(Member {
                    id: row.id.0,
                    patient: self
                        .patients
                        .iter()
                        .position(|one| one.id == row.patient_id.0)
                        .unwrap(),
                    doctor: self
                        .doctors
                        .iter()
                        .position(|one| one.id == row.doctor_id.0)
                        .unwrap(),
                    role: row.role,
                    starts_at: row.starts_at,
                    ends_at: row.ends_at,
                    version: row.version,
                }),
            }
        }
        for row in &rows.patients {
            let one = self
                .patients
                .iter_mut()
                .find(|one| one.id == row.id.0)
                .unwrap();
            one.version = row.version;
        }
        for row in &rows.users {
            let one = self
                .accounts
                .iter_mut()
                .find(|one| one.id == row.id.0)
                .unwrap();
            (one.version, one.status) = (row.version, row.status);
        }
        self.mend_charts(&rows.entries);
        self.mend_waits(&rows.waits);
        self.mend_alerts(&rows.alerts);
        self.mend_proposals(&rows.proposals);
        self.mend_files(&rows.files);
        self.mend_grants(&rows.grants);
        self.change(after, rows);
        for row in &rows.coverages {
            let mut all = self
                .patients
                .iter_mut()
                .flat_map(|one| one.coverages.iter_mut());
            all.find(|one| one.id == row.id.0).unwrap().version = row.version;
        }
        let whose = match after {
            After::SignsInAgain(whose) | After::Cleared(whose, _) | After::Role(whose, _) => *whose,
            After::Disarmed(whose) => *whose,
            _ => return,
        };
        self.signs_in_again(app, whose).await;
    }

    /// Series are made by verbs only.
    fn mend_series(&mut self, rows: &[appointment_series::Model]) {
        for row in rows {
            let mut doctors = self.doctors.iter();
            let doctor = doctors.position(|one| one.id == row.doctor_id.0).unwrap();
            match self.series.iter_mut().find(|one| one.id == row.id.0) {
                Some(one) => (one.doctor, one.version) = (doctor, row.version),
                None => {
                    let mut patients = self.patients.iter();
                    let patient = patients.position(|one| one.id == row.patient_id.0);
                    self.series.push(Series {
                        id: row.id.0,
                        patient: patient.unwrap(),
                        doctor,
                        version: row.version,
                    });
                }
            }
        }
    }

    /// The session that somebody asks with is another from now on.
    pub async fn signs_in_again(&mut self, app: &App, whose: usize) {
        let one = &self.accounts[whose];
        if !one.comes_in() {
            return;
        }
        if one.proved {
            enrolled(app, one.id, None).await;
        }
        let person = sign_in(&app.copy, &self.accounts[whose].email, PASSWORD)
            .await
            .unwrap();
        self.accounts[whose].person = person;
        self.accounts[whose].session = session_of(&self.accounts[whose].person).await;
        self.prove(app).await;
    }

    /// Everybody's token is a fresh one of the same session: a long run outlives the first.
    pub async fn refresh(&mut self) {
        for one in self.accounts.iter_mut().filter(|one| one.comes_in()) {
            let person = &mut one.person;
            let token = json!({ "token": person.refresh_token });
            let mut answer = person.copy.run(None, REFRESH, token).await;
            let fresh = answer["data"]["refreshSession"]["authSession"].take();
            let text = |name: &str| fresh[name].as_str().unwrap().to_owned();
            person.token = Some(text("accessToken"));
            person.refresh_token = text("refreshToken");
        }
    }

    fn change(&mut self, after: &After, rows: &Rows) {
        match after {
            After::Nothing | After::SignsInAgain(_) => {}
            After::Phone(at, phone) => self.patients[*at].phone = Some(phone.clone()),
            After::Blood(at) => self.patients[*at].blood_group = Some("A_POSITIVE"),
            After::Sensitivity(at, level) => self.patients[*at].confidentiality = *level,
            After::Number(at, one, number) => {
                self.patients[*at].coverages[*one].number = number.clone()
            }
            After::Titled(at, title) => self.files[*at].title = title.clone(),
            After::Remarked(at, note) => self.entries[*at].note = Some(note.clone()),
            After::Removed(at, one) => self.patients[*at].coverages[*one].removed = true,
            After::Cleared(whose, level) => self.accounts[*whose].clearance = *level,
            After::Disarmed(whose) => self.accounts[*whose].proved = false,
            After::Role(whose, roles) => self.accounts[*whose].roles = Roles(roles.0),
            After::Noted(at, number) => {
                let known = |id| {
                    self.patients
                        .iter()
                        .flat_map(|one| &one.coverages)
                        .any(|one| one.id == id)
                };
                let new = rows.coverages.iter().find(|row| !known(row.id.0)).unwrap();
                self.patients[*at].coverages.push(Coverage {
                    id: new.id.0,
                    payer: "Mutual 9".to_owned(),
                    number: number.clone(),
                    version: new.version,
                    removed: false,
                });
            }
        }
    }
}

/// The session that somebody asks with.
pub async fn session_of(person: &crate::support::Person) -> String {
    let sessions = person
        .data("{ viewer { sessions { id current } } }", Value::Null)
        .await;
    let sessions = sessions["viewer"]["sessions"].as_array().unwrap().clone();
    let own = sessions
        .into_iter()
        .find(|one| one["current"] == true)
        .unwrap();
    own["id"].as_str().unwrap().to_owned()
}
