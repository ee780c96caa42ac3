//! One tool: where its time goes, how its latencies are spread, which calls were slowest, who calls it and for what.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    metrics::quantile,
    model::CallRecord,
    tui::{
        App,
        app::{p95, p99},
        view::detail,
        widget::{left, piece, right},
    },
    util::units,
};

use super::{Line, call, head, pair};

/// Steps of the histogram.
const STEPS: usize = 16;
/// Slowest calls, clients and macros that are listed.
const LISTED: usize = 10;

pub(super) fn lines(app: &App, name: &Arc<str>, width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    let window = units::window(app.data.window.seconds());
    let Some(tool) = app.data.window.tool(name) else {
        pair(app, &mut lines, "calls", &format!("none in the last {window}"), width);
        return lines;
    };
    let span = |micros: Option<u64>| micros.map_or_else(|| app.glyphs.unknown.to_owned(), units::span);
    let rate = units::rate(app.data.window.rate(tool.calls).unwrap_or_default());
    let failed = units::percent(tool.error_share().unwrap_or_default());
    pair(app, &mut lines, "calls", &format!("{} in {window}, {rate}/s, {failed}% failed", units::count(tool.calls)), width);
    let quantiles = [("p50", 0.5), ("p90", 0.9)].map(|(word, at)| format!("{word} {}", span(quantile(&tool.total, at))));
    let high = format!(
        "p95 {}  p99 {}  p99.9 {}  max {}",
        span(p95(&tool.total)),
        span(p99(&tool.total)),
        span(quantile(&tool.total, 0.999).filter(|_| tool.total.len() >= 1_000)),
        span(quantile(&tool.total, 1.0))
    );
    pair(app, &mut lines, "latency", &format!("{}  {high}", quantiles.join("  ")), width);
    if let Some(status) = app.data.state.contracts.iter().find(|status| *status.contract.tool == **name) {
        let kept = match status.kept {
            Some(true) => "kept",
            Some(false) => "broken",
            None => "too few calls to tell",
        };
        let burn = status.burn.map(|burn| format!(", budget of errors burns {burn:.1}x")).unwrap_or_default();
        pair(app, &mut lines, "contract", &format!("{}: {kept}{burn}", status.contract.words()), width);
    }
    head(app, &mut lines, "Where the time goes");
    lines.extend(detail::phase_lines(app, tool, width));
    head(app, &mut lines, "How latencies are spread");
    lines.extend(detail::bar_lines(app, tool, STEPS, width));
    let calls: Vec<&CallRecord> = in_window(app).filter(|call| call.tool == *name).collect();
    head(app, &mut lines, "Slowest calls");
    let mut slow = calls.clone();
    slow.sort_by_key(|call| std::cmp::Reverse(call.total_us));
    lines.extend(slow.iter().take(LISTED).map(|call| call::line(app, call, width)));
    let by = |key: fn(&CallRecord) -> Option<&Arc<str>>| groups(app, &calls, key, width);
    for (words, rows) in [("By client", by(|call| Some(&call.client))), ("By macro", by(|call| call.subject.as_ref()))] {
        if !rows.is_empty() {
            head(app, &mut lines, words);
            lines.extend(rows);
        }
    }
    lines
}

/// The kept calls of the window, newest first.
pub(super) fn in_window(app: &App) -> impl Iterator<Item = &CallRecord> {
    let since = app.data.time_ms.saturating_sub(app.data.window.seconds() * 1_000);
    app.data.calls().take_while(move |call| call.time_ms >= since)
}

/// Calls, failures and latencies by something, those with the most calls first.
pub(super) fn groups(
    app: &App,
    calls: &[&CallRecord],
    key: impl Fn(&CallRecord) -> Option<&Arc<str>>,
    width: usize,
) -> Vec<Line> {
    let ui = &app.theme.ui;
    let mut groups: BTreeMap<&Arc<str>, Vec<&CallRecord>> = BTreeMap::new();
    for call in calls {
        if let Some(key) = key(call) {
            groups.entry(key).or_default().push(call);
        }
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, calls)| std::cmp::Reverse(calls.len()));
    let name_width = width.saturating_sub(36).clamp(8, 40);
    let row = |(name, calls): (&Arc<str>, Vec<&CallRecord>)| {
        let mut times: Vec<u64> = calls.iter().map(|call| call.total_us).collect();
        times.sort_unstable();
        let failed = calls.iter().filter(|call| call.ending.is_error()).count();
        let style = if failed > 0 { app.theme.status.crit } else { ui.dim };
        vec![
            piece(left(name, name_width, app.glyphs.ellipsis), ui.text),
            piece(right(&units::count(calls.len() as u64), 7), ui.text),
            piece(format!("  p50 {}", right(&units::span(times[times.len() / 2]), 6)), ui.text),
            piece(format!("  max {}", right(&units::span(times[times.len() - 1]), 6)), ui.dim),
            piece(format!("  {failed} failed"), style),
        ]
    };
    groups.into_iter().take(LISTED).map(row).collect()
}
