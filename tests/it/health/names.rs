//! The names of metrics: one table, from which the page of the documentation is made, and which dashboard and alert rules keep to.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use kmtop::telemetry::{ALL, Definition, Kind};
use serde_json::{Value, json};

use crate::harness::{Server, block_on, http::Request, until};

const BEGIN: &str = "<!-- the table is made: BLESS=1 cargo test --test it -- health::names -->";
const END: &str = "<!-- the end of the table -->";

fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn table() -> String {
    let mut table =
        String::from("| in Prometheus | in OpenTelemetry | kind | unit | labels | what it tells |\n|---|---|---|---|---|---|\n");
    for definition in ALL {
        let kind = match definition.kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        let labels: Vec<String> = definition.prometheus_labels().map(|label| format!("`{label}`")).collect();
        let Definition { name, unit, about, .. } = definition;
        let (prometheus, labels) = (definition.prometheus(), labels.join(" "));
        let _ = writeln!(table, "| `{prometheus}` | `{name}` | {kind} | {} | {labels} | {about} |", unit.symbol());
    }
    table
}

/// `BLESS=1` writes it anew.
#[test]
fn the_table_of_the_documentation_is_fresh() {
    let path = file("docs/metrics.md");
    let text = fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(BEGIN).expect("the place of the table");
    let (_, after) = rest.split_once(END).expect("its end");
    let fresh = format!("{before}{BEGIN}\n{}{END}{after}", table());
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, &fresh).unwrap();
    }
    assert!(
        fs::read_to_string(&path).unwrap() == fresh,
        "docs/metrics.md is stale: BLESS=1 cargo test --test it -- health::names"
    );
}

/// Every name that a query may have: of samples, and of labels.
fn known() -> (BTreeSet<String>, BTreeSet<String>) {
    let samples = ALL.iter().flat_map(|definition| {
        let name = definition.prometheus();
        match definition.kind {
            Kind::Histogram => ["_bucket", "_sum", "_count"].map(|end| format!("{name}{end}")).to_vec(),
            Kind::Counter | Kind::Gauge => vec![name],
        }
    });
    (samples.collect(), ALL.iter().flat_map(|definition| definition.prometheus_labels()).collect())
}

/// What is wrong with the names of a query: words that look like metrics and are none, and one word at least has to be one.
fn faults(query: &str) -> Vec<String> {
    let (samples, labels) = known();
    let words: Vec<&str> = query.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').collect();
    let ours = |word: &&&str| ["kmtop_", "mcp_", "process_", "system_"].iter().any(|start| word.starts_with(start));
    let strange = words.iter().filter(ours).filter(|word| !samples.contains(**word) && !labels.contains(**word));
    let mut faults: Vec<String> = strange.map(|word| format!("{word} is no metric: {query}")).collect();
    if !words.iter().any(|word| samples.contains(*word) || *word == "up") {
        faults.push(format!("no metric at all: {query}"));
    }
    faults
}

#[test]
fn the_dashboard_names_metrics_that_there_are() {
    let dashboard: Value = serde_json::from_slice(&fs::read(file("assets/grafana.json")).unwrap()).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let queries: Vec<&str> = panels
        .iter()
        .flat_map(|panel| panel["targets"].as_array().into_iter().flatten())
        .map(|target| target["expr"].as_str().unwrap())
        .collect();
    assert!(queries.len() > 20, "{queries:?}");
    let faults: Vec<String> = queries.iter().flat_map(|query| faults(query)).collect();
    assert_eq!(faults, Vec::<String>::new());
    let ids: BTreeSet<u64> = panels.iter().map(|panel| panel["id"].as_u64().unwrap()).collect();
    assert_eq!(ids.len(), panels.len(), "each panel has a number of its own");
    for variable in dashboard["templating"]["list"].as_array().unwrap() {
        if let Some(query) = variable["definition"].as_str() {
            assert_eq!(self::faults(query), Vec::<String>::new());
        }
    }
}

#[test]
fn alert_rules_name_metrics_that_there_are() {
    let text = fs::read_to_string(file("assets/alerts.yml")).unwrap();
    // A rule's query begins behind `expr:` and ends with the next key of the rule.
    let rules: Vec<&str> = text.split("- alert: ").skip(1).collect();
    assert!(rules.len() > 8);
    for rule in rules {
        let query = rule.split_once("expr:").expect("a rule has a query").1;
        let query = query.split("\n        labels:").next().unwrap().split("\n        for:").next().unwrap();
        assert_eq!(faults(query), Vec::<String>::new());
        for key in ["labels: { severity: ", "summary: ", "description: "] {
            assert!(rule.contains(key), "{key} is missing: {rule}");
        }
    }
}

/// Told once it has happened, or while it does, and not before.
const WHEN_IT_HAPPENS: [&str; 3] = ["kmtop_pool_shed_total", "kmtop_pool_worker_recycled_total", "kmtop_tool_in_flight"];

/// The table may name what no server ever tells: so a server is asked.
#[test]
fn a_server_tells_what_dashboard_and_rules_ask_for() {
    let server = Server::start();
    server.home.pool_until("workers are up", |pool| pool["idle"] == 2);
    let (samples, _) = known();
    let asked = ["assets/grafana.json", "assets/alerts.yml"].map(|path| fs::read_to_string(file(path)).unwrap()).concat();
    let words = asked.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    // What the machine does not tell has no number, and that is as it should be.
    let wanted: BTreeSet<&str> =
        words.filter(|word| samples.contains(*word) && !word.starts_with("system_") && !word.starts_with("process_")).collect();
    assert!(wanted.len() > 20, "{wanted:?}");
    Request::call(&server, "km_run_macro", &json!({ "macro": "Greet" })).send();
    Request::call(&server, "km_run_macro", &json!({ "macro": "No Such Macro" })).send();
    let _session = block_on(server.client("one"));
    until("everything is on the page", || {
        let page = Request::get(&server, "/metrics").send().body;
        let told: BTreeSet<&str> =
            page.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split(['{', ' ']).next()).collect();
        let missing: Vec<&str> = wanted.iter().copied().filter(|name| !told.contains(name)).collect();
        if missing == WHEN_IT_HAPPENS { Ok(()) } else { Err(format!("{missing:?}")) }
    });
}

#[test]
fn a_wrong_name_would_be_found() {
    assert_eq!(faults("rate(kmtop_tool_calls_total[5m])"), Vec::<String>::new());
    assert_eq!(
        faults("kmtop_tool_calls"),
        ["kmtop_tool_calls is no metric: kmtop_tool_calls", "no metric at all: kmtop_tool_calls"]
    );
    assert_eq!(faults("sum by (mcp_method) (up)"), ["mcp_method is no metric: sum by (mcp_method) (up)"]);
    assert_eq!(faults("vector(1)").len(), 1);
}
