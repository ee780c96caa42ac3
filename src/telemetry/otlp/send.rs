//! One request to the collector.

use std::time::{Duration, Instant};

use prost::Message;

/// How long the collector may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often its troubles are told.
const TOLD_EVERY: Duration = Duration::from_mins(1);

/// The collector as it is spoken with.
pub(super) struct Collector {
    client: reqwest::Client,
    endpoint: String,
    /// Spans that it did not get.
    lost: u64,
    told: Option<Instant>,
}

impl Collector {
    pub(super) fn new(endpoint: &str) -> reqwest::Result<Self> {
        // A proxy is for what is far away, and would be told everything.
        let client =
            reqwest::Client::builder().timeout(PATIENCE).no_proxy().redirect(reqwest::redirect::Policy::none()).build()?;
        Ok(Self { client, endpoint: endpoint.trim_end_matches('/').to_owned(), lost: 0, told: None })
    }

    /// Sends a request that holds `spans` spans.
    pub(super) async fn send(&mut self, path: &str, request: &impl Message, spans: u64) {
        let url = format!("{}{path}", self.endpoint);
        let sent = self.client.post(&url).header("content-type", "application/x-protobuf").body(request.encode_to_vec()).send();
        let problem = match sent.await {
            Ok(answer) if answer.status().is_success() => {
                self.told = None;
                return;
            }
            Ok(answer) => format!("it answered {}", answer.status()),
            Err(error) => error.without_url().to_string(),
        };
        self.lost(spans);
        if self.told.is_none_or(|told| told.elapsed() >= TOLD_EVERY) {
            self.told = Some(Instant::now());
            tracing::warn!(url, problem, spans_lost = self.lost, "the collector did not take what was sent");
        }
    }

    /// Counts spans that cannot be sent.
    pub(super) fn lost(&mut self, spans: u64) {
        self.lost += spans;
    }
}
