//! The worker from its hello to its end. It reads between two jobs only: who cancels one ends the process.

use std::{
    io::{BufRead, Write},
    process::ExitCode,
    time::{Duration, Instant},
};

use serde::Deserialize as _;
use serde_json::{Value, json};

use super::{
    WebLogin,
    client::{Client, failed},
    list,
};
use crate::{
    backend::protocol::{Message, Request, VERSION},
    model::{Certainty, JobError},
    util::clock::micros,
};

/// The operations that this worker takes.
pub const OPERATIONS: [&str; 3] = ["ping", "run_macro", "list_macros"];

/// How long a request may take when the job has no limit.
const USUAL: Duration = Duration::from_secs(10);
/// How much earlier than the server's deadline a request is given up, so that the answer still arrives.
const EARLIER: Duration = Duration::from_millis(200);

/// The server speaks otherwise, or reads no more.
struct Broken;

/// The two ends of a worker.
struct Session<Input, Output> {
    input: Input,
    output: Output,
    nonce: String,
    asked: u64,
}

/// The body of the worker: reads requests from `input` and writes messages to `output` until the server closes its end. Failure means
/// that the two do not understand each other.
#[must_use]
pub fn run_worker(input: impl BufRead, output: impl Write) -> ExitCode {
    let mut session = Session { input, output, nonce: String::new(), asked: 0 };
    if session.serve().is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

impl<Input: BufRead, Output: Write> Session<Input, Output> {
    /// Does jobs until the server is gone.
    fn serve(&mut self) -> Result<(), Broken> {
        let Some(Request::Hello { version: VERSION, nonce, settings }) = self.receive()? else { return Err(Broken) };
        self.nonce.clone_from(&nonce);
        let client = WebLogin::deserialize(settings).map_err(|error| error.to_string()).and_then(Client::new);
        let operations = OPERATIONS.map(str::to_owned).to_vec();
        let name = concat!("kmtop web ", env!("CARGO_PKG_VERSION")).to_owned();
        self.send(&Message::Hello { version: VERSION, nonce, name, operations })?;
        while let Some(request) = self.receive()? {
            let Request::Run { id, operation, arguments, deadline_ms, .. } = request else { continue };
            let began = Instant::now();
            let limit = if deadline_ms == 0 { USUAL } else { Duration::from_millis(deadline_ms).saturating_sub(EARLIER) };
            let done = match &client {
                Ok(client) => self.work(client, id, (&operation, &arguments), limit)?,
                Err(problem) => Err(bad(format!("[backend.web] cannot be used: {problem}"))),
            };
            let (nonce, own_us) = (self.nonce.clone(), micros(began.elapsed()));
            self.send(&match done {
                Ok(value) => Message::Result { id, nonce, value, own_us },
                Err(error) => Message::Error { id, nonce, error, own_us },
            })?;
        }
        Ok(())
    }

    fn work(
        &mut self,
        client: &Client,
        id: u64,
        (operation, arguments): (&str, &Value),
        limit: Duration,
    ) -> Result<Result<Value, JobError>, Broken> {
        Ok(match operation {
            // Whether the server can be reached is asked by whoever has a use for it: a Mac that sleeps makes no worker a bad one.
            "ping" => Ok(json!({})),
            "list_macros" => client.get("authenticated.html", &[], limit).map(|page| json!({ "macros": list::parse(&page) })),
            "run_macro" => return self.run_macro(client, id, arguments, limit),
            other => Err(failed(
                "unknown_operation",
                format!("Keyboard Maestro's web server has no operation {other}"),
                Certainty::NotRun,
                "it runs macros and lists them; on the Mac itself the osascript backend does the rest",
            )),
        })
    }

    fn run_macro(
        &mut self,
        client: &Client,
        id: u64,
        arguments: &Value,
        limit: Duration,
    ) -> Result<Result<Value, JobError>, Broken> {
        let text = |name: &str| arguments.get(name).and_then(Value::as_str);
        // The web server takes names as well, and one of them could be another macro's.
        let Some(uid) = text("uid").filter(|uid| list::is_uuid(uid)) else {
            return Ok(Err(bad("uid must be a UUID".into())));
        };
        if arguments.get("dry_run").and_then(Value::as_bool) == Some(true) {
            let outline = self.ask(id, "outline", json!({ "uid": uid }))?;
            return Ok(match outline.get("outline") {
                Some(outline) => Ok(json!({ "status": "finished", "outline": outline })),
                None => Err(failed("macro_not_found", format!("there is no macro {uid}"), Certainty::NotRun, "list the macros")),
            });
        }
        let mut values = vec![("macro", uid)];
        values.extend(text("parameter").map(|parameter| ("value", parameter)));
        let result = client.get("authenticatedaction.html", &values, limit);
        Ok(result.map(|result| json!({ "status": "finished", "result": Some(result).filter(|result| !result.is_empty()) })))
    }

    /// Asks the server, which answers at once.
    fn ask(&mut self, id: u64, about: &str, arguments: Value) -> Result<Value, Broken> {
        self.asked += 1;
        let (nonce, asked) = (self.nonce.clone(), self.asked);
        self.send(&Message::Ask { id, nonce, ask: asked, about: about.to_owned(), arguments })?;
        loop {
            match self.receive()?.ok_or(Broken)? {
                Request::Answer { ask, answer } if ask == asked => return Ok(answer),
                _ => {}
            }
        }
    }

    /// The next request; none when the server is gone.
    fn receive(&mut self) -> Result<Option<Request>, Broken> {
        let mut line = String::new();
        self.input.read_line(&mut line).map_err(|_| Broken)?;
        // A line without its end is half a line: the server died while it wrote.
        if line.ends_with('\n') { serde_json::from_str(&line).map(Some).map_err(|_| Broken) } else { Ok(None) }
    }

    fn send(&mut self, message: &Message) -> Result<(), Broken> {
        let mut line = serde_json::to_vec(message).map_err(|_| Broken)?;
        line.push(b'\n');
        self.output.write_all(&line).and_then(|()| self.output.flush()).map_err(|_| Broken)
    }
}

fn bad(message: String) -> JobError {
    failed("bad_arguments", message, Certainty::NotRun, "this is a fault of kmtop or of its settings")
}
