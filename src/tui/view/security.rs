//! What was turned away, below the clients: counts, and where there is room the newest of it.

use crate::{
    tui::{
        App,
        widget::{Canvas, cut, left},
    },
    util::units,
};

use super::clock;

/// From this height of the pane on single events are listed.
const LISTED: u16 = 18;
/// Events that are listed at most.
const MOST: usize = 8;

/// Lines that this takes of a pane so high: none while nothing was turned away.
pub(crate) fn lines(app: &App, height: u16) -> u16 {
    let security = &app.data.state.security;
    let lost = u16::from(security.audit_lost > 0);
    match height {
        _ if security.counts.is_empty() && lost == 0 => 0,
        0..LISTED => 1 + lost,
        _ => 1 + lost + crate::util::numbers::small(security.events.len().min(MOST)),
    }
}

pub(crate) fn draw(app: &App, canvas: &mut Canvas<'_>) {
    let (ui, security) = (&app.theme.ui, &app.data.state.security);
    let room = usize::from(canvas.width().saturating_sub(2));
    let fit = |text: &str| cut(text, room, app.glyphs.ellipsis);
    let counts = security.counts.iter().map(|(kind, count)| format!("{} {}", kind.words(), units::count(*count)));
    let counts = counts.collect::<Vec<_>>().join(", ");
    let mut y = 0;
    if !counts.is_empty() {
        canvas.text(1, 0, &fit(&format!("refused  {counts}")), app.theme.status.warn);
        y = 1;
    }
    if security.audit_lost > 0 {
        let text = format!("{} {} lines of the audit log were lost", app.glyphs.warn, units::count(security.audit_lost));
        canvas.text(1, y, &fit(&text), app.theme.status.warn);
        y += 1;
    }
    for (y, event) in (y..canvas.height()).zip(&security.events) {
        let times = if event.times > 1 { format!(" x{}", units::count(event.times)) } else { String::new() };
        let x = canvas.text(1, y, &clock(app, event.time_ms, "%H:%M:%S "), ui.dim);
        let what = format!("{}{times}", event.kind.words());
        let x = canvas.text(x, y, &left(&what, 22, app.glyphs.ellipsis), ui.text) + 1;
        let x = canvas.text(x, y, &left(&event.who, 16, app.glyphs.ellipsis), ui.text) + 1;
        let room = usize::from(canvas.width().saturating_sub(x + 1));
        canvas.text(x, y, &cut(&event.detail, room, app.glyphs.ellipsis), ui.dim);
    }
}
