//! An appointment with as much of its patient as most who look at it want to see. It is what lists of appointments are
//! made of, so it reads no column that they do not show, and each by its place in the row: sea-orm's way by name cost a
//! third of a doctor's day. Which columns they are is written out once and not for each statement.

use crate::access::PatientFacts;
use crate::db::cell;
use crate::vault::{DataKey, Unreadable, Vault};
use entity::cell::Sealed;
use entity::code::Confidentiality;
use entity::id::{DoctorId, PatientId};
use entity::{appointment, patient};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, DbBackend, DbErr, EntityTrait, FromQueryResult, Iterable, JoinType,
    QueryFilter as _, QueryResult, QuerySelect, QueryTrait as _, RelationTrait, Select,
};
use std::sync::{Arc, LazyLock, OnceLock};

/// Who a patient is: the name and the date of birth, sealed, and what opens them.
#[derive(Debug)]
pub struct Face {
    /// Whose face it is.
    pub id: PatientId,
    /// How sensitive the record is.
    pub confidentiality: Confidentiality,
    /// The names.
    pub name: Sealed,
    /// The date of birth.
    pub birth_date: Sealed,
    data_key: Sealed,
    opened: OnceLock<Arc<DataKey>>,
}

impl Face {
    /// The key under which everything about this person is sealed; the first who asks opens it.
    ///
    /// # Errors
    /// When it was wrapped by another master key, or is damaged.
    pub fn key(&self, vault: &Vault) -> Result<&Arc<DataKey>, Unreadable> {
        if let Some(key) = self.opened.get() {
            return Ok(key);
        }
        let key = vault.open_key(self.id.0, &self.data_key)?;
        Ok(self.opened.get_or_init(|| key))
    }
}

impl From<&patient::Model> for Face {
    fn from(row: &patient::Model) -> Self {
        Self {
            id: row.id,
            confidentiality: row.confidentiality,
            name: row.name.clone(),
            birth_date: row.birth_date.clone(),
            data_key: row.data_key.clone(),
            opened: OnceLock::new(),
        }
    }
}

/// Selects faces; none of an erased patient.
pub fn faces() -> Select<patient::Entity> {
    static FACES: LazyLock<Select<patient::Entity>> = LazyLock::new(|| {
        let select = patient::Entity::find().select_only().columns(FACE);
        written(select).filter(there())
    });
    FACES.clone()
}

/// The same with its columns as text, which is the same for both databases.
fn written<E: EntityTrait>(select: Select<E>) -> Select<E> {
    let sql = select.build(DbBackend::Postgres).sql;
    let columns = sql
        .strip_prefix("SELECT ")
        .and_then(|rest| rest.split_once(" FROM "));
    match columns {
        Some((columns, _)) => {
            let columns = Expr::cust(columns.to_owned());
            select.select_only().expr(columns)
        }
        None => select,
    }
}

impl FromQueryResult for Face {
    fn from_query_result(row: &QueryResult, _: &str) -> Result<Self, DbErr> {
        face(row, 0)
    }
}

/// The face whose columns begin here, in the order of [`FACE`].
fn face(row: &QueryResult, at: usize) -> Result<Face, DbErr> {
    Ok(Face {
        id: row.try_get_by_index(at)?,
        confidentiality: row.try_get_by_index(at + 1)?,
        name: row.try_get_by_index(at + 2)?,
        birth_date: row.try_get_by_index(at + 3)?,
        data_key: row.try_get_by_index(at + 4)?,
        opened: OnceLock::new(),
    })
}

impl From<&Face> for PatientFacts {
    fn from(face: &Face) -> Self {
        Self::unrelated(face.id, face.confidentiality)
    }
}

/// An appointment and its patient.
#[derive(Clone, Debug)]
pub struct Card {
    /// The appointment.
    pub row: Arc<appointment::Model>,
    /// Whom it is about.
    pub patient: Arc<Face>,
    /// The doctor who was on the patient's care team when this was read, if that was asked for: one who looks at their own
    /// list of appointments need not have it looked up again for each.
    pub treated_by: Option<DoctorId>,
}

/// That the patient of an appointment, whose table must be joined, was not erased.
#[must_use]
pub fn there() -> Expr {
    patient::Column::DataKey.ne(Sealed::GONE)
}

/// Selects cards; none of an erased patient. `treated` is a condition, and the doctor whom it says to be on the patient's care team.
pub fn select(treated: Option<(Expr, DoctorId)>) -> (Select<appointment::Entity>, Cards) {
    let (condition, doctor) = match treated {
        None => (Expr::value(false), None),
        Some((condition, doctor)) => (condition, Some(doctor)),
    };
    (
        CARDS.clone().expr_as(condition, "treated"),
        Cards { doctor },
    )
}

/// Cards, but for whether the patient is treated.
static CARDS: LazyLock<Select<appointment::Entity>> = LazyLock::new(|| {
    let select = appointment::Entity::find().columns(FACE);
    written(select)
        .join(JoinType::InnerJoin, appointment::Relation::Patient.def())
        .filter(there())
});

/// How the rows of a [`select`] read.
#[derive(Clone, Copy)]
pub struct Cards {
    doctor: Option<DoctorId>,
}

impl Cards {
    /// The card of a row.
    #[must_use]
    pub fn card(&self, row: Row) -> Card {
        Card {
            row: Arc::new(row.appointment),
            patient: Arc::new(row.face),
            treated_by: self.doctor.filter(|_| row.treated),
        }
    }
}

const FACE: [patient::Column; 5] = [
    patient::Column::Id,
    patient::Column::Confidentiality,
    patient::Column::Name,
    patient::Column::BirthDate,
    patient::Column::DataKey,
];

/// A row of a [`select`].
pub struct Row {
    appointment: appointment::Model,
    face: Face,
    treated: bool,
}

impl FromQueryResult for Row {
    fn from_query_result(row: &QueryResult, _: &str) -> Result<Self, DbErr> {
        let at = appointment::Column::iter().count();
        Ok(Self {
            appointment: appointment(row)?,
            face: face(row, at)?,
            treated: row.try_get_by_index(at + FACE.len())?,
        })
    }
}

/// The appointment at the beginning of a row, in the order of its columns.
fn appointment(row: &QueryResult) -> Result<appointment::Model, DbErr> {
    Ok(appointment::Model {
        id: row.try_get_by_index(0)?,
        patient_id: row.try_get_by_index(1)?,
        doctor_id: row.try_get_by_index(2)?,
        visit_type_id: cell(row, 3)?,
        starts_at: row.try_get_by_index(4)?,
        ends_at: row.try_get_by_index(5)?,
        zone: row.try_get_by_index(6)?,
        modality: row.try_get_by_index(7)?,
        status: row.try_get_by_index(8)?,
        confirmed_at: cell(row, 9)?,
        reason: cell(row, 10)?,
        cancellation_reason: cell(row, 11)?,
        replaces_id: cell(row, 12)?,
        source_index: cell(row, 13)?,
        version: row.try_get_by_index(14)?,
        created_at: row.try_get_by_index(15)?,
        updated_at: row.try_get_by_index(16)?,
        recorded_by: cell(row, 17)?,
        blocked_from: row.try_get_by_index(18)?,
        blocked_until: row.try_get_by_index(19)?,
        group_key: row.try_get_by_index(20)?,
        seat: row.try_get_by_index(21)?,
        hold_expires_at: cell(row, 22)?,
        series_id: cell(row, 23)?,
        occurrence: cell(row, 24)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use sea_orm::Statement;

    /// What a select says when its columns are not written out before.
    fn plainly(backend: DbBackend) -> [Statement; 2] {
        let cards = appointment::Entity::find()
            .select_only()
            .columns(appointment::Column::iter())
            .columns(FACE)
            .expr_as(Expr::value(false), "treated")
            .join(JoinType::InnerJoin, appointment::Relation::Patient.def())
            .filter(there());
        let faces = patient::Entity::find().select_only().columns(FACE);
        [cards.build(backend), faces.filter(there()).build(backend)]
    }

    #[test]
    fn columns_that_are_written_out_are_those_that_are_selected() {
        for backend in [DbBackend::Postgres, DbBackend::Sqlite] {
            let written = [select(None).0.build(backend), faces().build(backend)];
            assert_eq!(written, plainly(backend));
        }
    }
}
