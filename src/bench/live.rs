//! What a measurement shows while it runs: a few lines on stderr, drawn over themselves; nothing when that is no terminal.

use std::{
    fmt::Write as _,
    io::{self, IsTerminal, Write},
    time::Duration,
};

use rustix::termios;

use super::measure::{Phase, Progress};
use crate::util::{
    numbers::nearest,
    units::{long_span, rate, span},
};

/// Longest bar.
const BAR: usize = 40;
const HIDE: &str = "\x1b[?25l";
const SHOW: &str = "\x1b[?25h";

/// The view. It gives the terminal back when it goes.
pub struct Live<W: Write> {
    out: Option<W>,
    columns: fn() -> usize,
    lines: usize,
    hidden: bool,
}

impl Live<io::Stderr> {
    /// On stderr, if that is a terminal that can be drawn on, and if it is `wanted`.
    #[must_use]
    pub fn stderr(wanted: bool) -> Self {
        let can = io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        let columns = || termios::tcgetwinsize(io::stderr()).map_or(80, |size| usize::from(size.ws_col).max(20));
        Self { out: (wanted && can).then(io::stderr), columns, lines: 0, hidden: false }
    }
}

impl<W: Write> Live<W> {
    /// Draws how far it is.
    pub fn show(&mut self, progress: &Progress<'_>) {
        let Some(out) = &mut self.out else { return };
        let lines = lines(progress, (self.columns)());
        let mut frame = String::new();
        if !self.hidden {
            frame.push_str(HIDE);
            self.hidden = true;
        }
        if self.lines > 0 {
            let _ = write!(frame, "\x1b[{}A", self.lines);
        }
        for line in &lines {
            let _ = write!(frame, "\r{line}\x1b[K\n");
        }
        // A frame of fewer lines than the one before.
        frame.push_str("\x1b[J");
        self.lines = lines.len();
        let _ = out.write_all(frame.as_bytes()).and_then(|()| out.flush());
    }

    /// Takes what was drawn away and gives the terminal back.
    pub fn clear(&mut self) {
        let Some(out) = &mut self.out else { return };
        let up = if self.lines > 0 { format!("\x1b[{}A\r\x1b[J", self.lines) } else { String::new() };
        let show = if self.hidden { SHOW } else { "" };
        let _ = out.write_all(format!("{up}{show}").as_bytes()).and_then(|()| out.flush());
        (self.lines, self.hidden) = (0, false);
    }
}

impl<W: Write> Drop for Live<W> {
    fn drop(&mut self) {
        self.clear();
    }
}

fn lines(progress: &Progress<'_>, columns: usize) -> Vec<String> {
    let tally = progress.tally;
    let (at, length) = (progress.at.as_secs_f64(), progress.length.as_secs_f64().max(1e-3));
    let share = (at / length).clamp(0.0, 1.0);
    let width = BAR.min(columns.saturating_sub(40).max(5));
    let filled = usize::try_from(nearest((share * width as f64).floor())).unwrap_or(0).min(width);
    let word = match progress.phase {
        Phase::WarmUp => "warming up",
        Phase::Measure => "measuring",
        Phase::Settle => "settling",
    };
    let bar = format!("{}{}", "█".repeat(filled), "·".repeat(width - filled));
    let left = Duration::from_secs_f64((length - at).max(0.0)).as_secs();
    let value = |quantile: f64| match tally.all.latency.len() {
        0 => "–".to_owned(),
        _ => span(tally.all.latency.value_at_quantile(quantile)),
    };
    let max = if tally.all.latency.is_empty() { "–".to_owned() } else { span(tally.all.latency.max()) };
    let all = [
        format!("{word:<10} {bar} {:>3.0}%  {} left  {}", share * 100.0, long_span(left), progress.what),
        format!(
            "calls {}  {}/s  {} under way  {} failed  {} dropped",
            tally.all.calls,
            rate(tally.all.calls as f64 / at.max(1e-3)),
            progress.in_flight,
            tally.all.errors,
            tally.all.dropped
        ),
        format!(
            "p50 {}  p90 {}  p95 {}  p99 {}  p99.9 {}  max {max}",
            value(0.5),
            value(0.9),
            value(0.95),
            value(0.99),
            value(0.999)
        ),
        "Ctrl-C ends it with what was measured".to_owned(),
    ];
    all.iter().map(|line| line.trim_end().chars().take(columns.saturating_sub(1)).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::tally::{Sample, Tally};

    fn progress(tally: &Tally) -> Progress<'_> {
        let seconds = Duration::from_secs;
        Progress { phase: Phase::Measure, what: "50/s", tally, at: seconds(5), length: seconds(10), in_flight: 3 }
    }

    #[test]
    fn a_view_draws_over_itself_and_gives_the_terminal_back() {
        let mut tally = Tally::new(1);
        let millis = Duration::from_millis;
        tally.add(&Sample { operation: 0, planned: millis(0), sent: millis(0), done: millis(20), outcome: Ok(()) });
        let mut bytes = Vec::new();
        let mut live = Live { out: Some(&mut bytes), columns: || 80, lines: 0, hidden: false };
        live.show(&progress(&tally));
        live.show(&progress(&tally));
        drop(live);
        let mut terminal = vt100::Parser::new(10.try_into().expect("rows"), 80.try_into().expect("columns"), 0);
        let text = String::from_utf8(bytes).expect("text");
        let end = text.rfind("\x1b[4A\r").expect("taken away");
        let rows = text[..end].replace('\n', "\r\n");
        terminal.process(rows.as_bytes());
        let screen = terminal.screen().contents();
        assert_eq!(screen.lines().count(), 4, "{screen}");
        assert!(screen.contains("measuring") && screen.contains("50%") && screen.contains("p95 20ms"), "{screen}");
        assert!(terminal.screen().hide_cursor());
        terminal.process(&text.as_bytes()[end..]);
        assert!(terminal.screen().contents().is_empty() && !terminal.screen().hide_cursor());
    }

    #[test]
    fn lines_are_never_wider_than_the_terminal() {
        let tally = Tally::new(1);
        for columns in [20, 40, 80] {
            for line in lines(&progress(&tally), columns) {
                assert!(line.chars().count() < columns, "{columns}: {line}");
            }
        }
    }

    #[test]
    fn what_is_no_terminal_gets_nothing() {
        let mut live: Live<Vec<u8>> = Live { out: None, columns: || 80, lines: 0, hidden: false };
        live.show(&progress(&Tally::new(1)));
        assert!(live.out.is_none() && live.lines == 0);
    }
}
