//! What lies over the panes: the help, and the question on leaving.

use ratatui::layout::Rect;

use crate::{
    tui::{
        App,
        app::Overlay,
        keymap::{BINDINGS, Binding},
        widget::{self, Canvas, left, piece},
    },
    util::numbers::small,
};

/// Columns of the help's keys.
const KEYS: usize = 16;
const HELP_WIDTH: u16 = 78;

pub(crate) fn draw(app: &App, canvas: &mut Canvas<'_>) {
    match app.overlay {
        Some(Overlay::Help(first)) => help(app, canvas, first),
        Some(Overlay::Question) => question(app, canvas),
        Some(Overlay::Why) => super::why::why(app, canvas),
        Some(Overlay::Approve(id)) => super::why::approve(app, canvas, id),
        None => {}
    }
}

/// A box in the middle, emptied.
pub(super) fn middle(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    Rect { x: (area.width - width) / 2, y: (area.height - height) / 2, width, height }
}

fn help_area(size: (u16, u16)) -> Rect {
    middle(Rect { x: 0, y: 0, width: size.0, height: size.1 }, HELP_WIDTH, small(BINDINGS.len()) + 2)
}

/// Lines of the help that are shown at once.
pub(crate) fn help_rows(size: (u16, u16)) -> usize {
    usize::from(help_area(size).height.saturating_sub(2))
}

/// Lines of the help that do not fit.
pub(crate) fn help_overflow(size: (u16, u16)) -> usize {
    BINDINGS.len().saturating_sub(help_rows(size))
}

fn help(app: &App, canvas: &mut Canvas<'_>, first: usize) {
    let ui = &app.theme.ui;
    let overflow = help_overflow(app.size);
    let notes = if overflow == 0 {
        "Esc closes".to_owned()
    } else {
        format!("{}/{}  Esc closes", first + help_rows(app.size), BINDINGS.len())
    };
    let mut area = canvas.part(help_area(app.size));
    area.clear(ui.background.patch(ui.text));
    let mut inner =
        widget::frame(&mut area, &app.glyphs, true, ui.border_focus, &[piece("Help", ui.title)], &[piece(notes, ui.dim)]);
    for (y, binding) in (0..inner.height()).zip(BINDINGS.iter().skip(first)) {
        inner.text(1, y, &left(&keys(binding), KEYS, ""), ui.key);
        let off = binding.mutating && app.options.read_only;
        let x = inner.text(small(KEYS) + 2, y, binding.help, if off { ui.dim } else { ui.text });
        if off {
            inner.text(x, y, "  (off: read-only)", ui.dim);
        }
    }
}

/// The names of a line's keys.
fn keys(binding: &Binding) -> String {
    binding.keys.iter().map(|key| key.name()).collect::<Vec<_>>().join("  ")
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
