//! Refusals on the wire.

use crate::chart::service::{
    ChangeOrderRefusal, EnterInErrorRefusal, PrescribeRefusal, RecordRefusal, RecordVitalsRefusal,
    UpdateRefusal,
};
use crate::patient::graphql::answers;

/// The refusals of recording an entry, and of changing one.
macro_rules! refusals_of {
    ($($doc:literal $record:ident, $record_code:ident; $update_doc:literal $update:ident, $update_code:ident;)+) => {$(
        answers! {
            #[doc = $doc]
            $record, $record_code from RecordRefusal [
                Blank, TooLong, InvalidCharacter, InTheFuture, TooEarly, EndsBeforeStart, TooMany, Implausible, NotGivenHere
            ] {
                /// The chart has as many entries of this kind as are kept.
                TooManyRecords => ("The chart has as many entries of this kind as are kept.", ["input"]),
                /// The key was used with another input.
                IdempotencyKeyReused => ("The key was used with another input.", ["input", "idempotencyKey"]),
            }
        }

        answers! {
            #[doc = $update_doc]
            $update, $update_code from UpdateRefusal [
                Blank, TooLong, InvalidCharacter, InTheFuture, TooEarly, EndsBeforeStart, TooMany, Implausible, NotGivenHere
            ] {
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
    "Why a condition is not recorded. Whoever asked for it may read it."
    RecordConditionError, RecordConditionErrorCode;
    "Why a condition is not changed. Whoever asked for it may read it."
    UpdateConditionError, UpdateConditionErrorCode;
    "Why an allergy is not recorded. Whoever asked for it may read it."
    RecordAllergyError, RecordAllergyErrorCode;
    "Why an allergy is not changed. Whoever asked for it may read it."
    UpdateAllergyError, UpdateAllergyErrorCode;
    "Why it is not noted that a medication is taken. Whoever asked for it may read it."
    StateMedicationError, StateMedicationErrorCode;
    "Why what is said of a medication is not changed. Whoever asked for it may read it."
    UpdateMedicationStatementError, UpdateMedicationStatementErrorCode;
    "Why an immunization is not recorded. Whoever asked for it may read it."
    RecordImmunizationError, RecordImmunizationErrorCode;
    "Why an immunization is not changed. Whoever asked for it may read it."
    UpdateImmunizationError, UpdateImmunizationErrorCode;
}

answers! {
    /// Why a medication is not ordered. Whoever asked for it may read it.
    RequestMedicationError, RequestMedicationErrorCode from PrescribeRefusal [
        Blank, TooLong, InvalidCharacter, InTheFuture, TooEarly, EndsBeforeStart, TooMany, Implausible, NotGivenHere
    ] {
        /// Something of the chart stands in its way: `conflicts` says what. Give it all the same with `overriding`.
        SafetyConflict(_conflicts) => ("Something of the chart stands in the order's way.", ["input", "medication"]),
        /// The chart has as many entries of this kind as are kept.
        TooManyRecords => ("The chart has as many entries of this kind as are kept.", ["input"]),
        /// The key was used with another input.
        IdempotencyKeyReused => ("The key was used with another input.", ["input", "idempotencyKey"]),
    }
}

answers! {
    /// Why an ordered medication is not changed. Whoever asked for it may read it.
    UpdateMedicationRequestError, UpdateMedicationRequestErrorCode from ChangeOrderRefusal [
        Blank, TooLong, InvalidCharacter, InTheFuture, TooEarly, EndsBeforeStart, TooMany, Implausible, NotGivenHere
    ] {
        /// Something of the chart stands in its way: `conflicts` says what. Change it all the same with `overriding`.
        SafetyConflict(_conflicts) => ("Something of the chart stands in the order's way.", ["input", "medication"]),
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

answers! {
    /// Why vital signs are not recorded. Whoever asked for it may read it.
    RecordVitalsError, RecordVitalsErrorCode from RecordVitalsRefusal [
        Blank, TooLong, InvalidCharacter, InTheFuture, TooEarly, Implausible
    ] {
        /// The key was used with another input.
        IdempotencyKeyReused => ("The key was used with another input.", ["input", "idempotencyKey"]),
    }
}

answers! {
    /// Why an entry is not entered in error. Whoever asked for it may read it.
    EnterInErrorError, EnterInErrorErrorCode from EnterInErrorRefusal [TooLong, InvalidCharacter] {
        /// The entry has changed; read it again.
        Conflict => ("The entry has changed; read it again.", ["input", "expectedVersion"]),
        /// It has been entered in error before.
        AlreadyInError => ("The entry has been entered in error before.", ["input", "id"]),
        /// The key was used with another input.
        IdempotencyKeyReused => ("The key was used with another input.", ["input", "idempotencyKey"]),
    }
}
