//! What doctors are cleared for.

use crate::batch::Batcher;
use crate::db::{Db, among};
use entity::code::Confidentiality;
use entity::id::DoctorId;
use entity::{doctor, user};
use sea_orm::{EntityTrait, JoinType, QueryFilter as _, QuerySelect as _, RelationDef};
use std::collections::HashMap;

/// Up to how sensitive a record these doctors may read; none of who has no account.
pub(super) fn clearances(db: &Db) -> Batcher<DoctorId, Confidentiality> {
    let db = db.clone();
    Batcher::new(move |doctors: Vec<DoctorId>| {
        let db = db.clone();
        async move {
            let account: RelationDef = doctor::Entity::belongs_to(user::Entity)
                .from(doctor::Column::UserId)
                .to(user::Column::Id)
                .into();
            let rows = doctor::Entity::find()
                .select_only()
                .column(doctor::Column::Id)
                .column(user::Column::Clearance)
                .join(JoinType::InnerJoin, account)
                .filter(among(db.kind(), doctor::Column::Id, doctors))
                .into_tuple::<(DoctorId, Confidentiality)>()
                .all(db.read())
                .await?;
            Ok(rows.into_iter().collect::<HashMap<_, _>>())
        }
    })
}
