//! Coded values as clients see them, described.

use async_graphql::Enum;

/// What a patient asks to have changed.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "entity::code::ProposalKind")]
pub enum ChangeProposalKind {
    /// Who they are: names, birth date, gender, blood group.
    Demographics,
    /// A condition.
    Condition,
    /// An allergy.
    Allergy,
    /// A medication that the clinic has noted as taken.
    MedicationStatement,
    /// An immunization.
    Immunization,
}

/// Where a proposal stands.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "entity::code::ProposalStatus")]
pub enum ChangeProposalStatus {
    /// Nobody has decided.
    Pending,
    /// All of it was made.
    Accepted,
    /// Some of it was made.
    PartlyAccepted,
    /// Nothing of it was made.
    Rejected,
    /// The patient took it back.
    Withdrawn,
}

/// The word on a field.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "crate::proposal::content::Verdict")]
pub enum FieldDecision {
    /// It is made.
    Accept,
    /// It is not.
    Reject,
}

/// A field of a patient or of an entry, by its name in the input of the mutation that changes it.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "crate::proposal::content::Field")]
pub enum ProposalField {
    /// `name` of a patient: the names.
    Name,
    /// `birthDate` of a patient.
    BirthDate,
    /// `gender` of a patient.
    Gender,
    /// `bloodGroup` of a patient.
    BloodGroup,
    /// `code` of a condition: what it is.
    Code,
    /// `substance` of an allergy: to what.
    Substance,
    /// `medication`: what is taken.
    Medication,
    /// `vaccine` of an immunization: which.
    Vaccine,
    /// `status`: where it stands.
    Status,
    /// `verification`: how sure one is of it.
    Verification,
    /// `severity`: how bad it is.
    Severity,
    /// `bodySite` of a condition: where on the body.
    BodySite,
    /// `onsetAt`: when it began.
    OnsetAt,
    /// `abatedAt` of a condition: when it was over.
    AbatedAt,
    /// `allergyType`: what the body does.
    AllergyType,
    /// `category` of an allergy: what kind of substance it is.
    Category,
    /// `criticality` of an allergy: how much harm is to be feared.
    Criticality,
    /// `reactions` of an allergy: what happened when the patient met the substance.
    Reactions,
    /// `dosage` of a medication: how much and how often.
    Dosage,
    /// `reason` of a medication: what for.
    Reason,
    /// `takenFrom` of a medication: since when.
    TakenFrom,
    /// `takenUntil` of a medication: until when.
    TakenUntil,
    /// `occurredAt` of an immunization: when it was given.
    OccurredAt,
    /// `lotNumber` of an immunization: the lot that it came from.
    LotNumber,
    /// `doseNumber` of an immunization: which dose of its series.
    DoseNumber,
    /// `site` of an immunization: where on the body.
    Site,
    /// `statusReason` of an immunization: why it was not given.
    StatusReason,
    /// `note`: what else there is to say.
    Note,
}

/// What happened to a proposal. Whoever may see the proposal may read it.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeProposalChangeKind {
    /// The patient asks for a change.
    Proposed,
    /// Somebody has decided on it.
    Decided,
    /// The patient has taken it back.
    Withdrawn,
}
