//! The loop: wait, drain, then one draw. Here is all the I/O that [`App`] decides on.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
        mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel},
    },
    time::Instant,
};

use rustix::io::Errno;

use crate::link::{Answering, Link, LinkEvent, Listener, Offer, Requests};

use super::{
    App, ColorMode, Effect, Event, Exit, Options, Signal, Themes, TuiError, app::Paint, draw, files, files::Watch, input::Input,
    pace::Pace, terminal::Screen,
};

/// Events that wait at most; a link whose events find no room sends everything anew when there is.
const WAITING: usize = 256;

/// A console that has not begun.
#[derive(Debug)]
pub struct Console {
    options: Options,
    events: Receiver<Event>,
    handle: Handle,
}

/// Reaches a console from other threads.
#[derive(Debug, Clone)]
pub struct Handle {
    events: SyncSender<Event>,
    /// Signals that have not been seen, a bit each: they get through when the channel is full.
    signals: Arc<AtomicU8>,
}

impl Signal {
    const ALL: [Self; 3] = [Self::Terminate, Self::Hangup, Self::Resize];

    fn bit(self) -> u8 {
        match self {
            Self::Terminate => 1,
            Self::Hangup => 2,
            Self::Resize => 4,
        }
    }
}

impl Handle {
    /// Tells the console something. Never waits and is never lost while the console runs; the same signal twice counts once.
    pub fn signal(&self, signal: Signal) {
        self.signals.fetch_or(signal.bit(), Ordering::AcqRel);
        // A full channel wakes the console as well.
        let _ = self.events.try_send(Event::Tick);
    }

    /// Sends an event, waiting for room. Says whether anybody listens.
    pub(crate) fn send(&self, event: Event) -> bool {
        self.events.send(event).is_ok()
    }

    /// Takes the answer to a tool call from whatever thread has it. One that finds no room waits on a thread of its own.
    fn answer(&self, id: u64) -> Answering {
        let handle = self.clone();
        Box::new(move |result| {
            let event = LinkEvent::Answer { id, result };
            if handle.offer(event.clone()) == Offer::Full {
                std::thread::spawn(move || handle.send(Event::Link(event)));
            }
        })
    }

    pub(super) fn take(&self) -> impl Iterator<Item = Signal> {
        let bits = self.signals.swap(0, Ordering::AcqRel);
        Signal::ALL.into_iter().filter(move |signal| bits & signal.bit() != 0)
    }
}

impl Listener for Handle {
    fn offer(&self, event: LinkEvent) -> Offer {
        match self.events.try_send(Event::Link(event)) {
            Ok(()) => Offer::Taken,
            Err(TrySendError::Full(_)) => Offer::Full,
            Err(TrySendError::Disconnected(_)) => Offer::Gone,
        }
    }
}

impl Console {
    /// A console, and the handle that reaches it.
    #[must_use]
    pub fn new(options: Options) -> (Self, Handle) {
        let (sender, events) = sync_channel(WAITING);
        let handle = Handle { events: sender, signals: Arc::default() };
        (Self { options, events, handle: handle.clone() }, handle)
    }

    /// What it is made of.
    pub(super) fn into_parts(self) -> (Options, Receiver<Event>, Handle) {
        (self.options, self.events, self.handle)
    }

    /// Takes the terminal over and stays until a key, a signal or the terminal's end. Blocks: give it a thread of its own.
    ///
    /// The caller must not wait for that thread without limit: a terminal whose output is stopped (Ctrl-S, a dead SSH link) holds
    /// it in a write.
    ///
    /// # Errors
    /// When there is no terminal or it cannot be set up. The link is then dropped unopened.
    pub fn run(self, link: Link) -> Result<Exit, TuiError> {
        // The mono theme does without colour; crossterm's own way under NO_COLOR wipes bold and reverse as well.
        crossterm::style::force_color_output(true);
        let mode = match self.options.color {
            ColorMode::Auto => ColorMode::detect(|name| std::env::var(name).ok()),
            chosen => chosen,
        };
        let themes = Themes::new(self.options.theme_dir.clone(), mode);
        let screen = match Screen::open() {
            Err(TuiError::Setup(error)) if error.raw_os_error() == Some(Errno::IO.raw_os_error()) => return Ok(Exit::Hangup),
            opened => opened?,
        };
        let _input = Input::spawn(screen.tty().map_err(TuiError::Setup)?, self.handle.clone()).map_err(TuiError::Setup)?;
        let app = App::new(&self.options, &themes, false);
        let watch = Watch::new(&self.options);
        let (options, events, handle) = (self.options, self.events, self.handle);
        let mut running = Running { app, screen, themes, options, watch, pace: Pace::default(), events, handle, drawn: None };
        // From here on a terminal that cannot be written to is one that went away, as at any later moment.
        if running.screen.take_mouse(running.options.mouse).is_err() {
            return Ok(Exit::Hangup);
        }
        // The first frame is empty and at once; the link's first word may take a while.
        running.resized();
        if running.paint().is_err() {
            return Ok(Exit::Hangup);
        }
        let requests = link.open(running.handle.clone());
        running.app.attached = requests.attached();
        Ok(running.run(&requests))
    }
}

/// A console at work.
struct Running {
    app: App,
    screen: Screen,
    themes: Themes,
    options: Options,
    watch: Watch,
    pace: Pace,
    events: Receiver<Event>,
    handle: Handle,
    drawn: Option<Instant>,
}

impl Running {
    fn run(&mut self, requests: &Requests) -> Exit {
        loop {
            let first = self.wait();
            let mut exit = self.signals().or_else(|| self.happen(first, requests));
            // As many as can wait: a flood cannot keep the screen from being drawn.
            for _ in 0..WAITING {
                if exit.is_some() {
                    break;
                }
                let Ok(event) = self.events.try_recv() else { break };
                exit = self.happen(event, requests);
            }
            if let Some(exit) = exit {
                return exit;
            }
            if self.is_due(Instant::now()) && self.paint().is_err() {
                return Exit::Hangup;
            }
        }
    }

    /// The next event; time itself is one while something waits for it. When nothing does, the thread sleeps.
    fn wait(&self) -> Event {
        let frame = (self.app.paint() == Paint::Soon).then(|| self.next_frame());
        let Some(until) = self.app.deadline().into_iter().chain(frame).min() else {
            return self.events.recv().unwrap_or(Event::Terminate);
        };
        match self.events.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(event) => event,
            Err(RecvTimeoutError::Timeout) => Event::Tick,
            Err(RecvTimeoutError::Disconnected) => Event::Terminate,
        }
    }

    fn next_frame(&self) -> Instant {
        self.drawn.map_or_else(Instant::now, |drawn| drawn + self.pace.frame())
    }

    fn is_due(&self, now: Instant) -> bool {
        match self.app.paint() {
            Paint::Nothing => false,
            Paint::Soon => self.next_frame() <= now,
            Paint::Now => true,
        }
    }

    fn signals(&mut self) -> Option<Exit> {
        let signals: Vec<Signal> = self.handle.take().collect();
        let mut effects = Vec::new();
        for signal in signals {
            match signal {
                Signal::Terminate => effects.extend(self.app.update(Instant::now(), Event::Terminate)),
                Signal::Hangup => effects.extend(self.app.update(Instant::now(), Event::Hangup)),
                Signal::Resize => self.resized(),
            }
        }
        effects.into_iter().find_map(|effect| if let Effect::Exit(exit) = effect { Some(exit) } else { None })
    }

    fn happen(&mut self, event: Event, requests: &Requests) -> Option<Exit> {
        // Once a second, with the data: files are looked at, not waited for.
        if matches!(event, Event::Link(LinkEvent::Interval(_))) && self.watch.changed() {
            self.read_files(false, requests);
        }
        for effect in self.app.update(Instant::now(), event) {
            if let Some(exit) = self.perform(effect, requests) {
                return Some(exit);
            }
        }
        None
    }

    fn read_files(&mut self, asked: bool, requests: &Requests) {
        let files = files::all(&self.options, &self.themes, asked);
        for effect in self.app.update(Instant::now(), Event::Files(Box::new(files))) {
            self.perform(effect, requests);
        }
    }

    fn perform(&mut self, effect: Effect, requests: &Requests) -> Option<Exit> {
        match effect {
            Effect::Exit(exit) => return Some(exit),
            Effect::Repaint => self.resized(),
            Effect::LoadTheme(name) => {
                let (theme, warnings) = self.themes.load(&name);
                self.app.set_theme(Instant::now(), theme, warnings.first().map(ToString::to_string));
            }
            Effect::Tape(tape) => {
                if let Err(reason) = requests.tape(tape) {
                    self.app.complain(Instant::now(), reason);
                }
            }
            Effect::Call { id, call } => requests.call(call, self.handle.answer(id)),
            Effect::Archive(times) => {
                let handle = self.handle.clone();
                // What is read takes a while, and its reader has a thread of its own.
                requests.archive(times, Box::new(move |read| _ = handle.send(Event::Link(LinkEvent::Archive(read)))));
            }
            Effect::Copy(text) => self.tell_terminal(|screen| screen.copy(&text)),
            Effect::Mouse(take) => self.tell_terminal(|screen| screen.take_mouse(take)),
            Effect::Reload => self.read_files(true, requests),
            Effect::Ask(ask) => {
                let id = ask.id;
                if let Err(error) = requests.ask(ask) {
                    self.app.update(Instant::now(), Event::Link(LinkEvent::Reply { id, result: Err(error) }));
                }
            }
        }
        None
    }

    /// Writes something beside the picture. A terminal that is gone is noticed at the draw that follows.
    fn tell_terminal(&mut self, tell: impl FnOnce(&mut Screen) -> io::Result<()>) {
        if let Err(error) = tell(&mut self.screen) {
            tracing::info!(%error, "the terminal does not take what is written");
        }
    }

    /// Begins anew on a terminal of the size that it has now. A terminal that is gone is noticed at the draw that follows.
    fn resized(&mut self) {
        let size = self.screen.size();
        if let Err(error) = self.screen.repaint(size) {
            tracing::info!(%error, "the terminal does not take what is drawn");
        }
        self.app.update(Instant::now(), Event::Resize(size.0, size.1));
    }

    fn paint(&mut self) -> io::Result<()> {
        let app = &self.app;
        let took = self.screen.draw(|frame| draw(app, frame.area(), frame.buffer_mut()))?;
        if took.is_some_and(|took| self.pace.note(took)) {
            self.app.set_slow(self.pace.is_slow());
        }
        self.app.painted();
        self.drawn = Some(Instant::now());
        Ok(())
    }
}
