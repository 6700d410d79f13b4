//! Selects and writes of patients, their search tokens and their insurances. Lists start at what the viewer may find;
//! changes want proof that the policy was asked.

#![expect(
    clippy::disallowed_methods,
    reason = "a store: the place the ban points to"
)]

mod bulk;
mod change;
mod erase;

pub use bulk::{MrnTaken, by_sources, insert_rows};
pub use change::{
    Retokened, coverage, delete_coverage, insert_coverage, mrn_taken, update, update_coverage,
};

pub use erase::{erase, has_appointments, hold, lock, stays};

use super::token::{Token, TokenKind};
use crate::access::Viewer;
use crate::clock::Clock;
use crate::db::{Db, Stretch, Window};
use crate::error::Fault;
use entity::cell::{BlindIndex, Sealed};
use entity::code::Roles;
use entity::id::PatientId;
use entity::{care_team_member, patient, patient_index};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect, QueryTrait,
    Select,
};
use std::sync::Arc;

/// What a search looks up; all of it must be there. Nothing at all asks for the list.
#[derive(Clone, Debug, Default)]
pub struct Needles {
    /// Tokens of the index, the rarest first.
    pub tokens: Vec<Token>,
    /// The medical record number.
    pub mrn: Option<BlindIndex>,
}

impl Needles {
    /// Whether nothing is searched for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty() && self.mrn.is_none()
    }

    /// Whether a doctor finds with it whom they do not treat: by name, birth date and record number anybody, who is so
    /// identified. By an e-mail address or telephone number nobody: that it finds somebody would say whose it is.
    fn finds_strangers(&self) -> bool {
        let contact = |token: &Token| matches!(token.kind, TokenKind::Email | TokenKind::Phone);
        !self.is_empty() && !self.tokens.iter().any(contact)
    }
}

/// The patients that this viewer may be shown in a list, in words of SQL: everybody for an administrator; for a doctor
/// the patients of their care teams, and with `strangers` whoever they search for; oneself for a patient. A doctor finds
/// no record above their clearance.
#[must_use]
pub fn visible_to(viewer: &Viewer, clock: &Clock, strangers: bool) -> Condition {
    let mut any = Condition::any().add(Expr::val(1).eq(0));
    let Some(actor) = viewer.actor() else {
        return any;
    };
    if actor.roles.any_of(Roles::ADMIN) {
        return Condition::all();
    }
    if let Some(own) = actor.patient.filter(|_| actor.roles.any_of(Roles::PATIENT)) {
        any = any.add(patient::Column::Id.eq(own));
    }
    if actor.roles.any_of(Roles::DOCTOR) {
        let cleared = actor.clearance.up_to();
        let cleared = Condition::all().add(patient::Column::Confidentiality.is_in(cleared));
        match actor.doctor {
            _ if strangers => any = any.add(cleared),
            Some(doctor) => {
                let now = clock.now();
                let team = care_team_member::Entity::find()
                    .select_only()
                    .column(care_team_member::Column::PatientId)
                    .filter(care_team_member::Column::DoctorId.eq(doctor))
                    .filter(active_at(now))
                    .into_query();
                any = any.add(cleared.add(patient::Column::Id.in_subquery(team)));
            }
            None => {}
        }
    }
    any
}

/// The memberships that hold at this instant.
fn active_at(now: chrono::DateTime<chrono::Utc>) -> Condition {
    Condition::all()
        .add(care_team_member::Column::StartsAt.lte(now))
        .add(
            Condition::any()
                .add(care_team_member::Column::EndsAt.is_null())
                .add(care_team_member::Column::EndsAt.gt(now)),
        )
}

/// The first token leads, by the index's own order, which is that of the pages too; each further one is one look-up a
/// row. (The alternative, a list of ids a token, reads every bearer of a common name for each page.)
fn found(viewer: &Viewer, clock: &Clock, needles: &Needles) -> Select<patient::Entity> {
    let visible = visible_to(viewer, clock, needles.finds_strangers());
    let mut select = patient::Entity::find()
        .filter(visible)
        .filter(patient::Column::DataKey.ne(Sealed::GONE));
    if let Some(mrn) = &needles.mrn {
        select = select.filter(patient::Column::MrnIndex.eq(mrn.clone()));
    }
    let mut tokens = needles.tokens.iter();
    if let Some(token) = tokens.next() {
        let of_patient = patient_index::Column::PatientId
            .into_expr()
            .equals((patient::Entity, patient::Column::Id));
        let select = QueryTrait::query(&mut select);
        select.inner_join(patient_index::Entity, of_patient);
        select.and_where(patient_index::Column::Kind.eq(token.kind.stored()));
        select.and_where(patient_index::Column::Token.eq(token.hash.clone()));
    }
    for (at, token) in tokens.enumerate() {
        let other = format!("other_{at}");
        let other = other.as_str();
        let column = |column| Expr::col((other.to_owned(), column));
        let exists = Query::select()
            .expr(Expr::val(1))
            .from_as(patient_index::Entity, other.to_owned())
            .and_where(column(patient_index::Column::Kind).eq(token.kind.stored()))
            .and_where(column(patient_index::Column::Token).eq(token.hash.clone()))
            .and_where(
                column(patient_index::Column::PatientId)
                    .equals((patient::Entity, patient::Column::Id)),
            )
            .to_owned();
        select = select.filter(Expr::exists(exists));
    }
    select
}

/// Patients that the viewer may be shown, oldest record first.
///
/// # Errors
/// Those of the database.
pub async fn list(
    db: &Db,
    viewer: &Viewer,
    needles: &Needles,
    window: &Window<PatientId>,
) -> Result<Stretch<Arc<patient::Model>>, Fault> {
    // The column that leads the search is the one to walk along.
    let id = match needles.tokens.is_empty() {
        true => patient::Column::Id.into_expr(),
        false => patient_index::Column::PatientId.into_expr(),
    };
    let select = found(viewer, db.clock(), needles);
    let select = window.over(select, [id], |id| [(*id).into()]);
    let rows = select.all(db.read()).await?;
    Ok(window.cut(rows).map(Arc::new))
}

/// How many the whole list has.
///
/// # Errors
/// Those of the database.
pub async fn count(db: &Db, viewer: &Viewer, needles: &Needles) -> Result<i64, Fault> {
    let count = found(viewer, db.clock(), needles).count(db.read()).await?;
    Ok(i64::try_from(count).unwrap_or(i64::MAX))
}
