//! Selects and writes of files. Changes want proof that the policy was asked.

#![expect(
    clippy::disallowed_methods,
    reason = "a store: the place the ban points to"
)]

use crate::access::Granted;
use crate::db::{Db, Tx};
use crate::error::Fault;
use chrono::{DateTime, Utc};
use entity::code::{DocumentStatus, ScanState};
use entity::id::{BlobId, DocumentId, PatientId, UserId};
use entity::{document, document_upload, document_waste};
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict, Query};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait, Condition, EntityTrait,
    IntoActiveModel as _, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};

/// Writes leave to bring a file.
///
/// # Errors
/// Those of the database.
pub async fn insert_ticket(tx: &Tx, _: Granted, row: document_upload::Model) -> Result<(), Fault> {
    document_upload::Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(tx.connection())
        .await?;
    Ok(())
}

/// Leave to bring a file.
///
/// # Errors
/// Those of the database.
pub async fn ticket(db: &Db, id: DocumentId) -> Result<Option<document_upload::Model>, Fault> {
    let found = document_upload::Entity::find_by_id(id);
    Ok(found.one(db.read()).await?)
}

/// How many files this user has brought since then, or may still bring.
///
/// # Errors
/// Those of the database.
pub async fn brought(tx: &Tx, user: UserId, since: DateTime<Utc>) -> Result<u64, Fault> {
    use document_upload::Column;
    let counts = Condition::any()
        .add(Column::UsedAt.is_not_null())
        .add(Column::ExpiresAt.gt(tx.clock().now()));
    let brought = document_upload::Entity::find()
        .filter(Column::UserId.eq(user))
        .filter(Column::CreatedAt.gt(since))
        .filter(counts)
        .count(tx.connection());
    Ok(brought.await?)
}

/// Uses a ticket up; false when it was used before, or is good no more.
///
/// # Errors
/// Those of the database.
pub async fn use_up(tx: &Tx, _: Granted, id: DocumentId) -> Result<bool, Fault> {
    use document_upload::Column;
    let now = tx.clock().now();
    let used = document_upload::Entity::update_many()
        .col_expr(Column::UsedAt, Expr::value(now))
        .filter(Column::Id.eq(id))
        .filter(Column::UsedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .exec(tx.connection())
        .await?;
    Ok(used.rows_affected == 1)
}

/// How many files there are in a record.
///
/// # Errors
/// Those of the database.
pub async fn count(tx: &Tx, patient: PatientId) -> Result<u64, Fault> {
    let of = document::Entity::find().filter(document::Column::PatientId.eq(patient));
    Ok(of.count(tx.connection()).await?)
}

/// Writes a file's row.
///
/// # Errors
/// Those of the database.
pub async fn insert(tx: &Tx, _: Granted, row: document::Model) -> Result<(), Fault> {
    insert_rows(tx, vec![row]).await
}

/// The same for samples, which ask no policy.
///
/// # Errors
/// Those of the database.
pub async fn insert_rows(tx: &Tx, rows: Vec<document::Model>) -> Result<(), Fault> {
    for row in rows {
        document::Entity::insert(row.into_active_model().reset_all())
            .exec_without_returning(tx.connection())
            .await?;
    }
    Ok(())
}

/// Changes what is known of a file, whose version is counted on; false when it is another by now.
///
/// # Errors
/// Those of the database.
pub async fn update(
    tx: &Tx,
    _: Granted,
    (before, change): (&document::Model, document::ActiveModel),
) -> Result<bool, Fault> {
    use document::Column;
    let change = document::ActiveModel {
        version: Set(before.version + 1),
        updated_at: Set(tx.clock().now()),
        ..change
    };
    let changed = document::Entity::update_many()
        .set(change)
        .filter(Column::Id.eq(before.id))
        .filter(Column::PatientId.eq(before.patient_id))
        .filter(Column::Version.eq(before.version))
        .exec(tx.connection())
        .await?;
    Ok(changed.rows_affected == 1)
}

/// Says that another file has taken this one's place; false when it has changed since, or is not the newest.
///
/// # Errors
/// Those of the database.
pub async fn supersede(
    tx: &Tx,
    _: Granted,
    (id, version): (DocumentId, i32),
) -> Result<bool, Fault> {
    use document::Column;
    let changed = document::Entity::update_many()
        .set(document::ActiveModel {
            status: Set(DocumentStatus::Superseded),
            version: Set(version + 1),
            updated_at: Set(tx.clock().now()),
            ..Default::default()
        })
        .filter(Column::Id.eq(id))
        .filter(Column::Version.eq(version))
        .filter(Column::Status.eq(DocumentStatus::Current))
        .exec(tx.connection())
        .await?;
    Ok(changed.rows_affected == 1)
}

/// The files in quarantine, those that wait longest first.
///
/// # Errors
/// Those of the database.
pub async fn quarantined(db: &Db, most: u64) -> Result<Vec<document::Model>, Fault> {
    let found = document::Entity::find()
        .filter(document::Column::Scan.eq(ScanState::Quarantined))
        .order_by_asc(document::Column::CreatedAt)
        .limit(most)
        .all(db.read());
    Ok(found.await?)
}

/// Notes what the scanner said of a file in quarantine; the version that comes of it, none when there is no such file any more.
///
/// # Errors
/// Those of the database.
pub async fn scanned(tx: &Tx, id: DocumentId, state: ScanState) -> Result<Option<i32>, Fault> {
    use document::Column;
    let changed = document::Entity::update_many()
        .col_expr(Column::Scan, Expr::value(state))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .col_expr(Column::UpdatedAt, Expr::value(tx.clock().now()))
        .filter(Column::Id.eq(id))
        .filter(Column::Scan.eq(ScanState::Quarantined))
        .exec(tx.connection())
        .await?;
    if changed.rows_affected == 0 {
        return Ok(None);
    }
    let version = document::Entity::find_by_id(id)
        .select_only()
        .column(Column::Version);
    Ok(version.into_tuple().one(tx.connection()).await?)
}

/// Notes that bytes are to go.
///
/// # Errors
/// Those of the database.
pub async fn doom(tx: &Tx, blob: BlobId) -> Result<(), Fault> {
    let row = document_waste::ActiveModel {
        blob_id: Set(blob),
        created_at: Set(tx.clock().now()),
    };
    let mut there = OnConflict::column(document_waste::Column::BlobId);
    document_waste::Entity::insert(row)
        .on_conflict(there.do_nothing().to_owned())
        .exec_without_returning(tx.connection())
        .await?;
    Ok(())
}

/// Bytes that are to go.
///
/// # Errors
/// Those of the database.
pub async fn doomed(db: &Db, most: u64) -> Result<Vec<BlobId>, Fault> {
    let found = document_waste::Entity::find().limit(most).all(db.read());
    Ok(found.await?.into_iter().map(|row| row.blob_id).collect())
}

/// Tickets that were used before then and of which nothing came, with where their bytes may lie.
///
/// # Errors
/// Those of the database.
pub async fn abandoned(
    db: &Db,
    before: DateTime<Utc>,
    most: u64,
) -> Result<Vec<document_upload::Model>, Fault> {
    use document_upload::Column;
    let came = Query::select()
        .column(document::Column::Id)
        .from(document::Entity)
        .to_owned();
    let found = document_upload::Entity::find()
        .filter(Column::UsedAt.lt(before))
        .filter(Column::Id.not_in_subquery(came))
        .limit(most)
        .all(db.read());
    Ok(found.await?)
}

/// Forgets bytes that are gone.
///
/// # Errors
/// Those of the database.
pub async fn forget_blob(tx: &Tx, blob: BlobId) -> Result<(), Fault> {
    document_waste::Entity::delete_by_id(blob)
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Forgets a ticket.
///
/// # Errors
/// Those of the database.
pub async fn forget_ticket(tx: &Tx, id: DocumentId) -> Result<(), Fault> {
    document_upload::Entity::delete_by_id(id)
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Forgets the tickets that are older and of which something came, or that were never used. Returns how many.
///
/// # Errors
/// Those of the database.
pub async fn forget_old(tx: &Tx, before: DateTime<Utc>) -> Result<u64, Fault> {
    use document_upload::Column;
    let came = Query::select()
        .column(document::Column::Id)
        .from(document::Entity)
        .to_owned();
    let done = Condition::any()
        .add(Column::UsedAt.is_null())
        .add(Column::Id.in_subquery(came));
    let deleted = document_upload::Entity::delete_many()
        .filter(Column::CreatedAt.lt(before))
        .filter(done)
        .exec(tx.connection())
        .await?;
    Ok(deleted.rows_affected)
}
