//! Entries as they are read: what many were shown at once is one entry for each of them.
//!
//! Entries of many stand among the others, in the order of their ids, and have the columns by which entries are found but for
//! who it was. A filter about somebody is asked twice: of the entries of one each, and of those of many in the streams that
//! they followed.

#![expect(
    clippy::disallowed_methods,
    reason = "the store of the audit's own tables"
)]

use super::finding::Filter;
use super::followers::{self, Crowd};
use crate::audit::shown::{ShownTo, first_of, id_at, one_of};
use crate::db::{Db, End, Stretch, Window, among};
use crate::error::Fault;
use entity::audit_entry::{self, Column, Model};
use entity::id::AuditEntryId;
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait as _};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, Select,
};
use std::collections::HashSet;
use uuid::Uuid;

/// How many streams are asked one by one.
const STREAMS: usize = 32;
/// Entries of many that are counted one by one, at once.
const STRETCH: u64 = 500;

/// One entry that is read: a row, or one of those whom a row of many names.
struct Found {
    row: usize,
    place: Option<usize>,
    number: i32,
    id: AuditEntryId,
}

/// What one row stands for, in the order of the ids: of the crowd alone, if there is one.
fn found(row: usize, entry: &Model, crowd: Option<&Crowd>) -> Vec<Found> {
    let Some(shown) = ShownTo::of(entry) else {
        return vec![Found {
            row,
            place: None,
            number: 0,
            id: entry.id,
        }];
    };
    let is_asked_for =
        |number: i32| crowd.is_none_or(|it| it.numbers.contains(&(entry.node, number)));
    let numbers = shown.numbers.into_iter().enumerate();
    numbers
        .filter(|(_, number)| is_asked_for(*number))
        .map(|(place, number)| Found {
            row,
            place: Some(place),
            number,
            id: id_at(entry.id, place),
        })
        .collect()
}

/// These, as entries of one each.
async fn read(db: &Db, rows: &[Model], found: &[Found]) -> Result<Vec<Model>, Fault> {
    let named = found.iter().filter(|it| it.place.is_some());
    let named = named.filter_map(|it| Some((rows.get(it.row)?.node, it.number)));
    let named = followers::all(db, named).await?;
    let entry = |it: &Found| {
        let row = rows.get(it.row)?;
        Some(match it.place {
            None => row.clone(),
            Some(place) => one_of(row, place, named.get(&(row.node, it.number))),
        })
    };
    Ok(found.iter().filter_map(entry).collect())
}

/// The rows that a filter is to be asked of: of one each, and of many.
///
/// Those of many stream by stream, each of which an index has in order: in few streams so many ever followed at the same time. Of
/// more they are asked together, which sorts them.
fn selects(filter: &Filter, crowd: Option<&Crowd>) -> Vec<Select<audit_entry::Entity>> {
    let single = audit_entry::Entity::find().filter(filter.condition());
    let mut selects = vec![match crowd {
        Some(_) => single.filter(Column::ShownTo.is_null()),
        None => single,
    }];
    let streams = crowd.map_or([].as_slice(), |crowd| &crowd.streams);
    let together = if streams.len() > STREAMS {
        streams.len()
    } else {
        1
    };
    selects.extend(streams.chunks(together).map(|streams| {
        audit_entry::Entity::find()
            .filter(filter.of_anybody().condition())
            .filter(Column::Stream.is_in(streams))
            .filter(Expr::cust("shown_to IS NOT NULL"))
    }));
    selects
}

/// The entries of these ids, of one each, in no order.
///
/// # Errors
/// Those of the database.
pub async fn looks(
    db: &Db,
    ids: impl IntoIterator<Item = AuditEntryId>,
) -> Result<Vec<Model>, Fault> {
    let ids: HashSet<AuditEntryId> = ids.into_iter().collect();
    let with_many = ids.iter().flat_map(|id| [*id, first_of(*id)]);
    let select = audit_entry::Entity::find().filter(among(db.kind(), Column::Id, with_many));
    let rows = select.all(db.read()).await?;
    let each = rows.iter().enumerate();
    let found: Vec<Found> = each
        .flat_map(|(row, entry)| found(row, entry, None))
        .filter(|it| ids.contains(&it.id))
        .collect();
    read(db, &rows, &found).await
}

/// Entries after a place, in order, that fit: of at least so many rows if there are, and all that a row stands for.
///
/// # Errors
/// Those of the database.
pub async fn filtered(
    db: &Db,
    filter: &Filter,
    mut after: i64,
    most: u64,
) -> Result<Vec<Model>, Fault> {
    let crowd = followers::crowd(db, filter).await?;
    let crowd = crowd.as_ref();
    loop {
        let mut rows = Vec::new();
        for select in selects(filter, crowd) {
            let select = select
                .filter(Column::Place.gt(after))
                .order_by_asc(Column::Place)
                .limit(most);
            rows.extend(select.all(db.read()).await?);
        }
        rows.sort_by_key(|row| row.place);
        rows.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        let Some(last) = rows.last() else {
            return Ok(Vec::new());
        };
        after = last.place;
        let each = rows.iter().enumerate();
        let found: Vec<Found> = each
            .flat_map(|(row, entry)| found(row, entry, crowd))
            .collect();
        if !found.is_empty() {
            return read(db, &rows, &found).await;
        }
    }
}

/// A stretch of the entries that fit, newest first, by their ids.
///
/// # Errors
/// Those of the database.
pub async fn list(
    db: &Db,
    filter: &Filter,
    window: &Window<AuditEntryId>,
) -> Result<Stretch<Model>, Fault> {
    let crowd = followers::crowd(db, filter).await?;
    let crowd = crowd.as_ref();
    let wanted = usize::try_from(window.most)
        .unwrap_or(usize::MAX)
        .saturating_add(1);
    let is_within = |id: &AuditEntryId| {
        window.after.is_none_or(|after| *id < after)
            && window.before.is_none_or(|before| *id > before)
    };
    // A row of many stands before those that it stands for.
    let mut rest = Window {
        before: window.before.map(just_before),
        ..window.clone()
    };
    let (mut all, mut picked): (Vec<Model>, Vec<Found>) = (Vec::new(), Vec::new());
    loop {
        let mut rows = Vec::new();
        for select in selects(filter, crowd) {
            let columns = [Column::Id.into_expr()];
            let select = rest.over_newest(select, columns, |id| [(*id).into()]);
            rows.extend(select.all(db.read()).await?);
        }
        rows.sort_by_key(|row| row.id);
        if window.from == End::First {
            rows.reverse();
        }
        let asked = usize::try_from(rest.most)
            .unwrap_or(usize::MAX)
            .saturating_add(1);
        let is_last = rows.len() < asked;
        rows.truncate(asked);
        // Where few of many rows name whom it is asked about, more are read at once.
        rest.most = (rest.most * 4).clamp(window.most, window.most.saturating_add(STRETCH));
        for row in rows {
            match window.from {
                End::First => rest.after = Some(row.id),
                End::Last => rest.before = Some(just_after(row.id)),
            }
            let mut of_row = found(all.len(), &row, crowd);
            if window.from == End::First {
                of_row.reverse();
            }
            picked.extend(of_row.into_iter().filter(|it| is_within(&it.id)));
            all.push(row);
            if picked.len() >= wanted {
                break;
            }
        }
        if is_last || picked.len() >= wanted {
            picked.truncate(wanted);
            return Ok(window.cut(read(db, &all, &picked).await?));
        }
    }
}

/// The id before all that the row of this one, if it is of many, stands for.
fn just_before(id: AuditEntryId) -> AuditEntryId {
    let first = first_of(id).0.as_u128();
    AuditEntryId(Uuid::from_u128(first.saturating_sub(1)))
}

/// The id after all that a row stands for.
fn just_after(id: AuditEntryId) -> AuditEntryId {
    match first_of(id) == id {
        true => id_at(id, usize::MAX - 1),
        false => id,
    }
}

/// How many entries fit.
///
/// # Errors
/// Those of the database.
pub async fn count(db: &Db, filter: &Filter) -> Result<i64, Fault> {
    let crowd = followers::crowd(db, filter).await?;
    // Of a row of many it says there how many they are; of others it is how often the same was denied.
    let each = CaseStatement::new()
        .case(Column::ShownTo.is_null(), 1)
        .finally(Expr::col(Column::Times));
    let mut selects = selects(filter, crowd.as_ref()).into_iter();
    let mut count = 0;
    if let Some(select) = selects.next() {
        let sum = Expr::expr(each).sum();
        let sum: Option<Option<i64>> = select
            .select_only()
            .expr(sum)
            .into_tuple()
            .one(db.read())
            .await?;
        count += sum.flatten().unwrap_or_default();
    }
    for select in selects {
        let mut last = i64::MIN;
        loop {
            let rows = select
                .clone()
                .filter(Column::Place.gt(last))
                .order_by_asc(Column::Place)
                .limit(STRETCH)
                .all(db.read())
                .await?;
            let Some(end) = rows.last() else { break };
            last = end.place;
            let named = rows.iter().map(|row| found(0, row, crowd.as_ref()).len());
            count += i64::try_from(named.sum::<usize>()).unwrap_or_default();
        }
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::super::finding::tests::plan_of;
    use super::*;
    use entity::id::UserId;

    #[tokio::test]
    async fn what_somebody_was_shown_among_many_is_found_in_the_order_of_an_index() {
        let filter = Filter {
            actor: Some(UserId(Uuid::from_u128(7))),
            ..Filter::default()
        };
        let crowd = Crowd {
            streams: vec!["clinic".to_owned(), "doctor:1".to_owned()],
            ..Crowd::default()
        };
        let selects = selects(&filter, Some(&crowd));
        assert_eq!(selects.len(), 3);
        for select in selects.into_iter().skip(1) {
            let select = Window::first(20).over_newest(select, [Column::Id.into_expr()], |id| {
                let id: &AuditEntryId = id;
                [(*id).into()]
            });
            let plan = plan_of(select).await;
            assert!(plan.contains("audit_entry_shown_in"), "{plan}");
            assert!(!plan.contains("TEMP B-TREE"), "{plan}");
        }
    }
}
