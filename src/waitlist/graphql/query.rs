//! Reading the waiting list.

use super::codes::WaitlistStatus;
use super::types::{WaitlistEntry, WaitlistEntryConnection};
use crate::error::Fault;
use crate::graphql::guard::SignedIn;
use crate::graphql::in_place::InPlace;
use crate::graphql::page::Page;
use crate::graphql::{ApiResult, Ask, Asked, decode_id, nullable};
use crate::waitlist::service::Wait;
use crate::waitlist::{service, store};
use async_graphql::{Context, ID, InputObject, Object};
use std::sync::Arc;

/// The root fields of the waiting list.
#[derive(Default)]
pub struct WaitlistQuery;

/// Which entries of the waiting list are asked for; everything given must hold.
#[derive(InputObject, Default)]
pub struct WaitlistFilter {
    /// Of this patient.
    pub patient_id: Option<ID>,
    /// For this doctor.
    pub doctor_id: Option<ID>,
    /// For any doctor trained in what has this code.
    pub specialty: Option<String>,
    /// For this kind of visit.
    pub visit_type_id: Option<ID>,
    /// In one of these states; in any when empty or absent.
    pub status: Option<Vec<WaitlistStatus>>,
}

impl TryFrom<WaitlistFilter> for store::Filter {
    type Error = Fault;

    fn try_from(filter: WaitlistFilter) -> Result<Self, Fault> {
        let statuses = filter.status.unwrap_or_default();
        Ok(Self {
            patient: filter.patient_id.as_ref().map(decode_id).transpose()?,
            doctor: filter.doctor_id.as_ref().map(decode_id).transpose()?,
            visit_type: filter.visit_type_id.as_ref().map(decode_id).transpose()?,
            specialty: filter.specialty,
            statuses: statuses.into_iter().map(Into::into).collect(),
        })
    }
}

#[Object]
impl WaitlistQuery {
    /// One entry of the waiting list. NOT_FOUND when there is none that the viewer may see. The patient, the doctor who is
    /// waited for, the care team and administrators may read it.
    #[graphql(guard = "SignedIn")]
    async fn waitlist_entry(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which entry.")] id: ID,
    ) -> Option<ApiResult<InPlace<WaitlistEntry>>> {
        nullable(async {
            let entry = WaitlistEntry::find(ctx, decode_id(&id)?).await?;
            Ok(Some(InPlace(entry)))
        })
        .await
    }

    /// The entries of the waiting list that the viewer may see, the most urgent first, then who waits longest: a patient's
    /// own, those on a doctor's own list and of their care teams' patients, an administrator's all. Patients, doctors and
    /// administrators may ask.
    #[graphql(guard = "SignedIn")]
    async fn waitlist(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of them; all unless said.")] filter: Option<WaitlistFilter>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 unless said.")] first: Option<i32>,
        #[graphql(desc = "Only what follows the item with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; not with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes the item with this cursor.")] before: Option<String>,
    ) -> ApiResult<WaitlistEntryConnection> {
        let (state, viewer) = (Arc::clone(ctx.state()?), ctx.viewer());
        viewer.signed_in()?;
        let filter: store::Filter = filter.unwrap_or_default().try_into()?;
        let window = Asked::of((first, after), (last, before)).window(ctx)?;
        let rows = store::list(&state.db, &viewer, &filter, &window).await?;
        let more = rows.more;
        let rows = service::shown(&state, &viewer, rows.rows).await?;
        Ok(WaitlistEntryConnection(Page::of(
            &window,
            crate::db::Stretch { rows, more },
            |wait: &Wait| store::key(&wait.row),
            WaitlistEntry,
            Arc::new(move || {
                let (state, viewer, filter) = (Arc::clone(&state), viewer.clone(), filter.clone());
                Box::pin(async move { store::count(&state.db, &viewer, &filter).await })
            }),
        )))
    }
}
