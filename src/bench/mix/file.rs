//! A mix from a file.

use std::{fs, path::Path};

use serde::Deserialize;
use serde_json::Value;

use super::{Mix, Operation, Template};
use crate::bench::BenchError;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    operation: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: Option<String>,
    #[serde(default = "one")]
    weight: f64,
    tool: String,
    #[serde(default = "nothing")]
    arguments: Value,
}

fn one() -> f64 {
    1.0
}

fn nothing() -> Value {
    Value::Object(serde_json::Map::new())
}

/// Reads a mix: a TOML file of `[[operation]]` with `tool`, and if wanted `name`, `weight` and `arguments`.
///
/// # Errors
/// When it cannot be read or is none, with file and line.
pub fn read(path: &Path) -> Result<Mix, BenchError> {
    let wrong = |error: &dyn std::fmt::Display| BenchError::new(format!("{}: {error}", path.display()));
    let text = fs::read_to_string(path).map_err(|error| wrong(&error))?;
    let file: File = toml::from_str(&text).map_err(|error: toml::de::Error| {
        let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        BenchError::new(format!("{}:{line}: {}", path.display(), error.message()))
    })?;
    let operation = |entry: Entry| {
        let template = Template::new(&entry.tool, entry.arguments).map_err(|error| wrong(&error))?;
        Ok(Operation { name: entry.name.unwrap_or(entry.tool), weight: entry.weight, calls: vec![template] })
    };
    let operations = file.operation.into_iter().map(operation).collect::<Result<_, BenchError>>()?;
    Mix::new(operations).map_err(|error| wrong(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(text: &str) -> Result<Mix, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("mix.toml");
        fs::write(&path, text).expect("written");
        read(&path).map_err(|error| error.to_string())
    }

    #[test]
    fn a_file_says_what_to_call() {
        let mix = from(
            "[[operation]]\ntool = \"health_check\"\nweight = 3\n\n[[operation]]\nname = \"set\"\ntool = \"km_set_variable\"\n\
             arguments = { name = \"v {{counter:9}}\", value = \"{{text:1KiB}}\" }\n",
        )
        .expect("a mix");
        assert_eq!(mix.operations().iter().map(|operation| operation.name.as_str()).collect::<Vec<_>>(), ["health_check", "set"]);
        assert!((mix.share(0) - 0.75).abs() < 1e-9);
    }

    #[test]
    fn faults_are_told_with_their_place() {
        for (text, expected) in [
            ("[[operation]]\ntool = 3\n", "mix.toml:2: "),
            ("[[operation]]\ntool = \"a\"\nspeed = 1\n", "mix.toml:3: "),
            ("[[operation]]\ntool = \"a\"\narguments = { x = \"{{what}}\" }\n", "{{what}}"),
            ("operation = []\n", "nothing to call"),
        ] {
            let error = from(text).expect_err(text);
            assert!(error.contains(expected), "{error}");
        }
    }
}
