//! The verbs: each asks the policy, refuses before it writes, and writes its event with its change.

mod bring;
mod change;
mod give;
mod link;
mod look;
mod start;
mod sweep;

pub use bring::{BringRefusal, Bringing, Brought, begin};
pub use change::{
    EnterInError, EnterInErrorRefusal, Share, ShareRefusal, Update, UpdateRefusal, enter_in_error,
    share, update,
};
pub use give::{Given, give};
pub use link::{LinkRefusal, MadeLink, link};
pub use look::look_through;
pub use start::{Replaced, Start, StartRefusal, Ticket, start};
pub use sweep::sweep;

use super::secret;
use crate::access::{
    Action, Begun, Granted, PatientFacts, Permit, Resource, Stage, Viewer, require,
};
use crate::error::Fault;
use crate::event::Stream;
use crate::event::log::Fact;
use crate::patient::PatientRecord;
use crate::patient::service::find_patient;
use crate::state::State;
use entity::code::{DocumentStatus, EventKind, RecordSource, Roles};
use entity::id::{DocumentId, PatientId, SessionId};
use entity::{document, patient};
use std::sync::Arc;
use uuid::Uuid;

/// The most files in a record: a list of them is read whole.
pub const MOST: u64 = 1000;

/// How far a file has come on its way to the patient.
#[must_use]
pub fn stage(row: &document::Model) -> Stage {
    match row.shared_at {
        Some(_) => Stage::Shared,
        None => Stage::Kept,
    }
}

/// The file with its patient, if the viewer may know of it.
///
/// # Errors
/// [`Fault::NotFound`] when there is none that they may know of.
pub async fn find(
    state: &State,
    viewer: &Viewer,
    id: DocumentId,
) -> Result<(Arc<document::Model>, PatientRecord), Fault> {
    viewer.signed_in()?;
    let row = state.loaders.documents.by_id.load(id).await?;
    let row = row.ok_or(Fault::NotFound)?;
    let record = find_patient(state, viewer, row.patient_id).await?;
    let facts = state.facts(viewer, &**record.row()).await?;
    require(
        viewer,
        Action::Read,
        &Resource::Document(facts, stage(&row)),
    )?;
    Ok((row, record))
}

/// Leave to follow what happens to files: of one patient by whoever may know of some, of a doctor's panel by that doctor, of the
/// clinic's by whoever runs it.
///
/// # Errors
/// Those of the database.
pub async fn may_follow(
    state: &State,
    viewer: &Viewer,
    series: &Stream,
) -> Result<Option<Permit>, Fault> {
    let may = |resource: &Resource| {
        let may = require(viewer, Action::Read, resource).is_ok();
        may.then(Permit::default)
    };
    match series {
        Stream::Patient(patient) => match state.loaders.patients.load(*patient).await? {
            None => Ok(None),
            Some(row) => {
                let of = |facts| Resource::Document(facts, Stage::Shared);
                state.permit(viewer, Action::Read, &*row, of).await
            }
        },
        Stream::Doctor(doctor) => Ok(may(&Resource::DoctorSchedule(*doctor))),
        Stream::Clinic => Ok(may(&Resource::Clinic)),
        Stream::User(_) | Stream::Access(_) => Ok(None),
    }
}

/// Whether the viewer may know of this file as it was at this version: asked at each delivery. What came before it was shared with
/// the patient is told late to nobody from whom it was kept.
///
/// # Errors
/// Those of the database.
pub async fn may_see(
    state: &State,
    viewer: &Viewer,
    (row, version): (&document::Model, i32),
    (patient, of_panel): (&patient::Model, bool),
) -> Result<bool, Fault> {
    let was_shared = row.shared_version.is_some_and(|shared| shared <= version);
    let stage = if was_shared {
        Stage::Shared
    } else {
        Stage::Kept
    };
    if !of_panel {
        let of = |facts| Resource::Document(facts, stage);
        return state.permits(viewer, Action::Read, patient, of).await;
    }
    let facts = state.facts(viewer, patient).await?;
    let resource = Resource::Document(facts, stage);
    Ok(facts.care_team && crate::access::look(viewer, Action::Read, &resource).is_allowed())
}

/// Whether at this version the file was taken back from the viewer, whose record it is in.
#[must_use]
pub fn was_taken_back(viewer: &Viewer, row: &document::Model, version: i32) -> bool {
    let own = viewer.actor().and_then(|actor| actor.patient) == Some(row.patient_id);
    own && row.withdrawn_version == Some(version)
}

/// Whose word it is what the viewer brings into this record.
fn source(viewer: &Viewer, patient: PatientId) -> RecordSource {
    let own = viewer.actor().and_then(|actor| actor.patient) == Some(patient);
    match own && viewer.is(Roles::PATIENT) {
        true => RecordSource::Patient,
        false => RecordSource::Clinic,
    }
}

/// The word of the policy; whoever knows the patient may be told that they may not.
async fn authority(
    state: &State,
    viewer: &Viewer,
    record: &PatientRecord,
    action: Action,
    resource: impl FnOnce(PatientFacts) -> Resource,
) -> Result<Granted, Fault> {
    let facts = state.facts(viewer, &**record.row()).await?;
    require(viewer, action, &resource(facts)).map_err(|fault| match fault {
        Fault::NotFound => Fault::Forbidden,
        other => other,
    })
}

/// Who comes with a ticket or a link: whose session it was made in, as they are now.
///
/// # Errors
/// [`Fault::NotFound`] when that session is over.
async fn comes_back(state: &State, session: SessionId, begun: Begun) -> Result<Viewer, Fault> {
    let now = state.clock.now();
    let standing = state.standings.of(session).await?;
    let standing = standing
        .filter(|standing| standing.is_live(now))
        .ok_or(Fault::NotFound)?;
    let actor = standing.actor(standing.expires_at, state.rules.mfa_required);
    Ok(Viewer::of(actor).begun(begun))
}

/// What a change of a file says to whoever it concerns, beside those of the care team.
fn changed(patient: PatientId, id: DocumentId, version: i32) -> Fact {
    Fact {
        kind: EventKind::DocumentChanged,
        subject: id.0,
        version,
        streams: vec![Stream::Clinic, Stream::Patient(patient)],
    }
}

/// What stands for whoever comes with this ticket, to count how often they come; none when it is none of ours.
#[must_use]
pub fn bearer_of_ticket(state: &State, text: &str) -> Option<Uuid> {
    secret::ticket_of(state.vault.index(), text).map(|id| id.0)
}

/// What stands for whoever comes with this link, to count how often they come; none when it is none of ours.
#[must_use]
pub fn bearer_of_link(state: &State, text: &str) -> Option<Uuid> {
    secret::Link::of(state.vault.index(), text).map(|link| link.session.0)
}

/// Whether it stands for something.
fn stands(row: &document::Model) -> bool {
    row.status != DocumentStatus::EnteredInError
}
