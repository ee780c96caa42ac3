//! What each fuzz target does with its input. `cargo test` runs the same functions over the seeds in `fuzz/corpus`
//! (`tests/it/fuzz_corpus.rs`). They touch nothing: no file is written and no script is run.

use kmtop::{
    backend::{
        protocol::{Message, Request},
        web::parse_list,
    },
    macros::{
        Macro, Profile, calculation,
        memory::MemoryHost,
        outline, portability,
        read::parse,
        run,
        tokens::{lack, without_tokens},
    },
    mcp::message,
};

fn host() -> MemoryHost {
    let clock = jiff::Timestamp::UNIX_EPOCH.to_zoned(jiff::tz::TimeZone::UTC);
    let mut host = MemoryHost::at(clock);
    for (name, value) in [("x", "3"), ("list", "10,20,30,40"), ("sneaky", "%Variable%x%"), ("j", r#"{"a":[1,{"b":"c"}]}"#)] {
        host.values.insert(name.to_owned(), (name.to_owned(), value.to_owned()));
    }
    host
}

/// The bytes of a macro file: they are read or refused, and what is read can be judged and shown.
pub(crate) fn plist(data: &[u8]) {
    let Ok(groups) = parse(data) else { return };
    for definition in groups.iter().flat_map(|group| &group.macros) {
        let _ = (portability(definition, &Profile::default()), outline(definition));
    }
}

/// A text with tokens. One without signs comes out as it went in, and what is lacking is known before.
pub(crate) fn tokens(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let expanded = run::process_tokens(&text, &Profile::default(), &mut host());
    if !text.contains(['%', '\\']) {
        assert_eq!(expanded.as_deref(), Ok(&*text));
    }
    let _ = (lack(&text, None), without_tokens(&text));
}

/// An expression, and the same text as a number pattern. What can be calculated passes the check before a run.
pub(crate) fn calculation(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let value = calculation::evaluate(&text, &mut Plain(host()));
    if value.is_ok() {
        assert_eq!(calculation::check_list(&text, None), Ok(()));
    }
    let _ = run::calculate(&text, &Profile::default(), &mut host());
    for number in [0.0, -1234.5678, 1e300, 4e-7] {
        let _ = calculation::with_pattern(number, &text);
    }
}

/// Lines between server and worker: what is read is written and read again as the same. An answer may hold a macro.
pub(crate) fn worker_protocol(data: &[u8]) {
    for line in data.split(|byte| *byte == b'\n') {
        if let Ok(message) = serde_json::from_slice::<Message>(line) {
            let text = serde_json::to_string(&message).expect("a message is JSON");
            assert_eq!(serde_json::from_str::<Message>(&text).expect("it reads"), message);
        }
        let Ok(request) = serde_json::from_slice::<Request>(line) else { continue };
        let text = serde_json::to_string(&request).expect("a request is JSON");
        assert_eq!(serde_json::from_str::<Request>(&text).expect("it reads"), request);
        let Request::Answer { answer, .. } = request else { continue };
        if let Ok(definition) = serde_json::from_value::<Macro>(answer) {
            let _ = (portability(&definition, &Profile::default()), outline(&definition));
        }
    }
}

/// The web server's page of macros: whatever stands there, each macro that is found has a UUID of its own.
pub(crate) fn web_list(data: &[u8]) {
    let page = String::from_utf8_lossy(data);
    let macros = parse_list(&page);
    let uids: std::collections::HashSet<_> = macros.iter().map(|listed| &listed.uid).collect();
    assert_eq!(uids.len(), macros.len());
    assert!(macros.iter().all(|listed| listed.uid.len() == 36 && page.contains('<')));
}

/// The bytes of a client's message. One that passes is JSON for every other reader, too, and means the same to it; one that does not is
/// refused with an error that is itself a message, and never with an id that the client did not give.
pub(crate) fn client_message(data: &[u8]) {
    let read = serde_json::from_slice::<serde_json::Value>(data);
    let given = |id: &message::Id| match id {
        message::Id::Number(number) => serde_json::json!(number),
        message::Id::Text(text) => serde_json::json!(text),
    };
    match message::check(data) {
        Ok(checked) => {
            let value = read.expect("it is JSON");
            assert_eq!(value["jsonrpc"], "2.0");
            let (method, id) = (value["method"].is_string(), value.get("id"));
            match checked {
                message::Message::Request(known) => assert!(method && id == Some(&given(&known))),
                message::Message::Notification => assert!(method && id.is_none()),
                message::Message::Response(known) => {
                    assert!(!method && id.filter(|id| !id.is_null()) == known.as_ref().map(given).as_ref());
                }
            }
        }
        Err(refusal) => {
            let error: serde_json::Value = serde_json::from_slice(&refusal.to_json()).expect("an error is JSON");
            assert_eq!(error["error"]["code"], refusal.code);
            assert!([-32700, -32600, -32602].contains(&refusal.code));
            assert!(error["id"].is_null() || read.is_ok_and(|value| value["id"] == error["id"]));
        }
    }
}

/// A host as the scope of a calculation without tokens.
struct Plain(MemoryHost);

impl calculation::Scope for Plain {
    fn variable(&mut self, name: &str) -> Result<Option<String>, kmtop::macros::HostError> {
        Ok(self.0.value(name).map(str::to_owned))
    }

    fn now(&mut self) -> jiff::Zoned {
        self.0.clock.clone()
    }

    fn random(&mut self) -> f64 {
        self.0.chance
    }

    fn clipboard_seed(&mut self) -> Result<u64, kmtop::macros::HostError> {
        Ok(0)
    }
}
