//! A settings file for the eyes of others.

use toml::{Table, Value};

use super::{key, keys, kind::Kind};

/// The settings with every text hidden that is not one of kmtop's own words or an address to listen on: paths, names, commands and
/// variables may be secrets or hold some. Numbers and switches stay, comments go.
///
/// # Errors
/// When the text is not TOML: then nobody can say what in it is a secret.
pub fn redacted(text: &str) -> Result<String, String> {
    let table: Table = text.parse().map_err(|_| "the settings are not TOML".to_owned())?;
    Ok(hide("", table).to_string())
}

fn hide(section: &str, table: Table) -> Table {
    let hidden = |(name, value): (String, Value)| {
        let value = match (value, keys::find(section, &name).map(|key| key.kind)) {
            (value, Some(Kind::Word(_) | Kind::Words(_) | Kind::Address)) => value,
            (Value::Table(inner), _) => Value::Table(hide(&key::path(section, &name), inner)),
            (value, _) => covered(value),
        };
        (name, value)
    };
    table.into_iter().map(hidden).collect()
}

fn covered(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(format!("({} characters)", text.chars().count())),
        Value::Array(items) => Value::Array(items.into_iter().map(covered).collect()),
        Value::Table(inner) => Value::Table(inner.into_iter().map(|(name, value)| (name, covered(value))).collect()),
        plain => plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_words_and_numbers_are_shown() {
        let text = "allow = [\"read\"] # secret-a\n[server]\nlisten = \"127.0.0.1:0\"\nallowed_hosts = [\"secret-b\"]\n\
                    [pool]\nmin = 3\n[backend]\nkind = \"command\"\ncommand = [\"secret-c\"]\n[strange]\nkey = \"secret-d\"\n\
                    [[tool]]\nname = \"x\"\nenvironment = { TOKEN = \"secret-e\" }\n";
        let shown = redacted(text).expect("TOML");
        assert!(!shown.contains("secret"), "{shown}");
        for kept in ["allow = [\"read\"]", "listen = \"127.0.0.1:0\"", "min = 3", "kind = \"command\"", "(8 characters)"] {
            assert!(shown.contains(kept), "{kept}: {shown}");
        }
        assert!(redacted("secret = \"a").is_err_and(|error| !error.contains("secret")));
    }
}
