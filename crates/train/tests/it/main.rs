//! What `train` promises, held against tables large and small.

mod audit_of_the_public_table;
mod bad_tables;
