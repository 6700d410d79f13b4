//! What a plan says an operation touches, and which operations it refuses for what they are.

use super::super::{Plan, Reason, SchemaMap};
use super::{clinic, coordinates, limits, pass, planned, refused};
use async_graphql::parser::parse_query;
use async_graphql::parser::types::OperationType;

#[test]
fn a_field_of_an_object_is_one_coordinate() {
    assert_eq!(
        coordinates("{ viewer { name again: name contact { email } __typename } }"),
        [
            "Contact.email",
            "Patient.contact",
            "Patient.name",
            "Query.viewer"
        ]
    );
}

#[test]
fn a_field_of_an_interface_counts_for_each_object_behind_it() {
    assert_eq!(
        coordinates("{ person { name } }"),
        ["Doctor.name", "Patient.name", "Person.name", "Query.person"]
    );
}

#[test]
fn a_type_condition_leaves_only_the_objects_it_allows() {
    assert_eq!(
        coordinates("{ node(id: 1) { ... on Patient { name } } }"),
        ["Patient.name", "Query.node"]
    );
    assert_eq!(
        coordinates("{ search(text: \"\") { ... on Person { id } } }"),
        ["Doctor.id", "Patient.id", "Person.id", "Query.search"]
    );
}

#[test]
fn a_wider_condition_does_not_widen_what_stands_there() {
    assert_eq!(
        coordinates("{ viewer { ... on Node { id } } }"),
        ["Node.id", "Patient.id", "Query.viewer"]
    );
    assert_eq!(
        coordinates(
            "{ person { ... on Node { ... { ... on Finding { ...N } } } } } fragment N on Node { id }"
        ),
        ["Doctor.id", "Node.id", "Patient.id", "Query.person"]
    );
}

#[test]
fn a_named_fragment_counts_where_it_is_spread() {
    assert_eq!(
        coordinates(
            "{ viewer { ...Reachable doctor { ...Reachable } } }
             fragment Reachable on Person { contact { phone } }"
        ),
        [
            "Contact.phone",
            "Doctor.contact",
            "Patient.contact",
            "Patient.doctor",
            "Person.contact",
            "Query.viewer",
        ]
    );
}

#[test]
fn what_may_be_skipped_counts_as_present() {
    assert_eq!(
        coordinates("{ viewer @skip(if: true) { name @include(if: false) } }"),
        ["Patient.name", "Query.viewer"]
    );
}

#[test]
fn introspection_is_a_coordinate_and_nothing_below_it_is() {
    assert_eq!(
        coordinates(
            "{ __schema { types { name } } __type(name: \"Patient\") { name } __typename }"
        ),
        ["Query.__schema", "Query.__type"]
    );
    assert_eq!(
        coordinates("{ viewer { __schema { types { name } } } }"),
        ["Query.viewer"]
    );
}

#[test]
fn an_object_behind_two_interfaces_is_found_through_either() {
    let schema = SchemaMap::from_sdl(
        "interface A { x: Int } interface B implements A { x: Int } type C implements B { x: Int }
         union U = V union V = C
         type Query { a: A u: U }",
    )
    .unwrap();
    let document = parse_query("{ a { x } u { ... on A { x } } }").unwrap();
    let plan = Plan::of(&schema, &document, &limits()).unwrap();
    let coordinates = &plan.operations[0].coordinates;
    assert!(coordinates.iter().any(|it| super::written(it) == "C.x"));
}

#[test]
fn roots_are_listed_by_their_key_with_fragments_written_out() {
    let plan = planned(
        "{ me: viewer { id } ...Rest } fragment Rest on Query { ... { search(text: \"\") { __typename } } }",
    );
    let roots: Vec<_> = plan
        .roots
        .iter()
        .map(|root| (root.key.as_str(), root.name.as_str()))
        .collect();
    assert_eq!(roots, [("me", "viewer"), ("search", "search")]);
}

#[test]
fn each_operation_of_a_document_has_its_own_plan() {
    let plan = pass("mutation M { signIn { token } } query Q { viewer { id } } ").unwrap();
    let query = plan.operation(Some("Q")).unwrap();
    assert_eq!(
        (query.kind, query.fields, query.depth),
        (OperationType::Query, 2, 2)
    );
    assert_eq!(
        plan.operation(Some("M")).unwrap().kind,
        OperationType::Mutation
    );
    assert!(plan.operation(None).is_none());
    assert!(plan.operation(Some("X")).is_none());
}

#[test]
fn an_operation_alone_needs_no_name_but_a_name_given_must_fit() {
    let named = pass("query Q { viewer { id } }").unwrap();
    assert!(named.operation(None).is_some());
    let nameless = pass("{ viewer { id } }").unwrap();
    assert!(nameless.operation(None).is_some());
    assert!(nameless.operation(Some("Q")).is_none());
}

#[test]
fn a_guarded_root_field_may_occur_once_only() {
    assert!(pass("mutation { signIn { token } bookAppointment { appointment { id } } }").is_ok());
    for source in [
        "mutation { signIn { token } b: signIn { token } }",
        "mutation { signIn { token } signIn { token } }",
        "mutation { signIn { token } ...F } fragment F on Mutation { x: signIn { token } }",
        "mutation { ...F ...F } fragment F on Mutation { signIn { token } }",
        "mutation { signIn { token } ... { ... on Mutation { signIn @skip(if: true) { token } } } }",
    ] {
        assert_eq!(refused(source), Reason::Once("signIn"), "{source}");
    }
}

#[test]
fn a_guarded_name_below_the_root_is_any_other_name() {
    assert!(
        pass("mutation { signIn: bookAppointment { signIn: appointment { signIn: id } } }").is_ok()
    );
}

#[test]
fn a_subscription_has_exactly_one_root_field() {
    assert!(pass("subscription { appointmentChanged { id } }").is_ok());
    assert!(
        pass("subscription { ...F } fragment F on Subscription { appointmentChanged { id } }")
            .is_ok()
    );
    for source in [
        "subscription { appointmentChanged { id } patientChanged { id } }",
        "subscription { appointmentChanged { id } appointmentChanged { id } }",
        "subscription { appointmentChanged { id } __typename }",
        "subscription { __typename }",
        "subscription { ...F ...F } fragment F on Subscription { appointmentChanged { id } }",
    ] {
        assert_eq!(refused(source), Reason::SubscriptionRoots, "{source}");
    }
}

#[test]
fn what_the_schema_does_not_have_is_passed_by() {
    for source in [
        "{ nothing { at { all } } }",
        "{ viewer { name { below } nothing } }",
        "{ ...Unknown ... on Unknown { id } viewer { ... on Unknown { id } } }",
        "{ ... on String { length } ... on SignInInput { email } }",
        "{ viewer { ... on Query { viewer { id } } ... on Doctor { name } } }",
        "query($a: Unknown) { viewer(x: $b) { id } }",
    ] {
        assert!(pass(source).is_ok(), "{source}");
    }
    let rootless = SchemaMap::from_sdl("type Query { a: Int }").unwrap();
    let document = parse_query("mutation { a { b } }").unwrap();
    let plan = Plan::of(&rootless, &document, &limits()).unwrap();
    assert!(plan.operations[0].coordinates.is_empty());
}

#[test]
fn the_schema_may_name_its_roots_and_extend_its_types() {
    let schema = SchemaMap::from_sdl(
        "schema { query: Root } type Root { a: Thing } extend type Thing { b: Int }
         type Thing { c: Int } extend type Root { d: Thing } type Query { no: Thing }",
    )
    .unwrap();
    let document =
        parse_query("{ a { b c } d { b } no { b } __schema { types { name } } }").unwrap();
    let plan = Plan::of(&schema, &document, &limits()).unwrap();
    let mut found: Vec<_> = plan.operations[0]
        .coordinates
        .iter()
        .map(super::written)
        .collect();
    found.sort_unstable();
    assert_eq!(
        found,
        ["Root.__schema", "Root.a", "Root.d", "Thing.b", "Thing.c"]
    );
}

#[test]
fn a_schema_that_is_none_is_an_error() {
    assert!(SchemaMap::from_sdl("type Query {").is_err());
}

#[test]
fn fields_are_counted_with_fragments_written_out() {
    let plan = planned(
        "{ viewer { ...P doctor { ...P patients { nodes { ...P } } } } } fragment P on Person { id contact { email } }",
    );
    assert_eq!((plan.fields, plan.depth), (13, 6));
}

#[test]
fn a_refusal_names_the_place() {
    let refused = Plan::of(
        &clinic(),
        &parse_query("mutation {\n  signIn { token }\n  b: signIn { token }\n}").unwrap(),
        &limits(),
    )
    .unwrap_err();
    assert_eq!(refused.at.map(|at| (at.line, at.column)), Some((3, 3)));
}
