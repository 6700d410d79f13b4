//! The attacks that were measured against the library without a gate: each is refused, in few words, and by the step
//! that can afford it. That the process is still there to report so is half of each test.

use super::super::{Limits, Plan, Reason, Refused, lexer};
use super::{clinic, limits, pass, refused};
use async_graphql::Pos;
use async_graphql::parser::{Error as ParseError, parse_query};
use std::fmt::Write;

fn nested(open: &str, close: &str, levels: usize) -> String {
    open.repeat(levels) + &close.repeat(levels)
}

/// Fragments that each spread the next ten times.
fn fragment_bomb(fragments: usize) -> String {
    let mut source = "{...F0}".to_owned();
    for n in 1..fragments {
        let spreads = format!("...F{n} ").repeat(10);
        let _ = write!(source, "fragment F{} on Query{{{spreads}}}", n - 1);
    }
    let _ = write!(
        source,
        "fragment F{} on Query{{viewer{{id}}}}",
        fragments - 1
    );
    source
}

/// The plan alone, for documents the lexer would not have let through to it.
fn refused_by_the_plan(source: &str) -> Reason {
    let document = parse_query(source).unwrap();
    let refused = Plan::of(&clinic(), &document, &limits()).unwrap_err();
    assert!(refused.message().len() < 200);
    refused.reason
}

#[test]
fn a_deep_list_literal_is_refused() {
    let source = format!("{{id(x:{})}}", nested("[", "]", 2000));
    assert_eq!(source.len(), 4008);
    assert_eq!(refused(&source), Reason::Brackets(24));
}

#[test]
fn a_deep_object_literal_is_refused() {
    let source = format!("{{id(x:{}1{})}}", "{a:".repeat(1500), "}".repeat(1500));
    assert_eq!(refused(&source), Reason::Brackets(24));
}

#[test]
fn a_deep_default_value_is_refused() {
    let source = format!("query($v:Int={}){{id}}", nested("[", "]", 2000));
    assert_eq!(refused(&source), Reason::Brackets(24));
}

#[test]
fn a_deep_list_type_is_refused() {
    let source = format!(
        "query($v:{}Int{}){{id}}",
        "[".repeat(2000),
        "]".repeat(2000)
    );
    assert_eq!(refused(&source), Reason::Brackets(24));
}

#[test]
fn deep_selections_are_refused() {
    let deep = |levels: usize| "{node".repeat(levels) + &"}".repeat(levels);
    assert_eq!(refused(&deep(2000)), Reason::Brackets(24));
    assert_eq!(refused(&deep(24)), Reason::Depth(12));
    assert_eq!(refused(&deep(13)), Reason::Depth(12));
    assert!(pass(&deep(12)).is_ok());
}

#[test]
fn fragment_bombs_of_every_size_are_refused() {
    for fragments in 5..=8 {
        // Fifty spreads are exceeded first; without the lexer, the expansion is.
        let source = fragment_bomb(fragments);
        let roomy = Limits {
            spreads: usize::MAX,
            ..limits()
        };
        assert!(lexer::check(&source, &roomy).is_ok());
        assert_eq!(refused_by_the_plan(&source), Reason::Fields(500));
    }
    assert_eq!(refused(&fragment_bomb(8)), Reason::Spreads(50));
}

#[test]
fn a_bomb_that_no_operation_uses_is_refused() {
    let source = fragment_bomb(8).replacen("{...F0}", "{viewer{id}}", 1);
    assert_eq!(
        refused_by_the_plan(&source),
        Reason::IntrospectionFields(1500)
    );
}

#[test]
fn a_bomb_of_inline_fragments_and_unknown_ones_is_refused() {
    let source = "{...A ...A ...A ...A} fragment A on Query{...B ...B ...B ...B}
        fragment B on Query{...C ...C ...C ...C} fragment C on Query{...D ...D ...D ...D}
        fragment D on Query{... {...X ...Y} ... on Query{...Z}}";
    assert_eq!(refused(source), Reason::Fields(500));
}

#[test]
fn a_bomb_under_introspection_is_refused() {
    let source = "{__schema{types{...A ...A ...A ...A ...A}}}
        fragment A on __Type{...B ...B ...B ...B ...B} fragment B on __Type{...C ...C ...C ...C ...C}
        fragment C on __Type{...D ...D ...D ...D ...D} fragment D on __Type{a:name b:name c:name}";
    assert_eq!(refused(source), Reason::IntrospectionFields(1500));
}

#[test]
fn a_chain_of_a_thousand_fragments_is_refused() {
    let mut source = "{...F0}".to_owned();
    for n in 0..1000 {
        let _ = write!(source, "fragment F{n} on Query{{...F{}}}", n + 1);
    }
    assert_eq!(refused_by_the_plan(&source), Reason::Nesting(64));
}

#[test]
fn two_chains_that_pass_alone_are_refused_end_to_end() {
    let chain = |name: &str, end: &str| {
        let mut source = String::new();
        for n in 0..39 {
            let _ = write!(source, "fragment {name}{n} on Query{{...{name}{}}}", n + 1);
        }
        source + &format!("fragment {name}39 on Query{{{end}}}")
    };
    let (first, second) = (chain("F", "node"), chain("G", "...F0"));
    // The first operation has its chain measured; the second finds it measured already.
    let alone = format!("query A{{...F0}} {first}");
    let together = format!("query A{{...F0}} query B{{...G0}} {first} {second}");
    assert!(Plan::of(&clinic(), &parse_query(&alone).unwrap(), &limits()).is_ok());
    assert_eq!(refused_by_the_plan(&together), Reason::Nesting(64));
}

#[test]
fn fragments_that_spread_themselves_are_refused() {
    for source in [
        "{...A} fragment A on Query{...A}",
        "{...A} fragment A on Query{...B} fragment B on Query{viewer{id} ...A}",
        "{viewer{id}} fragment A on Query{...B} fragment B on Query{...A}",
        "{__schema{...A}} fragment A on __Schema{types{...A}}",
        "{...A} fragment A on Query{__schema{...A}}",
        "{viewer{... on Patient{...A}}} fragment A on Patient{doctor{patients{nodes{...A}}}}",
    ] {
        assert_eq!(refused(source), Reason::FragmentCycle, "{source}");
    }
}

#[test]
fn a_flood_of_aliases_is_refused() {
    let flood = |aliases: usize| {
        let fields: Vec<_> = (0..aliases).map(|n| format!("a{n}:node")).collect();
        format!("{{{}}}", fields.join(" "))
    };
    assert_eq!(refused(&flood(50_000)), Reason::Bytes(16_384));
    assert_eq!(refused(&flood(1_000)), Reason::Tokens(2_000));
    assert_eq!(refused(&flood(501)), Reason::Fields(500));
    assert!(pass(&flood(500)).is_ok());
}

#[test]
fn a_flood_of_the_same_field_is_refused() {
    let flood = |times: usize| format!("{{{}}}", "node ".repeat(times));
    assert_eq!(refused(&flood(64_000)), Reason::Bytes(16_384));
    assert_eq!(refused(&flood(3_000)), Reason::Tokens(2_000));
    assert_eq!(refused(&flood(600)), Reason::Fields(500));
}

#[test]
fn a_flood_of_directives_is_refused_wherever_it_stands() {
    let flood = |times: usize| "@a ".repeat(times);
    assert_eq!(
        refused(&format!("query {} {{id}}", flood(40_000))),
        Reason::Bytes(16_384)
    );
    assert_eq!(
        refused(&format!("query {} {{id}}", flood(21))),
        Reason::Directives(20)
    );
    assert_eq!(
        refused(&format!("{{id {}}}", flood(21))),
        Reason::Directives(20)
    );
    assert_eq!(
        refused(&format!("{{...F {}}}", flood(21))),
        Reason::Directives(20)
    );
}

#[test]
fn a_flood_of_variables_is_refused() {
    let flood = |count: usize| {
        let variables: Vec<_> = (0..count).map(|n| format!("$v{n}:Int")).collect();
        format!("query({}){{id}}", variables.join(" "))
    };
    assert_eq!(refused(&flood(5_000)), Reason::Bytes(16_384));
    assert_eq!(refused(&flood(1_000)), Reason::Tokens(2_000));
}

#[test]
fn a_flood_of_values_without_a_space_between_them_is_refused() {
    for value in ["0", "true", "false", "null", "\"\" ", "-1", "{}", "[]"] {
        let source = format!("{{id(x:[{}])}}", value.repeat(2_000));
        assert_eq!(refused(&source), Reason::Tokens(2_000), "{value}");
    }
}

#[test]
fn a_flood_of_operations_is_refused() {
    let flood = |count: usize| {
        (0..count)
            .map(|n| format!("query Q{n}{{node}}"))
            .collect::<String>()
    };
    assert_eq!(refused(&flood(21)), Reason::Operations(20));
    assert!(pass(&flood(20)).is_ok());
}

#[test]
fn no_answer_holds_any_of_the_query() {
    let canary = "canary".repeat(100);
    for source in [
        format!("{{ {canary}( }}"),
        canary.clone(),
        format!("{{ a(x: \"{canary}\\q\") }}"),
        format!("{{ a(x: \"{canary} }}"),
        format!("query {canary}{{a}} query {canary}{{a}}"),
        format!("{{a}} fragment {canary} on A{{a}} fragment {canary} on A{{a}}"),
        format!("{{a}} query {canary}{{a}}"),
        format!("{{...{canary}}} fragment {canary} on A{{...{canary}}}"),
        format!("fragment {canary} on A{{a}}"),
        format!("{{ a(x: 1e999) # {canary}\n }}"),
    ] {
        let refused = pass(&source).unwrap_err();
        assert!(
            !refused.message().contains("canary"),
            "{}",
            refused.message()
        );
        assert!(refused.message().len() < 200);
    }
}

#[test]
fn a_syntax_error_says_what_was_expected_and_where() {
    let refused = pass("{ viewer {\n  } }").unwrap_err();
    assert_eq!(
        refused.message(),
        "The query is not valid GraphQL: expected selection."
    );
    assert_eq!(refused.at.map(|at| (at.line, at.column)), Some((2, 3)));
}

#[test]
fn a_hint_that_is_not_made_of_the_grammars_names_is_left_out() {
    for odd in [
        "expected \"canary\"",
        "expected canary1",
        &"expected ".repeat(20),
    ] {
        let error = ParseError::Syntax {
            message: format!(" --> 1:1\n  = {odd}"),
            start: Pos::default(),
            end: None,
        };
        assert_eq!(Refused::from(error).reason, Reason::Syntax(None));
    }
}
