//! Calls per second over HTTP: kmtop beside a bare rmcp server and FastMCP, in one run, as ratios.
//!
//!     cargo bench --bench endpoint
//!     KMTOP_BENCH_PYTHON=path/to/python cargo bench --bench endpoint      # with FastMCP, which that Python must have
//!
//! Rounds are interleaved, so that a machine that is slower for a while is slower for all of them.

#![expect(clippy::print_stdout, reason = "a benchmark says what it found")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to say")]

mod bare;
mod load;
mod servers;

use std::time::Duration;

use self::{
    load::{Protocol, Sample},
    servers::Server,
};

/// How long one server is asked in a round.
const SPAN: Duration = Duration::from_millis(1_500);
/// How often each is asked.
const ROUNDS: usize = 5;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.iter().any(|argument| argument == "--bare") {
        return bare::serve();
    }
    let servers: Vec<Server> = [Some(Server::kmtop()), Some(Server::bare()), Server::fastmcp()].into_iter().flatten().collect();
    println!("| protocol | connections | server | calls/s | ratio to bare | p50 ms | p99 ms | p99 to bare |");
    println!("|---|---|---|---|---|---|---|---|");
    for protocol in [Protocol::Stateless, Protocol::Session] {
        for connections in [1, 8, 32] {
            compare(&servers, protocol, connections);
        }
    }
}

fn compare(servers: &[Server], protocol: Protocol, connections: usize) {
    let mut samples: Vec<Vec<Sample>> = servers.iter().map(|_| Vec::new()).collect();
    for server in servers {
        // Not counted: workers and caches warm up.
        load::run(server, protocol, connections, SPAN / 5);
    }
    for _ in 0..ROUNDS {
        for (server, samples) in servers.iter().zip(&mut samples) {
            samples.push(load::run(server, protocol, connections, SPAN));
        }
    }
    let middle = |samples: &[Sample], of: fn(&Sample) -> f64| {
        let mut values: Vec<f64> = samples.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    let bare = servers.iter().position(|server| server.name == "bare rmcp").unwrap();
    let calls_of_bare = middle(&samples[bare], |sample| sample.calls_per_s);
    let p99_of_bare = middle(&samples[bare], |sample| sample.p99_ms);
    for (server, samples) in servers.iter().zip(&samples) {
        let calls = middle(samples, |sample| sample.calls_per_s);
        let [p50, p99] = [middle(samples, |sample| sample.p50_ms), middle(samples, |sample| sample.p99_ms)];
        println!(
            "| {protocol:?} | {connections} | {} | {calls:.0} | {:.2} | {p50:.3} | {p99:.3} | {:.2} |",
            server.name,
            calls / calls_of_bare,
            p99 / p99_of_bare
        );
    }
}
