//! What of a calendar is more than single appointments, one of each: a series, an absence, somebody who waits, and a reading
//! that somebody is called to.

use super::charts::racing_heart;
use super::{Filling, diary, written};
use crate::error::Fault;
use crate::schedule::recurrence::{Occurrence, Rule};
use crate::vault::DataKey;
use crate::{appointment, chart, sample, schedule, waitlist};
use chrono::{DateTime, Datelike as _, Days, NaiveTime, TimeDelta, TimeZone as _, Utc, Weekday};
use entity::code::{AbsenceKind, AlertLevel, AlertStatus};
use entity::id::{DoctorId, PatientId, RecordId, SeriesId, VisitTypeId};
use entity::waitlist_entry::{WaitlistPriority, WaitlistStatus, Window, Windows};
use entity::{absence, appointment_series, vital_alert, waitlist_entry};
use sea_orm::{ActiveModelTrait as _, IntoActiveModel as _};
use std::sync::Arc;

/// After the last session of a day of the sample's: nothing stands in the way.
const AFTER_WORK: (u32, u32) = (17, 0);
/// The rule of the series.
const RULE: &str = "FREQ=WEEKLY;COUNT=6";
/// Monday to Friday, as windows of the waiting list count them.
const WEEKDAYS: i32 = 0b1_1111;

/// Who plays a part.
struct Cast<'a> {
    filling: &'a Filling,
    keys: &'a [Arc<DataKey>],
    /// The first of each.
    patient: PatientId,
    key: &'a DataKey,
    doctor: DoctorId,
    /// Who waits for the first doctor: the second patient.
    waits: PatientId,
    /// Who is away: the last doctor.
    away: DoctorId,
    /// The first kind of visit that is booked without asking.
    kind: usize,
}

impl<'a> Cast<'a> {
    /// None in a clinic of too few people.
    fn of(filling: &'a Filling, keys: &'a [Arc<DataKey>]) -> Option<Self> {
        let kinds = &filling.clinic.visit_types;
        Some(Self {
            filling,
            keys,
            patient: *filling.ids.patients.first()?,
            key: keys.first()?,
            doctor: *filling.ids.doctors.first()?,
            waits: *filling.ids.patients.get(1)?,
            away: *filling.ids.doctors.last()?,
            kind: kinds.iter().position(|kind| !kind.requires_approval)?,
        })
    }

    fn kind(&self) -> VisitTypeId {
        self.filling.ids.visit_types[self.kind]
    }

    /// On the first Monday at least so many days from now, at this time on the clocks of the first doctor.
    fn monday_after(&self, days: u64, (hour, minute): (u32, u32)) -> Option<DateTime<Utc>> {
        let zone = self.filling.clinic.doctors.first()?.zone;
        let today = self.filling.now.with_timezone(&zone).date_naive();
        let day = today.checked_add_days(Days::new(days))?;
        let left = u64::from(day.weekday().days_since(Weekday::Mon));
        let day = day.checked_add_days(Days::new((7 - left) % 7))?;
        let time = NaiveTime::from_hms_opt(hour, minute, 0)?;
        let at = zone.from_local_datetime(&day.and_time(time)).earliest()?;
        Some(at.to_utc())
    }

    /// Six Mondays of the first patient with the first doctor.
    fn series(
        &self,
    ) -> Result<(appointment_series::Model, Vec<entity::appointment::Model>), Fault> {
        let (filling, now) = (self.filling, self.filling.now);
        let begins = self.monday_after(8, AFTER_WORK);
        let begins = begins.ok_or_else(|| Fault::internal("the sample's series has no time"))?;
        let zone = filling.clinic.doctors[0].zone;
        let rule = Rule::read(RULE).map_err(|_| Fault::internal("the sample's rule"))?;
        let times = rule.from(begins, zone, &[]);
        let id: SeriesId = filling.state.clock.new_id();
        let minutes = filling.clinic.visit_types[self.kind].minutes;
        let mut visits = Vec::new();
        for Occurrence { number, at, .. } in times.unwrap_or_default() {
            let Some(at) = at else { continue };
            let planned = sample::Appointment {
                doctor: 0,
                patient: 0,
                visit_type: self.kind,
                starts_at: at,
                ends_at: at + TimeDelta::minutes(minutes.into()),
                status: sample::Status::Booked,
                cancellation: None,
                reason: "Physiotherapy",
                made_at: now,
            };
            let mut visit = diary::sealed(filling, self.keys, &planned)?;
            (visit.series_id, visit.occurrence) = (Some(id), Some(number));
            visits.push(visit);
        }
        let row = appointment_series::Model {
            id,
            patient_id: self.patient,
            doctor_id: self.doctor,
            rule: RULE.to_owned(),
            zone: zone.name().to_owned(),
            version: 1,
            created_at: now,
            updated_at: now,
            recorded_by: None,
        };
        Ok((row, visits))
    }

    /// Two days of training of the last doctor's.
    fn absence(&self) -> Option<absence::Model> {
        let now = self.filling.now;
        let starts_at = self.monday_after(15, (0, 0))?;
        Some(absence::Model {
            id: self.filling.state.clock.new_id(),
            doctor_id: self.away,
            kind: AbsenceKind::Training,
            starts_at,
            ends_at: starts_at + TimeDelta::days(2),
            ended_at: None,
            reason: None,
            version: 1,
            created_at: now,
            updated_at: now,
            recorded_by: None,
        })
    }

    /// The second patient would come in the evening.
    fn entry(&self) -> waitlist_entry::Model {
        let now = self.filling.now;
        waitlist_entry::Model {
            id: self.filling.state.clock.new_id(),
            patient_id: self.waits,
            visit_type_id: self.kind(),
            doctor_id: Some(self.doctor),
            specialty: None,
            priority: WaitlistPriority::Routine,
            // Later than anybody receives patients, so that it stands there to be looked at.
            windows: Windows(vec![Window {
                first_day: None,
                last_day: None,
                weekdays: WEEKDAYS,
                from: 19 * 60,
                until: 21 * 60,
            }]),
            note: None,
            status: WaitlistStatus::Active,
            unanswered: 0,
            expires_at: now + TimeDelta::days(90),
            version: 1,
            created_at: now,
            updated_at: now,
            recorded_by: None,
        }
    }

    /// What calls the first doctor to a reading of the first patient's.
    fn alert(&self, record_id: RecordId) -> vital_alert::Model {
        vital_alert::Model {
            id: self.filling.state.clock.new_id(),
            patient_id: self.patient,
            record_id,
            level: AlertLevel::Critical,
            status: AlertStatus::Open,
            raised_at: self.filling.now,
            due_at: None,
            acknowledged_at: None,
            acknowledged_by: None,
            note: None,
            closed_at: None,
            version: 1,
        }
    }
}

/// Writes one of each. A clinic of too few people has none of it.
pub(super) async fn write(filling: &Filling, keys: &[Arc<DataKey>]) -> Result<(), Fault> {
    let Some(cast) = Cast::of(filling, keys) else {
        return Ok(());
    };
    let (series, visits) = cast.series()?;
    let reading = racing_heart(filling, (cast.patient, cast.key))?;
    let (absence, entry, alert) = (cast.absence(), cast.entry(), cast.alert(reading.record.id));
    let doctor = cast.doctor;
    let all = Arc::new((series, visits, absence, entry, reading, alert));
    let outcome = filling.state.db.write(move |tx| {
        let all = Arc::clone(&all);
        Box::pin(async move {
            let (series, visits, absence, entry, reading, alert) = (*all).clone();
            let visits = visits
                .into_iter()
                .map(|row| row.into_active_model().reset_all());
            appointment::store::insert_series_rows(tx, vec![series]).await?;
            appointment::store::insert_rows(tx, visits.collect()).await?;
            if let Some(absence) = absence {
                schedule::store::insert_absences(tx, vec![absence]).await?;
            }
            waitlist::store::insert_rows(tx, vec![entry]).await?;
            chart::store::insert_rows(tx, vec![reading]).await?;
            chart::store::alert::insert(tx, alert, Some(doctor)).await?;
            Ok(Ok(()))
        })
    });
    written(outcome.await)
}
