//! The screen as a picture: an SVG with every cell in its place, whatever the font of who looks at it.

use std::fmt::Write as _;

use ratatui::{
    buffer::Buffer,
    style::{Color, Modifier, Style},
};
use unicode_width::UnicodeWidthStr as _;

use super::Theme;

/// A cell's width and height, and how far below its top the letters stand, in the picture's units.
const CELL: (f64, f64) = (8.4, 18.0);
const BASE: f64 = 13.4;
/// Room around the cells.
const MARGIN: f64 = 12.0;

/// What the terminal's own 16 colours are taken for, and its own text and background.
const SIXTEEN: [&str; 16] = [
    "#1c1f26", "#e06c75", "#8cc265", "#d9a74a", "#5b9fe6", "#c678dd", "#42b3c2", "#b9c0cb", "#6f7889", "#f0848c", "#a5d67f",
    "#e8c067", "#7cb8f5", "#d69aea", "#66cfdd", "#ffffff",
];
const OWN: (&str, &str) = ("#d5dae3", "#14171d");

/// Cells in one style that stand beside each other.
struct Run {
    x: u16,
    width: usize,
    text: String,
    style: Style,
    /// A letter of two cells stands alone, lest a font that draws it otherwise moves what follows.
    wide: bool,
}

/// The picture of what is drawn in this buffer, with this title for those who do not see it.
#[must_use]
pub fn svg(buffer: &Buffer, theme: &Theme, title: &str) -> String {
    let (columns, rows) = (f64::from(buffer.area.width), f64::from(buffer.area.height));
    let (width, height) = (columns * CELL.0 + 2.0 * MARGIN, rows * CELL.1 + 2.0 * MARGIN);
    let ground = theme.ui.background.bg.map_or_else(|| OWN.1.to_owned(), |color| hex(color, OWN.1));
    let mut picture = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\">\n<title>{}</title>\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{ground}\"/>\n\
         <g font-family=\"ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace\" font-size=\"14\" xml:space=\"preserve\">\n",
        html_escape::encode_text(title),
    );
    for y in 0..buffer.area.height {
        for run in runs(buffer, y) {
            draw(&mut picture, &run, y, &ground);
        }
    }
    picture.push_str("</g>\n</svg>\n");
    picture
}

fn runs(buffer: &Buffer, y: u16) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut skip = 0;
    for x in 0..buffer.area.width {
        // A wide letter has the cell after it, too.
        if skip > 0 {
            skip -= 1;
            continue;
        }
        let cell = &buffer[(x, y)];
        let width = cell.symbol().width().max(1);
        skip = width - 1;
        match runs.last_mut() {
            Some(run) if run.style == cell.style() && !run.wide && width == 1 => {
                run.text.push_str(cell.symbol());
                run.width += 1;
            }
            _ => runs.push(Run { x, width, text: cell.symbol().to_owned(), style: cell.style(), wide: width > 1 }),
        }
    }
    runs
}

fn draw(picture: &mut String, run: &Run, y: u16, ground: &str) {
    let (mut fg, mut bg) = (hex(run.style.fg.unwrap_or(Color::Reset), OWN.0), hex(run.style.bg.unwrap_or(Color::Reset), ground));
    let mods = run.style.add_modifier;
    if mods.contains(Modifier::REVERSED) {
        (fg, bg) = (bg, fg);
    }
    let left = MARGIN + f64::from(run.x) * CELL.0;
    let top = MARGIN + f64::from(y) * CELL.1;
    let width = run.width as f64 * CELL.0;
    if bg != ground {
        let _ =
            writeln!(picture, "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{}\" fill=\"{bg}\"/>", CELL.1);
    }
    // Spaces at the ends are drawn by nobody; those inside keep their width by the length that is given.
    let text = run.text.trim_end();
    let before = text.len() - text.trim_start().len();
    let text = text.trim_start();
    if text.is_empty() {
        return;
    }
    let (left, width) = (left + before as f64 * CELL.0, text.width() as f64 * CELL.0);
    let weight = if mods.contains(Modifier::BOLD) { " font-weight=\"bold\"" } else { "" };
    let faint = if mods.contains(Modifier::DIM) { " opacity=\"0.6\"" } else { "" };
    let _ = writeln!(
        picture,
        "<text x=\"{left:.1}\" y=\"{:.1}\" fill=\"{fg}\" textLength=\"{width:.1}\" lengthAdjust=\"spacingAndGlyphs\"{weight}{faint}>{}</text>",
        top + BASE,
        html_escape::encode_text(text),
    );
}

fn hex(color: Color, own: &str) -> String {
    let sixteen = |at: usize| SIXTEEN[at].to_owned();
    match color {
        Color::Reset => own.to_owned(),
        Color::Rgb(red, green, blue) => format!("#{red:02x}{green:02x}{blue:02x}"),
        Color::Indexed(index) if index >= 16 => {
            let [red, green, blue] = super::theme::indexed_rgb(index);
            format!("#{red:02x}{green:02x}{blue:02x}")
        }
        Color::Indexed(index) => sixteen(usize::from(index)),
        Color::Black => sixteen(0),
        Color::Red => sixteen(1),
        Color::Green => sixteen(2),
        Color::Yellow => sixteen(3),
        Color::Blue => sixteen(4),
        Color::Magenta => sixteen(5),
        Color::Cyan => sixteen(6),
        Color::Gray => sixteen(7),
        Color::DarkGray => sixteen(8),
        Color::LightRed => sixteen(9),
        Color::LightGreen => sixteen(10),
        Color::LightYellow => sixteen(11),
        Color::LightBlue => sixteen(12),
        Color::LightMagenta => sixteen(13),
        Color::LightCyan => sixteen(14),
        Color::White => sixteen(15),
    }
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;

    use super::*;

    #[test]
    fn cells_of_one_style_are_one_text_in_its_place() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 2));
        buffer.set_string(2, 1, "a<b", Style::new().fg(Color::Red).add_modifier(Modifier::BOLD));
        buffer.set_string(6, 1, "漢x", Style::new().bg(Color::Rgb(1, 2, 3)));
        let picture = svg(&buffer, &Theme::default(), "a & b");
        assert!(picture.contains("<title>a &amp; b</title>"), "{picture}");
        assert!(picture.contains("x=\"28.8\" y=\"43.4\" fill=\"#e06c75\" textLength=\"25.2\""), "{picture}");
        assert!(picture.contains("font-weight=\"bold\">a&lt;b</text>"), "{picture}");
        assert!(picture.contains("fill=\"#010203\"/>"), "{picture}");
        assert_eq!(picture.matches("<text").count(), 3, "a wide letter stands alone: {picture}");
    }
}
