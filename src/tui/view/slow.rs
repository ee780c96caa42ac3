//! The slow log: calls that had a worker for much longer than their like, the newest first.

use crate::{
    model::SlowCall,
    tui::{
        App,
        widget::{Canvas, Piece, left, right},
    },
    util::units,
};

use super::{calls::has_heads, clock, note};

pub(crate) fn titles(app: &App) -> (Vec<Piece>, Vec<Piece>) {
    let count = app.data.state.pool.slow.len();
    (note(app, " slow only"), note(app, format!("{count} newest  s shows all")))
}

/// A column: its head, its width, and the least width of the pane that shows it.
const COLUMNS: [(&str, usize, u16); 9] = [
    ("TIME", 8, 0),
    ("CLIENT", 15, 90),
    ("TOOL", 16, 0),
    ("PHASE", 5, 70),
    ("WAIT", 6, 60),
    ("RUN", 6, 0),
    ("USUAL", 6, 60),
    ("RESULT", 9, 0),
    ("WKR", 4, 50),
];
/// From this width on the digest of the arguments is shown, too.
const DIGEST: u16 = 120;

pub(crate) fn draw(app: &App, canvas: &mut Canvas<'_>) {
    let slow = &app.data.state.pool.slow;
    if slow.is_empty() {
        canvas.text(1, 0, "no call was slow for its kind (over a second and five times the usual)", app.theme.ui.dim);
        return;
    }
    let heads = has_heads(canvas.width(), canvas.height());
    if heads {
        draw_heads(app, canvas);
    }
    for (y, call) in (u16::from(heads)..canvas.height()).zip(slow) {
        line(app, canvas, y, call);
    }
}

fn draw_heads(app: &App, canvas: &mut Canvas<'_>) {
    let (mut x, width) = (3, canvas.width());
    for (head, columns, _) in COLUMNS.iter().filter(|(_, _, from)| width >= *from) {
        x = canvas.text(x, 0, &aligned(head, head, *columns, ""), app.theme.ui.dim) + 1;
    }
    if width >= DIGEST {
        x = canvas.text(x, 0, &left("ARGUMENTS", 17, ""), app.theme.ui.dim);
    }
    canvas.text(x, 0, "ABOUT", app.theme.ui.dim);
}

fn aligned(head: &str, text: &str, width: usize, ellipsis: &str) -> String {
    if matches!(head, "WAIT" | "RUN" | "USUAL") { right(text, width) } else { left(text, width, ellipsis) }
}

fn line(app: &App, canvas: &mut Canvas<'_>, y: u16, call: &SlowCall) {
    let ui = &app.theme.ui;
    let bad = &*call.ending != "answered";
    let (mark, style) = if bad { (&app.glyphs.crit, app.theme.status.crit) } else { (&app.glyphs.warn, app.theme.status.warn) };
    canvas.text(1, y, mark, style);
    let (mut x, width) = (3, canvas.width());
    // Times are kept in whole milliseconds.
    let span = |millis: u64| if millis == 0 { "<1ms".to_owned() } else { units::span(millis * 1_000) };
    for (head, columns, _) in COLUMNS.iter().filter(|(_, _, from)| width >= *from) {
        let (text, style) = match *head {
            "TIME" => (clock(app, call.time_ms, "%H:%M:%S"), ui.dim),
            "CLIENT" => (call.client.to_string(), ui.text),
            "TOOL" => (call.tool.to_string(), ui.text),
            "PHASE" => (call.phase.to_string(), ui.dim),
            "WAIT" => (span(call.queued_ms), ui.text),
            "RUN" => (span(call.ran_ms), ui.text),
            "USUAL" => (call.usual_ms.map_or_else(|| app.glyphs.unknown.to_owned(), span), ui.dim),
            "RESULT" => (call.ending.to_string(), if bad { style } else { ui.dim }),
            _ => (format!("w{}", call.worker), ui.dim),
        };
        x = canvas.text(x, y, &aligned(head, &text, *columns, app.glyphs.ellipsis), style) + 1;
    }
    if width >= DIGEST {
        x = canvas.text(x, y, &left(&call.digest, 17, ""), ui.dim);
    }
    let room = usize::from(canvas.width().saturating_sub(x));
    canvas.text(x, y, &left(call.subject.as_deref().unwrap_or_default(), room, app.glyphs.ellipsis), ui.text);
}
