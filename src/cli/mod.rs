//! The command line: what was asked for, and plain answers on stdout.

mod access;
mod arguments;
mod baseline;
mod bench;
mod check;
mod doctor;
mod install;
mod junit;
mod macros;
mod manual;
mod print;
mod report;
mod screens;
mod simulate;
mod when;

pub use access::{Approve, NewToken, TokenCommand, held_text, token_table};
pub use arguments::{Arguments, Command, Export, ExportFormat, ExportTable, MacrosCommand, Replay};
pub use baseline::{BaselineCommand, CompareBaseline, SaveBaseline, baseline_list, baseline_whole, compare_table};
pub use bench::{Bench, BenchClient, Profile};
pub use check::{Check, check_table};
pub use doctor::{Diagnosis, Examination, Health};
pub use install::{Bundle, ClientChoice, Connect, Generate, Init, ManagerChoice, Service, ServiceCommand};
pub use junit::{check_junit, compare_junit};
pub use macros::{lint_text, macro_list, macro_whole};
pub use manual::{completions, manual};
pub use print::{frame_json, frame_text, line, value};
pub use report::{Report, ReportFormat};
pub use screens::{Screen, Themes};
pub use simulate::{Choices, LaneChoice, Simulate, decision_lines, outcome_table};
pub use when::point_in_time;
