//! `latency_report`: how long calls take, from the histograms that the hub keeps.

use std::sync::Arc;

use hdrhistogram::Histogram;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Context, Done, Tool, ToolError,
    declare::{Hints, Words},
    macros::{aside, bounded},
};
use crate::{
    config::AccessClass,
    link::Welcome,
    metrics::{Rolling, Window},
};

/// Seconds that are looked at when nobody says how many.
const USUAL: usize = 300;
/// Most seconds: what is kept in memory.
const MOST: usize = 3_600;
/// Calls in each half of the window under which there is no trend.
const ENOUGH: u64 = 10;
/// Means that differ by less than this share are steady.
const STEADY: f64 = 0.1;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// Only this tool.
    #[serde(default)]
    tool: Option<String>,
    /// Seconds to look back, 1 to 3600; 300 when not given.
    #[serde(default)]
    window: Option<usize>,
}

#[derive(Serialize, JsonSchema)]
struct Report {
    /// Seconds looked at.
    window_s: u64,
    /// The tools that were called, by name; times in microseconds.
    tools: Vec<Row>,
}

#[derive(Serialize, JsonSchema, PartialEq, Debug)]
struct Row {
    tool: String,
    /// Calls.
    n: u64,
    /// Calls that did not end well.
    errors: u64,
    /// Of the newest call.
    now_us: Option<u64>,
    mean_us: f64,
    median_us: u64,
    /// Standard deviation.
    deviation_us: f64,
    min_us: u64,
    max_us: u64,
    p95_us: u64,
    p99_us: u64,
    /// `rising`, `falling` or `steady`: the later half of the window beside the earlier; null with few calls.
    trend: Option<&'static str>,
}

pub(super) fn tool() -> Tool {
    Words {
        name: "latency_report",
        class: AccessClass::Read,
        title: "Latency report",
        description: "How long calls took, tool by tool: mean, percentiles, spread and trend over the last minutes.",
        hints: Hints::READS,
    }
    .with(async |context, asked: Asked, _| report(&context, asked).await)
}

async fn report(context: &Context, asked: Asked) -> Done<Report> {
    let window = match bounded("window", asked.window, USUAL, MOST) {
        Ok(window) => window as u64,
        Err(error) => return Done::plain(Err(error)),
    };
    let Some((welcome, _)) = context.hub.subscribe().await else {
        return Done::plain(Err(ToolError::refused("shutting_down", "the server is shutting down")));
    };
    aside(move || Ok(Report { window_s: window, tools: rows(&welcome, window, asked.tool.as_deref()) })).await
}

fn rows(welcome: &Welcome, window: u64, wanted: Option<&str>) -> Vec<Row> {
    let newest = welcome.intervals.last().map_or(0, |interval| interval.time_ms);
    let [whole_from, half_from] = [window * 1_000, window * 500].map(|span| newest.saturating_sub(span));
    let [mut whole, mut earlier, mut later] = [(); 3].map(|()| Window::new(window));
    for interval in welcome.intervals.iter().filter(|interval| interval.time_ms > whole_from) {
        whole.push(Arc::clone(interval));
        let half = if interval.time_ms > half_from { &mut later } else { &mut earlier };
        half.push(Arc::clone(interval));
    }
    let now = |tool: &str| welcome.calls.iter().rev().find(|call| &*call.tool == tool).map(|call| call.total_us);
    let tools = whole.tools().filter(|(name, _)| wanted.is_none_or(|wanted| &***name == wanted));
    tools
        .map(|(name, rolling)| Row {
            now_us: now(name),
            trend: trend(earlier.tool(name), later.tool(name)),
            ..row(name, rolling)
        })
        .collect()
}

fn row(name: &str, rolling: &Rolling) -> Row {
    let total = &rolling.total;
    let at = |quantile| total.value_at_quantile(quantile);
    Row {
        tool: name.to_owned(),
        n: rolling.calls,
        errors: rolling.errors,
        now_us: None,
        mean_us: total.mean(),
        median_us: at(0.5),
        deviation_us: total.stdev(),
        min_us: total.min(),
        max_us: total.max(),
        p95_us: at(0.95),
        p99_us: at(0.99),
        trend: None,
    }
}

fn trend(earlier: Option<&Rolling>, later: Option<&Rolling>) -> Option<&'static str> {
    let mean = |rolling: Option<&Rolling>| {
        let total: &Histogram<u32> = &rolling.filter(|rolling| rolling.total.len() >= ENOUGH)?.total;
        Some(total.mean())
    };
    let (before, after) = (mean(earlier)?, mean(later)?);
    Some(match after / before.max(1.0) - 1.0 {
        change if change > STEADY => "rising",
        change if change < -STEADY => "falling",
        _ => "steady",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        metrics::{Moment, Recorder, Store},
        model::{CallRecord, Ending, Gauges, ServerInfo, Transport},
    };

    #[test]
    fn numbers_and_trend_are_those_of_the_calls() {
        let recorder = Arc::new(Recorder::new([], 1_000));
        let mut store = Store::new(Arc::clone(&recorder));
        let mut welcome = Welcome { info: ServerInfo::default(), intervals: Vec::new(), calls: Vec::new() };
        for second in 1..=10_u64 {
            for call in 0..4 {
                let record = CallRecord {
                    id: second * 10 + call,
                    time_ms: second * 1_000,
                    tool: "t".into(),
                    client: "c".into(),
                    subject: None,
                    transport: Transport::Http,
                    worker: None,
                    queued_us: None,
                    ran_us: None,
                    own_us: None,
                    total_us: second * 100,
                    ending: if call == 0 { Ending::Failed } else { Ending::Ok },
                    code: None,
                    token: None,
                    trace: None,
                };
                recorder.record(record.clone());
                welcome.calls.push(record);
            }
            store.drain();
            let moment = Moment { time_ms: second * 1_000, length_ms: 1_000 };
            welcome.intervals.push(Arc::new(store.close(moment, Gauges::default())));
        }
        let all = rows(&welcome, 10, None);
        let row = &all[0];
        assert_eq!((row.n, row.errors, row.now_us, row.trend), (40, 10, Some(1_000), Some("rising")));
        assert!((row.mean_us - 550.0).abs() < 1.0 && (row.deviation_us - 287.2).abs() < 1.0, "{row:?}");
        assert_eq!((row.min_us, row.max_us, row.median_us), (100, 1_000, 500));
        assert_eq!(rows(&welcome, 2, Some("t"))[0].n, 8);
        assert!(rows(&welcome, 10, Some("other")).is_empty());
    }
}
