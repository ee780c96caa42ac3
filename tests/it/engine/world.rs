//! Files, clipboards, the network and asynchronous scripts, by a real worker.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener},
    path::Path,
    thread,
    time::{Duration, Instant},
};

use kmtop::{
    backend::protocol::{Message, Request},
    macros::Profile,
    model::JobError,
};
use serde_json::{Value, json};

use super::{LIMIT, Worker};

/// Runs a macro of these actions, each a type and its fields.
fn run(worker: &mut Worker, actions: &[(&str, Value)]) -> Result<Value, JobError> {
    let actions: Vec<Value> =
        actions.iter().map(|(kind, fields)| json!({"kind": kind, "enabled": true, "fields": fields})).collect();
    let definition = json!({"uid": "W", "name": "World", "group": "G", "enabled": true, "actions": actions});
    let job = begin(worker, definition);
    worker.finish(job)
}

/// Starts a macro.
fn begin(worker: &mut Worker, definition: Value) -> u64 {
    let job = worker.begin("run_macro", json!({"uid": "W"}));
    match worker.receive() {
        Message::Ask { ask, .. } => worker.send(&Request::Answer { ask, answer: definition }),
        other => panic!("unexpected {other:?}"),
    }
    job
}

fn give(text: &str) -> (&'static str, Value) {
    ("Return", json!({ "Text": text }))
}

#[test]
fn what_kmtop_keeps_for_itself_stays() {
    let mut worker = Worker::start();
    let own = worker.folder.path().to_owned();
    let elsewhere = tempfile::tempdir().expect("a folder");
    let other = |name: &str| elsewhere.path().join(name).to_string_lossy().into_owned();
    fs::write(other("x"), "x").expect("written");
    let store = own.join("variables.sqlite").to_string_lossy().into_owned();
    let actions = [
        ("WriteFile", json!({"Destination": store, "Text": ""})),
        ("AppendToFile", json!({"Path": store, "Text": "x"})),
        ("NewFolder", json!({"Destination": own.join("own/new")})),
        ("SetFileAttribute", json!({"Path": store, "Attribute": "Permissions", "Text": "777"})),
        ("File", json!({"Operation": "Delete", "Source": store})),
        ("File", json!({"Operation": "RecursiveDelete", "Source": own})),
        ("File", json!({"Operation": "Move", "Source": store, "Destination": other("y")})),
        ("File", json!({"Operation": "Copy", "Source": other("x"), "Destination": own.join("own")})),
        ("File", json!({"Operation": "CreateUnique", "Destination": own.join("own")})),
    ];
    for action in actions {
        let error = run(&mut worker, std::slice::from_ref(&action)).expect_err(action.0);
        assert!(error.message.contains("kmtop's own"), "{action:?}: {}", error.message);
    }
    let value = run(&mut worker, &[("File", json!({"Operation": "Copy", "Source": store, "Destination": other("y")}))]);
    assert!(value.is_ok(), "it may be read");
}

#[test]
fn a_long_copy_is_cancelled_and_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let (from, to) = (folder.path().join("from"), folder.path().join("to"));
    fs::File::create(&from).and_then(|file| file.set_len(1 << 36)).expect("a sparse file");
    let mut worker = Worker::start();
    let copy = json!({"Operation": "Copy", "Source": from, "Destination": to});
    let actions = json!([{"kind": "File", "enabled": true, "fields": copy}]);
    let definition = json!({"uid": "W", "name": "World", "group": "G", "enabled": true, "actions": actions});
    let job = begin(&mut worker, definition);
    wait_for(|| to.exists());
    let asked = Instant::now();
    worker.send(&Request::Cancel { id: job });
    assert_eq!(worker.finish(job).expect_err("cancelled").code, "cancelled");
    assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
    assert!(!to.exists());
}

/// Waits for something that another process does.
fn wait_for(what: impl Fn() -> bool) {
    let began = Instant::now();
    while !what() {
        assert!(began.elapsed() < LIMIT, "it did not come");
        thread::yield_now();
    }
}

#[test]
fn files_are_really_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let mut worker = Worker::start();
    let value = run(
        &mut worker,
        &[
            ("NewFolder", json!({"Destination": path("a/b"), "CreateIntermediate": true})),
            ("WriteFile", json!({"Destination": path("a/b/t"), "Text": "one"})),
            ("AppendToFile", json!({"Path": path("a/b/t"), "Text": " two"})),
            ("File", json!({"Operation": "Copy", "Source": path("a"), "Destination": path("c")})),
            ("File", json!({"Operation": "Move", "Source": path("a/b/t"), "Destination": path("a/u")})),
            ("File", json!({"Operation": "RecursiveDelete", "Source": path("a/b")})),
            ("ReadFile", json!({"Path": path("c/b/t"), "Variable": "Local_t"})),
            ("GetFileAttribute", json!({"Path": path("a/u"), "Attribute": "Size", "Variable": "Local_s"})),
            give("%Local_t% %Local_s%"),
        ],
    );
    assert_eq!(value.expect("it runs")["result"], "one two 7");
    assert!(!folder.path().join("a/b").exists());
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo runs").success());
    for (path, expected) in [(path("pipe"), "pipe"), ("/dev/zero".into(), "/dev"), ("/proc/self/environ".into(), "/proc")] {
        if expected == "/proc" && !Path::new("/proc/self").exists() {
            continue;
        }
        let error = run(&mut worker, &[("ReadFile", json!({"Path": path, "Variable": "Local_t"}))]).expect_err("refused");
        assert!(error.message.contains(expected) && error.message.contains(&path), "{}", error.message);
    }
    let home = std::env::home_dir().expect("a home").to_string_lossy().into_owned();
    let error = run(&mut worker, &[("File", json!({"Operation": "RecursiveDelete", "Source": home}))]).expect_err("refused");
    assert!(error.message.contains("home folder"), "{}", error.message);
}

#[test]
fn the_clipboard_goes_from_run_to_run() {
    let mut worker = Worker::start();
    let value = run(&mut worker, &[("SetClipboardToText", json!({"Text": "kept"}))]).expect("it runs");
    assert_eq!(value["sinks"]["clipboard"], "kept");
    assert_eq!(value["sinks"]["events"][0], json!({"kind": "clipboard", "text": "kept", "macro_uid": "W", "path": "actions[0]"}));
    let value = run(&mut worker, &[("SetVariableToClipboard", json!({"Variable": "Local_c"})), give("%Local_c%")]);
    assert_eq!(value.expect("it runs")["result"], "kept");
}

/// A web server that answers a few paths, each connection once.
fn web() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            thread::spawn(move || {
                let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
                let head = lines.next().unwrap_or_default();
                while lines.next().is_some_and(|line| !line.is_empty()) {}
                let body = match head.split(' ').nth(1).unwrap_or_default() {
                    "/ok" => "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nfine".to_owned(),
                    "/moved" => "HTTP/1.1 302 Found\r\nLocation: /ok\r\nConnection: close\r\n\r\n".to_owned(),
                    "/file" => "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nConnection: close\r\n\r\n".to_owned(),
                    "/round" => "HTTP/1.1 302 Found\r\nLocation: /round\r\nConnection: close\r\n\r\n".to_owned(),
                    "/big" => ["HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", &"x".repeat(2_000_000)].concat(),
                    "/slow" => {
                        // Until the client has gone.
                        let _ = lines.next();
                        return;
                    }
                    _ => "HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\nnothing".to_owned(),
                };
                let _ = (&stream).write_all(body.as_bytes());
            });
        }
    });
    address
}

#[test]
fn addresses_are_fetched_within_bounds() {
    let address = web();
    let mut worker = Worker::start_with(&Profile { network: true, ..Profile::default() });
    let mut fetch = |path: &str, more: Value| {
        let mut fields = json!({"URL": format!("http://{address}{path}"), "DisplayKind": "Variable", "Variable": "Local_p"});
        fields.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        run(&mut worker, &[("GetURL", fields), give("%Local_p%")]).map(|value| value["result"].clone())
    };
    assert_eq!(fetch("/ok", json!({})), Ok(json!("fine")));
    assert_eq!(fetch("/moved", json!({})), Ok(json!("fine")));
    for (path, expected) in [("/nowhere", "404"), ("/file", "file"), ("/round", "redirects"), ("/big", "1048576")] {
        let error = fetch(path, json!({})).expect_err(path);
        assert!(
            error.message.to_lowercase().contains(expected) || error.message.contains("exceeded"),
            "{path}: {}",
            error.message
        );
    }
    let began = Instant::now();
    let error = fetch("/slow", json!({"TimeOutPeriod": "0.3"})).expect_err("too slow");
    assert!(error.message.contains("longer than 300ms"), "{}", error.message);
    assert!(began.elapsed() < Duration::from_secs(4));
}

#[test]
fn a_fetch_is_cancelled_and_what_came_before_it_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}/", listener.local_addr().expect("an address"));
    let mut worker = Worker::start_with(&Profile { network: true, ..Profile::default() });
    let definition = json!({"uid": "W", "name": "World", "group": "G", "enabled": true, "actions": [
        {"kind": "Log", "enabled": true, "fields": {"Text": "begun"}},
        {"kind": "GetURL", "enabled": true, "fields": {"URL": address, "DisplayKind": "Variable", "Variable": "Local_p"}},
    ]});
    let job = begin(&mut worker, definition);
    let (mut stream, _) = listener.accept().expect("it comes");
    stream.set_read_timeout(Some(LIMIT)).expect("set");
    let mut request = [0; 6];
    stream.read_exact(&mut request).expect("it asks");
    assert_eq!(&request, b"GET / ");
    let asked = Instant::now();
    worker.send(&Request::Cancel { id: job });
    let error = worker.finish(job).expect_err("cancelled");
    assert_eq!(
        (error.code.as_str(), &error.partial.expect("what was recorded")["sinks"]["log"]),
        ("cancelled", &json!(["begun"]))
    );
    assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
    stream.read_to_end(&mut Vec::new()).expect("the client has gone");
}

#[test]
fn asynchronous_scripts_outlive_their_run_and_not_their_worker() {
    let folder = tempfile::tempdir().expect("a folder");
    let done = folder.path().join("done");
    let mut worker = Worker::start();
    let start =
        |text: String| ("ExecuteShellScript", json!({"Text": text, "DisplayKind": "Asynchronously", "Source": "Nothing"}));
    // It ends when it is told to, which is after its run.
    let go = folder.path().join("go");
    let script = format!("while ! test -e '{}'; do sleep 0.02; done; echo x > '{}'", go.display(), done.display());
    let value = run(&mut worker, &[start(script), give("at once")]).expect("it runs");
    assert_eq!(value["result"], "at once");
    assert!(worker.groups.values().any(|alive| *alive), "the server knows of it");
    assert!(!done.exists());
    fs::write(&go, "").expect("written");
    wait_for(|| done.exists());
    // Its end is told as soon as it comes.
    match worker.receive() {
        Message::Group { alive, .. } => assert!(!alive),
        other => panic!("unexpected {other:?}"),
    }
    let ticks = folder.path().join("ticks");
    let script = format!("echo $$ > '{0}.new'; mv '{0}.new' '{0}'; while :; do sleep 0.02; done", ticks.display());
    run(&mut worker, &[start(script)]).expect("it runs");
    wait_for(|| ticks.exists());
    let pid = fs::read_to_string(&ticks).expect("a number").trim().to_owned();
    worker.close();
    wait_for(|| {
        !std::process::Command::new("kill")
            .args(["-0", &pid])
            .stderr(std::process::Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    });
}

#[test]
fn scripts_read_and_write_clipboards() {
    let mut worker = Worker::start();
    let value = run(
        &mut worker,
        &[
            ("SetClipboardToText", json!({"Text": "abc"})),
            ("ExecuteShellScript", json!({"Text": "tr a-z A-Z", "Source": "Clipboard", "DisplayKind": "Pasting"})),
            ("ExecuteShellScript", json!({"Text": "rev", "Source": "Text", "SourceText": "xyz", "DisplayKind": "Typing"})),
            ("ExecuteShellScript", json!({"Text": "echo big", "Source": "Nothing", "DisplayKind": "Large"})),
        ],
    )
    .expect("it runs");
    assert_eq!(value["sinks"]["typed"], json!(["ABC", "zyx"]));
    assert_eq!(value["sinks"]["clipboard"], "ABC");
    assert_eq!(value["sinks"]["notifications"], json!(["big"]));
}
