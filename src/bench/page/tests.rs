use quick_xml::{Reader, events::Event};

use super::*;
use crate::bench::{
    profile, report,
    search::{Found, Tried},
    sweep::{Step, Sweep},
    usl,
    watch::Point,
};

/// The names of all elements, once the page was found to be well formed; and the text in it.
fn elements(page: &str) -> (Vec<String>, String) {
    let mut reader = Reader::from_str(page);
    reader.config_mut().check_end_names = true;
    let (mut names, mut text, mut depth) = (Vec::new(), String::new(), 0_i32);
    loop {
        match reader.read_event().expect("well formed") {
            Event::Start(start) => {
                depth += 1;
                names.push(start.name().as_ref().to_owned());
            }
            Event::Empty(start) => names.push(start.name().as_ref().to_owned()),
            Event::End(_) => depth -= 1,
            Event::Text(part) => text.push_str(&part),
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(depth, 0);
    (names, text)
}

fn count(names: &[String], name: &str) -> usize {
    names.iter().filter(|known| *known == name).count()
}

#[test]
fn a_page_is_well_formed_and_has_its_charts() {
    let mut report = report::tests::example(&["p95<500ms"], false);
    let mut second = Point::default();
    (second.time_ms, second.live) = (1_000, 2);
    report.track = vec![Point::default(), second];
    let tried = Tried { rate_per_s: 50.0, held: true, p95_us: Some(1_000), achieved_per_s: 50.0 };
    report.find_max = Some(Found { rate_per_s: Some(50.0), broke_at_per_s: None, tried: vec![tried] });
    let steps: Vec<Step> = (1..=4).map(|workers| Step { workers, rate_per_s: 10.0 * f64::from(workers), p95_us: None }).collect();
    let points: Vec<(f64, f64)> = steps.iter().map(|step| (f64::from(step.workers), step.rate_per_s)).collect();
    report.sweep = Some(Sweep { steps, law: usl::fit(&points) });
    let page = page(&report).expect("a page");
    let (names, text) = elements(&page);
    assert_eq!((count(&names, "svg"), count(&names, "figure"), count(&names, "script")), (5, 5, 0));
    for id in ["spectrum", "timeline", "knee", "workers", "sweep"] {
        assert!(page.contains(&format!("<figure id=\"{id}\">")), "{id}");
    }
    for title in ["Percentile spectrum", "Latency over time", "Rate against latency", "Workers over time", "p99.9"] {
        assert!(text.contains(title), "{title}");
    }
    let addresses = page.matches("http").count() - page.matches("http://www.w3.org").count();
    assert_eq!(addresses, page.matches("http://127.0.0.1:4499").count(), "it needs nothing from elsewhere");
    assert!(page.contains("p95&lt;500ms"), "what is not ours is escaped");
}

#[test]
fn a_target_that_tells_nothing_has_no_chart_of_workers() {
    let page = page(&report::tests::example(&[], true)).expect("a page");
    assert_eq!(count(&elements(&page).0, "svg"), 3);
}

#[test]
fn a_profile_has_its_page() {
    let page = profile_page(&profile::tests::example()).expect("a page");
    let (names, text) = elements(&page);
    assert_eq!(count(&names, "svg"), 2);
    assert!(text.contains("Each call by phase") && text.contains("overhead"), "{text}");
}
