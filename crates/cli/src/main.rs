//! The command line of apiwarden. `run` is the table of contents.

mod arguments;
mod commands;
mod config;
mod exit;
mod lesson;
mod options;
mod outputs;
mod passes;
mod render;
mod tape;

use std::io::{self, Write};
use std::process::ExitCode;

use arguments::{Arguments, Command};
use clap::CommandFactory;
use commands::Session;
use exit::{Exit, Failure};

fn main() -> ExitCode {
    let arguments = match arguments::parse() {
        Ok(arguments) => arguments,
        Err(told) => return ExitCode::from(tell(&told) as u8),
    };
    // A panic is a bug of ours: the hook prints it, the status says it. One about a damaged file is none.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if !ingest::sources::is_panic_guarded() {
            hook(info);
        }
    }));
    let ended = std::panic::catch_unwind(|| run(&arguments));
    let exit = match ended {
        Ok(Ok(exit)) => exit,
        Ok(Err(Failure { exit, message, .. })) => {
            complain(&message);
            exit
        }
        Err(_) => {
            complain("internal error: this is a bug in apiwarden");
            Exit::Internal
        }
    };
    ExitCode::from(exit as u8)
}

fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let Arguments { config, color, quiet, command } = arguments;
    let session = Session::open(config.as_deref(), &command.overrides(), *color, *quiet)?;
    let ended = match command {
        Command::Detect(args) => commands::detect::run(args, &session),
        Command::Features(args) => commands::features::run(args, &session),
        Command::Parse(args) => commands::parse::run(args, &session),
        Command::Explain(args) => commands::explain::run(args, &session),
        Command::Formats(args) => commands::formats::run(args, &session),
        Command::Threats(args) => commands::threats::run(args, &session),
        Command::Train(args) => commands::train::run(args, &session),
        Command::Backtest(args) => commands::backtest::run(args, &session),
        Command::Compare(args) => commands::compare::run(args, &session),
        Command::Evaluate(args) => commands::evaluate::run(args, &session),
        Command::Predict(args) => commands::predict::run(args, &session),
        Command::Importance(args) => commands::importance::run(args, &session),
        Command::Allowlist(args) => commands::allowlist::run(args, &session),
        Command::Label(args) => commands::label::run(args, &session),
        Command::Model(args) => commands::model::run(args, &session),
        Command::Simulate(args) => commands::simulate::run(args, &session),
        Command::Config(args) => commands::config::run(args, &session),
        Command::Completions(args) => commands::completions::run(args, Arguments::command()),
        Command::Man => commands::man::run(&Arguments::command()),
    };
    ended.map_err(|failure| session.effective.blame(failure))
}

/// Prints the help that was asked for, or what is wrong with the command line.
fn tell(told: &clap::Error) -> Exit {
    let printed = told.print().and_then(|()| io::stdout().flush());
    match printed.map_err(|error| Failure::output(&error)) {
        _ if told.use_stderr() => Exit::Usage,
        Ok(()) => Exit::Done,
        Err(Failure { exit, message, .. }) => {
            complain(&message);
            exit
        }
    }
}

/// Says what went wrong, on one line, to people.
fn complain(message: &str) {
    if !message.is_empty() {
        // Nothing is left to do when even this cannot be written.
        let _ = writeln!(io::stderr(), "apiwarden: {}", render::escape(message));
    }
}
