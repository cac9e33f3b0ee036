//! The tables.

mod calls;
mod objects;
mod simple;
mod steps;
mod values;
mod writes;

use crate::table::Table;

/// All tables, in the order of the documentation.
pub const TABLES: &[&Table] = &[
    &simple::RUNS,
    &steps::STEPS,
    &calls::CALLS,
    &writes::WRITES,
    &values::VALUES,
    &simple::HITS,
    &simple::EXCEPTIONS,
    &simple::OUTPUT,
    &simple::FUNCTIONS,
    &simple::SOURCES,
    &simple::THREADS,
    &simple::TASKS,
    &objects::OBJECTS,
];
