//! The lines at the top: is it healthy. The footer is in `keys`.

use unicode_width::UnicodeWidthStr;

use crate::{
    tui::{
        App,
        app::tally,
        widget::{Canvas, Piece, cut, piece},
    },
    util::units,
};

use super::{Form, layout::form, status};
use crate::model::Severity;

/// The header: one line at most sizes, a second with particulars at the largest.
pub(crate) fn header(app: &App, canvas: &mut Canvas<'_>) {
    let mode = mode(app);
    let mode_width: usize = mode.iter().map(|(text, _)| text.width()).sum();
    let room = usize::from(canvas.width()).saturating_sub(mode_width + 1);
    let wide = canvas.width() >= 100;
    let (name, divider) =
        if canvas.width() >= 60 { (" kmtop ", format!(" {} ", app.glyphs.divider)) } else { ("kmtop ", "  ".to_owned()) };
    let parts = parts(app, wide);
    let width_of = |part: &[Piece]| part.iter().map(|(text, _)| text.width()).sum::<usize>();
    let mut used = name.width();
    // What answers "is it healthy?" gets its room first; the order on the screen is always the same.
    let mut fits = vec![false; parts.len()];
    let mut ranked: Vec<usize> = (0..parts.len()).collect();
    ranked.sort_by_key(|at| parts[*at].0);
    for at in ranked {
        let width = width_of(&parts[at].1) + divider.width();
        fits[at] = width > divider.width() && used + width <= room + divider.width();
        used += if fits[at] { width } else { 0 };
    }
    let mut line = vec![piece(name, app.theme.ui.accent.patch(app.theme.ui.title))];
    for (_, part) in parts.into_iter().zip(fits).filter(|(_, fits)| *fits).map(|(part, _)| part) {
        if line.len() > 1 {
            line.push(piece(divider.clone(), app.theme.ui.border));
        }
        line.extend(part);
    }
    canvas.pieces(0, 0, &line);
    stopped(app, canvas);
    canvas.right(0, &mode);
    if canvas.height() > 1 {
        particulars(app, canvas);
    }
}

/// The red stop takes the whole line: nothing else matters while every call is refused.
fn stopped(app: &App, canvas: &mut Canvas<'_>) {
    let Some(by) = app.data.state.pool.stopped.as_deref().filter(|_| app.data.has_numbers()) else { return };
    let words = format!(" {} STOPPED by {by}: every call is refused; X lifts it", app.glyphs.crit);
    let width = usize::from(canvas.width());
    let text = cut(&words, width, app.glyphs.ellipsis);
    canvas.text(0, 0, &format!("{text:<width$}"), app.theme.ui.banner_lost);
}

/// The header's parts in the order shown, each with its rank: what does not fit is left out, high ranks first.
fn parts(app: &App, wide: bool) -> Vec<(u8, Vec<Piece>)> {
    let (ui, data) = (&app.theme.ui, &app.data);
    if !data.welcomed {
        return vec![(0, vec![piece("waiting for the server", ui.dim)])];
    }
    if !data.has_numbers() {
        let host = cut(&data.info.host, 24, app.glyphs.ellipsis);
        return vec![(0, vec![piece(host, ui.header)]), (1, vec![piece("waiting for the first numbers", ui.dim)])];
    }
    let host = cut(&data.info.host, if wide { 24 } else { 14 }, app.glyphs.ellipsis);
    let clients = format!("{} {}", if wide { "clients" } else { "cli" }, clients_in_window(app));
    vec![
        (3, vec![piece(host, ui.header)]),
        (6, vec![piece(format!("up {}", units::long_span(data.uptime_s())), ui.dim)]),
        (1, engine(app, wide)),
        (4, vec![piece(clients, ui.text)]),
        (2, traffic(app)),
        (0, alerts(app)),
        (4, score(app, wide)),
        (1, super::held::note(app)),
        (5, dropped(app)),
    ]
}

fn clients_in_window(app: &App) -> usize {
    let since = app.data.time_ms.saturating_sub(app.data.window.seconds() * 1_000);
    app.data.state.clients.iter().filter(|client| client.seen_ms >= since).count()
}

/// Calls a second and the share that failed.
fn traffic(app: &App) -> Vec<Piece> {
    let (window, ui) = (&app.data.window, &app.theme.ui);
    let mut pieces = vec![piece(format!("{}/s", units::rate(window.rate(window.all().calls).unwrap_or_default())), ui.text)];
    if let Some(share) = window.all().error_share() {
        let limits = crate::tui::app::Data::limits(&app.data.info, "error_share", (1.0, 5.0));
        let bad = crate::tui::app::over(share * 100.0, limits);
        pieces.push(piece(format!(" err {}%", units::percent(share)), if bad.is_some() { status(app, bad) } else { ui.text }));
    }
    pieces
}

fn engine(app: &App, wide: bool) -> Vec<Piece> {
    let (engine, status) = (&app.data.state.engine, &app.theme.status);
    let (mark, style) = match engine.status.as_str() {
        "running" => (&app.glyphs.ok, status.ok),
        "down" => (&app.glyphs.crit, status.crit),
        _ => (&app.glyphs.warn, status.warn),
    };
    let name = cut(&engine.backend, 10, app.glyphs.ellipsis);
    let word = if wide { format!(" {}", cut(&engine.status, 10, app.glyphs.ellipsis)) } else { String::new() };
    let state = piece(format!("{mark}{word}"), style);
    // The narrowest screen has no room for the backend's name.
    if form(app.size) == Form::Compact { vec![state] } else { vec![piece(format!("{name} "), app.theme.ui.text), state] }
}

/// How much is wrong; that nothing is, is said too.
fn alerts(app: &App) -> Vec<Piece> {
    if !app.data.has_numbers() {
        return vec![piece(app.glyphs.unknown, app.theme.ui.dim)];
    }
    let (critical, warning) = tally(&app.data);
    let mut pieces = Vec::new();
    if critical > 0 {
        pieces.push(piece(format!("{}{critical}", app.glyphs.crit), app.theme.status.crit));
    }
    if warning > 0 {
        let space = if critical > 0 { " " } else { "" };
        pieces.push(piece(format!("{space}{}{warning}", app.glyphs.warn), app.theme.status.warn));
    }
    if pieces.is_empty() {
        pieces.push(piece(format!("{} ok", app.glyphs.ok), app.theme.status.ok));
    }
    pieces
}

/// The score, and what holds the server back.
fn score(app: &App, wide: bool) -> Vec<Piece> {
    let (state, status) = (&app.data.state, &app.theme.status);
    let Some(score) = &state.score else { return Vec::new() };
    let style = match score.total {
        good if good >= 90.0 => status.ok,
        fair if fair >= 70.0 => status.warn,
        _ => status.crit,
    };
    let word = if wide { "score " } else { "" };
    let mut pieces = vec![piece(word, app.theme.ui.dim), piece(format!("{:.0}", score.total), style)];
    if let Some(bottleneck) = state.bottleneck.as_ref().filter(|_| wide) {
        pieces.push(piece(format!(" {}", bottleneck.cause.word()), status.warn));
    }
    pieces
}

fn dropped(app: &App) -> Vec<Piece> {
    let dropped = app.data.state.dropped;
    if dropped == 0 {
        return Vec::new();
    }
    vec![piece(format!("dropped {}", units::count(dropped)), app.theme.status.warn)]
}

/// Whether this is now, the past, or nothing at all.
fn mode(app: &App) -> Vec<Piece> {
    let ui = &app.theme.ui;
    let (word, style) = match () {
        () if app.lost.is_some() => (" LOST ", ui.banner_lost),
        () if app.playback().is_some() => (" REPLAY ", ui.banner_paused),
        () if app.looks_back() => (" PAST ", ui.banner_paused),
        () if app.paused() => (" PAUSED ", ui.banner_paused),
        () if !app.data.has_numbers() => (" ... ", ui.dim),
        () if app.size.0 >= 60 => ("LIVE ", app.theme.status.ok),
        () => ("LIVE", app.theme.status.ok),
    };
    let mut pieces = vec![piece(word, style)];
    if app.recording() {
        pieces.insert(0, piece("REC ", app.theme.status.crit));
    }
    if app.slow {
        pieces.insert(0, piece("slow line ", app.theme.status.warn));
    }
    pieces
}

/// The second line: what seldom changes.
fn particulars(app: &App, canvas: &mut Canvas<'_>) {
    let (ui, info, state) = (&app.theme.ui, &app.data.info, &app.data.state);
    let mut parts = vec![format!("window {}", units::window(app.data.window.seconds()))];
    parts.push(cut(&info.system, 32, app.glyphs.ellipsis));
    parts.push(format!("pid {}", info.pid));
    parts.extend(info.http.as_ref().map(|http| cut(http, 40, app.glyphs.ellipsis)));
    parts.push(format!("connections {}", state.connections));
    parts.push(format!("calls {} since the start", units::count(state.calls)));
    parts.push(format!("theme {}", cut(&app.theme.name, 20, app.glyphs.ellipsis)));
    parts.extend(app.attached.then(|| "attached".to_owned()));
    parts.extend(app.options.read_only.then(|| "read-only".to_owned()));
    let divider = format!(" {} ", app.glyphs.divider);
    canvas.text(1, 1, &parts.join(&divider), ui.dim);
    canvas.right(1, &[piece(super::clock(app, app.data.time_ms, "%H:%M:%S"), ui.dim)]);
}

/// The whole screen in one line.
pub(crate) fn line(app: &App, canvas: &mut Canvas<'_>) {
    let mut pieces = mode(app);
    for part in [alerts(app), traffic(app), vec![piece(cut(&app.data.info.host, 20, app.glyphs.ellipsis), app.theme.ui.dim)]] {
        pieces.push(piece(" ", app.theme.ui.text));
        pieces.extend(part);
    }
    if let Some(toast) = &app.toast {
        let style = status(app, toast.bad.then_some(Severity::Critical));
        pieces = vec![piece(cut(&toast.text, 200, app.glyphs.ellipsis), style)];
    }
    canvas.pieces(0, 0, &pieces);
}
