//! The waiting list by key: who waits, what stands open for them, and how many stand before them.

use super::by_id;
use crate::batch::Batcher;
use crate::db::{Db, among};
use entity::id::WaitlistEntryId;
use entity::waitlist_entry::{self, Column, WaitlistStatus};
use entity::waitlist_offer::{self, OfferOutcome};
use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, Query};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _};
use std::sync::Arc;

/// The waiting list's loaders.
pub struct Waits {
    /// Entries.
    pub entries: Batcher<WaitlistEntryId, Arc<waitlist_entry::Model>>,
    /// The offer of an entry that is open, or was taken.
    pub offers: Batcher<WaitlistEntryId, Arc<waitlist_offer::Model>>,
    /// The place of an entry among those who wait for the same: 1 is the first. None of one that does not wait.
    pub places: Batcher<WaitlistEntryId, i64>,
}

impl Waits {
    pub(super) fn over(db: &Db) -> Self {
        Self {
            entries: by_id(db, Column::Id, |row: &waitlist_entry::Model| row.id),
            offers: offers(db),
            places: places(db),
        }
    }
}

fn offers(db: &Db) -> Batcher<WaitlistEntryId, Arc<waitlist_offer::Model>> {
    let db = db.clone();
    Batcher::new(move |entries: Vec<WaitlistEntryId>| {
        let db = db.clone();
        async move {
            let standing = [OfferOutcome::Open, OfferOutcome::Accepted];
            let rows = waitlist_offer::Entity::find()
                .filter(among(db.kind(), waitlist_offer::Column::EntryId, entries))
                .filter(waitlist_offer::Column::Outcome.is_in(standing))
                .all(db.read())
                .await?;
            let by_entry = rows.into_iter().map(|row| (row.entry_id, Arc::new(row)));
            Ok(by_entry.collect())
        }
    })
}

/// Each is counted in one statement for all: who waits for the same visit with the same doctor, or of the same specialty, and
/// is more urgent, or as urgent and waits longer.
fn places(db: &Db) -> Batcher<WaitlistEntryId, i64> {
    let db = db.clone();
    Batcher::new(move |entries: Vec<WaitlistEntryId>| {
        let db = db.clone();
        async move {
            let now = db.clock().now();
            let other = Alias::new("other");
            let theirs = |column: Column| Expr::col((other.clone(), column));
            let own = |column: Column| Expr::col((waitlist_entry::Entity, column));
            let same = |column: Column| theirs(column).eq(own(column));
            let waits_longer = Expr::tuple([theirs(Column::CreatedAt), theirs(Column::Id)])
                .lt(Expr::tuple([own(Column::CreatedAt), own(Column::Id)]));
            let before = Query::select()
                .expr(Expr::val(1).count())
                .from_as(waitlist_entry::Entity, other.clone())
                .and_where(theirs(Column::Status).is_in(WaitlistStatus::WAITING))
                .and_where(theirs(Column::ExpiresAt).gt(now))
                .and_where(same(Column::VisitTypeId))
                .and_where(same(Column::DoctorId).or(same(Column::Specialty)))
                .and_where(
                    theirs(Column::Priority)
                        .lt(own(Column::Priority))
                        .or(same(Column::Priority).and(waits_longer)),
                )
                .to_owned();
            let rows: Vec<(WaitlistEntryId, i64)> = waitlist_entry::Entity::find()
                .select_only()
                .column(Column::Id)
                .expr_as(Expr::from(before), "before")
                .filter(among(db.kind(), Column::Id, entries))
                .filter(Column::Status.is_in(WaitlistStatus::WAITING))
                .into_tuple()
                .all(db.read())
                .await?;
            let place = |(entry, before): (WaitlistEntryId, i64)| (entry, before + 1);
            Ok(rows.into_iter().map(place).collect())
        }
    })
}
