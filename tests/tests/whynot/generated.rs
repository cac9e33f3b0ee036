//! Programs that are made up.
