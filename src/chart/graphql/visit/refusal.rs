//! Refusals of what is done at visits, on the wire.

use crate::chart::service::{
    AddAddendumRefusal, RecordRefusal, ShareRefusal, SignRefusal, UpdateRefusal,
};
use crate::patient::graphql::answers;

/// The refusals of recording an entry, and of changing one, with the problems that its values can have.
macro_rules! refusals_of {
    ($(
        $doc:literal $record:ident, $record_code:ident [$($problem:ident),+];
        $update_doc:literal $update:ident, $update_code:ident [$($update_problem:ident),+];
    )+) => {$(
        answers! {
            #[doc = $doc]
            $record, $record_code from RecordRefusal [$($problem),+] {
                /// The chart has as many entries of this kind as are kept.
                TooManyRecords => ("The chart has as many entries of this kind as are kept.", ["input"]),
                /// The key was used with another input.
                IdempotencyKeyReused => ("The key was used with another input.", ["input", "idempotencyKey"]),
            }
        }

        answers! {
            #[doc = $update_doc]
            $update, $update_code from UpdateRefusal [$($update_problem),+] {
                /// The entry has changed; read it again.
                Conflict => ("The entry has changed; read it again.", ["input", "expectedVersion"]),
                /// It was entered in error, and says nothing any more.
                EnteredInError => ("The entry was entered in error.", ["input", "id"]),
                /// It has as many versions as are kept.
                TooManyVersions => ("The entry has as many versions as are kept.", ["input", "id"]),
                /// The key was used with another input.
                IdempotencyKeyReused => ("The key was used with another input.", ["input", "idempotencyKey"]),
            }
        }
    )+};
}

refusals_of! {
    "Why a visit is not recorded. Whoever asked for it may read it."
    RecordEncounterError, RecordEncounterErrorCode [
        Blank, TooLong, InvalidCharacter, InTheFuture, TooEarly, EndsBeforeStart, TooMany, NotGivenHere, Taken
    ];
    "Why a visit is not changed. Whoever asked for it may read it."
    UpdateEncounterError, UpdateEncounterErrorCode [
        Blank, TooLong, InvalidCharacter, InTheFuture, TooEarly, EndsBeforeStart, TooMany, NotGivenHere
    ];
    "Why a note is not written. Whoever asked for it may read it."
    RecordVisitNoteError, RecordVisitNoteErrorCode [Blank, TooLong, InvalidCharacter, NotGivenHere];
    "Why a note is not changed. Whoever asked for it may read it."
    UpdateVisitNoteError, UpdateVisitNoteErrorCode [Blank, TooLong, InvalidCharacter, NotGivenHere, Signed];
    "Why nothing is ordered. Whoever asked for it may read it."
    PlaceOrderError, PlaceOrderErrorCode [Blank, TooLong, InvalidCharacter, TooMany, NotGivenHere];
    "Why an order is not changed. Whoever asked for it may read it."
    UpdateOrderError, UpdateOrderErrorCode [Blank, TooLong, InvalidCharacter, TooMany, NotGivenHere];
    "Why a result is not recorded. Whoever asked for it may read it."
    RecordTestResultError, RecordTestResultErrorCode [
        Blank, TooLong, InvalidCharacter, InTheFuture, TooEarly, EndsBeforeStart, TooMany, NotGivenHere
    ];
    "Why a result is not changed. Whoever asked for it may read it."
    UpdateTestResultError, UpdateTestResultErrorCode [
        Blank, TooLong, InvalidCharacter, InTheFuture, TooEarly, EndsBeforeStart, TooMany, NotGivenHere
    ];
}

answers! {
    /// Why nothing is added to a note. Whoever asked for it may read it.
    AddVisitNoteAddendumError, AddVisitNoteAddendumErrorCode from AddAddendumRefusal [Blank, TooLong, InvalidCharacter] {
        /// The note is a draft: it can still be changed.
        NotSigned => ("The note is a draft; change it instead.", ["input", "id"]),
        /// The note was entered in error, and says nothing any more.
        EnteredInError => ("The note was entered in error.", ["input", "id"]),
        /// The chart has as many notes as are kept.
        TooManyRecords => ("The chart has as many entries of this kind as are kept.", ["input"]),
        /// The key was used with another input.
        IdempotencyKeyReused => ("The key was used with another input.", ["input", "idempotencyKey"]),
    }
}

crate::refusals! {
    /// Why a note is not signed. Whoever asked for it may read it.
    SignVisitNoteError, SignVisitNoteErrorCode from SignRefusal {
        /// The note has changed; read it again.
        Conflict => ("The note has changed; read it again.", ["input", "expectedVersion"]),
        /// It was signed before.
        AlreadySigned => ("The note was signed before.", ["input", "id"]),
        /// It was entered in error, and says nothing any more.
        EnteredInError => ("The note was entered in error.", ["input", "id"]),
        /// The key was used with another input.
        IdempotencyKeyReused => ("The key was used with another input.", ["input", "idempotencyKey"]),
    }
}

crate::refusals! {
    /// Why what the patient is shown stays as it is. Whoever asked for it may read it.
    ShareWithPatientError, ShareWithPatientErrorCode from ShareRefusal {
        /// The entry has changed; read it again.
        Conflict => ("The entry has changed; read it again.", ["input", "expectedVersion"]),
        /// It is shared already, or is not shared.
        AlreadySo => ("It is so already.", ["input", "shared"]),
        /// It is a draft, or not final yet: the patient is shown what its author stands for.
        NotFinal => ("It is a draft, or not final yet.", ["input", "id"]),
        /// It was entered in error, and says nothing any more.
        EnteredInError => ("The entry was entered in error.", ["input", "id"]),
        /// The key was used with another input.
        IdempotencyKeyReused => ("The key was used with another input.", ["input", "idempotencyKey"]),
    }
}
