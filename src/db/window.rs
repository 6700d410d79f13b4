//! A stretch of a long list: which rows of a select to read, from its start or from its end, and in what order to hand
//! them out. It knows columns and keys as it is given them, and no list.

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{Condition, Order, QueryFilter, QueryOrder, QuerySelect, Value};

/// From which end of what lies between the two keys a stretch is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// From the start.
    First,
    /// From the end.
    Last,
}

/// Which rows of a list are asked for, by its sort key, which no two rows share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window<K> {
    /// From which end.
    pub from: End,
    /// At most so many rows.
    pub most: u64,
    /// Only those after this key.
    pub after: Option<K>,
    /// Only those before this key.
    pub before: Option<K>,
}

/// Rows of a list, in its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Whether the window has more than these: after them when read from the start, before them when from the end.
    pub more: bool,
}

impl<K> Window<K> {
    /// The first rows of a list.
    #[must_use]
    pub fn first(most: u64) -> Self {
        Self {
            from: End::First,
            most,
            after: None,
            before: None,
        }
    }

    /// The select of this window's rows and one more, which [`Self::cut`] takes off. The columns are those the list is
    /// sorted by, and `values` takes a key apart in the same order.
    ///
    /// From the end everything is turned round, order and all, so that the same index is walked the other way.
    #[must_use]
    pub fn over<S, const N: usize>(
        &self,
        select: S,
        columns: [Expr; N],
        values: impl Fn(&K) -> [Value; N],
    ) -> S
    where
        S: QueryFilter + QueryOrder + QuerySelect,
    {
        self.along(select, columns, values, [Order::Asc, Order::Desc])
    }

    /// The same of a list that begins with the greatest key, as does one with the newest first.
    #[must_use]
    pub fn over_newest<S, const N: usize>(
        &self,
        select: S,
        columns: [Expr; N],
        values: impl Fn(&K) -> [Value; N],
    ) -> S
    where
        S: QueryFilter + QueryOrder + QuerySelect,
    {
        self.along(select, columns, values, [Order::Desc, Order::Asc])
    }

    /// The same of a list that goes in the order `on` when read from its start, and `back` from its end.
    fn along<S, const N: usize>(
        &self,
        select: S,
        columns: [Expr; N],
        values: impl Fn(&K) -> [Value; N],
        [on, back]: [Order; 2],
    ) -> S
    where
        S: QueryFilter + QueryOrder + QuerySelect,
    {
        let mut between = Condition::all();
        for (key, order) in [(&self.after, &on), (&self.before, &back)] {
            if let Some(key) = key {
                between = between.add(beyond(&columns, &values(key), order));
            }
        }
        let order = match self.from {
            End::First => on,
            End::Last => back,
        };
        columns
            .into_iter()
            .fold(select.filter(between), |select, column| {
                select.order_by(column, order.clone())
            })
            .limit(self.most + 1)
    }

    /// What was asked for, of rows as [`Self::over`] selects them.
    #[must_use]
    pub fn cut<T>(&self, mut rows: Vec<T>) -> Stretch<T> {
        let most = usize::try_from(self.most).unwrap_or(usize::MAX);
        let more = rows.len() > most;
        rows.truncate(most);
        if self.from == End::Last {
            rows.reverse();
        }
        Stretch { rows, more }
    }

    /// The same stretch of a list that is there whole, in the order of its keys.
    pub fn of<'a, T>(&self, list: &'a [T], key: impl Fn(&T) -> K) -> Stretch<&'a T>
    where
        K: Ord,
    {
        let between = list.iter().filter(|row| {
            let key = key(row);
            self.after.as_ref().is_none_or(|after| key > *after)
                && self.before.as_ref().is_none_or(|before| key < *before)
        });
        let most = usize::try_from(self.most).unwrap_or(usize::MAX);
        let most = most.saturating_add(1);
        self.cut(match self.from {
            End::First => between.take(most).collect(),
            End::Last => between.rev().take(most).collect(),
        })
    }
}

impl<T> Stretch<T> {
    /// The same stretch with other rows for these.
    pub fn map<U>(self, other: impl FnMut(T) -> U) -> Stretch<U> {
        Stretch {
            rows: self.rows.into_iter().map(other).collect(),
            more: self.more,
        }
    }
}

/// The rows beyond these values in this order. The first column is compared on its own too, and not only in "greater, or
/// equal and then": an alternative of conditions is none that an index can start from.
fn beyond(columns: &[Expr], values: &[Value], order: &Order) -> Condition {
    let (Some((column, later)), Some((value, rest))) =
        (columns.split_first(), values.split_first())
    else {
        return Condition::any();
    };
    let past = |column: &Expr, value: &Value| match order {
        Order::Desc => column.clone().lt(value.clone()),
        _ => column.clone().gt(value.clone()),
    };
    if later.is_empty() {
        return Condition::all().add(past(column, value));
    }
    let from_here = match order {
        Order::Desc => column.clone().lte(value.clone()),
        _ => column.clone().gte(value.clone()),
    };
    Condition::all().add(from_here).add(
        Condition::any()
            .add(past(column, value))
            .add(beyond(later, rest, order)),
    )
}

#[cfg(test)]
mod tests;
