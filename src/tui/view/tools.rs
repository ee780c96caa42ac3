//! Tools: which is slow, which fails, and since when.

use crate::{
    tui::{
        App,
        app::{Sort, ToolRow, ToolView},
        widget::{Canvas, Piece, Samples, Scale, cut, left, piece, right, sparkline},
    },
    util::{numbers::small, units},
};

use super::{empty, graphs, mark, note, status};

/// A column of numbers.
struct Column {
    title: &'static str,
    /// With the space before it.
    width: u16,
    sort: Option<Sort>,
    /// Lower ones stay longer when it gets narrow.
    rank: u8,
    cell: fn(&ToolRow) -> Cell,
}

/// What a cell says.
enum Cell {
    Text(String),
    /// Not known from so few calls.
    Unknown,
    Errors(f64),
}

/// The columns, in the order shown.
const COLUMNS: [Column; 10] = [
    Column { title: "RATE/s", width: 6, sort: None, rank: 2, cell: |row| Cell::Text(units::rate(row.rate)) },
    Column { title: "CALLS", width: 7, sort: Some(Sort::Calls), rank: 4, cell: |row| Cell::Text(units::count(row.calls)) },
    Column { title: "INFL", width: 5, sort: None, rank: 8, cell: |row| Cell::Text(units::count(u64::from(row.in_flight))) },
    Column { title: "WAIT", width: 7, sort: Some(Sort::Wait), rank: 9, cell: |row| span(row.wait) },
    Column { title: "OVER", width: 7, sort: Some(Sort::Overhead), rank: 10, cell: |row| span(row.overhead) },
    Column { title: "p50", width: 6, sort: None, rank: 1, cell: |row| span(row.p50) },
    Column { title: "p95", width: 6, sort: Some(Sort::P95), rank: 0, cell: |row| span(row.p95) },
    Column { title: "p99", width: 6, sort: None, rank: 6, cell: |row| span(row.p99) },
    Column { title: "MAX", width: 6, sort: Some(Sort::Max), rank: 5, cell: |row| span(row.max) },
    Column { title: "ERR%", width: 5, sort: Some(Sort::Errors), rank: 3, cell: |row| Cell::Errors(row.error_share) },
];

/// The rank of the course among the columns, and the least width that it is worth.
const COURSE: (u8, u16) = (7, 14);
/// A column for the selection's mark, one for the status, one between.
const MARKS: u16 = 3;

fn span(micros: Option<u64>) -> Cell {
    micros.map_or(Cell::Unknown, |micros| Cell::Text(units::span(micros)))
}

/// The columns that fit, the name's width, and the course's.
struct Fit {
    columns: Vec<&'static Column>,
    name: u16,
    course: u16,
}

fn fit(app: &App, width: u16) -> Fit {
    let least = if width < 60 { 12 } else { 16 };
    let mut room = width.saturating_sub(MARKS + least);
    let mut ranked: Vec<(u8, u16, Option<&Column>)> =
        COLUMNS.iter().map(|column| (column.rank, column.width, Some(column))).collect();
    ranked.push((COURSE.0, COURSE.1, None));
    ranked.sort_by_key(|(rank, _, _)| *rank);
    let (mut ranks, mut course) = (Vec::new(), 0);
    for (rank, width, column) in ranked {
        if width > room {
            break;
        }
        room -= width;
        match column {
            Some(_) => ranks.push(rank),
            None => course = width,
        }
    }
    let longest = app.order.iter().map(|name| unicode_width::UnicodeWidthStr::width(&**name)).max().unwrap_or_default();
    let name = least + small(longest).min(28).saturating_sub(least).min(room);
    if course > 0 {
        course = (course + room - (name - least)).min(64);
    }
    let columns = COLUMNS.iter().filter(|column| ranks.contains(&column.rank)).collect();
    Fit { columns, name: name.min(width.saturating_sub(MARKS)), course }
}

pub(crate) fn titles(app: &App) -> (Vec<Piece>, Vec<Piece>) {
    let order = if app.reverse == (app.sort == Sort::Name) { app.glyphs.descending } else { app.glyphs.ascending };
    let (count, window) = (app.order.len(), units::window(app.data.window.seconds()));
    let tools = if count == 1 { "tool" } else { "tools" };
    if app.tool_view != ToolView::Table {
        let name = app.selected_tool().map(|name| cut(name, 28, app.glyphs.ellipsis)).unwrap_or_default();
        let title =
            vec![piece(format!("  {}  ", graphs::word(app.tool_view)), app.theme.ui.dim), piece(name, app.theme.ui.accent)];
        return (title, note(app, format!("{window}  v view")));
    }
    (note(app, format!("  sort {}{order}", app.sort.word())), note(app, format!("{window}  {count} {tools}")))
}

pub(crate) fn draw(app: &App, canvas: &mut Canvas<'_>) {
    if app.order.is_empty() {
        return empty(app, canvas);
    }
    if app.tool_view != ToolView::Table {
        return graphs::draw(app, canvas);
    }
    let fit = fit(app, canvas.width());
    heads(app, canvas, &fit);
    let rows = usize::from(canvas.height().saturating_sub(1));
    let focused = app.focus == crate::tui::keymap::Pane::Tools;
    for (y, (at, row)) in (1..).zip(app.tool_rows().enumerate().skip(app.tools.offset).take(rows)) {
        draw_row(app, canvas, y, row, &fit);
        if at == app.tools.index() {
            canvas.text(0, y, app.glyphs.cursor, app.theme.ui.accent);
            if focused {
                canvas
                    .part(ratatui::layout::Rect { x: MARKS, y, width: fit.name, height: 1 })
                    .style_line(0, app.theme.ui.selection);
            }
        }
    }
}

fn heads(app: &App, canvas: &mut Canvas<'_>, fit: &Fit) {
    let ui = &app.theme.ui;
    canvas.text(MARKS, 0, "TOOL", if app.sort == Sort::Name { ui.accent } else { ui.dim });
    let mut x = MARKS + fit.name;
    for column in &fit.columns {
        let style = if column.sort == Some(app.sort) { ui.accent } else { ui.dim };
        x = canvas.text(x, 0, &right(column.title, usize::from(column.width)), style);
    }
    if fit.course > 0 {
        canvas.text(x + 2, 0, &format!("p95 LAST {}", units::window(app.data.window.seconds())), ui.dim);
    }
}

fn draw_row(app: &App, canvas: &mut Canvas<'_>, y: u16, row: &ToolRow, fit: &Fit) {
    let ui = &app.theme.ui;
    canvas.text(1, y, mark(app, row.mark), status(app, row.mark));
    canvas.text(MARKS, y, &left(&row.name, usize::from(fit.name), app.glyphs.ellipsis), ui.text);
    let mut x = MARKS + fit.name;
    for column in &fit.columns {
        let (text, style) = match (column.cell)(row) {
            Cell::Text(text) => (text, ui.text),
            Cell::Unknown => (app.glyphs.unknown.to_owned(), ui.dim),
            Cell::Errors(share) if share == 0.0 => (units::percent(share), ui.dim),
            Cell::Errors(share) => (units::percent(share), if row.mark.is_some() { status(app, row.mark) } else { ui.text }),
        };
        x = canvas.text(x, y, &right(&text, usize::from(column.width)), style);
    }
    if fit.course > 2 {
        course(app, canvas, x + 2, y, row, fit.course - 2);
    }
}

/// The p95 of each moment, up to the row's own maximum, which stands beside it.
fn course(app: &App, canvas: &mut Canvas<'_>, x: u16, y: u16, row: &ToolRow, width: u16) {
    let Some(tool) = app.data.window.tool(&row.name) else { return };
    let points = tool.track.iter().map(|point| (point.time_ms, 1_000, Some(point.p95_us as f64)));
    let samples = Samples::spread(points, app.data.time_ms, app.data.window.seconds(), usize::from(width));
    let scale = Scale { top: row.max.unwrap_or_default() as f64, colors: &app.theme.graph.latency };
    sparkline(canvas, x, y, &app.glyphs, &samples, scale);
}
