//! Pages: Relay connections over keyset cursors, read from either end.

use super::ApiError;
use crate::db::{End, Stretch, Window};
use crate::error::Fault;
use async_graphql::{Context, SimpleObject};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// The most items a page can have.
pub const LARGEST: u64 = 100;

/// How many items a page of this field has when nobody says: 20, and more where a list is usually wanted whole. The gate
/// reckons with the same.
#[must_use]
pub fn unsaid(field: &str) -> u64 {
    match field {
        "clinicDay" => LARGEST,
        _ => 20,
    }
}

/// Where a page stands among its neighbours. Anyone who may see the page may read it.
#[derive(SimpleObject, Clone, Debug, Default)]
pub struct PageInfo {
    /// Whether more follow: read with `first`, up to `before` if that is given; read with `last`, true if `before` is given.
    pub has_next_page: bool,
    /// Whether some come before: read with `last`, back to `after` if that is given; read with `first`, true if `after` is
    /// given.
    pub has_previous_page: bool,
    /// The cursor of the first item, if there is one; give it as `before`, with `last`, for the page before.
    pub start_cursor: Option<String>,
    /// The cursor of the last item, if there is one; give it as `after`, with `first`, for the next page.
    pub end_cursor: Option<String>,
}

/// Which page is asked for: the four arguments of every connection, as they came. (The library has no way to declare them
/// in one place; all else about them is here.)
#[derive(Clone, Debug, Default)]
pub struct Asked {
    first: Option<i32>,
    after: Option<String>,
    last: Option<i32>,
    before: Option<String>,
}

impl Asked {
    /// How many of the start and after which cursor; how many of the end and before which cursor.
    #[must_use]
    pub fn of(
        (first, after): (Option<i32>, Option<String>),
        (last, before): (Option<i32>, Option<String>),
    ) -> Self {
        Self {
            first,
            after,
            last,
            before,
        }
    }

    /// The window on the list of the field that is being resolved.
    ///
    /// # Errors
    /// BAD_REQUEST when both `first` and `last` are given or one is out of bounds, or a cursor is none of this list.
    pub fn window<K: DeserializeOwned>(self, ctx: &Context<'_>) -> Result<Window<K>, Fault> {
        self.or(unsaid(&ctx.item.node.name.node))
    }

    fn or<K: DeserializeOwned>(self, unsaid: u64) -> Result<Window<K>, Fault> {
        let (from, most) = match (self.first, self.last) {
            (None, None) => (End::First, Some(unsaid)),
            (Some(first), None) => (End::First, u64::try_from(first).ok()),
            (None, Some(last)) => (End::Last, u64::try_from(last).ok()),
            (Some(_), Some(_)) => {
                return Err(Fault::BadRequest("Give `first` or `last`, not both."));
            }
        };
        let most = most.filter(|most| (1..=LARGEST).contains(most));
        let out_of_bounds = match from {
            End::First => "`first` must be from 1 to 100.",
            End::Last => "`last` must be from 1 to 100.",
        };
        Ok(Window {
            from,
            most: most.ok_or(Fault::BadRequest(out_of_bounds))?,
            after: key(self.after, "`after` is not a cursor of this list.")?,
            before: key(self.before, "`before` is not a cursor of this list.")?,
        })
    }
}

/// The sort key that a cursor stands for.
fn key<K: DeserializeOwned>(
    cursor: Option<String>,
    none: &'static str,
) -> Result<Option<K>, Fault> {
    let decode = |text| {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        // No key of ours holds this character, and PostgreSQL takes none that does.
        let ours = !bytes.windows(6).any(|six| six == b"\\u0000");
        serde_json::from_slice(&bytes).ok().filter(|_| ours)
    };
    cursor
        .map(|text| decode(text).ok_or(Fault::BadRequest(none)))
        .transpose()
}

/// The sort key that a cursor outside of a connection stands for.
///
/// # Errors
/// BAD_REQUEST when it stands for none.
pub fn decode<K: DeserializeOwned>(cursor: Option<String>) -> Result<Option<K>, Fault> {
    key(cursor, "`after` is not a cursor of this list.")
}

/// The cursor of an item with this sort key.
#[must_use]
pub fn cursor<C: Serialize>(key: &C) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(key).unwrap_or_default())
}

/// Counting a whole list, done only when asked for.
pub type Count =
    Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Result<i64, Fault>> + Send>> + Send + Sync>;

/// The cursor of the item at this place of a page, made only when asked for.
type Cursors = Box<dyn Fn(usize) -> Option<String> + Send + Sync>;

/// One page of things with their cursors, and how to count the whole list.
pub struct Page<N> {
    /// The items.
    pub items: Vec<N>,
    cursors: Cursors,
    /// Whether more follow.
    pub has_next: bool,
    /// Whether some come before.
    pub has_previous: bool,
    /// Counts the whole list.
    pub count: Count,
}

impl<N> Page<N> {
    /// Builds the page from the rows of its window.
    pub fn of<T, K: Serialize + Send + Sync + 'static>(
        window: &Window<K>,
        stretch: Stretch<T>,
        key: impl Fn(&T) -> K,
        node: impl Fn(T) -> N,
        count: Count,
    ) -> Self {
        // What lies beyond the other end was not read; that a cursor came from there is enough for saying that it is there.
        let (has_next, has_previous) = match window.from {
            End::First => (stretch.more, window.after.is_some()),
            End::Last => (window.before.is_some(), stretch.more),
        };
        let keys: Vec<K> = stretch.rows.iter().map(key).collect();
        Self {
            items: stretch.rows.into_iter().map(node).collect(),
            cursors: Box::new(move |at| keys.get(at).map(cursor)),
            has_next,
            has_previous,
            count,
        }
    }

    /// The page of a list that is loaded whole, because it is short; it is in the order of its keys.
    pub fn within<T, K: Serialize + Ord + Send + Sync + 'static>(
        window: &Window<K>,
        list: &[T],
        key: impl Fn(&T) -> K,
        node: impl Fn(&T) -> N,
    ) -> Self {
        let total = i64::try_from(list.len()).unwrap_or(i64::MAX);
        Self::of(
            window,
            window.of(list, &key),
            |row| key(row),
            node,
            Arc::new(move || Box::pin(async move { Ok(total) })),
        )
    }

    /// Where this page stands.
    #[must_use]
    pub fn info(&self) -> PageInfo {
        PageInfo {
            has_next_page: self.has_next,
            has_previous_page: self.has_previous,
            start_cursor: self.cursor(0),
            end_cursor: self
                .items
                .len()
                .checked_sub(1)
                .and_then(|at| self.cursor(at)),
        }
    }

    /// The cursor of the item at this place.
    #[must_use]
    pub fn cursor(&self, at: usize) -> Option<String> {
        (self.cursors)(at)
    }

    /// How many there are in the whole list.
    ///
    /// # Errors
    /// Those of counting.
    pub async fn total(&self) -> Result<i32, ApiError> {
        let total = (self.count)().await?;
        Ok(i32::try_from(total).unwrap_or(i32::MAX))
    }
}

/// Makes the connection and edge types of a node type: `connection!(PatientConnection, PatientEdge, Patient, "patients")`.
#[macro_export]
macro_rules! connection {
    ($connection:ident, $edge:ident, $node:ty, $words:literal) => {
        #[doc = concat!("One of the ", $words, " of a page, with its place in the list. Whoever may see the list may read it.")]
        #[derive(async_graphql::SimpleObject)]
        pub struct $edge {
            /// The place in the list; give it as `after` to go on from here, or as `before` to go back.
            pub cursor: String,
            /// The thing itself.
            pub node: $crate::graphql::in_place::InPlace<$node>,
        }

        #[doc = concat!("A page of ", $words, ". Whoever may see the list may read it.")]
        pub struct $connection(pub $crate::graphql::page::Page<$node>);

        #[doc = concat!("A page of ", $words, ". Whoever may see the list may read it.")]
        #[async_graphql::Object]
        impl $connection {
            /// The things of this page with their places.
            async fn edges(&self) -> $crate::graphql::in_place::Each<$edge> {
                let edge = |(at, node): (usize, &$node)| $edge {
                    cursor: self.0.cursor(at).unwrap_or_default(),
                    node: $crate::graphql::in_place::InPlace(node.clone()),
                };
                $crate::graphql::in_place::Each(self.0.items.iter().enumerate().map(edge).collect())
            }

            /// The things of this page, for whoever needs no places.
            async fn nodes(&self) -> $crate::graphql::in_place::Each<$node> {
                $crate::graphql::in_place::Each(self.0.items.clone())
            }

            /// Where this page stands among its neighbours.
            async fn page_info(&self) -> $crate::graphql::page::PageInfo {
                self.0.info()
            }

            /// How many there are in the whole list; counted only when asked for.
            async fn total_count(&self) -> $crate::graphql::ApiResult<i32> {
                self.0.total().await
            }
        }
    };
}

#[cfg(test)]
mod tests;
