//! The screen, drawn from read-only data: every pane in a file of its own.

mod alerts;
mod asking;
mod calls;
mod clients;
mod compact;
mod detail;
mod edges;
mod graphs;
mod held;
mod keys;
mod layout;
mod library;
mod overlay;
mod pool;
mod security;
mod sheet;
mod slow;
mod system;
mod tools;
mod trial;
mod why;

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use crate::tui::{
    App,
    keymap::Pane,
    widget::{self, Canvas, Piece, Samples, piece},
};

use layout::{Form, Plan};

pub(crate) use alerts::text as item_text;
pub(crate) use graphs::time_axis;
pub(crate) use overlay::{finder_hit, finder_rows};
pub(crate) use sheet::{sheet_lines, sheet_rows, sheet_text};

/// Draws the whole screen. The app is told the size by [`Event::Resize`](crate::tui::Event::Resize) before.
pub fn draw(app: &App, area: Rect, buffer: &mut Buffer) {
    let mut canvas = Canvas::new(buffer, area);
    canvas.clear(app.theme.ui.background.patch(app.theme.ui.text));
    let plan = Plan::new(app);
    if plan.form == Form::Line {
        return match app.card() {
            Some(call) => held::line(app, call, &mut canvas),
            None => edges::line(app, &mut canvas),
        };
    }
    edges::header(app, &mut canvas.part(plan.header));
    if plan.form == Form::Compact {
        compact::summary(app, &mut canvas.part(plan.summary));
        compact::alert(app, &mut canvas.part(plan.alert));
    }
    for (pane, area) in &plan.panes {
        draw_pane(app, &plan, *pane, &mut canvas.part(*area));
    }
    if let Some(area) = plan.detail {
        detail::draw(app, &mut canvas.part(area));
    }
    if let Some(area) = plan.distribution {
        detail::distribution(app, &mut canvas.part(area));
    }
    if let Some(area) = plan.heatmap {
        graphs::boxed_heatmap(app, &mut canvas.part(area));
    }
    sheet::draw(app, &mut canvas);
    keys::footer(app, &mut canvas.part(plan.footer));
    held::draw(app, &mut canvas);
    overlay::draw(app, &mut canvas);
}

fn draw_pane(app: &App, plan: &Plan, pane: Pane, canvas: &mut Canvas<'_>) {
    if !plan.framed {
        return inside(app, pane, canvas);
    }
    let (title, notes) = match pane {
        Pane::System => system::titles(app),
        Pane::Pool => pool::titles(app, canvas.width()),
        Pane::Tools => tools::titles(app),
        Pane::Alerts => alerts::titles(app),
        Pane::Calls => calls::titles(app),
        Pane::Clients => clients::titles(app),
        Pane::Library => library::titles(app),
    };
    let focused = app.focus == pane;
    let ui = &app.theme.ui;
    let mut named = vec![piece(pane.number().to_string(), ui.key), piece(format!(" {}", pane.title()), ui.title)];
    named.extend(title);
    let filter = app.filters.of(pane);
    if !filter.is_empty() {
        named.push(piece(format!("  /{}", crate::util::text::sanitize(filter)), ui.accent));
    }
    let style = if focused { ui.border_focus } else { ui.border };
    inside(app, pane, &mut widget::frame(canvas, &app.glyphs, focused, style, &named, &notes));
}

fn inside(app: &App, pane: Pane, canvas: &mut Canvas<'_>) {
    if canvas.width() == 0 || canvas.height() == 0 {
        return;
    }
    match pane {
        Pane::System => system::draw(app, canvas),
        Pane::Pool => pool::draw(app, canvas),
        Pane::Tools => tools::draw(app, canvas),
        Pane::Alerts => alerts::draw(app, canvas),
        Pane::Calls => calls::draw(app, canvas),
        Pane::Clients => clients::draw(app, canvas),
        Pane::Library => library::draw(app, canvas),
    }
}

/// How many rows of its list a pane shows at the app's size.
pub(crate) fn rows(app: &App, pane: Pane) -> usize {
    let Some(inner) = Plan::new(app).inner(pane) else { return 0 };
    match pane {
        Pane::System => 0,
        Pane::Pool => pool::rows(app, inner.width, inner.height),
        Pane::Tools => usize::from(inner.height.saturating_sub(1)),
        Pane::Alerts => alerts::rows(inner.width, inner.height),
        Pane::Calls => calls::rows(inner.width, inner.height),
        Pane::Clients => clients::rows(app, inner.height),
        Pane::Library => library::rows(inner.height),
    }
}

/// The pane at this place of the screen, and the row of its list from the first one shown.
pub(crate) fn hit(app: &App, at: (u16, u16)) -> Option<(Pane, Option<usize>)> {
    let plan = Plan::new(app);
    let pane = plan.pane_at(at)?;
    let inner = plan.inner(pane)?;
    let heads = match pane {
        // Workers in cells have no lines of their own.
        Pane::Pool if !pool::is_table(inner.width, inner.height) => return Some((pane, None)),
        Pane::System => return Some((pane, None)),
        Pane::Tools | Pane::Library | Pane::Clients | Pane::Pool => 1,
        Pane::Calls => u16::from(calls::has_heads(inner.width, inner.height)),
        Pane::Alerts => 0,
    };
    let row = at.1.checked_sub(inner.y + heads).map(usize::from).filter(|row| *row < rows(app, pane));
    Some((pane, row))
}

/// The panes that Tab goes through: those in sight, or all where one is shown at a time.
pub(crate) fn focusable(app: &App) -> Vec<Pane> {
    let plan = Plan::new(app);
    if plan.panes.len() < 2 {
        return Pane::ALL.to_vec();
    }
    // The one that shares its place with another counts too.
    Pane::ALL.into_iter().filter(|pane| *pane == Pane::Calls || plan.panes.iter().any(|(other, _)| other == pane)).collect()
}

/// One number of the window's Intervals, spread over columns.
fn samples(app: &App, columns: u16, number: impl Fn(&crate::model::Gauges) -> Option<f64>) -> Samples {
    let window = &app.data.window;
    let points = window.intervals().map(|interval| (interval.time_ms, interval.length_ms, number(&interval.gauges)));
    Samples::spread(points, app.data.time_ms, window.seconds(), usize::from(columns))
}

/// A time of day in the app's zone, as `%H:%M:%S` and the like.
fn clock(app: &App, time_ms: u64, format: &str) -> String {
    let time = i64::try_from(time_ms).ok().and_then(|time| jiff::Timestamp::from_millisecond(time).ok());
    time.map(|time| time.to_zoned(app.options.time_zone.clone()).strftime(format).to_string()).unwrap_or_default()
}

/// The style of a severity; `None` is well.
fn status(app: &App, severity: Option<crate::model::Severity>) -> Style {
    use crate::model::Severity;
    let status = &app.theme.status;
    match severity {
        None => status.ok,
        Some(Severity::Info) => status.info,
        Some(Severity::Warning) => status.warn,
        Some(Severity::Critical) => status.crit,
    }
}

/// The mark of a severity; `None` is well.
fn mark(app: &App, severity: Option<crate::model::Severity>) -> &str {
    severity.map_or(app.glyphs.ok.as_str(), |severity| app.glyphs.severity(severity))
}

/// Pieces in one style, for notes in a frame.
fn note(app: &App, text: impl Into<String>) -> Vec<Piece> {
    vec![piece(text, app.theme.ui.dim)]
}

/// What to do where no client has called yet.
const NEXT_STEP: &str = "next: kmtop connect claude-code, claude-desktop, cursor or vscode; or paste";

/// What an empty list of calls says: what to do.
fn empty(app: &App, canvas: &mut Canvas<'_>) {
    let ui = &app.theme.ui;
    let in_flight = app.data.state.in_flight.iter().any(|(_, count)| *count > 0);
    let first = match () {
        () if !app.data.welcomed => "waiting for the server".to_owned(),
        () if app.data.state.calls > 0 => {
            format!("no calls in the last {}", crate::util::units::window(app.data.window.seconds()))
        }
        () if in_flight => "no call has finished yet".to_owned(),
        () => "no calls yet".to_owned(),
    };
    canvas.text(1, 0, &first, ui.dim);
    let width = usize::from(canvas.width().saturating_sub(3)).max(1);
    let unused = app.data.state.calls == 0 && !in_flight;
    let connect = app.data.info.connect.as_deref().filter(|_| unused).unwrap_or_default();
    let letters: Vec<char> = crate::util::text::sanitize(connect).chars().collect();
    let mut top = 1;
    if unused && app.data.welcomed && !app.data.info.demo && canvas.height() > 3 {
        canvas.text(1, 1, NEXT_STEP, ui.text);
        top = 2;
    }
    for (y, line) in (top..canvas.height()).zip(letters.chunks(width)) {
        canvas.text(1, y, &line.iter().collect::<String>(), ui.accent);
    }
}
