//! Calls as spans. A call whose caller told its trace is a part of that; another one begins a trace of its own.

use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{KeyValue, any_value},
    trace::v1::{ResourceSpans, ScopeSpans, Span, Status, span, status},
};

use super::metrics::{attribute, nanos, resource, scope, valued};
use crate::model::{CallRecord, ServerInfo, Transport};

/// Spans in one request: what a server on two cores answers in a tenth of a second. More are left out.
const MOST: usize = 2_048;
/// Members of a baggage that become attributes.
const BAGGAGE: usize = 16;

/// The calls as one request, and how many spans are in it; nothing when there are none that anybody wants.
pub(super) fn request(info: &ServerInfo, calls: &[CallRecord]) -> Option<(ExportTraceServiceRequest, u64)> {
    // A caller that does not record its trace wants no part of it recorded.
    let wanted = calls.iter().filter(|call| call.trace.as_ref().is_none_or(|trace| trace.is_sampled()));
    let spans: Vec<Span> = wanted.take(MOST).filter_map(of_call).collect();
    if spans.is_empty() {
        return None;
    }
    let count = u64::try_from(spans.len()).unwrap_or(u64::MAX);
    let scope = ScopeSpans { scope: Some(scope(info)), spans, ..ScopeSpans::default() };
    let resource = ResourceSpans { resource: Some(resource(info)), scope_spans: vec![scope], ..ResourceSpans::default() };
    Some((ExportTraceServiceRequest { resource_spans: vec![resource] }, count))
}

/// `None` when the system gives no random numbers.
fn of_call(call: &CallRecord) -> Option<Span> {
    let end = nanos(call.time_ms);
    let (trace_id, parent_span_id, trace_state) = match &call.trace {
        Some(trace) => (bytes(trace.trace_id()), bytes(trace.parent_id()), trace.state().unwrap_or_default().to_owned()),
        None => (random::<16>()?, Vec::new(), String::new()),
    };
    Some(Span {
        trace_id,
        span_id: random::<8>()?,
        parent_span_id,
        trace_state,
        name: format!("tools/call {}", call.tool),
        kind: span::SpanKind::Server.into(),
        start_time_unix_nano: end.saturating_sub(call.total_us.saturating_mul(1_000)),
        end_time_unix_nano: end,
        attributes: attributes(call),
        status: call.ending.is_error().then(|| Status {
            code: status::StatusCode::Error.into(),
            message: call.code.as_deref().unwrap_or(call.ending.word()).to_owned(),
        }),
        ..Span::default()
    })
}

/// OpenTelemetry's names for MCP, then kmtop's own. What a call was about may be private, and is not told.
fn attributes(call: &CallRecord) -> Vec<KeyValue> {
    let came = match call.transport {
        Transport::Http => "tcp",
        Transport::Stdio => "pipe",
        Transport::Control => "unix",
    };
    let mut told = vec![
        attribute("mcp.method.name", "tools/call"),
        attribute("gen_ai.operation.name", "execute_tool"),
        attribute("gen_ai.tool.name", &call.tool),
        attribute("network.transport", came),
        attribute("kmtop.client", &call.client),
        attribute("kmtop.ending", call.ending.word()),
    ];
    if call.ending.is_error() {
        told.push(attribute("error.type", "tool_error"));
    }
    told.extend(call.code.as_deref().map(|code| attribute("kmtop.error.code", code)));
    let mut number = |name: &str, value: Option<u64>| {
        let value = value.and_then(|value| i64::try_from(value).ok());
        told.extend(value.map(|value| valued(name, any_value::Value::IntValue(value))));
    };
    number("kmtop.call.id", Some(call.id));
    number("kmtop.worker.slot", call.worker.map(u64::from));
    number("kmtop.queued_us", call.queued_us);
    number("kmtop.ran_us", call.ran_us);
    number("kmtop.overhead_us", call.overhead_us());
    // With a word before it, a member cannot pass for one of the names above.
    let baggage = call.trace.iter().flat_map(|trace| trace.baggage()).take(BAGGAGE);
    told.extend(baggage.map(|(name, value)| {
        let value = percent_encoding::percent_decode_str(value).decode_utf8_lossy();
        attribute(&format!("baggage.{name}"), &value)
    }));
    told
}

/// The bytes of hexadecimal digits that were found sound.
fn bytes(digits: &str) -> Vec<u8> {
    let pairs = digits.as_bytes().chunks_exact(2);
    pairs.filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

fn random<const LENGTH: usize>() -> Option<Vec<u8>> {
    let mut bytes = [0; LENGTH];
    getrandom::fill(&mut bytes).ok()?;
    Some(bytes.to_vec())
}
