//! What is opened over the panes: all that is known of one thing, as lines that can be scrolled.

mod call;
mod item;
mod library;
mod tool;
mod worker;

use unicode_width::UnicodeWidthStr;

use crate::{
    tui::{
        App,
        app::{Sheet, Subject},
        widget::{self, Canvas, Piece, cut, left, piece},
    },
    util::text::sanitize,
};

use super::layout::Plan;

type Line = Vec<Piece>;

/// Columns of the names of what stands beside them.
const NAMES: usize = 14;

/// Draws the open sheet over the panes.
pub(super) fn draw(app: &App, canvas: &mut Canvas<'_>) {
    let Some(sheet) = &app.sheet else { return };
    let ui = &app.theme.ui;
    let mut area = canvas.part(Plan::new(app).body());
    area.clear(ui.background.patch(ui.text));
    let width = area.width();
    let lines = lines(app, sheet, usize::from(width.saturating_sub(4)));
    let shown = usize::from(area.height().saturating_sub(2));
    let at = if lines.len() > shown {
        format!("{}/{}  ", (sheet.offset + shown).min(lines.len()), lines.len())
    } else {
        String::new()
    };
    let title = cut(&title(app, sheet), usize::from(width.saturating_sub(24)), app.glyphs.ellipsis);
    let hint =
        if matches!(sheet.subject, Subject::Macro(_)) { "Enter runs  y copies  Esc closes" } else { "y copies  Esc closes" };
    let notes = [piece(format!("{at}{hint}"), ui.dim)];
    let mut inner = widget::frame(&mut area, &app.glyphs, true, ui.border_focus, &[piece(title, ui.title)], &notes);
    for (y, line) in (0..inner.height()).zip(lines.iter().skip(sheet.offset)) {
        inner.pieces(1, y, line);
    }
}

fn title(app: &App, sheet: &Sheet) -> String {
    match &sheet.subject {
        Subject::Tool(name) => format!("Tool {name}"),
        Subject::Call(id) => format!("Call #{id}"),
        Subject::Worker(slot) => format!("Worker {slot}"),
        Subject::Item(_) => "Alert".to_owned(),
        Subject::Client((token, name)) => {
            token.as_ref().map_or_else(|| format!("Client {name}"), |token| format!("Client {name}, token {token}"))
        }
        Subject::Macro(_) => app.open_listed().map_or_else(|| "Macro".to_owned(), |listed| format!("Macro {}", listed.name)),
    }
}

fn lines(app: &App, sheet: &Sheet, width: usize) -> Vec<Line> {
    match &sheet.subject {
        Subject::Tool(name) => tool::lines(app, name, width),
        Subject::Call(id) => call::lines(app, *id, width),
        Subject::Worker(slot) => worker::lines(app, *slot, width),
        Subject::Item(key) => item::lines(app, *key, width),
        Subject::Client((token, name)) => call::of_client(app, token.as_deref(), name, width),
        Subject::Macro(uid) => library::lines(app, uid, width),
    }
}

/// How many lines the open sheet has at the app's size.
pub(crate) fn sheet_lines(app: &App) -> usize {
    let width = usize::from(Plan::new(app).body().width.saturating_sub(4));
    app.sheet.as_ref().map_or(0, |sheet| lines(app, sheet, width).len())
}

/// How many of them are shown at once.
pub(crate) fn sheet_rows(app: &App) -> usize {
    usize::from(Plan::new(app).body().height.saturating_sub(2))
}

/// The open sheet as text, to be copied.
pub(crate) fn sheet_text(app: &App) -> String {
    let Some(sheet) = &app.sheet else { return String::new() };
    let lines = lines(app, sheet, 96);
    let text = lines.iter().map(|line| line.iter().map(|(text, _)| text.as_str()).collect::<String>().trim_end().to_owned());
    format!("{}\n{}\n", title(app, sheet), text.collect::<Vec<_>>().join("\n"))
}

/// The head of a part, with a line before it.
fn head(app: &App, lines: &mut Vec<Line>, words: &str) {
    if !lines.is_empty() {
        lines.push(Vec::new());
    }
    lines.push(vec![piece(words, app.theme.ui.accent)]);
}

/// A name and what stands beside it, on as many lines as it takes.
fn pair(app: &App, lines: &mut Vec<Line>, name: &str, text: &str, width: usize) {
    let ui = &app.theme.ui;
    for (at, part) in wrapped(text, width.saturating_sub(NAMES + 1).max(8)).into_iter().enumerate() {
        lines.push(vec![piece(left(if at == 0 { name } else { "" }, NAMES, ""), ui.dim), piece(part, ui.text)]);
    }
}

/// A text in lines of at most this width, broken at spaces where that can be.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in sanitize(text).split(' ') {
        let mut word = word.to_owned();
        if !line.is_empty() && line.width() + 1 + word.width() > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        // A word longer than a line is broken where the line ends.
        while line.width() + word.width() > width {
            let room = width.saturating_sub(line.width());
            let fits: String = word
                .chars()
                .scan(0, |used, letter| {
                    *used += unicode_width::UnicodeWidthChar::width(letter).unwrap_or_default();
                    (*used <= room).then_some(letter)
                })
                .collect();
            if fits.is_empty() && line.is_empty() {
                break;
            }
            word = word[fits.len()..].to_owned();
            line.push_str(&fits);
            lines.push(std::mem::take(&mut line));
        }
        line.push_str(&word);
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_broken_at_spaces_and_long_words_anywhere() {
        assert_eq!(wrapped("one two three", 8), ["one two", "three"]);
        assert_eq!(wrapped("abcdefghij kl", 4), ["abcd", "efgh", "ij", "kl"]);
        assert_eq!(wrapped("", 4), [""]);
        assert_eq!(wrapped("漢字漢字", 5), ["漢字", "漢字"]);
        for line in wrapped("漢字 a❤\u{fe0f}b \u{202e}right-to-left", 3) {
            assert!(line.width() <= 4, "{line:?}");
        }
    }
}
