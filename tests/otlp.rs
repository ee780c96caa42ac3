//! Traces and metrics to a collector, with the real program and a stand-in for the collector that reads what it gets with the published
//! types. Only with the feature: `cargo test --features otlp --test otlp`.

#![allow(clippy::unwrap_used, reason = "in a test an unwrap is the failure")]

// What the other tests share; an inline module with a path, so that the parts of the harness are found beside it.
#[expect(dead_code, reason = "other tests need more of it")]
#[path = "it"]
mod shared {
    pub(crate) mod harness;
}

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use opentelemetry_proto::tonic::{
    collector::{metrics::v1::ExportMetricsServiceRequest, trace::v1::ExportTraceServiceRequest},
    common::v1::{KeyValue, any_value},
    metrics::v1::{Metric, metric, number_data_point},
    trace::v1::Span,
};
use prost::Message;
use rustix::process::Signal;
use serde_json::json;

use crate::shared::harness::{Home, Server, http::Request, until};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "b7ad6b7169203331";

/// What a collector got.
#[derive(Default)]
struct Got {
    spans: Vec<Span>,
    metrics: Vec<Metric>,
}

/// A collector on a free port. It answers every request with this status.
struct Collector {
    address: String,
    got: Arc<Mutex<Got>>,
}

impl Collector {
    fn start(status: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let got = Arc::new(Mutex::new(Got::default()));
        let taken = Arc::clone(&got);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let taken = Arc::clone(&taken);
                thread::spawn(move || serve(&stream.unwrap(), status, &taken));
            }
        });
        Self { address, got }
    }

    fn settings(&self, more: &str) -> String {
        format!("[otlp]\nendpoint = \"{}\"\nperiod_s = 1\n{more}", self.address)
    }

    fn look<T>(&self, what: &str, find: impl Fn(&Got) -> Option<T>) -> T {
        until(what, || {
            let got = self.got.lock().unwrap();
            let names: Vec<&str> = got.spans.iter().map(|span| span.name.as_str()).collect();
            find(&got).ok_or_else(|| format!("{names:?}, {} metrics", got.metrics.len()))
        })
    }
}

/// Reads requests of one connection until its end.
fn serve(stream: &TcpStream, status: &str, got: &Mutex<Got>) {
    let mut reader = BufReader::new(stream);
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            if reader.read_until(b'\n', &mut head).unwrap_or(0) == 0 {
                return;
            }
        }
        let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap().trim().parse().unwrap();
        assert!(head.contains("content-type: application/x-protobuf"), "{head}");
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let mut got = got.lock().unwrap();
        match head.split_whitespace().nth(1).unwrap() {
            "/v1/traces" => {
                let request = ExportTraceServiceRequest::decode(&*body).unwrap();
                let scopes = request.resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
                got.spans.extend(scopes.flat_map(|scope| scope.spans));
            }
            "/v1/metrics" => {
                let request = ExportMetricsServiceRequest::decode(&*body).unwrap();
                let resource = &request.resource_metrics[0];
                let told = &resource.resource.as_ref().unwrap().attributes;
                assert_eq!(text(told, "service.name"), Some("kmtop"));
                let scopes = request.resource_metrics.into_iter().flat_map(|resource| resource.scope_metrics);
                got.metrics = scopes.flat_map(|scope| scope.metrics).collect();
            }
            other => panic!("nobody asks for {other}"),
        }
        drop(got);
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
        if (&mut &*stream).write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

fn text<'a>(attributes: &'a [KeyValue], name: &str) -> Option<&'a str> {
    let attribute = attributes.iter().find(|attribute| attribute.key == name)?;
    match attribute.value.as_ref()?.value.as_ref()? {
        any_value::Value::StringValue(text) => Some(text),
        _ => None,
    }
}

fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(half.into(), 16).unwrap();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// A call of a tool in a trace whose caller records it or not.
fn traced(server: &Server, tool: &str, arguments: &serde_json::Value, flags: &str) -> Request {
    let request = Request::call(server, tool, arguments);
    let mut message: serde_json::Value = serde_json::from_slice(request.content()).unwrap();
    let meta = &mut message["params"]["_meta"];
    meta["traceparent"] = json!(format!("00-{TRACE}-{PARENT}-{flags}"));
    meta["tracestate"] = json!("vendor=abc");
    meta["baggage"] = json!("tenant=a%20b,mcp.method.name=forged");
    request.body(message.to_string())
}

#[test]
fn calls_become_spans_of_their_callers_trace() {
    let collector = Collector::start("200 OK");
    let server = Server::with(&collector.settings(""));
    assert_eq!(traced(&server, "km_calculate", &json!({ "expression": "6*7" }), "01").status(), 200);
    assert_eq!(traced(&server, "km_run_macro", &json!({ "macro": "No Such Macro" }), "01").status(), 200);
    let find = |name: &'static str| collector.look(name, |got| got.spans.iter().find(|span| span.name == name).cloned());
    let span = find("tools/call km_calculate");
    assert_eq!(
        (hex(&span.trace_id), hex(&span.parent_span_id), span.trace_state.as_str()),
        (TRACE.into(), PARENT.into(), "vendor=abc")
    );
    assert_eq!(span.span_id.len(), 8);
    assert!(span.start_time_unix_nano < span.end_time_unix_nano);
    assert!(span.status.is_none());
    for (name, value) in [
        ("mcp.method.name", "tools/call"),
        ("gen_ai.tool.name", "km_calculate"),
        ("network.transport", "tcp"),
        ("kmtop.client", "raw"),
        ("baggage.tenant", "a b"),
        ("baggage.mcp.method.name", "forged"),
    ] {
        assert_eq!(text(&span.attributes, name), Some(value), "{name}: {:?}", span.attributes);
    }
    let failed = find("tools/call km_run_macro");
    assert_eq!((hex(&failed.trace_id), text(&failed.attributes, "error.type")), (TRACE.into(), Some("tool_error")));
    assert_eq!(failed.status.as_ref().map(|status| status.message.as_str()), Some("macro_not_found"));
    assert!(!format!("{failed:?}").contains("No Such Macro"), "what a call was about is not told");
}

#[test]
fn a_trace_that_nobody_records_is_not_sent_and_a_call_without_one_begins_its_own() {
    let collector = Collector::start("200 OK");
    let server = Server::with(&collector.settings(""));
    assert_eq!(traced(&server, "km_calculate", &json!({ "expression": "1" }), "00").status(), 200);
    assert_eq!(Request::call(&server, "km_process_tokens", &json!({ "text": "x" })).status(), 200);
    let span =
        collector.look("the other call", |got| got.spans.iter().find(|span| span.name.ends_with("km_process_tokens")).cloned());
    assert!(span.parent_span_id.is_empty() && span.trace_id.len() == 16 && hex(&span.trace_id) != TRACE);
    // They were in one second, or the first in an earlier one.
    let got = collector.got.lock().unwrap();
    assert!(!got.spans.iter().any(|span| span.name.ends_with("km_calculate")));
}

#[test]
fn metrics_are_those_of_the_page() {
    let collector = Collector::start("200 OK");
    let server = Server::with(&collector.settings("traces = false\n"));
    for _ in 0..3 {
        assert_eq!(Request::call(&server, "km_calculate", &json!({ "expression": "1" })).status(), 200);
    }
    let point = collector.look("the calls", |got| {
        let operation = got.metrics.iter().find(|metric| metric.name == "mcp.server.operation.duration")?;
        assert_eq!(operation.unit, "s");
        let Some(metric::Data::Histogram(histogram)) = &operation.data else { panic!("{operation:?}") };
        assert_eq!(histogram.aggregation_temporality, 2, "sums since the start");
        histogram.data_points.iter().find(|point| point.count == 3).cloned()
    });
    assert_eq!(text(&point.attributes, "gen_ai.tool.name"), Some("km_calculate"));
    assert_eq!((point.bucket_counts.iter().sum::<u64>(), point.bucket_counts.len()), (3, point.explicit_bounds.len() + 1));
    assert!(point.start_time_unix_nano < point.time_unix_nano && point.sum.is_some_and(|sum| sum > 0.0));
    let got = collector.got.lock().unwrap();
    let counted = got.metrics.iter().find(|metric| metric.name == "kmtop.pool.jobs").unwrap();
    let Some(metric::Data::Sum(sum)) = &counted.data else { panic!("{counted:?}") };
    let jobs = sum.data_points.iter().find(|point| text(&point.attributes, "event") == Some("served")).unwrap();
    assert_eq!((sum.is_monotonic, jobs.value), (true, Some(number_data_point::Value::AsDouble(3.0))));
    assert!(got.spans.is_empty(), "spans were not asked for");
    drop(got);
    let page = Request::get(&server, "/metrics").send().body;
    for metric in &collector.got.lock().unwrap().metrics {
        assert!(page.contains(&metric.name.replace('.', "_")), "{} is not on the page", metric.name);
    }
}

#[test]
fn the_last_calls_are_sent_at_the_end() {
    let collector = Collector::start("200 OK");
    let mut server = Server::with(&collector.settings("metrics = false\n"));
    assert_eq!(Request::call(&server, "km_calculate", &json!({ "expression": "1" })).status(), 200);
    assert_eq!(server.end(Signal::TERM).code(), Some(0));
    let got = collector.got.lock().unwrap();
    assert!(got.spans.iter().any(|span| span.name == "tools/call km_calculate"), "{:?}", got.spans);
}

/// One that is not there, and one that refuses: the server goes on, and its log says why.
#[test]
fn a_collector_that_takes_nothing_holds_up_nobody() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("http://{}", gone.local_addr().unwrap());
    drop(gone);
    let refusing = Collector::start("503 Service Unavailable");
    for (endpoint, word) in [(nobody, "error"), (refusing.address.clone(), "503")] {
        let home = Home::with(&format!("[otlp]\nendpoint = \"{endpoint}\"\nperiod_s = 1\n"));
        let mut server = Server::in_home(home);
        assert_eq!(Request::call(&server, "km_calculate", &json!({ "expression": "1" })).status(), 200);
        let log = until("the log says so", || {
            let log = std::fs::read_to_string(server.home.state("kmtop.log")).unwrap();
            if log.contains("the collector did not take what was sent") { Ok(log) } else { Err(log) }
        });
        assert!(log.contains(word), "{log}");
        assert_eq!(server.end(Signal::TERM).code(), Some(0));
    }
}
