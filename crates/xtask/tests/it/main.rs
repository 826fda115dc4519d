//! What holds for the project as a whole.

mod alert;
mod data_quality;
mod limits;
mod reference;
mod sources;
mod walls;
