//! The kit: what the commands of a comparison must agree on, in one file that only its owner can read.

use crate::http::Target;
use crate::output::{Done, Told};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use rand::Rng as _;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::Sha256;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// Where our server listens in a comparison.
pub const PORT: u16 = 4120;

/// Databases, keys and accounts of a comparison.
#[derive(Clone, Serialize, Deserialize)]
pub struct Kit {
    /// The rows as the others read them.
    pub source: String,
    /// The same rows, sealed.
    pub database: String,
    /// The bus of both, if there is one.
    pub redis: Option<String>,
    /// The three keys of our server, as it takes them from its environment.
    pub keys: [String; 3],
    /// The address of the doctor who treats everybody.
    pub email: String,
    /// The address of an administrator.
    pub admin: String,
    /// The password of both.
    pub password: String,
    /// What the others' tokens are signed with.
    pub peer_secret: String,
    /// The visit of ten minutes that is booked, as clients name it.
    pub visit_type: String,
}

impl Kit {
    /// A kit with fresh keys.
    #[must_use]
    pub fn new(source: String, database: String, redis: Option<String>) -> Self {
        Self {
            source,
            database,
            redis,
            keys: [(); 3].map(|()| STANDARD.encode(random())),
            email: "bench@clinic.test".to_owned(),
            admin: "bench-admin@clinic.test".to_owned(),
            password: Self::new_password(),
            peer_secret: URL_SAFE_NO_PAD.encode(random()),
            visit_type: String::new(),
        }
    }

    /// A password that nobody guesses.
    #[must_use]
    pub fn new_password() -> String {
        URL_SAFE_NO_PAD.encode(random())
    }

    /// Reads one from its file.
    pub fn read(path: &Path) -> Done<Self> {
        let text = std::fs::read(path).told(&path.display().to_string())?;
        serde_json::from_slice(&text).told(&path.display().to_string())
    }

    /// Writes it to a file for its owner alone.
    pub fn write(&self, path: &Path) -> Done<()> {
        let text = serde_json::to_vec_pretty(self).told("the kit as JSON")?;
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        let file = options.open(path);
        file.and_then(|mut file| file.write_all(&text))
            .told(&path.display().to_string())
    }

    /// What our server is started with: the settings of production, with room for a single client that asks as fast as
    /// it can. Nothing that protects data is off but the
    /// second factor, which the load has no authenticator for.
    #[must_use]
    pub fn environment(&self, port: u16, folder: &Path) -> Vec<(String, String)> {
        let ours = |name: &str, value: &str| (format!("PATIENT_TRACKER_{name}"), value.to_owned());
        let [master, token, index] = &self.keys;
        let mut environment = vec![
            ("DATABASE_URL".to_owned(), self.database.clone()),
            ours("KEYS_MASTER", master),
            ours("KEYS_TOKEN", token),
            ours("KEYS_INDEX", index),
            ours("HTTP_LISTEN", &format!("127.0.0.1:{port}")),
            ours("HTTP_MAX_CONNECTIONS", "20000"),
            ours("HTTP_MAX_CONNECTIONS_PER_ADDRESS", "20000"),
            ours("SOCKET_MAX_TOTAL", "20000"),
            ours("SOCKET_MAX_PER_USER", "10000"),
            ours("LIMITS_USER_RATE", "100000"),
            ours("LIMITS_USER_BURST", "100000"),
            ours("LIMITS_ANONYMOUS_RATE", "100000"),
            ours("LIMITS_ANONYMOUS_BURST", "100000"),
            ours("IDENTITY_ADDRESS_BURST", "10000"),
            ours("IDENTITY_ADDRESS_RATE", "10000"),
            ours("IDENTITY_ACCESS_TOKEN", "1h"),
            ours("IDENTITY_PATIENT_IDLE", "12h"),
            ours("IDENTITY_STAFF_IDLE", "12h"),
            ours("IDENTITY_SESSION", "12h"),
            // The load signs in by password alone; a second factor would be a cost of signing in, not of the requests.
            ours("IDENTITY_MFA_REQUIRED_ROLES", "NONE"),
            // It sends none.
            ours("MAIL_URL", "off"),
            ours("IDENTITY_REQUIRE_VERIFIED_EMAIL", "false"),
            ours("DATA_FOLDER", &folder.display().to_string()),
            ours("LOG_FILTER", "warn"),
        ];
        environment.extend(self.redis.clone().map(|url| ("REDIS_URL".to_owned(), url)));
        environment
    }

    /// An access token of our server, signed in as anybody would be.
    pub async fn sign_in(&self, server: &Target) -> Done<String> {
        sign_in(server, &self.email, &self.password).await
    }

    /// A token that the others take: a doctor, signed with the kit's secret, good for a long time.
    #[must_use]
    pub fn peer_token(&self) -> String {
        let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let head = part(json!({ "alg": "HS256", "typ": "JWT" }));
        let claims = json!({ "sub": "bench", "role": "DOCTOR", "iat": 1_700_000_000, "exp": 4_102_444_800_u64 });
        let signed = format!("{head}.{}", part(claims));
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.peer_secret.as_bytes()) else {
            // HMAC takes keys of any length; the type cannot say so.
            return signed;
        };
        mac.update(signed.as_bytes());
        let signature = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
        format!("{signed}.{signature}")
    }
}

/// Signs in over the API.
pub async fn sign_in(server: &Target, email: &str, password: &str) -> Done<String> {
    let query = "mutation SignIn($input: SignInInput!) {
        signIn(input: $input) { authSession { accessToken } userErrors { code message } } }";
    let input = json!({ "input": { "email": email, "password": password, "device": "bench" } });
    let data = server.ask(query, input).await?;
    let token = data.pointer("/signIn/authSession/accessToken");
    token
        .and_then(|token| token.as_str())
        .map(str::to_owned)
        .ok_or_else(|| format!("nobody was signed in: {data}"))
}

fn random() -> [u8; 32] {
    let mut bytes = [0; 32];
    rand::rng().fill_bytes(&mut bytes);
    bytes
}
