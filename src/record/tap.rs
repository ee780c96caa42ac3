//! Records what goes over a link, on a thread of its own: neither the screen nor the server waits for the disk.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread::JoinHandle,
};

use jiff::{Zoned, tz::TimeZone};

use super::{RecordError, Writer};
use crate::{
    link::{Link, LinkEvent, Listener, Offer, Recording, Tape, Welcome},
    model::{Interval, ServerInfo},
};

/// Intervals that wait for the disk at most.
const WAITING: usize = 64;

/// Where a link is recorded to.
#[derive(Debug, Clone)]
pub struct Place {
    /// The folder for recordings whose file nobody named; made when it is needed.
    pub folder: PathBuf,
    /// The file, if somebody named one: then it is recorded from the first word on.
    pub file: Option<PathBuf>,
}

enum Message {
    Welcome(Box<Welcome>),
    Interval(Arc<Interval>),
    Toggle,
    End,
}

/// The file of a recording that went on to the end, and the Intervals written to it.
type Done = (PathBuf, u64);

/// The recorder of a link; ends the recording when it is told to, or at the latest when the link is gone.
#[derive(Debug)]
pub struct Recorder {
    messages: SyncSender<Message>,
    thread: Option<JoinHandle<Option<Done>>>,
}

impl Recorder {
    /// Ends the recording and waits until all is written that was heard. Gives its file and how many Intervals were written, if
    /// it was still going on.
    #[must_use]
    pub fn finish(mut self) -> Option<(PathBuf, u64)> {
        let _ = self.messages.send(Message::End);
        // Its panic is in the log.
        self.thread.take()?.join().ok()?
    }
}

/// Lets a link be recorded.
///
/// # Errors
/// When the recorder's thread cannot be started.
pub fn tap(link: Link, place: Place) -> std::io::Result<(Link, Recorder)> {
    let (messages, receiver) = sync_channel(WAITING);
    let on = Arc::new(AtomicBool::new(place.file.is_some()));
    let dropped = Arc::new(AtomicU64::new(0));
    let (hand_over, listener) = sync_channel::<Arc<dyn Listener>>(1);
    let scribe = Scribe { place, on: Arc::clone(&on), dropped: Arc::clone(&dropped), info: ServerInfo::default(), writer: None };
    let run = move || {
        let listener = listener.recv().ok()?;
        scribe.run(&receiver, &*listener)
    };
    let thread = std::thread::Builder::new().name("recorder".into()).spawn(run)?;
    let deck = {
        let messages = messages.clone();
        move |tape| match tape {
            Tape::Record => messages.try_send(Message::Toggle).map_err(|_| "the recorder is behind; try again".to_owned()),
            _ => Err("this is live: `kmtop replay` moves in what was recorded".to_owned()),
        }
    };
    let ear = {
        let messages = messages.clone();
        move |inner: Box<dyn Listener>| -> Box<dyn Listener> {
            let inner: Arc<dyn Listener> = Arc::from(inner);
            // There is room for exactly this one.
            let _ = hand_over.try_send(Arc::clone(&inner));
            Box::new(Ear { inner, messages, on, dropped })
        }
    };
    Ok((link.through(ear, Arc::new(deck)), Recorder { messages, thread: Some(thread) }))
}

/// Hears what goes by and passes it on.
struct Ear {
    inner: Arc<dyn Listener>,
    messages: SyncSender<Message>,
    on: Arc<AtomicBool>,
    dropped: Arc<AtomicU64>,
}

impl Listener for Ear {
    fn offer(&self, event: LinkEvent) -> Offer {
        let heard = match &event {
            LinkEvent::Interval(interval) if self.on.load(Ordering::Relaxed) => Some(Message::Interval(Arc::clone(interval))),
            LinkEvent::Welcome(welcome) if self.on.load(Ordering::Relaxed) => Some(Message::Welcome(welcome.clone())),
            // Also while nothing is recorded: who the server is.
            LinkEvent::Welcome(welcome) => {
                let info = welcome.info.clone();
                Some(Message::Welcome(Box::new(Welcome { info, intervals: Vec::new(), calls: Vec::new() })))
            }
            _ => None,
        };
        let offer = self.inner.offer(event);
        // What the screen had no room for comes again, or in a welcome.
        if offer != Offer::Full
            && let Some(Err(TrySendError::Full(_))) = heard.map(|message| self.messages.try_send(message))
        {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
        offer
    }
}

/// What writes.
struct Scribe {
    place: Place,
    on: Arc<AtomicBool>,
    dropped: Arc<AtomicU64>,
    info: ServerInfo,
    writer: Option<Writer>,
}

impl Scribe {
    fn run(mut self, messages: &Receiver<Message>, listener: &dyn Listener) -> Option<Done> {
        for message in messages {
            let done = match message {
                Message::Welcome(welcome) => self.welcome(&welcome, listener),
                Message::Interval(interval) => self.writer.as_mut().map_or(Ok(()), |writer| writer.add(&interval)),
                Message::Toggle if self.writer.is_some() => {
                    self.end(listener);
                    Ok(())
                }
                Message::Toggle => self.begin(listener),
                Message::End => break,
            };
            if let Err(error) = done {
                self.fail(&error, listener);
            }
        }
        let done = self.writer.as_ref().map(|writer| (writer.path().to_owned(), writer.size().0));
        self.end(listener);
        done
    }

    /// The first word, or the word after a gap: what it holds that is not written yet.
    fn welcome(&mut self, welcome: &Welcome, listener: &dyn Listener) -> Result<(), RecordError> {
        self.info = welcome.info.clone();
        if self.writer.is_none() && self.on.load(Ordering::Relaxed) {
            self.begin(listener)?;
        }
        let Some(writer) = &mut self.writer else { return Ok(()) };
        writer.set_info(&welcome.info);
        let Some((newest, before)) = welcome.intervals.split_last() else { return Ok(()) };
        before.iter().try_for_each(|interval| writer.add_before(interval))?;
        if newest.time_ms <= writer.newest_ms() {
            return Ok(());
        }
        // What held now stands in the newest; the calls that are kept go with it, so that a replay begins with them too.
        let calls = welcome.calls.clone();
        let newest = Interval::clone(newest);
        writer.add(&Interval { calls, ..newest })
    }

    fn begin(&mut self, listener: &dyn Listener) -> Result<(), RecordError> {
        let file = match &self.place.file {
            Some(file) => file.clone(),
            None => fresh_file(&self.place.folder)?,
        };
        self.writer = Some(Writer::open(&file, &self.info)?);
        self.dropped.store(0, Ordering::Relaxed);
        self.on.store(true, Ordering::Relaxed);
        listener.offer(LinkEvent::Recording(Recording::Began { file }));
        Ok(())
    }

    fn end(&mut self, listener: &dyn Listener) {
        self.on.store(false, Ordering::Relaxed);
        let Some(writer) = self.writer.take() else { return };
        let (intervals, bytes) = writer.size();
        let dropped = self.dropped.load(Ordering::Relaxed);
        if dropped > 0 {
            tracing::warn!(dropped, "the disk was slow: intervals are missing in the recording");
        }
        listener.offer(LinkEvent::Recording(Recording::Ended { file: writer.path().to_owned(), intervals, bytes }));
    }

    fn fail(&mut self, error: &RecordError, listener: &dyn Listener) {
        tracing::warn!(%error, "the recording ends");
        self.on.store(false, Ordering::Relaxed);
        self.writer = None;
        listener.offer(LinkEvent::Recording(Recording::Failed { reason: error.to_string() }));
    }
}

/// A file that is not there yet, named by the time.
fn fresh_file(folder: &Path) -> Result<PathBuf, RecordError> {
    std::fs::create_dir_all(folder).map_err(RecordError::file(folder))?;
    let now = Zoned::now().with_time_zone(TimeZone::system()).strftime("%Y%m%d-%H%M%S").to_string();
    let names = std::iter::once(format!("{now}.kmrec")).chain((2..).map(|number| format!("{now}-{number}.kmrec")));
    let free = names.map(|name| folder.join(name)).find(|path| !path.exists());
    free.ok_or_else(|| RecordError::Unwritable("no name is left for a file".to_owned()))
}
