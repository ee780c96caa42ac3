//! Recordings as files: what is written is read, whatever is cut off or damaged.

use std::{fs, path::Path, sync::Arc};

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::model::{CallRecord, Ending, Event, Gauges, Interval, ServerInfo, Severity, State, Transport};

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn info() -> ServerInfo {
    ServerInfo { version: "1.0.0".into(), host: "mini".into(), ..ServerInfo::default() }
}

fn second(at: u64) -> Interval {
    let call = CallRecord {
        id: at,
        time_ms: at * 1_000,
        tool: "km_run_macro".into(),
        client: "test".into(),
        token: None,
        subject: Some("Übung".into()),
        transport: Transport::Http,
        worker: Some(1),
        queued_us: Some(at),
        ran_us: None,
        own_us: None,
        total_us: at,
        ending: Ending::Ok,
        code: None,
        trace: None,
    };
    Interval {
        sequence: at,
        time_ms: at * 1_000,
        length_ms: 1_000,
        gauges: Gauges { cpu_percent: Some(0.1), memory_percent: Some(33.333_332), ..Gauges::default() },
        calls: vec![call],
        events: vec![Event { time_ms: at, severity: Severity::Info, text: format!("second {at}") }],
        state: Some(Box::new(State { calls: at, ..State::default() })),
        ..Interval::default()
    }
}

fn written(path: &Path, seconds: std::ops::RangeInclusive<u64>) {
    let mut writer = Writer::open(path, &info()).expect("a file");
    seconds.for_each(|at| writer.add(&second(at)).expect("written"));
}

fn read(path: &Path) -> Vec<Interval> {
    let Ok(mut recording) = Recording::open(path) else { return Vec::new() };
    let all = recording.times().len();
    recording.read(0..all).iter().map(|interval| Interval::clone(interval)).collect()
}

fn sequences(path: &Path) -> Vec<u64> {
    read(path).iter().map(|interval| interval.sequence).collect()
}

#[test]
fn what_is_recorded_is_read_and_goes_on_where_it_ended() {
    let folder = folder();
    let path = folder.path().join("a.kmrec");
    written(&path, 1..=130);
    assert_eq!(read(&path), (1..=130).map(second).collect::<Vec<_>>());
    written(&path, 131..=140);
    let mut recording = Recording::open(&path).expect("a recording");
    assert_eq!((recording.times().len(), recording.first(), recording.damage()), (140, 0, None));
    assert_eq!(recording.info(135), info());
    assert_eq!(recording.read(58..63).iter().map(|interval| interval.sequence).collect::<Vec<_>>(), [59, 60, 61, 62, 63]);
    let size = fs::metadata(&path).expect("there").len();
    assert!(size < 140 * 300, "{size} bytes for 140 seconds that are much alike");
}

#[test]
fn seconds_from_before_fill_in_once() {
    let folder = folder();
    let path = folder.path().join("a.kmrec");
    let mut writer = Writer::open(&path, &info()).expect("a file");
    for at in [1, 2, 3] {
        writer.add_before(&second(at)).expect("written");
    }
    writer.add(&second(4)).expect("written");
    for at in [3, 4, 5] {
        writer.add_before(&second(at)).expect("written");
    }
    drop(writer);
    assert_eq!(sequences(&path), [1, 2, 3, 4, 5]);
    assert_eq!(Recording::open(&path).expect("a recording").first(), 3, "what is before is not shown by itself");
}

#[test]
fn foreign_later_held_and_empty_files_are_refused_with_reasons() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("text"), "a shopping list, which nobody wants to lose").expect("written");
    let mut later = format::head().to_vec();
    later[8] = 9;
    fs::write(path("later"), &later).expect("written");
    for (name, words) in [("text", "is not a recording of kmtop"), ("later", "has version 9")] {
        let before = fs::read(path(name)).expect("there");
        for refused in [Writer::open(&path(name), &info()).map(drop), Recording::open(&path(name)).map(drop)] {
            let said = refused.expect_err("refused").to_string();
            assert!(said.contains(words), "{said}");
        }
        assert_eq!(fs::read(path(name)).expect("there"), before, "left alone");
    }
    let held = Writer::open(&path("held"), &info()).expect("a file");
    let said = Writer::open(&path("held"), &info()).expect_err("refused").to_string();
    assert!(said.contains("is being recorded to by another kmtop"), "{said}");
    drop(held);
    let said = Recording::open(&path("held")).expect_err("empty").to_string();
    assert!(said.contains("nothing to replay"), "{said}");
    assert!(Recording::open(&path("none")).is_err_and(|error| error.to_string().contains("none")));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_recording_that_is_cut_off_anywhere_keeps_what_is_whole_and_goes_on(seconds in 1_u64..90, cut in 0.0_f64..1.0) {
        let folder = folder();
        let path = folder.path().join("a.kmrec");
        let mut writer = Writer::open(&path, &info()).expect("a file");
        let mut whole_at = Vec::new();
        for at in 1..=seconds {
            writer.add(&second(at)).expect("written");
            whole_at.push(writer.size().1);
        }
        drop(writer);
        let bytes = fs::read(&path).expect("there");
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a length")]
        let kept = (bytes.len() as f64 * cut) as usize;
        fs::write(&path, &bytes[..kept]).expect("written");
        let whole = whole_at.iter().filter(|size| **size <= kept as u64).count() as u64;
        prop_assert_eq!(sequences(&path), (1..=whole).collect::<Vec<_>>());
        written(&path, 1_000..=1_003);
        prop_assert_eq!(sequences(&path), (1..=whole).chain(1_000..=1_003).collect::<Vec<_>>());
        let damage = Recording::open(&path).expect("a recording").damage();
        prop_assert_eq!(damage, None, "what was cut off is gone");
    }

    #[test]
    fn a_damaged_recording_gives_what_is_whole(seed in any::<u64>(), flips in 1_usize..4, seconds in 60_u64..200) {
        let folder = folder();
        let path = folder.path().join("a.kmrec");
        written(&path, 1..=seconds);
        let mut bytes = fs::read(&path).expect("there");
        let mut random = seed | 1;
        for _ in 0..flips {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let at = 16 + usize::try_from(random >> 33).expect("small") % (bytes.len() - 16);
            bytes[at] ^= 1 << (random % 8);
        }
        fs::write(&path, &bytes).expect("written");
        let left = read(&path);
        // Each flip costs a segment's rest at most, and what is left is as it was.
        prop_assert!(left.len() as u64 + 60 * flips as u64 >= seconds, "{} of {seconds} left", left.len());
        prop_assert!(left.iter().all(|interval| *interval == second(interval.sequence)));
        prop_assert!((left.len() as u64) < seconds, "damage is noticed");
    }

    #[test]
    fn foreign_bytes_are_never_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let folder = folder();
        let path = folder.path().join("a.kmrec");
        let mut file = format::head().to_vec();
        file.extend(format::MARK);
        file.extend(&bytes);
        fs::write(&path, file).expect("written");
        prop_assert_eq!(read(&path), Vec::new());
        prop_assert!(Writer::open(&path, &info()).is_ok());
    }
}

/// What a source without any file is like.
struct Made(Vec<Arc<Interval>>, Vec<u64>);

impl Made {
    fn of(times: impl IntoIterator<Item = u64>) -> Self {
        let times: Vec<u64> = times.into_iter().collect();
        Self(times.iter().map(|time| Arc::new(Interval { time_ms: *time, ..second(*time / 1_000) })).collect(), times)
    }
}

impl Source for Made {
    fn name(&self) -> String {
        "made".into()
    }

    fn info(&mut self, _: usize) -> ServerInfo {
        info()
    }

    fn times(&self) -> &[u64] {
        &self.1
    }

    fn first(&self) -> usize {
        0
    }

    fn read(&mut self, places: std::ops::Range<usize>) -> Vec<Arc<Interval>> {
        self.0[places].to_vec()
    }

    fn damage(&self) -> Option<String> {
        None
    }
}

mod playing {
    use std::time::Duration;

    use tokio::{
        sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
        time::{Instant, timeout},
    };

    use super::*;
    use crate::link::{LinkEvent, Listener, Offer, Playback, Requests, Tape};

    struct Screen(UnboundedSender<LinkEvent>);

    impl Listener for Screen {
        fn offer(&self, event: LinkEvent) -> Offer {
            if self.0.send(event).is_ok() { Offer::Taken } else { Offer::Gone }
        }
    }

    fn play(source: Made, begin: Begin) -> (Requests, UnboundedReceiver<LinkEvent>) {
        let (sender, events) = unbounded_channel();
        (replay(source, begin).open(Screen(sender)), events)
    }

    /// The end of the next Interval shown, and whether it came alone or with everything before it.
    async fn shown(events: &mut UnboundedReceiver<LinkEvent>) -> (u64, bool) {
        loop {
            match events.recv().await.expect("it goes on") {
                LinkEvent::Interval(interval) => return (interval.time_ms, true),
                LinkEvent::Welcome(welcome) => return (welcome.intervals.last().expect("one").time_ms, false),
                _ => {}
            }
        }
    }

    async fn playback(events: &mut UnboundedReceiver<LinkEvent>) -> Playback {
        loop {
            if let LinkEvent::Playback(playback) = events.recv().await.expect("it goes on") {
                return *playback;
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn time_passes_as_it_did_and_as_fast_as_is_wished() {
        let begun = Instant::now();
        let (requests, mut events) = play(Made::of([1_000, 2_000, 4_500, 100_000, 101_000]), Begin::default());
        let mut course = Vec::new();
        for _ in 0..5 {
            let (time, alone) = shown(&mut events).await;
            course.push((time, alone, begun.elapsed().as_millis()));
        }
        let expected =
            [(1_000, false, 0), (2_000, true, 1_000), (4_500, true, 3_500), (100_000, true, 8_500), (101_000, true, 9_500)];
        assert_eq!(course, expected, "a long gap is not waited out");
        assert!(playback(&mut events).await.paused, "it stands at its end");
        assert!(requests.attached() && requests.tape(Tape::Record).is_err());
        let (requests, mut events) = play(Made::of((1..100).map(|at| at * 1_000)), Begin { speed: 8.0, ..Begin::default() });
        assert_eq!(shown(&mut events).await.0, 1_000);
        let begun = Instant::now();
        requests.tape(Tape::Faster).expect("there is a deck");
        let speeds = [playback(&mut events).await.speed, playback(&mut events).await.speed];
        assert_eq!(speeds.map(|speed| speed.to_string()), ["8", "16"]);
        for _ in 0..16 {
            shown(&mut events).await;
        }
        assert_eq!(begun.elapsed(), Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn steps_and_jumps_go_both_ways_and_stop_at_the_ends() {
        let begin = Begin { paused: true, at_ms: Some(50_500), ..Begin::default() };
        let (requests, mut events) = play(Made::of((1..=100).map(|at| at * 1_000)), begin);
        assert_eq!(shown(&mut events).await, (50_000, false));
        let table = [
            (Tape::Step(1), (51_000, true)),
            (Tape::Step(-1), (50_000, false)),
            (Tape::Seek(10_000), (60_000, false)),
            (Tape::Seek(200), (61_000, true)),
            (Tape::Seek(-30_000), (31_000, false)),
            (Tape::Seek(i64::MIN), (1_000, false)),
            (Tape::Seek(i64::MAX), (100_000, false)),
            (Tape::Step(-3), (97_000, false)),
            (Tape::End, (100_000, false)),
            (Tape::Pause, (1_000, false)),
        ];
        for (tape, expected) in table {
            requests.tape(tape).expect("there is a deck");
            assert_eq!(shown(&mut events).await, expected, "{tape:?}");
        }
        assert_eq!(shown(&mut events).await, (2_000, true), "and it plays again");
        requests.tape(Tape::Pause).expect("there is a deck");
        while !playback(&mut events).await.paused {}
        assert!(timeout(Duration::from_mins(1), shown(&mut events)).await.is_err(), "it stands still");
    }
}
