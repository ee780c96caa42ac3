//! Graphs: numbers over time, newest at the right. A gap is blank, and zero is not a gap.

use ratatui::{layout::Rect, style::Style};

use crate::tui::{GlyphSet, glyphs::Glyphs, theme::Gradient};

use super::Canvas;

/// Numbers spread over columns of equal time; the highest of each column. `None` is a gap.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Samples {
    pub(crate) columns: Vec<Option<f64>>,
}

impl Samples {
    /// Spreads points (end, length, number; all in milliseconds, oldest first) over `columns` of a window that ends at `now_ms`.
    ///
    /// Columns begin at multiples of their length, so that the graph moves on by whole columns and its shape holds still.
    pub(crate) fn spread(
        points: impl Iterator<Item = (u64, u32, Option<f64>)>,
        now_ms: u64,
        window_s: u64,
        columns: usize,
    ) -> Self {
        let mut spread = vec![None; columns];
        let column_ms = (window_s * 1_000 / (columns.max(1) as u64)).max(1);
        let end = now_ms.div_ceil(column_ms) * column_ms;
        // How many columns before the last one a moment lies in.
        let back = |at_ms: u64| usize::try_from(end.saturating_sub(at_ms) / column_ms).unwrap_or(usize::MAX);
        for (end_ms, length_ms, number) in points {
            let Some(number) = number else { continue };
            let (newest, oldest) = (back(end_ms), back(end_ms.saturating_sub(u64::from(length_ms.max(1)) - 1)));
            for column in newest..=oldest.min(columns.saturating_sub(1)) {
                let Some(place) = spread.iter_mut().nth_back(column) else { break };
                *place = Some(place.map_or(number, |before: f64| before.max(number)));
            }
        }
        Self { columns: spread }
    }

    /// The highest number.
    pub(crate) fn highest(&self) -> Option<f64> {
        self.columns.iter().flatten().copied().reduce(f64::max)
    }
}

/// What a full column stands for, and the colours up to there.
#[derive(Clone, Copy)]
pub(crate) struct Scale<'t> {
    pub(crate) top: f64,
    pub(crate) colors: &'t Gradient,
}

impl Scale<'_> {
    fn share(&self, number: f64) -> f64 {
        if self.top > 0.0 { (number / self.top).clamp(0.0, 1.0) } else { 0.0 }
    }
}

/// A number's level of `most`, at least 1: a zero is drawn, a gap is not.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a small count")]
fn level(share: f64, most: usize) -> usize {
    ((share * most as f64).round() as usize).clamp(1, most.max(1))
}

/// A graph of two columns a cell and four levels a row; in ASCII the higher of the two. Tall graphs are coloured by height, flat
/// ones by value.
pub(crate) fn braille(canvas: &mut Canvas<'_>, area: Rect, glyphs: &Glyphs, samples: &Samples, scale: Scale<'_>) {
    let rows = usize::from(area.height);
    let levels: Vec<usize> =
        samples.columns.iter().map(|number| number.map_or(0, |number| level(scale.share(number), rows * 4))).collect();
    for (x, pair) in (area.x..area.right()).zip(levels.chunks(2)) {
        let highest = pair.iter().copied().max().unwrap_or_default();
        for (y, row) in (area.y..area.bottom()).zip((0..rows).rev()) {
            let height = if rows == 1 { highest } else { (row + 1) * 4 };
            let in_row = |level: &usize| level.saturating_sub(row * 4).min(4);
            let (one, other) = (pair.first().map_or(0, in_row), pair.get(1).map_or(0, in_row));
            if one + other > 0 {
                let style = scale.colors.at(height as f64 / (rows * 4) as f64);
                canvas.glyph(x, y, &dots(one, other, glyphs.set), style);
            }
        }
    }
}

fn dots(one: usize, other: usize, set: GlyphSet) -> String {
    const LEFT: [u32; 5] = [0, 0x40, 0x44, 0x46, 0x47];
    const RIGHT: [u32; 5] = [0, 0x80, 0xA0, 0xB0, 0xB8];
    const ASCII: [&str; 5] = [" ", ".", ":", "|", "#"];
    match set {
        GlyphSet::Ascii => ASCII[one.max(other).min(4)].to_owned(),
        GlyphSet::Unicode => char::from_u32(0x2800 + LEFT[one.min(4)] + RIGHT[other.min(4)]).unwrap_or(' ').to_string(),
    }
}

/// One line of blocks, a column a cell.
pub(crate) fn sparkline(canvas: &mut Canvas<'_>, x: u16, y: u16, glyphs: &Glyphs, samples: &Samples, scale: Scale<'_>) {
    for (x, number) in (x..canvas.width()).zip(&samples.columns) {
        if let Some(number) = number {
            let share = scale.share(*number);
            canvas.glyph(x, y, glyphs.levels[level(share, 8)], scale.colors.at(share));
        }
    }
}

/// A meter of `width` cells, `share` of them full.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a small count")]
pub(crate) fn meter(glyphs: &Glyphs, share: f64, width: usize, full: Style, rest: Style) -> [super::Piece; 2] {
    let cells = ((share.clamp(0.0, 1.0) * width as f64).round() as usize).min(width);
    [(glyphs.full.repeat(cells), full), (glyphs.rest.repeat(width - cells), rest)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_fall_into_columns_of_equal_time() {
        let points = [(1_000, 1_000, Some(1.0)), (2_000, 1_000, None), (3_000, 1_000, Some(3.0)), (4_000, 1_000, Some(2.0))];
        let spread = |window_s, columns| Samples::spread(points.into_iter(), 4_000, window_s, columns).columns;
        assert_eq!(spread(4, 4), [Some(1.0), None, Some(3.0), Some(2.0)]);
        assert_eq!(spread(4, 2), [Some(1.0), Some(3.0)], "the highest of a column");
        assert_eq!(spread(8, 4), [None, None, Some(1.0), Some(3.0)], "before the first point is a gap");
        assert_eq!(spread(4, 8), [1, 1, 0, 0, 3, 3, 2, 2].map(|number| (number > 0).then_some(f64::from(number))));
        assert_eq!(spread(4, 0), []);
    }

    #[test]
    fn columns_hold_still_while_time_goes_on() {
        let points: Vec<_> = (1..=60_u32).map(|at| (u64::from(at) * 1_000, 1_000, Some(f64::from(at * 7 % 13)))).collect();
        let at = |now: u64| Samples::spread(points.iter().copied().take_while(|point| point.0 <= now), now, 40, 10).columns;
        assert_eq!(at(41_000)[..9], at(42_000)[..9], "only the newest column changes");
        assert_eq!(at(44_000)[..9], at(40_000)[1..], "and then all move on by one");
    }

    #[test]
    fn zero_is_drawn_and_a_gap_is_not() {
        assert_eq!((level(0.0, 8), level(0.5, 8), level(1.0, 8)), (1, 4, 8));
        assert_eq!(dots(1, 1, GlyphSet::Unicode), "⣀");
        assert_eq!(dots(4, 4, GlyphSet::Unicode), "⣿");
        assert_eq!(dots(0, 3, GlyphSet::Ascii), "|");
    }
}
