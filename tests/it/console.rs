//! The console as a whole: screens as text, colours of cells, keys and what follows from them.

use std::{sync::Arc, time::Instant};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::tz::TimeZone;
use kmtop::{
    link::{LinkEvent, Welcome},
    tui::{App, ColorMode, Effect, Event, Options, Themes, draw},
};
use ratatui::{buffer::Buffer, layout::Rect};

use crate::fixture::{self, Fixture};

fn options() -> Options {
    Options { time_zone: TimeZone::UTC, color: ColorMode::Sixteen, ..Options::default() }
}

/// A console that has heard of five minutes.
fn app(options: &Options, size: (u16, u16)) -> App {
    let mut app = App::new(options, &Themes::new(None, options.color), false);
    app.update(Instant::now(), Event::Resize(size.0, size.1));
    let welcome = fixture::welcome(&mut Fixture::default(), 330);
    app.update(Instant::now(), Event::Link(LinkEvent::Welcome(Box::new(welcome))));
    app
}

fn press(app: &mut App, keys: &str) -> Vec<Effect> {
    let key = |letter| Event::Key(KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE));
    keys.chars().flat_map(|letter| app.update(Instant::now(), key(letter))).collect()
}

fn paint(app: &App, size: (u16, u16)) -> Buffer {
    let mut buffer = Buffer::empty(Rect::new(0, 0, size.0, size.1));
    draw(app, buffer.area, &mut buffer);
    buffer
}

fn screen(app: &App, size: (u16, u16)) -> String {
    let buffer = paint(app, size);
    let line = |y| (0..size.0).map(|x| buffer[(x, y)].symbol()).collect::<String>().trim_end().to_owned();
    (0..size.1).map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn look() {
    for size in [(40, 12), (80, 24), (120, 40), (200, 60)] {
        println!("{}", screen(&app(&options(), size), size));
    }
}
