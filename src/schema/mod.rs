//! The schema: merges the rooms' roots, prints the contract.

mod check;
mod node;
mod viewer;

use crate::account::graphql::{AccountMutation, AccountQuery, LinkMutation, SecondFactorMutation};
use crate::appointment::graphql::{
    AppointmentMutation, AppointmentQuery, AppointmentSubscription, QueueQuery, QueueSubscription,
    ResolveMutation, SeriesMutation, SlotQuery, SlotSubscription,
};
use crate::care::graphql::{
    BreakGlassMutation, BreakGlassQuery, BreakGlassSubscription, CareMutation,
};
use crate::chart::graphql::{
    AlertMutation, AlertSubscription, ChartMutation, ChartQuery, ChartSubscription, VisitMutation,
};
use crate::doctor::graphql::{DoctorMutation, DoctorQuery};
use crate::document::graphql::{DocumentMutation, DocumentSubscription};
use crate::feed::graphql::FeedMutation;
use crate::graphql::in_place::Bare;
use crate::notification::graphql::{NotificationMutation, NotificationSubscription};
use crate::oversight::graphql::{OversightQuery, OversightSubscription};
use crate::patient::graphql::{PatientMutation, PatientQuery, PatientSubscription};
use crate::proposal::graphql::{ProposalMutation, ProposalQuery, ProposalSubscription};
use crate::schedule::graphql::{AbsenceMutation, AbsenceQuery, ScheduleMutation};
use crate::waitlist::graphql::{WaitlistMutation, WaitlistQuery, WaitlistSubscription};
use async_graphql::{
    MergedObject, MergedSubscription, SDLExportOptions, SchemaBuilder, ValidationMode,
};
use node::NodeQuery;
use viewer::ViewerQuery;

/// What can be read. What each field says about who may ask is true of the whole way to it.
#[derive(MergedObject, Default)]
pub struct Query(
    NodeQuery,
    ViewerQuery,
    AccountQuery,
    PatientQuery,
    DoctorQuery,
    BreakGlassQuery,
    AppointmentQuery,
    SlotQuery,
    ChartQuery,
    WaitlistQuery,
    QueueQuery,
    AbsenceQuery,
    OversightQuery,
    ProposalQuery,
);

/// What can be changed. Each verb answers with the thing as it is then, and with the reasons if it was refused. Each says
/// who may.
#[derive(MergedObject, Default)]
pub struct Mutation(
    AccountMutation,
    SecondFactorMutation,
    LinkMutation,
    PatientMutation,
    DoctorMutation,
    CareMutation,
    BreakGlassMutation,
    ScheduleMutation,
    AbsenceMutation,
    AppointmentMutation,
    SeriesMutation,
    WaitlistMutation,
    ResolveMutation,
    ChartMutation,
    VisitMutation,
    DocumentMutation,
    NotificationMutation,
    FeedMutation,
    AlertMutation,
    ProposalMutation,
);

/// What can be followed live, over graphql-transport-ws. One field an operation. Each says who may.
#[derive(MergedSubscription, Default)]
pub struct Subscription(
    AppointmentSubscription,
    SlotSubscription,
    WaitlistSubscription,
    QueueSubscription,
    PatientSubscription,
    ChartSubscription,
    DocumentSubscription,
    NotificationSubscription,
    AlertSubscription,
    BreakGlassSubscription,
    OversightSubscription,
    ProposalSubscription,
);

/// The schema.
pub type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

fn builder() -> SchemaBuilder<Query, Mutation, Subscription> {
    async_graphql::Schema::build(
        Query::default(),
        Mutation::default(),
        Subscription::default(),
    )
    .disable_suggestions()
    .limit_recursive_depth(24)
    .limit_directives(5)
}

/// The schema as it runs when every field of an operation is open to its viewer.
#[must_use]
pub fn build() -> Schema {
    builder().data(Bare).finish()
}

/// The same for documents that it has found valid before: it looks at them for nothing but cycles. A document that it
/// has not seen must not come here: of several fields the first would run before a mistake in the second is found.
#[must_use]
pub fn build_swift() -> Schema {
    builder()
        .data(Bare)
        .validation_mode(ValidationMode::Fast)
        .finish()
}

/// Its twin, which asks the table of fields at every field.
#[must_use]
pub fn build_checked() -> Schema {
    builder().extension(check::Check).finish()
}

/// The contract, as `schema.graphql` holds it.
#[must_use]
pub fn sdl() -> String {
    let options = SDLExportOptions::new()
        .include_specified_by()
        .sorted_fields()
        .sorted_arguments()
        .sorted_enum_items()
        .use_space_ident();
    let text = build().sdl_with_options(options);
    let lines: Vec<&str> = text.trim().lines().map(str::trim_end).collect();
    lines.join("\n") + "\n"
}
