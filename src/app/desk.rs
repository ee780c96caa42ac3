//! What a console asks for beside what it is told: tools that its owner calls, in this process or over the control socket of a server, and the
//! history of the home.

use std::{ops::Range, path::PathBuf, sync::Arc};

use tokio_util::sync::CancellationToken;

use crate::{
    access::Principal,
    control,
    history::Reader,
    link::{Answering, Archive, Call, Desk, Reading},
    model::Transport,
    tools::{Caller, Toolbox},
};

/// A desk on this toolbox, on the current runtime.
pub(super) fn of_toolbox(toolbox: Arc<Toolbox>) -> Desk {
    let runtime = tokio::runtime::Handle::current();
    Arc::new(move |call: Call, answer: Answering| {
        let toolbox = Arc::clone(&toolbox);
        runtime.spawn(async move {
            let caller = Caller::new("console", Transport::Control, CancellationToken::new()).with(Principal::owner(), None);
            let result = toolbox.call(&call.tool, call.arguments, &caller).await.map(|answer| answer.result);
            answer(match result {
                None => Err(format!("there is no tool {}", call.tool)),
                Some(result) => result.map_err(|error| error.text()),
            });
        });
    })
}

/// A desk on the server of this socket, on the current runtime.
pub(super) fn of_socket(socket: PathBuf) -> Desk {
    let runtime = tokio::runtime::Handle::current();
    Arc::new(move |call: Call, answer: Answering| {
        let socket = socket.clone();
        runtime.spawn(async move {
            let result = control::call(&socket, &call.tool, call.arguments).await;
            answer(match result {
                Ok(answered) => answered.map_err(|(_, text)| text),
                Err(error) => Err(error.to_string()),
            });
        });
    })
}

/// The history in this file, read on a thread of its own for each wish.
pub(super) fn archive_of(file: PathBuf) -> Archive {
    Arc::new(move |times: Range<u64>, reading: Reading| {
        let file = file.clone();
        let read = move || {
            let read = || {
                let reader = Reader::open(&file)?;
                let marks = reader.marks(times.start, times.end)?;
                reader.read(&marks, false)
            };
            reading(read().map(|read| read.into_iter().map(Arc::new).collect()).map_err(|error| error.to_string()));
        };
        std::thread::spawn(read);
    })
}
