//! Writing what was admitted of a bundle, in one transaction.

use super::admit::{Live, Plan};
use super::report::{Kind, Report};
use crate::error::{Fault, Outcome};
use crate::state::State;
use crate::{appointment, chart, doctor, patient};
use entity::appointment as row;
use entity::id::AppointmentId;
use sea_orm::{ActiveModelTrait as _, IntoActiveModel as _};
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

/// Locks a statement.
const LOCKS: usize = 1_000;

/// Somebody else wrote the same thing since it was looked up.
struct Overtaken;

/// Writes all of it or nothing. Those appointments that occupy a time are left out one by one when it is taken; they are
/// returned.
pub(super) async fn write(
    state: &State,
    plan: Plan,
    report: &mut Report,
) -> Result<HashSet<AppointmentId>, Fault> {
    let plan = Arc::new(plan);
    let written = Arc::clone(&plan);
    let outcome: Outcome<Vec<u64>, Overtaken> = state
        .db
        .write(move |tx| {
            let plan = Arc::clone(&plan);
            Box::pin(async move {
                let departments = plan.departments.clone();
                if doctor::store::insert_departments(tx, departments)
                    .await?
                    .is_err()
                {
                    return Ok(Err(Overtaken));
                }
                doctor::store::insert_rows(tx, plan.doctors.clone()).await?;
                if patient::store::insert_rows(tx, plan.patients.clone())
                    .await?
                    .is_err()
                {
                    return Ok(Err(Overtaken));
                }
                let past = plan.past.iter().cloned().map(active).collect();
                appointment::store::insert_rows(tx, past).await?;
                let refused = live(tx, &plan.live).await?;
                kinds(tx, &plan, &refused).await?;
                match charts(tx, &plan, &refused).await? {
                    true => Ok(Ok(refused)),
                    false => Ok(Err(Overtaken)),
                }
            })
        })
        .await;
    let refused = outcome?.map_err(|Overtaken| {
        Fault::unavailable("another import has written the same meanwhile; run this one again")
    })?;
    for Live { at, of, .. } in &written.live {
        let is_refused = refused.contains(at);
        if is_refused && *of == Kind::Appointment {
            report.refuse(
                of.name(),
                *at,
                "overlaps another appointment of the doctor or patient",
            );
            continue;
        }
        if is_refused {
            let what = "period overlaps another appointment of the doctor or patient: a visit without an appointment";
            report.note(*of, *at, what);
        }
        report.taken(*of);
    }
    let refused = written.live.iter().filter(|one| refused.contains(&one.at));
    Ok(refused.map(|one| one.row.id).collect())
}

/// Writes what goes into charts; visits whose time is taken have no appointment. False when somebody else has written some of it
/// meanwhile.
async fn charts(tx: &crate::db::Tx, plan: &Plan, refused: &[u64]) -> Result<bool, Fault> {
    let refused = plan.live.iter().filter(|one| refused.contains(&one.at));
    let refused: HashSet<AppointmentId> = refused.map(|one| one.row.id).collect();
    let mut records = plan.records.clone();
    for one in &mut records {
        let appointment = one.record.appointment_id;
        one.record.appointment_id = appointment.filter(|id| !refused.contains(id));
    }
    chart::store::insert_rows(tx, records).await?;
    chart::store::source::insert_sources(tx, plan.sources.clone()).await
}

/// Writes what kinds of visits those appointments are that were written.
async fn kinds(tx: &crate::db::Tx, plan: &Plan, refused: &[u64]) -> Result<(), Fault> {
    let refused = plan.live.iter().filter(|one| refused.contains(&one.at));
    let refused: HashSet<AppointmentId> = refused.map(|one| one.row.id).collect();
    let rows = plan.kinds.iter().cloned();
    let rows = rows.filter(|row| !refused.contains(&row.appointment_id));
    appointment::bulk::insert_kinds(tx, rows.collect()).await
}

fn active(row: row::Model) -> row::ActiveModel {
    row.into_active_model().reset_all()
}

/// Writes those that occupy a time, each only if it is free, and answers with the places of the others.
async fn live(tx: &crate::db::Tx, rows: &[Live]) -> Result<Vec<u64>, Fault> {
    // In one order for everybody who locks: doctors come before patients in the alphabet, too.
    let keys: BTreeSet<String> = rows
        .iter()
        .flat_map(|one| appointment::store::locks(one.row.doctor_id, one.row.patient_id))
        .collect();
    let keys: Vec<String> = keys.into_iter().collect();
    for some in keys.chunks(LOCKS) {
        tx.lock(some).await?;
    }
    let mut refused = Vec::new();
    for Live { at, row, .. } in rows {
        let time = (row.starts_at, row.ends_at);
        if appointment::bulk::is_taken(tx, row.doctor_id, row.patient_id, time).await? {
            refused.push(*at);
        } else {
            appointment::store::insert_rows(tx, vec![active(row.clone())]).await?;
        }
    }
    Ok(refused)
}
