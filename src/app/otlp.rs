//! What a collector is told of a server, if its settings name one.

#[cfg(feature = "otlp")]
use crate::telemetry::otlp::{Exporter, Wanted};
use crate::{app::Failure, config, telemetry::Telemetry};

/// Sends traces and metrics. In a build without the feature `otlp` there is none, and the settings are refused that ask for one.
pub(super) struct Otlp {
    #[cfg(feature = "otlp")]
    exporter: Exporter,
}

impl Otlp {
    /// Begins to send, if the settings name a collector.
    #[cfg(feature = "otlp")]
    pub(super) fn start(telemetry: &Telemetry, settings: &config::Otlp) -> Result<Option<Self>, Failure> {
        if settings.endpoint.is_empty() {
            return Ok(None);
        }
        let wanted = Wanted {
            endpoint: settings.endpoint.clone(),
            traces: settings.traces,
            metrics: settings.metrics,
            period: std::time::Duration::from_secs(settings.period_s.into()),
        };
        let exporter = Exporter::start(telemetry.clone(), wanted);
        let exporter = exporter.map_err(|error| Failure::wrong(format!("[otlp]: the exporter cannot be started: {error}")))?;
        Ok(Some(Self { exporter }))
    }

    /// Nothing to begin.
    #[cfg(not(feature = "otlp"))]
    #[expect(clippy::unnecessary_wraps, reason = "a build with the feature can fail")]
    pub(super) fn start(_: &Telemetry, _: &config::Otlp) -> Result<Option<Self>, Failure> {
        Ok(None)
    }

    /// Sends what waits, for a few seconds at most, and ends.
    #[cfg_attr(not(feature = "otlp"), expect(clippy::unused_self, reason = "a build with the feature has an exporter"))]
    pub(super) fn end(self) {
        #[cfg(feature = "otlp")]
        self.exporter.end();
    }
}
