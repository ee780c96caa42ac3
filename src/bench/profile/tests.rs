use std::sync::Arc;

use super::*;
use crate::model::{Ending, Transport};

fn call(total_us: u64, worker: Option<(u64, u64, u64)>, ending: Ending) -> CallRecord {
    CallRecord {
        id: 1,
        time_ms: 1,
        tool: Arc::from("km_calculate"),
        client: Arc::from("kmtop call"),
        subject: None,
        transport: Transport::Control,
        worker: worker.map(|_| 1),
        queued_us: worker.map(|(queued, ..)| queued),
        ran_us: worker.map(|(_, ran, _)| ran),
        own_us: worker.map(|(.., own)| own),
        total_us,
        ending,
        code: ending.is_error().then(|| Arc::from("bad_expression")),
        token: None,
        trace: None,
    }
}

pub(in crate::bench) fn example() -> Profile {
    let calls: Vec<CallRecord> = (1..=20_u64)
        .map(|turn| {
            call(1_000 * turn, Some((100 * turn, 800 * turn, 700 * turn)), if turn == 20 { Ending::Failed } else { Ending::Ok })
        })
        .collect();
    let usage = |cpu, rss, read| Usage { cpu_ms: Some(cpu), rss_bytes: Some(rss), read_bytes: Some(read), written_bytes: None };
    let workers = Ends { before: usage(10.0, 1 << 20, 1_000), after: usage(50.0, 2 << 20, 3_000) };
    phases("km_calculate", &calls, (workers, Ends::default()), Environment::default())
}

#[test]
fn phases_costs_and_failures_are_told_apart() {
    let profile = example();
    assert_eq!((profile.calls, profile.failed, profile.errors.get("bad_expression")), (20, 1, Some(&1)));
    assert_eq!(profile.phases.keys().copied().collect::<Vec<_>>(), ["overhead", "own", "queue", "run", "total"]);
    // The total less the job's own work: 300 µs by turn.
    assert_eq!(profile.phases["overhead"].min_us, Some(300));
    assert_eq!(profile.worker_cpu_ms_per_call, Some(2.0));
    assert_eq!(
        (profile.read_bytes_per_call, profile.written_bytes_per_call, profile.server_cpu_ms_per_call),
        (Some(100.0), None, None)
    );
    let text = profile_text(&profile);
    assert!(text.contains("1 × bad_expression") && text.contains("2.000 ms") && text.contains("queue"), "{text}");
}

#[test]
fn a_tool_without_a_worker_has_no_phases_of_one() {
    let profile =
        phases("health_check", &[call(50, None, Ending::Ok)], (Ends::default(), Ends::default()), Environment::default());
    assert_eq!(profile.phases.keys().copied().collect::<Vec<_>>(), ["overhead", "total"]);
    let json = serde_json::to_value(&profile).expect("JSON");
    assert!(json["worker_cpu_ms_per_call"].is_null() && json["workers"]["before"]["rss_bytes"].is_null());
}
