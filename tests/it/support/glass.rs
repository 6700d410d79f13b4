//! Doctors who are ready to break the glass, and what they do then.

use super::app::App;
use super::authenticator::{Authenticator, enrol};
use super::people::{Doctor, Person};
use entity::code::Confidentiality;
use serde_json::{Value, json};

/// Breaks the glass.
pub const BREAK: &str = "mutation($input: BreakGlassInput!) { breakGlass(input: $input) {
    breakGlassGrant { id active expiresAt } userErrors { code } } }";
/// Closes what one has opened.
pub const END: &str = "mutation($id: ID!) { endBreakGlass(input: { id: $id }) {
    breakGlassGrant { id active } userErrors { code } } }";
/// Takes a grant away.
pub const REVOKE: &str = "mutation($id: ID!) { revokeBreakGlass(input: { id: $id }) {
    breakGlassGrant { id active } userErrors { code } } }";
/// Says what is to be thought of a grant.
pub const REVIEW: &str =
    "mutation($input: ReviewBreakGlassInput!) { reviewBreakGlass(input: $input) {
    breakGlassGrant { id review { outcome note } } userErrors { code } } }";
/// Follows who breaks the glass; administrators and doctors are shown the words.
pub const FOLLOW_GLASS: &str = "subscription($of: BreakGlassOf!, $after: String) {
    breakGlassChanged(of: $of, after: $after) {
        __typename
        ... on BreakGlassChange { cursor kind breakGlassGrant {
            id reason justification endReason reviewedAt doctor { id } } }
        ... on CaughtUp { cursor }
    } }";
const GRANT: &str = "query($id: ID!) { node(id: $id) { ... on BreakGlassGrant {
    id active endReason endedAt } } }";

/// A doctor with a second factor that was just shown.
pub async fn ready(app: &App, name: &str) -> (Doctor, Authenticator) {
    ready_cleared_for(app, name, Confidentiality::Normal).await
}

/// The same, with this clearance.
pub async fn ready_cleared_for(
    app: &App,
    name: &str,
    clearance: Confidentiality,
) -> (Doctor, Authenticator) {
    let doctor = app.doctor_cleared_for(name, clearance).await;
    let device = enrol(app, &doctor).await;
    (doctor, device)
}

/// Opens a record for a good reason; the grant's id.
pub async fn break_glass(person: &Person, patient: &str) -> String {
    let input = json!({ "input": { "patientId": patient, "reason": "EMERGENCY_TREATMENT",
        "justification": "unconscious, found at the station" } });
    let answer = person.data(BREAK, input).await;
    let id = answer["breakGlass"]["breakGlassGrant"]["id"].as_str();
    id.unwrap_or_else(|| panic!("{answer}")).to_owned()
}

/// A grant, as somebody sees it.
pub async fn grant(person: &Person, id: &str) -> Value {
    person.data(GRANT, json!({ "id": id })).await["node"].take()
}
