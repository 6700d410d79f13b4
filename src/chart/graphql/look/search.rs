//! Finding entries of one chart, of whatever kind.

use super::codes::RecordStatus;
use crate::chart::graphql::ChartRecord;
use crate::chart::graphql::codes::RecordKind;
use crate::chart::graphql::lists::key;
use crate::chart::service;
use crate::graphql::guard::SignedIn;
use crate::graphql::page::{Page, PageInfo};
use crate::graphql::{ApiResult, Ask, Asked, decode_id};
use crate::patient::graphql::Patient;
use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use std::sync::Arc;

/// Looking through a chart.
#[derive(Default)]
pub struct ChartQuery;

/// Which entries of a chart are asked for; everything given must hold.
#[derive(InputObject, Default)]
pub struct ChartFilter {
    /// Words that an entry says, each by its beginning: at most 100 characters.
    pub text: Option<String>,
    /// Of one of these kinds; of any when empty or absent.
    pub kinds: Option<Vec<RecordKind>>,
    /// Standing so; all but those entered in error when empty or absent.
    pub statuses: Option<Vec<RecordStatus>>,
    /// From this instant on: when it happened, or was recorded if that is not known.
    pub from: Option<DateTime<Utc>>,
    /// Until before this instant.
    pub to: Option<DateTime<Utc>>,
}

/// One of the entries of a page, with its place in the list. Whoever may see the list may read it.
#[derive(SimpleObject)]
pub struct ChartRecordEdge {
    /// The place in the list; give it as `after` to go on from here, or as `before` to go back.
    pub cursor: String,
    /// The thing itself.
    pub node: ChartRecord,
}

/// A page of entries of a chart. Whoever may see the list may read it.
pub struct ChartRecordConnection(Page<ChartRecord>);

/// A page of entries of a chart. Whoever may see the list may read it.
#[Object]
impl ChartRecordConnection {
    /// The things of this page with their places.
    async fn edges(&self) -> Vec<ChartRecordEdge> {
        let edge = |(at, node): (usize, &ChartRecord)| ChartRecordEdge {
            cursor: self.0.cursor(at).unwrap_or_default(),
            node: node.clone(),
        };
        self.0.items.iter().enumerate().map(edge).collect()
    }

    /// The things of this page, for whoever needs no places.
    async fn nodes(&self) -> Vec<ChartRecord> {
        self.0.items.clone()
    }

    /// Where this page stands among its neighbours.
    async fn page_info(&self) -> PageInfo {
        self.0.info()
    }

    /// How many there are in the whole list; counted only when asked for.
    async fn total_count(&self) -> ApiResult<i32> {
        self.0.total().await
    }
}

#[Object]
impl ChartQuery {
    /// The entries of a patient's chart, of whatever kind, by when they happened; give `last` for the newest. At most 2,000 are
    /// looked through at once: BAD_REQUEST when there are more, to be asked for by kind or by a shorter time. NOT_FOUND for
    /// whoever may not read the chart. The patient, doctors who treat them and whoever broke the glass may ask.
    #[graphql(guard = "SignedIn")]
    #[expect(
        clippy::too_many_arguments,
        reason = "a page has four, and GraphQL wants them side by side"
    )]
    async fn chart_records(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose chart.")] patient: ID,
        #[graphql(desc = "Which of its entries; all but those entered in error unless said.")]
        filter: Option<ChartFilter>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the item with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes the item with this cursor.")] before: Option<String>,
    ) -> ApiResult<ChartRecordConnection> {
        let window = Asked::of((first, after), (last, before)).window(ctx)?;
        let filter = filter.unwrap_or_default();
        let search = service::Search {
            patient: decode_id(&patient)?,
            kinds: decoded(filter.kinds),
            statuses: decoded(filter.statuses),
            from: filter.from,
            to: filter.to,
            text: filter.text,
        };
        let (rows, record) = service::search(ctx.state()?, &ctx.viewer(), search).await?;
        let patient = Patient::identified(record);
        Ok(ChartRecordConnection(Page::within(
            &window,
            &rows,
            key,
            |row| ChartRecord::shown(Arc::clone(row), patient.clone()),
        )))
    }
}

fn decoded<A, B: From<A>>(given: Option<Vec<A>>) -> Vec<B> {
    given.into_iter().flatten().map(Into::into).collect()
}
