//! Selects and writes of doctors and departments. Whoever lists or changes shows that the policy was asked.

#![expect(
    clippy::disallowed_methods,
    reason = "a store: the place the ban points to"
)]

use crate::access::Granted;
use crate::db::{Db, Kind, Stretch, Tx, Window, among, breaks};
use crate::error::Fault;
use entity::cell::BlindIndex;
use entity::id::{DepartmentId, DoctorId, UserId};
use entity::{department, doctor};
use sea_orm::sea_query::extension::postgres::PgExpr;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Func, Query};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QuerySelect, Select,
};
use std::collections::HashMap;
use std::sync::Arc;

/// Rows a statement; SQLite takes 32,766 parameters and a doctor has 12.
const CHUNK: usize = 1_000;

/// Which doctors of the directory are asked for.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Trained in what has this code.
    pub specialty: Option<String>,
    /// Working here.
    pub department: Option<DepartmentId>,
    /// Whether new patients may book.
    pub accepts_new_patients: Option<bool>,
}

/// The doctors that these users are.
///
/// # Errors
/// Those of the database.
pub async fn of_users(
    db: &Db,
    users: Vec<UserId>,
) -> Result<HashMap<UserId, Arc<doctor::Model>>, Fault> {
    let these = among(db.kind(), doctor::Column::UserId, users);
    let rows = doctor::Entity::find().filter(these).all(db.read()).await?;
    let by_user = |row: doctor::Model| Some((row.user_id?, Arc::new(row)));
    Ok(rows.into_iter().filter_map(by_user).collect())
}

fn filtered(db: &Db, filter: &Filter) -> Select<doctor::Entity> {
    let mut select = doctor::Entity::find();
    if let Some(department) = filter.department {
        select = select.filter(doctor::Column::DepartmentId.eq(department));
    }
    if let Some(accepts) = filter.accepts_new_patients {
        select = select.filter(doctor::Column::AcceptsNewPatients.eq(accepts));
    }
    if let Some(code) = &filter.specialty {
        select = select.filter(trained_in(db.kind(), code));
    }
    select
}

/// Whether one of a doctor's specialties has this code; each database reads JSON in its own words.
fn trained_in(kind: Kind, code: &str) -> Expr {
    let specialties = || Expr::col((doctor::Entity, doctor::Column::Specialties));
    match kind {
        Kind::Postgres => specialties().contains(Expr::val(serde_json::json!([{ "code": code }]))),
        Kind::Sqlite => {
            let each = Func::cust(Alias::new("json_each")).arg(specialties());
            let value = Expr::col((Alias::new("one"), Alias::new("value")));
            let found = Func::cust(Alias::new("json_extract"))
                .arg(value)
                .arg("$.code");
            let select = Query::select()
                .expr(Expr::val(1))
                .from_function(each, Alias::new("one"))
                .and_where(Expr::from(found).eq(code))
                .to_owned();
            Expr::exists(select)
        }
    }
}

/// The doctors who are trained in what has one of these codes.
///
/// # Errors
/// Those of the database.
pub async fn trained_in_any(db: &Db, codes: &[String]) -> Result<Vec<DoctorId>, Fault> {
    let each = codes.iter().map(|code| trained_in(db.kind(), code));
    let any = each.fold(Condition::any(), Condition::add);
    Ok(doctor::Entity::find()
        .select_only()
        .column(doctor::Column::Id)
        .filter(any)
        .into_tuple()
        .all(db.read())
        .await?)
}

/// Doctors of the directory, oldest entry first. (By name they cannot be sorted: names are sealed.)
///
/// # Errors
/// Those of the database.
pub async fn list(
    db: &Db,
    _: Granted,
    filter: &Filter,
    window: &Window<DoctorId>,
) -> Result<Stretch<Arc<doctor::Model>>, Fault> {
    let columns = [doctor::Column::Id.into_expr()];
    let select = window.over(filtered(db, filter), columns, |id| [(*id).into()]);
    let rows = select.all(db.read()).await?;
    Ok(window.cut(rows).map(Arc::new))
}

/// How many doctors the whole list has.
///
/// # Errors
/// Those of the database.
pub async fn count(db: &Db, _: Granted, filter: &Filter) -> Result<i64, Fault> {
    let count = filtered(db, filter).count(db.read()).await?;
    Ok(i64::try_from(count).unwrap_or(i64::MAX))
}

/// Writes doctors; for import and samples as for the single one.
///
/// # Errors
/// Those of the database.
pub async fn insert_rows(tx: &Tx, doctors: Vec<doctor::Model>) -> Result<(), Fault> {
    let mut rest = doctors;
    while !rest.is_empty() {
        let later = rest.split_off(rest.len().min(CHUNK));
        let rows = rest
            .into_iter()
            .map(|row| row.into_active_model().reset_all());
        doctor::Entity::insert_many(rows)
            .exec_without_returning(tx.connection())
            .await?;
        rest = later;
    }
    Ok(())
}

/// Which of these sources are here already, and as whom; for import.
///
/// # Errors
/// Those of the database.
pub async fn by_sources(
    tx: &Tx,
    sources: Vec<BlindIndex>,
) -> Result<HashMap<BlindIndex, DoctorId>, Fault> {
    let mut known = HashMap::new();
    for some in sources.chunks(CHUNK) {
        let found: Vec<(BlindIndex, DoctorId)> = doctor::Entity::find()
            .select_only()
            .columns([doctor::Column::SourceIndex, doctor::Column::Id])
            .filter(doctor::Column::SourceIndex.is_in(some.iter().cloned()))
            .into_tuple()
            .all(tx.connection())
            .await?;
        known.extend(found);
    }
    Ok(known)
}

/// Changes a doctor; false when the version is another by now.
///
/// # Errors
/// Those of the database.
pub async fn update(
    tx: &Tx,
    _: Granted,
    (id, expected_version): (DoctorId, i32),
    change: doctor::ActiveModel,
) -> Result<bool, Fault> {
    let changed = doctor::Entity::update_many()
        .set(change)
        .filter(doctor::Column::Id.eq(id))
        .filter(doctor::Column::Version.eq(expected_version))
        .exec(tx.connection())
        .await?;
    Ok(changed.rows_affected > 0)
}

/// Departments by name.
///
/// # Errors
/// Those of the database.
pub async fn departments(
    db: &Db,
    _: Granted,
    window: &Window<String>,
) -> Result<Stretch<Arc<department::Model>>, Fault> {
    let columns = [department::Column::Name.into_expr()];
    let select = window.over(department::Entity::find(), columns, |name| {
        [name.clone().into()]
    });
    let rows = select.all(db.read()).await?;
    Ok(window.cut(rows).map(Arc::new))
}

/// How many departments there are.
///
/// # Errors
/// Those of the database.
pub async fn count_departments(db: &Db, _: Granted) -> Result<i64, Fault> {
    let count = department::Entity::find().count(db.read()).await?;
    Ok(i64::try_from(count).unwrap_or(i64::MAX))
}

/// Another department has this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameTaken;

/// Writes departments; the refusal is that one's name is in use.
///
/// # Errors
/// Those of the database.
pub async fn insert_departments(
    tx: &Tx,
    departments: Vec<department::Model>,
) -> Result<Result<(), NameTaken>, Fault> {
    let mut rest = departments;
    while !rest.is_empty() {
        let later = rest.split_off(rest.len().min(CHUNK));
        let rows = rest
            .into_iter()
            .map(|row| row.into_active_model().reset_all());
        match department::Entity::insert_many(rows)
            .exec_without_returning(tx.connection())
            .await
        {
            Err(error) if breaks(&error, "department_name_unique", "department.name") => {
                return Ok(Err(NameTaken));
            }
            written => written?,
        };
        rest = later;
    }
    Ok(Ok(()))
}

/// The departments of these names that are there; for import.
///
/// # Errors
/// Those of the database.
pub async fn departments_by_names(
    tx: &Tx,
    names: Vec<String>,
) -> Result<HashMap<String, DepartmentId>, Fault> {
    let mut known = HashMap::new();
    for some in names.chunks(CHUNK) {
        let found: Vec<(String, DepartmentId)> = department::Entity::find()
            .select_only()
            .columns([department::Column::Name, department::Column::Id])
            .filter(department::Column::Name.is_in(some.iter().cloned()))
            .into_tuple()
            .all(tx.connection())
            .await?;
        known.extend(found);
    }
    Ok(known)
}
