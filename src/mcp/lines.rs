//! MCP as lines on two streams, whatever they are: what the process's own stdin and stdout and a carried stream have in common.

use std::{io, sync::Arc};

use bytes::{Buf, BytesMut};
use rmcp::{
    RoleServer, ServiceExt,
    model::{ClientJsonRpcMessage, ClientRequest, GetMeta, JsonRpcMessage, ServerJsonRpcMessage},
    transport::Transport,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    sync::mpsc,
};

use super::{
    Server,
    in_flight::InFlight,
    message::{self, Refusal},
    tasks::older,
};

/// Longest line that is taken from a client, in bytes.
const LONGEST_LINE: usize = 4 * 1024 * 1024;
/// Messages that may wait in either direction.
const WAITING: usize = 64;
/// How much is read at once, in bytes.
pub(super) const READ_AT_ONCE: usize = 64 * 1024;

/// The two streams as a transport.
pub(super) struct Lines {
    incoming: mpsc::Receiver<ClientJsonRpcMessage>,
    outgoing: mpsc::Sender<Vec<u8>>,
    calls: Arc<InFlight>,
}

/// Where what was read goes in.
pub(super) struct Inlet {
    buffer: LineBuffer,
    messages: mpsc::Sender<ClientJsonRpcMessage>,
    answers: mpsc::Sender<Vec<u8>>,
    calls: Arc<InFlight>,
    /// The client has said hello, or spoken in the protocol that needs none.
    greeted: bool,
}

/// Where what is to be written comes out, line by line and without their ends.
pub(super) type Outlet = mpsc::Receiver<Vec<u8>>;

/// A transport with its two ends.
pub(super) fn lines() -> (Lines, Inlet, Outlet) {
    let (messages, incoming) = mpsc::channel(WAITING);
    let (outgoing, outlet) = mpsc::channel(WAITING);
    let calls = Arc::new(InFlight::default());
    let (answers, buffer) = (outgoing.clone(), LineBuffer::default());
    let inlet = Inlet { buffer, messages, answers, calls: Arc::clone(&calls), greeted: false };
    (Lines { incoming, outgoing, calls }, inlet, outlet)
}

impl Transport<RoleServer> for Lines {
    type Error = io::Error;

    fn send(&mut self, message: ServerJsonRpcMessage) -> impl Future<Output = Result<(), io::Error>> + Send + 'static {
        let outgoing = self.outgoing.clone();
        let message = self.calls.answered(message);
        async move {
            let line = serde_json::to_vec(&message)?;
            outgoing.send(line).await.map_err(|_| io::ErrorKind::BrokenPipe.into())
        }
    }

    async fn receive(&mut self) -> Option<ClientJsonRpcMessage> {
        self.incoming.recv().await
    }

    async fn close(&mut self) -> Result<(), io::Error> {
        self.incoming.close();
        Ok(())
    }
}

/// What a line is.
enum Judged {
    Message(Box<ClientJsonRpcMessage>),
    Answer(Vec<u8>),
    Nothing,
}

impl Inlet {
    /// Takes in what was read. False when nobody wants more.
    pub(super) async fn push(&mut self, bytes: &[u8]) -> bool {
        self.buffer.push(bytes);
        while let Some(line) = self.buffer.next() {
            let sent = match self.judge(line) {
                Judged::Message(message) => self.messages.send(*message).await.is_ok(),
                Judged::Answer(answer) => self.answers.send(answer).await.is_ok(),
                Judged::Nothing => true,
            };
            if !sent {
                return false;
            }
        }
        true
    }

    /// The same for a thread that may block.
    pub(super) fn push_blocking(&mut self, bytes: &[u8]) -> bool {
        self.buffer.push(bytes);
        while let Some(line) = self.buffer.next() {
            let sent = match self.judge(line) {
                Judged::Message(message) => self.messages.blocking_send(*message).is_ok(),
                Judged::Answer(answer) => self.answers.blocking_send(answer).is_ok(),
                Judged::Nothing => true,
            };
            if !sent {
                return false;
            }
        }
        true
    }

    fn judge(&mut self, line: Line) -> Judged {
        let Line::Whole(line) = line else {
            return Judged::Answer(Refusal::new(-32600, "the line is too long", None).to_json());
        };
        if line.trim_ascii().is_empty() {
            return Judged::Nothing;
        }
        let checked = match message::check(&line) {
            Ok(checked) => checked,
            Err(refusal) => return Judged::Answer(refusal.to_json()),
        };
        let renamed = older::renamed(&line);
        let Ok(message) = serde_json::from_slice(renamed.as_deref().unwrap_or(&line)) else {
            return Judged::Answer(Refusal::new(-32600, "not a message of MCP", checked.id().cloned()).to_json());
        };
        self.greeted = self.greeted || greets(&message);
        if !self.greeted && !matches!(message, JsonRpcMessage::Request(_)) {
            // The library gives a client up that begins with something that needs no answer.
            return Judged::Nothing;
        }
        match self.calls.take(&message) {
            Ok(()) => Judged::Message(Box::new(message)),
            Err(answer) => serde_json::to_vec(&answer).map_or(Judged::Nothing, Judged::Answer),
        }
    }
}

/// Whether a client's first words end with this message.
fn greets(message: &ClientJsonRpcMessage) -> bool {
    let JsonRpcMessage::Request(request) = message else { return false };
    match &request.request {
        ClientRequest::InitializeRequest(_) => true,
        ClientRequest::DiscoverRequest(_) | ClientRequest::PingRequest(_) => false,
        other => other.get_meta().protocol_version().is_some(),
    }
}

/// A line that was read.
enum Line {
    Whole(BytesMut),
    TooLong,
}

/// Bytes on their way to becoming lines.
#[derive(Default)]
struct LineBuffer {
    bytes: BytesMut,
    /// So many of them have been searched for a line's end.
    searched: usize,
    /// The line is too long, and its rest goes unread.
    skipping: bool,
}

impl LineBuffer {
    fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    fn next(&mut self) -> Option<Line> {
        let end = self.bytes[self.searched..].iter().position(|byte| *byte == b'\n');
        let Some(end) = end.map(|end| self.searched + end) else {
            if self.skipping || self.bytes.len() > LONGEST_LINE {
                self.skipping = true;
                self.bytes.clear();
            }
            self.searched = self.bytes.len();
            return None;
        };
        let line = self.bytes.split_to(end);
        self.bytes.advance(1);
        self.searched = 0;
        let too_long = std::mem::take(&mut self.skipping) || line.len() > LONGEST_LINE;
        Some(if too_long { Line::TooLong } else { Line::Whole(line) })
    }
}

/// Serves one client on two streams until it is gone, and all answers are written. `gone` is asked once the input has ended: it
/// ends when nobody is left who could read an answer.
pub async fn converse<R, W>(server: Server, input: R, output: W, gone: impl Future<Output = ()>)
where
    R: AsyncRead + Send + Unpin + 'static,
    W: AsyncWrite + Send + Unpin + 'static,
{
    let (transport, inlet, outlet) = lines();
    let mut reading = tokio_util::task::AbortOnDropHandle::new(tokio::spawn(read(input, inlet)));
    let mut writing = tokio_util::task::AbortOnDropHandle::new(tokio::spawn(write(output, outlet)));
    let session = async {
        // A client that goes before it has said hello is a normal end.
        let counted = server.clone();
        if let Ok(running) = server.serve(transport).await {
            let _session = counted.session();
            let _ = running.waiting().await;
        }
    };
    let left = async {
        let _ = (&mut reading).await;
        gone.await;
    };
    tokio::select! {
        () = session => {}
        _ = &mut writing => return,
        () = left => return,
    }
    reading.abort();
    // The writer ends when nobody sends any more; until then it has answers to write.
    let _ = writing.await;
}

async fn read(mut input: impl AsyncRead + Unpin, mut inlet: Inlet) {
    let mut bytes = vec![0; READ_AT_ONCE];
    loop {
        match input.read(&mut bytes).await {
            // A last line needs no end.
            Ok(0) | Err(_) => {
                inlet.push(b"\n").await;
                return;
            }
            Ok(read) if !inlet.push(&bytes[..read]).await => return,
            Ok(_) => {}
        }
    }
}

async fn write(mut output: impl AsyncWrite + Unpin, mut outlet: Outlet) {
    while let Some(lines) = outlet.recv().await.map(|line| gather(line, &mut outlet)) {
        if output.write_all(&lines).await.is_err() {
            return;
        }
    }
}

/// A line with its end, and all that wait already: they go out in one write.
pub(super) fn gather(mut lines: Vec<u8>, outlet: &mut Outlet) -> Vec<u8> {
    lines.push(b'\n');
    while let Ok(more) = outlet.try_recv() {
        lines.extend_from_slice(&more);
        lines.push(b'\n');
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_lines_are_answered_and_good_ones_go_on() {
        let ping = |id| format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"ping"}}"#);
        let long = "x".repeat(LONGEST_LINE + 10);
        let input = format!("garbage\n\n{long}\n[]\n{}\n{}\n{}\n", ping(7), ping(8), ping(7));
        let (mut transport, mut inlet, mut outlet) = lines();
        // However it is cut.
        for piece in input.as_bytes().chunks(1_000_003) {
            assert!(inlet.push_blocking(piece));
        }
        drop(inlet);
        let mut answers = Vec::new();
        while let Ok(line) = outlet.try_recv() {
            answers.push(String::from_utf8(line).expect("text"));
        }
        assert_eq!(answers.len(), 4, "{answers:?}");
        assert!(answers[0].contains("-32700") && answers[1].contains("too long") && answers[2].contains("-32600"));
        assert!(answers[3].contains("\"id\":7") && answers[3].contains("-32600"), "7 is under way: {}", answers[3]);
        assert!(transport.incoming.try_recv().is_ok() && transport.incoming.try_recv().is_ok());
        assert!(transport.incoming.try_recv().is_err());
    }
}
