//! A part of the screen that cannot be drawn outside of, whatever its size.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::Style,
};
use unicode_width::UnicodeWidthStr;

use crate::util::numbers::small;

/// A piece of a line: text in one style.
pub(crate) type Piece = (String, Style);

/// A piece of a line.
pub(crate) fn piece(text: impl Into<String>, style: Style) -> Piece {
    (text.into(), style)
}

/// A part of a buffer. Places are counted from its own corner; what lies outside is not drawn.
pub(crate) struct Canvas<'b> {
    buffer: &'b mut Buffer,
    area: Rect,
}

impl<'b> Canvas<'b> {
    pub(crate) fn new(buffer: &'b mut Buffer, area: Rect) -> Self {
        let area = area.intersection(buffer.area);
        Self { buffer, area }
    }

    /// A part of this canvas.
    pub(crate) fn part(&mut self, area: Rect) -> Canvas<'_> {
        let moved = Rect {
            x: self.area.x.saturating_add(area.x),
            y: self.area.y.saturating_add(area.y),
            width: area.width,
            height: area.height,
        };
        let area = moved.intersection(self.area);
        Canvas { buffer: self.buffer, area }
    }

    pub(crate) fn width(&self) -> u16 {
        self.area.width
    }

    pub(crate) fn height(&self) -> u16 {
        self.area.height
    }

    /// Its own area, from its own corner.
    pub(crate) fn area(&self) -> Rect {
        Rect { x: 0, y: 0, width: self.area.width, height: self.area.height }
    }

    /// Draws text and returns the column after it.
    pub(crate) fn text(&mut self, x: u16, y: u16, text: &str, style: Style) -> u16 {
        if x >= self.area.width || y >= self.area.height {
            return x.saturating_add(small(text.width()));
        }
        let room = usize::from(self.area.width - x);
        let (end, _) = self.buffer.set_stringn(self.area.x + x, self.area.y + y, text, room, style);
        end - self.area.x
    }

    /// Draws pieces one after another and returns the column after them.
    pub(crate) fn pieces(&mut self, x: u16, y: u16, pieces: &[Piece]) -> u16 {
        pieces.iter().fold(x, |x, (text, style)| self.text(x, y, text, *style))
    }

    /// Draws pieces so that they end at the right edge; returns the column at which they begin.
    pub(crate) fn right(&mut self, y: u16, pieces: &[Piece]) -> u16 {
        let width: usize = pieces.iter().map(|(text, _)| text.width()).sum();
        let x = self.area.width.saturating_sub(small(width));
        self.pieces(x, y, pieces);
        x
    }

    /// Whether nothing is drawn in this cell.
    pub(crate) fn is_empty(&self, x: u16, y: u16) -> bool {
        let place = Position { x: self.area.x.saturating_add(x), y: self.area.y.saturating_add(y) };
        self.area.contains(place) && self.buffer.cell(place).is_some_and(|cell| cell.symbol() == " ")
    }

    /// Puts a style over a whole line.
    pub(crate) fn style_line(&mut self, y: u16, style: Style) {
        if y < self.area.height {
            self.buffer.set_style(Rect { y: self.area.y + y, height: 1, ..self.area }, style);
        }
    }

    /// Empties it, in this style.
    pub(crate) fn clear(&mut self, style: Style) {
        for position in self.area.positions() {
            if let Some(cell) = self.buffer.cell_mut(position) {
                cell.reset();
                cell.set_style(style);
            }
        }
    }

    /// Draws one glyph of one column.
    pub(crate) fn glyph(&mut self, x: u16, y: u16, glyph: &str, style: Style) {
        if x < self.area.width
            && y < self.area.height
            && let Some(cell) = self.buffer.cell_mut(Position { x: self.area.x + x, y: self.area.y + y })
        {
            cell.set_symbol(glyph).set_style(style);
        }
    }
}
