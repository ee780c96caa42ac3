//! Calls per second over HTTP and over pipes: kmtop beside a bare rmcp server and FastMCP, in one run, as ratios.
//!
//!     cargo bench --bench endpoint
//!     KMTOP_BENCH_PYTHON=path/to/python cargo bench --bench endpoint      # with FastMCP, which that Python must have
//!
//! Rounds are interleaved, so that a machine that is slower for a while is slower for all of them.

#![expect(clippy::print_stdout, reason = "a benchmark says what it found")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to say")]

mod bare;
mod load;
#[cfg(target_os = "linux")]
mod pipes;
mod servers;

use std::time::Duration;

use serde_json::json;

use self::{
    load::{Protocol, Question, Sample},
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
    #[cfg(target_os = "linux")]
    if arguments.iter().any(|argument| argument == "--bare-pipes") {
        return bare::serve_pipes();
    }
    let servers: Vec<Server> = [Some(Server::bare()), Some(Server::kmtop()), Server::fastmcp()].into_iter().flatten().collect();
    let health = Question::health();
    for protocol in [Protocol::Stateless, Protocol::Session] {
        for connections in [1, 8, 32] {
            let asks = servers.iter().map(|server| ask(server, server.name, (protocol, &health), connections)).collect();
            compare(&format!("health_check over HTTP, {protocol:?}, {connections} connections"), asks);
        }
    }
    let kmtop = &servers[1];
    let set = Question { tool: "km_set_variable", arguments: json!({ "name": "Bench", "value": "a value of usual length" }) };
    let get = Question { tool: "km_get_variable", arguments: json!({ "name": "Bench" }) };
    for connections in [1, 8] {
        let questions = [&health, &set, &get];
        let asks = questions.map(|question| ask(kmtop, question.tool, (Protocol::Stateless, question), connections));
        compare(&format!("kmtop's tools over HTTP, {connections} connections"), asks.into());
    }
    #[cfg(target_os = "linux")]
    over_pipes(kmtop);
}

#[cfg(target_os = "linux")]
fn over_pipes(running: &Server) {
    use pipes::Piped;
    let home = tempfile::tempdir().unwrap();
    let running = running.home.as_ref().unwrap().path();
    let mut servers = [Piped::bare(), Piped::standalone(home.path()), Piped::bridged(running)];
    for depth in [1, 8, 32] {
        let asks = servers.iter_mut().map(|server| {
            let ask: Ask<'_> = (server.name, Box::new(move |span| server.run(depth, span)));
            ask
        });
        compare(&format!("health_check over stdio, {depth} calls under way"), asks.collect());
    }
}

/// Who is asked, and the asking for a while.
type Ask<'a> = (&'static str, Box<dyn FnMut(Duration) -> Sample + 'a>);

fn ask<'a>(server: &'a Server, name: &'static str, what: (Protocol, &'a Question), connections: usize) -> Ask<'a> {
    (name, Box::new(move |span| load::run(server, what, connections, span)))
}

/// Asks all in turns and prints the medians of the rounds, each beside the first's.
fn compare(title: &str, mut asks: Vec<Ask<'_>>) {
    for (_, ask) in &mut asks {
        // Not counted: workers and caches warm up.
        ask(SPAN / 5);
    }
    let mut samples: Vec<Vec<Sample>> = asks.iter().map(|_| Vec::new()).collect();
    for _ in 0..ROUNDS {
        for ((_, ask), samples) in asks.iter_mut().zip(&mut samples) {
            samples.push(ask(SPAN));
        }
    }
    let middle = |samples: &[Sample], of: fn(&Sample) -> f64| {
        let mut values: Vec<f64> = samples.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    let [calls_of_first, p99_of_first] = [middle(&samples[0], |it| it.calls_per_s), middle(&samples[0], |it| it.p99_ms)];
    println!("\n{title}\n\n| | calls/s | ratio | p50 ms | p99 ms | p99 ratio |\n|---|---|---|---|---|---|");
    for ((name, _), samples) in asks.iter().zip(&samples) {
        let calls = middle(samples, |sample| sample.calls_per_s);
        let [p50, p99] = [middle(samples, |sample| sample.p50_ms), middle(samples, |sample| sample.p99_ms)];
        let ratio = calls / calls_of_first;
        println!("| {name} | {calls:.0} | {ratio:.2} | {p50:.3} | {p99:.3} | {:.2} |", p99 / p99_of_first);
    }
}
