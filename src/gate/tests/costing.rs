//! What an operation costs, by the pages it asks for.

use super::super::{Limits, Reason};
use super::planned;
use async_graphql::Variables;
use serde_json::{Value, json};

fn cost_with(source: &str, variables: Value) -> u64 {
    planned(source).cost(&Variables::from_json(variables))
}

fn cost(source: &str) -> u64 {
    cost_with(source, json!({}))
}

#[test]
fn each_field_costs_one() {
    assert_eq!(cost("{ viewer { id __typename doctor { id } } }"), 5);
}

#[test]
fn a_page_multiplies_what_is_below_it() {
    assert_eq!(
        cost("{ viewer { appointments(first: 7) { nodes { id } } } }"),
        2 + 7 * 2
    );
}

#[test]
fn nodes_and_edges_do_not_multiply_again() {
    assert_eq!(
        cost(
            "{ viewer { appointments(first: 7) { edges { node { id } } pageInfo { endCursor } totalCount } } }"
        ),
        2 + 7 * 6
    );
}

#[test]
fn pages_within_pages_multiply() {
    assert_eq!(
        cost(
            "{ search(text: \"\", first: 100) { ... on Doctor { patients(first: 100) { nodes { id } } } } }"
        ),
        1 + 100 * (1 + 100 * 2)
    );
}

#[test]
fn a_page_nobody_sized_has_the_default_of_the_schema_or_else_twenty() {
    assert_eq!(cost("{ viewer { appointments { totalCount } } }"), 2 + 10);
    assert_eq!(
        cost("{ viewer { doctor { patients { nodes { id } } } } }"),
        3 + 20 * 2
    );
    assert_eq!(
        cost("{ viewer { appointments(first: null) { totalCount } } }"),
        2 + 10
    );
}

#[test]
fn a_list_or_connection_that_cannot_be_sized_counts_as_twenty() {
    assert_eq!(
        cost("{ viewer { allergies { reactions { code } } } }"),
        2 + 20 * (1 + 20)
    );
    assert_eq!(cost("{ calendar { nodes { id } } }"), 1 + 20 * 2);
}

#[test]
fn a_list_of_leaves_costs_one() {
    assert_eq!(cost("{ viewer { doctor { specialties } } }"), 3);
}

#[test]
fn a_variable_counts_as_the_request_sets_it() {
    let source = "query($n: Int = 3) { viewer { appointments(first: $n) { totalCount } } }";
    assert_eq!(cost_with(source, json!({ "n": 50 })), 2 + 50);
    assert_eq!(cost_with(source, json!({})), 2 + 3);
    assert_eq!(cost_with(source, json!({ "n": null })), 2 + 10);
}

#[test]
fn a_variable_without_a_default_falls_back_to_that_of_the_schema() {
    let source = "query($n: Int) { viewer { appointments(first: $n) { totalCount } } }";
    assert_eq!(cost(source), 2 + 10);
    let nullable = "query($n: Int = null) { viewer { appointments(first: $n) { totalCount } } }";
    assert_eq!(cost(nullable), 2 + 10);
}

#[test]
fn what_is_no_number_of_items_counts_as_the_largest_page() {
    let source = "query($n: Int) { viewer { appointments(first: $n) { totalCount } } }";
    for odd in [
        json!("7"),
        json!(-1),
        json!(1.5),
        json!([1]),
        json!({ "first": 1 }),
        json!(true),
    ] {
        assert_eq!(cost_with(source, json!({ "n": odd })), 2 + 100);
    }
    for odd in ["-1", "1.5", "\"7\"", "[1]", "{first: 1}", "SEVEN"] {
        let source = format!("{{ viewer {{ appointments(first: {odd}) {{ totalCount }} }} }}");
        assert_eq!(cost(&source), 2 + 100, "{odd}");
    }
}

#[test]
fn a_page_from_the_end_counts_like_one_from_the_start() {
    assert_eq!(
        cost("{ viewer { visits(last: 7) { nodes { id } } } }"),
        2 + 7 * 2
    );
    assert_eq!(cost("{ latest(last: 30) { id } }"), 1 + 30);
    let source = "query($n: Int = 3) { viewer { visits(last: $n) { totalCount } } }";
    assert_eq!(cost_with(source, json!({ "n": 50 })), 2 + 50);
    assert_eq!(cost_with(source, json!({})), 2 + 3);
    assert_eq!(cost_with(source, json!({ "n": null })), 2 + 20);
    assert_eq!(cost_with(source, json!({ "n": "many" })), 2 + 100);
}

#[test]
fn of_two_sizes_the_larger_counts_and_null_is_none() {
    for (sizes, items) in [
        ("first: 1, last: 100", 100),
        ("first: 100, last: 1", 100),
        ("first: null, last: 2", 2),
        ("first: 2, last: null", 2),
        ("first: null, last: null", 20),
        ("after: \"a\", before: \"b\"", 20),
    ] {
        let source = format!("{{ viewer {{ visits({sizes}) {{ totalCount }} }} }}");
        assert_eq!(cost(&source), 2 + items, "{sizes}");
    }
    let source =
        "query($n: Int, $m: Int = 4) { viewer { visits(first: $n, last: $m) { totalCount } } }";
    assert_eq!(cost_with(source, json!({ "n": 1, "m": 90 })), 2 + 90);
    assert_eq!(cost_with(source, json!({ "n": 1 })), 2 + 4);
    assert_eq!(cost_with(source, json!({ "n": 9, "m": null })), 2 + 9);
    assert_eq!(cost_with(source, json!({ "m": null })), 2 + 20);
}

#[test]
fn a_page_nobody_sized_has_what_the_resolver_gives() {
    assert_eq!(cost("{ viewer { visits { totalCount } } }"), 2 + 20);
    assert_eq!(cost("{ clinicDay { totalCount } }"), 1 + 100);
    assert_eq!(cost("{ clinicDay(last: 5) { totalCount } }"), 1 + 5);
}

#[test]
fn nothing_asked_for_is_not_nothing() {
    assert_eq!(
        cost("{ viewer { appointments(first: 0) { totalCount } } }"),
        2 + 1
    );
}

#[test]
fn introspection_costs_one() {
    assert_eq!(
        cost("{ __schema { types { name fields { name } } } viewer { id } }"),
        3
    );
}

#[test]
fn a_cost_beyond_all_numbers_is_the_largest_number() {
    for huge in [1 << 32, u64::MAX] {
        let source = format!(
            "{{ search(text: \"\", first: {huge}) {{ ... on Doctor {{
                patients(first: {huge}) {{ nodes {{ id }} }} }} }} }}"
        );
        assert_eq!(cost(&source), u64::MAX);
    }
}

#[test]
fn a_fragment_costs_wherever_it_is_spread() {
    assert_eq!(
        cost(
            "{ viewer { ...A doctor { patients(first: 5) { nodes { ...A } } } } }
             fragment A on Patient { appointments(first: 2) { totalCount } }"
        ),
        1 + (1 + 2) + 1 + 1 + 5 * (1 + 1 + 2)
    );
}

#[test]
fn what_costs_more_than_allowed_is_refused_with_both_figures() {
    let plan = planned("{ viewer { appointments(first: 50) { nodes { id } } } }");
    let limits = |cost| Limits {
        cost,
        ..Limits::default()
    };
    assert_eq!(
        plan.affordable(&Variables::default(), &limits(102)),
        Ok(102)
    );
    let refused = plan
        .affordable(&Variables::default(), &limits(101))
        .unwrap_err();
    assert_eq!(
        refused.reason,
        Reason::Cost {
            cost: 102,
            limit: 101
        }
    );
    assert_eq!(
        refused.message(),
        "The operation would cost 102, and 101 is allowed: ask for smaller pages."
    );
}
