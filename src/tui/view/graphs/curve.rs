//! The latency at each percentile: how long the slowest tenth, hundredth and thousandth of calls take.

use std::sync::Arc;

use hdrhistogram::Histogram;

use crate::{
    metrics::quantile,
    tui::{
        App,
        widget::{Canvas, Plot, piece},
    },
    util::units,
};

use super::{Log, contract, course::contract_line, labels, plot_area};

/// The axis ends here: one call of a thousand is slower, and a little more.
const NINES: f64 = 3.3;
/// Marks on the axis.
const MARKS: [(f64, &str); 5] = [(0.5, "p50"), (0.9, "p90"), (0.95, "p95"), (0.99, "p99"), (0.999, "p99.9")];

/// Where a percentile stands: the same way again for each further nine.
fn place(quantile: f64) -> f64 {
    (-(1.0 - quantile).max(1e-6).log10() / NINES).clamp(0.0, 1.0)
}

pub(super) fn draw(app: &App, canvas: &mut Canvas<'_>, name: &Arc<str>) {
    let (ui, status) = (&app.theme.ui, &app.theme.status);
    let area = plot_area(canvas.width(), canvas.height());
    let Some(tool) = app.data.window.tool(name).filter(|tool| !tool.total.is_empty()) else {
        canvas.text(1, 0, "no calls in this window", ui.dim);
        return;
    };
    let contract = contract(app, name);
    let histograms = [&tool.overhead, &tool.total];
    let ends = histograms.iter().filter(|one| !one.is_empty()).flat_map(|one| [one.min(), one.max()]);
    let Some(scale) = Log::over(ends.chain(contract.iter().map(|(limit, _)| *limit))) else { return };
    let mut plot = Plot::new(area);
    let styles = [ui.dim, status.info];
    for (at, histogram) in histograms.iter().enumerate() {
        plot.line(&line(histogram, plot.width(), scale), at);
    }
    labels(app, canvas, area, scale);
    plot.draw(canvas, area, &app.glyphs, &styles);
    if let Some((limit, words)) = &contract {
        contract_line(app, canvas, area, scale.share(*limit as f64), words);
    }
    marks(app, canvas, area);
    let legend = [
        piece(format!("{} whole call   ", app.glyphs.rule), styles[1]),
        piece(format!("{} added by kmtop   ", app.glyphs.rule), styles[0]),
        piece(format!("{} calls, max {}", units::count(tool.calls), units::span(tool.total.max())), ui.text),
    ];
    canvas.pieces(area.x, area.bottom() + 1, &legend);
}

/// The latency at each column's percentile; nothing where there are too few calls to tell it.
fn line(histogram: &Histogram<u32>, width: usize, scale: Log) -> Vec<Option<f64>> {
    let calls = histogram.len() as f64;
    let share = |x: usize| {
        let slower = 10_f64.powf(-(x as f64 / (width.saturating_sub(1)).max(1) as f64) * NINES);
        let known = calls * slower >= 1.0;
        known.then(|| quantile(histogram, 1.0 - slower).map(|micros| scale.share(micros as f64))).flatten()
    };
    (0..width).map(share).collect()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a small count")]
fn marks(app: &App, canvas: &mut Canvas<'_>, area: ratatui::layout::Rect) {
    let mut free = 0;
    for (quantile, word) in MARKS {
        let x = area.x + (place(quantile) * f64::from(area.width.saturating_sub(1))) as u16;
        if x >= free && x + 3 < canvas.width() {
            free = canvas.text(x, area.bottom(), word, app.theme.ui.dim) + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_nine_has_the_same_room() {
        let step = place(0.9);
        assert!((place(0.99) - 2.0 * step).abs() < 1e-9 && (place(0.999) - 3.0 * step).abs() < 1e-9);
        assert!((place(0.0), place(1.0)) == (0.0, 1.0));
    }

    #[test]
    fn what_too_few_calls_cannot_tell_is_left_out() {
        let mut histogram = crate::metrics::latency();
        histogram.record_n(1_000, 10).expect("recorded");
        let scale = Log::over([100, 10_000].into_iter()).expect("two values");
        let line = line(&histogram, 100, scale);
        assert!(line[..30].iter().all(Option::is_some), "up to the slowest tenth");
        assert!(line[31..].iter().all(Option::is_none), "beyond it");
    }
}
