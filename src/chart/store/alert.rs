//! Selects and writes of alerts and of who was called to them. What a viewer does wants proof that the policy was asked; what a
//! reading does, or the clock, wants none.

use crate::access::Granted;
use crate::chart::alert::Member;
use crate::db::{Db, Kind, Tx, among};
use crate::error::Fault;
use chrono::{DateTime, Utc};
use entity::cell::Sealed;
use entity::code::{AlertStatus, CareTeamRole, Confidentiality, Roles, UserStatus};
use entity::id::{CareTeamMemberId, DoctorId, PatientId, RecordId, UserId, VitalAlertId};
use entity::{alert_call, care_team_member, doctor, patient, user, vital_alert};
use sea_orm::sea_query::{Expr, ExprTrait as _, LockType};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait, Condition, EntityTrait,
    IntoActiveModel as _, JoinType, QueryFilter, QueryOrder, QuerySelect, RelationDef,
};

/// A row of [`team`].
type Row = (
    CareTeamMemberId,
    DoctorId,
    CareTeamRole,
    UserStatus,
    Roles,
    Confidentiality,
);

/// How sensitive this patient's record is, and who is in their care team now.
///
/// # Errors
/// Those of the database.
pub async fn team(tx: &Tx, id: PatientId) -> Result<(Confidentiality, Vec<Member>), Fault> {
    let confidentiality = patient::Entity::find_by_id(id)
        .select_only()
        .column(patient::Column::Confidentiality)
        .into_tuple()
        .one(tx.connection())
        .await?
        .ok_or(Fault::NotFound)?;
    let now = tx.clock().now();
    let as_doctor: RelationDef = care_team_member::Entity::belongs_to(doctor::Entity)
        .from(care_team_member::Column::DoctorId)
        .to(doctor::Column::Id)
        .into();
    let as_user: RelationDef = doctor::Entity::belongs_to(user::Entity)
        .from(doctor::Column::UserId)
        .to(user::Column::Id)
        .into();
    let rows: Vec<Row> = care_team_member::Entity::find()
        .join(JoinType::InnerJoin, as_doctor)
        .join(JoinType::InnerJoin, as_user)
        .select_only()
        .column(care_team_member::Column::Id)
        .column(care_team_member::Column::DoctorId)
        .column(care_team_member::Column::Role)
        .column(user::Column::Status)
        .column(user::Column::Roles)
        .column(user::Column::Clearance)
        .filter(care_team_member::Column::PatientId.eq(id))
        .filter(care_team_member::Column::StartsAt.lte(now))
        .filter(
            Condition::any()
                .add(care_team_member::Column::EndsAt.is_null())
                .add(care_team_member::Column::EndsAt.gt(now)),
        )
        .into_tuple()
        .all(tx.connection())
        .await?;
    let member = |(id, doctor, role, status, roles, clearance): Row| Member {
        id,
        doctor,
        role,
        status,
        roles,
        clearance,
    };
    Ok((confidentiality, rows.into_iter().map(member).collect()))
}

/// Writes a new alert, and who is called to it first, if anybody is.
///
/// # Errors
/// Those of the database.
pub async fn insert(
    tx: &Tx,
    row: vital_alert::Model,
    first: Option<DoctorId>,
) -> Result<(), Fault> {
    let (id, at) = (row.id, row.raised_at);
    vital_alert::Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(tx.connection())
        .await?;
    match first {
        Some(doctor) => call(tx, id, 1, (doctor, at)).await,
        None => Ok(()),
    }
}

/// Writes that a doctor is called to an alert.
///
/// # Errors
/// Those of the database; a constraint refuses one who was called before.
pub async fn call(
    tx: &Tx,
    alert: VitalAlertId,
    place: i32,
    (doctor, at): (DoctorId, DateTime<Utc>),
) -> Result<(), Fault> {
    let row = alert_call::Model {
        alert_id: alert,
        place,
        doctor_id: doctor,
        called_at: at,
    };
    alert_call::Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(tx.connection())
        .await?;
    Ok(())
}

/// Who was called to these alerts, in their order.
///
/// # Errors
/// Those of the database.
pub async fn called(tx: &Tx, alerts: Vec<VitalAlertId>) -> Result<Vec<alert_call::Model>, Fault> {
    Ok(alert_call::Entity::find()
        .filter(among(tx.kind(), alert_call::Column::AlertId, alerts))
        .order_by_asc(alert_call::Column::AlertId)
        .order_by_asc(alert_call::Column::Place)
        .all(tx.connection())
        .await?)
}

/// Open alerts to which the next is to be called by now, at most so many, the longest due first.
///
/// # Errors
/// Those of the database.
pub async fn due(db: &Db, most: u64) -> Result<Vec<VitalAlertId>, Fault> {
    Ok(vital_alert::Entity::find()
        .select_only()
        .column(vital_alert::Column::Id)
        .filter(vital_alert::Column::DueAt.lte(db.clock().now()))
        .order_by_asc(vital_alert::Column::DueAt)
        .limit(most)
        .into_tuple()
        .all(db.read())
        .await?)
}

/// The alert, held against other copies and whoever takes it on, if the next is to be called to it by now.
///
/// # Errors
/// Those of the database.
pub async fn hold_due(tx: &Tx, id: VitalAlertId) -> Result<Option<vital_alert::Model>, Fault> {
    let select = vital_alert::Entity::find_by_id(id)
        .filter(vital_alert::Column::Status.eq(AlertStatus::Open))
        .filter(vital_alert::Column::DueAt.lte(tx.clock().now()));
    let select = match tx.kind() {
        Kind::Postgres => select.lock(LockType::Update),
        Kind::Sqlite => select,
    };
    Ok(select.one(tx.connection()).await?)
}

/// Says when the next is to be called to a held alert.
///
/// # Errors
/// Those of the database.
pub async fn put_off(
    tx: &Tx,
    held: &vital_alert::Model,
    due_at: Option<DateTime<Utc>>,
) -> Result<(), Fault> {
    vital_alert::Entity::update_many()
        .set(vital_alert::ActiveModel {
            due_at: Set(due_at),
            version: Set(held.version + 1),
            ..Default::default()
        })
        .filter(vital_alert::Column::Id.eq(held.id))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Takes an open alert of this patient on; none when it is not open any more.
///
/// # Errors
/// Those of the database.
pub async fn acknowledge(
    tx: &Tx,
    _: Granted,
    (id, patient): (VitalAlertId, PatientId),
    by: UserId,
    note: Option<Sealed>,
) -> Result<Option<vital_alert::Model>, Fault> {
    let change = vital_alert::ActiveModel {
        status: Set(AlertStatus::Acknowledged),
        due_at: Set(None),
        acknowledged_at: Set(Some(tx.clock().now())),
        acknowledged_by: Set(Some(by)),
        note: Set(note),
        ..Default::default()
    };
    let taken = vital_alert::Entity::update_many()
        .set(change)
        .col_expr(
            vital_alert::Column::Version,
            Expr::col(vital_alert::Column::Version).add(1),
        )
        .filter(vital_alert::Column::Id.eq(id))
        .filter(vital_alert::Column::PatientId.eq(patient))
        .filter(vital_alert::Column::Status.eq(AlertStatus::Open))
        .exec_with_returning(tx.connection())
        .await?;
    Ok(taken.into_iter().next())
}

/// Closes what these readings have raised, for they should not have been there.
///
/// # Errors
/// Those of the database.
pub async fn close(
    tx: &Tx,
    _: Granted,
    records: Vec<RecordId>,
) -> Result<Vec<vital_alert::Model>, Fault> {
    let change = vital_alert::ActiveModel {
        status: Set(AlertStatus::Closed),
        due_at: Set(None),
        closed_at: Set(Some(tx.clock().now())),
        ..Default::default()
    };
    Ok(vital_alert::Entity::update_many()
        .set(change)
        .col_expr(
            vital_alert::Column::Version,
            Expr::col(vital_alert::Column::Version).add(1),
        )
        .filter(among(tx.kind(), vital_alert::Column::RecordId, records))
        .filter(vital_alert::Column::Status.ne(AlertStatus::Closed))
        .exec_with_returning(tx.connection())
        .await?)
}
