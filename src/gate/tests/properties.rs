//! What holds for every document: the plan says the same as writing everything out would, and nothing panics.

use super::super::{Documents, Limits, Plan, Reason, SchemaMap, lexer};
use super::random::{self, SCHEMA};
use super::{limits, written};
use async_graphql::Variables;
use async_graphql::parser::parse_query;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// No limits at all, so that only the counting is seen.
fn boundless() -> Limits {
    Limits {
        fields: u32::MAX,
        depth: u32::MAX,
        introspection_fields: u32::MAX,
        introspection_depth: u32::MAX,
        introspection_cost: u64::MAX,
        ..Limits::default()
    }
}

/// Pieces of GraphQL and of what looks like it.
const PIECES: [&str; 40] = [
    "{",
    "}",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "$",
    "!",
    ":",
    "=",
    "@",
    "|",
    "&",
    "...",
    "\"",
    "\"\"\"",
    "\\",
    "#",
    "\n",
    " ",
    ",",
    "query ",
    "mutation ",
    "subscription ",
    "fragment ",
    "on ",
    "true",
    "null",
    "viewer",
    "id",
    "A",
    "Query",
    "first",
    "-1",
    "2.5e3",
    "\"\"",
    "é",
    "\u{feff}",
];

fn soup() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(&PIECES[..]), 0..60)
        .prop_map(|pieces| pieces.concat())
}

/// A value as text, and how deep its brackets go.
fn value() -> impl Strategy<Value = (String, usize)> {
    let leaf = prop::sample::select(
        &[
            "1",
            "-2.5e+3",
            "RED",
            "null",
            "true",
            "\"\"",
            "\"{[(\"",
            "\"\\\"[\\\\\"",
            "\"#\"",
            "\"\"\" [[ \" \\\"\"\" {\n \"\"\"",
            "\"\"\"\"\"\"",
            "# ]]] \"\n 7",
            "\"\\u0041{\"",
        ][..],
    );
    leaf.prop_map(|leaf| (leaf.to_owned(), 0))
        .prop_recursive(6, 30, 4, |inner| {
            let several = prop::collection::vec(inner, 0..4);
            prop_oneof![
                several.clone().prop_map(|items| {
                    let (texts, depths): (Vec<_>, Vec<_>) = items.into_iter().unzip();
                    (
                        format!("[{}]", texts.join(" ")),
                        1 + depths.into_iter().max().unwrap_or(0),
                    )
                }),
                several.prop_map(|items| {
                    let fields: Vec<_> =
                        items.iter().map(|(text, _)| format!("k: {text}")).collect();
                    let depth = items.iter().map(|(_, depth)| *depth).max().unwrap_or(0);
                    (format!("{{{}}}", fields.join(",")), 1 + depth)
                }),
            ]
        })
}

proptest! {
    #[test]
    fn a_plan_says_what_writing_everything_out_says(document in random::document()) {
        let schema = SchemaMap::from_sdl(SCHEMA).unwrap();
        let parsed = parse_query(document.source()).unwrap();
        let plan = Plan::of(&schema, &parsed, &boundless());
        if document.is_cyclic() {
            prop_assert_eq!(plan.unwrap_err().reason, Reason::FragmentCycle);
            return Ok(());
        }
        let plan = &plan.unwrap().operations[0];
        let written_out = document.written_out();
        prop_assert_eq!((plan.fields, plan.depth), random::size(&written_out));
        let (touched, cost) = random::touches_and_costs(&written_out);
        let planned: BTreeSet<_> = plan.coordinates.iter().map(written).collect();
        prop_assert_eq!(plan.coordinates.len(), planned.len());
        prop_assert_eq!(planned, touched);
        prop_assert_eq!(plan.cost(&Variables::default()), cost);
    }

    #[test]
    fn a_document_passes_exactly_if_it_is_small_enough(document in random::document(), fields in 1..40_u32) {
        let schema = SchemaMap::from_sdl(SCHEMA).unwrap();
        let parsed = parse_query(document.source()).unwrap();
        if document.is_cyclic() {
            return Ok(());
        }
        let plan = Plan::of(&schema, &parsed, &Limits { fields, ..boundless() });
        let (expanded, _) = random::size(&document.written_out());
        prop_assert_eq!(plan.is_ok(), expanded <= fields);
    }

    #[test]
    fn random_documents_never_panic(document in random::document()) {
        let schema = SchemaMap::from_sdl(SCHEMA).unwrap();
        let _ = Documents::new(schema, limits(), 1 << 20).get_or_prepare(&document.source());
    }

    #[test]
    fn token_soup_never_panics(source in soup()) {
        let schema = SchemaMap::from_sdl(SCHEMA).unwrap();
        let _ = Documents::new(schema, limits(), 1 << 20).get_or_prepare(&source);
    }

    #[test]
    fn text_of_any_kind_never_panics(source in any::<String>()) {
        let schema = SchemaMap::from_sdl(SCHEMA).unwrap();
        let _ = Documents::new(schema, limits(), 1 << 20).get_or_prepare(&source);
    }

    #[test]
    fn the_lexer_sees_as_many_brackets_as_there_are((text, depth) in value()) {
        let source = format!("{{ a(x: {text}) }}");
        prop_assert!(parse_query(&source).is_ok());
        let brackets = |brackets| Limits { brackets, ..Limits::default() };
        prop_assert!(lexer::check(&source, &brackets(depth + 2)).is_ok());
        prop_assert!(lexer::check(&source, &brackets(depth + 1)).is_err());
    }
}
