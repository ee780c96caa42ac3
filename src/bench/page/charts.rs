//! Which charts a page has.

use crate::{
    bench::{Compared, profile::Profile, report::Report},
    page::{Axis, Chart, Figure, PageError, Series},
    util::{numbers, units},
};

/// Microseconds as a span; a chart's numbers are never negative.
fn span(micros: f64) -> String {
    units::span(numbers::nearest(micros))
}

fn number(value: f64) -> String {
    format!("{value:.0}")
}

/// `1 / (1 − q)` as the percentile q.
fn percentile(reach: f64) -> String {
    let percent = (1.0 - 1.0 / reach.max(1.0)) * 100.0;
    let text = format!("{percent:.6}");
    format!("p{}", text.trim_end_matches('0').trim_end_matches('.'))
}

pub(super) fn of_report(report: &Report) -> Result<Vec<Figure>, PageError> {
    let mut figures = vec![spectrum(report)?, band(report)?, knee(report)?];
    if !report.track.is_empty() {
        figures.push(workers(report)?);
    }
    if let Some(compared) = &report.compare {
        figures.push(blocks(compared)?);
    }
    if let Some(sweep) = &report.sweep {
        let at = |workers: u16| f64::from(workers);
        let measured = Series::dots("measured", sweep.steps.iter().map(|step| (at(step.workers), step.rate_per_s)));
        let mut series = vec![measured];
        if let Some(law) = sweep.law {
            series.push(Series::line(
                "universal scalability law",
                sweep.steps.iter().map(|step| (at(step.workers), law.at(at(step.workers)))),
            ));
        }
        let chart = Chart {
            title: "Throughput by workers",
            x: Axis::plain("workers", number),
            y: Axis::plain("calls per second", number),
            band: false,
            series,
        };
        figures.push(Figure::new("sweep", &chart, "Each number of workers with more clients than workers.")?);
    }
    Ok(figures)
}

fn blocks(compared: &Compared) -> Result<Figure, PageError> {
    let of = |arm: &'static str| {
        let blocks = compared.blocks.iter().enumerate().filter(move |(_, block)| block.arm == arm);
        blocks.map(|(place, block)| ((place + 1) as f64, block.mean_us / 1_000.0))
    };
    let chart = Chart {
        title: "Blocks that took turns",
        x: Axis::plain("block", number),
        y: Axis::plain("mean time of a call (geometric), ms", |value| format!("{value:.2}")),
        band: false,
        series: vec![Series::dots("without", of("a")), Series::dots("with", of("b"))],
    };
    Figure::new("blocks", &chart, format!("{}: {}", compared.decision.replace('_', " "), compared.reason))
}

fn spectrum(report: &Report) -> Result<Figure, PageError> {
    let points = |of: fn(&crate::bench::report::Spectral) -> u64| {
        report.spectrum.iter().map(move |point| (1.0 / (1.0 - point.quantile), of(point) as f64))
    };
    let names = if report.r#loop == "closed" { ["corrected", "raw"] } else { ["from the planned time", "from the sending"] };
    let chart = Chart {
        title: "Percentile spectrum",
        x: Axis::logarithmic("share of calls, 1 / (1 − q)", percentile),
        y: Axis::logarithmic("latency", span),
        band: false,
        series: vec![
            Series::line(names[0], points(|point| point.latency_us)),
            Series::line(names[1], points(|point| point.service_us)),
        ],
    };
    Figure::new(
        "spectrum",
        &chart,
        "How long the slowest calls took: each step to the right is a tenth of the calls of the step before.",
    )
}

fn band(report: &Report) -> Result<Figure, PageError> {
    let points = |of: fn(&crate::bench::tally::Second) -> Option<u32>| {
        report.timeline.iter().filter_map(move |second| Some((second.second as f64, f64::from(of(second)?))))
    };
    let chart = Chart {
        title: "Latency over time",
        x: Axis::plain("seconds since the beginning", number),
        y: Axis::logarithmic("latency", span),
        band: true,
        series: vec![
            Series::line("p50", points(|second| second.p50_us)),
            Series::line("p99", points(|second| second.p99_us)),
            Series::line("p95", points(|second| second.p95_us)),
            Series::line("max", points(|second| second.max_us)),
        ],
    };
    Figure::new("timeline", &chart, "Calls by the second they were planned for; the band reaches from p50 to p99.")
}

fn knee(report: &Report) -> Result<Figure, PageError> {
    let seconds = report.timeline.iter().filter_map(|second| Some((f64::from(second.done), f64::from(second.p95_us?))));
    let mut series = vec![Series::dots("one second", seconds)];
    if let Some(found) = &report.find_max {
        let mut tried: Vec<(f64, f64)> =
            found.tried.iter().filter_map(|tried| Some((tried.rate_per_s, tried.p95_us? as f64))).collect();
        tried.sort_by(|one, other| one.0.total_cmp(&other.0));
        series.push(Series::line("rates that were tried", tried.into_iter()));
    }
    let chart = Chart {
        title: "Rate against latency",
        x: Axis::plain("calls answered per second", number),
        y: Axis::logarithmic("p95", span),
        band: false,
        series,
    };
    Figure::new("knee", &chart, "Where latency begins to rise with the rate, the target is at its limit.")
}

fn workers(report: &Report) -> Result<Figure, PageError> {
    let begin = report.track.first().map_or(0, |point| point.time_ms);
    let points = |of: fn(&crate::bench::watch::Point) -> f64| {
        report.track.iter().map(move |point| (point.time_ms.saturating_sub(begin) as f64 / 1_000.0, of(point)))
    };
    let chart = Chart {
        title: "Workers over time",
        x: Axis::plain("seconds since the beginning", number),
        y: Axis::plain("workers, calls", number),
        band: false,
        series: vec![
            Series::line("live workers", points(|point| f64::from(point.live))),
            Series::line("busy workers", points(|point| f64::from(point.busy))),
            Series::line("calls waiting", points(|point| f64::from(point.queued))),
        ],
    };
    Figure::new("workers", &chart, "As the target told each second.")
}

pub(super) fn of_profile(profile: &Profile) -> Result<Vec<Figure>, PageError> {
    let phase = |name: &'static str| {
        profile.series.get(name).map(|values| {
            Series::line(name, values.iter().enumerate().map(|(at, value)| ((at + 1) as f64, (*value).max(1) as f64)))
        })
    };
    let names = ["queue", "run", "own", "overhead", "total"];
    let calls = Chart {
        title: "Each call by phase",
        x: Axis::plain("call", number),
        y: Axis::logarithmic("time", span),
        band: false,
        series: names.iter().filter_map(|name| phase(name)).collect(),
    };
    let sorted = |name: &'static str| {
        let mut values = profile.series.get(name)?.clone();
        values.sort_unstable();
        let count = values.len() as f64;
        let points = values.into_iter().enumerate().map(move |(at, value)| (count / (count - at as f64), value.max(1) as f64));
        Some(Series::line(name, points))
    };
    let spectrum = Chart {
        title: "Percentile spectrum by phase",
        x: Axis::logarithmic("share of calls, 1 / (1 − q)", percentile),
        y: Axis::logarithmic("time", span),
        band: false,
        series: names.iter().filter_map(|name| sorted(name)).collect(),
    };
    Ok(vec![
        Figure::new("calls", &calls, "In the order in which they ended.")?,
        Figure::new("spectrum", &spectrum, "How long the slowest calls took, phase by phase.")?,
    ])
}
