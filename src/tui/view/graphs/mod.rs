//! Views of one tool besides its line in the table: percentiles over time, a heatmap, the percentile curve.

mod course;
mod curve;
mod heatmap;

use std::sync::Arc;

use hdrhistogram::Histogram;
use ratatui::layout::Rect;

use crate::{
    metrics::{decode, latency},
    tui::{
        App,
        app::ToolView,
        keymap::Pane,
        widget::{self, Canvas, Piece, cut, piece},
    },
    util::units,
};

use super::{empty, layout::Plan, note};

/// Columns of the labels on the left.
const GUTTER: u16 = 7;

/// The words of a view, for the pane's title.
pub(super) fn word(view: ToolView) -> &'static str {
    match view {
        ToolView::Table => "table",
        ToolView::Course => "percentiles over time",
        ToolView::Heatmap => "heatmap",
        ToolView::Curve => "percentile curve",
    }
}

/// Draws the view that is chosen, of the selected tool.
pub(super) fn draw(app: &App, canvas: &mut Canvas<'_>) {
    let Some(name) = app.selected_tool() else { return empty(app, canvas) };
    match app.tool_view {
        ToolView::Table => {}
        ToolView::Course => course::draw(app, canvas, name),
        ToolView::Heatmap => heatmap::draw(app, canvas, name),
        ToolView::Curve => curve::draw(app, canvas, name),
    }
}

/// The heatmap in a box of its own, beside the table.
pub(super) fn boxed_heatmap(app: &App, canvas: &mut Canvas<'_>) {
    let ui = &app.theme.ui;
    let name = app.selected_tool();
    let shown = name.map(|name| cut(name, 28, app.glyphs.ellipsis)).unwrap_or_default();
    let title: [Piece; 2] = [piece("Heatmap  ", ui.dim), piece(shown, ui.title)];
    let notes = note(app, format!("{}  log scale", units::window(app.data.window.seconds())));
    let mut inner = widget::frame(canvas, &app.glyphs, false, ui.border, &title, &notes);
    if let Some(name) = name {
        heatmap::draw(app, &mut inner, name);
    }
}

/// Where the time of a graph runs on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Axis {
    area: Rect,
}

impl Axis {
    /// Whether this place of the screen is on the graph.
    pub(crate) fn contains(self, (x, y): (u16, u16)) -> bool {
        (self.area.x..self.area.right()).contains(&x) && (self.area.y..self.area.bottom()).contains(&y)
    }

    /// The time at which this column begins.
    pub(crate) fn time_ms(self, app: &App, x: u16) -> u64 {
        let column_ms = column_ms(app, usize::from(self.area.width));
        let back = u64::from(self.area.right().saturating_sub(x.max(self.area.x)));
        end_ms(app, column_ms).saturating_sub(back * column_ms)
    }
}

/// The graph over time in this pane, if it shows one.
pub(crate) fn time_axis(app: &App, pane: Pane) -> Option<Axis> {
    if pane != Pane::Tools || !matches!(app.tool_view, ToolView::Course | ToolView::Heatmap) {
        return None;
    }
    let inner = Plan::new(app).inner(pane)?;
    let area = plot_area(inner.width, inner.height);
    Some(Axis { area: Rect { x: inner.x + area.x, y: inner.y + area.y, ..area } })
}

/// What labels and the two lines below leave of a pane for its graph.
fn plot_area(width: u16, height: u16) -> Rect {
    let gutter = if width >= 30 { GUTTER } else { 0 };
    Rect { x: gutter, y: 0, width: width.saturating_sub(gutter + 1), height: height.saturating_sub(2) }
}

fn column_ms(app: &App, columns: usize) -> u64 {
    (app.data.window.seconds() * 1_000 / (columns.max(1) as u64)).max(1)
}

/// The end of the last column: columns begin at multiples of their length, so that they hold still while time goes on.
fn end_ms(app: &App, column_ms: u64) -> u64 {
    app.data.time_ms.div_ceil(column_ms) * column_ms
}

/// The latencies of a tool in each of so many columns of equal time; `None` where it was not called. Where columns are shorter than Intervals, each
/// that lies in one has all of it.
fn columns(app: &App, name: &Arc<str>, columns: usize) -> Vec<Option<Histogram<u32>>> {
    let mut spread: Vec<Option<Histogram<u32>>> = vec![None; columns];
    let column_ms = column_ms(app, columns);
    let end = end_ms(app, column_ms);
    for interval in app.data.window.intervals() {
        let Some(tool) = interval.tools.iter().find(|tool| tool.tool == *name) else { continue };
        let Ok(Some(histogram)) = decode(&tool.total) else { continue };
        let back = |time_ms: u64| usize::try_from(end.saturating_sub(time_ms) / column_ms).unwrap_or(usize::MAX);
        let began = interval.time_ms.saturating_sub(u64::from(interval.length_ms.max(1)) - 1);
        for column in back(interval.time_ms)..=back(began).min(columns.saturating_sub(1)) {
            // Histograms of one kind can always be added.
            let _ = spread.iter_mut().nth_back(column).map(|place| place.get_or_insert_with(latency).add(&histogram));
        }
    }
    spread
}

/// A scale of latencies that grows by a constant factor.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Log {
    low: f64,
    high: f64,
}

impl Log {
    /// From the smallest to the largest of these, at least a factor of four.
    fn over(values: impl Iterator<Item = u64>) -> Option<Self> {
        let (low, high) = values
            .map(|value| value.max(1) as f64)
            .fold((f64::MAX, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
        (high > 0.0).then(|| Self { low, high: high.max(low * 4.0) })
    }

    /// Where on the scale this is, 0 to 1.
    fn share(self, value: f64) -> f64 {
        ((value.max(1.0) / self.low).ln() / (self.high / self.low).ln()).clamp(0.0, 1.0)
    }

    /// What is at this share of the scale.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between two latencies lies a latency")]
    fn at(self, share: f64) -> u64 {
        (self.low * (self.high / self.low).powf(share)).round() as u64
    }
}

/// Labels of a scale on the left: at the top, at the bottom and between.
fn labels(app: &App, canvas: &mut Canvas<'_>, area: Rect, scale: Log) {
    if area.x < GUTTER || area.height == 0 {
        return;
    }
    let last = area.height - 1;
    let every = (area.height / 5).max(1);
    for y in (0..area.height).filter(|y| *y == last || (y % every == 0 && last - y >= every)) {
        let share = if last == 0 { 1.0 } else { f64::from(last - y) / f64::from(last) };
        canvas.text(0, area.y + y, &format!("{:>6}", units::span(scale.at(share))), app.theme.ui.dim);
    }
}

/// The promise of a p95, in microseconds, with the words for it.
fn contract(app: &App, name: &str) -> Option<(u64, String)> {
    let status = app.data.state.contracts.iter().find(|status| status.contract.tool == name)?;
    let promised = status.contract.p95_ms?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a checked number of milliseconds")]
    let micros = (promised * 1_000.0) as u64;
    let kept = match status.kept {
        Some(true) => "kept",
        Some(false) => "broken",
        None => "too few calls",
    };
    Some((micros, format!("contract: kmtop adds at most {} (p95), {kept}", units::span(micros))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_grows_by_a_factor() {
        let scale = Log::over([100, 10_000].into_iter()).expect("two values");
        assert_eq!((scale.at(0.0), scale.at(0.5), scale.at(1.0)), (100, 1_000, 10_000));
        assert!((scale.share(1_000.0) - 0.5).abs() < 1e-9);
        assert_eq!(Log::over([7].into_iter()).map(|scale| scale.at(1.0)), Some(28));
        assert_eq!(Log::over(std::iter::empty()), None);
    }
}
