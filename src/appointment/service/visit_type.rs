//! Kinds of visits, as administrators define them.

use crate::access::{Action, Resource, Viewer, require};
use crate::appointment::store::{self, CodeInUse};
use crate::error::Outcome;
use crate::idempotency;
use crate::state::State;
use entity::code::Modality;
use entity::id::VisitTypeId;
use entity::visit_type;
use sea_orm::{ActiveModelTrait as _, IntoActiveModel};
use std::sync::Arc;

/// Define a kind of visit.
#[derive(Clone, Debug)]
pub struct CreateVisitType {
    /// A short name for programs.
    pub code: String,
    /// What patients call it.
    pub name: String,
    /// How long it takes, in minutes.
    pub minutes: i32,
    /// How patient and doctor meet.
    pub modality: Modality,
    /// Whether the doctor must accept it.
    pub requires_approval: bool,
    /// For how many minutes before it the doctor is not to be had either.
    pub buffer_before: i32,
    /// For how many minutes after it the doctor is not to be had yet.
    pub buffer_after: i32,
    /// How many minutes ahead a patient books at the latest.
    pub minimum_notice: i32,
    /// How many days ahead a patient books at the earliest.
    pub maximum_advance: i32,
    /// How many patients come at once.
    pub capacity: i32,
    /// Under which the answer is remembered.
    pub idempotency_key: Option<String>,
}

/// Why a kind of visit is not defined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VisitTypeRefusal {
    /// Lower-case letters, digits and hyphens, 2 to 40 of them.
    InvalidCode,
    /// 1 to 100 characters.
    InvalidName,
    /// 5 to 480.
    InvalidMinutes,
    /// 0 to 120 minutes.
    InvalidBuffer,
    /// 0 to 43,200 minutes.
    InvalidNotice,
    /// 1 to 730 days.
    InvalidAdvance,
    /// 1 to 50.
    InvalidCapacity,
    /// Another one has this code.
    CodeInUse,
    /// The key was used with another input.
    IdempotencyKeyReused,
}

fn check(command: &CreateVisitType) -> Result<(), VisitTypeRefusal> {
    let code_fits = (2..=40).contains(&command.code.len())
        && command
            .code
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    let name_fits = (1..=100).contains(&command.name.trim().chars().count())
        && !command.name.chars().any(char::is_control);
    if !code_fits {
        Err(VisitTypeRefusal::InvalidCode)
    } else if !name_fits {
        Err(VisitTypeRefusal::InvalidName)
    } else if !(5..=480).contains(&command.minutes) {
        Err(VisitTypeRefusal::InvalidMinutes)
    } else if !(0..=120).contains(&command.buffer_before)
        || !(0..=120).contains(&command.buffer_after)
    {
        Err(VisitTypeRefusal::InvalidBuffer)
    } else if !(0..=43_200).contains(&command.minimum_notice) {
        Err(VisitTypeRefusal::InvalidNotice)
    } else if !(1..=730).contains(&command.maximum_advance) {
        Err(VisitTypeRefusal::InvalidAdvance)
    } else if !(1..=50).contains(&command.capacity) {
        Err(VisitTypeRefusal::InvalidCapacity)
    } else {
        Ok(())
    }
}

/// Defines a kind of visit.
///
/// # Errors
/// Those of the database; forbidden for whoever is no administrator.
pub async fn create_visit_type(
    state: &State,
    viewer: &Viewer,
    command: CreateVisitType,
) -> Outcome<VisitTypeId, VisitTypeRefusal> {
    let user = viewer.signed_in()?.user;
    require(viewer, Action::Create, &Resource::Directory)?;
    crate::accept!(check(&command));
    let claim = Arc::new(command.idempotency_key.as_ref().map(|key| {
        let input = format!(
            "{:?}",
            CreateVisitType {
                idempotency_key: None,
                ..command.clone()
            }
        );
        idempotency::Key::new(&state.vault, user, "createVisitType", key, input.as_bytes())
    }));
    let row = visit_type::Model {
        id: state.clock.new_id(),
        code: command.code,
        name: command.name.trim().to_owned(),
        minutes: command.minutes,
        modality: command.modality,
        requires_approval: command.requires_approval,
        active: true,
        version: 1,
        buffer_before: command.buffer_before,
        buffer_after: command.buffer_after,
        minimum_notice: command.minimum_notice,
        maximum_advance: command.maximum_advance,
        capacity: command.capacity,
    };
    state
        .write(viewer, move |tx| {
            let (row, claim) = (row.clone(), Arc::clone(&claim));
            Box::pin(async move {
                let claimed = idempotency::claimed(
                    tx,
                    claim.as_ref().as_ref(),
                    row.id.0,
                    VisitTypeRefusal::IdempotencyKeyReused,
                );
                if let Some(id) = crate::accept!(claimed.await?) {
                    return Ok(Ok(VisitTypeId(id)));
                }
                let id = row.id;
                match store::insert_visit_type(tx, row.into_active_model().reset_all()).await? {
                    Ok(()) => Ok(Ok(id)),
                    Err(CodeInUse) => Ok(Err(VisitTypeRefusal::CodeInUse)),
                }
            })
        })
        .await
}
