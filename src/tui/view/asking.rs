//! Small boxes that ask: before what cannot be taken back, and for what is typed.

use super::overlay::middle;
use crate::{
    tui::{
        App,
        widget::{self, Canvas, cut, piece},
    },
    util::numbers::small,
};

/// A question with its two answers, or with the word that is typed.
pub(super) fn confirm(app: &App, canvas: &mut Canvas<'_>) {
    let Some(asked) = &app.asked else { return };
    let ui = &app.theme.ui;
    let height = small(asked.lines.len()) + 4;
    let mut area = canvas.part(middle(canvas.area(), 72, height));
    area.clear(ui.background.patch(ui.text));
    let title = [piece(asked.title.as_str(), app.theme.status.crit)];
    let mut inner = widget::frame(&mut area, &app.glyphs, true, app.theme.status.crit, &title, &[]);
    let width = usize::from(inner.width().saturating_sub(2));
    for (y, line) in (0..).zip(&asked.lines) {
        inner.text(1, y, &cut(line, width, app.glyphs.ellipsis), ui.text);
    }
    let last = inner.height().saturating_sub(1);
    if asked.typed {
        let words = format!("type {} and Enter; Esc leaves it: {}_", asked.verb, app.typed);
        inner.text(1, last, &cut(&words, width, app.glyphs.ellipsis), ui.accent);
    } else {
        let style = |chosen: bool| if chosen { ui.selection } else { ui.dim };
        let x = inner.text(1, last, " Cancel ", style(!asked.yes));
        let x = inner.text(x + 1, last, &format!(" {} ", asked.verb), style(asked.yes));
        inner.text(x + 2, last, "Tab chooses, Enter does it, Esc leaves it", ui.dim);
    }
}

/// What is promised of a tool.
pub(super) fn contract(app: &App, canvas: &mut Canvas<'_>) {
    let name = app.selected_tool().map(ToString::to_string).unwrap_or_default();
    let now = app.data.state.contracts.iter().find(|status| status.contract.tool == name);
    let now = now.map_or_else(|| "nothing is promised of it".to_owned(), |status| format!("now: {}", status.contract.words()));
    let lines = [
        now,
        "95 of 100 calls: what kmtop adds takes at most so many milliseconds.".to_owned(),
        "Empty takes the promise back. It holds until the server ends; [[contract]] keeps it.".to_owned(),
    ];
    typed(app, canvas, &format!("Contract of {name}"), &lines, "p95 in ms");
}

/// The parameter of a macro.
pub(super) fn parameter(app: &App, canvas: &mut Canvas<'_>) {
    let name = app.open_listed().map(|listed| listed.name.clone()).unwrap_or_default();
    let lines =
        ["What %TriggerValue% is; empty for none.".to_owned(), "Enter runs it; what writes is asked about first.".to_owned()];
    typed(app, canvas, &format!("Run {name}"), &lines, "parameter");
}

fn typed(app: &App, canvas: &mut Canvas<'_>, title: &str, lines: &[String], what: &str) {
    let ui = &app.theme.ui;
    let mut area = canvas.part(middle(canvas.area(), 88, small(lines.len()) + 4));
    area.clear(ui.background.patch(ui.text));
    let title = [piece(cut(title, 60, app.glyphs.ellipsis), ui.title)];
    let mut inner = widget::frame(&mut area, &app.glyphs, true, ui.border_focus, &title, &[piece("Esc leaves it", ui.dim)]);
    let width = usize::from(inner.width().saturating_sub(2));
    for (y, line) in (0..).zip(lines) {
        inner.text(1, y, &cut(line, width, app.glyphs.ellipsis), ui.dim);
    }
    let last = inner.height().saturating_sub(1);
    inner.text(1, last, &cut(&format!("{what}: {}_", app.typed), width, app.glyphs.ellipsis), ui.accent);
}
