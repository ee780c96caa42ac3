//! Traces and metrics to an OpenTelemetry collector: OTLP over HTTP, in protobuf.
//!
//! The exporter has a thread with a runtime of its own, so that a slow collector slows nobody down. Each second the calls of the Interval
//! that closed become spans; now and then the families become metrics. What the collector does not take is dropped and counted, and
//! neither is sent again: metrics are sums since the start, and the next ones hold all that these did.

mod metrics;
mod send;
mod spans;

use std::{io, sync::mpsc, time::Duration};

use tokio::{
    sync::{broadcast::error::RecvError, oneshot},
    time::{MissedTickBehavior, interval},
};

use self::send::Collector;
use super::Telemetry;
use crate::model::Interval;

/// How long the last words may take.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// What is sent where.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Scheme, host and port of the collector.
    pub endpoint: String,
    /// Whether calls are sent as spans.
    pub traces: bool,
    /// Whether metrics are sent.
    pub metrics: bool,
    /// How often metrics are sent.
    pub period: Duration,
}

/// Sends until it is ended or dropped.
#[derive(Debug)]
pub struct Exporter {
    stop: Option<oneshot::Sender<()>>,
    ended: mpsc::Receiver<()>,
}

impl Exporter {
    /// Begins to send.
    ///
    /// # Errors
    /// When the thread or its runtime cannot be made.
    pub fn start(telemetry: Telemetry, wanted: Wanted) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = oneshot::channel();
        let (end, ended) = mpsc::channel();
        std::thread::Builder::new().name("otlp".into()).spawn(move || {
            runtime.block_on(run(telemetry, wanted, stopped));
            runtime.shutdown_background();
            let _ = end.send(());
        })?;
        Ok(Self { stop: Some(stop), ended })
    }

    /// Sends what waits, for a few seconds at most, and ends.
    pub fn end(mut self) {
        drop(self.stop.take());
        let _ = self.ended.recv_timeout(LAST_WORDS + Duration::from_secs(1));
    }
}

async fn run(telemetry: Telemetry, wanted: Wanted, mut stopped: oneshot::Receiver<()>) {
    let mut collector = match Collector::new(&wanted.endpoint) {
        Ok(collector) => collector,
        Err(error) => return tracing::error!(%error, "[otlp]: no client for the collector; nothing is sent"),
    };
    let Some((_, mut intervals)) = telemetry.hub.subscribe().await else { return };
    let mut metrics = interval(wanted.period);
    metrics.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            _ = &mut stopped => break,
            heard = intervals.recv() => match heard {
                Ok(interval) if wanted.traces => send_calls(&mut collector, &telemetry, &interval).await,
                Ok(_) => {}
                Err(RecvError::Lagged(count)) => collector.lost(count),
                Err(RecvError::Closed) => return,
            },
            _ = metrics.tick(), if wanted.metrics => send_metrics(&mut collector, &telemetry).await,
        }
    }
    let last_words = async {
        if wanted.traces {
            while let Ok(interval) = intervals.try_recv() {
                send_calls(&mut collector, &telemetry, &interval).await;
            }
            // What was answered since the last tick is in the Interval that closes next.
            if let Ok(interval) = intervals.recv().await {
                send_calls(&mut collector, &telemetry, &interval).await;
            }
        }
        if wanted.metrics {
            send_metrics(&mut collector, &telemetry).await;
        }
    };
    let _ = tokio::time::timeout(LAST_WORDS, last_words).await;
}

async fn send_calls(collector: &mut Collector, telemetry: &Telemetry, interval: &Interval) {
    if let Some((request, count)) = spans::request(telemetry.hub.info(), &interval.calls) {
        collector.send("/v1/traces", &request, count).await;
    }
}

async fn send_metrics(collector: &mut Collector, telemetry: &Telemetry) {
    let Some(families) = telemetry.families().await else { return };
    let request = metrics::request(telemetry.hub.info(), &families);
    collector.send("/v1/metrics", &request, 0).await;
}
