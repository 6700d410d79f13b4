//! The table of fields and the schema name the same fields: none is forgotten, none is left over.

use crate::support::Contract;
use patient_tracker::access::fields::Table;
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
