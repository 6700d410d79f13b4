//! What appointments are reminded of, by key.

use super::lists;
use crate::batch::Batcher;
use crate::db::{Db, among};
use entity::id::AppointmentId;
use entity::reminder;
use sea_orm::{EntityTrait as _, QueryFilter as _, QueryOrder as _};
use std::sync::Arc;

pub(super) fn reminders(db: &Db) -> Batcher<AppointmentId, Arc<[Arc<reminder::Model>]>> {
    let db = db.clone();
    Batcher::new(move |appointments: Vec<AppointmentId>| {
        let db = db.clone();
        async move {
            let these = among(db.kind(), reminder::Column::AppointmentId, appointments);
            let rows = reminder::Entity::find()
                .filter(these)
                .order_by_asc(reminder::Column::DueAt)
                .order_by_asc(reminder::Column::Kind)
                .order_by_asc(reminder::Column::Channel)
                .all(db.read())
                .await?;
            Ok(lists(rows, |row| row.appointment_id))
        }
    })
}
