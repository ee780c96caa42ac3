//! An MCP stream carried over the control socket: both ends of the way, not what goes over it.

use std::{
    io::{self, Cursor, Read, Write},
    os::unix::net::UnixStream as PlainStream,
    path::Path,
    sync::Arc,
    time::Duration,
};

use futures_util::future::BoxFuture;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, Interest},
    net::UnixStream,
};

use super::{ControlError, FromServer, ToServer, VERSION};

/// How long the server may take for its first word.
const PATIENCE: Duration = Duration::from_secs(10);
/// Longest first word, in bytes.
const LONGEST_WORD: usize = 64 * 1024;
/// How often a client whose input has ended is looked at.
const LOOK_AFTER: Duration = Duration::from_millis(100);

/// A stream that came in over the socket.
pub struct Carried {
    /// What the client says.
    pub input: Box<dyn AsyncRead + Send + Unpin>,
    /// What it hears.
    pub output: Box<dyn AsyncWrite + Send + Unpin>,
    /// Ends when the client has gone, and not only ended its input.
    pub gone: BoxFuture<'static, ()>,
    /// Whether the client may only look.
    pub read_only: bool,
}

/// Who speaks with those that come in, until they are gone.
pub type Host = Arc<dyn Fn(Carried) -> BoxFuture<'static, ()> + Send + Sync>;

/// The stream behind its first lines, of which `rest` has been read already.
pub(super) fn carried(stream: UnixStream, rest: Vec<u8>, read_only: bool) -> io::Result<Carried> {
    let stream = stream.into_std()?;
    // A second handle on the same socket tells whether the other end is closed while the first is being read and written.
    let probe = UnixStream::from_std(stream.try_clone()?)?;
    let (read, write) = UnixStream::from_std(stream)?.into_split();
    let gone = async move {
        while probe.ready(Interest::WRITABLE).await.is_ok_and(|ready| !ready.is_write_closed()) {
            tokio::time::sleep(LOOK_AFTER).await;
        }
    };
    let input = Box::new(AsyncReadExt::chain(Cursor::new(rest), read));
    Ok(Carried { input, output: Box::new(write), gone: Box::pin(gone), read_only })
}

/// Asks the server on this socket to speak MCP on the connection, which is then the client's own. With `read_only` the client may only
/// look.
///
/// # Errors
/// When there is no server, or it says no.
pub fn carry(path: &Path, read_only: bool) -> Result<PlainStream, ControlError> {
    let absent = |source| ControlError::Absent { path: path.display().to_string(), source };
    let mut stream = PlainStream::connect(path).map_err(absent)?;
    let broken = |error: io::Error| ControlError::Broken(error.to_string());
    stream.set_read_timeout(Some(PATIENCE)).map_err(broken)?;
    let said = serde_json::to_string(&ToServer::Mcp { version: VERSION, read_only }).map_err(|error| broken(error.into()))?;
    stream.write_all(format!("{said}\n").as_bytes()).map_err(broken)?;
    let word = first_line(&mut stream).map_err(broken)?;
    stream.set_read_timeout(None).map_err(broken)?;
    match serde_json::from_slice(&word) {
        Ok(FromServer::Speak {}) => Ok(stream),
        Ok(FromServer::Refused { reason }) => Err(ControlError::Refused(reason)),
        _ => Err(ControlError::Broken("an answer to another question".into())),
    }
}

/// Byte by byte: what follows the line belongs to somebody else.
fn first_line(stream: &mut PlainStream) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    let mut byte = [0];
    while line.len() < LONGEST_WORD {
        match stream.read(&mut byte)? {
            0 => return Err(io::Error::other("it closed the connection")),
            _ if byte == *b"\n" => return Ok(line),
            _ => line.push(byte[0]),
        }
    }
    Err(io::Error::other("its first line does not end"))
}
