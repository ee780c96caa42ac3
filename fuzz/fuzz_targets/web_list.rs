#![no_main]

#[path = "../targets.rs"]
#[allow(dead_code, reason = "the targets share one file, and each uses one function of it")]
mod targets;

libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::web_list(data));
