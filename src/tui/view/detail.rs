//! The selected tool: where its time goes, how its latencies are spread, which calls were slowest.

use std::sync::Arc;

use hdrhistogram::Histogram;

use crate::{
    metrics::{Rolling, quantile},
    tui::{
        App,
        app::{p95, p99},
        widget::{self, Canvas, cut, left, piece},
    },
    util::units,
};

use super::{calls, note};

/// The box with phases and slowest calls.
pub(crate) fn draw(app: &App, canvas: &mut Canvas<'_>) {
    let ui = &app.theme.ui;
    let name = app.selected_tool().cloned();
    let title = title(app, "Selected", name.as_ref());
    let notes = note(app, units::window(app.data.window.seconds()));
    let mut inner = widget::frame(canvas, &app.glyphs, false, ui.border, &title, &notes);
    let Some((name, tool)) = name.as_ref().and_then(|name| app.data.window.tool(name).map(|tool| (name, tool))) else { return };
    let y = phases(app, &mut inner, tool);
    let y = summary(app, &mut inner, y, tool);
    slowest(app, &mut inner, y, name);
}

fn title(app: &App, word: &str, name: Option<&Arc<str>>) -> Vec<widget::Piece> {
    let name = name.map(|name| cut(name, 28, app.glyphs.ellipsis)).unwrap_or_default();
    vec![piece(format!("{word}  "), app.theme.ui.dim), piece(name, app.theme.ui.title)]
}

/// All microseconds that were recorded.
fn sum(histogram: &Histogram<u32>) -> f64 {
    if histogram.is_empty() { 0.0 } else { histogram.mean() * histogram.len() as f64 }
}

/// Shares of the whole time: waiting for a worker, at it, and the rest; and how much of all that kmtop added.
pub(super) fn phase_lines(app: &App, tool: &Rolling, width: usize) -> Vec<Vec<widget::Piece>> {
    let whole = sum(&tool.total);
    if whole <= 0.0 {
        return Vec::new();
    }
    let (queued, ran) = (sum(&tool.queued), sum(&tool.ran));
    let rows = [
        ("queue wait", queued, Some(&tool.queued)),
        ("at a worker", ran, Some(&tool.ran)),
        ("the rest", (whole - queued - ran).max(0.0), None),
        ("kmtop added", sum(&tool.overhead), Some(&tool.overhead)),
    ];
    let line = |(at, (name, part, histogram)): (usize, (&'static str, f64, Option<&Histogram<u32>>))| {
        let high = histogram.and_then(p95).map(|high| format!("p95 {:>5}", units::span(high))).unwrap_or_default();
        phase_line(app, (name, at), part / whole, &high, width)
    };
    rows.into_iter().enumerate().map(line).collect()
}

/// One part of the whole time: its name and its number among the parts, its share, and more words.
pub(super) fn phase_line(app: &App, (name, at): (&str, usize), share: f64, more: &str, width: usize) -> Vec<widget::Piece> {
    let ui = &app.theme.ui;
    let share = share.clamp(0.0, 1.0);
    let mut line = vec![piece(left(name, 12, ""), if at == 3 { ui.dim } else { ui.text })];
    line.extend(bar(app, share, width.saturating_sub(31).clamp(4, 60), at));
    line.push(piece(format!("{:>4.0}%", share * 100.0), ui.text));
    line.push(piece(if more.is_empty() { String::new() } else { format!("  {more}") }, ui.dim));
    line
}

fn phases(app: &App, canvas: &mut Canvas<'_>, tool: &Rolling) -> u16 {
    let lines = phase_lines(app, tool, usize::from(canvas.width().saturating_sub(1)));
    for (y, line) in (0..).zip(&lines) {
        canvas.pieces(1, y, line);
    }
    crate::util::numbers::small(lines.len())
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a small count")]
fn bar(app: &App, share: f64, width: usize, at: usize) -> [widget::Piece; 2] {
    let cells = ((share * width as f64).round() as usize).min(width);
    let style = if at == 3 { app.theme.ui.dim } else { app.theme.graph.phase.step(at) };
    [piece(app.glyphs.bar.repeat(cells), style), piece(app.glyphs.track.repeat(width - cells), app.theme.ui.border)]
}

/// Mean, percentiles and maximum in one line.
fn summary(app: &App, canvas: &mut Canvas<'_>, y: u16, tool: &Rolling) -> u16 {
    let ui = &app.theme.ui;
    let unknown = || app.glyphs.unknown.to_owned();
    let span = |micros: Option<u64>| micros.map_or_else(unknown, units::span);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a mean lies within what was recorded")]
    let mean = (!tool.total.is_empty()).then(|| tool.total.mean() as u64);
    let numbers = [
        ("mean", span(mean)),
        ("p50", span(quantile(&tool.total, 0.5))),
        ("p95", span(p95(&tool.total))),
        ("p99", span(p99(&tool.total))),
        ("max", span(quantile(&tool.total, 1.0))),
    ];
    let narrow = canvas.width() < 58;
    let mut x = 1;
    for (name, number) in numbers.into_iter().skip(usize::from(narrow)) {
        x = canvas.text(x, y, name, ui.dim);
        x = canvas.text(x + 1, y, &number, ui.text) + 2;
    }
    y + 1
}

/// The slowest of the kept calls.
fn slowest(app: &App, canvas: &mut Canvas<'_>, y: u16, name: &Arc<str>) {
    let ui = &app.theme.ui;
    let rows = usize::from(canvas.height().saturating_sub(y));
    if rows == 0 {
        return;
    }
    let since = app.data.time_ms.saturating_sub(app.data.window.seconds() * 1_000);
    let mut slow: Vec<_> = app.data.calls().take_while(|call| call.time_ms >= since).filter(|call| call.tool == *name).collect();
    slow.sort_by_key(|call| std::cmp::Reverse(call.total_us));
    for (y, call) in (y..canvas.height()).zip(slow.iter().take(rows)) {
        let (_, style) = calls::ending(app, call.ending);
        let x = canvas.text(1, y, if call.id == slow[0].id { "slowest " } else { "        " }, ui.dim);
        let x = canvas.text(x, y, &format!("{:>5} ", units::span(call.total_us)), ui.text);
        let x = canvas.text(x, y, &left(call.ending.word(), 10, ""), style);
        let x = canvas.text(x, y, &left(&format!("#{}", call.id), 8, ""), ui.dim);
        let room = usize::from(canvas.width().saturating_sub(x + 1));
        canvas.text(x, y, &cut(call.subject.as_deref().unwrap_or_default(), room, app.glyphs.ellipsis), ui.text);
    }
}

/// The box with the latencies' distribution.
pub(crate) fn distribution(app: &App, canvas: &mut Canvas<'_>) {
    let ui = &app.theme.ui;
    let name = app.selected_tool().cloned();
    let title = title(app, "Latency", name.as_ref());
    let notes = note(app, units::window(app.data.window.seconds()));
    let mut inner = widget::frame(canvas, &app.glyphs, false, ui.border, &title, &notes);
    if let Some(tool) = name.as_ref().and_then(|name| app.data.window.tool(name)).filter(|tool| !tool.total.is_empty()) {
        bars(app, &mut inner, tool);
    }
}

fn bars(app: &App, canvas: &mut Canvas<'_>, tool: &Rolling) {
    let lines = bar_lines(app, tool, usize::from(canvas.height()), usize::from(canvas.width().saturating_sub(1)));
    for (y, line) in (0..).zip(&lines) {
        canvas.pieces(1, y, line);
    }
}

/// One bar for every step of a scale that grows by a constant factor, fast calls first.
pub(super) fn bar_lines(app: &App, tool: &Rolling, rows: usize, width: usize) -> Vec<Vec<widget::Piece>> {
    let ui = &app.theme.ui;
    let width = width.saturating_sub(16).clamp(1, 100);
    let steps = steps(&tool.total, rows);
    let most = steps.iter().map(|(_, count)| *count).max().unwrap_or_default().max(1);
    let marks = [("p50", quantile(&tool.total, 0.5)), ("p95", p95(&tool.total)), ("p99", p99(&tool.total))];
    let mut below = 0;
    let line = |(upto, count): (u64, u64)| {
        let name = marks.iter().rev().find(|(_, at)| at.is_some_and(|at| at > below && at <= upto)).map_or("", |(name, _)| name);
        let [(mut full, _), _] = bar(app, count as f64 / most as f64, width, 0);
        if full.is_empty() && count > 0 {
            app.glyphs.levels[1].clone_into(&mut full);
        }
        below = upto;
        vec![
            piece(format!("{:>5} ", units::span(upto)), ui.dim),
            piece(left(name, 4, ""), ui.accent),
            piece(full, app.theme.graph.latency.at(0.0)),
            piece(if count > 0 { format!(" {}", units::count(count)) } else { String::new() }, ui.dim),
        ]
    };
    steps.into_iter().map(line).collect()
}

/// Upper ends and counts of `rows` steps from the fastest to the slowest call.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between two latencies lies a latency")]
fn steps(histogram: &Histogram<u32>, rows: usize) -> Vec<(u64, u64)> {
    let (low, high) = (histogram.min().max(1) as f64, histogram.max().max(1) as f64);
    let factor = (high / low).max(1.0).powf(1.0 / rows.max(1) as f64);
    let mut steps: Vec<(u64, u64)> = (1..=rows).map(|row| ((low * factor.powf(row as f64)).ceil() as u64, 0)).collect();
    for value in histogram.iter_recorded() {
        let at = steps.iter().position(|(upto, _)| value.value_iterated_to() <= *upto).unwrap_or(rows.saturating_sub(1));
        if let Some(step) = steps.get_mut(at) {
            step.1 += u64::from(value.count_at_value());
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_call_is_in_one_step() {
        let mut histogram = crate::metrics::latency();
        for micros in [900, 1_000, 30_000, 31_000, 4_000_000] {
            histogram.record(micros).expect("recorded");
        }
        let steps = super::steps(&histogram, 12);
        assert_eq!(steps.iter().map(|(_, count)| count).sum::<u64>(), 5);
        assert_eq!((steps.len(), steps[0].1, steps[11].1), (12, 2, 1));
        assert_eq!(super::steps(&histogram, 0), []);
    }
}
