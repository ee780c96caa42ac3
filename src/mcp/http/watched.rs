//! What programs that watch a server ask for: whether it lives, whether it is ready, its numbers.

use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};

use super::answers::{self, Answer};
use crate::{
    pool,
    telemetry::{Form, Telemetry, write},
};

/// Answers programs that watch. Cheap to clone.
#[derive(Clone)]
pub(super) struct Watched {
    pub(super) pool: pool::Handle,
    pub(super) telemetry: Telemetry,
}

/// Paths that need no token.
pub(super) fn is_open(path: &str) -> bool {
    matches!(path, "/healthz" | "/readyz")
}

impl Watched {
    /// The answer to a request for one of its paths. `trusted` callers are told the state of each part, too.
    pub(super) async fn answer(&self, path: &str, method: &Method, headers: &HeaderMap, trusted: bool) -> Option<Answer> {
        Some(match path {
            "/healthz" => answers::text(StatusCode::OK, "ok\n"),
            "/readyz" => self.ready(trusted).await,
            "/metrics" if method == Method::GET || method == Method::HEAD => self.metrics(headers).await,
            "/metrics" => {
                let mut answer = answers::text(StatusCode::METHOD_NOT_ALLOWED, "only GET\n");
                answer.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
                answer
            }
            _ => return None,
        })
    }

    /// Ready when a call would find a worker, or one that finishes in time.
    async fn ready(&self, trusted: bool) -> Answer {
        let (status, words) = match self.pool.status().await {
            Some(status) if status.live > 0 => (StatusCode::OK, "ready\n"),
            Some(_) => (StatusCode::SERVICE_UNAVAILABLE, "no worker is ready\n"),
            None => (StatusCode::SERVICE_UNAVAILABLE, "shutting down\n"),
        };
        if !trusted {
            return answers::text(status, words);
        }
        let mut health = self.telemetry.health.report().await;
        // The report may be a second old; the status is not.
        health.ready = status == StatusCode::OK;
        match serde_json::to_string(&health) {
            Ok(body) => answer(status, "application/json", body),
            Err(_) => answers::text(status, words),
        }
    }

    async fn metrics(&self, headers: &HeaderMap) -> Answer {
        let Some(families) = self.telemetry.families().await else {
            return answers::text(StatusCode::SERVICE_UNAVAILABLE, "shutting down\n");
        };
        let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
        let form = Form::accepted(accept);
        match write(families, form) {
            Ok(page) => answer(StatusCode::OK, form.media_type(), page),
            Err(error) => {
                tracing::error!(%error, "the metrics could not be written");
                answers::text(StatusCode::INTERNAL_SERVER_ERROR, "the metrics could not be written; the log may say why\n")
            }
        }
    }
}

fn answer(status: StatusCode, kind: &'static str, body: String) -> Answer {
    let mut answer = Response::new(Full::new(body.into()).boxed());
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    // What holds now is no answer for later.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}
