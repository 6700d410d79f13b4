//! Many who write into one entry of a chart at once.

use crate::chart::{UPDATE, condition};
use crate::support::{App, Person, codes, user_errors};
use futures_util::future::join_all;
use serde_json::{Value, json};

const VERSION: &str = "query($id: ID!) { node(id: $id) { ... on Condition { version } } }";
const HISTORY: &str = "query($id: ID!) { node(id: $id) { ... on Condition { version note
    history(first: 100) { totalCount nodes { version changes { field after } } } } } }";

/// Writers at once.
const WRITERS: usize = 50;
/// More than enough turns for each to be the first once.
const TURNS: usize = 400;

/// Writes words of one's own until they stand; those that did, and those that were refused.
async fn write(person: &Person, id: &str, writer: usize) -> (String, Vec<String>) {
    let mut refused = Vec::new();
    for turn in 0..TURNS {
        let read = person.run(VERSION, json!({ "id": id })).await;
        let Some(version) = read["data"]["node"]["version"].as_i64() else {
            assert_eq!(codes(&read), ["RATE_LIMITED"]);
            continue;
        };
        let words = format!("writer {writer}, turn {turn}");
        let input = json!({ "id": id, "expectedVersion": version, "note": words });
        let answer = person.run(UPDATE, json!({ "input": input })).await;
        match (user_errors(&answer).as_slice(), codes(&answer).as_slice()) {
            ([], []) => return (words, refused),
            ([conflict], []) if conflict == "CONFLICT" => refused.push(words),
            ([], [limited]) if limited == "RATE_LIMITED" => refused.push(words),
            other => panic!("{other:?}"),
        }
    }
    panic!("writer {writer} never had a turn");
}

on_both! {
    async fn of_fifty_writers_each_is_in_the_history_once_and_what_was_refused_is_not(app: App) {
        let (ana, bo) = (app.patient("ana").await, app.doctor("bo").await);
        app.care(bo.row, ana.row, None).await;
        let id = condition(&bo, &ana.id).await;
        let all = join_all((0..WRITERS).map(|writer| write(&bo, &id, writer))).await;
        let (mut stood, refused): (Vec<String>, Vec<Vec<String>>) = all.into_iter().unzip();
        let refused = refused.concat();
        assert!(!refused.is_empty(), "they met");
        let told = bo.data(HISTORY, json!({ "id": id })).await;
        let entry = &told["node"];
        assert_eq!(entry["version"], WRITERS + 1);
        assert_eq!(entry["history"]["totalCount"], WRITERS + 1);
        let versions = entry["history"]["nodes"].as_array().unwrap();
        let notes = |version: &Value| {
            let changes = version["changes"].as_array().unwrap().iter();
            let notes = changes.filter(|change| change["field"] == "note");
            notes.map(|change| change["after"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let mut kept: Vec<String> = versions.iter().flat_map(notes).collect();
        assert!(refused.iter().all(|words| !kept.contains(words)));
        assert!(kept.contains(&entry["note"].as_str().unwrap().to_owned()));
        kept.sort();
        stood.sort();
        assert_eq!(kept, stood);
    }
}
