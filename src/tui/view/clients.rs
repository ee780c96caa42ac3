//! Clients: who calls, how often, and how it goes; below them the engine.

use ratatui::layout::Rect;

use crate::{
    model::Client,
    tui::{
        App,
        app::{Data, over},
        keymap::Pane,
        widget::{Canvas, Piece, left, piece, right},
    },
    util::units,
};

use super::{empty, mark, security, status};

/// Lines that the engine takes at the bottom.
const ENGINE: u16 = 4;

pub(crate) fn titles(app: &App) -> (Vec<Piece>, Vec<Piece>) {
    (vec![piece(format!(" {}", app.data.state.clients.len()), app.theme.ui.title)], Vec::new())
}

fn has_engine(height: u16) -> bool {
    height >= 10
}

/// Clients that are shown at once.
pub(crate) fn rows(app: &App, height: u16) -> usize {
    let below = if has_engine(height) { ENGINE + security::lines(app, height) } else { 0 };
    usize::from(height.saturating_sub(below + 1))
}

pub(crate) fn draw(app: &App, canvas: &mut Canvas<'_>) {
    let (width, height) = (canvas.width(), canvas.height());
    if app.data.state.clients.is_empty() {
        empty(app, canvas);
    } else {
        let columns = Columns::of(app, width);
        canvas.text(3, 0, &columns.head(), app.theme.ui.dim);
        let shown = app.client_rows().enumerate().skip(app.clients.offset).take(rows(app, height));
        for (y, (at, client)) in (1..).zip(shown) {
            line(app, canvas, y, client, &columns);
            if app.focus == Pane::Clients && at == app.clients.index() {
                canvas.text(0, y, app.glyphs.cursor, app.theme.ui.accent);
            }
        }
    }
    if has_engine(height) {
        let lines = security::lines(app, height);
        let y = height.saturating_sub(ENGINE + lines);
        security::draw(app, &mut canvas.part(Rect { x: 0, y, width, height: lines }));
        engine(app, canvas, height - ENGINE);
    }
}

/// Which columns there are: those of tokens and limits only where anybody has them, and the way in only where there is room.
struct Columns {
    name: usize,
    token: Option<usize>,
    by: bool,
    limited: bool,
    left: bool,
}

impl Columns {
    fn of(app: &App, width: u16) -> Self {
        let clients = &app.data.state.clients;
        let wide = width >= 70;
        let has_token = clients.iter().any(|client| client.token.is_some());
        let has_limit = clients.iter().any(|client| client.limited > 0 || client.allowance.is_some());
        let token = has_token.then_some(if wide { 16 } else { 9 });
        let (by, limited, left) = (wide || !has_token, has_limit, has_limit && wide);
        let fixed = 26 + token.unwrap_or(0) + usize::from(by) * 8 + usize::from(limited) * 7 + usize::from(left) * 10;
        Self { name: usize::from(width).saturating_sub(fixed).clamp(6, 32), token, by, limited, left }
    }

    fn head(&self) -> String {
        let mut head = left("CLIENT", self.name, "");
        head.push_str(&self.token.map(|width| left("TOKEN", width, "")).unwrap_or_default());
        head.push_str(if self.by { "BY      " } else { "" });
        head.push_str("  CALLS  ERR%");
        head.push_str(if self.limited { "  LIMIT" } else { "" });
        head.push_str(if self.left { "      LEFT" } else { "" });
        head.push_str("    SEEN");
        head
    }
}

fn line(app: &App, canvas: &mut Canvas<'_>, y: u16, client: &Client, columns: &Columns) {
    let ui = &app.theme.ui;
    let share = if client.calls > 0 { client.errors as f64 / client.calls as f64 } else { 0.0 };
    let bad = over(share * 100.0, Data::limits(&app.data.info, "error_share", (1.0, 5.0)));
    canvas.text(1, y, mark(app, bad), status(app, bad));
    let seen = app.data.time_ms.saturating_sub(client.seen_ms) / 1_000;
    let seen = if seen == 0 { "now".to_owned() } else { format!("{} ago", units::long_span(seen)) };
    let mut x = canvas.text(3, y, &left(&client.name, columns.name, app.glyphs.ellipsis), ui.text);
    if let Some(width) = columns.token {
        let token = client.token.as_deref().unwrap_or(app.glyphs.unknown);
        x = canvas.text(x, y, &left(token, width - 1, app.glyphs.ellipsis), ui.text) + 1;
    }
    let by = if columns.by { format!("{:<8}", client.transport.word()) } else { String::new() };
    x = canvas.text(x, y, &format!("{by}{:>7}{:>6}", units::count(client.calls), units::percent(share)), ui.text);
    if columns.limited {
        let style = if client.limited > 0 { app.theme.status.warn } else { ui.dim };
        x = canvas.text(x, y, &format!("{:>7}", units::count(client.limited)), style);
    }
    if columns.left {
        let left = client
            .allowance
            .map_or_else(|| app.glyphs.unknown.to_owned(), |allowance| format!("{}/{}", allowance.remaining, allowance.limit));
        x = canvas.text(x, y, &right(&left, 10), ui.text);
    }
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
