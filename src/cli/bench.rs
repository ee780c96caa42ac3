//! The command line of load tests.

use std::{ffi::OsString, path::PathBuf};

use clap::{Args, ValueEnum};

/// What to call, how, and what must hold.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[command(
    after_help = "Scenarios: quick (10 s), standard (25 clients, 60 s), stress (100 clients, 300 s), endurance (1 h), mixed, \
                        large-values, burst.\n\nExit codes: 0 all objectives held, 1 one did not or calls were dropped, 2 nothing could be \
                        measured."
)]
pub struct Bench {
    /// A scenario, a target, or both; without a target a server of its own, in a temporary home
    #[arg(value_name = "SCENARIO|URL", num_args = 0..=2)]
    pub what: Vec<String>,

    /// The scenario, which the flags below may change
    #[arg(long, value_name = "NAME")]
    pub scenario: Option<String>,

    /// The target's bearer token
    #[arg(long, env = "KMTOP_TOKEN", hide_env_values = true, conflicts_with = "token_file")]
    pub token: Option<String>,

    /// A file with the target's bearer token
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,

    /// Calls per second, by plan, for example 50/s
    #[arg(long, value_name = "RATE", conflicts_with_all = ["clients", "stages", "replay"])]
    pub rate: Option<String>,

    /// Equal gaps between calls instead of random (Poisson) ones
    #[arg(long)]
    pub constant: bool,

    /// Stages of an open loop, for example 10/s:30s,50/s:60s
    #[arg(long, value_name = "STAGES", conflicts_with_all = ["clients", "replay", "duration"])]
    pub stages: Option<String>,

    /// A closed loop of so many clients: service time, not what users see
    #[arg(long, value_name = "N", conflicts_with = "replay", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub clients: Option<u32>,

    /// How long, without warming up
    #[arg(long, value_name = "SPAN")]
    pub duration: Option<String>,

    /// How long warming up may take; it ends when three seconds in a row are alike
    #[arg(long, value_name = "SPAN", default_value = "5s")]
    pub warm_up: String,

    /// How long the target is watched afterwards
    #[arg(long, value_name = "SPAN", default_value = "6s")]
    pub settle: String,

    /// How long clients think between calls, for example 1s..3s
    #[arg(long, value_name = "SPAN")]
    pub think: Option<String>,

    /// What random numbers begin from
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,

    /// Most calls under way in an open loop; past it planned calls are dropped and counted
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub in_flight: u32,

    /// How long an answer may take
    #[arg(long, value_name = "SPAN", default_value = "30s")]
    pub timeout: String,

    /// Ready operations by weight: health, variables, macros, list, calculate, tokens, waiting
    #[arg(long, value_name = "NAME=WEIGHT,…")]
    pub mix: Option<String>,

    /// A tool to call, as TOOL, TOOL@WEIGHT, TOOL=JSON or TOOL@WEIGHT=JSON; its arguments may hold {{counter}}, {{random:1..9}}, {{text:4KiB}}
    #[arg(long, value_name = "CALL", conflicts_with_all = ["mix", "mix_file"])]
    pub call: Vec<String>,

    /// A TOML file with operations
    #[arg(long, value_name = "FILE", conflicts_with = "mix")]
    pub mix_file: Option<PathBuf>,

    /// Search the highest rate that keeps the objectives, to 5 %
    #[arg(long, conflicts_with_all = ["clients", "stages", "replay", "sweep"])]
    pub find_max: bool,

    /// Throughput by workers of a server of its own, for example workers=1..16
    #[arg(long, value_name = "RANGE", conflicts_with_all = ["rate", "stages", "replay"])]
    pub sweep: Option<String>,

    /// Two servers of its own that take turns, block by block, one of them with these settings: which is quicker, and how sure that is
    #[arg(long, value_name = "CONFIG", conflicts_with_all = ["sweep", "find_max", "replay", "slo", "command"])]
    pub compare: Option<PathBuf>,

    /// Recorded arrivals: a recording, or `history` for this home's
    #[arg(long, value_name = "FILE")]
    pub replay: Option<PathBuf>,

    /// With --replay: how many times as fast
    #[arg(long, value_name = "FACTOR", requires = "replay", default_value_t = 1.0)]
    pub speed: f64,

    /// With --replay: from when on, a time or a span like 1h, which is so long ago
    #[arg(long, value_name = "TIME", requires = "replay")]
    pub since: Option<String>,

    /// With --replay: until when
    #[arg(long, value_name = "TIME", requires = "replay")]
    pub until: Option<String>,

    /// What must hold, for example 'p95<500ms' 'error<1%'
    #[arg(long, value_name = "OBJECTIVE", num_args = 1..)]
    pub slo: Vec<String>,

    /// End as soon as an objective does not hold
    #[arg(long, requires = "slo")]
    pub abort_on_fail: bool,

    /// With --abort-on-fail: but not before
    #[arg(long, value_name = "SPAN", default_value = "10s")]
    pub delay: String,

    /// Which client makes the calls
    #[arg(long, value_enum, default_value_t = BenchClient::Auto)]
    pub client: BenchClient,

    /// Sessions that share the calls of an open loop
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub sessions: u32,

    /// Workers of a server of its own
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512))]
    pub workers: Option<u16>,

    /// The result as JSON on stdout
    #[arg(long)]
    pub json: bool,

    /// The result as a page with charts
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,

    /// The histograms as an HDR histogram log (V2)
    #[arg(long, value_name = "FILE")]
    pub hdr: Option<PathBuf>,

    /// A program that speaks MCP on stdin and stdout, with its arguments
    #[arg(last = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
}

/// Which client makes the calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum BenchClient {
    /// rmcp's, unless its own cost would be measured
    Auto,
    /// rmcp's, all that a client does
    Rmcp,
    /// No more than a call needs
    Raw,
}

/// Which operation to look at, and how often.
#[derive(Debug, Args)]
pub struct Profile {
    /// The tool's name
    pub tool: String,
    /// Its arguments: a JSON object
    #[arg(default_value = "{}")]
    pub arguments: String,
    /// Calls that count
    #[arg(short, long = "calls", value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub number: u32,
    /// Calls before them that do not
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub warm_up: u32,
    /// The result as JSON on stdout
    #[arg(long)]
    pub json: bool,
    /// The result as a page with charts
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
}
