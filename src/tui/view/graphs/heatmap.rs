//! How many calls of one tool took how long, over time: a column for each moment, a row for each step of a scale that grows by a
//! constant factor.

use std::sync::Arc;

use crate::{
    tui::{
        App, GlyphSet,
        view::system,
        widget::{Canvas, piece},
    },
    util::units,
};

use super::{Log, contract, course::contract_line, labels, plot_area};

const SHADES: [&str; 4] = ["░", "▒", "▓", "█"];
const ASCII: [&str; 4] = [".", ":", "x", "#"];

pub(super) fn draw(app: &App, canvas: &mut Canvas<'_>, name: &Arc<str>) {
    let ui = &app.theme.ui;
    if app.slow {
        canvas.text(1, 0, "no heatmap over a slow line; v for another view", ui.dim);
        return;
    }
    let area = plot_area(canvas.width(), canvas.height());
    let columns = super::columns(app, name, usize::from(area.width));
    let contract = contract(app, name);
    let ends = columns.iter().flatten().flat_map(|histogram| [histogram.min(), histogram.max()]);
    let Some(scale) = Log::over(ends.chain(contract.iter().map(|(limit, _)| *limit))) else {
        canvas.text(1, 0, "no calls in this window", ui.dim);
        return;
    };
    let rows = usize::from(area.height);
    let counts: Vec<Vec<u64>> = columns
        .iter()
        .map(|column| {
            let mut counts = vec![0_u64; rows];
            for value in column.iter().flat_map(hdrhistogram::Histogram::iter_recorded) {
                if let Some(row) = counts.get_mut(row(scale, value.value_iterated_to(), rows)) {
                    *row += u64::from(value.count_at_value());
                }
            }
            counts
        })
        .collect();
    let most = counts.iter().flatten().copied().max().unwrap_or_default();
    let shades = if app.glyphs.set == GlyphSet::Ascii { ASCII } else { SHADES };
    for (x, column) in (area.x..area.right()).zip(&counts) {
        for (y, count) in (area.y..area.bottom()).rev().zip(column) {
            if let Some(step) = shade(*count, most) {
                let style = app.theme.graph.heat.at((step + 1) as f64 / 4.0);
                canvas.glyph(x, y, shades[step], style);
            }
        }
    }
    labels(app, canvas, area, scale);
    if let Some((limit, words)) = &contract {
        contract_line(app, canvas, area, scale.share(*limit as f64), words);
    }
    system::time_axis(app, &mut canvas.part(ratatui::layout::Rect { y: area.bottom(), height: 1, ..area }));
    let mut legend = vec![piece("calls ", ui.dim)];
    for (step, glyph) in shades.iter().enumerate() {
        legend.push(piece(format!("{glyph} "), app.theme.graph.heat.at((step + 1) as f64 / 4.0)));
        legend.push(piece(format!("{} ", units::count(least(step, most))), ui.dim));
    }
    canvas.pieces(area.x, area.bottom() + 1, &legend);
}

/// The row of a latency, from the bottom.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a small count")]
fn row(scale: Log, micros: u64, rows: usize) -> usize {
    ((scale.share(micros as f64) * rows as f64) as usize).min(rows.saturating_sub(1))
}

/// The fewest calls of a shade: each has about as many times more as the one before.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a root of a count")]
fn least(step: usize, most: u64) -> u64 {
    ((most.max(1) as f64).powf(step as f64 / 4.0).ceil() as u64).max(1 + step as u64)
}

/// The shade of a count; `None` for none at all.
fn shade(count: u64, most: u64) -> Option<usize> {
    (count > 0).then(|| (0..4).rev().find(|step| count >= least(*step, most)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shades_grow_by_a_factor_and_none_is_none() {
        assert_eq!(
            [0, 1, 4, 10, 31, 32, 100].map(|count| shade(count, 100)),
            [None, Some(0), Some(1), Some(2), Some(2), Some(3), Some(3)]
        );
        assert_eq!(shade(1, 1), Some(0));
    }

    #[test]
    fn every_latency_has_a_row() {
        let scale = Log::over([100, 10_000].into_iter()).expect("two values");
        assert_eq!([1, 100, 1_001, 10_000, 99_999].map(|micros| row(scale, micros, 10)), [0, 0, 5, 9, 9]);
    }
}
