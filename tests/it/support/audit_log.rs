//! The audit as administrators read it.

use super::Person;
use serde_json::{Value, json};

const ENTRIES: &str = "query($filter: AuditEntriesFilter, $first: Int, $after: String, $last: Int, $before: String) {
    auditEntries(filter: $filter, first: $first, after: $after, last: $last, before: $before) { totalCount
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    nodes { id occurredAt request operation session roles action kinds fields relationship purpose outcome times address
        actor { id } object { kind objectId } patient { id } } } }";

/// What this administrator finds in it.
pub struct AuditLog(pub Person);

impl AuditLog {
    /// One page of what the filter finds.
    pub async fn page(&self, filter: Value, rest: Value) -> Value {
        let mut asked = rest;
        asked["filter"] = filter;
        let mut data = self.0.data(ENTRIES, asked).await;
        data["auditEntries"].take()
    }

    /// All that the filter finds, on pages of so many, from the start or from the end; the newest first.
    pub async fn all(&self, filter: &Value, size: i32, from_start: bool) -> Vec<Value> {
        let (mut all, mut cursor) = (Vec::new(), Value::Null);
        for _ in 0..1000 {
            let asked = match from_start {
                true => json!({ "first": size, "after": cursor }),
                false => json!({ "last": size, "before": cursor }),
            };
            let mut page = self.page(filter.clone(), asked).await;
            let nodes = page["nodes"].as_array_mut().map(std::mem::take).unwrap();
            let more = match from_start {
                true => {
                    all.extend(nodes);
                    cursor = page["pageInfo"]["endCursor"].take();
                    page["pageInfo"]["hasNextPage"].take()
                }
                false => {
                    all.splice(0..0, nodes);
                    cursor = page["pageInfo"]["startCursor"].take();
                    page["pageInfo"]["hasPreviousPage"].take()
                }
            };
            if more == false {
                return all;
            }
        }
        panic!("the pages do not end");
    }
}
