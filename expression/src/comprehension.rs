//! Comprehensions and generator expressions.

use ruff_python_ast::{Comprehension, Expr};

use super::evaluator::Evaluator;
use super::got::Got;
use super::problem::{Problem, unknown};
use super::stream::Stream;

/// A function that creates a result for each iteration of a comprehension.
struct Made<'m, T> {
    element: &'m dyn Fn() -> Result<T, Problem>,
    found: Vec<T>,
}

impl Evaluator<'_> {
    /// The values of a comprehension, in order.
    pub(super) fn comprehension(&self, element: &Expr, parts: &[Comprehension]) -> Result<Vec<Got>, Problem> {
        self.generated(parts, &|| self.eval(element))?.all()
    }

    /// The values of a generator expression, up to the first error.
    pub(super) fn generated(
        &self,
        parts: &[Comprehension],
        element: &dyn Fn() -> Result<Got, Problem>,
    ) -> Result<Stream, Problem> {
        let (found, then) = self.made(parts, element)?;
        Ok(Stream { found, then })
    }

    /// The pairs of a dict comprehension, in order.
    pub(super) fn pairs_of(
        &self,
        key: &Expr,
        value: &Expr,
        parts: &[Comprehension],
    ) -> Result<Vec<(Got, Got)>, Problem> {
        match self.made(parts, &|| Ok((self.eval(key)?, self.eval(value)?)))? {
            (_, Some(problem)) => Err(problem),
            (found, None) => Ok(found),
        }
    }

    /// The results up to the first error, and that error. `Err` is an error of the outermost iterable, before any
    /// result.
    fn made<T>(
        &self,
        parts: &[Comprehension],
        element: &dyn Fn() -> Result<T, Problem>,
    ) -> Result<(Vec<T>, Option<Problem>), Problem> {
        let Some((first, rest)) = parts.split_first() else { return unknown("a comprehension of nothing") };
        let outermost = self.stream_of(&first.iter)?;
        let mut made = Made { element, found: Vec::new() };
        let outcome = self.inside(|| self.each(outermost, first, rest, &mut made));
        Ok((made.found, outcome.err()))
    }

    fn each<T>(
        &self,
        items: Stream,
        part: &Comprehension,
        rest: &[Comprehension],
        made: &mut Made<'_, T>,
    ) -> Result<(), Problem> {
        if part.is_async {
            return unknown("asynchronous comprehensions");
        }
        let depth = self.bound.borrow().len();
        for item in items.found {
            self.count_one()?;
            self.bound.borrow_mut().truncate(depth);
            self.bind(&part.target, item)?;
            let mut wanted = true;
            for condition in &part.ifs {
                wanted = wanted && self.truth(&self.eval(condition)?)?;
            }
            match rest.split_first() {
                _ if !wanted => {}
                Some((next, rest)) => self.each(self.stream_of(&next.iter)?, next, rest, made)?,
                None => made.found.push((made.element)()?),
            }
        }
        self.bound.borrow_mut().truncate(depth);
        items.then.map_or(Ok(()), Err)
    }
}
