//! Views of a tool, sheets, layouts, the past; every size, theme and glyph set; foreign text.

use std::sync::Arc;

use crossterm::event::KeyCode;
use kmtop::{
    link::{LinkEvent, Welcome},
    model::Interval,
    tui::{App, ColorMode, Effect, GlyphSet, Options, Themes, keymap::Pane},
};
use proptest::prelude::*;
use ratatui::style::Color;
use unicode_width::UnicodeWidthStr as _;

use super::{SIZES, code, fresh, hear, knowing, options, paint, place, press, resize, screen, seconds, text, welcomed};

#[test]
fn views_of_a_tool() {
    let mut app = knowing(&options(), 100);
    resize(&mut app, (100, 24));
    press(&mut app, "jz");
    for name in ["course", "heatmap", "curve"] {
        press(&mut app, "v");
        insta::assert_snapshot!(format!("view_{name}"), screen(&mut app, (100, 24)));
    }
    press(&mut app, "v");
    assert!(text(&app, (100, 24)).contains("RATE/s"), "and back to the table");
    let mut ascii = knowing(&Options { glyphs: GlyphSet::Ascii, ..options() }, 100);
    press(&mut ascii, "jzvv");
    let shown = screen(&mut ascii, (100, 24));
    assert!(shown.is_ascii(), "{shown}");
}

#[test]
fn sheets_of_everything() {
    let mut app = knowing(&options(), 100);
    for (keys, name) in [("3", "tool"), ("5", "call"), ("2", "worker"), ("4", "alert"), ("6", "client")] {
        resize(&mut app, (110, 40));
        press(&mut app, keys);
        code(&mut app, KeyCode::Enter);
        insta::assert_snapshot!(format!("sheet_{name}"), screen(&mut app, (110, 40)));
        press(&mut app, "jGg");
        code(&mut app, KeyCode::Esc);
        assert!(!text(&app, (110, 40)).contains("y copies"), "{name} is closed");
    }
    code(&mut app, KeyCode::Enter);
    let effects = press(&mut app, "y");
    assert!(matches!(&effects[..], [Effect::Copy(text)] if text.starts_with("Client ")), "{effects:?}");
}

#[test]
fn layouts_are_gone_through_and_one_of_ones_own_is_last() {
    let mut app = knowing(&options(), 20);
    for name in ["tools", "pool", "watch"] {
        press(&mut app, "p");
        insta::assert_snapshot!(format!("layout_{name}"), screen(&mut app, (120, 40)));
    }
    press(&mut app, "p");
    assert!(text(&app, (120, 40)).contains("layout standard"));
    let wrong = welcomed(&Options { layout: "nowhere".into(), ..options() });
    assert!(text(&wrong, (120, 40)).contains("there is no layout nowhere; have: standard, tools"));
}

#[test]
fn the_whole_screen_goes_back_in_time_and_to_now() {
    let welcome = seconds(60);
    let newest = welcome.intervals.last().expect("one").clone();
    let mut app = fresh(&options());
    let nothing = Welcome { info: welcome.info.clone(), intervals: Vec::new(), calls: Vec::new() };
    hear(&mut app, LinkEvent::Welcome(Box::new(nothing)));
    let size = (120, 40);
    // A minute live, each second with what held then.
    for (second, interval) in welcome.intervals.iter().enumerate() {
        let mut state = newest.state.clone().expect("the newest has it");
        state.pool.target = u16::try_from(second).expect("under 60");
        hear(&mut app, LinkEvent::Interval(Arc::new(Interval { state: Some(state), ..Interval::clone(interval) })));
    }
    press(&mut app, "2z");
    let now = screen(&mut app, size);
    assert!(now.contains("Pool 8/59 "), "{now}");
    press(&mut app, &",".repeat(30));
    let then = text(&app, size);
    assert!(then.contains(" PAST") && then.contains("30s ago"), "{then}");
    assert!(then.contains("Pool 8/25 "), "what held then, kept every five seconds: {then}");
    assert_eq!(press(&mut app, "]"), []);
    assert!(text(&app, size).contains("this is the past"));
    press(&mut app, ".");
    code(&mut app, KeyCode::Esc);
    assert_eq!(place(&app, size, "Pool 8/30 ").1, 1, "and on again");
    press(&mut app, "`");
    assert!(text(&app, size).contains("Pool 8/59 ") && text(&app, size).contains("LIVE"));
}

#[test]
fn every_theme_colours_the_cells_of_every_screen() {
    let themes = Themes::new(None, ColorMode::Truecolor);
    for name in themes.names() {
        let mut app = welcomed(&Options { theme: name.clone(), color: ColorMode::Truecolor, ..options() });
        for size in SIZES {
            resize(&mut app, size);
            let buffer = paint(&app, size);
            let plain = matches!(name.as_str(), "terminal" | "mono");
            let corner = buffer[(size.0 - 1, size.1 / 2)].bg;
            assert_eq!(matches!(corner, Color::Rgb(..)), !plain, "{name} at {size:?}");
        }
        resize(&mut app, (120, 40));
        let cell = paint(&app, (120, 40))[place(&app, (120, 40), "LIVE")].clone();
        assert!(name == "mono" || cell.fg != Color::Reset, "{name}");
    }
}

#[test]
fn in_sixteen_and_in_256_colours_nothing_is_24_bits() {
    for (mode, name) in [(ColorMode::Sixteen, "tokyo-night"), (ColorMode::Indexed, "tokyo-night")] {
        let app = welcomed(&Options { theme: name.into(), color: mode, ..options() });
        let buffer = paint(&app, (120, 40));
        assert!(
            buffer.content.iter().all(|cell| !matches!((cell.fg, cell.bg), (Color::Rgb(..), _) | (_, Color::Rgb(..)))),
            "{mode:?}"
        );
        if mode == ColorMode::Sixteen {
            assert_eq!(buffer[place(&app, (120, 40), "✖1")].fg, Color::Red, "states keep their colours");
        }
    }
}

fn odd_text() -> impl Strategy<Value = String> {
    let letters = prop_oneof![
        Just('\u{1b}'),
        Just('\u{9b}'),
        Just('\u{7}'),
        Just('\u{202e}'),
        Just('\u{2066}'),
        Just('\u{300}'),
        Just('\u{200d}'),
        Just('\u{fe0f}'),
        Just('漢'),
        Just('👩'),
        Just('\n'),
        Just('\t'),
        Just('ｱ'),
        any::<char>(),
    ];
    proptest::collection::vec(letters, 0..40).prop_map(|letters| letters.into_iter().collect())
}

/// A console that shows this text wherever text from elsewhere is shown.
fn showing(foreign: &str) -> App {
    let mut app = welcomed(&options());
    let newest = seconds(1).intervals.remove(0);
    let mut state = newest.state.clone().expect("the newest has it");
    let shared: Arc<str> = foreign.into();
    state.clients.iter_mut().for_each(|client| client.name = Arc::clone(&shared));
    state.pool.workers.iter_mut().for_each(|worker| worker.subject = Some(Arc::clone(&shared)));
    state.alerts.iter_mut().for_each(|alert| foreign.clone_into(&mut alert.text));
    state.advice.iter_mut().for_each(|advice| foreign.clone_into(&mut advice.issue));
    let mut interval = Interval { state: Some(state), ..Interval::clone(&newest) };
    interval.events.iter_mut().for_each(|event| foreign.clone_into(&mut event.text));
    hear(&mut app, LinkEvent::Interval(Arc::new(interval)));
    app
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_size_and_any_pane_is_drawn(width in 1_u16..=500, height in 1_u16..=200, pane in 0_usize..7, keys in "[zpv?:/,.`ejkG\n]{0,6}") {
        let mut app = welcomed(&options());
        press(&mut app, &Pane::ALL[pane].number().to_string());
        for key in keys.chars() {
            code(&mut app, if key == '\n' { KeyCode::Enter } else { KeyCode::Char(key) });
        }
        screen(&mut app, (width, height));
    }

    #[test]
    fn foreign_text_stays_in_its_cells(foreign in odd_text(), pane in 0_usize..7, open in any::<bool>()) {
        let mut app = showing(&foreign);
        resize(&mut app, (90, 30));
        press(&mut app, &Pane::ALL[pane].number().to_string());
        if open {
            code(&mut app, KeyCode::Enter);
        }
        let buffer = paint(&app, (90, 30));
        for cell in &buffer.content {
            prop_assert!(cell.symbol().chars().all(|letter| !letter.is_control()), "{:?}", cell.symbol());
            prop_assert!(cell.symbol().width() <= 2, "{:?}", cell.symbol());
            let turned = |letter| matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}');
            prop_assert!(!cell.symbol().contains(turned), "{:?}", cell.symbol());
        }
        // Frames stand where they stand: the right edge is whole.
        let edge = if app_is_open(&app) || pane == 6 { 89 } else { 0 };
        prop_assert!(edge == 0 || "┃┓┛│╮╯ ".contains(buffer[(edge, 10)].symbol()), "{:?}", buffer[(edge, 10)].symbol());
    }
}

fn app_is_open(app: &App) -> bool {
    text(app, (90, 30)).contains("Esc closes")
}
