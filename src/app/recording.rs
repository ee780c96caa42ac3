//! Recordings that the command line asks for.

use std::{path::PathBuf, time::Duration};

use super::Failure;
use crate::{
    link::{Link, LinkEvent, Listener, Offer, Recording, Requests},
    model::ServerInfo,
    record::{self, Place, Recorder, Writer},
};

/// How long the last intervals may take to the disk.
const GRACE: Duration = Duration::from_secs(2);

/// Where to record to. Whether a file that somebody named can be written is known before anything starts.
pub(super) fn place(folder: PathBuf, file: Option<PathBuf>) -> Result<Place, Failure> {
    if let Some(file) = &file {
        Writer::open(file, &ServerInfo::default()).map_err(|error| Failure::wrong(format!("--record: {error}")))?;
    }
    Ok(Place { folder, file })
}

/// Records a server that has no console.
pub(super) fn headless(link: Link, place: Place) -> Result<(Recorder, Requests), Failure> {
    let (link, recorder) =
        record::tap(link, place).map_err(|error| Failure::wrong(format!("the recorder cannot be started: {error}")))?;
    // Nobody asks for anything over it; but a link whose requests are gone ends.
    Ok((recorder, link.open(Nobody)))
}

/// Ends a recording, and says so if there was one.
pub(super) async fn finish(recorder: Recorder) {
    let done = tokio::task::spawn_blocking(move || recorder.finish());
    if let Ok(Ok(Some((file, intervals)))) = tokio::time::timeout(GRACE, done).await {
        say(&format!("recorded {intervals} intervals; look at them with: kmtop replay {}", file.display()));
    }
}

#[expect(clippy::print_stderr, reason = "the terminal has been given back; this is for the person in front of it")]
fn say(words: &str) {
    eprintln!("kmtop: {words}");
}

/// A screen that is none.
struct Nobody;

impl Listener for Nobody {
    fn offer(&self, event: LinkEvent) -> Offer {
        if let LinkEvent::Recording(Recording::Failed { reason }) = event {
            say(&format!("the recording ended: {reason}"));
        }
        Offer::Taken
    }
}
