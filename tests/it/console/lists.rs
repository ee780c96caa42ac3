//! Lists that are searched, rows that are filtered, questions, what is copied.

use std::time::Instant;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use kmtop::{
    link::{Ask, Call, LinkEvent},
    model::{Command, Contract, Resize},
    tui::{App, Effect, Event, Exit, Keymap, Options, keymap::BINDINGS},
};
use serde_json::{Value, json};

use super::{code, hear, knowing, options, place, press, resize, screen, text, welcomed};

fn asked(effects: &[Effect]) -> Vec<&Command> {
    effects.iter().filter_map(|effect| if let Effect::Ask(Ask { command, .. }) = effect { Some(command) } else { None }).collect()
}

fn called(effects: &[Effect]) -> Vec<(u64, &Call)> {
    effects.iter().filter_map(|effect| if let Effect::Call { id, call } = effect { Some((*id, call)) } else { None }).collect()
}

fn mouse(app: &mut App, kind: MouseEventKind, (column, row): (u16, u16)) -> Vec<Effect> {
    app.update(Instant::now(), Event::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }))
}

#[test]
fn the_help_is_searched_and_enter_runs() {
    let mut app = welcomed(&options());
    press(&mut app, "?more four");
    let shown = screen(&mut app, (120, 40));
    assert!(shown.contains("four workers more") && !shown.contains("one worker more"), "{shown}");
    assert_eq!(asked(&code(&mut app, KeyCode::Enter)), [&Command::ResizePool(Resize::By(4))]);
    assert!(!text(&app, (120, 40)).contains("four workers more"), "and it is closed");
}

#[test]
fn the_palette_finds_every_command_by_its_name() {
    for binding in BINDINGS {
        let mut app = welcomed(&options());
        resize(&mut app, (120, 40));
        press(&mut app, ":");
        press(&mut app, &binding.name.replace('-', " "));
        let shown = text(&app, (120, 40));
        assert!(shown.contains(&format!("{}: ", binding.name.replace('-', " "))), "{}: {shown}", binding.name);
    }
    let mut app = welcomed(&options());
    resize(&mut app, (120, 40));
    press(&mut app, ":glyphs ascii");
    code(&mut app, KeyCode::Enter);
    assert!(text(&app, (120, 40)).contains("#= 3 Tools"), "the focused frame is drawn in ASCII");
}

#[test]
fn read_only_holds_in_the_palette_too() {
    let mut app = welcomed(&Options { read_only: true, ..options() });
    press(&mut app, ":four more");
    assert_eq!(code(&mut app, KeyCode::Enter), []);
    assert!(screen(&mut app, (120, 40)).contains("read-only"));
}

#[test]
fn a_filter_works_while_it_is_typed_and_escape_shows_all() {
    let mut app = welcomed(&options());
    press(&mut app, "/vari");
    let shown = screen(&mut app, (120, 40));
    assert!(shown.contains("show only: vari_") && shown.contains("/vari"), "{shown}");
    assert!(shown.contains("km_get_variable") && !shown.contains("km_search_macros   "), "{shown}");
    code(&mut app, KeyCode::Enter);
    assert!(text(&app, (120, 40)).contains("2 tools"));
    code(&mut app, KeyCode::Esc);
    assert!(text(&app, (120, 40)).contains("km_search_macros"));
    press(&mut app, "5/cursor");
    code(&mut app, KeyCode::Enter);
    press(&mut app, "z");
    let rows = screen(&mut app, (120, 40));
    let calls: Vec<&str> = rows.lines().filter(|line| line.contains(" #9")).collect();
    assert!(!calls.is_empty() && calls.iter().all(|line| line.contains("cursor")), "{rows}");
}

#[test]
fn only_failed_calls_are_shown_on_request() {
    let mut app = knowing(&options(), 100);
    press(&mut app, "ez");
    let shown = screen(&mut app, (120, 40));
    let calls: Vec<&str> = shown.lines().filter(|line| line.contains(" #")).collect();
    assert!(!calls.is_empty() && calls.iter().all(|line| line.contains("macro_failed")), "{shown}");
    press(&mut app, "e");
    assert!(text(&app, (120, 40)).contains(" ok "));
}

#[test]
fn a_worker_is_killed_only_after_a_yes_that_is_not_the_default() {
    let mut app = knowing(&options(), 100);
    resize(&mut app, (120, 40));
    press(&mut app, "2K");
    assert!(text(&app, (120, 40)).contains("Kill worker 1"));
    assert_eq!(code(&mut app, KeyCode::Enter), [], "Cancel is chosen at first");
    press(&mut app, "K");
    code(&mut app, KeyCode::Tab);
    assert_eq!(asked(&code(&mut app, KeyCode::Enter)), [&Command::KillWorker { slot: 1 }]);
    press(&mut app, "K");
    assert_eq!(code(&mut app, KeyCode::Esc), []);
}

#[test]
fn a_contract_is_typed_in_milliseconds() {
    let mut app = knowing(&options(), 100);
    press(&mut app, "c12.5x");
    let effects = code(&mut app, KeyCode::Enter);
    let [Command::SetContract(Contract { p95_ms, .. })] = asked(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!(*p95_ms, Some(12.5));
}

#[test]
fn what_is_selected_is_copied_and_a_call_as_json_rpc() {
    let mut app = knowing(&options(), 100);
    assert_eq!(press(&mut app, "y"), [Effect::Copy("km_list_macros".into())]);
    let effects = press(&mut app, "5y");
    let [Effect::Copy(text)] = &effects[..] else { panic!("{effects:?}") };
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(
        (&lines[0]["jsonrpc"], &lines[0]["method"], &lines[0]["id"]),
        (&json!("2.0"), &json!("tools/call"), &lines[1]["id"])
    );
    assert!(lines[1]["result"]["_meta"]["kmtop/call"]["total_us"].is_u64(), "{text}");
    assert_eq!(press(&mut app, "1y"), [], "the machine is not copied");
}

#[test]
fn keys_of_ones_own_are_in_the_footer_and_the_help() {
    let keys = Keymap::read("keys.toml", "zoom = \"F6\"\n").expect("taken");
    let mut app = welcomed(&Options { keys, ..options() });
    assert!(screen(&mut app, (120, 40)).contains("F6 Zoom"));
    press(&mut app, "?zoom the");
    assert!(text(&app, (120, 40)).contains("F6 "));
}

#[test]
fn the_mouse_chooses_scrolls_and_opens() {
    let mut app = knowing(&options(), 100);
    let size = (120, 40);
    resize(&mut app, size);
    let click = MouseEventKind::Down(MouseButton::Left);
    let (x, y) = place(&app, size, "km_get_variable ");
    mouse(&mut app, click, (x, y));
    assert_eq!(place(&app, size, "›").1, y, "the row is selected");
    mouse(&mut app, click, (x, y));
    assert!(text(&app, size).contains("Tool km_get_variable"), "a second click opens it");
    code(&mut app, KeyCode::Esc);
    let system = place(&app, size, "1 System");
    mouse(&mut app, click, system);
    assert_eq!(place(&app, size, "┏━ 1").1, 1, "a pane is chosen by a click");
    let tools = place(&app, size, "TOOL ");
    mouse(&mut app, MouseEventKind::ScrollDown, tools);
    assert!(text(&app, size).contains("┏━ 3"), "the wheel goes where it is turned");
    for at in [(0, 0), (119, 39), (500, 500)] {
        mouse(&mut app, click, at);
        mouse(&mut app, MouseEventKind::Up(MouseButton::Left), at);
    }
    assert_eq!(press(&mut app, "M"), [Effect::Mouse(false)]);
}

#[test]
fn a_drag_over_time_shows_that_time() {
    let mut app = knowing(&options(), 100);
    let size = (120, 40);
    resize(&mut app, size);
    press(&mut app, "vz");
    mouse(&mut app, MouseEventKind::Down(MouseButton::Left), (40, 10));
    mouse(&mut app, MouseEventKind::Up(MouseButton::Left), (80, 10));
    let shown = text(&app, size);
    assert!(shown.contains(" PAST") && shown.contains("the time that was dragged over"), "{shown}");
    press(&mut app, "`");
    assert!(text(&app, size).contains("LIVE"));
}

#[test]
fn macros_are_listed_opened_and_run_and_what_writes_is_asked_about() {
    let mut app = knowing(&options(), 100);
    resize(&mut app, (120, 40));
    let effects = press(&mut app, "7");
    let [(id, Call { tool, .. })] = called(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!(tool, "km_list_macros");
    let row = |name: &str, uid: &str, mode: &str| json!({ "uid": uid, "name": name, "group": "Mine", "enabled": true, "actions": 2, "portability": mode });
    let list = json!({ "macros": [row("Greet \u{202e}me", "A-1", "run"), row("Never", "A-2", "refuse")], "total": 2 });
    hear(&mut app, LinkEvent::Answer { id, result: Ok(list) });
    let shown = text(&app, (120, 40));
    assert!(shown.contains("Greet me") && shown.contains("refuse"), "{shown}");
    let effects = code(&mut app, KeyCode::Enter);
    let [(id, call)] = called(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!((&*call.tool, &call.arguments["macro"]), ("km_get_macro", &json!("A-1")));
    let outline = "Greet [Mine] A-1\n1. Comment: hello\n2. ExecuteShellScript: date > /tmp/x\n";
    hear(&mut app, LinkEvent::Answer { id, result: Ok(json!({ "outline": outline, "verdicts": [] })) });
    assert!(text(&app, (120, 40)).contains("ExecuteShellScript"));
    code(&mut app, KeyCode::Enter);
    press(&mut app, "Ada");
    assert_eq!(code(&mut app, KeyCode::Enter), [], "it writes: it is asked about first");
    assert!(text(&app, (120, 40)).contains("Run a macro that writes"));
    assert_eq!(code(&mut app, KeyCode::Enter), [], "the verb was not typed");
    code(&mut app, KeyCode::Enter);
    press(&mut app, "Ada");
    code(&mut app, KeyCode::Enter);
    press(&mut app, "run");
    let effects = code(&mut app, KeyCode::Enter);
    let [(id, call)] = called(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!((&*call.tool, &call.arguments), ("km_run_macro", &json!({ "macro": "A-1", "parameter": "Ada" })));
    hear(&mut app, LinkEvent::Answer { id, result: Ok(json!({ "status": "finished", "result": "Hello" })) });
    assert!(text(&app, (120, 40)).contains("Hello"));
}

#[test]
fn control_c_quits_from_wherever_it_is_typed() {
    for keys in ["", "?", ":zo", "/x", "c1", "2K"] {
        let mut app = welcomed(&Options { demo: true, ..options() });
        press(&mut app, keys);
        let effects = app.update(Instant::now(), Event::Key(KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL)));
        assert_eq!(effects, [Effect::Exit(Exit::Quit { keep_serving: false })], "{keys}");
    }
}
