//! Rows that a test needs and no verb of this slice makes quickly: kinds of visits, care teams, appointments of the past.

use super::app::App;
use chrono::{DateTime, TimeDelta, Timelike as _, Utc};
use entity::code::{AppointmentStatus, CareTeamRole, Modality};
use entity::id::{AppointmentId, CareTeamMemberId, DoctorId, PatientId, VisitTypeId};
use entity::{appointment, care_team_member, visit_type};
use patient_tracker::graphql::encode_id;
use sea_orm::{ActiveModelTrait as _, EntityTrait as _, IntoActiveModel as _};

impl App {
    /// A kind of visit of so many minutes that anybody may book; its id, as clients know it.
    pub async fn visit_type(&self, minutes: i32) -> String {
        self.kind_of_visit(minutes, false).await
    }

    /// A kind of visit that the doctor must accept.
    pub async fn visit_type_to_ask_for(&self) -> String {
        self.kind_of_visit(30, true).await
    }

    async fn kind_of_visit(&self, minutes: i32, requires_approval: bool) -> String {
        let id: VisitTypeId = self.clock.new_id();
        let row = visit_type::Model {
            id,
            code: format!("visit-{}", id.0.simple()),
            name: format!("Visit of {minutes} minutes"),
            minutes,
            modality: Modality::InPerson,
            requires_approval,
            active: true,
            version: 1,
            buffer_before: 0,
            buffer_after: 0,
            minimum_notice: 0,
            maximum_advance: 730,
            capacity: 1,
        };
        let insert = visit_type::Entity::insert(row.into_active_model().reset_all());
        insert
            .exec_without_returning(self.state().db.schema())
            .await
            .unwrap();
        encode_id(id).to_string()
    }

    /// Puts the doctor into the patient's care team, from a day ago on, until `ends_at` if given.
    pub async fn care(&self, doctor: DoctorId, patient: PatientId, ends_at: Option<DateTime<Utc>>) {
        let id: CareTeamMemberId = self.clock.new_id();
        let now = self.clock.now();
        let row = care_team_member::Model {
            id,
            patient_id: patient,
            doctor_id: doctor,
            role: CareTeamRole::Primary,
            starts_at: now - TimeDelta::days(1),
            ends_at,
            version: 1,
            created_at: now,
            recorded_by: None,
        };
        let insert = care_team_member::Entity::insert(row.into_active_model().reset_all());
        insert
            .exec_without_returning(self.state().db.schema())
            .await
            .unwrap();
    }

    /// A booked appointment of half an hour, whenever it is; its id, as clients know it.
    pub async fn appointment(
        &self,
        doctor: DoctorId,
        patient: PatientId,
        starts_at: DateTime<Utc>,
    ) -> String {
        let id: AppointmentId = self.clock.new_id();
        let now = self.clock.now();
        let row = appointment::Model {
            id,
            patient_id: patient,
            doctor_id: doctor,
            visit_type_id: None,
            starts_at,
            ends_at: starts_at + TimeDelta::minutes(30),
            zone: "UTC".to_owned(),
            modality: Modality::InPerson,
            status: AppointmentStatus::Booked,
            confirmed_at: None,
            reason: None,
            cancellation_reason: None,
            replaces_id: None,
            source_index: None,
            version: 1,
            created_at: now,
            updated_at: now,
            recorded_by: None,
            blocked_from: starts_at,
            blocked_until: starts_at + TimeDelta::minutes(30),
            group_key: id.0,
            seat: 0,
            hold_expires_at: None,
            series_id: None,
            occurrence: None,
        };
        let insert = appointment::Entity::insert(row.into_active_model().reset_all());
        insert
            .exec_without_returning(self.state().db.schema())
            .await
            .unwrap();
        encode_id(id).to_string()
    }

    /// The full hour that is so many hours from now.
    pub fn hour(&self, hours: i64) -> DateTime<Utc> {
        let now = self.clock.now() + TimeDelta::hours(hours);
        now.with_minute(0)
            .and_then(|at| at.with_second(0))
            .and_then(|at| at.with_nanosecond(0))
            .unwrap()
    }

    /// The same time of tomorrow's next day, at this hour of the day (UTC).
    pub fn day_after_tomorrow(&self, hour: u32) -> DateTime<Utc> {
        let day = (self.clock.now() + TimeDelta::days(2)).date_naive();
        day.and_hms_opt(hour, 0, 0).unwrap().and_utc()
    }
}
