//! A flood from one token, and everybody else.

use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
};

use serde_json::json;

use super::{call, make, once, value};
use crate::harness::Server;

/// Calls of the flood, from so many connections at a time.
const FLOOD: usize = 1_000;
const AT_ONCE: usize = 8;
/// Calls of everybody else meanwhile, at the least.
const OTHERS: usize = 50;
/// What the flood's token may do at once.
const BURST: u32 = 20;

/// R1: what is over the rate is refused at once and with numbers, takes no worker and no place in the queue, and no call of another
/// client is refused or lost. How long the others' calls take is measured by `tests/clients/flood.sh`: counts are the same on every machine.
#[test]
fn r1_a_flood_from_one_token_is_refused_and_nobody_else_is() {
    let server = Server::start();
    let burst = BURST.to_string();
    let ci = make(&server.home, "ci", &["--rate", "1/h", "--burst", &burst]);
    let flood = call(&server, &ci, "km_calculate", &json!({ "expression": "1 + 1" }));
    let other = call(&server, &server.token(), "km_calculate", &json!({ "expression": "2 + 2" }));
    let (sent, ok, over) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicBool::new(false));
    let mut others = 0;
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while sent.fetch_add(1, Ordering::Relaxed) < FLOOD {
                    let answer = flood.send();
                    let numbers = ["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"].map(|name| answer.header(name));
                    assert!(
                        numbers.iter().all(|number| number.is_some_and(|number| number.parse::<u64>().is_ok())),
                        "{answer:?}"
                    );
                    if answer.status == 429 {
                        let data = answer.json()["error"]["data"].clone();
                        assert_eq!((&data["code"], &data["remaining"]), (&json!("rate_limited"), &json!(0)), "{answer:?}");
                        assert!(answer.header("retry-after").is_some(), "{answer:?}");
                        continue;
                    }
                    let result = answer.json()["result"].clone();
                    let content = &result["structuredContent"];
                    if result["isError"] == true {
                        assert_eq!(content["error"]["code"], "rate_limited", "{answer:?}");
                        assert_eq!((&content["limit"], &content["remaining"]), (&json!(BURST), &json!(0)), "{answer:?}");
                        assert!(content["reset"].is_u64() && content["retry_ms"].is_u64(), "{answer:?}");
                    } else {
                        ok.fetch_add(1, Ordering::Relaxed);
                    }
                }
                over.store(true, Ordering::Relaxed);
            });
        }
        while !over.load(Ordering::Relaxed) || others < OTHERS {
            assert_eq!(value(&other.send())["result"], "4", "call {others} of another client");
            others += 1;
        }
    });
    // An hour's rate may have given one more meanwhile, on a very slow machine.
    let ok = ok.load(Ordering::Relaxed);
    assert!((20..=22).contains(&ok), "{ok} of {BURST}");
    let pool = server.home.pool_until("nothing waits", |pool| pool["queued"] == 0 && pool["busy"] == 0);
    assert_eq!(pool["counters"]["shed"], 0, "{pool:#}");
    // The first job of each worker is nobody's call, and is not counted.
    assert_eq!(pool["counters"]["served"].as_u64(), Some((ok + others) as u64), "what was refused took no worker: {pool:#}");
    let counts = once(&server)["security"]["counts"].clone();
    assert_eq!(counts["rate_limited"].as_u64(), Some((FLOOD - ok) as u64), "{counts:#}");
}
