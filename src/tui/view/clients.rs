//! Clients: who calls, how often, and how it goes; below them the engine.

use crate::{
    model::Client,
    tui::{
        App,
        app::{Data, over},
        keymap::Pane,
        widget::{Canvas, Piece, left, piece},
    },
    util::units,
};

use super::{empty, mark, status};

/// Lines that the engine takes at the bottom.
const ENGINE: u16 = 4;

pub(crate) fn titles(app: &App) -> (Vec<Piece>, Vec<Piece>) {
    (vec![piece(format!(" {}", app.data.state.clients.len()), app.theme.ui.title)], Vec::new())
}

fn has_engine(height: u16) -> bool {
    height >= 10
}

/// Clients that are shown at once.
pub(crate) fn rows(_: &App, height: u16) -> usize {
    usize::from(if has_engine(height) { height - ENGINE - 1 } else { height.saturating_sub(1) })
}

pub(crate) fn draw(app: &App, canvas: &mut Canvas<'_>) {
    let height = canvas.height();
    if app.data.state.clients.is_empty() {
        empty(app, canvas);
    } else {
        let head = format!("{}{:<8}{:>7}{:>6}{:>8}", left("CLIENT", name_width(canvas), ""), "BY", "CALLS", "ERR%", "SEEN");
        canvas.text(3, 0, &head, app.theme.ui.dim);
        let shown = app.data.state.clients.iter().enumerate().skip(app.clients.offset).take(rows(app, height));
        for (y, (at, client)) in (1..).zip(shown) {
            line(app, canvas, y, client);
            if app.focus == Pane::Clients && at == app.clients.index() {
                canvas.text(0, y, app.glyphs.cursor, app.theme.ui.accent);
            }
        }
    }
    if has_engine(height) {
        engine(app, canvas, height - ENGINE);
    }
}

fn name_width(canvas: &Canvas<'_>) -> usize {
    usize::from(canvas.width()).saturating_sub(34).clamp(6, 32)
}

fn line(app: &App, canvas: &mut Canvas<'_>, y: u16, client: &Client) {
    let ui = &app.theme.ui;
    let share = if client.calls > 0 { client.errors as f64 / client.calls as f64 } else { 0.0 };
    let bad = over(share * 100.0, Data::limits(&app.data.info, "error_share", (1.0, 5.0)));
    canvas.text(1, y, mark(app, bad), status(app, bad));
    let seen = app.data.time_ms.saturating_sub(client.seen_ms) / 1_000;
    let seen = if seen == 0 { "now".to_owned() } else { format!("{} ago", units::long_span(seen)) };
    let x = canvas.text(3, y, &left(&client.name, name_width(canvas), app.glyphs.ellipsis), ui.text);
    let numbers = format!("{:<8}{:>7}{:>6}", client.transport.word(), units::count(client.calls), units::percent(share));
    let x = canvas.text(x, y, &numbers, ui.text);
    canvas.text(x, y, &format!("{seen:>10}"), ui.dim);
}

fn engine(app: &App, canvas: &mut Canvas<'_>, y: u16) {
    let (ui, engine) = (&app.theme.ui, &app.data.state.engine);
    let rule = app.glyphs.rule.repeat(usize::from(canvas.width().saturating_sub(2)));
    canvas.text(1, y, &rule, ui.border);
    let running = engine.status == "running";
    let (glyph, style) = if running { (&app.glyphs.ok, app.theme.status.ok) } else { (&app.glyphs.crit, app.theme.status.crit) };
    let name = left(&engine.backend, 12, app.glyphs.ellipsis);
    canvas.pieces(
        1,
        y + 1,
        &[piece("engine   ", ui.dim), piece(name, ui.text), piece(format!("{glyph} {}", left(&engine.status, 12, "")), style)],
    );
    let macros = engine.macros.map_or_else(|| app.glyphs.unknown.to_owned(), units::count);
    canvas.pieces(1, y + 2, &[piece("macros   ", ui.dim), piece(macros, ui.text)]);
    if engine.unreadable_files > 0 {
        let files = if engine.unreadable_files == 1 { "file" } else { "files" };
        let text = format!("{} {} {files} cannot be read", app.glyphs.warn, engine.unreadable_files);
        canvas.text(1, y + 3, &text, app.theme.status.warn);
    }
}
