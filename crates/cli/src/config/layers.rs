//! Where each value comes from: flag over environment over file over default.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::settings::{Config, SETTINGS};
use crate::exit::{Exit, Failure};

/// The name of the file that is looked for, from the working folder upwards.
pub(crate) const FILE_NAME: &str = "apiwarden.toml";
/// The largest configuration that is read.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Default,
    File(PathBuf),
    Environment(String),
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Environment(name) => f.write_str(name),
            Self::Flag(flag) => f.write_str(flag),
        }
    }
}

/// A value that a flag gives.
#[derive(Clone, Debug)]
pub(crate) struct Override {
    /// `section.key`; one of [`SETTINGS`].
    pub(crate) key: &'static str,
    pub(crate) value: Value,
}

/// The configuration in force, and where each value comes from.
#[derive(Clone, Debug)]
pub(crate) struct Effective {
    pub(crate) config: Config,
    /// The file that was read.
    pub(crate) file: Option<PathBuf>,
    pub(crate) values: Vec<(&'static str, Value, Origin)>,
}

impl Effective {
    /// A failure of a setting, told by where the setting was given: a flag is a matter of usage.
    pub(crate) fn blame(&self, failure: Failure) -> Failure {
        let Some(misfit) = &failure.misfit else { return failure };
        let origin = self.values.iter().find(|(key, ..)| *key == misfit.key);
        let what = &misfit.what;
        match origin.map(|(_, _, origin)| origin) {
            Some(Origin::Flag(flag)) => Failure::new(Exit::Usage, format!("invalid {flag} {what}")),
            Some(Origin::Environment(name)) => {
                Failure::new(Exit::Config, format!("invalid {name} {what}"))
            }
            Some(Origin::File(path)) => {
                Failure::new(Exit::Config, format!("{}: {}", path.display(), failure.message))
            }
            Some(Origin::Default) | None => failure,
        }
    }
}

/// Puts the layers together. `file` is the one that was asked for, else `apiwarden.toml` is looked for
/// from `folder` upwards. `environment` are the process's variables.
pub(crate) fn load(
    file: Option<&Path>,
    folder: &Path,
    environment: &BTreeMap<String, String>,
    flags: &[Override],
) -> Result<Effective, Failure> {
    let mut merged: BTreeMap<&'static str, (Value, Origin)> = BTreeMap::new();
    let defaults = Table::try_from(Config::default()).expect("defaults are a table");
    merge(&mut merged, &defaults, &Origin::Default);
    let file = file.map(Path::to_path_buf).or_else(|| find(folder));
    if let Some(path) = &file {
        merge(&mut merged, &read(path)?, &Origin::File(path.clone()));
    }
    for setting in SETTINGS {
        let name = variable(setting.key);
        if let Some(text) = environment.get(&name) {
            let value = value_of(text);
            check(setting.key, &value).map_err(|rule| {
                Failure::new(Exit::Config, format!("invalid {name} {text:?}: {rule}"))
            })?;
            merged.insert(setting.key, (value, Origin::Environment(name)));
        }
    }
    for flag in flags {
        let setting = SETTINGS.iter().find(|setting| setting.key == flag.key);
        let name = setting.and_then(|setting| setting.flag).expect("a flag belongs to a setting");
        check(flag.key, &flag.value).map_err(|rule| {
            Failure::new(Exit::Usage, format!("invalid {name} {}: {rule}", flag.value))
        })?;
        merged.insert(flag.key, (flag.value.clone(), Origin::Flag(name)));
    }
    let config = deserialise(merged.iter().map(|(key, (value, _))| (*key, value)))
        .map_err(|rule| Failure::new(Exit::Config, rule))?;
    let values = SETTINGS
        .iter()
        .filter_map(|setting| {
            let (value, origin) = merged.remove(setting.key)?;
            Some((setting.key, value, origin))
        })
        .collect();
    Ok(Effective { config, file, values })
}

/// The environment variable of a key: `read.format` is `APIWARDEN_READ_FORMAT`.
pub(crate) fn variable(key: &str) -> String {
    format!("APIWARDEN_{}", key.replace('.', "_").to_uppercase())
}

fn find(folder: &Path) -> Option<PathBuf> {
    folder.ancestors().map(|folder| folder.join(FILE_NAME)).find(|file| file.is_file())
}

/// Reads a file and checks it as a whole, so that an error has its line and column.
fn read(path: &Path) -> Result<Table, Failure> {
    let fail = |exit, what: String| Failure::new(exit, format!("{}: {what}", path.display()));
    let size =
        std::fs::metadata(path).map_err(|error| fail(Exit::Config, error.to_string()))?.len();
    if size > MAX_FILE_BYTES {
        let rule = format!("{size} bytes: must be at most {MAX_FILE_BYTES}");
        return Err(fail(Exit::Config, rule));
    }
    let text =
        std::fs::read_to_string(path).map_err(|error| fail(Exit::Config, error.to_string()))?;
    let at = |error: toml::de::Error| {
        let start = error.span().map_or(0, |span| span.start).min(text.len());
        let line = text[..start].matches('\n').count() + 1;
        let column = start - text[..start].rfind('\n').map_or(0, |end| end + 1) + 1;
        let message = error.message().replace('\n', " ");
        Failure::new(Exit::Config, format!("{}:{line}:{column}: {message}", path.display()))
    };
    toml::from_str::<Config>(&text).map_err(at)?;
    toml::from_str::<Table>(&text).map_err(at)
}

fn merge(merged: &mut BTreeMap<&'static str, (Value, Origin)>, layer: &Table, origin: &Origin) {
    for setting in SETTINGS {
        let (section, key) = setting.key.split_once('.').expect("keys have a section");
        let value = layer.get(section).and_then(|section| section.get(key));
        if let Some(value) = value {
            merged.insert(setting.key, (value.clone(), origin.clone()));
        }
    }
}

/// A text of the environment as a value: TOML where it reads as such, else the text itself.
fn value_of(text: &str) -> Value {
    let document = format!("value = {text}");
    let parsed =
        toml::from_str::<Table>(&document).ok().and_then(|mut table| table.remove("value"));
    parsed.unwrap_or_else(|| Value::String(text.to_owned()))
}

/// Whether a single value fits its key.
fn check(key: &'static str, value: &Value) -> Result<(), String> {
    deserialise(std::iter::once((key, value))).map(|_| ())
}

fn deserialise<'a>(
    values: impl Iterator<Item = (&'static str, &'a Value)>,
) -> Result<Config, String> {
    let mut table = Table::new();
    for (path, value) in values {
        let (section, key) = path.split_once('.').expect("keys have a section");
        let section = table.entry(section).or_insert_with(|| Value::Table(Table::new()));
        if let Some(section) = section.as_table_mut() {
            section.insert(key.to_owned(), value.clone());
        }
    }
    table.try_into().map_err(|error: toml::de::Error| error.message().replace('\n', " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loaded(
        text: &str,
        environment: &[(&str, &str)],
        flags: &[Override],
    ) -> Result<Effective, Failure> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("conf.toml");
        std::fs::write(&file, text).expect("it can be written");
        let environment = environment.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
        load(Some(&file), folder.path(), &environment, flags)
    }

    #[test]
    fn flags_beat_the_environment_beats_the_file_beats_defaults() {
        let text = "[judge]\nbudget = '1/day'\nseed = 7\n[behaviour]\nidle_gap_secs = 60\n";
        let flag = Override { key: "judge.budget", value: "3/day".into() };
        let environment = [("APIWARDEN_JUDGE_BUDGET", "2/day"), ("APIWARDEN_JUDGE_SEED", "8")];
        let effective = loaded(text, &environment, &[flag]).unwrap();
        assert_eq!(effective.config.judge.budget, "3/day");
        assert_eq!(effective.config.judge.seed, 8);
        assert_eq!(effective.config.behaviour.idle_gap_secs, 60);
        assert_eq!(effective.config.read.format, "auto");
        let origin = |key| effective.values.iter().find(|(k, ..)| *k == key).unwrap().2.to_string();
        assert_eq!(origin("judge.budget"), "--budget");
        assert_eq!(origin("judge.seed"), "APIWARDEN_JUDGE_SEED");
        assert!(origin("behaviour.idle_gap_secs").ends_with("conf.toml"));
        assert_eq!(origin("read.format"), "default");
    }

    #[test]
    fn an_unknown_key_is_an_error_with_its_place() {
        let failure = loaded("[judge]\nbudget = '1/day'\nbudgte = 3\n", &[], &[]).unwrap_err();
        assert_eq!(failure.exit, Exit::Config);
        assert!(failure.message.contains(":3:1: unknown field `budgte`"), "{}", failure.message);
    }

    #[test]
    fn a_value_of_the_wrong_kind_names_where_it_came_from() {
        let failure = loaded("", &[("APIWARDEN_JUDGE_SEED", "many")], &[]).unwrap_err();
        assert!(
            failure.message.starts_with("invalid APIWARDEN_JUDGE_SEED \"many\""),
            "{}",
            failure.message
        );
        let failure = loaded("[judge]\nseed = 'x'\n", &[], &[]).unwrap_err();
        assert!(failure.message.contains(":2:8: "), "{}", failure.message);
    }

    #[test]
    fn a_list_in_the_environment_is_toml() {
        let variables = [("APIWARDEN_IDENTITY_TRUSTED_PROXIES", "['10.0.0.0/8', '::1']")];
        let effective = loaded("", &variables, &[]).unwrap();
        assert_eq!(effective.config.identity.trusted_proxies, ["10.0.0.0/8", "::1"]);
    }
}
