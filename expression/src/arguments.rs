//! The arguments of a call.

use std::rc::Rc;

use ruff_python_ast::Expr;

use super::got::Got;
use super::problem::{Problem, unknown};
use super::stream::Stream;

/// An argument: an expression, or a value that was unpacked or passed by a function.
#[derive(Clone, Debug)]
pub(super) enum Arg<'e> {
    /// An expression that is not evaluated yet.
    Expr(&'e Expr),
    /// A value.
    Got(Got),
    /// A lazy sequence of values.
    Made(Rc<Stream>),
}

/// The arguments of a call.
#[derive(Debug, Default)]
pub(super) struct Arguments<'e> {
    /// Positional arguments.
    pub positional: Vec<Arg<'e>>,
    /// Keyword arguments.
    pub keywords: Vec<(String, Arg<'e>)>,
}

impl<'e> Arguments<'e> {
    /// Takes a keyword argument.
    pub fn keyword(&mut self, name: &str) -> Option<Arg<'e>> {
        let at = self.keywords.iter().position(|(known, _)| known == name)?;
        Some(self.keywords.remove(at).1)
    }

    /// Fails if there are unused keyword arguments.
    pub fn no_more(&self, function: &str) -> Result<(), Problem> {
        match self.keywords.first() {
            Some((name, _)) => unknown(format!("{function}() with the keyword {name}")),
            None => Ok(()),
        }
    }
}
