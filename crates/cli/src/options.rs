//! Options that several commands share: which logs, how to read them, how to judge.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use toml::Value;
use train::site::SiteBundle;

use crate::config::Override;
use crate::exit::Failure;
use crate::outputs;

/// When colours are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    Auto,
    Always,
    Never,
}

/// Which logs, and how to read them: the same for every command that reads logs.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct LogArgs {
    /// Log files, globs, or - for standard input; .gz and .zst are decompressed, rows of Parquet
    /// files are read as JSON lines.
    #[arg(required = true, value_name = "LOG")]
    pub(crate) logs: Vec<String>,

    #[command(flatten)]
    pub(crate) reading: ReadingArgs,

    /// Write the lines that could not be read to this file, with place and reason.
    #[arg(long, value_name = "FILE")]
    pub(crate) rejects: Option<PathBuf>,
}

impl LogArgs {
    /// Refuses to write the rejects, or another output, over a log.
    pub(crate) fn keep_apart<'a>(
        &'a self,
        outputs: impl IntoIterator<Item = &'a Path>,
    ) -> Result<(), Failure> {
        let inputs = outputs::files_of(&self.logs);
        let outputs = self.rejects.as_deref().into_iter().chain(outputs);
        outputs::keep_apart(inputs.iter().map(PathBuf::as_path), outputs)
    }
}

/// How to read lines.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct ReadingArgs {
    /// The format: auto, a name, or a log_format/LogFormat string verbatim.
    #[arg(short, long, value_name = "FORMAT")]
    format: Option<String>,

    /// The zone of times that carry none, such as Europe/Berlin or +02:00; of some logs as
    /// 'GLOB=ZONE'. May be given several times.
    #[arg(long, value_name = "ZONE", allow_hyphen_values = true)]
    tz: Vec<String>,

    /// The share of lines that may be unreadable before the run fails, such as 5%.
    #[arg(long, value_name = "SHARE")]
    max_rejects: Option<String>,

    /// How many seconds late a line may come and still be put in order.
    #[arg(long, value_name = "SECONDS")]
    lateness: Option<u32>,

    /// An address or network of your own proxies; may be given several times.
    #[arg(long = "trusted-proxy", value_name = "ADDRESS")]
    trusted_proxies: Vec<String>,

    /// A folder of lists: datacenter, VPN, Tor and crawler ranges, MaxMind databases.
    #[arg(long, value_name = "DIR")]
    lists: Option<String>,

    /// An OpenAPI 3 description whose paths are the endpoints.
    #[arg(long, value_name = "FILE")]
    openapi: Option<String>,

    /// After how many idle seconds a session ends.
    #[arg(long, value_name = "SECONDS")]
    idle_gap: Option<u32>,
}

impl ReadingArgs {
    /// The zone of all logs, and those of some; both set aside what is in the file.
    fn zones(&self) -> (Option<&str>, Option<toml::Table>) {
        let (mut zone, mut zones) = (None, toml::Table::new());
        for given in &self.tz {
            match given.rsplit_once('=') {
                Some((glob, of_glob)) => drop(zones.insert(glob.to_owned(), of_glob.into())),
                None => zone = Some(given.as_str()),
            }
        }
        (zone, (!self.tz.is_empty()).then_some(zones))
    }

    /// The settings that were given.
    pub(crate) fn overrides(&self) -> Vec<Override> {
        let proxies = self.trusted_proxies.iter().map(|proxy| Value::from(proxy.as_str()));
        let proxies = (!self.trusted_proxies.is_empty()).then(|| Value::Array(proxies.collect()));
        let (zone, zones) = self.zones();
        let aside = self.format.as_ref().map(|_| Value::Table(toml::Table::new()));
        collect([
            ("read.format", self.format.clone().map(Value::from)),
            ("read.formats", aside),
            ("read.timezone", zone.map(Value::from)),
            ("read.timezones", zones.map(Value::Table)),
            ("read.max_rejects", self.max_rejects.clone().map(Value::from)),
            ("read.lateness_secs", self.lateness.map(Value::from)),
            ("identity.trusted_proxies", proxies),
            ("identity.lists", self.lists.clone().map(Value::from)),
            ("endpoints.openapi", self.openapi.clone().map(Value::from)),
            ("behaviour.idle_gap_secs", self.idle_gap.map(Value::from)),
        ])
    }
}

/// How to judge.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct JudgeArgs {
    /// How many false alarms you are ready to look at: 5/day, or a share such as 0.1%.
    #[arg(long, value_name = "BUDGET")]
    budget: Option<String>,

    /// The seed of every random choice.
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u32>,

    /// Judge by what apiwarden train has learned, instead of learning from the log itself. The
    /// budget is the bundle's.
    #[arg(long, value_name = "BUNDLE", conflicts_with_all = ["budget", "seed"])]
    model: Option<PathBuf>,
}

impl JudgeArgs {
    /// What was learned before, where it was named.
    pub(crate) fn model(&self) -> Result<Option<SiteBundle>, Failure> {
        Ok(self.model.as_deref().map(SiteBundle::load).transpose()?)
    }

    /// The settings that were given.
    pub(crate) fn overrides(&self) -> Vec<Override> {
        collect([
            ("judge.budget", self.budget.clone().map(Value::from)),
            ("judge.seed", self.seed.map(Value::from)),
        ])
    }
}

/// The flags that were given, as settings.
pub(crate) fn collect<const N: usize>(given: [(&'static str, Option<Value>); N]) -> Vec<Override> {
    let given = given.into_iter();
    given.filter_map(|(key, value)| Some(Override { key, value: value? })).collect()
}
