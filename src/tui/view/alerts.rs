//! Alerts: what is wrong, what would help, what was changed; and in a small screen the newest calls below.

use ratatui::{layout::Rect, style::Style};

use crate::{
    model::{Advice, Alert, AlertState, Command, Severity},
    tui::{
        App,
        app::{Item, items, tally},
        keymap::Pane,
        widget::{Canvas, Piece, cut, left, piece},
    },
    util::units,
};

use super::{calls, clock, layout::Plan, mark as status_mark, status, trial};

/// From this size on the selected line is explained below the list.
const DETAIL: (u16, u16) = (60, 10);
/// Lines of that explanation, with the rule above them.
const DETAIL_LINES: u16 = 7;
/// Lines that the newest calls keep in a pane that they share.
const CALLS: usize = 2;

pub(crate) fn titles(app: &App) -> (Vec<Piece>, Vec<Piece>) {
    let ui = &app.theme.ui;
    let (critical, warning) = tally(&app.data);
    let mut title = Vec::new();
    if critical > 0 {
        title.push(piece(format!(" {}{critical}", app.glyphs.crit), app.theme.status.crit));
    }
    if warning > 0 {
        title.push(piece(format!(" {}{warning}", app.glyphs.warn), app.theme.status.warn));
    }
    if shares_with_calls(app) {
        title.push(piece("  +  ", ui.dim));
        title.push(piece("5", ui.key));
        title.push(piece(" Calls", ui.title));
    }
    let notes = vec![piece("a", ui.key), piece(" apply  ", ui.dim), piece("u", ui.key), piece(" undo", ui.dim)];
    (title, notes)
}

fn has_detail(width: u16, height: u16) -> bool {
    width >= DETAIL.0 && height >= DETAIL.1
}

/// Lines of the list that are shown at once.
pub(crate) fn rows(width: u16, height: u16) -> usize {
    usize::from(if has_detail(width, height) { height - DETAIL_LINES } else { height })
}

pub(crate) fn draw(app: &App, canvas: &mut Canvas<'_>) {
    let items = items(&app.data);
    let (width, height) = (canvas.width(), canvas.height());
    let shared = shares_with_calls(app);
    // The newest calls keep their lines unless somebody reads the alerts.
    let room = shared && app.focus != Pane::Alerts && app.data.kept.calls().len() > 0;
    let rows = rows(width, height).saturating_sub(if room { usize::from(height / 3).min(CALLS) } else { 0 });
    if items.is_empty() {
        let (words, style) = calm(app);
        canvas.text(1, 0, &words, style);
    }
    let mut y = u16::from(items.is_empty());
    for (at, (_, item)) in items.iter().enumerate().skip(app.alerts.offset).take(rows) {
        line(app, canvas, y, item);
        if at == app.alerts.index() && app.focus == Pane::Alerts {
            canvas.text(0, y, app.glyphs.cursor, app.theme.ui.accent);
        }
        y += 1;
    }
    if has_detail(width, height) {
        let area = Rect { x: 0, y: height - DETAIL_LINES, width, height: DETAIL_LINES };
        if let Some((_, item)) = items.get(app.alerts.index()) {
            explain(app, &mut canvas.part(area), item);
        }
    } else if shared && height > y {
        calls::newest(app, &mut canvas.part(Rect { x: 0, y, width, height: height - y }));
    }
}

/// Whether Calls have no place of their own, and so show below the alerts.
fn shares_with_calls(app: &App) -> bool {
    let plan = Plan::new(app);
    plan.framed && !app.zoomed && !plan.panes.iter().any(|(pane, _)| *pane == Pane::Calls)
}

/// What is said when nothing is wrong, or nothing is known.
pub(crate) fn calm(app: &App) -> (String, Style) {
    if app.data.has_numbers() {
        (format!("{} nothing is over its limits", app.glyphs.ok), app.theme.status.ok)
    } else {
        ("waiting for the first numbers".to_owned(), app.theme.ui.dim)
    }
}

/// A line's mark and style.
pub(crate) fn mark<'a>(app: &'a App, item: &Item<'_>) -> (&'a str, Style) {
    match item {
        Item::Trial(_) => (trial::mark(app), app.theme.ui.accent),
        Item::Alert(alert) => (status_mark(app, Some(alert.severity)), status(app, Some(alert.severity))),
        Item::Advice(_) => (advice_mark(app), app.theme.ui.accent),
        Item::Change(_) => (app.glyphs.rest, app.theme.ui.dim),
        Item::Event(event) if event.severity == Severity::Info => (&app.glyphs.info, app.theme.ui.dim),
        Item::Event(event) => (status_mark(app, Some(event.severity)), status(app, Some(event.severity))),
    }
}

fn advice_mark(app: &App) -> &'static str {
    if app.glyphs.set == crate::tui::GlyphSet::Ascii { "*" } else { "◆" }
}

/// A line's words.
pub(crate) fn text(item: &Item<'_>) -> String {
    match item {
        Item::Trial(trial) => trial.line(),
        Item::Alert(alert) => alert.text.clone(),
        Item::Advice(advice) => format!("{}: {} -> {}  {}", advice.category, advice.current, advice.target, advice.issue),
        Item::Change(change) => {
            format!("{}: {}{}", change.by, change.text, if change.undone { "  (undone)" } else { "" })
        }
        Item::Event(event) => event.text.clone(),
    }
}

fn line(app: &App, canvas: &mut Canvas<'_>, y: u16, item: &Item<'_>) {
    let ui = &app.theme.ui;
    let (mark, style) = mark(app, item);
    let format = if canvas.width() >= 60 { "%H:%M:%S" } else { "%H:%M" };
    let time = item.time_ms().map_or_else(|| "advice".to_owned(), |time| clock(app, time, format));
    let x = canvas.text(1, y, mark, style);
    let x = canvas.text(x + 1, y, &left(&time, format.len(), app.glyphs.ellipsis), ui.dim) + 1;
    let end = match item {
        Item::Advice(advice) if matches!(advice.change, Command::ByHand(_)) => canvas.right(y, &[piece("by hand ", ui.dim)]),
        Item::Advice(_) => canvas.right(y, &[piece("[a]", ui.key), piece(" apply ", ui.dim)]),
        _ => canvas.width(),
    };
    let style = match item {
        Item::Change(_) | Item::Event(_) => ui.dim,
        _ => ui.text,
    };
    canvas.text(x, y, &cut(&text(item), usize::from(end.saturating_sub(x + 1)), app.glyphs.ellipsis), style);
}

/// What the selected line rests on, or what it would do.
fn explain(app: &App, canvas: &mut Canvas<'_>, item: &Item<'_>) {
    let ui = &app.theme.ui;
    canvas.text(1, 0, &app.glyphs.rule.repeat(usize::from(canvas.width().saturating_sub(2))), ui.border);
    let lines = match item {
        Item::Trial(trial) => trial::lines(trial),
        Item::Alert(alert) => alert_lines(alert),
        Item::Advice(advice) => advice_lines(advice),
        Item::Change(change) => vec![("change", format!("{}  by {}", change.id, change.by)), ("did", change.text.clone())],
        Item::Event(event) => vec![("event", event.text.clone())],
    };
    for (y, (name, text)) in (1..canvas.height()).zip(lines) {
        canvas.text(1, y, &left(name, 10, app.glyphs.ellipsis), ui.dim);
        canvas.text(11, y, &cut(&text, usize::from(canvas.width().saturating_sub(12)), app.glyphs.ellipsis), ui.text);
    }
}

pub(super) fn alert_lines(alert: &Alert) -> Vec<(&'static str, String)> {
    let number = |number: Option<f64>| number.map(|number| measure(&alert.rule, number)).unwrap_or_default();
    let severity = match alert.severity {
        Severity::Info => "info",
        Severity::Warning => "warning",
        Severity::Critical => "critical",
    };
    let state = match alert.state {
        AlertState::Pending => "pending",
        AlertState::Firing => "firing",
        AlertState::Resolving => "resolving",
    };
    let mut lines = vec![("rule", format!("{}  {}  {severity}, {state}", alert.rule, alert.subject))];
    if alert.value.is_some() {
        lines.push(("value", format!("{}  limit {}", number(alert.value), number(alert.limit))));
    }
    lines.push(("evidence", alert.evidence.join("  ")));
    lines
}

/// A number in its rule's unit.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "milliseconds, never negative")]
fn measure(rule: &str, number: f64) -> String {
    match rule {
        "queue_wait" | "hung_worker" | "response" | "file_read" => units::span((number * 1_000.0) as u64),
        "cpu" | "memory" | "error_share" | "disk_space" | "throughput" | "trend" | "worker_cpu" | "own_cpu" | "efficiency"
        | "cache_miss" | "file_slots" => format!("{}%", units::percent(number / 100.0)),
        "worker_memory" | "own_memory" => format!("{} MB", units::rate(number)),
        "disk_traffic" => format!("{} MB/s", units::rate(number)),
        "leak" => format!("{} MB/h", units::rate(number)),
        "shift" | "contract" | "contract_success" => format!("{}x", units::rate(number)),
        _ => units::rate(number),
    }
}

pub(super) fn advice_lines(advice: &Advice) -> Vec<(&'static str, String)> {
    let mut lines = vec![("issue", advice.issue.clone()), ("steps", advice.steps.join(", then "))];
    if let Some(predicted) = &advice.predicted {
        let numbers = format!("{:.0} ({:.0} to {:.0})", predicted.mid, predicted.low, predicted.high);
        lines.push(("predicted", format!("{numbers}  {}", predicted.model)));
    }
    lines.extend((!advice.evidence.is_empty()).then(|| ("evidence", advice.evidence.join("  "))));
    lines.push(("cost", format!("{}   risk {}", advice.cost, advice.risk)));
    lines.push(("undo", advice.undo.clone()));
    lines
}
