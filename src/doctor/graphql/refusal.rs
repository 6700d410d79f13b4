//! Refusals of the directory on the wire.

use crate::doctor::service::{CreateDoctorRefusal, DepartmentRefusal, UpdateDoctorRefusal};
use crate::patient::graphql::answers;

answers! {
    /// Why a doctor is not entered. Whoever asked for it may read it.
    CreateDoctorError, CreateDoctorErrorCode from CreateDoctorRefusal [
        Blank, TooLong, InvalidCharacter, InvalidEmail, InvalidZone, EndsBeforeStart, TooMany
    ] {
        /// There is no such department.
        DepartmentNotFound => ("There is no such department.", ["input", "departmentId"]),
        /// Another account has this address.
        EmailTaken => ("Another account has this e-mail address.", ["input", "account", "email"]),
        /// Prove with proveIdentity who you are, and ask again: it was not proved within five minutes.
        StepUpRequired => ("Prove who you are again (proveIdentity), then repeat this.", ["input"]),
        /// The key was used with another input.
        IdempotencyKeyReused => ("The key was used with another input.", ["input", "idempotencyKey"]),
    }
}

answers! {
    /// Why a doctor is not changed. Whoever asked for it may read it.
    UpdateDoctorError, UpdateDoctorErrorCode from UpdateDoctorRefusal [
        Blank, TooLong, InvalidCharacter, InvalidZone, EndsBeforeStart, TooMany
    ] {
        /// There is no such department.
        DepartmentNotFound => ("There is no such department.", ["input", "departmentId"]),
        /// The entry has changed; read it again.
        Conflict => ("The record has changed; read it again.", ["input", "expectedVersion"]),
        /// The key was used with another input.
        IdempotencyKeyReused => ("The key was used with another input.", ["input", "idempotencyKey"]),
    }
}

answers! {
    /// Why a department is not added. Whoever asked for it may read it.
    CreateDepartmentError, CreateDepartmentErrorCode from DepartmentRefusal [Blank, TooLong, InvalidCharacter] {
        /// Another department has this name.
        NameTaken => ("Another department has this name.", ["input", "name"]),
        /// The key was used with another input.
        IdempotencyKeyReused => ("The key was used with another input.", ["input", "idempotencyKey"]),
    }
}
