//! What `train` promises, held against tables large and small.

mod audit_of_the_public_table;
mod bad_tables;
mod event_files;
mod groups;
mod parity;
mod report;
mod small_task;
mod splits;
mod training;
