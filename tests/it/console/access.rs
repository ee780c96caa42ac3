//! Cards of calls that wait, clients with tokens, what was turned away.

use std::time::{Duration, Instant};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use kmtop::{
    link::{Ask, LinkEvent},
    model::{Allowance, Command, Decision, HeldCall, Interval, Security, SecurityEvent, SecurityKind, State, Transport},
    tui::{App, Effect, Event, Options},
};

use super::{hear, knowing, options, press, resize, screen, seconds};

fn held(id: u64) -> HeldCall {
    let now = TIME_MS;
    HeldCall {
        id,
        time_ms: now,
        until_ms: now + 43_000,
        who: "ci".into(),
        client: "claude-desktop".into(),
        transport: Transport::Http,
        tool: "km_run_macro".into(),
        rule: "macro:Empty Trash".into(),
        arguments: vec!["macro: Empty Trash".into(), "parameter: \u{202e}all".into()],
        subject: Some("Empty Trash".into()),
        outline: (1..=9).map(|number| format!("{number}. Comment: step {number}")).collect(),
        always: "ci may call km_run_macro on Empty Trash until the server ends".into(),
    }
}

/// The end of the fixture's last second.
const TIME_MS: u64 = 1_767_182_400_000 + 100_000;

pub(super) fn tell(app: &mut App, change: impl FnOnce(&mut State)) {
    let newest = seconds(1).intervals.remove(0);
    let mut state = newest.state.clone().expect("the newest has it");
    change(&mut state);
    hear(app, LinkEvent::Interval(Interval { state: Some(state), ..Interval::clone(&newest) }.into()));
}

fn asking(calls: &[u64], options: &Options) -> App {
    let mut app = knowing(options, 100);
    tell(&mut app, |state| state.held = calls.iter().map(|id| held(*id)).collect());
    app
}

/// A key at a time.
fn key_at(app: &mut App, at: Instant, key: char) -> Vec<Effect> {
    app.update(at, Event::Key(KeyEvent::new(KeyCode::Char(key), KeyModifiers::NONE)))
}

/// A key, once every card was in sight for long enough.
fn later(app: &mut App, key: char) -> Vec<Effect> {
    key_at(app, Instant::now() + Duration::from_secs(1), key)
}

fn answers(effects: &[Effect]) -> Vec<Command> {
    let command = |effect: &Effect| if let Effect::Ask(Ask { command, .. }) = effect { Some(command.clone()) } else { None };
    effects.iter().filter_map(command).collect()
}

#[test]
fn a_card_at_every_size() {
    let mut app = asking(&[7, 8], &options());
    for (width, height) in [(120, 40), (80, 24), (40, 12)] {
        insta::assert_snapshot!(format!("held_{width}x{height}"), screen(&mut app, (width, height)));
    }
    insta::assert_snapshot!("held_line", screen(&mut app, (60, 3)));
}

#[test]
fn keys_answer_the_card_in_sight_once_it_was_seen() {
    for (key, decision) in [('y', Decision::Once), ('Y', Decision::Always), ('n', Decision::No)] {
        let before = Instant::now();
        let mut app = asking(&[7, 8], &options());
        assert_eq!(answers(&key_at(&mut app, before, key)), [], "nobody answers what came up under a finger");
        assert_eq!(answers(&later(&mut app, key)), [Command::AnswerCall { id: Some(7), decision }]);
        assert!(screen(&mut app, (120, 40)).contains("A call waits"), "the next one");
        tell(&mut app, |_| {});
        assert!(!screen(&mut app, (120, 40)).contains("A call waits"), "gone from the server");
        assert_eq!(answers(&later(&mut app, key)), []);
    }
}

#[test]
fn a_card_can_be_put_aside_and_comes_back() {
    let mut app = asking(&[7], &options());
    super::code(&mut app, KeyCode::Esc);
    let shown = screen(&mut app, (120, 40));
    assert!(!shown.contains("A call waits for you") && shown.contains("1 call waits y"), "{shown}");
    assert_eq!(answers(&later(&mut app, 'y')), [], "it comes back first");
    assert!(screen(&mut app, (120, 40)).contains("A call waits for you"));
}

#[test]
fn who_may_only_look_does_not_answer() {
    let mut app = asking(&[7], &Options { read_only: true, ..options() });
    assert!(screen(&mut app, (120, 40)).contains("this console is read-only"));
    assert_eq!(answers(&later(&mut app, 'y')), []);
}

#[test]
fn clients_have_tokens_and_limits_and_what_was_turned_away_stands_below() {
    let mut app = knowing(&options(), 100);
    resize(&mut app, (100, 32));
    tell(&mut app, |state| {
        for (client, token) in state.clients.iter_mut().zip(["owner", "ci", "nightly-backup-agent"]) {
            client.token = Some(token.into());
        }
        state.clients[1].limited = 31;
        state.clients[1].allowance = Some(Allowance { limit: 100, remaining: 3, reset: 2 });
        let event = |at: u64, kind, who: &str, detail: &str, times| SecurityEvent {
            time_ms: TIME_MS - at * 1_000,
            kind,
            who: who.into(),
            detail: detail.into(),
            times,
        };
        state.security = Security {
            counts: [(SecurityKind::WrongToken, 1_204), (SecurityKind::HostRefused, 1), (SecurityKind::RateLimited, 31)].into(),
            events: vec![
                event(2, SecurityKind::RateLimited, "ci", "km_run_macro: these are more calls than the token may make", 31),
                event(9, SecurityKind::WrongToken, "127.0.0.1", "/mcp: a token that nobody has", 1_204),
                event(40, SecurityKind::HostRefused, "127.0.0.1", "allowed by: [server] allowed_hosts = [\"mini.example\"]", 1),
            ],
            audit_lost: 2,
        };
    });
    press(&mut app, "6z");
    insta::assert_snapshot!("zoomed_clients_with_tokens", screen(&mut app, (100, 32)));
    press(&mut app, "z");
    insta::assert_snapshot!("clients_with_tokens", screen(&mut app, (200, 60)));
}
