//! A change on trial, and keys that steer.

use crossterm::event::KeyCode;
use kmtop::{
    link::Ask,
    model::{
        AdviceOutcome, Autopilot, Command, PolicyChange, Prediction, State, Strategy, TrialArm, TrialEffect, TrialKind,
        TrialStatus, UsualLoad,
    },
    tui::{App, Effect},
};

use super::{SIZES, access::tell, code, knowing, options, press, resize, screen, welcomed};

fn trial() -> TrialStatus {
    TrialStatus {
        change: 41,
        text: "pool 8 -> 12".into(),
        by: "advice 7, console".into(),
        kind: TrialKind::Blocks,
        began_ms: 1_767_182_440_000,
        arm: TrialArm::Changed,
        settling: false,
        block: 6,
        blocks: 16,
        block_s: 10.0,
        void: 1,
        effect: Some(TrialEffect { percent: -23.0, low: -35.0, high: -9.0 }),
        p95_ms: Some((121.0, 84.0)),
        ends: "at once by more errors or any change by hand; else by what 8, 12 or 16 blocks say".into(),
    }
}

fn trying(change: impl FnOnce(&mut State)) -> App {
    let mut app = knowing(&options(), 100);
    tell(&mut app, |state| {
        state.trial = Some(trial());
        change(state);
    });
    app
}

#[test]
fn a_trial_is_shown_as_it_runs_at_four_sizes() {
    let mut app = trying(|_| {});
    for size in SIZES {
        insta::assert_snapshot!(format!("trial_{}x{}", size.0, size.1), screen(&mut app, size));
    }
    resize(&mut app, (100, 32));
    press(&mut app, "4z");
    insta::assert_snapshot!("trial_zoomed", screen(&mut app, (100, 32)));
    assert_eq!(asks(&press(&mut app, "u")), [Command::UndoChange]);
}

#[test]
fn the_outcome_stays_as_a_line_of_the_journal() {
    let mut app = knowing(&options(), 100);
    tell(&mut app, |state| {
        let change = state.journal[0].clone();
        let kept = "pool 8 -> 12; kept: p95 wait 121 -> 84 ms, waits -23% [-35 to -9]";
        let back = "pool 8 -> 6; rolled back at once: 7 of 60 calls failed with it, 0 of 80 without";
        state.journal = vec![
            kmtop::model::Change { id: 41, text: kept.into(), ..change.clone() },
            kmtop::model::Change { id: 42, text: back.into(), undone: true, ..change },
        ];
        state.alerts.clear();
    });
    resize(&mut app, (160, 32));
    press(&mut app, "4z");
    let text = screen(&mut app, (160, 32));
    assert!(text.contains("kept: p95 wait 121 -> 84 ms, waits -23% [-35 to -9]"), "{text}");
    assert!(text.contains("rolled back at once: 7 of 60 calls failed with it, 0 of 80 without  (undone)"), "{text}");
}

#[test]
fn why_tells_what_is_usual_the_trial_and_how_good_predictions_were() {
    let mut app = trying(|state| {
        state.pool.sizing.usual = Some(UsualLoad { rate_per_s: 14.2, days: 5, workers: Some(6) });
        let predicted = Prediction { low: 30.0, mid: 41.0, high: 60.0, model: "ms p95 wait".into() };
        let outcome = AdviceOutcome {
            advice: 7,
            time_ms: 0,
            text: "pool 8 -> 12".into(),
            predicted,
            before: 121.0,
            measured: Some(44.0),
            hit: Some(true),
        };
        state.outcomes = vec![AdviceOutcome { hit: Some(false), measured: Some(99.0), ..outcome.clone() }, outcome];
    });
    press(&mut app, "i");
    let text = screen(&mut app, (120, 40));
    for wanted in [
        "Why this size",
        "14.2 calls/s are usual at this time of day (5 days): 6 workers are kept ready",
        "trial pool 8 -> 12: block 6 of 16, B with it, waits -23% [-35 to -9]",
        "1 of 2 predictions were right; the newest: 41 ms (30 to 60), measured 44 ms",
    ] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    press(&mut app, "i");
    assert!(!screen(&mut app, (120, 40)).contains("Why this size"));
}

fn asks(effects: &[Effect]) -> Vec<Command> {
    let command = |effect: &Effect| if let Effect::Ask(Ask { command, .. }) = effect { Some(command.clone()) } else { None };
    effects.iter().filter_map(command).collect()
}

fn policy(change: PolicyChange) -> Command {
    Command::SetPolicy { change, size: None }
}

#[test]
fn keys_that_steer_ask_the_server() {
    let strategy = |strategy| policy(PolicyChange { strategy: Some(strategy), ..PolicyChange::default() });
    let autopilot = |autopilot| policy(PolicyChange { autopilot: Some(autopilot), ..PolicyChange::default() });
    let table = [
        ("a", vec![Command::ApplyAdvice { id: None }]),
        ("A", vec![Command::ApplyAllSafe]),
        ("u", vec![Command::UndoChange]),
        ("x", vec![Command::DismissAdvice { id: None }]),
        ("4jjjx", vec![Command::DismissAdvice { id: Some(7) }]),
        ("W", vec![Command::WarmAll]),
        ("2D", vec![Command::DrainWorker { slot: 1 }]),
        ("2jD", vec![Command::DrainWorker { slot: 2 }]),
        ("D", vec![]),
        ("i", vec![]),
        ("!", vec![]),
        ("X", vec![Command::StopAll { lift: false }]),
        ("SS", vec![strategy(Strategy::Conservative), strategy(Strategy::Balanced)]),
        ("mm", vec![autopilot(Autopilot::AutoSafe), autopilot(Autopilot::Off)]),
    ];
    for (keys, commands) in table {
        let mut app = welcomed(&options());
        assert_eq!(asks(&press(&mut app, keys)), commands, "{keys}");
    }
}

#[test]
fn what_is_not_safe_is_approved_by_its_word_alone() {
    let mut app = welcomed(&options());
    press(&mut app, "4jjj!");
    let text = screen(&mut app, (120, 40));
    assert!(text.contains("Approve") && text.contains("type apply and Enter") && text.contains("risk: low"), "{text}");
    press(&mut app, "yes");
    assert_eq!(asks(&code(&mut app, KeyCode::Enter)), []);
    let mut app = welcomed(&options());
    press(&mut app, "4jjj!apply");
    let approved = Command::ApproveAdvice { id: Some(7), word: "apply".into() };
    assert_eq!(asks(&code(&mut app, KeyCode::Enter)), [approved]);
    let mut app = welcomed(&options());
    press(&mut app, "!appl");
    code(&mut app, KeyCode::Esc);
    assert!(!screen(&mut app, (120, 40)).contains("type apply"), "Esc leaves it");
}

#[test]
fn the_red_stop_takes_the_first_line_at_every_size_and_its_key_lifts_it() {
    let mut app = welcomed(&options());
    tell(&mut app, |state| state.pool.stopped = Some("console".into()));
    for size in SIZES {
        let text = screen(&mut app, size);
        let first = text.lines().next().expect("a line").to_owned();
        assert!(first.contains("STOPPED by console"), "{size:?}: {first}");
    }
    resize(&mut app, (120, 40));
    assert_eq!(asks(&press(&mut app, "X")), [Command::StopAll { lift: true }]);
    tell(&mut app, |state| state.pool.stopped = None);
    assert!(!screen(&mut app, (120, 40)).contains("STOPPED"));
}
