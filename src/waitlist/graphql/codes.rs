//! Coded values of the waiting list, as clients read them.

use async_graphql::Enum;

/// How urgent a visit is; FHIR request priority. Whoever sees the entry may read it.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "entity::waitlist_entry::WaitlistPriority")]
pub enum WaitlistPriority {
    /// FHIR `stat`: at once.
    Stat,
    /// FHIR `asap`: as soon as it can be.
    Asap,
    /// FHIR `urgent`: sooner than is usual.
    Urgent,
    /// FHIR `routine`: as usual.
    Routine,
}

/// Where somebody who waits stands. Whoever sees the entry may read it.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "entity::waitlist_entry::WaitlistStatus")]
pub enum WaitlistStatus {
    /// They wait.
    Active,
    /// A time is held for them: `acceptOffer` books it, `declineOffer` lets it go on to the next.
    Offered,
    /// They took a time that was offered.
    Booked,
    /// They wait no more.
    Withdrawn,
    /// The days on which they could come are over, or they left three offers in a row unanswered.
    Expired,
}

/// What happened on the waiting list. Whoever receives the change may read it.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitlistChangeKind {
    /// Somebody joined or left, an offer was answered or is over, or something else of the entry changed: its status says.
    Changed,
    /// A time is offered: answer before `expiresAt` of the offer.
    Offered,
}
