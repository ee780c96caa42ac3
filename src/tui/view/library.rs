//! Library: the macros, what becomes of them here, and where they are.

use crate::{
    tui::{
        App,
        app::Listed,
        keymap::Pane,
        widget::{Canvas, Piece, left, piece, right},
    },
    util::units,
};

use super::note;

/// From this width on the group is shown, and from the second one the UUID.
const GROUP: u16 = 60;
const UID: u16 = 110;

pub(crate) fn titles(app: &App) -> (Vec<Piece>, Vec<Piece>) {
    let (shown, all) = (app.macro_rows().count() as u64, app.macros.listed.len() as u64);
    let count = if shown == all { units::count(all) } else { format!("{}/{}", units::count(shown), units::count(all)) };
    (note(app, format!("  {count} macros")), note(app, "Enter opens and runs"))
}

/// Macros that are shown at once.
pub(crate) fn rows(height: u16) -> usize {
    usize::from(height.saturating_sub(1))
}

pub(crate) fn draw(app: &App, canvas: &mut Canvas<'_>) {
    let ui = &app.theme.ui;
    if app.macro_rows().next().is_none() {
        let words = match () {
            () if app.playback().is_some() => "a recording has no library".to_owned(),
            () if !app.filters.of(Pane::Library).is_empty() => "no macro has these words; Esc shows all".to_owned(),
            () => match &app.macros.problem {
                Some(why) => format!("the list cannot be had: {why}; Ctrl-R asks again"),
                None if app.data.state.calls == 0 && !app.data.welcomed => "waiting for the server".to_owned(),
                None => "no macros: put .kmmacros files into the library folder, or name them with --library".to_owned(),
            },
        };
        canvas.text(
            1,
            0,
            &crate::tui::widget::cut(&words, usize::from(canvas.width().saturating_sub(2)), app.glyphs.ellipsis),
            ui.dim,
        );
        return;
    }
    line(app, canvas, 0, None);
    for (y, (at, listed)) in (1..canvas.height()).zip(app.macro_rows().enumerate().skip(app.macros.cursor.offset)) {
        line(app, canvas, y, Some(listed));
        if at == app.macros.cursor.index() {
            canvas.text(0, y, app.glyphs.cursor, ui.accent);
        }
    }
}

/// A macro's line, or the heads of the columns.
fn line(app: &App, canvas: &mut Canvas<'_>, y: u16, listed: Option<&Listed>) {
    let (ui, status) = (&app.theme.ui, &app.theme.status);
    let (mark, style) = match listed.map(|listed| listed.mode.as_str()) {
        Some("run") => (app.glyphs.ok.as_str(), status.ok),
        Some("simulate") => (app.glyphs.warn.as_str(), status.warn),
        Some(_) => (app.glyphs.crit.as_str(), status.crit),
        None => ("", ui.dim),
    };
    canvas.text(1, y, mark, style);
    let width = canvas.width();
    let rest = 18 + if width >= GROUP { 21 } else { 0 } + if width >= UID { 38 } else { 0 };
    let name_width = usize::from(width.saturating_sub(3 + rest)).max(8);
    let text = if listed.is_some_and(|listed| listed.enabled) { ui.text } else { ui.dim };
    let name = listed.map_or("MACRO", |listed| &listed.name);
    let x = canvas.text(3, y, &left(name, name_width, app.glyphs.ellipsis), text);
    let word = listed.map_or("HERE", |listed| &listed.mode);
    let x = canvas.text(x, y, &format!(" {}", left(word, 9, "")), if listed.is_some() { style } else { ui.dim });
    let actions = listed.map_or_else(|| "ACTIONS".to_owned(), |listed| units::count(listed.actions));
    let mut x = canvas.text(x, y, &right(&actions, 7), ui.dim) + 1;
    if width >= GROUP {
        x = canvas.text(x, y, &left(listed.map_or("GROUP", |listed| &listed.group), 20, app.glyphs.ellipsis), ui.dim) + 1;
    }
    if width >= UID {
        canvas.pieces(x, y, &[piece(left(listed.map_or("UUID", |listed| &listed.uid), 36, ""), ui.dim)]);
    }
}
