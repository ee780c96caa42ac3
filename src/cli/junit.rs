//! Checks and comparisons as `JUnit` XML, which build servers read.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::{
    baseline::{change, course},
    check::{finding, promise},
};
use crate::{
    contracts::{Outcome, Verdict},
    regression::{Course, Judgement},
};

/// Promises, a suite for each tool. What could not be measured is an error where it decides, else it is skipped.
///
/// # Errors
/// When it cannot be written.
pub fn check_junit(verdict: &Verdict, strict: bool) -> Result<String, String> {
    let mut report = Report::new("kmtop check");
    let mut suites: Vec<TestSuite> = Vec::new();
    for line in &verdict.lines {
        let words = finding(line);
        let status = match line.outcome {
            Outcome::Kept => TestCaseStatus::success(),
            Outcome::Broken => failed(NonSuccessKind::Failure, "broken", &words),
            Outcome::NotMeasured if strict || line.set => failed(NonSuccessKind::Error, "not_measured", &words),
            Outcome::NotMeasured => skipped(&words),
        };
        let mut case = TestCase::new(promise(line), status);
        case.set_classname(line.subject.as_str());
        if let Some(suite) = suites.iter_mut().find(|suite| suite.name.as_str() == line.subject) {
            suite.add_test_case(case);
        } else {
            let mut suite = TestSuite::new(line.subject.as_str());
            suite.add_test_case(case);
            suites.push(suite);
        }
    }
    report.add_test_suites(suites);
    report.to_string().map_err(|error| error.to_string())
}

/// Operations beside their baseline: slower beyond doubt is a failure, what is missing an error.
///
/// # Errors
/// When it cannot be written.
pub fn compare_junit(name: &str, judgement: &Judgement) -> Result<String, String> {
    let mut report = Report::new("kmtop baseline compare");
    let mut suite = TestSuite::new(name);
    for shown in &judgement.operations {
        let words = format!("{}: {}", course(shown), change(shown));
        let status = match shown.course {
            Course::Slower => failed(NonSuccessKind::Failure, "slower", &words),
            Course::PerhapsSlower => skipped(&words),
            Course::Alike | Course::Quicker => TestCaseStatus::success(),
        };
        let mut case = TestCase::new(shown.operation.as_str(), status);
        case.set_classname(name);
        suite.add_test_case(case);
    }
    for missing in &judgement.not_measured {
        let status =
            if missing.expected { failed(NonSuccessKind::Error, "not_measured", &missing.why) } else { skipped(&missing.why) };
        let mut case = TestCase::new(missing.operation.as_str(), status);
        case.set_classname(name);
        suite.add_test_case(case);
    }
    report.add_test_suite(suite);
    report.to_string().map_err(|error| error.to_string())
}

fn failed(kind: NonSuccessKind, word: &str, words: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(word).set_message(words);
    status
}

fn skipped(words: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(words);
    status
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        contracts::{Measured, Promises, check},
        regression::Unmeasured,
    };

    #[test]
    fn promises_are_cases_and_what_is_missing_is_no_success() {
        let promises = Promises::read("[[contract]]\ntool = \"a<b\"\np95_ms = 80\n[process]\nmemory_mb = 100\ncpu_percent = 50")
            .expect("sound");
        let measured = Measured { own_rss_bytes: Some(120_000_000), own_cpu_percent: Some(3.0), ..Measured::default() };
        let xml = check_junit(&check(&promises, &measured), false).expect("XML");
        for expected in [
            "tests=\"3\" skipped=\"0\" failures=\"1\" errors=\"1\"",
            "<testcase name=\"p95 at most 80.0 ms\" classname=\"a&lt;b\"",
            "<error message=\"it was not called\" type=\"not_measured\"",
            "<failure message=\"120 MB\" type=\"broken\"",
        ] {
            assert!(xml.contains(expected), "{expected}: {xml}");
        }
        let usual = check_junit(&check(&Promises::new(&[]), &Measured::default()), false).expect("XML");
        assert!(usual.contains("errors=\"0\"") && usual.matches("<skipped").count() == 2, "{usual}");
    }

    #[test]
    fn an_operation_that_is_missed_is_an_error() {
        let missing = |expected| Unmeasured { operation: "x".into(), why: "it was not called".into(), expected };
        let judgement = Judgement { operations: Vec::new(), not_measured: vec![missing(true), missing(false)] };
        let xml = compare_junit("main", &judgement).expect("XML");
        assert!(xml.contains("tests=\"2\"") && xml.contains("errors=\"1\"") && xml.contains("<skipped"), "{xml}");
    }
}
