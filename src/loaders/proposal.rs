//! Changes that patients ask for, by key.

use super::{by_id, lists};
use crate::batch::Batcher;
use crate::db::{Db, among};
use entity::change_proposal;
use entity::code::ProposalStatus;
use entity::id::{ChangeProposalId, PatientId};
use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use std::collections::HashMap;
use std::sync::Arc;

/// The most proposals of a patient that are listed.
const MOST: i64 = 500;

/// A patient's proposals, the oldest first.
pub type List = Arc<[Arc<change_proposal::Model>]>;

/// Changes that patients ask for.
pub struct Proposals {
    /// By their id.
    pub rows: Batcher<ChangeProposalId, Arc<change_proposal::Model>>,
    /// A patient's that stand so, or all: the newest 500, the oldest of them first.
    pub of_patient: Batcher<(PatientId, Option<ProposalStatus>), List>,
}

impl Proposals {
    pub(super) fn over(db: &Db) -> Self {
        Self {
            rows: by_id(
                db,
                change_proposal::Column::Id,
                |row: &change_proposal::Model| row.id,
            ),
            of_patient: of_patient(db),
        }
    }
}

/// What is asked for at once of the same standing shares a statement.
fn of_patient(db: &Db) -> Batcher<(PatientId, Option<ProposalStatus>), List> {
    let db = db.clone();
    Batcher::new(move |keys: Vec<(PatientId, Option<ProposalStatus>)>| {
        let db = db.clone();
        async move {
            let mut same: HashMap<Option<ProposalStatus>, Vec<PatientId>> = HashMap::new();
            for (patient, status) in keys {
                same.entry(status).or_default().push(patient);
            }
            let mut all = HashMap::new();
            for (status, patients) in same {
                let mut wanted = change_proposal::Entity::find()
                    .select_only()
                    .column(change_proposal::Column::Id)
                    .expr_as(
                        Expr::cust(
                            "row_number() OVER (PARTITION BY patient_id ORDER BY proposed_at DESC, id DESC)",
                        ),
                        "place",
                    )
                    .filter(among(db.kind(), change_proposal::Column::PatientId, patients));
                if let Some(status) = status {
                    wanted = wanted.filter(change_proposal::Column::Status.eq(status));
                }
                let newest = Query::select()
                    .column("id")
                    .from_subquery(wanted.into_query(), "ranked")
                    .and_where(Expr::col("place").lte(MOST))
                    .to_owned();
                let rows = change_proposal::Entity::find()
                    .filter(change_proposal::Column::Id.in_subquery(newest))
                    .order_by_asc(change_proposal::Column::ProposedAt)
                    .order_by_asc(change_proposal::Column::Id)
                    .all(db.read())
                    .await?;
                let found = lists(rows, |row| row.patient_id).into_iter();
                all.extend(found.map(|(patient, list)| ((patient, status), list)));
            }
            Ok(all)
        }
    })
}
