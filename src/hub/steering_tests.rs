//! What goes through the hub's door besides the pool's size: policy, the red stop, the journal on the disk.

use super::tests::{Bench, bench, bench_with};
use super::*;
use crate::model::{Autopilot, Goal, Policy, PolicyChange, Resize, Strategy};

fn strategy(strategy: Strategy) -> Command {
    Command::SetPolicy { change: PolicyChange { strategy: Some(strategy), ..PolicyChange::default() }, size: None }
}

#[tokio::test(start_paused = true)]
async fn a_policy_is_one_change_and_one_undo() {
    let Bench { hub, .. } = bench();
    let (_, mut intervals) = hub.subscribe().await.expect("the hub lives");
    let reply = hub.command(strategy(Strategy::Aggressive), "console").await.expect("a change");
    assert_eq!(reply.text, "strategy none -> aggressive, pool 2 (2 to 6) -> 6 (6 to 6)");
    intervals.recv().await.expect("a tick");
    let state = hub.state().await.expect("the hub lives");
    assert_eq!((state.policy.strategy, state.pool.min), (Strategy::Aggressive, 6));
    let reply = hub.command(strategy(Strategy::Aggressive), "console").await.expect("no change");
    assert_eq!(reply.change, None);
    hub.command(Command::UndoChange, "console").await.expect("one undo");
    intervals.recv().await.expect("a tick");
    let state = hub.state().await.expect("the hub lives");
    assert_eq!((state.policy, state.pool.min, state.pool.target), (Policy::default(), 2, 2));
}

#[tokio::test(start_paused = true)]
async fn the_autopilot_is_switched_without_touching_the_size() {
    let Bench { hub, .. } = bench();
    let change = PolicyChange { autopilot: Some(Autopilot::AutoSafe), target: Some(Goal::Speed), ..PolicyChange::default() };
    let reply = hub.command(Command::SetPolicy { change, size: None }, "console").await.expect("a change");
    assert_eq!(reply.text, "autopilot suggest -> auto-safe, target balanced -> speed");
    let (_, mut intervals) = hub.subscribe().await.expect("the hub lives");
    intervals.recv().await.expect("a tick");
    let state = hub.state().await.expect("the hub lives");
    assert_eq!((state.pool.sizing.autopilot, state.pool.min), (Autopilot::AutoSafe, 2));
}

#[tokio::test(start_paused = true)]
async fn the_red_stop_is_seen_at_once_and_is_no_change_to_undo() {
    let Bench { hub, .. } = bench();
    let reply = hub.command(Command::StopAll { lift: false }, "console").await.expect("stopped");
    assert!(reply.text.contains("stopped by console"), "{}", reply.text);
    assert_eq!(hub.state().await.expect("the hub lives").pool.stopped.as_deref(), Some("console"));
    assert_eq!(hub.command(Command::UndoChange, "console").await.expect_err("nothing").code, "nothing_to_undo");
    let (_, mut intervals) = hub.subscribe().await.expect("the hub lives");
    let interval = intervals.recv().await.expect("a tick");
    assert!(interval.events.iter().any(|event| event.text.contains("refused until it is lifted")));
    hub.command(Command::StopAll { lift: true }, "console").await.expect("lifted");
    assert_eq!(hub.state().await.expect("the hub lives").pool.stopped, None);
}

#[tokio::test]
async fn a_change_is_on_the_disk_before_and_after_it_is_made() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("changes.jsonl");
    let Bench { hub, .. } = bench_with(Some(Changes::open(&path).expect("a journal")));
    hub.command(Command::ResizePool(Resize::Target(3)), "console").await.expect("in bounds");
    hub.command(Command::ResizePool(Resize::Target(99)), "console").await.expect_err("out of bounds");
    hub.command(Command::UndoChange, "console").await.expect("one change");
    let text = std::fs::read_to_string(&path).expect("a file");
    let steps: Vec<String> = text
        .lines()
        .map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
            format!("{} {}", line["step"].as_str().expect("a step"), line["id"])
        })
        .collect();
    assert_eq!(steps, ["server 0", "begun 1", "done 1", "begun 2", "failed 2", "undone 1"]);
    assert!(text.contains("\"inverse\":{\"resize_pool\""), "{text}");
}

#[tokio::test]
async fn what_a_crash_left_open_is_taken_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("changes.jsonl");
    // A pool at 3 that was about to be 6, a change without a checkpoint, and one that cannot be: no tool of that name.
    let resize = r#"{"step":"begun","id":1,"time_ms":2,"by":"advice 4","text":"pool to 6","inverse":{"resize_pool":{"exactly":{"min":1,"max":5,"target":3}}}}"#;
    let stop = r#"{"step":"begun","id":2,"time_ms":2,"by":"console","text":"stop all"}"#;
    let contract =
        r#"{"step":"begun","id":3,"time_ms":2,"by":"console","text":"gone: p95","inverse":{"set_contract":{"tool":"gone"}}}"#;
    std::fs::write(&path, format!("{{\"step\":\"server\",\"id\":0,\"time_ms\":1}}\n{resize}\n{stop}\n{contract}\n"))
        .expect("written");
    let Bench { hub, .. } = bench_with(Some(Changes::open(&path).expect("a journal")));
    let (_, mut intervals) = hub.subscribe().await.expect("the hub lives");
    let interval = intervals.recv().await.expect("a tick");
    let texts: Vec<_> = interval.events.iter().map(|event| event.text.as_str()).collect();
    assert!(
        texts.contains(&"rolled back, since a crash had left it open: pool to 6 (pool 2 (2 to 6) -> 3 (1 to 5))"),
        "{texts:?}"
    );
    assert!(texts.contains(&"rolled back, since a crash had left it open: stop all (nothing of it stayed)"), "{texts:?}");
    assert!(texts.iter().any(|text| text.contains("cannot be rolled back: gone: p95")), "{texts:?}");
    let state = hub.state().await.expect("the hub lives");
    assert_eq!((state.pool.min, state.pool.max, state.pool.target), (1, 5, 3));
    let [change] = &state.journal[..] else { panic!("{:?}", state.journal) };
    assert!(change.undone && change.by == "advice 4", "{change:?}");
    let left = Changes::open(&path).expect("the same journal").left_open;
    assert_eq!(left.iter().map(|line| line.id).collect::<Vec<_>>(), [3], "what was not done stays open");
}

#[tokio::test]
async fn a_journal_that_cannot_be_written_stops_the_change() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("changes.jsonl");
    let Bench { hub, .. } = bench_with(Some(Changes::open(&path).expect("a journal")));
    std::fs::remove_file(&path).expect("there");
    std::fs::create_dir(&path).expect("in its place");
    let error = hub.command(Command::ResizePool(Resize::Target(3)), "console").await.expect_err("not noted");
    assert!(error.code == "journal" && error.message.contains("nothing was changed"), "{error}");
}
