//! Lines on a grid of dots, two columns and four rows to a cell; in ASCII one to a cell.

use ratatui::{layout::Rect, style::Style};

use crate::tui::{GlyphSet, glyphs::Glyphs};

use super::Canvas;

/// Lines of several series; where they meet, the one drawn last is seen.
#[derive(Debug)]
pub(crate) struct Plot {
    columns: usize,
    rows: usize,
    /// Each cell's dots, and the series that was there last.
    cells: Vec<(u8, usize)>,
}

/// The bit of each dot of a cell, from the top, left and right.
const DOTS: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];
/// What a series is drawn with in ASCII.
const ASCII: [&str; 4] = ["*", "+", "o", "."];

impl Plot {
    /// An empty plot for an area of this many cells.
    pub(crate) fn new(area: Rect) -> Self {
        let (columns, rows) = (usize::from(area.width), usize::from(area.height));
        Self { columns, rows, cells: vec![(0, 0); columns * rows] }
    }

    /// Columns of dots.
    pub(crate) fn width(&self) -> usize {
        self.columns * 2
    }

    /// A dot at this column, at this share of the height.
    fn dot(&mut self, x: usize, y: usize, series: usize) {
        let height = self.rows * 4;
        if x < self.width() && y < height {
            let row = (height - 1 - y) / 4;
            let cell = &mut self.cells[row * self.columns + x / 2];
            *cell = (cell.0 | DOTS[(height - 1 - y) % 4][x % 2], series);
        }
    }

    /// A line through these shares of the height, one for each column of dots; `None` is a gap.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a small count")]
    pub(crate) fn line(&mut self, shares: &[Option<f64>], series: usize) {
        let top = (self.rows * 4).saturating_sub(1);
        let mut last: Option<usize> = None;
        for (x, share) in shares.iter().enumerate() {
            let y = share.map(|share| (share.clamp(0.0, 1.0) * top as f64).round() as usize);
            if let Some(y) = y {
                // The rise from the point before is filled, so that a steep line stays one.
                let from = last.map_or(y, |last| if last < y { last + 1 } else { last.saturating_sub(1).max(y) });
                for between in from.min(y)..=from.max(y) {
                    self.dot(x, between, series);
                }
            }
            last = y;
        }
    }

    /// Draws it, each series in its style.
    pub(crate) fn draw(&self, canvas: &mut Canvas<'_>, area: Rect, glyphs: &Glyphs, styles: &[Style]) {
        for (at, (dots, series)) in self.cells.iter().enumerate().filter(|(_, (dots, _))| *dots > 0) {
            let (column, row) = (at % self.columns, at / self.columns);
            let (x, y) = (area.x.saturating_add(super::small(column)), area.y.saturating_add(super::small(row)));
            let glyph = match glyphs.set {
                GlyphSet::Ascii => ASCII[(*series).min(ASCII.len() - 1)].to_owned(),
                GlyphSet::Unicode => char::from_u32(0x2800 + u32::from(*dots)).unwrap_or(' ').to_string(),
            };
            canvas.glyph(x, y, &glyph, styles.get(*series).copied().unwrap_or_default());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_goes_through_its_points_and_stops_at_gaps() {
        let mut plot = Plot::new(Rect::new(0, 0, 2, 1));
        plot.line(&[Some(0.0), Some(1.0), None, Some(0.0)], 0);
        assert_eq!(plot.cells, [(0x40 | 0x20 | 0x10 | 0x08, 0), (0x80, 0)]);
    }

    #[test]
    fn nothing_is_drawn_outside() {
        let mut plot = Plot::new(Rect::new(0, 0, 0, 0));
        plot.line(&[Some(0.5); 8], 0);
        assert_eq!(plot.cells, []);
    }
}
