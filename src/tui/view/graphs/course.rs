//! The median, the 95th and the 99th percentile of one tool over time.

use std::sync::Arc;

use hdrhistogram::Histogram;
use ratatui::layout::Rect;

use crate::{
    metrics::quantile,
    tui::{
        App,
        app::{p95, p99},
        view::system,
        widget::{Canvas, Plot, piece},
    },
    util::units,
};

use super::{Log, contract, labels, plot_area};

/// A line: its name and what it is made of.
type Series = (&'static str, fn(&Histogram<u32>) -> Option<u64>);

/// From the one that is drawn first, and so may be covered.
const SERIES: [Series; 4] = [
    ("max", |histogram| quantile(histogram, 1.0)),
    ("p99", |histogram| p99(histogram)),
    ("p95", |histogram| p95(histogram)),
    ("p50", |histogram| quantile(histogram, 0.5)),
];

pub(super) fn draw(app: &App, canvas: &mut Canvas<'_>, name: &Arc<str>) {
    let (ui, status) = (&app.theme.ui, &app.theme.status);
    let area = plot_area(canvas.width(), canvas.height());
    let mut plot = Plot::new(area);
    // A column is a cell: half of one has too few calls for percentiles.
    let columns = super::columns(app, name, usize::from(area.width));
    let known = columns.iter().flatten();
    let contract = contract(app, name);
    let ends = known.flat_map(|histogram| [histogram.min(), histogram.max()]);
    let Some(scale) = Log::over(ends.chain(contract.iter().map(|(limit, _)| *limit))) else {
        canvas.text(1, 0, "no calls in this window", ui.dim);
        return;
    };
    let styles = [ui.dim, status.crit, status.warn, status.ok];
    for (at, (_, number)) in SERIES.iter().enumerate() {
        let share = |histogram: &Histogram<u32>| number(histogram).map(|micros| scale.share(micros as f64));
        let shares = columns.iter().map(|column| column.as_ref().and_then(share));
        let doubled: Vec<Option<f64>> = shares.flat_map(|share| [share, share]).collect();
        plot.line(&doubled[..doubled.len().min(plot.width())], at);
    }
    labels(app, canvas, area, scale);
    plot.draw(canvas, area, &app.glyphs, &styles);
    if let Some((limit, words)) = &contract {
        contract_line(app, canvas, area, scale.share(*limit as f64), words);
    }
    let below = Rect { x: area.x, y: area.bottom(), width: area.width, height: 1 };
    system::time_axis(app, &mut canvas.part(below));
    let mut legend = Vec::new();
    if let Some(tool) = app.data.window.tool(name) {
        for (at, (word, number)) in SERIES.iter().enumerate().rev() {
            let value = number(&tool.total).map_or_else(|| app.glyphs.unknown.to_owned(), units::span);
            legend.push(piece(format!("{} {word} ", app.glyphs.rule), styles[at]));
            legend.push(piece(format!("{value}   "), ui.text));
        }
        legend.push(piece(format!("{} calls", units::count(tool.calls)), ui.dim));
    }
    canvas.pieces(area.x, area.bottom() + 1, &legend);
}

/// The promise as a line across, where the graph itself is empty, with its words at the left.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a small count")]
pub(super) fn contract_line(app: &App, canvas: &mut Canvas<'_>, area: Rect, share: f64, words: &str) {
    let Some(last) = area.height.checked_sub(1) else { return };
    let y = area.y + last - (share * f64::from(last)).round() as u16;
    let style = app.theme.ui.accent;
    for x in (area.x..area.right()).step_by(2) {
        if canvas.is_empty(x, y) {
            canvas.glyph(x, y, app.glyphs.rule, style);
        }
    }
    let room = usize::from(area.width.saturating_sub(2));
    let words = crate::tui::widget::cut(words, room, app.glyphs.ellipsis);
    let above = if y > area.y { y - 1 } else { y + 1 };
    canvas.text(area.x + 1, above, &words, style);
}
