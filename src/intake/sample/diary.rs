//! The sample's appointments, as rows.

use super::people::in_ranges;
use super::{Filling, coded, written};
use crate::appointment;
use crate::error::Fault;
use crate::sample;
use crate::vault::{DataKey, Place};
use entity::appointment as row;
use entity::id::AppointmentId;
use futures_util::StreamExt as _;
use sea_orm::{ActiveModelTrait as _, IntoActiveModel as _};
use std::sync::Arc;

/// Appointments a transaction.
const APPOINTMENTS: usize = 5_000;

/// Writes the diary, the next part being sealed meanwhile. Answers with a coming appointment of the first patient with
/// the first doctor.
pub(super) async fn write(
    filling: &Arc<Filling>,
    keys: Arc<[Arc<DataKey>]>,
) -> Result<Option<AppointmentId>, Fault> {
    let seal = |range: std::ops::Range<usize>| {
        let (filling, keys) = (Arc::clone(filling), Arc::clone(&keys));
        tokio::task::spawn_blocking(move || {
            filling.clinic.appointments[range]
                .iter()
                .map(|appointment| sealed(&filling, &keys, appointment))
                .collect::<Result<Vec<row::Model>, Fault>>()
        })
    };
    let ranges = in_ranges(filling.clinic.appointments.len(), APPOINTMENTS);
    let mut parts = futures_util::stream::iter(ranges).map(seal).buffered(2);
    let mut coming = None;
    while let Some(rows) = parts.next().await {
        let rows = rows.map_err(Fault::internal)??;
        coming = coming.or_else(|| {
            rows.iter()
                .find(|row| is_coming(filling, row))
                .map(|row| row.id)
        });
        let outcome = filling.state.db.write(move |tx| {
            let rows = rows.iter().cloned();
            let rows = rows
                .map(|row| row.into_active_model().reset_all())
                .collect();
            Box::pin(async move {
                appointment::store::insert_rows(tx, rows).await?;
                Ok(Ok(()))
            })
        });
        written(outcome.await)?;
    }
    Ok(coming)
}

/// Whether it is a booked one of the first two people, far enough away to be called off.
fn is_coming(filling: &Filling, row: &row::Model) -> bool {
    row.starts_at > filling.now + chrono::TimeDelta::days(2)
        && row.status == entity::code::AppointmentStatus::Booked
        && filling.ids.patients.first() == Some(&row.patient_id)
        && filling.ids.doctors.first() == Some(&row.doctor_id)
}

/// An appointment as a row.
pub(super) fn sealed(
    filling: &Filling,
    keys: &[Arc<DataKey>],
    appointment: &sample::Appointment,
) -> Result<row::Model, Fault> {
    let id: AppointmentId = filling.state.clock.new_id();
    let kind = &filling.clinic.visit_types[appointment.visit_type];
    let place = Place::new("appointment", "reason", id.0);
    let cancellation = appointment.cancellation;
    Ok(row::Model {
        id,
        patient_id: filling.ids.patients[appointment.patient],
        doctor_id: filling.ids.doctors[appointment.doctor],
        visit_type_id: Some(filling.ids.visit_types[appointment.visit_type]),
        starts_at: appointment.starts_at,
        ends_at: appointment.ends_at,
        zone: filling.clinic.doctors[appointment.doctor]
            .zone
            .name()
            .to_owned(),
        modality: coded(kind.modality.code())?,
        status: coded(appointment.status.code())?,
        confirmed_at: None,
        reason: Some(keys[appointment.patient].seal(place, appointment.reason)?),
        cancellation_reason: cancellation
            .map(|reason| coded(reason.code()))
            .transpose()?,
        replaces_id: None,
        source_index: None,
        version: 1,
        created_at: appointment.made_at,
        updated_at: appointment.made_at,
        recorded_by: None,
        blocked_from: appointment.starts_at,
        blocked_until: appointment.ends_at,
        group_key: id.0,
        seat: 0,
        hold_expires_at: None,
        series_id: None,
        occurrence: None,
    })
}
