//! A walk over the whole schema: what a new field or type must have declared before it can go unnoticed. Each list here is
//! read at review; what is missing in it fails.

mod declared;

pub use declared::PERSONS;

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    BaseType, FieldDefinition, InputObjectType, TypeDefinition, TypeKind, TypeSystemDefinition,
};
use declared::{BOUNDED, NOBODYS, WITHOUT_KEY, WITHOUT_VERSION};
use std::collections::{BTreeMap, BTreeSet};

pub fn types() -> BTreeMap<String, TypeDefinition> {
    let document = parse_schema(patient_tracker::schema::sdl()).unwrap();
    let all = document.definitions.into_iter();
    all.filter_map(|definition| match definition {
        TypeSystemDefinition::Type(one) => Some((one.node.name.node.to_string(), one.node)),
        _ => None,
    })
    .collect()
}

/// Every field of every object.
fn fields() -> Vec<(String, FieldDefinition)> {
    let all = types().into_iter();
    all.flat_map(|(name, definition)| {
        let fields = match definition.kind {
            TypeKind::Object(object) => object.fields,
            _ => Vec::new(),
        };
        fields
            .into_iter()
            .map(move |field| (name.clone(), field.node))
    })
    .collect()
}

pub fn base(kind: &BaseType) -> String {
    match kind {
        BaseType::Named(name) => name.to_string(),
        BaseType::List(item) => base(&item.base),
    }
}

/// The input of a mutation.
fn input(types: &BTreeMap<String, TypeDefinition>, field: &FieldDefinition) -> InputObjectType {
    let argument = &field.arguments.first().unwrap().node;
    match &types[&base(&argument.ty.node.base)].kind {
        TypeKind::InputObject(input) => input.clone(),
        other => panic!("{} takes {other:?}", field.name),
    }
}

fn has(input: &InputObjectType, name: &str) -> bool {
    input
        .fields
        .iter()
        .any(|field| field.node.name.node == name)
}

fn mutations() -> Vec<FieldDefinition> {
    let all = fields().into_iter();
    all.filter(|(parent, _)| parent == "Mutation")
        .map(|(_, field)| field)
        .collect()
}

/// What is missing in a list, and what stands in it for nothing.
fn must_be(found: BTreeSet<String>, declared: impl Iterator<Item = &'static str>) {
    let declared: BTreeSet<_> = declared.map(str::to_owned).collect();
    let missing: Vec<_> = found.difference(&declared).collect();
    let left_over: Vec<_> = declared.difference(&found).collect();
    assert!(
        missing.is_empty() && left_over.is_empty(),
        "missing: {missing:?}, left over: {left_over:?}"
    );
}

#[test]
fn every_list_is_paged_or_says_what_bounds_it() {
    let mut whole = BTreeSet::new();
    for (parent, field) in fields() {
        let is_list = matches!(field.ty.node.base, BaseType::List(_));
        let is_page = parent.ends_with("Connection");
        let is_reason = field.name.node == "userErrors" || field.name.node == "path";
        if is_list && !is_page && !is_reason {
            whole.insert(format!("{parent}.{}", field.name.node));
        }
    }
    must_be(whole, BOUNDED.iter().map(|(name, _)| *name));
}

#[test]
fn every_page_is_asked_for_with_its_size() {
    let unsized_ones: Vec<_> = fields()
        .into_iter()
        .filter(|(_, field)| base(&field.ty.node.base).ends_with("Connection"))
        .filter(|(_, field)| {
            let names = field
                .arguments
                .iter()
                .map(|argument| argument.node.name.node.as_str());
            let names: BTreeSet<_> = names.collect();
            !["first", "after", "last", "before"]
                .iter()
                .all(|name| names.contains(name))
        })
        .map(|(parent, field)| format!("{parent}.{}", field.name.node))
        .collect();
    assert_eq!(unsized_ones, Vec::<String>::new());
}

#[test]
fn every_type_says_whether_it_holds_a_persons_data() {
    let carriers = ["Payload", "Connection", "Edge", "Error", "Change"];
    let roots = ["Query", "Mutation", "Subscription"];
    let found = types().into_iter().filter(|(name, definition)| {
        matches!(definition.kind, TypeKind::Object(_))
            && !carriers.iter().any(|carrier| name.ends_with(carrier))
            && !roots.contains(&name.as_str())
    });
    let found = found.map(|(name, _)| name).collect();
    must_be(found, PERSONS.iter().chain(NOBODYS).copied());
}

#[test]
fn every_object_says_who_may() {
    let silent = types().into_iter().filter(|(_, definition)| {
        let says = definition
            .description
            .as_ref()
            .map(|text| text.node.as_str());
        let last = says
            .unwrap_or_default()
            .trim_end_matches('.')
            .rsplit(". ")
            .next();
        matches!(definition.kind, TypeKind::Object(_))
            && !last.is_some_and(|last| {
                last.split_whitespace()
                    .any(|word| word.trim_end_matches('.') == "may")
            })
    });
    let silent: Vec<_> = silent.map(|(name, _)| name).collect();
    assert_eq!(silent, Vec::<String>::new());
}

#[test]
fn nothing_but_an_id_is_reached_through_an_interface() {
    for (name, definition) in types() {
        if let TypeKind::Interface(interface) = definition.kind {
            let fields: Vec<_> = interface
                .fields
                .iter()
                .map(|one| one.node.name.node.as_str())
                .collect();
            assert_eq!((name.as_str(), fields), ("Node", vec!["id"]));
        }
    }
}

#[test]
fn every_mutation_takes_an_idempotency_key_or_says_why_not() {
    let types = types();
    let without = mutations()
        .into_iter()
        .filter(|field| !has(&input(&types, field), "idempotencyKey"));
    let without = without.map(|field| field.name.node.to_string()).collect();
    must_be(without, WITHOUT_KEY.iter().map(|(name, _)| *name));
}

#[test]
fn every_mutation_of_what_has_a_version_asks_for_it_or_says_why_not() {
    let types = types();
    let has_version = |name: &str| match types.get(name).map(|one| &one.kind) {
        Some(TypeKind::Object(object)) => object
            .fields
            .iter()
            .any(|one| one.node.name.node == "version"),
        _ => false,
    };
    let answers_with_one = |field: &FieldDefinition| match &types[&base(&field.ty.node.base)].kind {
        TypeKind::Object(payload) => {
            let mut fields = payload.fields.iter();
            fields.any(|one| has_version(&base(&one.node.ty.node.base)))
        }
        _ => false,
    };
    let without = mutations()
        .into_iter()
        .filter(|field| answers_with_one(field) && !has(&input(&types, field), "expectedVersion"));
    let without = without.map(|field| field.name.node.to_string()).collect();
    must_be(without, WITHOUT_VERSION.iter().map(|(name, _)| *name));
}
