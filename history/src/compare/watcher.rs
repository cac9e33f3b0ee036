//! Follows a comparison step by step, for questions about single executions of a line.

use connie_recording::player::Step;

use super::found::What;

/// A value that differs at a pair of steps.
pub struct Difference<'d> {
    /// The kind of value.
    pub what: What,
    /// The variable's name.
    pub name: &'d str,
    /// The path to the difference within the value.
    pub path: &'d str,
    /// The values as text; `None` if there is no value.
    pub texts: &'d [Option<String>; 2],
    /// Whether code that is not recorded may have changed one of them.
    pub in_doubt: bool,
}

/// Receives the findings of a comparison, in the order of the steps of each thread.
pub trait Watcher {
    /// The steps up to this number are the same in both runs, and are left out.
    fn same(&mut self, _steps: u64) {}

    /// Both runs are at the same place.
    fn paired(&mut self, _left: &Step, _right: &Step) {}

    /// A value differs at the last pair of steps, also if it did so before.
    fn differs(&mut self, _difference: &Difference<'_>) {}

    /// The runs go on at different places, and meet again at a pair of steps.
    fn parted(&mut self, _next: &[Option<Step>; 2], _met: Option<[u64; 2]>) {}

    /// Whether a step of the right run lies beyond what is compared.
    fn is_beyond(&self, _step: u64) -> bool {
        false
    }
}

/// Watches nothing.
pub struct Nobody;

impl Watcher for Nobody {}
