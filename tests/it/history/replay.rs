//! A replay equals what was live: Frames, and screens.

use std::{
    sync::{Arc, Mutex, mpsc},
    time::{Duration, Instant},
};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::tz::TimeZone;
use kmtop::{
    history::{History, Keep},
    link::{Link, LinkEvent, Listener, Offer, Playback, Recording as Recorded, Requests, Tape, Welcome},
    metrics::{Kept, Window},
    model::{Frame, Interval, ServerInfo, State},
    record::{Begin, Place, Recording, Source, Stored, replay, tap},
    tui::{App, ColorMode, Effect, Event, Options, Themes, draw},
};
use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    fixture::{self, Fixture},
    harness::LIMIT,
};

/// Seconds of the window that Frames are over: few, for debug builds take their time with histograms.
const WINDOW: u64 = 5;

/// What a console knows, without its screen.
#[derive(Default)]
struct Console {
    info: ServerInfo,
    kept: Kept,
    state: State,
    frames: Vec<Frame>,
}

impl Console {
    fn hear(&mut self, event: LinkEvent) {
        match event {
            LinkEvent::Welcome(welcome) => {
                *self = Self { info: welcome.info, frames: std::mem::take(&mut self.frames), ..Self::default() };
                self.kept.push_calls(&welcome.calls);
                welcome.intervals.iter().for_each(|interval| self.keep(interval));
            }
            LinkEvent::Interval(interval) => self.keep(&interval),
            _ => return,
        }
        let mut window = Window::new(WINDOW);
        self.kept.intervals().for_each(|interval| window.push(Arc::clone(interval)));
        self.frames.push(window.frame(&self.info, &self.state));
    }

    fn keep(&mut self, interval: &Interval) {
        self.kept.push(interval);
        if let Some(state) = &interval.state {
            self.state = State::clone(state);
        }
    }
}

/// A screen that passes on what it hears.
struct Screen(Mutex<mpsc::Sender<LinkEvent>>);

impl Listener for Screen {
    fn offer(&self, event: LinkEvent) -> Offer {
        if self.0.lock().unwrap().send(event).is_ok() { Offer::Taken } else { Offer::Gone }
    }
}

fn open(link: Link) -> (Requests, mpsc::Receiver<LinkEvent>) {
    let (sender, events) = mpsc::channel();
    (link.open(Screen(Mutex::new(sender))), events)
}

/// Seconds of a server: those that it keeps, and those that follow.
fn live(kept: usize, following: usize) -> Vec<LinkEvent> {
    let mut fixture = Fixture::default();
    let mut welcome: Welcome = fixture::welcome(&mut fixture, kept);
    // As a hub keeps them: what held is known of the newest alone.
    let last = welcome.intervals.len() - 1;
    for interval in &mut welcome.intervals[..last] {
        Arc::make_mut(interval).state = None;
    }
    let mut events = vec![LinkEvent::Welcome(Box::new(welcome))];
    events.extend((0..following).map(|_| LinkEvent::Interval(Arc::new(fixture.next()))));
    events
}

/// Records these events to a file as they go over a link, and gives what the screen heard.
fn record(file: &std::path::Path, events: Vec<LinkEvent>) -> Vec<LinkEvent> {
    let (asks, _) = tokio::sync::mpsc::channel(1);
    let feed = move |listener: Box<dyn Listener>| {
        for event in events {
            assert_eq!(listener.offer(event), Offer::Taken);
            // Faster than any server: the recorder would count it as behind.
            std::thread::sleep(Duration::from_millis(2));
        }
    };
    let place = Place { folder: file.parent().unwrap().to_owned(), file: Some(file.to_owned()) };
    let (link, recorder) = tap(Link::new(feed, asks, false), place).unwrap();
    let (requests, heard) = open(link);
    let (path, intervals) = recorder.finish().expect("it was recording");
    assert_eq!(path, file);
    assert!(intervals > 0);
    drop(requests);
    let heard: Vec<_> = heard.try_iter().collect();
    assert!(matches!(heard.last(), Some(LinkEvent::Recording(Recorded::Ended { .. }))), "{heard:?}");
    heard
}

/// What a screen hears of a replay until it stands at its end.
fn replayed(source: impl Source + 'static, begin: Begin) -> Vec<LinkEvent> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let (requests, events) = open(replay(source, begin));
        let mut heard = Vec::new();
        let deadline = Instant::now() + LIMIT;
        loop {
            tokio::time::sleep(Duration::from_millis(100)).await;
            heard.extend(events.try_iter());
            if heard.iter().any(|event| matches!(event, LinkEvent::Playback(playback) if playback.paused)) {
                drop(requests);
                return heard;
            }
            assert!(Instant::now() < deadline, "it never ends");
        }
    })
}

fn frames(events: Vec<LinkEvent>) -> Vec<Frame> {
    let mut console = Console::default();
    for event in events {
        console.hear(event);
    }
    console.frames
}

#[test]
fn a_replay_shows_the_very_frames_that_were_live() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.kmrec");
    let heard = record(&file, live(20, 20));
    let recording = Recording::open(&file).unwrap();
    assert_eq!((recording.times().len(), recording.first(), recording.damage()), (40, 19, None));
    let (live, again) = (frames(heard), frames(replayed(recording, Begin::default())));
    assert_eq!((live.len(), again.len()), (21, 21));
    for (one, other) in live.iter().zip(&again) {
        assert_eq!(one, other);
    }
}

#[test]
fn the_history_replays_the_same_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.sqlite");
    let history = History::start(path.clone(), Keep::days(30, 512_000_000));
    history.began(fixture::info());
    let mut fixture = Fixture::default();
    let mut events = Vec::new();
    for _ in 0..20 {
        let interval = Arc::new(fixture.next());
        history.push(Arc::clone(&interval));
        events.push(LinkEvent::Interval(interval));
    }
    assert!(history.flush(LIMIT));
    let mut live = Console { info: fixture::info(), ..Console::default() };
    for event in events {
        live.hear(event);
    }
    let again = frames(replayed(Stored::open(&path, 0, u64::MAX >> 1).unwrap(), Begin::default()));
    assert_eq!((live.frames.len(), again.len()), (20, 20));
    for (one, other) in live.frames.iter().zip(&again) {
        assert_eq!(one, other);
    }
}

fn app() -> App {
    let options = Options { time_zone: TimeZone::UTC, color: ColorMode::Sixteen, window_s: 60, ..Options::default() };
    let mut app = App::new(&options, &Themes::new(None, options.color), true);
    app.update(Instant::now(), Event::Resize(120, 40));
    app
}

fn text(app: &mut App, (width, height): (u16, u16)) -> String {
    app.update(Instant::now(), Event::Resize(width, height));
    let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
    draw(app, buffer.area, &mut buffer);
    let line = |y| (0..width).map(|x| buffer[(x, y)].symbol()).collect::<String>().trim_end().to_owned();
    (0..height).map(line).collect::<Vec<_>>().join("\n")
}

fn press(app: &mut App, code: KeyCode) -> Vec<Effect> {
    app.update(Instant::now(), Event::Key(KeyEvent::new(code, KeyModifiers::NONE)))
}

#[test]
fn the_screen_says_that_it_is_a_replay_and_where_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.kmrec");
    let heard = record(&file, live(1, 30));
    let mut one = app();
    heard.into_iter().filter(|event| !matches!(event, LinkEvent::Recording(_))).for_each(|event| {
        one.update(Instant::now(), Event::Link(event));
    });
    let mut other = app();
    for event in replayed(Recording::open(&file).unwrap(), Begin::default()) {
        other.update(Instant::now(), Event::Link(event));
    }
    let panes = |screen: String| screen.lines().skip(1).take(38).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(panes(text(&mut one, (120, 40))), panes(text(&mut other, (120, 40))), "all but the edges is the same");
    insta::assert_snapshot!("replay_80x24", text(&mut other, (80, 24)));
    insta::assert_snapshot!(
        "replay_footer",
        [40, 60, 120, 200].map(|width| text(&mut other, (width, 24)).lines().last().unwrap().to_owned()).join("\n")
    );
}

#[test]
fn keys_move_a_replay_and_change_nothing() {
    let mut app = app();
    let playback = Playback { name: "a".into(), first_ms: 0, last_ms: 9, speed: 1.0, paused: false, damage: None };
    app.update(Instant::now(), Event::Link(LinkEvent::Playback(Box::new(playback))));
    let table = [
        (' ', Tape::Pause),
        ('.', Tape::Step(1)),
        (',', Tape::Step(-1)),
        ('>', Tape::Seek(60_000)),
        ('<', Tape::Seek(-60_000)),
        (')', Tape::Faster),
        ('(', Tape::Slower),
        ('`', Tape::End),
        ('R', Tape::Record),
    ];
    for (key, tape) in table {
        assert_eq!(press(&mut app, KeyCode::Char(key)), [Effect::Tape(tape)], "{key}");
    }
    assert_eq!(press(&mut app, KeyCode::Char(']')), []);
    assert!(text(&mut app, (120, 40)).contains("this is a recording"));
}

#[test]
fn a_recording_is_begun_and_ended_with_a_key() {
    let folder = tempfile::tempdir().unwrap();
    let (asks, _) = tokio::sync::mpsc::channel(1);
    let (give, given) = mpsc::channel::<LinkEvent>();
    let feed = move |listener: Box<dyn Listener>| {
        std::thread::spawn(move || {
            for event in given {
                let _ = listener.offer(event);
            }
        });
    };
    let place = Place { folder: folder.path().join("recordings"), file: None };
    let (link, recorder) = tap(Link::new(feed, asks, false), place).unwrap();
    let (requests, heard) = open(link);
    let mut app = app();
    let hear = |app: &mut App, wanted: fn(&LinkEvent) -> bool| loop {
        let event = heard.recv_timeout(LIMIT).unwrap();
        app.update(Instant::now(), Event::Link(event.clone()));
        if wanted(&event) {
            return event;
        }
    };
    let mut all = live(2, 10).into_iter();
    give.send(all.next().unwrap()).unwrap();
    hear(&mut app, |event| matches!(event, LinkEvent::Welcome(_)));
    assert!(requests.tape(Tape::Faster).unwrap_err().contains("this is live"));
    assert_eq!(press(&mut app, KeyCode::Char('R')), [Effect::Tape(Tape::Record)]);
    requests.tape(Tape::Record).unwrap();
    let began = hear(&mut app, |event| matches!(event, LinkEvent::Recording(_)));
    let LinkEvent::Recording(Recorded::Began { file }) = began else { panic!("{began:?}") };
    assert!(text(&mut app, (120, 40)).lines().next().unwrap().contains("REC"));
    for event in all {
        give.send(event).unwrap();
        hear(&mut app, |event| matches!(event, LinkEvent::Interval(_)));
    }
    requests.tape(Tape::Record).unwrap();
    let ended = hear(&mut app, |event| matches!(event, LinkEvent::Recording(_)));
    assert!(matches!(ended, LinkEvent::Recording(Recorded::Ended { intervals: 10, .. })), "{ended:?}");
    assert!(!text(&mut app, (120, 40)).lines().next().unwrap().contains("REC"));
    assert!(text(&mut app, (120, 40)).contains("recorded 10 intervals"));
    assert_eq!(recorder.finish(), None, "it ended before");
    let recording = Recording::open(&file).unwrap();
    assert_eq!((recording.times().len(), recording.first()), (10, 0));
}
