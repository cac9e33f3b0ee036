//! `*` and `**` in displays and calls.

use ruff_python_ast::{Expr, ExprDict};

use super::evaluator::Evaluator;
use super::got::Got;
use super::problem::{Problem, raised, unknown};

impl Evaluator<'_> {
    /// The values of a display of a list, tuple or set.
    pub(super) fn unpacked(&self, items: &[Expr]) -> Result<Vec<Got>, Problem> {
        let mut found = Vec::new();
        for item in items {
            match item {
                Expr::Starred(starred) => found.extend(self.values_of(&starred.value)?),
                item => found.push(self.eval(item)?),
            }
        }
        Ok(found)
    }

    /// The pairs of a display of a dict.
    pub(super) fn pairs_given(&self, dict: &ExprDict) -> Result<Vec<(Got, Got)>, Problem> {
        let mut found = Vec::new();
        for item in &dict.items {
            match &item.key {
                Some(key) => found.push((self.eval(key)?, self.eval(&item.value)?)),
                None => found.extend(self.mapping(&self.eval(&item.value)?)?),
            }
        }
        Ok(found)
    }

    /// The pairs of a value after `**`.
    pub(super) fn mapping(&self, value: &Got) -> Result<Vec<(Got, Got)>, Problem> {
        match self.pairs(value) {
            Some(pairs) => pairs,
            None => {
                if self.has_own_code(value) {
                    return unknown("`**` of this runs code of its class");
                }
                raised("TypeError: what follows ** is not a mapping")
            }
        }
    }

    /// Binds the names of a comprehension's target.
    pub(super) fn bind(&self, target: &Expr, value: Got) -> Result<(), Problem> {
        let targets = match target {
            Expr::Name(name) => {
                self.bound.borrow_mut().push((name.id.to_string(), value));
                return Ok(());
            }
            Expr::Tuple(targets) => &targets.elts,
            Expr::List(targets) => &targets.elts,
            _ => return unknown("this kind of target"),
        };
        let items = self.iterated(&value)?;
        let wrong = || raised("ValueError: the number of values to unpack does not match");
        let Some(starred) = targets.iter().position(Expr::is_starred_expr) else {
            if items.len() != targets.len() {
                return wrong();
            }
            return targets.iter().zip(items).try_for_each(|(target, item)| self.bind(target, item));
        };
        let after = targets.len() - starred - 1;
        if items.len() < starred + after {
            return wrong();
        }
        let (before, rest) = items.split_at(starred);
        let (middle, last) = rest.split_at(rest.len() - after);
        for (target, item) in targets[..starred].iter().zip(before) {
            self.bind(target, item.clone())?;
        }
        if let Expr::Starred(target) = &targets[starred] {
            self.bind(&target.value, Got::List(middle.to_vec()))?;
        }
        for (target, item) in targets[starred + 1..].iter().zip(last) {
            self.bind(target, item.clone())?;
        }
        Ok(())
    }
}
