//! Ten minutes of random faults, with a checker that every call is answered exactly once, by its own answer.
//!
//! `cargo test --release -- --ignored soak`; `SOAK_SECONDS` sets another length, `SOAK_SEED` plays a seed again.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use kmtop::{
    model::{Job, Lane, Resize, RunError},
    pool::{Handle, Limits},
};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::stand_in::{Pool, backend, limits};

const CALLERS: u64 = 16;
/// What a call asks for, and how often in a hundred.
const FAULTS: [(&str, u64); 14] = [
    ("crash", 3),
    ("exit", 2),
    ("hang", 1),
    ("garbage", 2),
    ("partial", 2),
    ("other", 2),
    ("forge", 1),
    ("twice", 3),
    ("late", 1),
    ("close", 1),
    ("stop", 1),
    ("spin", 1),
    ("drip", 1),
    ("polite", 1),
];

struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % end
    }

    fn fault(&mut self) -> &'static str {
        let mut number = self.below(100);
        for (fault, share) in FAULTS {
            if number < share {
                return fault;
            }
            number -= share;
        }
        "echo"
    }
}

/// How the calls ended, by word.
type Tally = Arc<Mutex<BTreeMap<String, u64>>>;

async fn caller(handle: Handle, number: u64, seed: u64, end: Instant, tally: Tally) {
    let mut chance = Chance(seed.wrapping_mul(31).wrapping_add(number * 7 + 1) | 1);
    let mut turn = 0_u64;
    while Instant::now() < end {
        turn += 1;
        let (fault, mine) = (chance.fault(), format!("{number}-{turn}"));
        let lane = [Lane::Interactive, Lane::Bulk, Lane::Bench][usize::try_from(chance.below(3)).unwrap()];
        let job = Job {
            lane,
            client: format!("caller {number}").into(),
            // Poison is refused for half a minute: names of their own keep the pool busy with faults instead.
            key: format!("{fault} {}", turn % 97).into(),
            repeatable: chance.below(2) == 0,
            ..Job::new("process_tokens", json!({ "text": format!("do:{fault} {mine}") }), "soak", Duration::from_millis(150))
        };
        let cancel = CancellationToken::new();
        if chance.below(20) == 0 {
            let (token, wait) = (cancel.clone(), Duration::from_millis(chance.below(40)));
            tokio::spawn(async move {
                tokio::time::sleep(wait).await;
                token.cancel();
            });
        }
        // Answered, in time, by its own answer.
        let answered = tokio::time::timeout(Duration::from_mins(1), handle.run(job, cancel)).await;
        let word = match answered.unwrap_or_else(|_| panic!("seed {seed}: {mine} ({fault}) was never answered")) {
            Ok(outcome) => {
                assert_eq!(outcome.value["result"], mine, "seed {seed}: another's answer");
                "answered".to_owned()
            }
            Err(RunError::Lost) => panic!("seed {seed}: {mine} ({fault}) was lost"),
            Err(error) => error.code().to_owned(),
        };
        *tally.lock().unwrap().entry(word).or_default() += 1;
        if chance.below(200) == 0 {
            // Sometimes somebody changes the size.
            let target = u16::try_from(1 + chance.below(8)).unwrap();
            handle.resize(Resize::Target(target)).await.expect("in bounds");
        }
    }
}

fn descriptors() -> usize {
    std::fs::read_dir("/dev/fd").map_or(0, Iterator::count)
}

/// Memory of this process in bytes, and its children that ended and were not waited for; `None` where there is no `/proc`.
fn held() -> Option<(u64, usize)> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let memory = line.trim().trim_end_matches(" kB").parse::<u64>().ok()? * 1_024;
    let own = std::process::id().to_string();
    let is_zombie = |entry: std::fs::DirEntry| {
        let stat = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        // After the name, which may hold anything: state and parent.
        let mut words = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        (words.next(), words.next()) == (Some("Z"), Some(&own))
    };
    Some((
        memory,
        std::fs::read_dir("/proc")
            .ok()?
            .filter_map(Result::ok)
            .filter(|entry| entry.path().join("stat").exists())
            .map(is_zombie)
            .filter(|is| *is)
            .count(),
    ))
}

#[test]
#[ignore = "takes ten minutes"]
#[expect(clippy::print_stderr, reason = "the seed is what a failure is played again with")]
fn soak() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let length = Duration::from_secs(number("SOAK_SECONDS").unwrap_or(600));
    let seed = number("SOAK_SEED").unwrap_or_else(|| u64::from(std::process::id()));
    eprintln!("soak: seed {seed}, {length:?}");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let pool = Pool::start(backend(""), Limits { queue: 64, ..limits(4) });
        pool.handle.resize(Resize::Exactly { min: 1, max: 8, target: 4 }).await.unwrap();
        pool.whole(4).await;
        let (before, end) = (descriptors(), Instant::now() + length);
        let tally = Tally::default();
        let callers: Vec<_> =
            (0..CALLERS).map(|number| tokio::spawn(caller(pool.handle.clone(), number, seed, end, Arc::clone(&tally)))).collect();
        let warm = async {
            tokio::time::sleep(length / 5).await;
            held()
        };
        let (warm, callers) = tokio::join!(warm, futures_util::future::join_all(callers));
        for caller in callers {
            caller.unwrap();
        }
        pool.handle.resize(Resize::Target(4)).await.unwrap();
        let after = pool.whole(4).await;
        let tally = tally.lock().unwrap().clone();
        eprintln!("soak: {tally:?}\n{:?}", after.counters);
        assert!(tally.get("answered").is_some_and(|answered| *answered > 100), "{tally:?}");
        assert_eq!(after.counters.shed, after.shed_by.values().sum::<u64>());
        assert!(descriptors() <= before + 4, "file descriptors: {before} before, {} after", descriptors());
        if let (Some((before, _)), Some((now, zombies))) = (warm, held()) {
            eprintln!("soak: {before} bytes when warm, {now} at the end");
            assert_eq!(zombies, 0, "children that nobody waited for");
            assert!(now < before + (24 << 20), "memory: {before} bytes when warm, {now} at the end");
        }
        pool.handle.drain(Duration::from_secs(1)).await;
    });
}
