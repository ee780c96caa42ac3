//! The audit log: one JSON line for each call, each thing turned away and each answer of the owner's, written by a thread of its own.

mod writer;

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{SyncSender, channel, sync_channel},
    },
    thread,
    time::Duration,
};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use writer::{Message, Writer};

use super::{audit_key, redact, tokens::hex};
use crate::{
    config,
    model::{Decision, HeldCall, SecurityEvent},
    util::{clock::unix_ms, text::brief},
};

/// Lines that may wait for the disk; more are dropped and counted.
const WAITING: usize = 4_096;
/// Longest text in logged arguments, in characters.
const LONGEST: usize = 1_000;
/// Most names of arguments in a line; whatever a client sends, a line stays one that can be read.
const MOST_NAMES: usize = 32;
/// Longest name of an argument, in characters.
const LONGEST_NAME: usize = 64;
/// Longest values of a line, in bytes of JSON.
const LONGEST_VALUES: usize = 16 * 1024;

/// The log. Clones share one thread.
#[derive(Debug, Clone)]
pub struct Audit {
    lines: SyncSender<Message>,
    lost: Arc<AtomicU64>,
    key: Arc<[u8]>,
    values: bool,
}

/// Who made a call, and of what.
#[derive(Debug, Clone, Copy)]
pub struct Who<'a> {
    /// The principal's name.
    pub principal: &'a str,
    /// The client's name as it introduced itself.
    pub client: &'a str,
    /// How it came.
    pub transport: &'static str,
    /// The other end: an address, or a process.
    pub peer: Option<&'a str>,
    /// The tool.
    pub tool: &'a str,
}

/// A call's arguments as they go into the log: taken before the call, which uses them up.
#[derive(Debug, Clone)]
pub struct Arguments(Value);

/// What became of a call.
#[derive(Debug, Clone, Copy)]
pub struct Outcome<'a> {
    /// Its number.
    pub id: u64,
    /// What it was about.
    pub subject: Option<&'a str>,
    /// How it ended, in a word.
    pub ending: &'static str,
    /// The error's code.
    pub code: Option<&'a str>,
    /// How long it took, without the time that it waited for the owner.
    pub took: Duration,
    /// How long it waited for the owner.
    pub held: Option<Duration>,
}

impl Audit {
    /// Starts writing to this file.
    pub(super) fn start(path: PathBuf, settings: &config::Audit) -> Self {
        let (lines, messages) = sync_channel(WAITING);
        let lost = Arc::new(AtomicU64::new(0));
        let key = key(&audit_key(&path)).unwrap_or_else(|error| {
            tracing::warn!(%error, "the key of the audit log cannot be kept; its digests hold until the server ends");
            random()
        });
        let files = usize::try_from(settings.files).unwrap_or(usize::MAX).max(1);
        let writer = Writer::new(path, settings.file_bytes, files, Arc::clone(&lost));
        if let Err(error) = thread::Builder::new().name("audit".into()).spawn(move || writer.run(&messages)) {
            tracing::error!("there is no audit log, its thread cannot be started: {error}");
        }
        Self { lines, lost, key: key.into(), values: settings.values }
    }

    /// Lines that were lost since the start.
    pub(super) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// What is written of arguments: their names, a digest of all, and with `[audit] values` themselves.
    pub fn arguments(&self, arguments: &Value) -> Arguments {
        let members = arguments.as_object();
        let names = members.into_iter().flat_map(|members| members.keys()).take(MOST_NAMES).map(|name| brief(name, LONGEST_NAME));
        let mut written = json!({ "digest": self.digest(arguments), "names": names.collect::<Vec<_>>() });
        let left_out = members.map_or(0, serde_json::Map::len).saturating_sub(MOST_NAMES);
        if left_out > 0 {
            written["names_left_out"] = left_out.into();
        }
        if self.values && left_out == 0 {
            let values = redact::redacted(arguments, LONGEST);
            // What is longer says nothing to a reader, and its digest stands beside it.
            written["values"] = if values.to_string().len() > LONGEST_VALUES { Value::Null } else { values };
        }
        Arguments(written)
    }

    /// SHA-256 over the key of this home and the arguments as JSON with sorted names: the same arguments have the same digest, and who has
    /// only the log cannot try values until one fits.
    fn digest(&self, arguments: &Value) -> String {
        let mut hasher = Sha256::new();
        hasher.update(&self.key);
        let written = serde_json::to_writer(Feed(&mut hasher), arguments);
        written.map_or_else(|_| String::new(), |()| hex(&hasher.finalize()))
    }

    /// Writes a finished call down.
    pub fn call(&self, who: Who<'_>, arguments: &Arguments, outcome: Outcome<'_>) {
        let Outcome { id, subject, ending, code, took, held } = outcome;
        self.write(&json!({
            "time": now(), "event": "call", "id": id, "principal": who.principal, "client": who.client, "transport": who.transport,
            "peer": who.peer, "tool": who.tool, "arguments": arguments.0, "subject": subject.map(redact::subject),
            "outcome": ending, "code": code, "duration_ms": milliseconds(took), "held_ms": held.map(milliseconds),
        }));
    }

    /// Writes the owner's answer to a held call down.
    pub fn answered(&self, call: &HeldCall, decision: Decision, by: &str) {
        self.write(&json!({
            "time": now(), "event": "answer", "held": call.id, "principal": call.who, "client": call.client, "tool": call.tool,
            "subject": call.subject.as_deref().map(redact::subject), "rule": call.rule, "answer": decision.word(), "by": by,
        }));
    }

    pub(super) fn refused(&self, event: &SecurityEvent) {
        let SecurityEvent { kind, who, detail, .. } = event;
        self.write(&json!({ "time": now(), "event": "refused", "kind": kind, "who": who, "detail": detail }));
    }

    fn write(&self, line: &Value) {
        if self.lines.try_send(Message::Line(line.to_string())).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn flush(&self, limit: Duration) -> bool {
        let (reply, answer) = channel();
        self.lines.try_send(Message::Flush(reply)).is_ok() && answer.recv_timeout(limit).unwrap_or(false)
    }
}

/// Bytes into a hasher.
struct Feed<'a>(&'a mut Sha256);

impl io::Write for Feed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn now() -> String {
    let now = i64::try_from(unix_ms()).ok().and_then(|now| jiff::Timestamp::from_millisecond(now).ok());
    now.map(|now| format!("{now:.3}")).unwrap_or_default()
}

fn milliseconds(span: Duration) -> f64 {
    (span.as_secs_f64() * 1e6).round() / 1e3
}

fn random() -> Vec<u8> {
    let mut bytes = vec![0; 32];
    if getrandom::fill(&mut bytes).is_err() {
        // Better a digest that can be guessed than none; the system has no random numbers, and so no token either.
        tracing::error!("the system gives no random numbers");
    }
    bytes
}

/// The key in this file, which is made on first use.
fn key(path: &Path) -> io::Result<Vec<u8>> {
    match fs::read(path) {
        Ok(key) if key.len() == 32 => Ok(key),
        Ok(_) => Err(io::Error::other(format!("{} is no key of 32 bytes; remove it", path.display()))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let key = random();
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
            file.write_all(&key)?;
            Ok(key)
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt as _;

    use super::*;

    const WHO: Who<'static> =
        Who { principal: "ci", client: "test", transport: "http", peer: Some("127.0.0.1:9"), tool: "km_set_variable" };

    fn outcome(id: u64) -> Outcome<'static> {
        let took = Duration::from_micros(1_500);
        Outcome { id, subject: Some("Mail Password"), ending: "ok", code: None, took, held: None }
    }

    fn audit(folder: &Path, settings: &config::Audit) -> (Audit, PathBuf) {
        let path = folder.join("audit.jsonl");
        (Audit::start(path.clone(), settings), path)
    }

    fn lines(path: &Path) -> Vec<Value> {
        let text = fs::read_to_string(path).expect("there is a log");
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    #[test]
    fn a_call_is_written_without_its_values() {
        let folder = tempfile::tempdir().expect("a folder");
        let (log, path) = audit(folder.path(), &config::Audit::default());
        let arguments = json!({ "value": "hunter2", "name": "Mail Password" });
        log.call(WHO, &log.arguments(&arguments), outcome(1));
        log.call(WHO, &log.arguments(&arguments), outcome(2));
        log.call(WHO, &log.arguments(&json!({})), outcome(3));
        assert!(log.flush(Duration::from_secs(10)));
        let lines = lines(&path);
        assert_eq!(lines.len(), 3);
        assert!(!format!("{lines:?}").contains("hunter2"), "{lines:?}");
        assert_eq!(lines[0]["arguments"]["names"], json!(["name", "value"]));
        assert_eq!(lines[0]["arguments"]["digest"], lines[1]["arguments"]["digest"], "the same arguments");
        assert_ne!(lines[0]["arguments"]["digest"], lines[2]["arguments"]["digest"]);
        assert_eq!((&lines[0]["subject"], &lines[0]["duration_ms"]), (&json!(redact::HIDDEN), &json!(1.5)));
        for file in ["audit.jsonl", "audit.key"] {
            assert_eq!(fs::metadata(folder.path().join(file)).expect("there").mode() & 0o777, 0o600, "{file}");
        }
    }

    #[test]
    fn with_values_secrets_stay_hidden() {
        let folder = tempfile::tempdir().expect("a folder");
        let (log, path) = audit(folder.path(), &config::Audit { values: true, ..config::Audit::default() });
        log.call(WHO, &log.arguments(&json!({ "name": "Mail Password", "value": "hunter2", "n": 7 })), outcome(1));
        assert!(log.flush(Duration::from_secs(10)));
        let line = &lines(&path)[0];
        assert_eq!(line["arguments"]["values"], json!({ "name": "Mail Password", "value": redact::HIDDEN, "n": 7 }));
    }

    #[test]
    fn whatever_is_sent_a_line_stays_short() {
        let folder = tempfile::tempdir().expect("a folder");
        let (log, path) = audit(folder.path(), &config::Audit { values: true, ..config::Audit::default() });
        let many: serde_json::Map<String, Value> = (0..10_000).map(|at| (format!("{at:05}"), json!(0))).collect();
        log.call(WHO, &log.arguments(&Value::Object(many)), outcome(1));
        log.call(WHO, &log.arguments(&json!({ "list": vec!["x".repeat(2_000); 100] })), outcome(2));
        assert!(log.flush(Duration::from_secs(10)));
        let lines = lines(&path);
        assert_eq!(
            (&lines[0]["arguments"]["names_left_out"], &lines[0]["arguments"]["names"][31]),
            (&json!(9_968), &json!("00031"))
        );
        assert!(lines.iter().all(|line| line["arguments"]["values"].is_null() && line.to_string().len() < 2_000), "{lines:?}");
    }

    #[test]
    fn files_rotate_and_the_oldest_goes() {
        let folder = tempfile::tempdir().expect("a folder");
        let settings = config::Audit { file_bytes: 2_000, files: 3, ..config::Audit::default() };
        let (log, path) = audit(folder.path(), &settings);
        for id in 0..100 {
            log.call(WHO, &log.arguments(&json!({})), outcome(id));
        }
        assert!(log.flush(Duration::from_secs(10)));
        let name = |number| folder.path().join(format!("audit.jsonl.{number}"));
        assert!(path.exists() && name(1).exists() && name(2).exists() && !name(3).exists());
        assert_eq!(lines(&path).last().expect("a line")["id"], 99);
        assert_eq!(log.lost(), 0);
        for file in [path, name(1), name(2)] {
            assert!(fs::metadata(file).expect("there").len() <= 2_000);
        }
    }

    #[test]
    fn what_cannot_be_written_is_counted() {
        let folder = tempfile::tempdir().expect("a folder");
        let log = Audit::start(folder.path().join("gone/audit.jsonl"), &config::Audit::default());
        log.call(WHO, &log.arguments(&json!({})), outcome(1));
        assert!(!log.flush(Duration::from_secs(10)));
        assert_eq!(log.lost(), 1);
    }
}
