//! Calls: every finished call, the newest first.

use ratatui::style::Style;

use crate::{
    model::{CallRecord, Ending},
    tui::{
        App,
        app::ShownCalls,
        keymap::Pane,
        widget::{Canvas, Piece, left, right},
    },
    util::units,
};

use super::{clock, empty, note, slow};

/// From this height on columns have heads.
const HEADS: u16 = 6;

pub(crate) fn titles(app: &App) -> (Vec<Piece>, Vec<Piece>) {
    if app.shown_calls == ShownCalls::Slow {
        return slow::titles(app);
    }
    let following = app.calls.index() == 0;
    let kept = units::count(app.data.kept.calls().len() as u64);
    let only = if app.shown_calls == ShownCalls::Errors { "  failed only, e shows all" } else { "" };
    (note(app, only), note(app, format!("{kept} kept  {}", if following { "following" } else { "Home follows" })))
}

pub(crate) fn has_heads(width: u16, height: u16) -> bool {
    width >= 78 && height >= HEADS
}

/// Calls that are shown at once.
pub(crate) fn rows(width: u16, height: u16) -> usize {
    usize::from(height - u16::from(has_heads(width, height)))
}

pub(crate) fn draw(app: &App, canvas: &mut Canvas<'_>) {
    if app.shown_calls == ShownCalls::Slow {
        return slow::draw(app, canvas);
    }
    if app.data.kept.calls().len() == 0 {
        return empty(app, canvas);
    }
    if app.call_rows().next().is_none() {
        canvas.text(1, 0, "no call is like that", app.theme.ui.dim);
        return;
    }
    let heads = has_heads(canvas.width(), canvas.height());
    if heads {
        draw_heads(app, canvas);
    }
    let calls = app.call_rows().enumerate().skip(app.calls.offset);
    for (y, (at, call)) in (u16::from(heads)..canvas.height()).zip(calls) {
        line(app, canvas, y, call);
        if app.focus == Pane::Calls && at == app.calls.index() {
            canvas.text(0, y, app.glyphs.cursor, app.theme.ui.accent);
        }
    }
}

/// The newest calls without heads or selection, for a pane that has room to spare.
pub(crate) fn newest(app: &App, canvas: &mut Canvas<'_>) {
    for (y, call) in (0..canvas.height()).zip(app.data.calls()) {
        line(app, canvas, y, call);
    }
}

/// A column: its head, its width, and whether it stands on the right.
struct Column {
    head: &'static str,
    width: usize,
    number: bool,
    /// The least width of the pane that shows it.
    from: u16,
}

const COLUMNS: [Column; 9] = [
    Column { head: "TIME", width: 12, number: false, from: 0 },
    Column { head: "ID", width: 8, number: false, from: 70 },
    Column { head: "CLIENT", width: 15, number: false, from: 60 },
    Column { head: "TOOL", width: 18, number: false, from: 0 },
    Column { head: "TOTAL", width: 6, number: true, from: 0 },
    Column { head: "WAIT", width: 6, number: true, from: 110 },
    Column { head: "RUN", width: 6, number: true, from: 110 },
    Column { head: "RESULT", width: 14, number: false, from: 0 },
    Column { head: "WKR", width: 4, number: false, from: 76 },
];

fn draw_heads(app: &App, canvas: &mut Canvas<'_>) {
    let (mut x, width) = (3, canvas.width());
    for column in COLUMNS.iter().filter(|column| width >= column.from) {
        let head = if column.number { right(column.head, column.width) } else { left(column.head, column.width, "") };
        x = canvas.text(x, 0, &head, app.theme.ui.dim) + 1;
    }
    canvas.text(x, 0, "ABOUT", app.theme.ui.dim);
}

/// The mark and style of an ending.
pub(crate) fn ending(app: &App, ending: Ending) -> (&str, Style) {
    match ending {
        Ending::Ok => (app.glyphs.rest, app.theme.ui.dim),
        Ending::Cancelled => (&app.glyphs.warn, app.theme.status.warn),
        _ => (&app.glyphs.crit, app.theme.status.crit),
    }
}

fn line(app: &App, canvas: &mut Canvas<'_>, y: u16, call: &CallRecord) {
    let ui = &app.theme.ui;
    let (mark, style) = ending(app, call.ending);
    canvas.text(1, y, mark, style);
    let (mut x, width) = (3, canvas.width());
    let narrow = width < 60;
    for column in COLUMNS.iter().filter(|column| width >= column.from) {
        let (text, style) = match column.head {
            "TIME" => (clock(app, call.time_ms, if narrow { "%H:%M:%S" } else { "%H:%M:%S%.3f" }), ui.dim),
            "ID" => (format!("#{}", call.id), ui.dim),
            "CLIENT" => (call.client.to_string(), ui.text),
            "TOOL" => (call.tool.to_string(), ui.text),
            "TOTAL" => (units::span(call.total_us), ui.text),
            "WAIT" => (micros(app, call.queued_us), ui.text),
            "RUN" => (micros(app, call.ran_us), ui.text),
            "RESULT" => (call.code.as_deref().unwrap_or(call.ending.word()).to_owned(), style),
            _ => (call.worker.map_or_else(|| app.glyphs.unknown.to_owned(), |slot| format!("w{slot}")), ui.dim),
        };
        let width = if narrow && column.head == "TIME" { 8 } else { column.width };
        let text = if column.number { right(&text, width) } else { left(&text, width, app.glyphs.ellipsis) };
        x = canvas.text(x, y, &text, style) + 1;
    }
    let room = usize::from(canvas.width().saturating_sub(x));
    canvas.text(x, y, &left(call.subject.as_deref().unwrap_or_default(), room, app.glyphs.ellipsis), ui.text);
}

fn micros(app: &App, micros: Option<u64>) -> String {
    micros.map_or_else(|| app.glyphs.unknown.to_owned(), units::span)
}
