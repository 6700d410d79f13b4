//! Refusals on the wire.

use crate::patient::graphql::answers;
use crate::patient::input::{Invalid, Problem};
use crate::proposal::content::Field;
use crate::proposal::service::{DecideRefusal, ProposeRefusal, WithdrawRefusal};

answers! {
    /// Why a change cannot be asked for. Whoever asked for it may read it.
    ProposeChangeError, ProposeChangeErrorCode from ProposeRefusal [
        Blank, TooLong, InvalidCharacter, InTheFuture, TooEarly, EndsBeforeStart, TooMany, Implausible, NotGivenHere
    ] {
        /// You may change this yourself, by the mutation of that name.
        YoursToChange(verb) => ("You may change this yourself.", ["input", "change", verb]),
        /// It says so already.
        NothingChanges => ("It says so already.", ["input", "change"]),
        /// It has changed; read it again.
        Conflict => ("It has changed; read it again.", ["input", "change"]),
        /// The entry was entered in error, and says nothing any more.
        EnteredInError => ("The entry was entered in error.", ["input", "change"]),
        /// An open proposal of yours is about the same field, or the same new entry.
        AlreadyProposed => ("You have asked for this, and nobody has decided.", ["input", "change"]),
        /// 20 of your proposals are open.
        TooManyOpen => ("As many of your proposals are open as there may be.", ["input"]),
        /// The key was used with another input.
        IdempotencyKeyReused => ("The key was used with another input.", ["input", "idempotencyKey"]),
    }
}

crate::refusals! {
    /// Why a proposal is not taken back. Whoever asked for it may read it.
    WithdrawChangeProposalError, WithdrawChangeProposalErrorCode from WithdrawRefusal {
        /// The proposal has changed; read it again.
        Conflict => ("The proposal has changed; read it again.", ["input", "expectedVersion"]),
        /// Somebody has decided on it.
        AlreadyDecided => ("Somebody has decided on it.", ["input", "id"]),
        /// It was taken back before.
        Withdrawn => ("It was taken back before.", ["input", "id"]),
        /// The key was used with another input.
        IdempotencyKeyReused => ("The key was used with another input.", ["input", "idempotencyKey"]),
    }
}

/// Why a proposal is not decided so, with the places that its fields have in the input.
pub enum Refused {
    /// A value is not taken.
    Invalid(Invalid),
    /// It has changed since it was read.
    Conflict,
    /// There is a word on it.
    AlreadyDecided,
    /// The patient has taken it back.
    Withdrawn,
    /// A field that is not asked for, or one that is named twice.
    NotProposed(String),
    /// A field on which there is no word.
    Undecided,
    /// There is no entry without one of the rejected fields.
    Needed,
    /// This field says something else by now than the patient saw.
    FieldChanged(String),
    /// The record or the entry changed in this very moment.
    RecordChanged,
    /// The entry was entered in error.
    EnteredInError,
    /// The chart has as many entries of the kind as are kept.
    TooManyRecords,
    /// The entry has as many versions as are kept.
    TooManyVersions,
    /// The key was used with another input.
    IdempotencyKeyReused,
}

impl Refused {
    /// The refusal, with the places of the fields that were decided on.
    pub fn of(refusal: DecideRefusal, fields: &[Field]) -> Self {
        let place = |field: Field| {
            // Of one that is named twice, the second is too many.
            let at = fields.iter().rposition(|one| *one == field);
            at.map_or_else(String::new, |at| at.to_string())
        };
        match refusal {
            DecideRefusal::Invalid(invalid) => Self::Invalid(invalid),
            DecideRefusal::NotTaken(invalid) => {
                let field = |one: &Invalid| one.path.first().and_then(|name| Field::named(name));
                let mut all = invalid.all().map(|one| Invalid {
                    path: vec![
                        "fields".to_owned(),
                        field(&one).map(place).unwrap_or_default(),
                    ],
                    ..one
                });
                let first = all.next().unwrap_or_else(|| Problem::Blank.into());
                Self::Invalid(Invalid {
                    others: all.collect(),
                    ..first
                })
            }
            DecideRefusal::Conflict => Self::Conflict,
            DecideRefusal::AlreadyDecided => Self::AlreadyDecided,
            DecideRefusal::Withdrawn => Self::Withdrawn,
            DecideRefusal::NotProposed(field) => Self::NotProposed(place(field)),
            DecideRefusal::Undecided => Self::Undecided,
            DecideRefusal::Needed => Self::Needed,
            DecideRefusal::FieldChanged(field) => Self::FieldChanged(place(field)),
            DecideRefusal::RecordChanged => Self::RecordChanged,
            DecideRefusal::EnteredInError => Self::EnteredInError,
            DecideRefusal::TooManyRecords => Self::TooManyRecords,
            DecideRefusal::TooManyVersions => Self::TooManyVersions,
            DecideRefusal::IdempotencyKeyReused => Self::IdempotencyKeyReused,
        }
    }
}

answers! {
    /// Why a proposal is not decided so. Whoever asked for it may read it.
    DecideChangeProposalError, DecideChangeProposalErrorCode from Refused [
        Blank, TooLong, InvalidCharacter, InTheFuture, TooEarly, EndsBeforeStart, TooMany, Implausible, NotGivenHere
    ] {
        /// The proposal has changed; read it again.
        Conflict => ("The proposal has changed; read it again.", ["input", "expectedVersion"]),
        /// Somebody has decided on it.
        AlreadyDecided => ("Somebody has decided on it.", ["input", "id"]),
        /// The patient has taken it back.
        Withdrawn => ("The patient has taken it back.", ["input", "id"]),
        /// The field is not asked for, or named twice.
        NotProposed(place) => ("The field is not asked for, or named twice.", ["input", "fields", place]),
        /// There is no word on one of the fields.
        Undecided => ("There is no word on one of the fields.", ["input", "fields"]),
        /// Without one of the rejected fields there is no entry: accept it, or reject all.
        Needed => ("Without one of the rejected fields there is no entry.", ["input", "fields"]),
        /// The field says something else by now than the patient saw: reject it, or let the patient ask again.
        FieldChanged(place) => ("The field says something else by now than the patient saw.", ["input", "fields", place]),
        /// What is to be changed changed in this very moment; try again.
        RecordChanged => ("What is to be changed changed in this very moment.", ["input"]),
        /// The entry was entered in error, and says nothing any more: reject all.
        EnteredInError => ("The entry was entered in error.", ["input", "id"]),
        /// The chart has as many entries of this kind as are kept.
        TooManyRecords => ("The chart has as many entries of this kind as are kept.", ["input"]),
        /// The entry has as many versions as are kept.
        TooManyVersions => ("The entry has as many versions as are kept.", ["input"]),
        /// The key was used with another input.
        IdempotencyKeyReused => ("The key was used with another input.", ["input", "idempotencyKey"]),
    }
}
