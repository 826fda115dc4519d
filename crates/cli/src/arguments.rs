//! What can be typed.

use std::path::PathBuf;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::commands;
use crate::config::Override;
use crate::exit::Exit;
use crate::options::Colour;

/// Reads API access logs and says who behaves like an attacker, why, and how sure it is.
#[derive(Debug, Parser)]
#[command(name = "apiwarden", version, about, after_help = exit_codes(), max_term_width = 100)]
#[command(propagate_version = true, disable_help_subcommand = true, arg_required_else_help = true)]
pub(crate) struct Arguments {
    /// Read this configuration instead of the next apiwarden.toml upwards.
    #[arg(short, long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// When to use colours. NO_COLOR turns them off too.
    #[arg(long, global = true, value_enum, default_value_t = Colour::Auto, value_name = "WHEN")]
    pub(crate) color: Colour,

    /// Say nothing but results and errors.
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What was typed, or what to tell about it.
pub(crate) fn parse() -> Result<Arguments, clap::Error> {
    Arguments::from_arg_matches(&taking_negatives(Arguments::command()).try_get_matches()?)
}

/// Lets options take negative numbers, so that each says itself what is wrong with one.
fn taking_negatives(command: clap::Command) -> clap::Command {
    let is_option = |arg: &clap::Arg| !arg.is_positional() && arg.get_action().takes_values();
    let command = command.mut_args(|arg| {
        let takes = is_option(&arg);
        arg.allow_negative_numbers(takes)
    });
    command.mut_subcommands(taking_negatives)
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Find who is misbehaving in access logs.
    Detect(commands::detect::DetectArgs),
    /// Write the feature rows that judging looks at.
    Features(commands::features::FeaturesArgs),
    /// Write the requests of access logs, in one form whatever the format.
    Parse(commands::parse::ParseArgs),
    /// Walk one line, or one alert, through every stage.
    Explain(commands::explain::ExplainArgs),
    /// List the log formats that are known, or show the page of one.
    Formats(commands::formats::FormatsArgs),
    /// List the threats that are named, or show the page of one.
    Threats(commands::threats::ThreatsArgs),
    /// Train a model on access logs, or on a labelled table of behaviour.
    Train(Box<commands::train::TrainArgs>),
    /// Hold the alerts of a log against what is known to have happened.
    Backtest(Box<commands::backtest::BacktestArgs>),
    /// Run several estimators on a labelled table, side by side.
    Compare(commands::compare::CompareArgs),
    /// Hold a trained model against another labelled table.
    Evaluate(commands::evaluate::EvaluateArgs),
    /// Score the rows of a table.
    Predict(commands::predict::PredictArgs),
    /// Tell what each column is worth to a trained model.
    Importance(commands::importance::ImportanceArgs),
    /// Ask the allowlist whom it means.
    Allowlist(commands::allowlist::AllowlistArgs),
    /// Say what an alert was: the next training on logs uses it.
    Label(commands::label::LabelArgs),
    /// Show what is in a bundle, what differs between two, or a model card.
    Model(commands::model::ModelArgs),
    /// Write the log of a made-up site, with attacks whose truth is known.
    Simulate(commands::simulate::SimulateArgs),
    /// Show, check or begin a configuration.
    Config(commands::config::ConfigArgs),
    /// Print completions for a shell.
    Completions(commands::completions::CompletionsArgs),
    /// Print the manual page.
    Man,
}

impl Command {
    /// The settings that flags of this command give.
    pub(crate) fn overrides(&self) -> Vec<Override> {
        match self {
            Self::Detect(args) => args.overrides(),
            Self::Features(args) => args.overrides(),
            Self::Parse(args) => args.overrides(),
            Self::Formats(args) => args.overrides(),
            Self::Explain(args) => args.overrides(),
            Self::Train(args) => args.overrides(),
            Self::Backtest(args) => args.overrides(),
            Self::Compare(_)
            | Self::Evaluate(_)
            | Self::Predict(_)
            | Self::Importance(_)
            | Self::Threats(_)
            | Self::Allowlist(_)
            | Self::Label(_)
            | Self::Model(_)
            | Self::Simulate(_)
            | Self::Config(_)
            | Self::Completions(_)
            | Self::Man => Vec::new(),
        }
    }
}

fn exit_codes() -> String {
    let mut text = String::from("Exit codes:\n");
    for (exit, meaning) in Exit::ALL {
        text.push_str(&format!("  {:>2}  {meaning}\n", exit as u8));
    }
    text
}
