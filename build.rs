//! Says in one sentence where kmtop cannot be built, before a compiler says it in hundreds.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let family = std::env::var("CARGO_CFG_TARGET_FAMILY").unwrap_or_default();
    if let Some(complaint) = complaint(&family) {
        println!("cargo::error={complaint}");
    }
}

/// What is wrong with this family of systems, if it is not that of macOS and Linux.
pub(crate) fn complaint(family: &str) -> Option<&'static str> {
    let unix = family.split(',').any(|family| family == "unix");
    (!unix).then_some(
        "kmtop runs on macOS and Linux; on Windows, build and run it inside of WSL (https://learn.microsoft.com/windows/wsl)",
    )
}
