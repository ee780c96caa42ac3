//! Pool: what every worker does, and how long jobs wait for one.

use ratatui::{layout::Rect, style::Style};

use crate::{
    model::{Autopilot, BreakerState, Gauges, Severity, Strategy, WorkerState, WorkerStatus},
    tui::{
        App,
        app::p95,
        keymap::Pane,
        widget::{Canvas, Piece, Scale, braille, cut, left, meter, piece},
    },
    util::{numbers::small, units},
};

use super::{samples, status};

/// From this width on every worker has a line of its own.
const TABLE: (u16, u16) = (66, 11);
/// Columns of a worker's cell where there is no table: with and without its tool.
const CELL: u16 = 29;
const SMALL_CELL: u16 = 9;

pub(crate) fn titles(app: &App, width: u16) -> (Vec<Piece>, Vec<Piece>) {
    let (ui, pool) = (&app.theme.ui, &app.data.state.pool);
    if !app.data.has_numbers() {
        return (Vec::new(), Vec::new());
    }
    let size = if pool.live == pool.target { pool.live.to_string() } else { format!("{}/{}", pool.live, pool.target) };
    let reserve = if pool.reserve.is_some() { "+1" } else { "" };
    let mut title = vec![piece(format!(" {size}{reserve}"), ui.title)];
    if width >= 56 {
        title.push(piece(format!("  bounds {}-{}", pool.min, pool.max), ui.dim));
    }
    if width >= 76 {
        let policy = app.data.state.policy;
        if policy.autopilot != Autopilot::Suggest {
            title.push(piece(format!("  autopilot {}", policy.autopilot.word()), ui.accent));
        }
        if policy.strategy != Strategy::None {
            title.push(piece(format!("  {}", policy.strategy.word()), ui.dim));
        }
    }
    let mut notes = vec![match () {
        () if pool.pressure => {
            let words = format!("{} queue {}/{}", app.glyphs.crit, pool.queued, pool.queue_bound);
            piece(words, status(app, Some(Severity::Critical)))
        }
        () if pool.queued > 0 => piece(format!("queue {}", pool.queued), status(app, Some(Severity::Warning))),
        () => piece("queue 0", ui.dim),
    }];
    if let Some(share) = app.data.window.utilisation() {
        notes.push(piece(format!("  util {:.0}%", share * 100.0), ui.dim));
    }
    (title, notes)
}

/// Lines below the workers: the more room, the more.
fn below(height: u16) -> u16 {
    match height {
        0..3 => 0,
        3..6 => 2,
        6..8 => 3,
        8..10 => 4,
        _ => 5,
    }
}

pub(super) fn is_table(width: u16, height: u16) -> bool {
    width >= TABLE.0 && height >= TABLE.1
}

fn cell_width(width: u16) -> u16 {
    if width >= 2 * CELL { CELL } else { SMALL_CELL }
}

/// Workers that are shown at once.
pub(crate) fn rows(app: &App, width: u16, height: u16) -> usize {
    let lines = height - below(height).min(height);
    if is_table(width, height) {
        // As many lines as there are workers, so that a small pool leaves room for its graphs.
        return usize::from(lines.saturating_sub(1)).min(app.data.state.pool.workers.len().max(1));
    }
    usize::from(lines * (width / cell_width(width)).max(1))
}

pub(crate) fn draw(app: &App, canvas: &mut Canvas<'_>) {
    let (width, height) = (canvas.width(), canvas.height());
    if !app.data.has_numbers() {
        canvas.text(1, 0, "waiting for the first numbers", app.theme.ui.dim);
        return;
    }
    let below = below(height).min(height);
    let shown = rows(app, width, height);
    let workers = app.data.state.pool.workers.iter().enumerate().skip(app.pool.offset).take(shown);
    let selected = |at: usize| app.focus == Pane::Pool && at == app.pool.index();
    let used = if is_table(width, height) {
        heads(app, canvas);
        for (y, (at, worker)) in (1..).zip(workers) {
            line(app, canvas, y, worker);
            if selected(at) {
                canvas.part(Rect { x: 0, y, width: 4, height: 1 }).style_line(0, app.theme.ui.selection);
            }
        }
        small(shown) + 1
    } else {
        let cell_width = cell_width(width);
        let columns = (width / cell_width).max(1);
        let mut used = 0;
        for (place, (at, worker)) in workers.enumerate() {
            let place = small(place);
            let area = Rect { x: place % columns * cell_width, y: place / columns, width: cell_width, height: 1 };
            cell(app, &mut canvas.part(area), worker);
            if selected(at) {
                canvas.part(Rect { width: 2, ..area }).style_line(0, app.theme.ui.selection);
            }
            used = area.y + 1;
        }
        used
    };
    // What a small pool leaves makes its graphs taller.
    let y = (used + 1).min(height - below);
    lines(app, &mut canvas.part(Rect { x: 0, y, width, height: height - y }));
}

/// The style of a worker's state.
pub(crate) fn style(app: &App, state: WorkerState) -> Style {
    let worker = &app.theme.worker;
    match state {
        WorkerState::Idle => worker.idle,
        WorkerState::Busy => worker.running,
        WorkerState::Starting | WorkerState::Warming => worker.warming,
        WorkerState::Draining => worker.draining,
        WorkerState::Stuck | WorkerState::Killing => worker.hung,
        WorkerState::Backoff => worker.off,
    }
}

fn percent(app: &App, share: Option<f64>) -> String {
    share.map_or_else(|| app.glyphs.unknown.to_owned(), |share| format!("{:.0}", share * 100.0))
}

/// What a worker works on: the macro or variable says more than the tool. Without work, why it goes, if it does.
fn work(worker: &WorkerStatus) -> String {
    if let (None, Some(reason)) = (&worker.tool, worker.recycle) {
        return format!("goes: {}", reason.word());
    }
    let tool = worker.tool.as_deref().unwrap_or_default();
    match &worker.subject {
        Some(subject) => format!("{} {subject}", tool.strip_prefix("km_").unwrap_or(tool)),
        None => tool.to_owned(),
    }
}

fn busy(worker: &WorkerStatus) -> String {
    worker.busy_ms.map(|busy| units::span(busy * 1_000)).unwrap_or_default()
}

fn cell(app: &App, canvas: &mut Canvas<'_>, worker: &WorkerStatus) {
    let (ui, state) = (&app.theme.ui, worker.state);
    let share = percent(app, worker.utilisation);
    let glyph = app.glyphs.worker(state);
    if canvas.width() < CELL {
        let x = canvas.text(0, 0, &format!("{:>2}", worker.slot), ui.dim);
        let x = canvas.text(x, 0, &format!("{glyph}{}", state.word()), style(app, state));
        canvas.text(x, 0, &format!("{share:>3}"), ui.text);
        return;
    }
    let x = canvas.text(0, 0, &format!("{:>2} ", worker.slot), ui.dim);
    let x = canvas.text(x, 0, &format!("{glyph} {}", state.word()), style(app, state));
    let x = canvas.text(x, 0, &format!("{share:>4}% "), ui.text);
    let work = work(worker);
    let room = usize::from(canvas.width().saturating_sub(x + 7));
    canvas.text(x, 0, &cut(&work, room, app.glyphs.ellipsis), ui.text);
    canvas.text(x + small(room), 0, &format!("{:>6}", busy(worker)), ui.dim);
}

/// The numbers at the right edge: head, width, and the least width of the pane that shows it. Tool and macro take what they leave.
const NUMBERS: [(&str, usize, u16); 8] = [
    ("BUSY", 6, 0),
    ("JOBS", 7, 0),
    ("RSS", 7, 0),
    ("PEAK", 7, 84),
    ("CPU", 6, 92),
    ("AGE", 7, 100),
    ("DIED", 6, 108),
    ("PID", 9, 116),
];

/// The numbers that a pane of this width shows, in one text.
fn numbers(width: u16, number: impl Fn(&str) -> String) -> String {
    let shown = NUMBERS.iter().filter(|(.., from)| width >= *from);
    shown.map(|(head, columns, _)| format!("{:>columns$}", number(head))).chain([" ".to_owned()]).collect()
}

fn heads(app: &App, canvas: &mut Canvas<'_>) {
    let dim = app.theme.ui.dim;
    canvas.text(1, 0, "  #  STATE  UTIL", dim);
    canvas.text(31, 0, "TOOL / MACRO", dim);
    canvas.right(0, &[piece(numbers(canvas.width(), str::to_owned), dim)]);
}

fn line(app: &App, canvas: &mut Canvas<'_>, y: u16, worker: &WorkerStatus) {
    let (ui, state) = (&app.theme.ui, worker.state);
    let x = canvas.text(1, y, &format!("{:>3}  ", worker.slot), ui.dim);
    let x = canvas.text(x, y, &format!("{} {}  ", app.glyphs.worker(state), state.word()), style(app, state));
    let share = worker.utilisation.unwrap_or_default();
    let x = canvas.pieces(x, y, &meter(&app.glyphs, share, 10, style(app, state), ui.border));
    let x = canvas.text(x, y, &format!("{:>5}%  ", percent(app, worker.utilisation)), ui.text);
    let unknown = || app.glyphs.unknown.to_owned();
    let bytes = |bytes: Option<u64>| bytes.map_or_else(unknown, |bytes| units::bytes(bytes as f64));
    let numbers = numbers(canvas.width(), |head| match head {
        "BUSY" => busy(worker),
        "JOBS" => units::count(worker.served),
        "RSS" => bytes(worker.rss_bytes),
        "PEAK" => bytes(worker.peak_rss_bytes),
        "CPU" => worker.cpu_percent.map_or_else(unknown, |cpu| format!("{cpu:.0}%")),
        "AGE" => units::span(worker.age_ms * 1_000),
        "DIED" => units::count(worker.crashes),
        _ => worker.pid.map_or_else(unknown, |pid| pid.to_string()),
    });
    let room = usize::from(canvas.width().saturating_sub(x + 1)).saturating_sub(numbers.chars().count());
    let (work, style) = match (work(worker), &worker.last) {
        (work, Some(last)) if work.is_empty() => (format!("last {last}"), ui.dim),
        (work, _) => (work, ui.text),
    };
    canvas.text(x, y, &left(&work, room, app.glyphs.ellipsis), style);
    canvas.right(y, &[piece(numbers, ui.text)]);
}

/// Queue, wait, counts, and what is the matter; the last two only where there is room.
fn lines(app: &App, canvas: &mut Canvas<'_>) {
    let (ui, pool, all) = (&app.theme.ui, &app.data.state.pool, app.data.window.all());
    let (height, narrow) = (canvas.height(), canvas.width() < 50);
    // Room to spare makes the graphs taller, below which counts, times and the notice have a line each.
    let tall = (height.saturating_sub(3) / 2).clamp(1, 6);
    let queue = |gauges: &Gauges| Some(f64::from(gauges.queued));
    course(app, canvas, 0, tall, "queue ", queue, |highest| {
        if narrow { format!("max {highest:.0}") } else { format!("now {}  max {highest:.0}", pool.queued) }
    });
    let waits = |gauges: &Gauges| Some(f64::from(gauges.oldest_wait_ms));
    // How long the oldest job had waited each second: what waits now is the first to know. Where there is no line for the times
    // of the jobs that were taken, their percentile stands here.
    let oldest = pool.oldest_wait_ms.map(|wait| units::span(wait * 1_000));
    let p95 = p95(&all.queued).map(|wait| format!("p95 {}", units::span(wait)));
    course(app, canvas, tall, tall, "wait  ", waits, |highest| match (&oldest, &p95) {
        (Some(oldest), _) if narrow => format!("old {oldest}"),
        (None, Some(p95)) if narrow => p95.clone(),
        (Some(oldest), _) => format!("oldest {oldest}  max {}", span_ms(highest)),
        (None, Some(p95)) if !has_times(height, tall) => format!("{p95}  max {}", span_ms(highest)),
        _ => format!("max {}", span_ms(highest)),
    });
    let width = usize::from(canvas.width().saturating_sub(2));
    if height >= 2 * tall + 2 {
        canvas.text(1, 2 * tall, &counters(app, width), ui.dim);
    }
    if has_times(height, tall) {
        canvas.text(1, 2 * tall + 1, &times(app, width), ui.dim);
    }
    if height > 2 {
        notice(app, canvas, height - 1);
    }
}

/// Whether there is a line for waits and starts below graphs of this height.
fn has_times(height: u16, tall: u16) -> bool {
    height >= 2 * tall + 3
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "milliseconds of a wait, never negative")]
fn span_ms(millis: f64) -> String {
    units::span((millis * 1_000.0) as u64)
}

/// A graph with its name on the left, and now and the highest on the right.
fn course(
    app: &App,
    canvas: &mut Canvas<'_>,
    y: u16,
    height: u16,
    name: &str,
    number: impl Fn(&Gauges) -> Option<f64>,
    words: impl Fn(f64) -> String,
) {
    let ui = &app.theme.ui;
    let x = canvas.text(1, y, name, ui.dim);
    let room = if canvas.width() < 50 { 12 } else { 25 };
    let width = canvas.width().saturating_sub(x + room);
    let samples = samples(app, width * 2, number);
    let highest = samples.highest().unwrap_or_default();
    braille(canvas, Rect { x, y, width, height }, &app.glyphs, &samples, Scale { top: highest, colors: &app.theme.graph.queue });
    let words = words(highest);
    let words = cut(&words, usize::from(room - 1), app.glyphs.ellipsis);
    canvas.text(x + width + 1, y, &words, ui.text);
}

/// What the pool has done since it started, with reasons where there is room; what never happened is left out.
fn counters(app: &App, width: usize) -> String {
    let pool = &app.data.state.pool;
    let counters = pool.counters;
    let shed: Vec<_> = pool.shed_by.iter().map(|(reason, count)| (reason.word(), *count)).collect();
    let recycled: Vec<_> = pool.recycled_by.iter().map(|(reason, count)| (reason.word(), *count)).collect();
    let counts: [(&str, u64, &[_]); 7] = [
        ("spawned", counters.spawned, &[]),
        ("recycled", counters.recycled, &recycled),
        ("crashed", counters.crashed, &[]),
        ("killed", counters.killed, &[]),
        ("shed", counters.shed, &shed),
        ("timeouts", counters.timeouts, &[]),
        ("repeated", counters.repeated, &[]),
    ];
    let line = |reasons: bool| {
        let happened = counts.iter().filter(|(name, count, _)| *count > 0 || *name == "spawned");
        let mut words: Vec<String> = happened
            .map(|(name, count, by)| {
                let by: Vec<String> = by.iter().map(|(reason, count)| format!("{reason} {}", units::count(*count))).collect();
                let by = if reasons && !by.is_empty() { format!(" ({})", by.join(", ")) } else { String::new() };
                format!("{name} {}{by}", units::count(*count))
            })
            .collect();
        words.extend(pool.reuse_share.map(|share| format!("warm {:.0}%", share * 100.0)));
        words.extend(pool.efficiency.map(|share| format!("efficiency {:.0}%", share * 100.0)));
        words
    };
    let whole = line(true);
    if whole.join("  ").chars().count() <= width { whole.join("  ") } else { fitting(&line(false), width) }
}

/// As many of the words as fit, whole.
fn fitting(words: &[String], width: usize) -> String {
    let fit = (0..=words.len()).rev().map(|count| words[..count].join("  "));
    fit.into_iter().find(|line| line.chars().count() <= width).unwrap_or_default()
}

/// How long jobs wait and workers take to start, and who waits where.
fn times(app: &App, width: usize) -> String {
    let pool = &app.data.state.pool;
    let mut words: Vec<String> = Vec::new();
    words.extend(pool.wait.map(|wait| {
        let [p50, p95, p99] = [wait.p50_us, wait.p95_us, wait.p99_us].map(units::span);
        format!("wait p50 {p50}  p95 {p95}  p99 {p99}")
    }));
    words.extend(pool.queued_by_lane.iter().map(|(lane, count)| format!("{} {count}", lane.word())));
    words.extend(pool.start.map(|start| format!("start p50 {}  p95 {}", units::span(start.p50_us), units::span(start.p95_us))));
    words.extend(pool.offered_load.map(|load| format!("load {load:.1}")));
    words.extend((pool.at_max_ms > 0).then(|| format!("at max {}", units::span(pool.at_max_ms * 1_000))));
    words.extend((pool.spawned_last_hour > 0).then(|| format!("spawns {}/h", units::count(pool.spawned_last_hour))));
    fitting(&words, width)
}

/// Why the pool cannot work, who hangs, or why it is as large as it is.
fn notice(app: &App, canvas: &mut Canvas<'_>, y: u16) {
    let pool = &app.data.state.pool;
    let room = usize::from(canvas.width().saturating_sub(2));
    let (text, style) = if let Some(degraded) = &pool.degraded {
        (format!("{} degraded: {degraded}", app.glyphs.crit), app.theme.status.crit)
    } else if let Some(stuck) = pool.workers.iter().find(|worker| worker.state == WorkerState::Stuck) {
        (format!("{} w{} hung {} {}", app.glyphs.crit, stuck.slot, busy(stuck), work(stuck)), app.theme.status.crit)
    } else if let Some(how) = &pool.crash_loop {
        (format!("{} crash loop: {how}", app.glyphs.crit), app.theme.status.crit)
    } else if let Some(breaker) = pool.breakers.iter().find(|breaker| breaker.state != BreakerState::Closed) {
        let retry = breaker.retry_ms.map(|retry| format!(", again in {}", units::span(retry * 1_000))).unwrap_or_default();
        let text = format!("{} {} kills workers: refused{retry}", app.glyphs.crit, breaker.key);
        (text, app.theme.status.crit)
    } else if let Some(proposal) = &pool.sizing.proposal {
        (format!("target {}, {} proposed (i why): {}", pool.target, proposal.to, proposal.reason), app.theme.ui.dim)
    } else {
        (format!("target {}: {}", pool.target, pool.reason), app.theme.ui.dim)
    };
    canvas.text(1, y, &cut(&text, room, app.glyphs.ellipsis), style);
}
