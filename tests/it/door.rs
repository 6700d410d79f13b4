//! GraphQL over HTTP: methods, media types, statuses, and what every answer carries.

use crate::support::App;
use serde_json::json;
use std::fmt::Write as _;

const NEW: &str = "application/graphql-response+json";
const OLD: (&str, &str) = ("accept", "application/json");
const JSON: (&str, &str) = ("content-type", "application/json");

/// What is tried, the method, the headers, the body.
type Try<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], &'a str);

/// Status, media type, and the first error's code of each of these requests.
async fn tried(app: &App, tries: &[Try<'_>]) -> String {
    let mut told = String::new();
    for (what, method, headers, body) in tries {
        let answer = app
            .copy
            .send(method, "/graphql", headers, (*body).to_owned())
            .await;
        assert_eq!(answer.header("x-request-id").len(), 32, "{what}");
        assert_eq!(answer.header("cache-control"), "no-store", "{what}");
        let code = serde_json::from_str::<serde_json::Value>(&answer.text)
            .map(|body| {
                let error = &body["errors"][0]["extensions"];
                if error.is_object() {
                    assert_eq!(error["requestId"], answer.header("x-request-id"), "{what}");
                }
                error["code"].as_str().unwrap_or("no error").to_owned()
            })
            .unwrap_or_else(|_| "no JSON".to_owned());
        let media = answer
            .header("content-type")
            .split(';')
            .next()
            .unwrap_or_default()
            .to_owned();
        writeln!(told, "{what}: {} {media} {code}", answer.status).unwrap();
    }
    told
}

on_both! {
    async fn what_may_be_null_and_is_denied_is_null_beside_the_rest(app: App) {
        let (analyst, bo) = (app.analyst().await, app.doctor("bo").await);
        let asked = format!("{{ __typename viewer {{ user {{ roles }} }} doctor(id: \"{}\") {{ id }} }}", bo.id);
        let errors = |answer: &serde_json::Value| {
            let errors = answer["errors"].as_array().cloned().unwrap_or_default();
            errors.iter().map(|it| json!([it["path"], it["extensions"]["code"]])).collect::<Vec<_>>()
        };
        let answer = app.copy.run(None, &asked, json!({})).await;
        assert_eq!(answer["data"], json!({ "__typename": "Query", "viewer": null, "doctor": null }));
        assert_eq!(errors(&answer), [json!([["viewer"], "UNAUTHENTICATED"]), json!([["doctor"], "UNAUTHENTICATED"])]);
        let answer = analyst.run(&asked, json!({})).await;
        assert_eq!(answer["data"], json!({ "__typename": "Query", "viewer": { "user": { "roles": ["ANALYST"] } }, "doctor": null }));
        assert_eq!(errors(&answer), [json!([["doctor"], "FORBIDDEN"])]);
        // What may not be null takes what it stands in with it.
        let answer = analyst.run("{ __typename viewer { user { id } } patients { totalCount } }", json!({})).await;
        assert_eq!((&answer["data"], errors(&answer)), (&json!(null), vec![json!([["patients"], "FORBIDDEN"])]));
        // An answer that has something is a success, whatever is missing in it.
        let body = json!({ "query": "{ __typename viewer { user { id } } }" }).to_string();
        let answer = app.copy.send("POST", "/graphql", &[JSON, ("accept", NEW)], body).await;
        assert_eq!(answer.status, 200);
    }

    async fn only_json_by_post_runs_anything(app: App) {
        let good = json!({ "query": "{ __typename }" }).to_string();
        let told = tried(
            &app,
            &[
                ("POST", "POST", &[JSON], &good),
                (
                    "POST in UTF-8",
                    "POST",
                    &[("content-type", "application/json; charset=utf-8")],
                    &good,
                ),
                ("GET", "GET", &[JSON], ""),
                ("PUT", "PUT", &[JSON], &good),
                ("DELETE", "DELETE", &[JSON], &good),
                (
                    "plain text",
                    "POST",
                    &[("content-type", "text/plain")],
                    &good,
                ),
                (
                    "a form",
                    "POST",
                    &[("content-type", "application/x-www-form-urlencoded")],
                    "query={__typename}",
                ),
                (
                    "multipart",
                    "POST",
                    &[("content-type", "multipart/form-data; boundary=x")],
                    "--x--",
                ),
                ("no content type", "POST", &[], &good),
                (
                    "latin",
                    "POST",
                    &[("content-type", "application/json; charset=latin1")],
                    &good,
                ),
                ("a batch", "POST", &[JSON], &format!("[{good}]")),
                ("no query", "POST", &[JSON], "{}"),
                ("not JSON", "POST", &[JSON], "{"),
                (
                    "images wanted",
                    "POST",
                    &[JSON, ("accept", "image/png")],
                    &good,
                ),
                (
                    "another site",
                    "POST",
                    &[
                        JSON,
                        ("origin", "https://evil.test"),
                        ("sec-fetch-site", "cross-site"),
                    ],
                    &good,
                ),
                ("70,000 bytes", "POST", &[JSON], &"x".repeat(70_000)),
            ],
        )
        .await;
        insta::assert_snapshot!(told, @r"
        POST: 200 application/json no error
        POST in UTF-8: 200 application/json no error
        GET: 405 text/plain no JSON
        PUT: 405 text/plain no JSON
        DELETE: 405 text/plain no JSON
        plain text: 415 application/json BAD_REQUEST
        a form: 415 application/json BAD_REQUEST
        multipart: 415 application/json BAD_REQUEST
        no content type: 415 application/json BAD_REQUEST
        latin: 415 application/json BAD_REQUEST
        a batch: 400 application/json BAD_REQUEST
        no query: 400 application/json BAD_REQUEST
        not JSON: 400 application/json BAD_REQUEST
        images wanted: 406 application/json BAD_REQUEST
        another site: 403 application/json BAD_REQUEST
        70,000 bytes: 413 application/json BAD_REQUEST
        ");
    }

    async fn statuses_mean_what_they_say_under_the_new_media_type(app: App) {
        let query = |text: &str| json!({ "query": text }).to_string();
        let (good, syntax, unknown, denied) = (
            query("{ __typename }"),
            query("{"),
            query("{ secrets }"),
            query("{ viewer { user { id } } }"),
        );
        let hash = json!({ "extensions": { "persistedQuery": { "version": 1, "sha256Hash": "0".repeat(64) } } });
        let new = ("accept", NEW);
        let bad_token = ("authorization", "Bearer nonsense");
        let told = tried(
            &app,
            &[
                ("good", "POST", &[JSON, new], &good),
                ("good, old", "POST", &[JSON, OLD], &good),
                ("a syntax error", "POST", &[JSON, new], &syntax),
                ("a syntax error, old", "POST", &[JSON, OLD], &syntax),
                ("an unknown field", "POST", &[JSON, new], &unknown),
                ("an unknown field, old", "POST", &[JSON, OLD], &unknown),
                ("nobody signed in", "POST", &[JSON, new], &denied),
                ("a bad token", "POST", &[JSON, new, bad_token], &good),
                ("a bad token, old", "POST", &[JSON, OLD, bad_token], &good),
                ("an unknown hash", "POST", &[JSON, new], &hash.to_string()),
                (
                    "either, the old one rather",
                    "POST",
                    &[
                        JSON,
                        (
                            "accept",
                            "application/json, application/graphql-response+json;q=0.5",
                        ),
                    ],
                    &good,
                ),
            ],
        )
        .await;
        insta::assert_snapshot!(told, @r"
        good: 200 application/graphql-response+json no error
        good, old: 200 application/json no error
        a syntax error: 400 application/graphql-response+json BAD_REQUEST
        a syntax error, old: 200 application/json BAD_REQUEST
        an unknown field: 400 application/graphql-response+json BAD_REQUEST
        an unknown field, old: 200 application/json BAD_REQUEST
        nobody signed in: 200 application/graphql-response+json UNAUTHENTICATED
        a bad token: 401 application/graphql-response+json UNAUTHENTICATED
        a bad token, old: 401 application/json UNAUTHENTICATED
        an unknown hash: 400 application/graphql-response+json PERSISTED_QUERY_NOT_FOUND
        either, the old one rather: 200 application/json no error
        ");
    }

    async fn the_health_pages_and_the_development_page_answer(app: App) {
        let mut statuses = Vec::new();
        for path in ["/livez", "/readyz", "/", "/nothing"] {
            statuses.push(app.copy.send("GET", path, &[], "").await.status);
        }
        assert_eq!(statuses, [200, 200, 200, 404]);
    }
}
