//! Alerts by key: who raised, who was called, by which bounds.

use super::chart::{Alerts, MOST_ALERTS};
use super::lists;
use crate::batch::Batcher;
use crate::db::{Db, among};
use entity::code::AlertStatus;
use entity::id::{PatientId, VitalAlertId};
use entity::{alert_call, vital_alert, vital_threshold};
use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use std::collections::HashMap;
use std::sync::Arc;

/// What is asked for at once of the same standing shares a statement.
pub(super) fn of_patient(db: &Db) -> Batcher<(PatientId, Option<AlertStatus>), Alerts> {
    let db = db.clone();
    Batcher::new(move |keys: Vec<(PatientId, Option<AlertStatus>)>| {
        let db = db.clone();
        async move {
            let mut same: HashMap<Option<AlertStatus>, Vec<PatientId>> = HashMap::new();
            for (patient, status) in keys {
                same.entry(status).or_default().push(patient);
            }
            let mut all = HashMap::new();
            for (status, patients) in same {
                let mut wanted = vital_alert::Entity::find()
                    .select_only()
                    .column(vital_alert::Column::Id)
                    .expr_as(
                        Expr::cust(
                            "row_number() OVER (PARTITION BY patient_id ORDER BY raised_at DESC, id DESC)",
                        ),
                        "place",
                    )
                    .filter(among(db.kind(), vital_alert::Column::PatientId, patients));
                if let Some(status) = status {
                    wanted = wanted.filter(vital_alert::Column::Status.eq(status));
                }
                let newest = Query::select()
                    .column("id")
                    .from_subquery(wanted.into_query(), "ranked")
                    .and_where(Expr::col("place").lte(MOST_ALERTS))
                    .to_owned();
                let rows = vital_alert::Entity::find()
                    .filter(vital_alert::Column::Id.in_subquery(newest))
                    .order_by_asc(vital_alert::Column::RaisedAt)
                    .order_by_asc(vital_alert::Column::Id)
                    .all(db.read())
                    .await?;
                let found = lists(rows, |row| row.patient_id).into_iter();
                all.extend(found.map(|(patient, list)| ((patient, status), list)));
            }
            Ok(all)
        }
    })
}

pub(super) fn calls(db: &Db) -> Batcher<VitalAlertId, Arc<[Arc<alert_call::Model>]>> {
    let db = db.clone();
    Batcher::new(move |ids: Vec<VitalAlertId>| {
        let db = db.clone();
        async move {
            let rows = alert_call::Entity::find()
                .filter(among(db.kind(), alert_call::Column::AlertId, ids))
                .order_by_asc(alert_call::Column::Place)
                .all(db.read())
                .await?;
            Ok(lists(rows, |row| row.alert_id))
        }
    })
}

pub(super) fn thresholds(db: &Db) -> Batcher<PatientId, Arc<[Arc<vital_threshold::Model>]>> {
    let db = db.clone();
    Batcher::new(move |patients: Vec<PatientId>| {
        let db = db.clone();
        async move {
            let rows = vital_threshold::Entity::find()
                .filter(among(
                    db.kind(),
                    vital_threshold::Column::PatientId,
                    patients,
                ))
                .order_by_asc(vital_threshold::Column::Version)
                .all(db.read())
                .await?;
            Ok(lists(rows, |row| row.patient_id))
        }
    })
}
