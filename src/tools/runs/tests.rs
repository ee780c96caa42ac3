//! The table of runs by itself.

use super::*;

fn ended(status: &'static str, bytes: usize) -> Ended {
    Ended { status, outcome: "done", result: Some("r".into()), error: None, sinks: None, bytes }
}

#[test]
fn a_run_is_followed_to_its_end() {
    let runs = Runs::new(true);
    let run = runs.begin(("A-1", "Mine"), "client", None).expect("begun");
    let id = run.id.clone();
    let status = || runs.find(&id).map(|view| view.status);
    assert_eq!(status(), Some("queued"));
    runs.began(&id);
    assert_eq!((status(), runs.is_executing("a-1", None), runs.is_executing("a-1", Some(&id))), (Some("started"), true, false));
    run.ends(ended("finished", 1));
    assert_eq!((status(), runs.is_executing("A-1", None)), (Some("finished"), false));
    assert_eq!(runs.find(&id).and_then(|view| view.result).as_deref(), Some("r"));
    assert_eq!(runs.all()[0].result, None, "a list has no results");
    runs.began(&id);
    assert_eq!(status(), Some("finished"), "what comes late changes nothing");
}

#[test]
fn one_that_is_lost_has_failed() {
    let runs = Runs::new(false);
    let run = runs.begin(("A", "Mine"), "client", None).expect("begun");
    let id = run.id.clone();
    assert_eq!(runs.find(&id).map(|view| view.status), Some("started"));
    drop(run);
    assert_eq!(runs.find(&id).map(|view| view.status), Some("failed"));
}

#[test]
fn those_that_are_meant_are_cancelled() {
    let runs = Runs::new(true);
    let run = |uid, name| runs.begin((uid, name), "client", None).expect("begun");
    let (one, two, three) = (run("A", "Mine"), run("A", "Mine"), run("B", "Other"));
    assert_eq!(runs.cancel(Which::Macro("mine"), None).len(), 0, "names are exact");
    assert_eq!(runs.cancel(Which::Macro("Other"), None).len(), 1);
    assert!(three.cancel.is_cancelled() && !one.cancel.is_cancelled());
    assert_eq!(runs.cancel(Which::Macro("a"), Some(&one.id)).len(), 1);
    assert!(two.cancel.is_cancelled() && !one.cancel.is_cancelled());
    let cancelled = runs.cancel(Which::Run(&one.id), None);
    let [(id, over)] = &cancelled[..] else { panic!("one") };
    assert_eq!((id, over.is_cancelled()), (&one.id, false));
    one.ends(ended("cancelled", 0));
    assert!(over.is_cancelled());
}

#[test]
fn what_is_over_is_forgotten_in_time() {
    let runs = Runs::new(true);
    for _ in 0..MOST_ENDED + 5 {
        runs.begin(("A", "Mine"), "client", None).expect("begun").ends(ended("finished", 10));
    }
    assert_eq!(runs.all().len(), MOST_ENDED);
    runs.begin(("A", "Mine"), "client", None).expect("begun").ends(ended("finished", MOST_BYTES + 1));
    assert_eq!(runs.all().len(), 1, "the last one stays, however large");
}

#[test]
fn runs_start_one_another_only_so_deep() {
    let runs = Runs::new(true);
    let mut chain = vec![runs.begin(("A", "Mine"), "client", None).expect("begun")];
    for _ in 0..MAX_DEPTH {
        let parent = chain.last().map(|run| run.id.clone());
        chain.push(runs.begin(("A", "Mine"), "a macro", parent.as_deref()).expect("begun"));
    }
    let parent = chain.last().map(|run| run.id.clone());
    let error = runs.begin(("A", "Mine"), "a macro", parent.as_deref()).map(|run| run.id.clone());
    assert!(error.expect_err("too deep").contains("deeper than 50"));
}
