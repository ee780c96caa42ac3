//! Which machine this is.

use sysinfo::System;

/// The machine's name, or `unknown`.
#[must_use]
pub fn host() -> String {
    System::host_name().ok().filter(|name| !name.is_empty()).unwrap_or_else(|| "unknown".to_owned())
}

/// Operating system, its version as far as people say it, and processor: `Linux 6.1 x86_64`, `macOS 15.2 aarch64`.
#[must_use]
pub fn system() -> String {
    let (name, version) = if cfg!(target_os = "macos") {
        ("macOS".to_owned(), System::os_version().ok())
    } else if cfg!(target_os = "linux") {
        ("Linux".to_owned(), System::kernel_version().ok())
    } else {
        (std::env::consts::OS.to_owned(), System::kernel_version().ok())
    };
    let words = [Some(name), version.as_deref().map(short), Some(std::env::consts::ARCH.to_owned())];
    words.into_iter().flatten().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The first two numbers of a version.
fn short(version: &str) -> String {
    let numbers = version.split(|character: char| !character.is_ascii_digit()).take(2);
    numbers.take_while(|number| !number.is_empty()).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn a_version_is_cut_to_two_numbers() {
        assert_eq!(short("6.1.0-26-amd64"), "6.1");
        assert_eq!(short("15.2"), "15.2");
        assert_eq!(short("24-generic"), "24");
        assert_eq!(short("rolling"), "");
    }
}
