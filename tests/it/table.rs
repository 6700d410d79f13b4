//! The table of fields and the schema name the same fields, none forgotten and none left over, and agree on what is for
//! administrators alone.

use crate::support::Contract;
use entity::code::Roles;
use patient_tracker::access::fields::{Rule, Table};
use std::collections::BTreeSet;

#[test]
fn the_table_and_the_schema_name_the_same_fields() {
    let contract: BTreeSet<_> = Contract::read().coordinates().into_iter().collect();
    let table: BTreeSet<_> = Table::new()
        .all()
        .into_iter()
        .map(|(parent, field, _)| (parent.to_owned(), field.to_owned()))
        .collect();
    let missing: Vec<_> = contract.difference(&table).collect();
    let left_over: Vec<_> = table.difference(&contract).collect();
    assert!(
        missing.is_empty() && left_over.is_empty(),
        "missing: {missing:?}, left over: {left_over:?}"
    );
}

#[test]
fn a_root_field_that_says_administrators_may_is_open_to_nobody_else() {
    let (contract, table) = (Contract::read(), Table::new());
    let mut disagree = Vec::new();
    for (_, root) in contract.roots() {
        for field in contract.fields(root) {
            let words = field.description.split_whitespace().collect::<Vec<_>>();
            let words = words.join(" ");
            let last = words.rsplit(". ").next().unwrap_or_default();
            let says = last.starts_with("Administrators may");
            let rule = table.rule(root, &field.name);
            if says != (rule == Some(Rule::Roles(Roles::ADMIN))) {
                disagree.push(format!("{root}.{}: {rule:?}, but: {last}", field.name));
            }
        }
    }
    assert_eq!(disagree, Vec::<String>::new());
}
