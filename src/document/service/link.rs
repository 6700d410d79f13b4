//! Making links by which files are given.

use super::{find, stage, stands};
use crate::access::{Action, Resource, Viewer, require};
use crate::document::secret::Link;
use crate::error::{Fault, Outcome};
use crate::state::State;
use chrono::{DateTime, Utc};
use entity::code::ScanState;
use entity::id::DocumentId;

/// Why there is no link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkRefusal {
    /// The scanner has not looked yet.
    Quarantined,
    /// The scanner has found something, and the bytes are gone.
    Harmful,
    /// It was entered in error.
    EnteredInError,
}

/// A link.
pub struct MadeLink {
    /// The last part of its path.
    pub text: String,
    /// Until when it is good.
    pub expires_at: DateTime<Utc>,
}

/// Makes a link by which whoever asks is given a file, for a short time and as long as they may.
///
/// # Errors
/// Those of the database; not found when the viewer may not know of the file, forbidden when they may not see what it says.
pub async fn link(
    state: &State,
    viewer: &Viewer,
    id: DocumentId,
) -> Outcome<MadeLink, LinkRefusal> {
    let actor = viewer.signed_in()?;
    let (row, record) = find(state, viewer, id).await?;
    let facts = state.facts(viewer, &**record.row()).await?;
    let content = Resource::DocumentContent(facts, stage(&row));
    require(viewer, Action::Read, &content).map_err(|fault| match fault {
        Fault::NotFound => Fault::Forbidden,
        other => other,
    })?;
    let refusal = match row.scan {
        _ if !stands(&row) => Some(LinkRefusal::EnteredInError),
        ScanState::Quarantined => Some(LinkRefusal::Quarantined),
        ScanState::Refused => Some(LinkRefusal::Harmful),
        ScanState::Clean => None,
    };
    if let Some(refusal) = refusal {
        return Ok(Err(refusal));
    }
    let expires_at = state.clock.now() + state.rules.documents.link;
    let link = Link {
        document: id,
        session: actor.session,
        expires_at,
    };
    Ok(Ok(MadeLink {
        text: link.text(state.vault.index()),
        expires_at,
    }))
}
