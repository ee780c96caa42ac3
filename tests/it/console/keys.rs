//! Keys, and what follows from them.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use kmtop::{
    link::{Ask, LinkEvent},
    model::{Command, CommandError, Reply, Resize},
    tui::{
        App, ColorMode, Effect, Event, Exit, Options, Themes,
        keymap::{Action, BINDINGS, Key},
    },
};
use ratatui::style::Color;

use super::{code, fresh, hear, options, paint, place, press, resize, screen, seconds, text, welcomed};
use crate::fixture::{self, Fixture};

fn asks(effects: &[Effect]) -> Vec<Command> {
    let command = |effect: &Effect| if let Effect::Ask(Ask { command, .. }) = effect { Some(command.clone()) } else { None };
    effects.iter().filter_map(command).collect()
}

#[test]
fn keys_ask_the_server() {
    let table = [
        ("]", Command::ResizePool(Resize::By(1))),
        ("[", Command::ResizePool(Resize::By(-1))),
        ("}", Command::ResizePool(Resize::By(4))),
        ("{", Command::ResizePool(Resize::By(-4))),
        ("u", Command::UndoChange),
        ("a", Command::ApplyAdvice { id: None }),
        ("4jjja", Command::ApplyAdvice { id: Some(7) }),
        ("4ja", Command::ApplyAdvice { id: None }),
    ];
    for (keys, command) in table {
        let mut app = welcomed(&options());
        assert_eq!(asks(&press(&mut app, keys)), [command], "{keys}");
    }
}

#[test]
fn requests_have_numbers_of_their_own() {
    let mut app = welcomed(&options());
    let effects = press(&mut app, "]]");
    let ids: Vec<u64> = effects.iter().map(|effect| if let Effect::Ask(ask) = effect { ask.id } else { 0 }).collect();
    assert_eq!(ids, [1, 2]);
}

#[test]
fn nothing_is_changed_while_read_only_paused_or_lost() {
    for binding in BINDINGS.iter().filter(|binding| binding.mutating) {
        let KeyCode::Char(letter) = binding.keys[0].code else { panic!("a letter") };
        let mut app = welcomed(&Options { read_only: true, ..options() });
        assert_eq!(press(&mut app, &letter.to_string()), [], "{letter}");
        assert!(text(&app, (120, 40)).contains("read-only"), "{letter} says why");
        let mut app = welcomed(&options());
        assert_eq!(press(&mut app, &format!(" {letter}")), [], "{letter}");
        assert!(text(&app, (120, 40)).contains("paused; Space goes on"), "{letter} says why");
    }
}

#[test]
fn quitting_asks_only_when_clients_would_lose_their_server() {
    let quit = |keep_serving| vec![Effect::Exit(Exit::Quit { keep_serving })];
    let mut app = welcomed(&options());
    assert_eq!(press(&mut app, "q"), []);
    assert_eq!(press(&mut app, "xq]"), [], "the question stays until it is answered");
    assert_eq!(press(&mut app, "k"), quit(true));
    let mut app = welcomed(&options());
    assert_eq!(press(&mut app, "qs"), quit(false));
    let mut app = welcomed(&options());
    press(&mut app, "q");
    assert_eq!(code(&mut app, KeyCode::Esc), []);
    assert_eq!(asks(&press(&mut app, "]")).len(), 1, "and all is as before");
    let mut app = welcomed(&Options { demo: true, ..options() });
    assert_eq!(press(&mut app, "q"), quit(false));
    let mut attached = App::new(&options(), &Themes::default(), true);
    hear(&mut attached, LinkEvent::Welcome(Box::new(seconds(5))));
    assert_eq!(press(&mut attached, "q"), quit(false));
    assert_eq!(press(&mut fresh(&options()), "q"), quit(false), "nobody has called");
    let control_c = Event::Key(KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL));
    assert_eq!(fresh(&options()).update(Instant::now(), control_c), quit(false));
}

#[test]
fn signals_end_it_at_once() {
    let mut app = welcomed(&options());
    press(&mut app, "q");
    assert_eq!(app.update(Instant::now(), Event::Terminate), [Effect::Exit(Exit::Terminated)]);
    assert_eq!(app.update(Instant::now(), Event::Hangup), [Effect::Exit(Exit::Hangup)]);
}

#[test]
fn a_frozen_screen_holds_still_and_then_catches_up() {
    let mut fixture = Fixture::default();
    let mut app = fresh(&options());
    resize(&mut app, (120, 40));
    hear(&mut app, LinkEvent::Welcome(Box::new(fixture::welcome(&mut fixture, 5))));
    press(&mut app, " ");
    let before = text(&app, (120, 40));
    for _ in 0..5 {
        hear(&mut app, LinkEvent::Interval(Arc::new(fixture.next())));
    }
    assert_eq!(text(&app, (120, 40)), before);
    press(&mut app, " ");
    let caught_up = text(&app, (120, 40));
    let mut other = fresh(&options());
    resize(&mut other, (120, 40));
    hear(&mut other, LinkEvent::Welcome(Box::new(fixture::welcome(&mut Fixture::default(), 10))));
    assert_eq!(caught_up, text(&other, (120, 40)), "nothing was lost");
}

#[test]
fn rows_hold_still_after_a_key() {
    let mut fixture = Fixture::default();
    let mut app = fresh(&options());
    resize(&mut app, (120, 40));
    let start = Instant::now();
    let welcome = fixture::welcome(&mut fixture, 8);
    app.update(start, Event::Link(LinkEvent::Welcome(Box::new(welcome))));
    let order = |app: &App| -> Vec<String> {
        let lines = text(app, (120, 40));
        let rows = lines.lines().skip_while(|line| !line.contains("TOOL")).skip(1).take(10);
        rows.map(|row| row.chars().skip(4).take(17).collect()).filter(|name: &String| !name.trim().is_empty()).collect()
    };
    // By wait, which changes every second.
    for letter in "sss".chars() {
        app.update(start, Event::Key(KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE)));
    }
    let before = order(&app);
    let mut moved = false;
    for _ in 0..8 {
        let interval = Arc::new(fixture.next());
        app.update(start + Duration::from_millis(1_900), Event::Link(LinkEvent::Interval(interval)));
        let now = order(&app);
        let kept: Vec<_> = now.iter().filter(|name| before.contains(name)).collect();
        assert_eq!(kept, before.iter().collect::<Vec<_>>());
    }
    for _ in 0..8 {
        app.update(start + Duration::from_millis(2_100), Event::Link(LinkEvent::Interval(Arc::new(fixture.next()))));
        moved |= order(&app) != before;
    }
    assert!(moved);
}

#[test]
fn replies_are_shown_for_four_seconds() {
    let mut app = welcomed(&options());
    let now = Instant::now();
    let reply = |result| Event::Link(LinkEvent::Reply { id: 1, result });
    app.update(now, reply(Ok(Reply { text: "pool target 8 to 9".into(), change: None })));
    assert!(text(&app, (120, 40)).contains("● pool target 8 to 9"));
    assert_eq!(app.deadline(), Some(now + Duration::from_secs(4)));
    app.update(now + Duration::from_secs(4), Event::Tick);
    assert!(!text(&app, (120, 40)).contains("pool target 8 to 9"));
    assert_eq!(app.deadline(), None, "and then the thread sleeps");
    app.update(now, reply(Err(CommandError::new("at_max", "the pool is at its max of 15"))));
    let (x, y) = place(&app, (120, 40), "✖ the pool is at its max");
    assert_eq!(paint(&app, (120, 40))[(x, y)].fg, Color::Red);
}

#[test]
fn windows_go_as_far_as_is_kept() {
    let mut app = welcomed(&options());
    let window = |app: &App| {
        let text = text(app, (200, 60));
        text.split_once("window ").expect("in the second line").1.split_whitespace().next().expect("a word").to_owned()
    };
    resize(&mut app, (200, 60));
    let mut seen = Vec::new();
    for key in ["+", "+", "+", "+", "-", "=", "-"] {
        press(&mut app, key);
        seen.push(window(&app));
    }
    assert_eq!(seen, ["5m", "15m", "1h", "1h", "15m", "1m", "1m"]);
    assert!(text(&app, (200, 60)).contains("no more is kept in that direction"));
}

#[test]
fn selections_move_and_tab_goes_around() {
    let mut app = welcomed(&options());
    press(&mut app, "j");
    assert!(place(&app, (120, 40), "›").1 > place(&app, (120, 40), "TOOL").1 + 1);
    let focused = |app: &App| {
        let text = text(app, (120, 40));
        text.split_once("┏━ ").expect("a focus").1.split_whitespace().nth(1).expect("a name").to_owned()
    };
    let mut seen = Vec::new();
    for _ in 0..5 {
        code(&mut app, KeyCode::Tab);
        seen.push(focused(&app));
    }
    assert_eq!(seen, ["Alerts", "Calls", "System", "Pool", "Tools"]);
    code(&mut app, KeyCode::BackTab);
    assert_eq!(focused(&app), "Pool");
}

#[test]
fn a_theme_is_shown_while_it_is_gone_over_and_taken_or_left() {
    let mut app = welcomed(&options());
    assert_eq!(press(&mut app, "T"), []);
    assert_eq!(code(&mut app, KeyCode::Down), [Effect::LoadTheme("dracula".into())]);
    app.set_theme(Instant::now(), Themes::new(None, ColorMode::Truecolor).load("dracula").0, None);
    assert_eq!(press(&mut app, "nord").last(), Some(&Effect::LoadTheme("nord".into())));
    app.set_theme(Instant::now(), Themes::new(None, ColorMode::Truecolor).load("nord").0, None);
    assert_eq!(code(&mut app, KeyCode::Esc), [Effect::LoadTheme("terminal".into())], "it is as before");
    app.set_theme(Instant::now(), Themes::new(None, ColorMode::Sixteen).load("terminal").0, None);
    press(&mut app, "Tnord");
    assert_eq!(code(&mut app, KeyCode::Enter), [Effect::LoadTheme("nord".into())]);
    assert!(text(&app, (120, 40)).contains("theme nord"));
}

#[test]
fn a_thousand_keys_of_any_kind() {
    let mut app = welcomed(&options());
    let keys: Vec<Key> =
        BINDINGS.iter().filter(|binding| binding.action != Action::Quit).flat_map(|binding| binding.keys).copied().collect();
    let mut random = 7_usize;
    let sizes = [(40, 12), (80, 24), (120, 40), (200, 60), (20, 4), (0, 0), (61, 17)];
    for _ in 0..1_000 {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let key = keys[(random >> 33) % keys.len()];
        // A longer window merges every Interval anew: slow in debug builds, and not what this is about.
        if matches!(key.code, KeyCode::Char('+' | '-' | '=')) {
            continue;
        }
        let modifiers = if key.control { KeyModifiers::CONTROL } else { KeyModifiers::NONE };
        app.update(Instant::now(), Event::Key(KeyEvent::new(key.code, modifiers)));
        let size = sizes[(random >> 20) % sizes.len()];
        screen(&mut app, size);
    }
}
