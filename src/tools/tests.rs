//! The toolbox: what is declared, what is timed, and what happens when a tool fails, panics or takes too long.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::watch;

use super::{
    declare::{Hints, Words},
    *,
};
use crate::{
    backend::nothing::Nothing,
    config::AccessClass,
    library::{
        engine_log::{EngineLog, Rotation},
        statistics::Statistics,
    },
    metrics::{Moment, Recorder, Store},
    model::{CallRecord, Certainty, Ending, Gauges, ServerInfo},
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// A number.
    number: u32,
    /// A list.
    #[serde(default)]
    list: Vec<u32>,
}

#[derive(Serialize, JsonSchema)]
struct Given {
    /// The number.
    number: u32,
}

pub(super) fn words(name: &'static str) -> Words {
    Words { name, class: AccessClass::Read, title: "t", description: "d", hints: Hints::READS }
}

/// Tools that behave as their names say.
fn stage() -> Vec<Tool> {
    vec![
        words("echo").with(async |_, asked: Asked, _| Done::plain(Ok(Given { number: asked.number })).about("subject")),
        words("panic").with(async |_, asked: Asked, _| {
            assert!(asked.number == 0 && !asked.list.is_empty(), "secret words");
            Done::plain(Ok(Given { number: 0 }))
        }),
        words("slow").with(async |_, _: Asked, _| {
            tokio::time::sleep(Duration::from_hours(1)).await;
            Done::plain(Ok(Given { number: 0 }))
        }),
    ]
}

pub(super) fn toolbox(tools: Vec<Tool>) -> (Toolbox, Arc<Recorder>) {
    let second = Duration::from_secs(1);
    let limits = pool::Limits {
        queue: 8,
        queue_limit: second,
        start_limit: second,
        ..pool::Limits::new(pool::Size::new(1, 4).expect("valid bounds"))
    };
    let recorder = Arc::new(Recorder::new(tools.iter().map(|tool| Arc::clone(&tool.name)), 100));
    let pool = pool::start(Nothing::shared(), limits);
    let hub = hub::start(hub::Parts {
        history: Box::new(|| None),
        access: Access::private(),
        info: Arc::new(ServerInfo { backend: "embedded".into(), ..ServerInfo::default() }),
        recorder: Arc::clone(&recorder),
        pool: pool.clone(),
        samples: watch::channel(None).1,
        watch_workers: Box::new(|_| {}),
        library: Box::new(|| (None, 0)),
        policy: crate::model::Policy::default(),
        tune: Box::new(|_| {}),
        smallest: None,
        changes: None,
        settings: Box::new(|| None),
        caches: Box::new(Default::default),
        judging: hub::Judging::quietly(crate::config::Settings::default()),
        // The hub must not drain the records that the tests look at.
        period: Duration::from_secs(1_000_000),
        clock: Box::new(crate::util::clock::Anchor::now),
    });
    let library = Library::start(Vec::new());
    // Nothing runs in these tests, so that nothing is written.
    let nowhere = std::path::Path::new("/nonexistent");
    let context = Context {
        health: Arc::new(hub::Health::new(hub.clone(), pool.clone(), Vec::new())),
        hub,
        commands: Commands::within(pool.clone()),
        osascript: PathBuf::new(),
        embedded: true,
        runs: Runs::new(true),
        pool,
        library,
        profile: Arc::default(),
        records: Records {
            log: EngineLog::start(nowhere.join("engine.log"), Rotation::default()),
            statistics: Statistics::start(nowhere.join("statistics.plist")),
            keyboard_maestro: None,
        },
        own_files: None,
        news: News::default(),
        share: Share::new(Duration::ZERO),
        allow: vec![AccessClass::Read],
        access: Access::private(),
        queue_limit: second,
        call_limit: Duration::from_secs(30),
        run_limit: Duration::from_secs(55),
        bulk_clients: Vec::new(),
        bench_clients: Vec::new(),
        targets: Vec::new(),
    };
    (Toolbox::new(tools, context, Arc::clone(&recorder)), recorder)
}

pub(super) fn caller() -> Caller {
    Caller::new("t\x1b[31mest", Transport::Http, CancellationToken::new()).with(Principal::anyone(), None)
}

fn recorded(recorder: &Arc<Recorder>) -> Vec<CallRecord> {
    let mut store = Store::new(Arc::clone(recorder));
    store.drain();
    store.close(Moment { time_ms: 1, length_ms: 1 }, Gauges::default()).calls
}

#[tokio::test(start_paused = true)]
async fn a_call_is_answered_timed_and_recorded_once() {
    let (toolbox, recorder) = toolbox(stage());
    let answer = toolbox.call("echo", json!({ "number": 7 }), &caller()).await.expect("there is such a tool");
    assert_eq!(answer.result, Ok(json!({ "number": 7 })));
    let records = recorded(&recorder);
    assert_eq!(records.len(), 1);
    let record = &records[0];
    assert_eq!((&*record.tool, &*record.client, record.subject.as_deref()), ("echo", "t[31mest", Some("subject")));
    assert_eq!((record.id, record.ending, record.queued_us), (answer.id, Ending::Ok, None));
    assert!(recorder.in_flight().is_empty());
    assert!(toolbox.call("nope", json!({}), &caller()).await.is_none());
}

/// A call goes on with the tool that it found, listeners hear once of each change that clients would see.
#[tokio::test(start_paused = true)]
async fn tools_come_and_go_while_calls_run() {
    let (toolbox, recorder) = toolbox(stage());
    let toolbox = Arc::new(toolbox);
    let mut changes = toolbox.changes();
    let answering = |number| words("guest").with(move |_, _: Asked, _| async move { Done::plain(Ok(Given { number })) });
    assert!(toolbox.put(Shelf::Commands, vec![answering(1)]).is_empty());
    assert!(changes.has_changed().expect("it lives"));
    let revision = *changes.borrow_and_update();
    assert_eq!((revision, toolbox.revision()), (2, 2));
    let caller = caller();
    let call = toolbox.call("guest", json!({ "number": 1 }), &caller);
    // The same face with another function is nothing to hear of.
    toolbox.put(Shelf::Commands, vec![answering(2)]);
    assert!(!changes.has_changed().expect("it lives"));
    let second = toolbox.call("guest", json!({ "number": 1 }), &caller).await.expect("it is there");
    assert_eq!(second.result, Ok(json!({ "number": 2 })));
    assert_eq!(
        toolbox
            .put(
                Shelf::Macros,
                vec![answering(3), words("echo").with(async |_, _: Asked, _| Done::plain(Ok(Given { number: 9 })))]
            )
            .len(),
        2
    );
    assert_eq!(toolbox.put(Shelf::Commands, Vec::new()).len(), 1, "only kmtop's own echo is in the way of the other");
    let third = call.await.expect("it is asked when it begins");
    assert_eq!(third.result, Ok(json!({ "number": 3 })));
    toolbox.put(Shelf::Macros, Vec::new());
    assert!(toolbox.call("guest", json!({ "number": 1 }), &caller).await.is_none());
    assert!(recorder.in_flight().is_empty() && toolbox.tools().len() == 3);
    drop(recorded(&recorder));
}

#[tokio::test(start_paused = true)]
async fn arguments_that_do_not_fit_are_named_and_nothing_runs() {
    let (toolbox, recorder) = toolbox(stage());
    for (arguments, expected) in [
        (json!({}), "missing field `number`"),
        (json!({ "number": "x" }), "number: invalid type"),
        (json!({ "number": 1, "list": [1, "x"] }), "list[1]: invalid type"),
        (json!({ "number": 1, "more": 2 }), "more"),
        (json!({ "number": -1 }), "number: invalid value"),
    ] {
        let answer = toolbox.call("panic", arguments.clone(), &caller()).await.expect("there is such a tool");
        let error = answer.result.expect_err("refused");
        assert!(error.message.contains(expected), "{arguments}: {}", error.message);
        assert_eq!((&*error.code, error.outcome), ("bad_arguments", Certainty::NotRun));
    }
    assert!(recorded(&recorder).iter().all(|record| record.ending == Ending::Failed));
}

#[tokio::test(start_paused = true)]
async fn a_tool_that_panics_answers_with_an_error_at_once() {
    let (toolbox, recorder) = toolbox(stage());
    let answer = toolbox.call("panic", json!({ "number": 1 }), &caller()).await.expect("there is such a tool");
    let error = answer.result.expect_err("it panicked");
    assert_eq!((&*error.code, error.outcome), ("internal", Certainty::Unknown));
    assert!(!error.text().contains("secret"), "a panic's words are for the log");
    assert!(recorder.in_flight().is_empty());
    assert_eq!(recorded(&recorder)[0].ending, Ending::Failed);
    toolbox.call("echo", json!({ "number": 7 }), &caller()).await.expect("there is").result.expect("the others go on");
}

/// Where a test's log lines go.
#[derive(Clone, Default)]
struct Lines(Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no panic in here").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn the_log_and_the_record_of_a_call_name_its_trace() {
    let (toolbox, recorder) = toolbox(stage());
    let lines = Lines::default();
    let written = lines.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || written.clone()).finish();
    let _log = tracing::subscriber::set_default(subscriber);
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let trace = Trace::parse(parent, None, None).map(Arc::new);
    let traced = Caller { trace: trace.clone(), ..caller() };
    toolbox.call("panic", json!({ "number": 1 }), &traced).await.expect("there is such a tool");
    let log = String::from_utf8(lines.0.lock().expect("no panic in here").clone()).expect("text");
    let line = log.lines().find(|line| line.contains("a tool panicked")).expect("it is logged");
    assert!(line.contains(r#"trace_id="0af7651916cd43dd8448eb211c80319c""#), "{line}");
    assert_eq!(recorded(&recorder)[0].trace, trace);
}

#[tokio::test(start_paused = true)]
async fn a_tool_that_takes_too_long_is_ended() {
    let (toolbox, recorder) = toolbox(stage());
    let answer = toolbox.call("slow", json!({ "number": 1 }), &caller()).await.expect("there is such a tool");
    let error = answer.result.expect_err("too long");
    assert_eq!((&*error.code, error.ending), ("timeout", Ending::Timeout));
    assert!(recorder.in_flight().is_empty());
}

#[tokio::test(start_paused = true)]
async fn health_and_status_need_no_worker() {
    let (toolbox, _) = toolbox(all());
    for name in ["health_check", "pool_status", "system_snapshot", "km_engine_status", "km_list_macros"] {
        let answer = toolbox.call(name, json!({}), &caller()).await.expect("there is such a tool");
        assert!(answer.result.expect(name).is_object());
    }
    let answer = toolbox.call("km_get_variable", json!({ "name": "x" }), &caller()).await.expect("there is such a tool");
    let error = answer.result.expect_err("no worker");
    assert_eq!((&*error.code, error.outcome, error.ending), ("no_worker", Certainty::NotRun, Ending::Shed));
}

#[test]
fn every_tool_is_declared_whole() {
    let tools = all();
    for tool in &tools {
        assert!(!tool.title.is_empty() && !tool.description.is_empty(), "{}", tool.name);
        assert_eq!((&tool.input["type"], &tool.output["type"]), (&json!("object"), &json!("object")), "{}", tool.name);
        let properties = tool.input["properties"].as_object().expect("an object");
        for (name, property) in properties {
            assert!(property.get("description").is_some(), "{}.{name} says nothing", tool.name);
        }
        let text = serde_json::to_string(&*tool.output).expect("plain data");
        assert!(!text.contains("uint") && !text.contains("\"double\""), "{}: {text}", tool.name);
        assert_eq!(tool.hints.read_only, tool.class == AccessClass::Read, "{}", tool.name);
    }
    let mut names: Vec<_> = tools.iter().map(|tool| &*tool.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), tools.len());
}

#[test]
fn the_settings_say_in_which_lane_a_client_waits() {
    let [bulk, bench] = [["nightly", "both"], ["load", "both"]].map(|names| names.map(str::to_owned));
    let lanes = ["somebody", "nightly", "load", "both"].map(|client| lane_of(client, &bulk, &bench));
    assert_eq!(lanes, [Lane::Interactive, Lane::Bulk, Lane::Bench, Lane::Bench]);
}
