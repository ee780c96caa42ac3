//! A worker driven over pipes, as a server drives it.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead, BufReader, PipeReader, PipeWriter, Write, pipe},
    path::PathBuf,
    process::ExitCode,
    thread::{self, JoinHandle},
};

use kmtop::{
    backend::{
        embedded::{Variables, run_worker},
        protocol::{Message, Request, VERSION},
    },
    library::Library,
    macros::{Macro, MacroSource, Profile},
    model::JobError,
};
use serde_json::{Value, json};

use super::{LIMIT, sample};

/// A worker on a thread, and what a server does for it.
pub(crate) struct Worker {
    requests: Option<PipeWriter>,
    messages: BufReader<PipeReader>,
    thread: Option<JoinHandle<ExitCode>>,
    pub(crate) library: Library,
    /// Process groups as the worker reports them.
    pub(crate) groups: BTreeMap<u32, bool>,
    pub(crate) asked: u32,
    /// Macros that were disabled, and whether somebody has asked once how that goes.
    switched_off: BTreeSet<String>,
    looked: bool,
    last: u64,
    pub(crate) folder: tempfile::TempDir,
}

impl Worker {
    pub(crate) fn start() -> Self {
        Self::start_with(&Profile::default())
    }

    pub(crate) fn start_with(profile: &Profile) -> Self {
        Self::with(sample(), &json!(profile))
    }

    /// A worker that serves the macros of this file under this profile.
    pub(crate) fn with(macros: PathBuf, profile: &Value) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = folder.path().join("variables.sqlite");
        Variables::create(&store).expect("the store is made");
        let semaphores = folder.path().join("semaphores");
        let library = Library::start(vec![macros]);
        assert!(library.wait_ready(LIMIT));
        let (input, requests) = pipe().expect("a pipe");
        let (messages, output) = pipe().expect("a pipe");
        let thread = Some(thread::spawn(move || run_worker(input, output)));
        let messages = BufReader::new(messages);
        let mut worker = Self {
            requests: Some(requests),
            messages,
            thread,
            library,
            groups: BTreeMap::new(),
            asked: 0,
            switched_off: BTreeSet::new(),
            looked: false,
            last: 0,
            folder,
        };
        worker.send(&Request::Hello {
            version: VERSION,
            nonce: "n".into(),
            settings: json!({
                "variables": store,
                "semaphores": semaphores,
                "own": [store, worker.folder.path().join("own")],
                "profile": profile,
            }),
        });
        assert!(matches!(worker.receive(), Message::Hello { version: VERSION, nonce, .. } if nonce == "n"));
        worker
    }

    pub(crate) fn send(&mut self, request: &Request) {
        let mut line = serde_json::to_vec(request).expect("a request is JSON");
        line.push(b'\n');
        self.requests.as_mut().expect("open").write_all(&line).expect("the worker reads");
    }

    pub(crate) fn receive(&mut self) -> Message {
        let mut line = String::new();
        self.messages.read_line(&mut line).expect("the worker writes");
        serde_json::from_str(&line).expect("a message")
    }

    pub(crate) fn begin(&mut self, operation: &str, arguments: Value) -> u64 {
        self.last += 1;
        let (id, operation) = (self.last, operation.to_owned());
        self.send(&Request::Run { id, operation, arguments, deadline_ms: 60_000, trace: None });
        id
    }

    /// Serves the worker until the job's answer.
    pub(crate) fn finish(&mut self, job: u64) -> Result<Value, JobError> {
        loop {
            match self.receive() {
                Message::Ask { id, ask, about, arguments, .. } => {
                    assert_eq!(id, job);
                    let answer = self.answer(&about, &arguments);
                    self.send(&Request::Answer { ask, answer });
                }
                Message::Group { process_group, alive, .. } => {
                    self.groups.insert(process_group, alive);
                }
                Message::Result { id, value, .. } => {
                    assert_eq!(id, job);
                    return Ok(value);
                }
                Message::Error { id, error, .. } => {
                    assert_eq!(id, job);
                    return Err(error);
                }
                Message::Log { .. } | Message::Tell { .. } => {}
                Message::Hello { .. } => panic!("one hello is enough"),
            }
        }
    }

    /// What a server would answer.
    pub(crate) fn answer(&mut self, about: &str, arguments: &Value) -> Value {
        let uid = arguments["uid"].as_str().unwrap_or_default();
        match about {
            "macro" => {
                self.asked += 1;
                let Some(found) = self.library.find_by_uid(uid) else { return Value::Null };
                let mut definition = Macro::clone(&found);
                definition.enabled &= !self.switched_off.contains(uid);
                serde_json::to_value(definition).expect("a macro is JSON")
            }
            "enable" => {
                assert_eq!(arguments["switch"], "Disable", "the only one that is tried");
                self.switched_off.insert(uid.to_owned());
                json!({ "ticket": "1" })
            }
            "changed" if self.looked => json!({}),
            "changed" => {
                self.looked = true;
                json!({ "pending": true })
            }
            other => panic!("unexpected {other}"),
        }
    }

    pub(crate) fn call(&mut self, operation: &str, arguments: Value) -> Result<Value, JobError> {
        let job = self.begin(operation, arguments);
        self.finish(job)
    }

    pub(crate) fn arguments(&self, name: &str, parameter: Option<&str>) -> Value {
        let index = self.library.index();
        json!({ "uid": index.find(name).expect("in the sample").uid, "parameter": parameter, "revision": index.revision })
    }

    pub(crate) fn run(&mut self, name: &str, parameter: Option<&str>) -> Result<String, JobError> {
        let arguments = self.arguments(name, parameter);
        let value = self.call("run_macro", arguments)?;
        assert_eq!(value["status"], "finished");
        Ok(value["result"].as_str().expect("a result").to_owned())
    }

    /// Closes the worker's input; gives its exit code.
    pub(crate) fn close(&mut self) -> ExitCode {
        self.requests = None;
        self.thread.take().expect("running").join().expect("no panic")
    }
}
