//! The card of a call that waits for the owner: who wants what, and the keys that answer.

use ratatui::layout::Rect;

use crate::{
    model::HeldCall,
    tui::{
        App,
        widget::{self, Canvas, Piece, cut, piece},
    },
    util::numbers::small,
};

/// Columns of the card where there is room.
const WIDTH: u16 = 88;
/// Lines of the card besides arguments and outline: the frame, who, why, a space, and the keys with a rule.
const FIXED: u16 = 9;

/// The card over everything else, unless something else asks.
pub(crate) fn draw(app: &App, canvas: &mut Canvas<'_>) {
    let Some(call) = app.card().filter(|_| app.overlay.is_none()) else { return };
    let body = small(call.arguments.len() + call.outline.len() + usize::from(!call.outline.is_empty()));
    // The header stays in sight.
    let room = canvas.height().saturating_sub(2);
    let (width, height) = (WIDTH.min(canvas.width()), (FIXED + body).min(room));
    let area = Rect { x: (canvas.width() - width) / 2, y: 1 + (room - height) / 2, width, height };
    let ui = &app.theme.ui;
    let mut card = canvas.part(area);
    card.clear(ui.background.patch(ui.text));
    let title = [piece("A call waits for you", ui.title)];
    let mut inner = widget::frame(&mut card, &app.glyphs, true, app.theme.status.warn, &title, &notes(app, call));
    let keys = if is_roomy(&inner) { 4 } else { 1 };
    let end = inner.height().saturating_sub(keys);
    lines(app, call, &mut inner, end);
    if keys == 1 {
        inner.pieces(1, end, &short_keys(app));
    } else {
        inner.text(1, end, &app.glyphs.rule.repeat(usize::from(inner.width().saturating_sub(2))), ui.border);
        answers(app, call, &mut inner, end + 1);
    }
}

/// Whether there is room for air and words: in a small card what would run goes before them.
fn is_roomy(inner: &Canvas<'_>) -> bool {
    inner.height() >= 12
}

/// How many wait, and how long this one does.
fn notes(app: &App, call: &HeldCall) -> Vec<Piece> {
    let ui = &app.theme.ui;
    let waiting = app.waiting().count();
    let left = call.until_ms.saturating_sub(app.data.time_ms).div_ceil(1_000);
    let several = if waiting > 1 { format!("1 of {waiting}  ") } else { String::new() };
    vec![piece(format!("{several}refused in {left} s"), ui.dim)]
}

fn lines(app: &App, call: &HeldCall, inner: &mut Canvas<'_>, end: u16) {
    let ui = &app.theme.ui;
    let room = usize::from(inner.width().saturating_sub(2));
    let fit = |text: &str| cut(text, room, app.glyphs.ellipsis);
    // Who asks comes before what the caller itself says of it.
    let who = format!("{} wants {}", call.who, call.tool);
    inner.text(1, 0, &fit(&who), app.theme.ui.accent);
    let why = format!("client {}, over {}; held by \"{}\"", call.client, call.transport.word(), call.rule);
    inner.text(1, 1, &fit(&why), ui.dim);
    let arguments = call.arguments.iter().map(|line| (line, ui.text));
    let outline = call.outline.iter().map(|line| (line, ui.dim));
    let space = String::new();
    let gap = (!call.outline.is_empty()).then_some((&space, ui.dim));
    let all: Vec<_> = arguments.chain(gap).chain(outline).collect();
    let first = if is_roomy(inner) { 3 } else { 2 };
    let shown = usize::from(end.saturating_sub(first));
    // The last line says how much there is no room for.
    let whole = all.len() <= shown;
    let listed = if whole { all.len() } else { shown.saturating_sub(1) };
    for (y, (text, style)) in (first..end).zip(all.iter().take(listed)) {
        inner.text(1, y, &fit(text), *style);
    }
    if !whole && shown > 0 {
        let more = format!("{} {} more lines: kmtop approve --list shows them", app.glyphs.ellipsis, all.len() - listed);
        inner.text(1, end - 1, &fit(&more), app.theme.status.warn);
    }
}

fn answers(app: &App, call: &HeldCall, inner: &mut Canvas<'_>, y: u16) {
    let ui = &app.theme.ui;
    if app.options.read_only {
        inner.text(1, y, "this console is read-only: answer in another one, or with kmtop approve", ui.dim);
        return;
    }
    let always = format!("always: {}", call.always);
    for (y, (key, words)) in (y..).zip([("y", "yes, this once"), ("Y", &*always), ("n", "no      Esc  later")]) {
        inner.text(2, y, key, ui.key);
        inner.text(5, y, &cut(words, usize::from(inner.width().saturating_sub(6)), app.glyphs.ellipsis), ui.text);
    }
}

fn short_keys(app: &App) -> Vec<Piece> {
    let ui = &app.theme.ui;
    if app.options.read_only {
        return vec![piece("read-only", ui.dim)];
    }
    let keys = [("y", " once  "), ("Y", " always  "), ("n", " no  "), ("Esc", " later")];
    keys.iter().flat_map(|(key, word)| [piece(*key, ui.key), piece(*word, ui.dim)]).collect()
}

/// The same on one line, for a screen that has no more.
pub(crate) fn line(app: &App, call: &HeldCall, canvas: &mut Canvas<'_>) {
    let text = format!("{} wants {}  ", call.who, call.tool);
    let room = usize::from(canvas.width()).saturating_sub(10);
    let x = canvas.text(0, 0, &cut(&text, room, app.glyphs.ellipsis), app.theme.status.warn);
    canvas.pieces(x, 0, &short_keys(app));
}

/// What the header says while calls wait that were put aside.
pub(crate) fn note(app: &App) -> Vec<Piece> {
    let waiting = app.waiting().count();
    if waiting == 0 {
        return Vec::new();
    }
    let word = if waiting == 1 { "call waits" } else { "calls wait" };
    vec![piece(format!("{waiting} {word} "), app.theme.status.warn), piece("y", app.theme.ui.key)]
}
