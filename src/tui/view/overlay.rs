//! What lies over the panes: the help and other lists that are searched, and the question on leaving.

use ratatui::layout::Rect;

use crate::{
    tui::{
        App,
        app::{Finding, Overlay},
        keymap::BINDINGS,
        widget::{self, Canvas, cut, left, piece},
    },
    util::numbers::small,
};

/// Columns of the help's keys.
const KEYS: usize = 16;
const HELP_WIDTH: u16 = 78;

pub(crate) fn draw(app: &App, canvas: &mut Canvas<'_>) {
    match app.overlay {
        Some(Overlay::Find(finding)) => finder(app, canvas, finding),
        Some(Overlay::Confirm) => super::asking::confirm(app, canvas),
        Some(Overlay::Contract) => super::asking::contract(app, canvas),
        Some(Overlay::Parameter) => super::asking::parameter(app, canvas),
        Some(Overlay::Question) => question(app, canvas),
        Some(Overlay::Why) => super::why::why(app, canvas),
        Some(Overlay::Approve(id)) => super::why::approve(app, canvas, id),
        // The filter is typed in the footer.
        Some(Overlay::Filter) | None => {}
    }
}

/// A box in the middle, emptied.
pub(super) fn middle(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    Rect { x: (area.width - width) / 2, y: (area.height - height) / 2, width, height }
}

/// Where a list that is searched stands.
fn finder_area(size: (u16, u16), finding: Finding) -> Rect {
    let (width, lines) = match finding {
        Finding::Help => (HELP_WIDTH, small(BINDINGS.len())),
        Finding::Palette => (HELP_WIDTH, 16),
        // At the left, so that the rest shows what the theme looks like.
        Finding::Themes => (30, 24),
    };
    let area = middle(Rect { x: 0, y: 0, width: size.0, height: size.1 }, width, lines + 3);
    if finding == Finding::Themes { Rect { x: 0, ..area } } else { area }
}

/// Lines of such a list that are shown at once.
pub(crate) fn finder_rows(size: (u16, u16), finding: Finding) -> usize {
    usize::from(finder_area(size, finding).height.saturating_sub(3))
}

/// The line of such a list at this place of the screen, from the first one shown.
pub(crate) fn finder_hit(size: (u16, u16), finding: Finding, (x, y): (u16, u16)) -> Option<usize> {
    let area = finder_area(size, finding);
    let inside = (area.x + 1..area.right().saturating_sub(1)).contains(&x);
    let row = y.checked_sub(area.y + 2).filter(|row| usize::from(*row) < finder_rows(size, finding));
    row.filter(|_| inside).map(usize::from)
}

fn finder(app: &App, canvas: &mut Canvas<'_>, finding: Finding) {
    let ui = &app.theme.ui;
    let found = app.found(finding);
    let (title, hint) = match finding {
        Finding::Help => ("Help", "Enter runs  Esc closes"),
        Finding::Palette => ("Commands", "Enter runs  Esc closes"),
        Finding::Themes => ("Themes", "Enter takes"),
    };
    let mut area = canvas.part(finder_area(app.size, finding));
    area.clear(ui.background.patch(ui.text));
    let title = [piece(title, ui.title)];
    let notes = [piece(format!("{}  {hint}", found.len()), ui.dim)];
    let mut inner = widget::frame(&mut area, &app.glyphs, true, ui.border_focus, &title, &notes);
    let width = usize::from(inner.width().saturating_sub(2));
    let typed = format!("{} {}_", app.glyphs.cursor, app.typed);
    inner.text(1, 0, &cut(&typed, width, app.glyphs.ellipsis), ui.accent);
    let keys = match finding {
        Finding::Themes => 0,
        _ if inner.width() < 40 => 8,
        _ => KEYS,
    };
    if found.is_empty() {
        inner.text(1, 1, "nothing has these words", ui.dim);
    }
    for (y, (at, line)) in (1..inner.height()).zip(found.iter().enumerate().skip(app.finder.offset)) {
        let chosen = at == app.finder.selected;
        let style = if line.off { ui.dim } else { ui.text };
        let x = inner.text(1, y, &left(&line.keys, keys, ""), ui.key) + u16::from(keys > 0);
        let off = if line.off { "  (off: read-only)" } else { "" };
        let room = usize::from(inner.width().saturating_sub(x + 1));
        inner.text(x, y, &cut(&format!("{}{off}", line.text), room, app.glyphs.ellipsis), style);
        if chosen {
            inner.text(0, y, app.glyphs.cursor, ui.accent);
            inner.style_line(y, ui.selection);
        }
    }
}

fn question(app: &App, canvas: &mut Canvas<'_>) {
    let ui = &app.theme.ui;
    let clients = app.data.recent_clients();
    let who = if clients == 1 { "1 client".to_owned() } else { format!("{clients} clients") };
    let mut area = canvas.part(middle(canvas.area(), 48, 7));
    area.clear(ui.background.patch(ui.text));
    let mut inner = widget::frame(&mut area, &app.glyphs, true, ui.border_focus, &[piece("Quit", ui.title)], &[]);
    inner.text(1, 0, &format!("{who} called in the last minute."), ui.text);
    let answers = [("k", "keep serving, without a console"), ("s", "stop the server"), ("Esc", "stay here")];
    for (y, (key, words)) in (2..).zip(answers) {
        inner.text(2, y, key, ui.key);
        inner.text(7, y, words, ui.text);
    }
}
