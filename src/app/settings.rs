//! From the configuration to what each floor is told of it.

use crate::auth::Throttle;
use crate::config::{Config, Introspection as Introspects, RaiseFrom};
use crate::error::Fault;
use crate::gate;
use crate::http::{EngineSettings, Introspection, Rate, socket};
use crate::interaction::{self, Interactions};
use crate::meter::Meter;
use crate::state::{Clinic, DocumentRules, Rules};
use chrono::TimeDelta;
use entity::code::AlertLevel;
use std::collections::HashSet;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

pub(super) fn engine_settings(
    config: &Config,
    always_checked: bool,
) -> Result<EngineSettings, Fault> {
    let limits = &config.limits;
    let trusted = match &config.http.trusted_documents {
        None => None,
        Some(path) => Some(trusted_documents(path)?),
    };
    Ok(EngineSettings {
        limits: gate::Limits {
            bytes: limits.query_bytes,
            tokens: limits.tokens,
            brackets: limits.nesting,
            directives: limits.directives,
            spreads: limits.spreads,
            fields: u32::try_from(limits.fields).unwrap_or(u32::MAX),
            depth: u32::try_from(limits.depth).unwrap_or(u32::MAX),
            cost: u64::try_from(limits.cost).unwrap_or(u64::MAX),
            ..gate::Limits::default()
        },
        introspection: match config.http.introspection {
            Introspects::On => Introspection::On,
            Introspects::Token => Introspection::Token,
            Introspects::Off => Introspection::Off,
        },
        trusted,
        timeout: config.http.request_timeout,
        shares_answers: config.socket.share_answers,
        always_checked,
    })
}

/// The clinic's list of medications that do not go together; nothing is known without one.
pub(super) fn interactions(config: &Config) -> Result<Arc<dyn Interactions>, Fault> {
    let Some(path) = &config.prescribing.interactions else {
        return Ok(Arc::new(interaction::Nothing));
    };
    let list = interaction::List::read(path);
    let wrong = |words: String| {
        Fault::unavailable(format!(
            "prescribing.interactions: {}: {words}",
            path.display()
        ))
    };
    Ok(Arc::new(list.map_err(wrong)?))
}

/// Says that nobody looks through files that are brought, if nobody does.
pub(super) fn warn_of_unscanned(config: &Config) {
    if config.documents.scanner.is_none() {
        tracing::info!(
            "No scanner is configured (documents.scanner): files are taken for harmless"
        );
    }
}

/// Says that nobody has signed the bounds of alerts off, if nobody has.
pub(super) fn warn_of_unsigned(config: &Config) {
    match &config.alerts.signed_off {
        Some(words) => tracing::info!(signed_off = words, "The bounds of alerts are signed off"),
        None => tracing::warn!(
            "No clinician has signed the bounds of alerts off (alerts.signed_off): nobody should rely on them"
        ),
    }
}

/// Reads a manifest as code generators write it: a JSON object whose keys, or whose values, are SHA-256 hashes.
fn trusted_documents(path: &std::path::Path) -> Result<HashSet<String>, Fault> {
    let text = std::fs::read(path).map_err(Fault::unavailable)?;
    let manifest: std::collections::HashMap<String, String> =
        serde_json::from_slice(&text).map_err(Fault::unavailable)?;
    let is_hash = |text: &String| text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
    let hashes: HashSet<String> = manifest
        .into_iter()
        .flat_map(|(key, value)| [key, value])
        .filter(is_hash)
        .map(|hash| hash.to_ascii_lowercase())
        .collect();
    if hashes.is_empty() {
        return Err(Fault::unavailable(
            "the manifest of trusted documents names no hash",
        ));
    }
    Ok(hashes)
}

pub(super) fn rules(config: &Config) -> Rules {
    let identity = &config.identity;
    Rules {
        patient_idle: delta(identity.patient_idle),
        staff_idle: delta(identity.staff_idle),
        session_absolute: delta(identity.session),
        require_verified_email: identity.require_verified_email,
        mfa_required: Rules::mfa_required(&identity.mfa_required_roles),
        cancel_cutoff: delta(config.calendar.cancel_cutoff),
        break_glass: delta(config.care.break_glass),
        hold: delta(config.calendar.hold),
        offer: delta(config.calendar.offer),
        holds_per_user: config.calendar.holds_per_user.into(),
        alerts_from: match config.alerts.raise_from {
            RaiseFrom::Abnormal => AlertLevel::Abnormal,
            RaiseFrom::Critical => AlertLevel::Critical,
        },
        alert_pause: delta(config.alerts.escalate_after),
        documents: DocumentRules {
            largest: config.documents.size.into(),
            per_day: config.documents.per_day.into(),
            ticket: delta(config.documents.ticket),
            link: delta(config.documents.link),
        },
        zone: chrono_tz::UTC,
        clinic: Clinic {
            name: config.clinic.name.clone(),
            address: config.clinic.address.clone(),
        },
        throttle: Throttle {
            free_failures: identity.free_failures,
            longest_wait: delta(identity.longest_wait),
            lock_after: identity.lock_after,
            address_burst: identity.address_burst,
            address_per_minute: identity.address_rate,
        },
    }
}

pub(super) fn delta(duration: Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX)
}

pub(super) fn rate(per_second: u32, burst: u32) -> Rate {
    Rate {
        per_second: NonZeroU32::new(per_second).unwrap_or(NonZeroU32::MIN),
        burst: NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN),
    }
}

pub(super) fn sockets(config: &Config, origins: &[String], meter: Meter) -> socket::Settings {
    socket::Settings {
        init_timeout: config.socket.init_timeout,
        send_timeout: config.socket.send_timeout,
        ping_every: config.socket.ping,
        silence_limit: config.socket.ping * 2,
        max_age: config.socket.max_age,
        operations_per_socket: config.socket.max_operations,
        sockets_per_owner: config.socket.max_per_user,
        sockets_total: config.socket.max_total,
        allowed_origins: origins.to_vec(),
        allow_same_host: true,
        meter,
        ..socket::Settings::default()
    }
}
