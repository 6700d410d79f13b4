//! `GET /metrics`: what the process counts of itself ([`Meter`]), in the text format of Prometheus and OpenMetrics.
//!
//! It has a listener of its own, on the address that the operator names and no other, for whoever reads it reads how busy
//! the clinic is; without an address there is none. Nothing in it is about a person.

use super::listener;
use crate::meter::{BOUNDS, Meter, Tally, Times};
use crate::state::State;
use axum::Router;
use axum::extract::State as From;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::{Registry, Unit};
use std::fmt;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// Prometheus reads it as it reads its own format, of which it is all but the last line a part.
const MEDIA: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Serves the numbers until the server stops.
pub async fn serve(listener: TcpListener, state: Arc<State>, stopping: watch::Receiver<bool>) {
    let mut registry = Registry::with_prefix("patient_tracker");
    registry.register_collector(Box::new(Reading(state)));
    let router = Router::new()
        .route("/metrics", get(page))
        .with_state(Arc::new(registry));
    let settings = listener::Settings {
        connections_total: 20,
        connections_per_address: 20,
        ..listener::Settings::default()
    };
    listener::serve(listener, router, settings, stopping).await;
}

async fn page(From(registry): From<Arc<Registry>>) -> Response {
    let mut written = String::with_capacity(16 * 1024);
    match text::encode(&mut written, &registry) {
        Ok(()) => ([(header::CONTENT_TYPE, MEDIA)], written).into_response(),
        Err(fmt::Error) => axum::http::StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// Reads the meter whenever somebody asks.
struct Reading(Arc<State>);

impl fmt::Debug for Reading {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Reading")
    }
}

impl Collector for Reading {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut page = Page(encoder);
        let meter: &Meter = self.0.db.meter();
        self.requests(&mut page, meter)?;
        self.live(&mut page, meter)?;
        self.ground(&mut page, meter)
    }
}

impl Reading {
    fn requests(&self, page: &mut Page<'_>, meter: &Meter) -> fmt::Result {
        page.tally(
            "requests",
            "Queries and mutations answered by POST",
            "outcome",
            &meter.requests,
        )?;
        page.stages(&[
            ("gate", &meter.gate),
            ("execute", &meter.execute),
            ("audit", &meter.audit_wait),
            ("writer", &meter.writer_wait),
            ("connection", &meter.connection_wait),
        ])?;
        page.tally(
            "sign_ins_refused",
            "Sign-ins refused",
            "reason",
            &meter.sign_ins_refused,
        )
    }

    fn live(&self, page: &mut Page<'_>, meter: &Meter) -> fmt::Result {
        let levels = [
            ("sockets", "Open WebSockets", &meter.sockets),
            (
                "streams",
                "Open streams of Server-Sent Events",
                &meter.streams,
            ),
            (
                "subscriptions",
                "Live operations under way",
                &meter.subscriptions,
            ),
        ];
        for (name, help, level) in levels {
            page.level(name, help, level.get())?;
        }
        page.tally(
            "live_operations",
            "Live operations asked for, by what became of the start",
            "outcome",
            &meter.operations,
        )?;
        page.tally(
            "live_ended",
            "Sockets and streams that have ended",
            "cause",
            &meter.ends,
        )?;
        page.count(
            "deliveries",
            "Results handed to sockets and streams",
            meter.deliveries.get(),
        )?;
        page.count(
            "events_read",
            "Events read from the log for those who follow",
            meter.events.get(),
        )?;
        page.times(
            "bell_lag",
            "From a commit to its bell having been rung",
            &meter.bell_lag,
        )?;
        page.times(
            "event_lag",
            "From an event to its being read from the log",
            &meter.read_lag,
        )?;
        page.level(
            "bells_waiting",
            "Commits whose bell has not been rung yet",
            as_level(self.0.db.usage().bells),
        )?;
        page.count(
            "bells_dropped",
            "Bells that found their queue full",
            meter.bells_dropped.get(),
        )?;
        page.count(
            "bells_lost",
            "Bells that Redis did not take",
            meter.bells_lost.get(),
        )?;
        page.level(
            "redis_listening",
            "Whether Redis is listened to",
            meter.bus.get(),
        )?;
        page.count(
            "redis_begun",
            "How often listening to Redis has begun",
            meter.bus_begun.get(),
        )
    }

    fn ground(&self, page: &mut Page<'_>, meter: &Meter) -> fmt::Result {
        let usage = self.0.db.usage();
        let levels = [
            (
                "connections_busy",
                "Connections to the database in use",
                usage.connections.0,
            ),
            (
                "connections",
                "Connections to the database that there may be",
                usage.connections.1,
            ),
            ("writers_busy", "Writes under way", usage.writers.0),
            ("writers", "Writes that may be under way", usage.writers.1),
        ];
        for (name, help, level) in levels {
            page.level(name, help, as_level(level))?;
        }
        page.level(
            "audit_waiting",
            "Requests that wait for the audit",
            meter.audit_waiting.get(),
        )?;
        page.count(
            "audit_rows",
            "Looks that the audit has recorded",
            meter.audit_rows.get(),
        )?;
        page.count(
            "audit_sealed",
            "Entries put into the audit's chain",
            meter.audit_sealed.get(),
        )?;
        page.count(
            "connections_stalled",
            "Connections cut off for taking nothing",
            meter.stalled.get(),
        )?;
        page.count(
            "connections_refused",
            "Connections refused for want of a seat",
            meter.unseated.get(),
        )
    }
}

fn as_level(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The page as it is written.
struct Page<'a>(DescriptorEncoder<'a>);

impl Page<'_> {
    fn metric<'s>(
        &'s mut self,
        name: &'s str,
        help: &str,
        unit: Option<&'s Unit>,
        kind: MetricType,
    ) -> Result<MetricEncoder<'s>, fmt::Error> {
        self.0.encode_descriptor(name, help, unit, kind)
    }

    fn count(&mut self, name: &str, help: &str, count: u64) -> fmt::Result {
        let mut metric = self.metric(name, help, None, MetricType::Counter)?;
        metric.encode_counter::<NoLabelSet, _, u64>(&count, None)
    }

    fn level(&mut self, name: &str, help: &str, level: i64) -> fmt::Result {
        let mut metric = self.metric(name, help, None, MetricType::Gauge)?;
        metric.encode_gauge(&level)
    }

    fn tally(&mut self, name: &str, help: &str, label: &str, tally: &Tally) -> fmt::Result {
        let mut metric = self.metric(name, help, None, MetricType::Counter)?;
        for (word, count) in tally.counts() {
            let labels = [(label, word)];
            let mut one = metric.encode_family(&labels)?;
            one.encode_counter::<NoLabelSet, _, u64>(&count, None)?;
        }
        Ok(())
    }

    fn times(&mut self, name: &str, help: &str, times: &Times) -> fmt::Result {
        let mut metric = self.metric(name, help, Some(&Unit::Seconds), MetricType::Histogram)?;
        spans(&mut metric, times)
    }

    fn stages(&mut self, stages: &[(&str, &Times)]) -> fmt::Result {
        let help = "How long the stages of a request take";
        let mut metric = self.metric("stage", help, Some(&Unit::Seconds), MetricType::Histogram)?;
        for (stage, times) in stages {
            let labels = [("stage", *stage)];
            spans(&mut metric.encode_family(&labels)?, times)?;
        }
        Ok(())
    }
}

fn spans(metric: &mut MetricEncoder<'_>, times: &Times) -> fmt::Result {
    let (counts, seconds) = times.read();
    let bounds = BOUNDS.into_iter().chain([f64::INFINITY]);
    let spans: Vec<(f64, u64)> = bounds.zip(counts).collect();
    let all = counts.iter().sum();
    metric.encode_histogram::<NoLabelSet>(seconds, all, &spans, None)
}
