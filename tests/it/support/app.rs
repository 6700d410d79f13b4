//! The server under test, and what a test may ask of it behind its back.

use super::database::{Backend, Place};
use super::statements::Counter;
use patient_tracker::app::{Ground, Server};
use patient_tracker::clock::Clock;
use patient_tracker::config::{Config, Keys};
use patient_tracker::state::State;
use sea_orm::{ConnectionTrait as _, DbBackend, QueryResult, Statement};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Mutex;

/// One listening copy of the server.
#[derive(Clone)]
pub struct Copy {
    /// `127.0.0.1:…`.
    pub address: String,
    /// Where the numbers about it are, if they are anywhere.
    pub metrics: Option<String>,
    /// The floor under its verbs.
    pub state: Arc<State>,
    client: reqwest::Client,
}

/// An answer over HTTP.
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: reqwest::header::HeaderMap,
    /// The body, as it came.
    pub text: String,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text)
            .unwrap_or_else(|_| panic!("{} is answered, and no JSON: {}", self.status, self.text))
    }

    /// A header, empty if absent.
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }
}

impl Copy {
    /// A server in a process of its own; what else is asked of it is asked of this copy.
    pub fn elsewhere(&self, address: &str) -> Self {
        Self {
            address: address.to_owned(),
            metrics: None,
            client: reqwest::Client::new(),
            ..self.clone()
        }
    }

    /// The same as [`Self::run`], with the request's id; none when the server is gone before it has answered.
    pub async fn try_run(
        &self,
        token: &str,
        document: &str,
        variables: Value,
    ) -> Option<(String, Value)> {
        let body = json!({ "query": document, "variables": variables }).to_string();
        let request = self.client.post(format!("http://{}/graphql", self.address));
        let request = request
            .header("content-type", "application/json")
            .bearer_auth(token)
            .body(body);
        let response = request.send().await.ok()?;
        let id = response
            .headers()
            .get("x-request-id")?
            .to_str()
            .ok()?
            .to_owned();
        Some((id, serde_json::from_str(&response.text().await.ok()?).ok()?))
    }

    /// Runs an operation, with or without a token; the whole answer.
    pub async fn run(&self, token: Option<&str>, document: &str, variables: Value) -> Value {
        let body = json!({ "query": document, "variables": variables }).to_string();
        let mut headers = vec![
            ("content-type", "application/json"),
            ("accept", "application/graphql-response+json"),
        ];
        let bearer = token.map(|token| format!("Bearer {token}"));
        if let Some(bearer) = &bearer {
            headers.push(("authorization", bearer));
        }
        self.send("POST", "/graphql", &headers, body).await.json()
    }

    /// Sends any request.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<reqwest::Body>,
    ) -> Answer {
        let sent = self.try_send(method, path, headers, body).await;
        sent.expect("the server answers")
    }

    /// Sends any request to a server that may be gone.
    pub async fn try_send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<reqwest::Body>,
    ) -> reqwest::Result<Answer> {
        let url = format!("http://{}{path}", self.address);
        let mut request = self.client.request(method.parse().unwrap(), url).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await?;
        Ok(Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            text: response.text().await?,
        })
    }
}

struct Inner {
    backend: Backend,
    place: Place,
    config: Config,
    keys: Keys,
    clock: Clock,
    counter: Counter,
    servers: Mutex<Vec<Server>>,
}

/// The clinic under test. Cheap to clone.
#[derive(Clone)]
pub struct App {
    inner: Arc<Inner>,
    /// The first copy of the server.
    pub copy: Copy,
    /// The time of all copies.
    pub clock: Clock,
}

impl App {
    /// A server with nothing in it.
    pub async fn start(
        backend: Backend,
        counter: Counter,
        changed: &[(&'static str, &str)],
    ) -> Self {
        let place = Place::fresh(backend).await;
        let (config, keys) = place.configured_with(changed);
        let clock = Clock::system();
        let inner = Inner {
            backend,
            place,
            config,
            keys,
            clock: clock.clone(),
            counter,
            servers: Mutex::default(),
        };
        let copy = inner.serve(false).await;
        Self {
            inner: Arc::new(inner),
            copy,
            clock,
        }
    }

    /// Another copy of the server on the same data.
    pub async fn second_copy(&self) -> Copy {
        self.inner.serve(false).await
    }

    /// Another copy that asks the table of fields at every field.
    pub async fn checked_copy(&self) -> Copy {
        self.inner.serve(true).await
    }

    /// Stops every copy and starts one with these settings changed.
    pub async fn restart_with(&mut self, changed: &[(&'static str, &str)]) {
        self.stop().await;
        self.copy = self.copy_with(changed).await;
    }

    /// Stops every copy. The floor under the verbs is gone with them.
    pub async fn stop(&self) {
        for server in self.inner.servers.lock().await.drain(..) {
            server.stop().await;
        }
    }

    /// Another copy with these settings changed.
    pub async fn copy_with(&self, changed: &[(&'static str, &str)]) -> Copy {
        let (config, keys) = self.inner.place.configured_with(changed);
        self.inner.serve_as(&config, &keys, false).await
    }

    /// The program as an operator starts it beside the server, with these settings changed.
    pub fn command(&self, changed: &[(&'static str, &str)], arguments: &[&str]) -> Command {
        let mut command = self.inner.place.command(changed);
        command.args(arguments);
        command
    }

    /// Runs a command to its end: what it says when it succeeds, or what it complains of.
    pub async fn cli(
        &self,
        changed: &[(&'static str, &str)],
        arguments: &[&str],
    ) -> Result<String, String> {
        let mut command = self.command(changed, arguments);
        let done = tokio::task::spawn_blocking(move || command.output().unwrap());
        let done = done.await.unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        match done.status.success() {
            true => Ok(text(done.stdout)),
            false => Err(text(done.stderr)),
        }
    }

    /// Stops every copy and starts one, as after a restart.
    pub async fn restart(&mut self) {
        self.stop().await;
        self.copy = self.inner.serve(false).await;
    }

    /// Which database this is.
    pub fn backend(&self) -> Backend {
        self.inner.backend
    }

    /// The floor under the verbs.
    pub fn state(&self) -> &Arc<State> {
        &self.copy.state
    }

    /// So many statements were sent until now by requests on their way to their answers, at all copies: not those of the copies'
    /// own rounds, nor those of what goes on after an answer.
    pub fn statements(&self) -> u64 {
        self.inner.counter.of_requests()
    }

    /// So many statements were sent until now, by all copies, for whatever.
    pub fn all_statements(&self) -> u64 {
        self.inner.counter.all()
    }

    /// What all copies have logged until now.
    pub fn logged(&self) -> String {
        self.inner.counter.logged()
    }

    /// The rows of a select; `$1` and the like stand in neither of the two databases' ways.
    pub async fn select(&self, sql: &str) -> Vec<QueryResult> {
        let backend = match self.backend() {
            Backend::Sqlite => DbBackend::Sqlite,
            Backend::Postgres => DbBackend::Postgres,
        };
        let statement = Statement::from_string(backend, sql.to_owned());
        self.state()
            .db
            .read()
            .query_all_raw(statement)
            .await
            .unwrap()
    }

    /// The one number that a select finds.
    pub async fn number(&self, sql: &str) -> i64 {
        let rows = self.select(sql).await;
        rows.first().unwrap().try_get_by_index(0).unwrap()
    }

    /// Changes rows behind the server's back.
    pub async fn execute(&self, sql: &str) {
        self.try_execute(sql).await.unwrap();
    }

    /// The same, where the database may refuse it.
    pub async fn try_execute(&self, sql: &str) -> Result<(), sea_orm::DbErr> {
        let done = self.state().db.schema().execute_unprepared(sql).await;
        done.map(drop)
    }

    /// The folder of the server's own files.
    pub fn folder(&self) -> &std::path::Path {
        self.inner.place.folder.path()
    }

    /// Where the data lies: the SQLite file, or the PostgreSQL database's URL.
    pub fn data(&self) -> (PathBuf, Option<String>) {
        let file = self.inner.place.folder.path().join("patient-tracker.db");
        (file, self.inner.place.url())
    }

    /// Stops all copies and takes the database away.
    pub async fn end(self) {
        for server in self.inner.servers.lock().await.drain(..) {
            let stopped = tokio::time::timeout(Duration::from_secs(20), server.stop()).await;
            assert!(stopped.is_ok(), "the server stops");
        }
        self.inner.place.drop().await;
    }
}

impl Inner {
    async fn serve(&self, always_checked: bool) -> Copy {
        self.serve_as(&self.config, &self.keys, always_checked)
            .await
    }

    async fn serve_as(&self, config: &Config, keys: &Keys, always_checked: bool) -> Copy {
        let ground = Ground::open(config, keys, self.clock.clone());
        let ground = ground
            .await
            .unwrap_or_else(|fault| panic!("the ground opens: {fault:?}"));
        let state = Arc::clone(&ground.state);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Server::start_with(config, ground, listener, always_checked);
        let server = server.unwrap_or_else(|fault| panic!("the server starts: {fault:?}"));
        let address = server.address.to_string();
        let metrics = server.metrics.map(|address| address.to_string());
        self.servers.lock().await.push(server);
        Copy {
            address,
            metrics,
            state,
            client: reqwest::Client::new(),
        }
    }
}
