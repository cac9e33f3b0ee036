//! Finds earlier statements of the failing frame that ran for their effects, and what the calls that they made did.

use connie_recording::error::Error;
use connie_source::python::{called_name, slice};
use ruff_python_ast::{Expr, Stmt};
use rustc_hash::FxHashSet;

use super::{Edge, How, Slicer};
use crate::explain::code::Code;
use crate::explain::reads::{Focus, Reads, root};
use crate::timeline::Position;

/// The maximum number of earlier statements about the same objects that are followed, and of those about others.
const MAX_EARLIER: usize = 5;
const MAX_OTHERS: usize = 2;
/// The weights of the last statement of either kind, and the factor for each before it.
const EARLIER: f64 = 0.5;
const OTHER: f64 = 0.4;
const EACH: f64 = 0.9;
/// The maximum number of lines of a call that are followed for their effects, and the factor for the last one.
const MAX_WITHIN: usize = 5;
const WITHIN: f64 = 0.85;

/// A statement that runs for its effect: nothing of it is bound to a name.
struct Effect<'s> {
    /// What is called, or the place that is stored or deleted.
    name: String,
    /// The names of the objects that it is about.
    roots: Vec<&'s str>,
}

impl Slicer<'_, '_> {
    /// Adds earlier statements of the failing frame that ran for their effects: such effects may not be visible in
    /// the values. Those on objects that the failing line reads come first; the last ones of a test on other objects are
    /// what it tests.
    pub(super) fn earlier(&mut self, code: &Code<'_>, at: &Position, reads: &Reads<'_>) -> Result<(), Error> {
        let roots = reads.reads.iter().filter_map(|read| read.text.split(['.', '[', '(']).next());
        let roots: FxHashSet<&str> = roots.collect();
        let lines = self.frames.lines(self.history, at)?;
        let (mut seen, mut count, mut others) = (FxHashSet::default(), 0, 0);
        for line in lines.iter().rev().filter(|line| line.step < at.step) {
            let Some(effect) = code.statements.at(line.line).and_then(|stmt| effect(code, stmt)) else { continue };
            if line.line == at.line || !seen.insert(line.line) {
                continue;
            }
            let is_about = effect.roots.iter().any(|root| roots.contains(root));
            let (of, most, first) =
                if is_about { (&mut count, MAX_EARLIER, EARLIER) } else { (&mut others, MAX_OTHERS, OTHER) };
            if *of < most {
                let weight = first * EACH.powi(*of as i32);
                *of += 1;
                self.add(Some(0), *line, Focus::All, Edge::new(How::Before, weight).named(effect.name));
            }
            if count >= MAX_EARLIER {
                break;
            }
        }
        Ok(())
    }

    /// Adds the last lines that ran for their effects in a call that gave no value, if the call itself was made for its
    /// effects.
    pub(super) fn did(&mut self, index: usize, code: &Code<'_>) -> Result<(), Error> {
        let node = self.nodes[index].clone();
        let is_for_effect = |parent: usize| matches!(self.nodes[parent].how, How::Before | How::Did);
        if node.how != How::Returned || !node.parent.is_some_and(is_for_effect) {
            return Ok(());
        }
        let lines = self.frames.lines(self.history, &node.at)?;
        let name = self.function_name(&node.at).to_owned();
        let mut seen = FxHashSet::default();
        for line in lines.iter().rev().filter(|line| line.step <= node.at.step) {
            if code.statements.at(line.line).and_then(|stmt| effect(code, stmt)).is_some() && seen.insert(line.line) {
                let weight = node.weight * WITHIN * EACH.powi(seen.len() as i32 - 1);
                self.add(Some(index), *line, Focus::All, Edge::new(How::Did, weight).named(name.clone()));
            }
            if seen.len() >= MAX_WITHIN {
                break;
            }
        }
        Ok(())
    }
}

/// What a statement does if it runs for its effect.
fn effect<'s>(code: &'s Code<'_>, stmt: &'s Stmt) -> Option<Effect<'s>> {
    let text = |expr: &Expr| slice(code.statements.text, expr).to_owned();
    let is_place = |expr: &&Expr| matches!(expr, Expr::Subscript(_) | Expr::Attribute(_));
    let stored = |target: Option<&'s Expr>| {
        let target = target.filter(is_place)?;
        Some(Effect { name: text(target), roots: root(target).into_iter().collect() })
    };
    match stmt {
        Stmt::Expr(line) => {
            let value = match &*line.value {
                Expr::Await(awaited) => &*awaited.value,
                value => value,
            };
            let Expr::Call(call) = value else { return None };
            let args = call.arguments.args.iter().filter_map(root);
            let name = called_name(call).unwrap_or("a function").to_owned();
            Some(Effect { name, roots: root(&call.func).into_iter().chain(args).collect() })
        }
        Stmt::Assign(assign) => stored(assign.targets.first()),
        Stmt::AugAssign(assign) => stored(Some(&assign.target)),
        Stmt::Delete(delete) => stored(delete.targets.first()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::effect;
    use crate::explain::code::Code;

    #[test]
    fn statements_that_bind_no_name_run_for_their_effect() {
        for (text, expected) in [
            ("cache[1] = 2", Some(("cache[1]", vec!["cache"]))),
            ("del a.b", Some(("a.b", vec!["a"]))),
            ("a.b += c", Some(("a.b", vec!["a"]))),
            ("a.move(b.c)", Some(("move", vec!["a", "b"]))),
            ("await send(x)", Some(("send", vec!["send", "x"]))),
            ("a = f(b)", None),
            ("return a", None),
        ] {
            let code = Code::of(text).unwrap();
            let found = effect(&code, &code.statements.body()[0]);
            assert_eq!(found.as_ref().map(|effect| (effect.name.as_str(), effect.roots.clone())), expected, "{text}");
        }
    }
}
