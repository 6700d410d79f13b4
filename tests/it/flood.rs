//! Documents made to hurt: each is refused over HTTP and over a socket, and the server is still there.

use crate::support::{App, End, codes};
use serde_json::json;
use std::fmt::Write as _;

fn nested(open: &str, close: &str, levels: usize) -> String {
    open.repeat(levels) + &close.repeat(levels)
}

/// Fragments that each spread the next ten times.
fn fragment_bomb(fragments: usize) -> String {
    let mut source = "{...F0}".to_owned();
    for n in 1..fragments {
        let spreads = format!("...F{n} ").repeat(10);
        write!(source, "fragment F{} on Query{{{spreads}}}", n - 1).unwrap();
    }
    write!(
        source,
        "fragment F{} on Query{{viewer{{user{{id}}}}}}",
        fragments - 1
    )
    .unwrap();
    source
}

fn corpus() -> Vec<(String, String)> {
    let mut corpus = vec![
        ("a list within a list, 2,000 deep".to_owned(), format!("{{node(id:{}){{id}}}}", nested("[", "]", 2000))),
        (
            "an object within an object, 1,500 deep".to_owned(),
            format!("{{node(id:{}1{}){{id}}}}", "{a:".repeat(1500), "}".repeat(1500)),
        ),
        (
            "a default value, 2,000 deep".to_owned(),
            format!("query($v:Int={}){{viewer{{user{{id}}}}}}", nested("[", "]", 2000)),
        ),
        ("a list type, 2,000 deep".to_owned(), format!("query($v:{}Int{}){{viewer{{user{{id}}}}}}", "[".repeat(2000), "]".repeat(2000))),
        ("selections, 2,000 deep".to_owned(), "{node".repeat(2000) + &"}".repeat(2000)),
        ("selections, 20 deep".to_owned(), "{viewer".repeat(20) + "{id}" + &"}".repeat(20)),
        ("50,000 aliases".to_owned(), aliases(50_000)),
        ("600 aliases".to_owned(), aliases(600)),
        ("64,000 times the same field".to_owned(), format!("{{viewer{{{}}}}}", "user ".repeat(10_000))),
        ("700 times the same field".to_owned(), format!("{{{}}}", "__typename ".repeat(700))),
        ("40,000 directives of the operation".to_owned(), format!("query {} {{viewer{{user{{id}}}}}}", "@a ".repeat(5_000))),
        ("21 directives of a field".to_owned(), format!("{{viewer {} {{user{{id}}}}}}", "@skip(if:false) ".repeat(21))),
        ("a fragment that spreads itself".to_owned(), "{...A} fragment A on Query{...A}".to_owned()),
        (
            "pages of pages".to_owned(),
            "{doctors(first:100){nodes{appointments(first:100){nodes{doctor{appointments(first:100){nodes{id}}}}}}}}".to_owned(),
        ),
        (
            "pages of pages, from the end".to_owned(),
            "query($n:Int=100){doctors(last:$n){nodes{appointments(last:100){nodes{doctor{appointments(last:$n){nodes{id}}}}}}}}".to_owned(),
        ),
        ("a thousand variables".to_owned(), variables(1_000)),
        ("no document".to_owned(), String::new()),
        ("not GraphQL".to_owned(), "SELECT * FROM patient".to_owned()),
        ("an unknown field".to_owned(), "{ secrets }".to_owned()),
    ];
    corpus.extend((5..=8).map(|size| (format!("a bomb of {size} fragments"), fragment_bomb(size))));
    corpus
}

fn aliases(count: usize) -> String {
    let fields: Vec<_> = (0..count).map(|n| format!("a{n}:__typename")).collect();
    format!("{{{}}}", fields.join(" "))
}

fn variables(count: usize) -> String {
    let variables: Vec<_> = (0..count).map(|n| format!("$v{n}:Int")).collect();
    format!("query({}){{viewer{{user{{id}}}}}}", variables.join(" "))
}

on_both! {
    async fn every_document_made_to_hurt_is_refused_over_http(app: App) {
        let ana = app.patient("ana").await;
        for (what, document) in corpus() {
            let answer = ana.run(&document, json!({})).await;
            assert_eq!(codes(&answer).first().map(String::as_str), Some("BAD_REQUEST"), "{what}: {answer}");
            assert_eq!(answer.get("data"), None, "{what}");
            assert!(answer.to_string().len() <= 4096, "{what}");
        }
        ana.data("{ viewer { user { id } } }", json!({})).await;
    }

    async fn every_document_made_to_hurt_is_refused_over_a_socket(app: App) {
        let ana = app.patient("ana").await;
        for (what, document) in corpus() {
            let mut live = ana.subscribe(&document, json!({})).await;
            match live.end().await {
                End::Refused(errors) => {
                    assert_eq!(errors[0]["extensions"]["code"], "BAD_REQUEST", "{what}");
                }
                // Longer than any message may be.
                End::Closed(code) => assert_eq!(code, 1009, "{what}"),
                End::Complete => panic!("{what} ran"),
            }
        }
        ana.data("{ viewer { user { id } } }", json!({})).await;
    }
}
