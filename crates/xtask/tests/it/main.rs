//! What holds for the project as a whole.

mod sources;
mod walls;
