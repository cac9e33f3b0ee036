//! The story of a run: what each step did, line by line, for `connie replay`, the viewer and exported pages.
//!
//! Each line of code has the changes that it made. Consecutive lines that change nothing form one block. A comment
//! comes with the code below it when that code first runs. [`Teller`] tells steps one after the other; [`page`] tells
//! some lines anywhere in a run of any length, and leaves out the insides of calls that are folded.

mod ends;
mod filter;
mod line;
mod page;
mod printing;
mod reader;
mod searched;
mod teller;
mod texts;

pub use filter::{Filter, Names, Unknown};
pub use line::{Change, Fold, Line, What};
pub use page::{Asked, Folds, Known, Page, page};
pub use teller::{Locals, Teller};
pub use texts::missing;

#[cfg(test)]
mod tests;
