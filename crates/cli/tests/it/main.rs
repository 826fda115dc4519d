//! The program as people and scripts meet it: arguments in; output, messages and exit code out.

mod backtest;
mod bad_input;
mod caveats;
mod configuration;
mod economics;
mod explain;
mod formats;
mod golden;
mod hostile;
mod learning;
mod lists;
mod output;
mod program;
mod same_alerts;
mod secrets;
mod simulate;
mod site;
mod threats;
mod traffic;
mod unfit;
