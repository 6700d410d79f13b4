//! Every setting there is: key, default, unit, range and meaning, once.
//!
//! A line reads `name: kind = default, "unit", least => most;` and the sentence above it is its documentation everywhere: in the
//! code, in `config print` and in the README. What settings mean to each other stands in `rules`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::address::{DatabaseUrl, MailUrl, Network, Origin, RedisUrl, ScannerUrl};
use super::bucket::{BucketUrl, Passphrase};
use super::reader::Reader;
use super::secret::Secret;
use super::table::Preset::{ByMode, Is, Unset};
use super::table::{Setting, range, sections, within};
use super::value::{
    AuditReads, Introspection, LogFormat, RaiseFrom, RequiredRole, SocketOperations, Value,
};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

sections! {
    /// How the server listens, and whom it listens to.
    http: Http {
        /// Address and port the server listens on, in plain HTTP.
        listen: SocketAddr = Is("127.0.0.1:8080"), "";
        /// Origin under which browsers reach the server; its pages may always call the API.
        public_url: Option<Origin> = Unset, "";
        /// Further origins whose pages may call the API and open sockets.
        allowed_origins: Vec<Origin> = Unset, "";
        /// Proxies whose `X-Forwarded-For` is believed.
        trusted_proxies: Vec<Network> = Unset, "";
        /// A proxy in front of the server speaks TLS to the world; without it production listens on loopback only.
        behind_tls_proxy: bool = Is("false"), "";
        /// Open connections in total.
        max_connections: usize = Is("2000"), "connections", 1 => 100_000;
        /// Open connections from one address.
        max_connections_per_address: usize = Is("50"), "connections", 1 => 100_000;
        /// Largest request body that is read.
        body_limit: usize = Is("65536"), "bytes", 1_024 => 16_777_216;
        /// Longest time for one request, from its last byte to the answer.
        request_timeout: Duration = Is("10s"), "", SECOND => 5 * MINUTE;
        /// How long, once told to stop, the server goes on taking requests while it says that it is not ready: time for those who send them to turn elsewhere.
        drain: Duration = Is("1s"), "", Duration::ZERO => 5 * SECOND;
        /// Whether `/` serves GraphiQL, a page to try operations on.
        graphiql: bool = ByMode("true", "false"), "";
        /// Who may ask the schema what it contains; `token` is a signed-in administrator.
        introspection: Introspection = ByMode("on", "token"), "";
        /// File that lists the only documents to be run; without it any document is.
        trusted_documents: Option<PathBuf> = Unset, "";
    }

    /// Live subscriptions over WebSocket and Server-Sent Events; a stream of events counts as a socket.
    socket: Socket {
        /// Longest wait for the client's first message, which carries its token.
        init_timeout: Duration = Is("5s"), "", SECOND => MINUTE;
        /// Open sockets of one user.
        max_per_user: usize = Is("5"), "sockets", 1 => 10_000;
        /// Open sockets in total.
        max_total: usize = Is("1000"), "sockets", 1 => 100_000;
        /// Operations running at once on one socket.
        max_operations: usize = Is("20"), "operations", 1 => 1_000;
        /// Which operations a socket takes.
        operations: SocketOperations = Is("subscriptions"), "";
        /// Whether subscribers who may see the same of an event are sent one answer, resolved once for all of them.
        share_answers: bool = Is("true"), "";
        /// Pause between two pings while nothing is sent.
        ping: Duration = Is("20s"), "", SECOND => 10 * MINUTE;
        /// Longest time a message may wait for a client that does not read, and a ping for its answer.
        send_timeout: Duration = Is("10s"), "", SECOND => 5 * MINUTE;
        /// Longest life of a socket.
        max_age: Duration = Is("12h"), "", SECOND => 7 * DAY;
    }

    /// Where everything is kept; a PostgreSQL address makes the mode production.
    database: Database {
        /// Address of the database, SQLite or PostgreSQL.
        url: DatabaseUrl = Is("sqlite://{data}/patient-tracker.db?mode=rwc"), "";
        /// Connections held open to it.
        pool: u32 = Is("10"), "connections", 1 => 200;
        /// Longest time for one statement.
        statement_timeout: Duration = Is("5s"), "", SECOND => 10 * MINUTE;
    }

    /// The doorbell between copies of the server; any address makes the mode production.
    redis: Redis {
        /// Address of Redis; without it a copy rings only for itself.
        url: Option<RedisUrl> = Unset, "";
        /// File of the certificates (PEM) that Redis's may be signed by, for `rediss://`; without it those of the system.
        roots: Option<PathBuf> = Unset, "";
    }

    /// What live subscriptions are told from.
    events: Events {
        /// Time after which an event is forgotten; whoever comes back with an older cursor is told to read the state anew.
        retention: Duration = Is("14d"), "", HOUR => 3650 * DAY;
    }

    /// Passwords, tokens and sessions.
    identity: Identity {
        /// Who issues access tokens, as written into them and demanded from them.
        issuer: String = Is("patient-tracker"), "";
        /// Whom access tokens are for, as written into them and demanded from them.
        audience: String = Is("patient-tracker-api"), "";
        /// Life of an access token.
        access_token: Duration = Is("10min"), "", SECOND => HOUR;
        /// Idle time after which a patient's session ends.
        patient_idle: Duration = Is("30min"), "", SECOND => 7 * DAY;
        /// Idle time after which the session of anyone else ends.
        staff_idle: Duration = Is("15min"), "", SECOND => 7 * DAY;
        /// Time after which any session ends, however busy.
        session: Duration = Is("12h"), "", SECOND => 30 * DAY;
        /// Memory of one argon2id hash; the least is what OWASP advises.
        hash_memory: u32 = Is("19456"), "KiB", 19_456 => 1_048_576;
        /// Passes of one argon2id hash; the least is what OWASP advises.
        hash_iterations: u32 = Is("2"), "passes", 2 => 32;
        /// Hashes computed at once; each holds its memory.
        parallel_hashes: usize = Is("2"), "hashes", 1 => 64;
        /// Wrong passwords an account is forgiven before it has to wait.
        free_failures: u32 = Is("5"), "attempts", 1 => 20;
        /// Longest wait after a wrong password; it doubles from one second.
        longest_wait: Duration = Is("15min"), "", SECOND => DAY;
        /// Wrong passwords in a row after which an account is locked until someone helps.
        lock_after: u32 = Is("100"), "attempts", 10 => 1_000;
        /// Sign-ins one address may try at once.
        address_burst: u32 = Is("10"), "attempts", 1 => 10_000;
        /// Sign-ins one address may try for long.
        address_rate: u32 = Is("12"), "attempts per minute", 1 => 10_000;
        /// Whether whoever registers signs in only once their address is verified; without it, trying to sign in after registering shows whether the address had an account before.
        require_verified_email: bool = ByMode("false", "true"), "";
        /// Roles whose owners may do nothing before they have enrolled a second factor, and prove it again for what is dangerous.
        mfa_required_roles: Vec<RequiredRole> = Is("DOCTOR, ADMIN, ANALYST"), "";
    }

    /// What opens records.
    care: Care {
        /// Time for which a doctor who breaks the glass may read a record of a patient whom they do not treat.
        break_glass: Duration = Is("1h"), "", SECOND => HOUR;
    }

    /// Alerts on vital signs. By which bounds they are raised is a medical decision: the clinic's rules are the bands of NEWS2 (Royal College of Physicians, 2017), where to begin and no more, and a clinician's sign-off belongs before anybody relies on them.
    alerts: Alerts {
        /// Who signed the bounds off and when, in words; without it the server warns at each start that nobody has.
        signed_off: Option<String> = Unset, "";
        /// Which readings raise an alert by the clinic's rules and by a patient's own bounds.
        raise_from: RaiseFrom = Is("critical"), "";
        /// Time after which the next of the care team is called to an alert that nobody has taken on.
        escalate_after: Duration = Is("15min"), "", SECOND => DAY;
    }

    /// What orders of medications are held against, beside the chart.
    prescribing: Prescribing {
        /// File (JSON) of medications that do not go together; without one no interactions are known at all.
        interactions: Option<PathBuf> = Unset, "";
    }

    /// Files that are brought into records.
    documents: Documents {
        /// Folder of their bytes, sealed; one for all copies of the server, unless they go on to a bucket.
        folder: PathBuf = Is("{data}/documents"), "";
        /// Bucket of an S3-compatible service that their bytes lie in instead, and what their names there begin with.
        bucket: Option<BucketUrl> = Unset, "";
        /// Where that service is; without it Amazon's, in its region.
        s3_endpoint: Option<Origin> = Unset, "";
        /// Region that requests to it are signed for.
        s3_region: String = Is("us-east-1"), "";
        /// Identifier of the access key that requests to it are signed with.
        s3_key_id: Option<String> = Unset, "";
        /// The secret of that access key.
        s3_secret: Option<Passphrase> = Unset, "";
        /// Largest file that is taken.
        size: u32 = Is("20971520"), "bytes", 1_024 => 1_073_741_824;
        /// Files that one user may bring within 24 hours.
        per_day: u32 = Is("50"), "files", 1 => 100_000;
        /// The clamd that looks through each file before anybody is given it; without one all are taken for harmless.
        scanner: Option<ScannerUrl> = Unset, "";
        /// Time for which leave to bring a file is good, and the longest that bringing it may take.
        ticket: Duration = Is("5min"), "", SECOND => HOUR;
        /// Time for which a link to a file is good.
        link: Duration = Is("1min"), "", SECOND => HOUR;
    }

    /// Times that are given away.
    calendar: Calendar {
        /// Time for which a slot is held for somebody who has not booked it yet.
        hold: Duration = Is("5min"), "", SECOND => HOUR;
        /// Time for which a slot is held for somebody on the waiting list to whom it is offered.
        offer: Duration = Is("30min"), "", SECOND => DAY;
        /// Slots that one user may hold at once.
        holds_per_user: u32 = Is("3"), "slots", 1 => 100;
        /// How long before its beginning a patient can still call an appointment off or move it.
        cancel_cutoff: Duration = Is("2h"), "", SECOND => DAY * 30;
    }

    /// What reminders and calendars say of the clinic: it may be read by others, so best nothing of what is treated there.
    clinic: ClinicSettings {
        /// What it is called.
        name: String = Is("the clinic"), "";
        /// Where it is, on one line.
        address: Option<String> = Unset, "";
    }

    /// Letters to the owners of accounts: links to verify an address or to choose another password.
    mail: Mail {
        /// The server that takes them, `file` for a file each in a folder, or `off`: then nobody resets a password by themselves; production must say which.
        url: Option<MailUrl> = ByMode("file", ""), "";
        /// Whom they come from.
        from: String = Is("Patient Tracker <no-reply@localhost>"), "";
        /// Folder of the files that `file` writes.
        folder: PathBuf = Is("{data}/mail"), "";
        /// Origin of the pages that links lead to, `/reset-password` and `/verify-email`; without it a letter holds the bare token.
        links: Option<Origin> = Unset, "";
    }

    /// The keys; embedded, those not given are made and kept in the data folder, in production master, token and index must be given.
    keys: KeySettings {
        /// Key that wraps the keys under which people's data is sealed; lost, the data is lost.
        master: Option<Secret> = Unset, "";
        /// Further master keys, which open what they have wrapped and wrap nothing: the former ones, or one to come.
        master_others: Vec<Secret> = Unset, "";
        /// Key that signs access tokens; changed, access tokens are void and clients refresh: sessions stay.
        token: Option<Secret> = Unset, "";
        /// Key of the blind indexes that people are found by; it cannot change without rebuilding them.
        index: Option<Secret> = Unset, "";
    }

    /// What an operation may cost, and how often one may come.
    limits: Limits {
        /// Length of a document.
        query_bytes: usize = Is("16384"), "bytes", 256 => 1_048_576;
        /// Words and signs in a document.
        tokens: usize = Is("2000"), "tokens", 50 => 100_000;
        /// Brackets within brackets, which the parser pays for with its stack.
        nesting: usize = Is("24"), "levels", 4 => 200;
        /// Directives in a document.
        directives: usize = Is("20"), "directives", 0 => 1_000;
        /// Fragment spreads in a document.
        spreads: usize = Is("50"), "spreads", 0 => 1_000;
        /// Fields of an operation once its fragments are spread.
        fields: usize = Is("500"), "fields", 10 => 100_000;
        /// Fields within fields.
        depth: usize = Is("12"), "levels", 2 => 100;
        /// Cost of an operation, each list counted by its length.
        cost: usize = Is("5000"), "points", 100 => 10_000_000;
        /// Requests of one user, for long.
        user_rate: u32 = Is("50"), "requests per second", 1 => 100_000;
        /// Requests of one user, at once.
        user_burst: u32 = Is("100"), "requests", 1 => 100_000;
        /// Requests of one address without a token, for long.
        anonymous_rate: u32 = Is("5"), "requests per second", 1 => 100_000;
        /// Requests of one address without a token, at once.
        anonymous_burst: u32 = Is("20"), "requests", 1 => 100_000;
    }

    /// Files of the server's own.
    data: Data {
        /// Folder of the SQLite database and of the keys; made if missing, for its owner only.
        folder: PathBuf = Is("./data"), "";
    }

    /// The record of who looked at what and did what.
    audit: AuditSettings {
        /// File that checkpoints of the audit's chain are added to; best where whoever may write the database may not write.
        checkpoints: PathBuf = Is("{data}/audit-checkpoints.jsonl"), "";
        /// Whether looks are recorded before they are answered; `off` is for measuring what that costs, embedded only.
        reads: AuditReads = Is("durable"), "";
    }

    /// Numbers about the server, for Prometheus.
    metrics: Metrics {
        /// Address and port on which `/metrics` is served, to whoever reaches it; without one it is not served.
        listen: Option<SocketAddr> = Unset, "";
    }

    /// What the server tells about itself.
    log: Log {
        /// Form of a line.
        format: LogFormat = ByMode("text", "json"), "";
        /// Which lines are written, as in `info,patient_tracker=debug`.
        filter: String = Is("info"), "";
    }
}
