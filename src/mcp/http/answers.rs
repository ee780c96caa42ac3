//! Answers that come from this server itself and not from the protocol's library.

use std::convert::Infallible;

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, combinators::BoxBody};
use serde_json::json;

use crate::{
    access::{Over, Principal},
    mcp::{
        Verdict,
        message::{Id, Message, Refusal},
    },
    model::Allowance,
    util::clock::millis,
};

/// An answer.
pub(super) type Answer = Response<BoxBody<Bytes, Infallible>>;

/// Turns a request away and ends its connection: what follows such a request there is not to be trusted either.
pub(super) fn refuse(Verdict(status, words): Verdict) -> Answer {
    tracing::debug!(%status, words, "request refused");
    let mut answer = text(status, words);
    let headers = answer.headers_mut();
    match status {
        StatusCode::UNAUTHORIZED => {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"kmtop\""));
        }
        StatusCode::TOO_MANY_REQUESTS => {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("10"));
        }
        _ => {}
    }
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    answer
}

/// The answer to who has made more requests than may be.
pub(super) fn enough(over: Over) -> Answer {
    let message = "these are more requests than the token may make";
    let mut data = json!({ "code": "rate_limited" });
    if let Over::Rate { allowance: Allowance { limit, remaining, reset }, retry } = over {
        let retry_ms = millis(retry).max(1);
        data = json!({
            "code": "rate_limited", "limited": "rate", "limit": limit, "remaining": remaining, "reset": reset, "retry_ms": retry_ms,
        });
    }
    let error = json!({ "jsonrpc": "2.0", "id": null, "error": { "code": -32000, "message": message, "data": data } });
    let mut answer = with(StatusCode::TOO_MANY_REQUESTS, "application/json", error.to_string());
    if let Over::Rate { allowance, retry } = over {
        let seconds = retry.as_secs() + u64::from(retry.subsec_nanos() > 0);
        answer.headers_mut().insert(header::RETRY_AFTER, seconds.max(1).into());
        tell(&mut answer, allowance);
    }
    answer
}

/// Tells a limited caller in the answer's headers what it has left of its rate.
pub(super) fn tell_allowance(answer: &mut Answer, principal: &Principal) {
    if let Some(allowance) = principal.allowance() {
        tell(answer, allowance);
    }
}

fn tell(answer: &mut Answer, Allowance { limit, remaining, reset }: Allowance) {
    let headers = answer.headers_mut();
    headers.insert("ratelimit-limit", limit.into());
    headers.insert("ratelimit-remaining", remaining.into());
    headers.insert("ratelimit-reset", reset.into());
}

/// A few words.
pub(super) fn text(status: StatusCode, words: &'static str) -> Answer {
    with(status, "text/plain; charset=utf-8", words)
}

/// A JSON-RPC error.
pub(super) fn error(status: StatusCode, refusal: &Refusal) -> Answer {
    with(status, "application/json", refusal.to_json())
}

fn with(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Full::new(body.into()).boxed());
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    answer
}

/// No session can be had now.
pub(super) fn full(message: &Message) -> Answer {
    let words = "every session has calls under way; try again later, or raise [server] sessions";
    let mut answer = error(StatusCode::SERVICE_UNAVAILABLE, &Refusal::new(-32000, words, message.id().cloned()));
    answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("10"));
    answer
}

/// The library's answer to a message, unless it tells of the inside or does not speak JSON-RPC where a client expects it.
pub(super) fn tidy(answer: Answer, message: &Message) -> Answer {
    let id: Option<Id> = message.id().cloned();
    if answer.status() == StatusCode::UNSUPPORTED_MEDIA_TYPE {
        // Its media type was good: what the library could not take was the message.
        return error(StatusCode::BAD_REQUEST, &Refusal::new(-32600, "not a message of MCP", id));
    }
    if answer.status().is_server_error() {
        tracing::warn!(status = %answer.status(), "the protocol's library failed");
        return error(answer.status(), &Refusal::new(-32603, "the server failed; its log may say why", id));
    }
    answer
}
