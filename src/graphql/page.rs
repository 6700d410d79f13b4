//! Pages: Relay connections over keyset cursors.

use super::ApiError;
use crate::error::Fault;
use async_graphql::SimpleObject;
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
    /// Whether more follow.
    pub has_next_page: bool,
    /// Whether some come before; pages are read forward only, so this is true of every page but the first.
    pub has_previous_page: bool,
    /// The cursor of the first item, if there is one.
    pub start_cursor: Option<String>,
    /// The cursor of the last item, if there is one; give it as `after` for the next page.
    pub end_cursor: Option<String>,
}

/// How much is asked for, and from where.
#[derive(Clone, Debug)]
pub struct PageInput<C> {
    /// How many at most, 1 to 100.
    pub first: u64,
    /// After which item.
    pub after: Option<C>,
}

impl<C: DeserializeOwned> PageInput<C> {
    /// Decodes the two arguments of a connection.
    ///
    /// # Errors
    /// BAD_REQUEST when `first` is out of bounds or `after` is no cursor of this list.
    pub fn decode(first: i32, after: Option<&str>) -> Result<Self, Fault> {
        let first = u64::try_from(first)
            .ok()
            .filter(|first| (1..=100).contains(first))
            .ok_or(Fault::BadRequest("`first` must be from 1 to 100."))?;
        let after = after
            .map(|text| {
                URL_SAFE_NO_PAD
                    .decode(text)
                    .ok()
                    .and_then(|bytes| serde_json::from_slice(&bytes).ok())
                    .ok_or(Fault::BadRequest("`after` is not a cursor of this list."))
            })
            .transpose()?;
        Ok(Self { first, after })
    }
}

/// The cursor of an item with this sort key.
#[must_use]
pub fn cursor<C: Serialize>(key: &C) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(key).unwrap_or_default())
}

/// Counting a whole list, done only when asked for.
pub type Count =
    Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Result<i64, Fault>> + Send>> + Send + Sync>;

/// One page of things with their cursors, and how to count the whole list.
pub struct Page<N> {
    /// The items, each with its cursor.
    pub items: Vec<(String, N)>,
    /// Whether more follow.
    pub more: bool,
    /// Whether this page was asked for with `after`.
    pub continued: bool,
    /// Counts the whole list.
    pub count: Count,
}

impl<N> Page<N> {
    /// Builds the page from rows of which one more than `first` was asked for.
    pub fn of<T, C: Serialize>(
        input: &PageInput<C>,
        rows: Vec<T>,
        key: impl Fn(&T) -> C,
        node: impl Fn(T) -> N,
        count: Count,
    ) -> Self {
        let most = usize::try_from(input.first).unwrap_or(100);
        let more = rows.len() > most;
        let items = rows
            .into_iter()
            .take(most)
            .map(|row| (cursor(&key(&row)), node(row)))
            .collect();
        Self {
            items,
            more,
            continued: input.after.is_some(),
            count,
        }
    }

    /// Where this page stands.
    #[must_use]
    pub fn info(&self) -> PageInfo {
        PageInfo {
            has_next_page: self.more,
            has_previous_page: self.continued,
            start_cursor: self.items.first().map(|(cursor, _)| cursor.clone()),
            end_cursor: self.items.last().map(|(cursor, _)| cursor.clone()),
        }
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
            /// The place in the list; give it as `after` to go on from here.
            pub cursor: String,
            /// The thing itself.
            pub node: $node,
        }

        #[doc = concat!("A page of ", $words, ". Whoever may see the list may read it.")]
        pub struct $connection(pub $crate::graphql::page::Page<$node>);

        #[doc = concat!("A page of ", $words, ". Whoever may see the list may read it.")]
        #[async_graphql::Object]
        impl $connection {
            /// The things of this page with their places.
            async fn edges(&self) -> Vec<$edge> {
                self.0
                    .items
                    .iter()
                    .map(|(cursor, node)| $edge {
                        cursor: cursor.clone(),
                        node: node.clone(),
                    })
                    .collect()
            }

            /// The things of this page, for whoever needs no places.
            async fn nodes(&self) -> Vec<$node> {
                self.0.items.iter().map(|(_, node)| node.clone()).collect()
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
