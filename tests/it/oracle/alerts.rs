//! What the oracle knows of alerts on vital signs: what it puts there, what is answered of it, and what is tried on it.

use super::answer::{Reader, moment};
use super::cells::{Cell, Deed, Row};
use super::deeds::Expect::{self, Done, Refused, Told};
use super::deeds::{After, Tries};
use super::world::{Thing, World};
use crate::support::{App, Random};
use chrono::{DateTime, TimeDelta, Utc};
use entity::code::{AlertLevel, AlertStatus, RecordKind, Roles};
use entity::id::{PatientId, RecordId, UserId, VitalAlertId};
use entity::vital_alert;
use patient_tracker::chart::alert::note_place;
use sea_orm::{ActiveModelTrait as _, EntityTrait as _, IntoActiveModel as _};
use serde_json::{Value, json};
use uuid::Uuid;

/// An alert.
pub struct Alert {
    pub id: Uuid,
    /// The reading, by its place among the entries.
    pub entry: usize,
    pub level: AlertLevel,
    pub status: AlertStatus,
    pub raised_at: DateTime<Utc>,
    pub note: Option<String>,
    pub version: i32,
}

/// The verbs on alerts.
pub const ALERTS: &[&str] = &["acknowledgeAlert", "setVitalThreshold"];

impl World {
    /// Whose an alert is.
    pub fn alerted(&self, alert: usize) -> usize {
        self.entries[self.alerts[alert].entry].patient
    }

    /// Some readings have raised alerts, some of which somebody took on. Nobody is called any more: no clock changes them.
    pub(super) async fn insert_alerts(&mut self, app: &App, random: &mut Random) {
        let readings: Vec<_> = (0..self.entries.len())
            .filter(|at| self.entries[*at].kind == RecordKind::Vital)
            .collect();
        for entry in readings {
            let number = self.alerts.len();
            let taken_on = random.below(3) == 0;
            let alert = Alert {
                id: app.clock.new_id::<VitalAlertId>().0,
                entry,
                level: match random.below(2) {
                    0 => AlertLevel::Abnormal,
                    _ => AlertLevel::Critical,
                },
                status: match taken_on {
                    true => AlertStatus::Acknowledged,
                    false => AlertStatus::Open,
                },
                raised_at: app.clock.now() - TimeDelta::minutes(i64::try_from(number).unwrap()),
                note: taken_on.then(|| format!("seen to as number {number}")),
                version: 1,
            };
            self.keep_alert(app, &alert).await;
            self.alerts.push(alert);
        }
    }

    async fn keep_alert(&self, app: &App, alert: &Alert) {
        let state = app.state();
        let patient = PatientId(self.patients[self.entries[alert.entry].patient].id);
        let row = state.loaders.patients.load(patient).await.unwrap().unwrap();
        let key = state.vault.open_key(patient.0, &row.data_key).unwrap();
        let id = VitalAlertId(alert.id);
        let note = alert.note.as_ref();
        let taken_on = alert.status == AlertStatus::Acknowledged;
        let row = vital_alert::Model {
            id,
            patient_id: patient,
            record_id: RecordId(self.entries[alert.entry].id),
            level: alert.level,
            status: alert.status,
            raised_at: alert.raised_at,
            due_at: None,
            acknowledged_at: taken_on.then(|| app.clock.now()),
            acknowledged_by: taken_on.then(|| UserId(self.accounts[0].id)),
            note: note.map(|note| key.seal(note_place(id), note).unwrap()),
            closed_at: None,
            version: 1,
        };
        let insert = vital_alert::Entity::insert(row.into_active_model().reset_all());
        insert
            .exec_without_returning(state.db.schema())
            .await
            .unwrap();
    }

    /// Brings the alerts up to what was done. Nothing that is tried raises one.
    pub(super) fn mend_alerts(&mut self, rows: &[vital_alert::Model]) {
        for row in rows {
            let one = self.alerts.iter_mut().find(|one| one.id == row.id.0);
            let one = one.unwrap();
            (one.status, one.version) = (row.status, row.version);
        }
    }
}

impl Reader<'_> {
    /// A patient's alerts, the first first, if the viewer may read them.
    pub(super) fn alerts(&self, patient: usize) -> Option<Vec<Thing>> {
        let cell = self.world.reads(self.who, Row::Chart, patient, self.now);
        if cell == Cell::Nothing {
            return None;
        }
        let all = 0..self.world.alerts.len();
        let mut all: Vec<_> = all
            .filter(|at| self.world.alerted(*at) == patient)
            .collect();
        all.sort_by_key(|at| (self.world.alerts[*at].raised_at, self.world.alerts[*at].id));
        Some(all.into_iter().map(Thing::Alert).collect())
    }

    /// What an alert says.
    pub(super) fn of_alert(&self, at: usize, field: &str) -> Value {
        let one = &self.world.alerts[at];
        match field {
            "level" if one.level == AlertLevel::Critical => json!("CRITICAL"),
            "level" => json!("ABNORMAL"),
            "status" => json!(match one.status {
                AlertStatus::Open => "OPEN",
                AlertStatus::Acknowledged => "ACKNOWLEDGED",
                AlertStatus::Closed => "CLOSED",
            }),
            "raisedAt" => moment(one.raised_at),
            "note" => json!(one.note),
            "version" => json!(one.version),
            _ => Value::Null,
        }
    }

    /// What an alert leads to.
    pub(super) fn led_to_by_alert(&self, at: usize, field: &str) -> Thing {
        match field {
            "patient" => Thing::Patient(self.world.alerted(at)),
            _ => Thing::Entry(RecordKind::Vital, self.world.alerts[at].entry),
        }
    }
}

impl Tries<'_> {
    /// Taking an alert on, and setting bounds.
    pub(super) fn on_alert(
        &self,
        who: usize,
        name: &str,
        random: &mut Random,
    ) -> (String, Expect, After) {
        let world = self.world;
        let (patient, _) = self.pair(who, random);
        let (input, expect) = if name == "acknowledgeAlert" {
            // Now and then one of a patient whom they know.
            let near = (0..world.alerts.len()).filter(|at| world.alerted(*at) == patient);
            let near: Vec<_> = near.collect();
            let at = match near.is_empty() {
                true => usize::try_from(random.below(world.alerts.len() as u64)).unwrap(),
                false => *random.pick(&near),
            };
            let may = world.does(who, Deed::Treat, world.alerted(at), self.now);
            let expect = match self.on(who, Thing::Alert(at), may, &[]) {
                Done(_) => match world.alerts[at].status {
                    AlertStatus::Open => Done(&[]),
                    AlertStatus::Acknowledged => Told("ALREADY_ACKNOWLEDGED"),
                    AlertStatus::Closed => Told("CLOSED"),
                },
                refused => refused,
            };
            (format!("id: \"{}\"", world.id(Thing::Alert(at))), expect)
        } else {
            let may = world.does(who, Deed::SetBounds, patient, self.now);
            let id = world.id(Thing::Patient(patient));
            let bounds = "measure: HEART_RATE limits: { criticalAtLeast: 200 } expectedVersion: 0";
            let expect = self.on(who, Thing::Patient(patient), may, &["CONFLICT"]);
            (format!("patientId: \"{id}\" {bounds}"), expect)
        };
        match world.accounts[who].is(Roles::DOCTOR) {
            true => (input, expect, After::Nothing),
            false => (input, Refused("FORBIDDEN"), After::Nothing),
        }
    }
}
