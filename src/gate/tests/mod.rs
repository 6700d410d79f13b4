//! The gate's own tests: the corpus of known attacks, honest queries that must pass, and properties over random ones.

mod agreement;
mod caching;
mod corpus;
mod costing;
mod introspecting;
mod lexing;
mod planning;
mod properties;
mod random;

use super::{Coordinate, Limits, OperationPlan, Plan, Reason, Refused, SchemaMap, lexer};
use async_graphql::parser::parse_query;

/// A small clinic with everything a selection can meet: interfaces, a union, connections, plain lists.
const CLINIC: &str = r#"
    interface Node { id: ID! }
    interface Person implements Node { id: ID! name: String! contact: Contact }

    type Patient implements Node & Person {
        id: ID!
        name: String!
        contact: Contact
        doctor: Doctor
        appointments(first: Int = 10, after: String): AppointmentConnection!
        visits(first: Int, after: String, last: Int, before: String): AppointmentConnection!
        allergies: [Allergy!]!
    }
    type Doctor implements Node & Person {
        id: ID!
        name: String!
        contact: Contact
        patients(first: Int): PatientConnection!
        specialties: [String!]!
    }
    type Appointment implements Node { id: ID! startsAt: String! doctor: Doctor! patient: Patient }
    type Allergy { code: String! reactions: [Reaction!]! }
    type Reaction { code: String! }
    type Contact { email: String phone: String }

    type AppointmentConnection {
        nodes: [Appointment!]!
        edges: [AppointmentEdge!]!
        pageInfo: PageInfo!
        totalCount: Int!
    }
    type AppointmentEdge { node: Appointment! cursor: String! }
    type PatientConnection { nodes: [Patient!]! pageInfo: PageInfo! }
    type PageInfo { hasNextPage: Boolean! endCursor: String }

    union Finding = Appointment | Doctor | Patient

    type Query {
        node(id: ID!): Node
        person: Person
        search(text: String!, first: Int! = 5): [Finding!]!
        viewer: Patient
        calendar: AppointmentConnection!
        clinicDay(first: Int, last: Int): AppointmentConnection!
        latest(last: Int): [Appointment!]!
    }
    type Mutation {
        signIn(input: SignInInput!): SignInPayload!
        bookAppointment(input: BookInput!): BookPayload!
    }
    input SignInInput { email: String! password: String! }
    input BookInput { start: String! }
    type SignInPayload { token: String }
    type BookPayload { appointment: Appointment }
    type Subscription { appointmentChanged(after: String): Appointment! patientChanged: Patient! }
"#;

fn clinic() -> SchemaMap {
    SchemaMap::from_sdl(CLINIC).unwrap()
}

fn limits() -> Limits {
    Limits {
        once: &["signIn", "refreshSession"],
        ..Limits::default()
    }
}

/// Through the whole gate, as [`Documents`](super::Documents) does it.
fn pass(source: &str) -> Result<Plan, Refused> {
    lexer::check(source, &limits())?;
    Plan::of(&clinic(), &parse_query(source)?, &limits())
}

/// The plan of the only operation of a text that must pass.
fn planned(source: &str) -> OperationPlan {
    let mut plan = pass(source).unwrap_or_else(|refused| panic!("{}", refused.message()));
    assert_eq!(plan.operations.len(), 1);
    plan.operations.remove(0)
}

fn refused(source: &str) -> Reason {
    pass(source).expect_err("must be refused").reason
}

/// `Type.field` for each coordinate, in rising order.
fn coordinates(source: &str) -> Vec<String> {
    let mut names: Vec<_> = planned(source).coordinates.iter().map(written).collect();
    names.sort_unstable();
    names
}

fn written(coordinate: &Coordinate) -> String {
    format!("{}.{}", coordinate.type_name, coordinate.field_name)
}
