//! System: processor, memory, disk and network of the machine, and what kmtop itself takes of them.

use ratatui::layout::Rect;

use crate::{
    model::{Disk, Gauges, Network},
    tui::{
        App,
        theme::Gradient,
        widget::{Canvas, Piece, Scale, braille, meter, piece},
    },
    util::{numbers::small, units},
};

use super::{note, samples};

pub(crate) fn titles(app: &App) -> (Vec<Piece>, Vec<Piece>) {
    (Vec::new(), note(app, units::window(app.data.window.seconds())))
}

/// The lines from the bottom up are memory, disk, network, kmtop itself; the processor's graph takes the rest.
pub(crate) fn draw(app: &App, canvas: &mut Canvas<'_>) {
    let (width, height) = (canvas.width(), canvas.height());
    if !app.data.has_numbers() {
        canvas.text(1, 0, "waiting for the first numbers", app.theme.ui.dim);
        return;
    }
    match height {
        0..3 => {
            canvas.pieces(1, 0, &processor(app));
            memory(app, canvas, 1);
        }
        3..8 => {
            let graph = height - 2;
            processor_graph(app, canvas, Rect { x: 0, y: 0, width: width.saturating_sub(16), height: graph });
            beside(app, canvas, width.saturating_sub(15), graph);
            memory(app, canvas, graph);
            canvas.pieces(1, graph + 1, &traffic_words(app));
        }
        _ => {
            let graph = height - 5;
            let cores = cores_width(app, width, graph);
            processor_graph(app, canvas, Rect { x: 0, y: 0, width: width - cores, height: graph });
            draw_cores(app, &mut canvas.part(Rect { x: width - cores, y: 0, width: cores, height: graph }));
            canvas.pieces(1, graph, &processor(app));
            memory(app, canvas, graph + 1);
            disk(app, canvas, graph + 2);
            network(app, canvas, graph + 3);
            canvas.pieces(1, graph + 4, &own(app));
        }
    }
}

/// The processor's course, up to 100 percent; with its axes where there is room for them.
fn processor_graph(app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    let ui = &app.theme.ui;
    let axes = area.height >= 6 && area.width >= 30;
    let plot = if axes {
        Rect { x: area.x + 5, y: area.y, width: area.width - 6, height: area.height - 1 }
    } else {
        Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area }
    };
    if axes {
        canvas.text(area.x, plot.y, " 100", ui.dim);
        canvas.text(area.x, plot.y + plot.height / 2, " 50%", ui.dim);
        canvas.text(area.x, plot.bottom() - 1, "   0", ui.dim);
        time_axis(app, &mut canvas.part(Rect { x: plot.x, y: plot.bottom(), width: plot.width, height: 1 }));
    }
    let samples = samples(app, plot.width * 2, |gauges| gauges.cpu_percent.map(f64::from));
    braille(canvas, plot, &app.glyphs, &samples, Scale { top: 100.0, colors: &app.theme.graph.cpu });
}

/// When the graph above begins, has its middle, and ends.
pub(crate) fn time_axis(app: &App, canvas: &mut Canvas<'_>) {
    let (dim, seconds) = (app.theme.ui.dim, app.data.window.seconds());
    canvas.text(0, 0, &format!("-{}", units::window(seconds)), dim);
    let end = if app.looks_back() { super::clock(app, app.data.time_ms, "%H:%M:%S") } else { "now".to_owned() };
    canvas.right(0, &[piece(end, dim)]);
    if canvas.width() >= 40 {
        let middle = format!("-{}", units::long_span(seconds / 2));
        canvas.text(canvas.width() / 2 - 2, 0, &middle, dim);
    }
}

fn percent(app: &App, percent: Option<f64>) -> String {
    percent.map_or_else(|| app.glyphs.unknown.to_owned(), |percent| format!("{percent:.0}%"))
}

fn processor(app: &App) -> Vec<Piece> {
    let (ui, system) = (&app.theme.ui, &app.data.state.system);
    let share = system.cpu_percent.map(f64::from);
    let mut pieces = vec![
        piece("cpu  ", ui.dim),
        piece(format!("{:>4}", percent(app, share)), app.theme.graph.cpu.at(share.unwrap_or_default() / 100.0)),
    ];
    if let Some([one, five, fifteen]) = system.load {
        pieces.push(piece("  load ", ui.dim));
        pieces.push(piece(format!("{one:.1} {five:.1} {fifteen:.1}"), ui.text));
    }
    if !system.cpus.is_empty() {
        pieces.push(piece(format!("  {} cores", system.cpus.len()), ui.dim));
    }
    pieces
}

/// The short column beside a small graph.
fn beside(app: &App, canvas: &mut Canvas<'_>, x: u16, rows: u16) {
    let (ui, system) = (&app.theme.ui, &app.data.state.system);
    let share = system.cpu_percent.map(f64::from);
    let mut lines = vec![vec![
        piece("cpu  ", ui.dim),
        piece(format!("{:>4}", percent(app, share)), app.theme.graph.cpu.at(share.unwrap_or_default() / 100.0)),
    ]];
    if let Some([one, _, _]) = system.load {
        lines.push(vec![piece("load ", ui.dim), piece(format!("{one:>4.1}"), ui.text)]);
    }
    if let Some(own) = system.own {
        lines.push(vec![piece("self ", ui.dim), piece(format!("{:>4}", units::bytes(own.rss_bytes as f64)), ui.text)]);
    }
    for (y, line) in (0..rows).zip(&lines) {
        canvas.pieces(x, y, line);
    }
}

fn memory(app: &App, canvas: &mut Canvas<'_>, y: u16) {
    let (ui, system) = (&app.theme.ui, &app.data.state.system);
    let mut after = Vec::new();
    let share = system.memory.and_then(|memory| memory.used_percent());
    if let Some(memory) = system.memory {
        let (used, total) = (units::bytes(memory.used_bytes as f64), units::bytes(memory.total_bytes as f64));
        after.push(piece(format!(" {:>4}", percent(app, share)), ui.text));
        after.push(piece(format!("  {used}/{total}"), ui.dim));
    }
    if let Some(swap) = system.swap.filter(|swap| swap.used_bytes > 0 && canvas.width() >= 50) {
        after.push(piece("  swap ", ui.dim));
        after.push(piece(units::bytes(swap.used_bytes as f64), ui.text));
    }
    let x = canvas.pieces(1, y, &[piece("mem  ", ui.dim)]);
    let words: usize = after.iter().map(|(text, _)| text.len()).sum();
    let cells = usize::from(canvas.width()).saturating_sub(usize::from(x) + words + 1).min(30);
    let share = share.unwrap_or_default() / 100.0;
    let x = canvas.pieces(x, y, &meter(&app.glyphs, share, cells, app.theme.graph.memory.at(share), ui.border));
    canvas.pieces(x, y, &after);
}

/// A flat graph of a sum with its highest value, then words.
fn flow(
    app: &App,
    canvas: &mut Canvas<'_>,
    y: u16,
    name: &str,
    sum: impl Fn(&Gauges) -> Option<f64>,
    colors: &Gradient,
    words: &[Piece],
) {
    let ui = &app.theme.ui;
    let x = canvas.text(1, y, name, ui.dim);
    let width = canvas.width().saturating_sub(x + if canvas.width() >= 70 { 44 } else { 34 }).min(32);
    let samples = samples(app, width * 2, sum);
    let top = samples.highest();
    braille(canvas, Rect { x, y, width, height: 1 }, &app.glyphs, &samples, Scale { top: top.unwrap_or_default(), colors });
    let x = canvas.pieces(x + width + 1, y, words);
    if let Some(top) = top {
        canvas.text(x + 2, y, &format!("max {}", units::bytes(top)), ui.dim);
    }
}

fn sum(one: Option<f32>, other: Option<f32>) -> Option<f64> {
    (one.is_some() || other.is_some()).then(|| f64::from(one.unwrap_or_default()) + f64::from(other.unwrap_or_default()))
}

fn disk(app: &App, canvas: &mut Canvas<'_>, y: u16) {
    let ui = &app.theme.ui;
    let Disk { read_bytes_per_s, write_bytes_per_s, used_percent } = app.data.state.system.disk.unwrap_or_default();
    let mut words = pair(app, ("r ", read_bytes_per_s), ("w ", write_bytes_per_s));
    if let Some(used) = used_percent.filter(|_| canvas.width() >= 70) {
        words.push(piece(format!("  {used:.0}% full"), ui.dim));
    }
    flow(app, canvas, y, "disk ", |gauges| sum(gauges.disk_read, gauges.disk_write), &app.theme.graph.disk, &words);
}

fn network(app: &App, canvas: &mut Canvas<'_>, y: u16) {
    let Network { received_bytes_per_s, sent_bytes_per_s } = app.data.state.system.network.unwrap_or_default();
    let words = pair(
        app,
        (&format!("{} ", app.glyphs.received), received_bytes_per_s),
        (&format!("{} ", app.glyphs.sent), sent_bytes_per_s),
    );
    flow(app, canvas, y, "net  ", |gauges| sum(gauges.received, gauges.sent), &app.theme.graph.network, &words);
}

fn pair(app: &App, one: (&str, Option<f64>), other: (&str, Option<f64>)) -> Vec<Piece> {
    let ui = &app.theme.ui;
    let value = |bytes: Option<f64>| bytes.map_or_else(|| app.glyphs.unknown.to_owned(), units::bytes);
    vec![
        piece(one.0, ui.dim),
        piece(format!("{:>4}", value(one.1)), ui.text),
        piece(format!("  {}", other.0), ui.dim),
        piece(format!("{:>4}", value(other.1)), ui.text),
        piece("/s", ui.dim),
    ]
}

/// Disk and network in words, where there is no room for graphs.
fn traffic_words(app: &App) -> Vec<Piece> {
    let (ui, system) = (&app.theme.ui, &app.data.state.system);
    let value = |bytes: Option<f64>| bytes.map_or_else(|| app.glyphs.unknown.to_owned(), units::bytes);
    let (disk, network) = (system.disk.unwrap_or_default(), system.network.unwrap_or_default());
    vec![
        piece("disk ", ui.dim),
        piece(format!("r{} w{}", value(disk.read_bytes_per_s), value(disk.write_bytes_per_s)), ui.text),
        piece("  net ", ui.dim),
        piece(
            format!(
                "{}{} {}{}",
                app.glyphs.received,
                value(network.received_bytes_per_s),
                app.glyphs.sent,
                value(network.sent_bytes_per_s)
            ),
            ui.text,
        ),
    ]
}

/// What the monitor itself takes: it must not be the load.
fn own(app: &App) -> Vec<Piece> {
    let (ui, system) = (&app.theme.ui, &app.data.state.system);
    let Some(own) = system.own else { return Vec::new() };
    let mut pieces = vec![piece("self ", ui.dim)];
    if let Some(percent) = own.cpu_percent {
        pieces.push(piece(format!("cpu {percent:.1}%  "), ui.text));
    }
    pieces.push(piece(format!("rss {}", units::bytes(own.rss_bytes as f64)), ui.text));
    if !system.workers.is_empty() {
        let rss: u64 = system.workers.iter().map(|worker| worker.rss_bytes).sum();
        // From a zero of our own: an empty sum of floats is minus zero.
        let cpu = system.workers.iter().filter_map(|worker| worker.cpu_percent).fold(0.0, |sum, cpu| sum + cpu);
        pieces.push(piece(format!("  workers x{}", system.workers.len()), ui.dim));
        pieces.push(piece(format!(" cpu {cpu:.0}%  rss {}", units::bytes(rss as f64)), ui.text));
    }
    pieces
}

/// Columns of a core's cell: name, meter, percent.
const CORE: u16 = 13;

/// How wide the cores are beside the graph: as many columns of cells as are needed, if that leaves half for the graph; otherwise one
/// bar a core needs no width here.
fn cores_width(app: &App, width: u16, rows: u16) -> u16 {
    let cores = small(app.data.state.system.cpus.len());
    let columns = cores.div_ceil(rows.max(1)).min(width / 2 / CORE);
    columns * CORE
}

fn draw_cores(app: &App, canvas: &mut Canvas<'_>) {
    let ui = &app.theme.ui;
    let rows = usize::from(canvas.height());
    let columns = canvas.width() / CORE;
    for (at, percent) in app.data.state.system.cpus.iter().take(rows * usize::from(columns)).enumerate() {
        let (x, y) = (small(at / rows.max(1)) * CORE, small(at % rows.max(1)));
        let share = f64::from(*percent) / 100.0;
        let x = canvas.text(x, y, &format!("{:<3}", format!("c{at}")), ui.dim);
        let x = canvas.pieces(x, y, &meter(&app.glyphs, share, 5, app.theme.graph.cpu.at(share), ui.border));
        canvas.text(x, y, &format!("{percent:>4.0}"), ui.text);
    }
}
