//! Comprehensions and generator expressions.

use ruff_python_ast::{Comprehension, Expr};

use super::{Evaluator, Got, Problem, raised, unknown};

/// How many values one expression looks at.
const MOST: usize = 100_000;

impl Evaluator<'_> {
    /// The values of a comprehension, in order.
    pub(super) fn comprehension(&self, element: &Expr, parts: &[Comprehension]) -> Result<Vec<Got>, Problem> {
        self.all(parts, &|| self.eval(element))
    }

    /// The pairs of a dict comprehension, in order.
    pub(super) fn pairs_of(
        &self,
        key: &Expr,
        value: &Expr,
        parts: &[Comprehension],
    ) -> Result<Vec<(Got, Got)>, Problem> {
        self.all(parts, &|| Ok((self.eval(key)?, self.eval(value)?)))
    }

    fn all<T>(&self, parts: &[Comprehension], element: &dyn Fn() -> Result<T, Problem>) -> Result<Vec<T>, Problem> {
        let mut found = Vec::new();
        let depth = self.bound.borrow().len();
        let outcome = self.each(element, parts, &mut found);
        self.bound.borrow_mut().truncate(depth);
        outcome.map(|()| found)
    }

    fn each<T>(
        &self,
        element: &dyn Fn() -> Result<T, Problem>,
        parts: &[Comprehension],
        found: &mut Vec<T>,
    ) -> Result<(), Problem> {
        let Some((part, rest)) = parts.split_first() else {
            found.push(element()?);
            return Ok(());
        };
        if part.is_async {
            return unknown("asynchronous comprehensions");
        }
        let items = self.values_of(&part.iter)?;
        let depth = self.bound.borrow().len();
        for item in items {
            self.looked.set(self.looked.get() + 1);
            if self.looked.get() > MOST {
                return unknown(format!("it looks at more than {MOST} values"));
            }
            self.bound.borrow_mut().truncate(depth);
            self.bind(&part.target, item)?;
            let mut wanted = true;
            for condition in &part.ifs {
                wanted = wanted && self.truth(&self.eval(condition)?)?;
            }
            if wanted {
                self.each(element, rest, found)?;
            }
        }
        self.bound.borrow_mut().truncate(depth);
        Ok(())
    }

    fn bind(&self, target: &Expr, value: Got) -> Result<(), Problem> {
        match target {
            Expr::Name(name) => {
                self.bound.borrow_mut().push((name.id.to_string(), value));
                Ok(())
            }
            Expr::Tuple(targets) => {
                let items = self.items(&value)?;
                if items.len() != targets.elts.len() {
                    return raised("ValueError: the number of values to unpack is another one");
                }
                targets.elts.iter().zip(items).try_for_each(|(target, item)| self.bind(target, item))
            }
            _ => unknown("this kind of target"),
        }
    }
}
