//! The frame around a pane: dim, or heavy where the keys go.

use ratatui::{layout::Rect, style::Style};
use unicode_width::UnicodeWidthStr;

use crate::{tui::glyphs::Glyphs, util::numbers::small};

use super::{Canvas, Piece};

/// Draws a frame with a title on the left and, where there is room, notes on the right. Returns what is inside.
pub(crate) fn frame<'c>(
    canvas: &'c mut Canvas<'_>,
    glyphs: &Glyphs,
    focused: bool,
    style: Style,
    title: &[Piece],
    notes: &[Piece],
) -> Canvas<'c> {
    let (width, height) = (canvas.width(), canvas.height());
    let [top_left, top_right, bottom_right, bottom_left, horizontal, vertical] =
        if focused { glyphs.frame_focus } else { glyphs.frame };
    if width < 2 || height < 2 {
        return canvas.part(Rect::default());
    }
    let line = horizontal.repeat(usize::from(width - 2));
    canvas.text(0, 0, &format!("{top_left}{line}{top_right}"), style);
    canvas.text(0, height - 1, &format!("{bottom_left}{line}{bottom_right}"), style);
    for y in 1..height - 1 {
        canvas.glyph(0, y, vertical, style);
        canvas.glyph(width - 1, y, vertical, style);
    }
    titles(canvas, title, notes, style);
    canvas.part(Rect { x: 1, y: 1, width: width - 2, height: height - 2 })
}

fn titles(canvas: &mut Canvas<'_>, title: &[Piece], notes: &[Piece], style: Style) {
    let width_of = |pieces: &[Piece]| small(pieces.iter().map(|(text, _)| text.width()).sum());
    let (title_width, notes_width) = (width_of(title), width_of(notes));
    let width = canvas.width();
    let room = width.saturating_sub(4);
    let mut top = canvas.part(Rect { x: 2, y: 0, width: room, height: 1 });
    if title_width > 0 {
        let x = top.text(0, 0, " ", style);
        let x = top.pieces(x, 0, title);
        top.text(x, 0, " ", style);
    }
    if notes_width > 0 && title_width + notes_width + 6 <= room {
        let mut notes = notes.to_vec();
        notes.insert(0, (" ".to_owned(), style));
        notes.push((" ".to_owned(), style));
        top.right(0, &notes);
    }
}
