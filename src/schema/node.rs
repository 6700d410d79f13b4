//! Relay's `node`: anything with an id, by its id.

use crate::account::graphql::User;
use crate::appointment::graphql::{Appointment, AppointmentSeries, VisitType};
use crate::care::graphql::{BreakGlassGrant, CareTeamMember};
use crate::chart::graphql::{
    Allergy, Condition, Encounter, Immunization, MedicationRequest, MedicationStatement, Order,
    TestResult, VisitNote, Vital, VitalAlert,
};
use crate::doctor::graphql::{Department, Doctor};
use crate::document::graphql::Document;
use crate::error::Fault;
use crate::graphql::guard::SignedIn;
use crate::graphql::{ApiResult, decode_id, nullable};
use crate::patient::graphql::{Coverage, Patient};
use crate::proposal::graphql::ChangeProposal;
use crate::schedule::graphql::{Absence, AvailabilityException, AvailabilityRule};
use crate::waitlist::graphql::WaitlistEntry;
use async_graphql::{Context, ID, Interface, Object};

/// Anything with an id (Relay). Whoever may see the thing may read it here.
#[derive(Interface, Clone)]
#[graphql(field(
    name = "id",
    ty = "ID",
    desc = "The id, unique over the whole graph. Whoever may see the thing may read it."
))]
pub enum Node {
    /// That a doctor is away.
    Absence(Absence),
    /// An allergy or intolerance.
    Allergy(Allergy),
    /// An appointment.
    Appointment(Appointment),
    /// Appointments that were booked by one rule.
    AppointmentSeries(AppointmentSeries),
    /// Days on which a doctor's hours are others.
    AvailabilityException(AvailabilityException),
    /// Hours of a doctor that come again each week.
    AvailabilityRule(AvailabilityRule),
    /// A doctor's leave to read a record without treating the patient.
    BreakGlassGrant(BreakGlassGrant),
    /// A place in a care team.
    CareTeamMember(CareTeamMember),
    /// A change that a patient asks for.
    ChangeProposal(ChangeProposal),
    /// A problem or a diagnosis.
    Condition(Condition),
    /// An insurance.
    Coverage(Coverage),
    /// A part of the clinic.
    Department(Department),
    /// A doctor.
    Doctor(Doctor),
    /// A file in a patient's record.
    Document(Document),
    /// A visit.
    Encounter(Encounter),
    /// A vaccine that was given, or was not.
    Immunization(Immunization),
    /// A medication that was ordered.
    MedicationRequest(MedicationRequest),
    /// A medication that the patient says they take.
    MedicationStatement(MedicationStatement),
    /// A test, an image or another's opinion that was ordered.
    Order(Order),
    /// A patient.
    Patient(Patient),
    /// What a test found.
    TestResult(TestResult),
    /// An account.
    User(User),
    /// A note of a visit.
    VisitNote(VisitNote),
    /// A kind of visit.
    VisitType(VisitType),
    /// A vital sign.
    Vital(Vital),
    /// One who waits for a time.
    WaitlistEntry(WaitlistEntry),
    /// A reading out of bounds.
    VitalAlert(VitalAlert),
}

/// The root field of Relay.
#[derive(Default)]
pub struct NodeQuery;

#[Object]
impl NodeQuery {
    /// The thing with this id; null when there is none that the viewer may see. Everybody who is signed in may ask.
    #[graphql(guard = "SignedIn")]
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which thing.")] id: ID,
    ) -> Option<ApiResult<Node>> {
        nullable(async {
            match find(ctx, &id).await {
                Ok(node) => Ok(Some(node)),
                Err(error) if error.is_about_the_thing() => Ok(None),
                Err(error) => Err(error),
            }
        })
        .await
    }
}

async fn find(ctx: &Context<'_>, id: &ID) -> ApiResult<Node> {
    let kind = id.split_once('_').map_or("", |(kind, _)| kind);
    Ok(match kind {
        "abs" => Node::Absence(Absence::find(ctx, decode_id(id)?).await?),
        "alg" => Node::Allergy(Allergy::find(ctx, decode_id(id)?).await?),
        "alr" => Node::VitalAlert(VitalAlert::find(ctx, decode_id(id)?).await?),
        "app" => Node::Appointment(Appointment::find(ctx, decode_id(id)?).await?),
        "avr" => Node::AvailabilityRule(AvailabilityRule::find(ctx, decode_id(id)?).await?),
        "avx" => {
            Node::AvailabilityException(AvailabilityException::find(ctx, decode_id(id)?).await?)
        }
        "btg" => Node::BreakGlassGrant(BreakGlassGrant::find(ctx, decode_id(id)?).await?),
        "ctm" => Node::CareTeamMember(CareTeamMember::find(ctx, decode_id(id)?).await?),
        "con" => Node::Condition(Condition::find(ctx, decode_id(id)?).await?),
        "cov" => Node::Coverage(Coverage::find(ctx, decode_id(id)?).await?),
        "dcm" => Node::Document(Document::find(ctx, decode_id(id)?).await?),
        "dep" => Node::Department(Department::find(ctx, decode_id(id)?).await?),
        "doc" => Node::Doctor(Doctor::find(ctx, decode_id(id)?).await?),
        "enc" => Node::Encounter(Encounter::find(ctx, decode_id(id)?).await?),
        "imm" => Node::Immunization(Immunization::find(ctx, decode_id(id)?).await?),
        "med" => Node::MedicationRequest(MedicationRequest::find(ctx, decode_id(id)?).await?),
        "mst" => Node::MedicationStatement(MedicationStatement::find(ctx, decode_id(id)?).await?),
        "nte" => Node::VisitNote(VisitNote::find(ctx, decode_id(id)?).await?),
        "ord" => Node::Order(Order::find(ctx, decode_id(id)?).await?),
        "pat" => Node::Patient(Patient::find(ctx, decode_id(id)?).await?),
        "prp" => Node::ChangeProposal(ChangeProposal::find(ctx, decode_id(id)?).await?),
        "res" => Node::TestResult(TestResult::find(ctx, decode_id(id)?).await?),
        "ser" => Node::AppointmentSeries(AppointmentSeries::find(ctx, decode_id(id)?).await?),
        "user" => Node::User(User::find(ctx, decode_id(id)?).await?),
        "vis" => Node::VisitType(VisitType::find(ctx, decode_id(id)?).await?),
        "vit" => Node::Vital(Vital::find(ctx, decode_id(id)?).await?),
        "wai" => Node::WaitlistEntry(WaitlistEntry::find(ctx, decode_id(id)?).await?),
        _ => return Err(Fault::NotFound.into()),
    })
}
