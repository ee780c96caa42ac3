use std::{sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hdrhistogram::{
    Histogram,
    serialization::{
        Deserializer,
        interval_log::{IntervalLogIterator, LogEntry},
    },
};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::bench::{Address, Arrivals, Environment, Pace, Settings, Stage, run::WarmUp, tally::Sample};

/// A measurement of two operations over three seconds, with a failure and a dropped call.
fn measured(settings: &Settings) -> Measured {
    let mut tally = Tally::new(settings.mix.operations().len());
    for turn in 0..300_u64 {
        let planned = Duration::from_millis(turn * 10);
        let operation = usize::try_from(turn % 2).expect("0 or 1");
        let outcome = if turn == 7 { Err(Arc::from("busy")) } else { Ok(()) };
        tally.send(planned, planned, 2);
        tally.add(&Sample { operation, planned, sent: planned, done: planned + Duration::from_micros(1_000 + turn), outcome });
    }
    tally.drop_call(0, Duration::from_millis(2_995));
    let verdicts = settings.objectives.iter();
    let verdicts = verdicts.map(|objective| verdict(objective, &settings.mix, &tally, Duration::from_secs(3))).collect();
    Measured {
        tally,
        warmed: WarmUp { seconds: 3.0, steady: true, calls: 300 },
        end: End::Whole,
        took: Duration::from_secs(3),
        began_ms: 1_700_000_000_000,
        track: Vec::new(),
        numbers: None,
        verdicts,
        recovery: Recovery::default(),
    }
}

fn settings(objectives: &[&str]) -> Settings {
    let mix = crate::bench::ready(&[("health".to_owned(), 1.0), ("macros".to_owned(), 1.0)]).expect("a mix");
    let objectives = objectives.iter().map(|text| text.parse().expect("an objective")).collect();
    let stage = Stage { rate: 100.0, length: Duration::from_secs(3) };
    Settings {
        mix,
        objectives,
        arriving: Arriving::Stages(vec![stage], Arrivals::Constant),
        ..crate::bench::settings::tests::plain(100.0, Duration::from_secs(3))
    }
}

pub(in crate::bench) fn example(objectives: &[&str], closed: bool) -> Report {
    let mut settings = settings(objectives);
    if closed {
        let none = Duration::ZERO;
        settings.arriving = Arriving::Clients { clients: 25, think: (none, none), length: Duration::from_secs(3) };
    }
    let address = Address::Url { url: "http://127.0.0.1:4499/mcp".to_owned(), token: Some("secret".to_owned()) };
    let stop = CancellationToken::new();
    let environment = Environment { optimized: true, ..Environment::default() };
    let bench = Bench { address: &address, settings: &settings, track: None, pace: Pace::Timer, stop, environment };
    let measured = measured(&settings);
    Report::new(&bench, measured)
}

/// Whether `value` has exactly these keys.
#[track_caller]
fn has_keys(value: &Value, keys: &[&str]) {
    let mut found: Vec<&str> = value.as_object().expect("an object").keys().map(String::as_str).collect();
    let mut keys = keys.to_vec();
    found.sort_unstable();
    keys.sort_unstable();
    assert_eq!(found, keys);
}

#[test]
fn the_json_has_its_documented_shape() {
    let json = serde_json::to_value(example(&["p95<500ms"], false)).expect("JSON");
    let top = [
        "scenario",
        "loop",
        "label",
        "target",
        "load",
        "warm_up",
        "seconds",
        "ended_early",
        "calls",
        "rate",
        "latency",
        "service",
        "generator_lag",
        "split",
        "errors",
        "operations",
        "tools",
        "work",
        "compare",
        "numbers",
        "recovery",
        "slo",
        "saturated",
        "passed",
        "notes",
        "find_max",
        "sweep",
        "environment",
        "timeline",
        "track",
        "spectrum",
    ];
    has_keys(&json, &top);
    has_keys(&json["calls"], &["planned", "sent", "completed", "failed", "dropped", "unanswered", "most_in_flight"]);
    has_keys(&json["rate"], &["planned_per_s", "achieved_per_s", "peak_per_s"]);
    has_keys(&json["latency"], &["calls", "min_us", "mean_us", "deviation_us", "percentiles", "max_us"]);
    has_keys(&json["latency"]["percentiles"][0], &["percentile", "value_us", "low_us", "high_us"]);
    has_keys(&json["generator_lag"], &["p50_us", "p99_us", "max_us", "late"]);
    let operation = ["name", "share", "calls", "failed", "dropped", "rate_per_s", "latency", "service", "tools", "times"];
    has_keys(&json["operations"][0], &operation);
    has_keys(&json["slo"][0], &["objective", "held", "measured", "limit", "unit"]);
    let recovery =
        ["seconds", "baseline_us", "memory_before_bytes", "memory_peak_bytes", "memory_after_bytes", "memory_recovered_share"];
    has_keys(&json["recovery"], &recovery);
    let environment =
        ["time", "host", "system", "processors", "memory_bytes", "load", "cpu_percent", "version", "optimized", "git"];
    has_keys(&json["environment"], &environment);
    assert_eq!(
        (&json["calls"]["planned"], &json["calls"]["dropped"], &json["errors"]["busy"]),
        (&301.into(), &1.into(), &1.into())
    );
    let percentiles: Vec<f64> = json["latency"]["percentiles"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|known| known["percentile"].as_f64())
        .collect();
    assert_eq!(percentiles, [50.0, 75.0, 90.0, 95.0, 99.0, 99.9]);
    assert!(json["latency"]["percentiles"][4]["low_us"].is_null(), "p99 of 300 calls is not sure");
    assert!(!json.to_string().contains("secret"), "the token is not told");
}

#[test]
fn verdicts_and_dropped_calls_decide() {
    assert!(!example(&["p95<500ms"], false).passed, "a call was dropped");
    let report = example(&["p95<1ms", "error<1%", "health:p95<500ms", "rate>10/s", "dropped<=1%", "nothing:p95<1s"], false);
    let held: Vec<Option<bool>> = report.slo.iter().map(|verdict| verdict.held).collect();
    assert_eq!(held, [Some(false), Some(true), Some(true), Some(true), Some(true), None]);
    let text = text(&report);
    for expected in ["BROKEN p95<1ms", "held   error<1%", "saturated: 1 of 301", "1 × busy", "open loop", "p50", "health"] {
        assert!(text.contains(expected), "{expected} in\n{text}");
    }
}

#[test]
fn a_closed_loop_is_labelled_and_shows_both() {
    let report = example(&[], true);
    assert_eq!((report.r#loop, report.rate.planned_per_s, report.load.clients), ("closed", None, Some(25)));
    let text = text(&report);
    assert!(text.contains("not what users see") && text.contains("corrected") && text.contains("raw"), "{text}");
}

#[test]
fn the_log_is_read_back_by_its_own_reader() {
    let report = example(&[], false);
    let bytes = hdr_log(&report).expect("a log");
    let mut calls = 0;
    let mut whole: Histogram<u32> = crate::metrics::latency();
    let (mut base, mut starts) = (None, Vec::new());
    for entry in IntervalLogIterator::new(&bytes) {
        match entry.expect("well formed") {
            LogEntry::Interval(interval) => {
                let coded = STANDARD.decode(interval.encoded_histogram()).expect("base64");
                let histogram: Histogram<u32> = Deserializer::new().deserialize(&mut coded.as_slice()).expect("a histogram");
                starts.push(interval.start_timestamp().as_secs());
                calls += histogram.len();
                whole.add(histogram).expect("it fits");
            }
            LogEntry::BaseTime(at) => base = Some(at),
            LogEntry::StartTime(_) => {}
        }
    }
    assert_eq!((calls, starts, base), (300, vec![0, 1, 2], Some(Duration::from_secs(1_700_000_000))));
    assert_eq!(Some(whole.value_at_quantile(0.95)), report.latency.at(95.0), "as the report has it");
}
