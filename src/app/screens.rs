//! Pictures of the console: a screen drawn from a recording, without a terminal.

use std::{
    io::{Seek as _, Write as _},
    path::Path,
    time::{Duration, Instant},
};

use crossterm::event::{KeyCode, KeyEvent};
use jiff::tz::TimeZone;
use ratatui::{buffer::Buffer, layout::Rect};

use super::Failure;
use crate::{
    cli::Screen,
    link::{LinkEvent, Welcome},
    record::{RecordError, Recording, Source},
    tui::{self, App, ColorMode, Effect, Event, GlyphSet, Options, Themes},
};

/// A minute of `kmtop demo`.
const SAMPLE: &[u8] = include_bytes!("../../tests/data/screen.kmtop");
/// The window of pictures, in seconds.
const WINDOW_S: u64 = 60;

/// The screen that is asked for, as text or as an SVG.
pub(super) fn picture(asked: &Screen, theme: Option<&str>, themes: Option<std::path::PathBuf>) -> Result<String, Failure> {
    let failed = |error: RecordError| Failure::wrong(error.to_string());
    let mut recording = match &asked.recording {
        Some(file) => Recording::open(file).map_err(failed)?,
        None => sample()?,
    };
    let welcome = welcome(&mut recording, asked.at);
    let color = if asked.svg { ColorMode::Truecolor } else { ColorMode::Mono };
    let options = Options {
        theme: theme.unwrap_or("terminal").to_owned(),
        theme_dir: themes.clone(),
        window_s: WINDOW_S,
        time_zone: TimeZone::UTC,
        glyphs: if asked.ascii { GlyphSet::Ascii } else { GlyphSet::Unicode },
        color,
        ..Options::default()
    };
    let files = Themes::new(themes, color);
    if !files.names().contains(&options.theme) {
        return Err(Failure::wrong(format!("there is no theme {}; have: {}", options.theme, files.names().join(", "))));
    }
    let mut app = App::new(&options, &files, false);
    let (columns, rows) = asked.size;
    let mut now = Instant::now();
    app.update(now, Event::Resize(columns, rows));
    app.update(now, Event::Link(LinkEvent::Welcome(Box::new(welcome))));
    for letter in asked.keys.chars() {
        let code = if letter == '\n' { KeyCode::Enter } else { KeyCode::Char(letter) };
        for effect in app.update(now, Event::Key(KeyEvent::from(code))) {
            if let Effect::LoadTheme(name) = effect {
                app.set_theme(now, files.load(&name).0, None);
            }
        }
    }
    // What is said for a moment is no part of the picture.
    now += Duration::from_mins(1);
    app.update(now, Event::Tick);
    let mut buffer = Buffer::empty(Rect::new(0, 0, columns, rows));
    tui::draw(&app, buffer.area, &mut buffer);
    Ok(if asked.svg { tui::svg(&buffer, app.theme(), &format!("kmtop at {columns}x{rows}")) } else { text(&buffer) })
}

/// The recording that comes with the program.
fn sample() -> Result<Recording, Failure> {
    let unpacked = || -> Result<Recording, Box<dyn std::error::Error>> {
        let mut file = tempfile::NamedTempFile::new()?;
        file.write_all(SAMPLE)?;
        file.rewind()?;
        Ok(Recording::open(Path::new(file.path()))?)
    };
    unpacked().map_err(|error| Failure::wrong(format!("the recording that comes with kmtop cannot be unpacked: {error}")))
}

/// All that was recorded up to so many seconds after its start.
fn welcome(recording: &mut Recording, at_s: Option<u64>) -> Welcome {
    let times = recording.times().to_vec();
    let first = times.get(recording.first()).copied().unwrap_or_default();
    let until = at_s.map_or(u64::MAX, |at| first.saturating_add(at * 1_000));
    let end = times.iter().rposition(|time| *time <= until).unwrap_or_default().max(recording.first());
    let intervals = recording.read(0..end + 1);
    let calls = intervals.iter().flat_map(|interval| interval.calls.iter().cloned()).collect();
    // Calls are handed over once, beside their Intervals.
    let intervals = intervals
        .into_iter()
        .map(|interval| {
            std::sync::Arc::new(crate::model::Interval { calls: Vec::new(), ..crate::model::Interval::clone(&interval) })
        })
        .collect();
    Welcome { info: recording.info(end), intervals, calls }
}

fn text(buffer: &Buffer) -> String {
    let line = |y| (0..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect::<String>().trim_end().to_owned();
    (0..buffer.area.height).map(|y| line(y) + "\n").collect()
}
