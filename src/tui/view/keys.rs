//! The line at the bottom: keys, or what must be said now.

use unicode_width::UnicodeWidthStr;

use crate::{
    link::Playback,
    model::Severity,
    tui::{
        App,
        app::Overlay,
        widget::{Canvas, cut, meter, piece},
    },
    util::units,
};

use super::{Form, layout::form};

/// The footer: keys, or what must be said now.
pub(crate) fn footer(app: &App, canvas: &mut Canvas<'_>) {
    let ui = &app.theme.ui;
    let width = usize::from(canvas.width());
    let says = |text: &str| format!(" {}", cut(text, width.saturating_sub(2), app.glyphs.ellipsis));
    if app.overlay == Some(Overlay::Filter) {
        let typed = format!(" show only: {}_", app.filters.of(app.focus));
        let x = canvas.text(0, 0, &cut(&typed, width, app.glyphs.ellipsis), ui.accent);
        canvas.text(x + 2, 0, "Enter keeps it, Esc shows all", ui.dim);
    } else if let Some(reason) = &app.lost {
        canvas.clear(ui.banner_lost);
        canvas.text(0, 0, &says(&format!("server gone: {reason}  (q quits)")), ui.banner_lost);
    } else if let Some(toast) = &app.toast {
        let (glyph, style) =
            if toast.bad { (&app.glyphs.crit, app.theme.status.crit) } else { (&app.glyphs.ok, app.theme.status.ok) };
        canvas.text(0, 0, &says(&format!("{glyph} {}", toast.text)), style);
    } else if let Some(playback) = app.playback() {
        replay(app, playback, canvas);
    } else if app.looks_back() {
        past(app, canvas);
    } else if app.paused() {
        canvas.clear(ui.banner_paused);
        canvas.text(0, 0, &says("PAUSED  data goes on behind; Space goes on"), ui.banner_paused);
    } else {
        keys(app, canvas);
    }
}

/// Where in a recording the screen is, and the keys that move it.
fn replay(app: &App, playback: &Playback, canvas: &mut Canvas<'_>) {
    let ui = &app.theme.ui;
    let now = app.data.time_ms;
    let days = super::clock(app, playback.first_ms, "%j") != super::clock(app, playback.last_ms, "%j");
    let format = if days { "%m-%d %H:%M" } else { "%H:%M:%S" };
    let state = match playback.paused {
        true if now >= playback.last_ms => "end ",
        true => "held",
        false => "play",
    };
    let mut pieces = vec![
        piece(format!(" {state}"), ui.accent),
        piece(format!(" x{:<4}", playback.speed), ui.text),
        piece(super::clock(app, now, if days { "%m-%d %H:%M:%S" } else { "%H:%M:%S" }), ui.title),
    ];
    let ends = [playback.first_ms, playback.last_ms].map(|time| super::clock(app, time, format));
    let hint = "  Space , . < > ( ) `";
    let wide = canvas.width() >= 60;
    let used = pieces.iter().map(|(text, _)| text.width()).sum::<usize>() + ends.iter().map(|end| end.width() + 2).sum::<usize>();
    let room = usize::from(canvas.width()).saturating_sub(used + if wide { hint.width() + 1 } else { 0 });
    let share = now.saturating_sub(playback.first_ms) as f64 / playback.last_ms.saturating_sub(playback.first_ms).max(1) as f64;
    if room >= 5 {
        pieces.push(piece(format!("  {} ", ends[0]), ui.dim));
        pieces.extend(meter(&app.glyphs, share, room, ui.accent, ui.border));
        pieces.push(piece(format!(" {}", ends[1]), ui.dim));
    }
    if wide {
        pieces.push(piece(hint, ui.key));
    }
    canvas.pieces(0, 0, &pieces);
}

/// What is looked at of the past, and beside it what is now.
fn past(app: &App, canvas: &mut Canvas<'_>) {
    let banner = app.theme.ui.banner_paused;
    canvas.clear(banner);
    let ago = app.data.newest_ms().saturating_sub(app.data.time_ms) / 1_000;
    let width = usize::from(canvas.width());
    let mut words = format!(" PAST {}, {} ago", super::clock(app, app.data.time_ms, "%H:%M:%S"), units::long_span(ago));
    if width >= 60 {
        words.push_str("   , . < > moves   ` now");
    }
    let since = app.data.past.as_ref().and_then(|past| past.since_ms);
    if since.is_none() && width >= 100 {
        words.push_str("   workers and alerts of that time are not kept");
    }
    canvas.text(0, 0, &cut(&words, width, app.glyphs.ellipsis), banner);
    if let Some((interval, state)) = app.behind().filter(|_| width >= 80) {
        let calls: u32 = interval.tools.iter().map(|tool| tool.calls).sum();
        let worst = state.alerts.iter().filter(|alert| alert.severity == Severity::Critical).count();
        canvas.right(0, &[piece(format!("now: {calls}/s  {}{worst} ", app.glyphs.crit), banner)]);
    }
}

fn keys(app: &App, canvas: &mut Canvas<'_>) {
    let ui = &app.theme.ui;
    let compact = form(app.size) == Form::Compact;
    let mut x = u16::from(!compact);
    for (binding, key, word) in app.keymap.footer() {
        let width = crate::util::numbers::small(key.width() + word.width() + 1);
        if binding.mutating && app.options.read_only || x + width > canvas.width() {
            continue;
        }
        x = canvas.text(x, 0, &key, ui.key);
        x = canvas.text(x + 1, 0, word, ui.footer) + if compact { 1 } else { 2 };
    }
}
