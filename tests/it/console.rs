//! The console as a whole: screens as text, colours of cells, keys and what follows from them.

mod access;
mod keys;
mod lists;
mod trial;
mod views;

use std::{sync::OnceLock, time::Instant};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::tz::TimeZone;
use kmtop::{
    link::{LinkEvent, Welcome},
    tui::{App, ColorMode, Effect, Event, Exit, GlyphSet, Options, Themes, draw},
};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Color, Modifier},
};

use crate::fixture::{self, Fixture};

const SIZES: [(u16, u16); 4] = [(40, 12), (80, 24), (120, 40), (200, 60)];

fn options() -> Options {
    Options { time_zone: TimeZone::UTC, color: ColorMode::Sixteen, window_s: 60, ..Options::default() }
}

/// Seconds of a server, made once: debug builds take their time with histograms.
fn seconds(seconds: usize) -> Welcome {
    static MADE: OnceLock<Welcome> = OnceLock::new();
    let mut made = MADE.get_or_init(|| fixture::welcome(&mut Fixture::default(), 100)).clone();
    let start = made.intervals.len() - seconds;
    made.intervals.drain(..start);
    made
}

fn fresh(options: &Options) -> App {
    App::new(options, &Themes::new(None, options.color), false)
}

/// A console that has heard a few seconds.
fn welcomed(options: &Options) -> App {
    knowing(options, 5)
}

fn knowing(options: &Options, known: usize) -> App {
    let mut app = fresh(options);
    resize(&mut app, (120, 40));
    hear(&mut app, LinkEvent::Welcome(Box::new(seconds(known))));
    app
}

fn resize(app: &mut App, (width, height): (u16, u16)) {
    app.update(Instant::now(), Event::Resize(width, height));
}

fn hear(app: &mut App, event: LinkEvent) {
    app.update(Instant::now(), Event::Link(event));
}

fn code(app: &mut App, code: KeyCode) -> Vec<Effect> {
    app.update(Instant::now(), Event::Key(KeyEvent::new(code, KeyModifiers::NONE)))
}

fn press(app: &mut App, keys: &str) -> Vec<Effect> {
    keys.chars().flat_map(|letter| code(app, KeyCode::Char(letter))).collect()
}

fn paint(app: &App, (width, height): (u16, u16)) -> Buffer {
    let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
    draw(app, buffer.area, &mut buffer);
    buffer
}

fn text(app: &App, size: (u16, u16)) -> String {
    let buffer = paint(app, size);
    let line = |y| (0..size.0).map(|x| buffer[(x, y)].symbol()).collect::<String>().trim_end().to_owned();
    (0..size.1).map(line).collect::<Vec<_>>().join("\n")
}

fn screen(app: &mut App, size: (u16, u16)) -> String {
    resize(app, size);
    text(app, size)
}

/// Where a text begins on the screen.
fn place(app: &App, size: (u16, u16), wanted: &str) -> (u16, u16) {
    let found = text(app, size).lines().zip(0..).find_map(|(line, y)| {
        let before = line.split_once(wanted)?.0;
        Some((u16::try_from(before.chars().count()).expect("a screen"), y))
    });
    found.unwrap_or_else(|| panic!("{wanted} is not on the screen"))
}

#[test]
fn screens_at_four_sizes() {
    let mut app = knowing(&options(), 100);
    for size in SIZES {
        insta::assert_snapshot!(format!("{}x{}", size.0, size.1), screen(&mut app, size));
    }
    insta::assert_snapshot!("line", screen(&mut app, (60, 3)));
}

#[test]
fn every_pane_zooms() {
    let mut app = knowing(&options(), 100);
    resize(&mut app, (100, 32));
    press(&mut app, "z");
    for (number, name) in (1..).zip(["system", "pool", "tools", "alerts", "calls", "clients"]) {
        press(&mut app, &number.to_string());
        insta::assert_snapshot!(format!("zoomed_{name}"), screen(&mut app, (100, 32)));
    }
}

#[test]
fn calls_shows_the_slow_ones_alone() {
    let mut app = knowing(&options(), 100);
    resize(&mut app, (140, 16));
    press(&mut app, "5zs");
    insta::assert_snapshot!("slow_calls", screen(&mut app, (140, 16)));
    press(&mut app, "s");
    assert!(text(&app, (140, 16)).contains("kept"), "and back");
}

#[test]
fn help_question_pause_and_loss() {
    let mut app = welcomed(&options());
    press(&mut app, "?");
    insta::assert_snapshot!("help", screen(&mut app, (80, 24)));
    code(&mut app, KeyCode::Esc);
    press(&mut app, "q");
    insta::assert_snapshot!("question", screen(&mut app, (80, 24)));
    code(&mut app, KeyCode::Esc);
    press(&mut app, " ");
    insta::assert_snapshot!("paused", screen(&mut app, (80, 24)));
    press(&mut app, " ");
    hear(&mut app, LinkEvent::Lost { reason: "the connection was closed".into() });
    let lost = screen(&mut app, (80, 24));
    assert!(lost.lines().last().expect("a footer").contains("server gone: the connection was closed  (q quits)"), "{lost}");
    assert_eq!(press(&mut app, "q"), [Effect::Exit(Exit::Lost("the connection was closed".into()))]);
}

#[test]
fn empty_panes_say_what_to_do() {
    let mut app = fresh(&options());
    assert!(screen(&mut app, (80, 24)).contains("waiting for the server"));
    let welcome = Welcome { info: fixture::info(), intervals: Vec::new(), calls: Vec::new() };
    hear(&mut app, LinkEvent::Welcome(Box::new(welcome)));
    insta::assert_snapshot!("empty", screen(&mut app, (80, 24)));
}

#[test]
fn ascii_alone() {
    let mut app = welcomed(&Options { glyphs: GlyphSet::Ascii, ..options() });
    for size in SIZES {
        let mut screen = screen(&mut app, size);
        // The one text of the fixture that is not ASCII came from outside.
        screen = screen.replace("Ünïcode — 漢字 名前", "");
        let odd: String = screen.chars().filter(|letter| !letter.is_ascii()).collect();
        assert_eq!(odd, "", "{size:?}");
    }
    insta::assert_snapshot!("ascii", screen(&mut app, (80, 24)));
}

#[test]
fn colours_follow_state_and_the_focus_is_heavy() {
    let size = (120, 40);
    let mut app = welcomed(&options());
    let buffer = paint(&app, size);
    let style = |wanted| buffer[place(&app, size, wanted)].style();
    assert_eq!(style("✖ HNG").fg, Some(Color::Red));
    assert_eq!(style("▶ RUN").fg, Some(Color::Green));
    assert_eq!(style("LIVE").fg, Some(Color::Green));
    assert_eq!(style("┏━ 3").fg, Some(Color::Cyan));
    assert_eq!(style("╭─ 1").fg, Some(Color::DarkGray));
    assert_eq!(style("╭─ 1").bg, Some(Color::Reset), "no background of its own");
    press(&mut app, "1");
    assert_eq!(paint(&app, size)[place(&app, size, "┏━ 1")].fg, Color::Cyan);
}

#[test]
fn mono_has_no_colour_at_all() {
    let app = welcomed(&Options { color: ColorMode::Mono, theme: "nord".into(), ..options() });
    let buffer = paint(&app, (120, 40));
    assert!(buffer.content.iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
    let hung = buffer[place(&app, (120, 40), "✖ HNG")].style();
    assert!(hung.add_modifier.contains(Modifier::BOLD | Modifier::REVERSED));
}

#[test]
fn a_theme_of_colours_is_taken_by_its_name() {
    let app = welcomed(&Options { color: ColorMode::Truecolor, theme: "nord".into(), ..options() });
    let cell = paint(&app, (120, 40))[place(&app, (120, 40), "┏━ 3")].clone();
    assert_eq!((cell.fg, cell.bg), (Color::Rgb(0x88, 0xc0, 0xd0), Color::Rgb(0x2e, 0x34, 0x40)));
}

#[test]
fn every_size_is_drawn() {
    let mut app = welcomed(&options());
    for width in 0..=60 {
        for height in 0..=30 {
            screen(&mut app, (width, height));
        }
    }
    let odd =
        [(0, 0), (1, 1), (1_000, 1), (1, 1_000), (1_000, 1_000), (30, 6), (60, 16), (100, 30), (160, 50), (159, 200), (300, 16)];
    for keys in ["", "z", "1", "2", "4", "5", "6", "7", "?", "?q"] {
        press(&mut app, keys);
        for size in odd {
            screen(&mut app, size);
        }
    }
}
