//! Appointments and their visit type, and what all rows share: reading JSON columns, writing a thousand at a time.

use super::people::PatientKeys;
use crate::output::{Done, Told};
use crate::source::Source;
use chrono::{DateTime, TimeDelta, Utc};
use entity::code::{AppointmentStatus, CancellationReason, Modality};
use entity::id::{AppointmentId, DoctorId, PatientId, VisitTypeId};
use entity::{appointment, visit_type};
use patient_tracker::graphql;
use patient_tracker::state::State;
use patient_tracker::vault::Place;
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};
use serde_json::Value;
use std::collections::HashMap;
use uuid::Uuid;

/// A text column.
pub fn text<'a>(row: &'a Value, column: &str) -> Done<&'a str> {
    row[column]
        .as_str()
        .ok_or_else(|| format!("a row without {column}"))
}

/// A column with an id.
pub fn uuid_of(row: &Value, column: &str) -> Done<Uuid> {
    Uuid::parse_str(text(row, column)?).told(column)
}

/// A column with an instant.
pub fn instant(row: &Value, column: &str) -> Done<DateTime<Utc>> {
    text(row, column)?.parse().told(column)
}

/// Writes rows, a thousand a statement.
pub async fn insert_many<E, M>(state: &State, rows: Vec<M>) -> Done<()>
where
    E: EntityTrait<Model = M>,
    M: IntoActiveModel<E::ActiveModel> + Clone,
    E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
{
    for some in rows.chunks(1000) {
        // `reset_all`: what came from a model counts as unchanged, and is to be written all the same.
        let rows = some
            .iter()
            .cloned()
            .map(|row| row.into_active_model().reset_all());
        E::insert_many(rows)
            .exec_without_returning(state.db.schema())
            .await
            .told("writing rows")?;
    }
    Ok(())
}

/// The visit that the comparison books, and its id as clients know it.
pub async fn visit_type(state: &State) -> Done<String> {
    let row = visit_type::Model {
        id: state.clock.new_id::<VisitTypeId>(),
        code: "bench".to_owned(),
        name: "Ten minutes".to_owned(),
        minutes: 10,
        modality: Modality::InPerson,
        requires_approval: false,
        active: true,
        version: 1,
        buffer_before: 0,
        buffer_after: 0,
        minimum_notice: 0,
        maximum_advance: 730,
        capacity: 1,
    };
    let id = graphql::id(row.id).to_string();
    insert_many::<visit_type::Entity, _>(state, vec![row]).await?;
    Ok(id)
}

/// Ends of live appointments so far, by whose time they take.
#[derive(Default)]
struct Taken(HashMap<Uuid, Vec<Span>>);

/// From when until when.
type Span = (DateTime<Utc>, DateTime<Utc>);

impl Taken {
    fn meets(&self, whose: Uuid, from: DateTime<Utc>, to: DateTime<Utc>) -> bool {
        let spans = self.0.get(&whose).map_or(&[][..], Vec::as_slice);
        spans.iter().any(|(start, end)| *start < to && *end > from)
    }

    fn take(&mut self, whose: Uuid, from: DateTime<Utc>, to: DateTime<Utc>) {
        self.0.entry(whose).or_default().push((from, to));
    }
}

/// The appointments of the comparison; returns how many. The others allow a patient two at once; here the second of them
/// took place, for what is over takes nobody's time.
pub async fn appointments(source: &Source, state: &State, keys: &PatientKeys) -> Done<usize> {
    let mut taken = Taken::default();
    let mut written = 0;
    // By months: all of them as one JSON text would be a hundred megabytes.
    let months = source
        .rows("select distinct date_trunc('month', starts_at)::date::text as month from appointments order by 1")
        .await?;
    for month in &months {
        let month = text(month, "month")?;
        let select = format!(
            "select * from appointments where starts_at >= '{month}'::date and starts_at < '{month}'::date + interval '1 month' order by starts_at, id"
        );
        let rows = source.rows(&select).await?;
        let rows = rows.iter().map(|row| sealed(keys, &mut taken, row));
        let rows = rows.collect::<Done<Vec<_>>>()?;
        written += rows.len();
        insert_many::<appointment::Entity, _>(state, rows).await?;
    }
    Ok(written)
}

fn sealed(keys: &PatientKeys, taken: &mut Taken, row: &Value) -> Done<appointment::Model> {
    let id = AppointmentId(uuid_of(row, "id")?);
    let patient = PatientId(uuid_of(row, "patient_id")?);
    let doctor = DoctorId(uuid_of(row, "doctor_id")?);
    let (from, to) = (instant(row, "starts_at")?, instant(row, "ends_at")?);
    let mut status = match text(row, "status")? {
        "SCHEDULED" => AppointmentStatus::Booked,
        "COMPLETED" => AppointmentStatus::Fulfilled,
        "CANCELLED" => AppointmentStatus::Cancelled,
        "NO_SHOW" => AppointmentStatus::NoShow,
        other => return Err(format!("the state {other} is unknown")),
    };
    if status.is_live() {
        if taken.meets(patient.0, from, to) || taken.meets(doctor.0, from, to) {
            status = AppointmentStatus::Fulfilled;
        } else {
            taken.take(patient.0, from, to);
            taken.take(doctor.0, from, to);
        }
    }
    let key = keys.get(&patient).ok_or("an appointment of nobody")?;
    let place = Place::new("appointment", "reason", id.0);
    let booked = from - TimeDelta::days(14);
    Ok(appointment::Model {
        id,
        patient_id: patient,
        doctor_id: doctor,
        visit_type_id: None,
        starts_at: from,
        ends_at: to,
        zone: "UTC".to_owned(),
        modality: Modality::InPerson,
        status,
        confirmed_at: None,
        reason: Some(key.seal(place, text(row, "reason")?).told("sealing")?),
        cancellation_reason: (status == AppointmentStatus::Cancelled)
            .then_some(CancellationReason::Patient),
        replaces_id: None,
        source_index: None,
        version: 1,
        created_at: booked,
        updated_at: booked,
        recorded_by: None,
        blocked_from: from,
        blocked_until: to,
        group_key: id.0,
        seat: 0,
        hold_expires_at: None,
        series_id: None,
        occurrence: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_free_again_when_it_ends() {
        let at = |minute| DateTime::UNIX_EPOCH + TimeDelta::minutes(minute);
        let mut taken = Taken::default();
        taken.take(Uuid::nil(), at(0), at(30));
        assert!(taken.meets(Uuid::nil(), at(29), at(59)));
        assert!(!taken.meets(Uuid::nil(), at(30), at(60)));
        assert!(!taken.meets(Uuid::max(), at(0), at(30)));
    }
}
