//! The words of the audit as clients see them. Each value is named as entries keep it, so the names are the translation.

use async_graphql::Enum;
use async_graphql::resolver_utils::EnumType;

/// What somebody did.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditAction {
    /// Looked at it.
    Read,
    /// Made a new one.
    Create,
    /// Changed or ended it.
    Update,
    /// Asked for, or booked, an appointment.
    Book,
    /// Said that they will come.
    Confirm,
    /// Moved it to another time.
    Reschedule,
    /// Called it off.
    Cancel,
    /// Accepted what a patient asked for.
    Accept,
    /// Noted what happened at the clinic: checked in, arrived, completed, not come, undone.
    Attend,
    /// Made it unreadable for good.
    Erase,
    /// Signed it.
    Sign,
    /// Added to what was signed.
    Amend,
    /// Showed it to the patient, or no longer.
    Share,
    /// Did it in spite of what stood in its way.
    Override,
    /// Proved with a password who they are.
    SignIn,
    /// Proved with a second factor, or with a code in its place, who they are.
    ProveFactor,
    /// Went on with a session.
    Refresh,
    /// Brought a refresh token that had been used; the session was ended.
    ReuseToken,
    /// Did something on the server's command line.
    Operate,
    /// Anything else.
    Other,
}

/// What became of it.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditOutcome {
    /// It was allowed, and done.
    Allowed,
    /// It was not allowed.
    Denied,
    /// It was allowed, or there was nothing to decide, and it was not done.
    Failed,
}

/// What kind of thing it was about.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditObjectKind {
    /// A patient.
    Patient,
    /// A doctor.
    Doctor,
    /// An account.
    User,
    /// The clinic as a whole.
    Clinic,
    /// Doctors, departments, kinds of visits.
    Directory,
    /// The audit itself.
    Audit,
    /// Nothing in particular, or nothing that there is.
    Nothing,
}

/// The value that entries call so.
pub(super) fn named<T: EnumType>(name: &str) -> Option<T> {
    let all = T::items().iter();
    let mut same = all.filter(|item| item.name == name);
    same.next().map(|item| item.value)
}

/// What entries call this value.
pub(super) fn name<T: EnumType + PartialEq>(value: T) -> &'static str {
    let all = T::items().iter();
    let mut same = all.filter(|item| item.value == value);
    same.next().map_or("", |item| item.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{Act, Action, Object};
    use crate::audit;
    use entity::id::{DoctorId, PatientId, UserId};
    use uuid::Uuid;

    #[test]
    fn every_act_outcome_and_object_is_called_as_entries_call_it() {
        let others = [
            Act::SignIn,
            Act::ProveFactor,
            Act::Refresh,
            Act::ReuseToken,
            Act::Operate,
        ];
        let asked = Action::ALL.into_iter().map(Act::Asked);
        for act in asked.chain(others) {
            let known = named::<AuditAction>(audit::action(act)).unwrap();
            assert_eq!(name(known), audit::action(act));
        }
        let id = Uuid::nil();
        for object in [
            Object::Patient(PatientId(id)),
            Object::Doctor(DoctorId(id)),
            Object::User(UserId(id)),
            Object::Clinic,
            Object::Directory,
            Object::Audit,
            Object::Nothing,
        ] {
            let (kind, ..) = audit::object(object);
            assert!(named::<AuditObjectKind>(kind).is_some(), "{kind}");
        }
        for outcome in ["ALLOWED", "DENIED", "FAILED"] {
            assert!(named::<AuditOutcome>(outcome).is_some(), "{outcome}");
        }
    }
}
