//! Calls that meet.

use std::sync::atomic::AtomicUsize;

use futures_util::future::join_all;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::model::Transport;
use crate::tools::{
    Toolbox,
    declare::{Hints, Words},
    tests::{caller, toolbox, words},
};

#[derive(Deserialize, JsonSchema)]
struct Asked {
    /// A number.
    number: u32,
}

#[derive(Serialize, JsonSchema)]
struct Given {
    /// How often the work was done.
    times: usize,
}

const WORK: Duration = Duration::from_millis(100);

/// A tool that takes a while, counts how often it worked, and notes who cancelled it.
fn slow(name: &'static str, hints: Hints) -> (Tool, Arc<AtomicUsize>, Arc<AtomicUsize>) {
    let (times, cancelled) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (counted, noted) = (Arc::clone(&times), Arc::clone(&cancelled));
    let tool = Words { hints, ..words(name) }.with(move |_, asked: Asked, caller: Caller| {
        let (counted, noted) = (Arc::clone(&counted), Arc::clone(&noted));
        async move {
            let times = counted.fetch_add(1, Ordering::Relaxed) + 1;
            tokio::select! {
                () = tokio::time::sleep(WORK) => {}
                () = caller.cancel.cancelled() => {
                    noted.fetch_add(1, Ordering::Relaxed);
                    return left().map(|_| Given { times });
                }
            }
            assert!(asked.number != 13, "an unlucky number");
            Done::plain(Ok(Given { times }))
        }
    });
    (tool, times, cancelled)
}

/// The toolbox, a table of its own for sharing, and how often the tool worked and was cancelled.
fn stage(name: &'static str, hints: Hints, lifetime: Duration) -> (Toolbox, Arc<Share>, Arc<AtomicUsize>, Arc<AtomicUsize>) {
    let (tool, times, cancelled) = slow(name, hints);
    let (setter, ..) = slow("km_set_variable", Hints::SETS);
    let toolbox = toolbox(vec![tool, setter]).0;
    // A new state of the library ends what is shared.
    assert!(toolbox.context().library.wait_ready(Duration::from_secs(10)));
    (toolbox, Share::new(lifetime), times, cancelled)
}

fn run(share: &Arc<Share>, toolbox: &Toolbox, tool: &str, number: u32, caller: &Caller) -> BoxFuture<'static, Done<Value>> {
    share.run(&toolbox.tool(tool).expect("a tool"), toolbox.context(), json!({ "number": number }), caller)
}

fn times(done: &Done<Value>) -> u64 {
    done.result.as_ref().expect("an answer")["times"].as_u64().expect("a number")
}

#[tokio::test(start_paused = true)]
async fn identical_reads_are_answered_once() {
    let (toolbox, share, worked, _) = stage("look", Hints::READS, Duration::ZERO);
    let calls = (0..50).map(|_| run(&share, &toolbox, "look", 1, &caller()));
    let done = join_all(calls).await;
    assert_eq!(worked.load(Ordering::Relaxed), 1);
    assert!(done.iter().all(|done| times(done) == 1));
    assert!(done[1].timings.ran.is_some_and(|ran| Some(ran) == done[1].timings.own), "its wait is no overhead");
    assert_eq!(times(&run(&share, &toolbox, "look", 1, &caller()).await), 2, "nothing is kept");
    let other = [run(&share, &toolbox, "look", 1, &caller()), run(&share, &toolbox, "look", 2, &caller())];
    join_all(other).await;
    assert_eq!(worked.load(Ordering::Relaxed), 4, "other arguments are another call");
    let owner = Caller { transport: Transport::Control, ..caller() };
    join_all([run(&share, &toolbox, "look", 1, &owner), run(&share, &toolbox, "look", 1, &caller())]).await;
    assert_eq!(worked.load(Ordering::Relaxed), 6, "other rights are another call");
    let caches = share.caches();
    let under_way = caches.iter().find(|cache| cache.name == "calls_under_way").expect("it is told");
    assert_eq!((under_way.entries, under_way.hit_share), (0, Some(49.0 / 55.0)));
}

#[tokio::test(start_paused = true)]
async fn who_goes_leaves_the_others_alone_and_the_last_ends_the_work() {
    let (toolbox, share, _, cancelled) = stage("look", Hints::READS, Duration::ZERO);
    let (first, second) = (caller(), caller());
    let (first, second) = (Caller { cancel: CancellationToken::new(), ..first }, second);
    let (a, b) = (run(&share, &toolbox, "look", 1, &first), run(&share, &toolbox, "look", 1, &second));
    first.cancel.cancel();
    let (a, b) = tokio::join!(a, b);
    assert_eq!(a.result.expect_err("it has gone").ending, Ending::Cancelled);
    assert_eq!((times(&b), cancelled.load(Ordering::Relaxed)), (1, 0));
    let (a, b) = (run(&share, &toolbox, "look", 1, &first), run(&share, &toolbox, "look", 1, &second));
    second.cancel.cancel();
    let (a, b) = tokio::join!(a, b);
    assert!(a.result.is_err() && b.result.is_err());
    assert_eq!(cancelled.load(Ordering::Relaxed), 1, "nobody waits any more");
    // One that is dropped has gone, too.
    let stays = caller();
    let (a, b) = (run(&share, &toolbox, "look", 1, &stays), run(&share, &toolbox, "look", 1, &caller()));
    drop(a);
    assert!(b.await.result.is_ok());
    let alone = run(&share, &toolbox, "look", 1, &caller());
    drop(alone);
    assert_eq!(share.flights().len(), 0, "nothing is left of it");
}

#[tokio::test(start_paused = true)]
async fn a_panic_is_told_to_all_and_the_next_call_is_a_new_one() {
    let (toolbox, share, worked, _) = stage("look", Hints::READS, Duration::ZERO);
    let calls = [run(&share, &toolbox, "look", 13, &caller()), run(&share, &toolbox, "look", 13, &caller())];
    let ends = join_all(calls.map(|call| std::panic::AssertUnwindSafe(call).catch_unwind())).await;
    assert!(ends.iter().all(Result::is_err));
    assert_eq!(share.flights().len(), 0);
    assert!(run(&share, &toolbox, "look", 1, &caller()).await.result.is_ok());
    assert_eq!(worked.load(Ordering::Relaxed), 2);
}

#[tokio::test(start_paused = true)]
async fn a_read_after_a_change_joins_none_of_before() {
    let (toolbox, share, worked, _) = stage("look", Hints::READS, Duration::ZERO);
    let setting = tokio::spawn(run(&share, &toolbox, "km_set_variable", 1, &caller()));
    tokio::time::sleep(WORK / 2).await;
    let before = tokio::spawn(run(&share, &toolbox, "look", 1, &caller()));
    setting.await.expect("no panic");
    assert!(!before.is_finished());
    let after = run(&share, &toolbox, "look", 1, &caller());
    let (before, after) = tokio::join!(before, after);
    assert_eq!((times(&before.expect("no panic")), times(&after), worked.load(Ordering::Relaxed)), (1, 2, 2));
}

#[tokio::test(start_paused = true)]
async fn what_changes_things_is_never_shared() {
    let (toolbox, share, worked, _) = stage("act", Hints::SETS, Duration::ZERO);
    join_all((0..3).map(|_| run(&share, &toolbox, "act", 1, &caller()))).await;
    assert_eq!(worked.load(Ordering::Relaxed), 3);
    let (toolbox, share, worked, _) = stage("km_calculate", Hints::READS, Duration::ZERO);
    join_all((0..3).map(|_| run(&share, &toolbox, "km_calculate", 1, &caller()))).await;
    assert_eq!(worked.load(Ordering::Relaxed), 3, "each has its own random numbers");
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_kept_until_a_change_a_run_or_its_time() {
    let second = Duration::from_secs(1);
    let (toolbox, share, worked, _) = stage("km_get_variable", Hints::READS, second);
    let read = || run(&share, &toolbox, "km_get_variable", 1, &caller());
    for expected in [1, 1, 1] {
        assert_eq!(times(&read().await), expected);
    }
    run(&share, &toolbox, "km_set_variable", 1, &caller()).await;
    assert_eq!([times(&read().await), times(&read().await)], [2, 2], "a set ends it");
    tokio::time::advance(second).await;
    assert_eq!([times(&read().await), times(&read().await)], [3, 3], "so does its time");
    let going_on = toolbox.context().runs.begin(("A", "Mine"), "client", None).expect("begun");
    assert_eq!([times(&read().await), times(&read().await)], [4, 5], "a macro may set it any moment");
    drop(going_on);
    assert_eq!([times(&read().await), times(&read().await)], [6, 6]);
    share.changed_variables();
    assert_eq!(times(&read().await), 7);
    assert_eq!(worked.load(Ordering::Relaxed), 7);
    let kept = &share.caches()[0];
    assert_eq!((kept.name.as_str(), kept.entries), ("answers", 1));
    assert!(kept.bytes > 0 && kept.hit_share.is_some_and(|share| share > 0.3 && share < 0.7), "{kept:?}");
}
