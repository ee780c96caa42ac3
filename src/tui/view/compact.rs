//! The smallest screen's lines: machine and pool above the pane, the worst alert below it.

use crate::{
    tui::{
        App,
        app::{Item, items, p95},
        widget::{Canvas, cut, meter, piece},
    },
    util::units,
};

use super::{alerts, pool};

/// Processor, memory, workers, queue.
pub(crate) fn summary(app: &App, canvas: &mut Canvas<'_>) {
    if canvas.height() == 0 {
        return;
    }
    let (ui, system, pool) = (&app.theme.ui, &app.data.state.system, &app.data.state.pool);
    let cells = usize::from(canvas.width().saturating_sub(24) / 2).min(12);
    let mut line = Vec::new();
    let shares = [
        ("cpu ", system.cpu_percent.map(f64::from), &app.theme.graph.cpu),
        ("  mem ", system.memory.and_then(|memory| memory.used_percent()), &app.theme.graph.memory),
    ];
    for (name, percent, colors) in shares {
        line.push(piece(name, ui.dim));
        if let Some(percent) = percent {
            line.extend(meter(&app.glyphs, percent / 100.0, cells, colors.at(percent / 100.0), ui.border));
            line.push(piece(format!(" {percent:.0}%"), ui.text));
        } else {
            line.push(piece(app.glyphs.unknown, ui.dim));
        }
    }
    canvas.pieces(0, 0, &line);
    let mut line = vec![piece(format!("q {}", pool.queued), ui.text)];
    if let Some(wait) = p95(&app.data.window.all().queued) {
        line.push(piece(format!("  wait {}", units::span(wait)), ui.text));
    }
    let x = canvas.right(1, &line);
    let room = usize::from(x.saturating_sub(7));
    let mut x = canvas.text(0, 1, "pool ", ui.dim);
    let most = if pool.workers.len() > room / 2 { (room / 2).saturating_sub(2) } else { room / 2 };
    for worker in pool.workers.iter().take(most) {
        x = canvas.text(x, 1, &(worker.slot % 10).to_string(), ui.dim);
        x = canvas.text(x, 1, app.glyphs.worker(worker.state), pool::style(app, worker.state));
    }
    if pool.workers.len() > most {
        canvas.text(x, 1, &format!(" +{}", pool.workers.len() - most), ui.dim);
    }
    canvas.text(0, 2, &app.glyphs.rule.repeat(usize::from(canvas.width())), ui.border);
}

/// The worst that is wrong, or the advice that is open.
pub(crate) fn alert(app: &App, canvas: &mut Canvas<'_>) {
    let items = items(&app.data);
    let advice = items.iter().any(|(_, item)| matches!(item, Item::Advice(_)));
    let note =
        if advice { canvas.right(0, &[piece("a", app.theme.ui.key), piece(":apply", app.theme.ui.dim)]) } else { canvas.width() };
    let (text, style) = match items.first() {
        Some((_, item @ Item::Trial(trial))) => {
            let (mark, style) = alerts::mark(app, item);
            (format!("{mark} {}", trial.short()), style)
        }
        Some((_, item @ (Item::Alert(_) | Item::Advice(_)))) => {
            let (mark, style) = alerts::mark(app, item);
            (format!("{mark} {}", alerts::text(item)), style)
        }
        _ => alerts::calm(app),
    };
    canvas.text(0, 0, &cut(&text, usize::from(note.saturating_sub(1)), app.glyphs.ellipsis), style);
}
