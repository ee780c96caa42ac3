//! Where numbers go: an address of their own for metrics, and a collector.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};
use toml::{Spanned, de::DeValue};

/// `[metrics]`: where metrics are read from besides the endpoint.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Metrics {
    /// Address and port; empty for none (see [`Metrics::address`]).
    pub listen: String,
}

impl Metrics {
    /// The address, if there is one. Port 0 takes a free one.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        self.listen.parse().ok()
    }
}

/// `[otlp]`: where traces and metrics are sent to. Only a build with the feature `otlp` can.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Otlp {
    /// Scheme, host and port of the collector; empty for none.
    pub endpoint: String,
    /// Whether calls are sent as spans.
    pub traces: bool,
    /// Whether metrics are sent.
    pub metrics: bool,
    /// How often metrics are sent, in seconds, 1 to 3,600.
    pub period_s: u32,
}

impl Default for Otlp {
    fn default() -> Self {
        Self { endpoint: String::new(), traces: true, metrics: true, period_s: 15 }
    }
}

pub(super) fn is_address(value: &Spanned<DeValue<'_>>) -> bool {
    value.get_ref().as_str().is_some_and(|text| text.is_empty() || text.parse::<SocketAddr>().is_ok())
}

/// Plain HTTP, for there is no TLS in the process.
pub(super) fn is_collector(value: &Spanned<DeValue<'_>>) -> bool {
    let plain = |text: &str| text.starts_with("http://") && super::kind::is_origin(text);
    value.get_ref().as_str().is_some_and(|text| text.is_empty() || plain(text))
}
