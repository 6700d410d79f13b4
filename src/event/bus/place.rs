//! Which Redis: one server, or whichever server its sentinels name at the time.

use crate::config::{Login, RedisUrl, Sentinels};
use redis::io::tcp::TcpSettings;
use redis::sentinel::{SentinelClient, SentinelClientBuilder, SentinelServerType};
use redis::{
    Client, ConnectionAddr, IntoConnectionInfo as _, RedisResult, TlsCertificates, TlsMode,
};
use tokio::sync::Mutex;

/// Which Redis.
pub(super) enum Place {
    /// This one.
    Server(Client),
    /// The one that the sentinels name; another after a failover.
    Sentinels(Mutex<SentinelClient>),
}

impl Place {
    /// The place that the address names. With TLS a server must prove who it is by a certificate that `roots` (PEM) has
    /// signed, or without them one of the system's.
    pub(super) fn of(url: &RedisUrl, roots: Option<Vec<u8>>) -> RedisResult<Self> {
        let roots = roots.map(|roots| TlsCertificates {
            client_tls: None,
            root_cert: Some(roots),
        });
        match url.sentinels() {
            Some(sentinels) => Ok(Self::Sentinels(Mutex::new(watched(sentinels, roots)?))),
            None => Ok(Self::Server(server(url.expose(), roots)?)),
        }
    }

    /// The server to speak to now. Sentinels are asked, and the one they name must say itself that it takes writes.
    pub(super) async fn server(&self) -> RedisResult<Client> {
        match self {
            Self::Server(client) => Ok(client.clone()),
            Self::Sentinels(sentinels) => sentinels.lock().await.async_get_client().await,
        }
    }

    /// Whether another server is the right one by now. One that was cut off from its sentinels goes on to answer, and
    /// would ring for nobody.
    pub(super) async fn has_left(&self, server: &Client) -> RedisResult<bool> {
        match self {
            Self::Server(_) => Ok(false),
            Self::Sentinels(_) => {
                let now = self.server().await?;
                Ok(now.get_connection_info().addr() != server.get_connection_info().addr())
            }
        }
    }
}

/// Small things are sent at once: a bell that waits for another to share a packet with is late.
fn at_once() -> TcpSettings {
    TcpSettings::default().set_nodelay(true)
}

fn server(url: &str, roots: Option<TlsCertificates>) -> RedisResult<Client> {
    let info = url.into_connection_info()?.set_tcp_settings(at_once());
    match roots {
        None => Client::open(info),
        Some(roots) => Client::build_with_tls(info, roots),
    }
}

fn watched(it: Sentinels, roots: Option<TlsCertificates>) -> RedisResult<SentinelClient> {
    let is_tls = it.is_tls;
    let address = |(host, port)| match is_tls {
        false => ConnectionAddr::Tcp(host, port),
        true => ConnectionAddr::TcpTls {
            host,
            port,
            insecure: false,
            tls_params: None,
        },
    };
    let addresses = it.hosts.into_iter().map(address);
    let mut made = SentinelClientBuilder::new(addresses, it.service, SentinelServerType::Master)?
        .set_client_to_redis_db(it.database)
        .set_client_to_redis_tcp_settings(at_once());
    if is_tls {
        made = made.set_client_to_redis_tls_mode(TlsMode::Secure);
        if let Some(roots) = roots {
            made = made
                .set_client_to_redis_certificates(roots.clone())
                .set_client_to_sentinel_certificates(roots);
        }
    }
    let Login { user, password } = it.at_server;
    if let Some(user) = user {
        made = made.set_client_to_redis_username(user);
    }
    if let Some(password) = password {
        made = made.set_client_to_redis_password(password.as_str());
    }
    let Login { user, password } = it.at_sentinel;
    if let Some(user) = user {
        made = made.set_client_to_sentinel_username(user);
    }
    if let Some(password) = password {
        made = made.set_client_to_sentinel_password(password.as_str());
    }
    made.build()
}
