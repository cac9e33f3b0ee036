//! Finds where a class or module sets a name, for names that were set before the recording began.

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Expr, ExprContext, Stmt, StmtClassDef};

use super::code::Code;

/// The maximum number of base classes between a class and the one that sets an attribute.
const MAX_BASES: usize = 4;

/// The only expression of a source that is stored under the name of a read, `NAME`, `self.NAME` or `cls.NAME`, in a
/// function with this qualified name. `None` if there is none or there are several.
pub(super) fn constant<'c>(code: &'c Code<'_>, function: &str, text: &str) -> Option<&'c Expr> {
    let body = code.statements.body();
    let (found, name, is_attribute) = match text.split_once('.') {
        None => (in_body(body, text)?, text, false),
        Some(("self" | "cls", name)) if !name.contains(['.', '[', '(']) => {
            let (class, _) = function.rsplit_once('.')?;
            (attribute(body, class, name)?, name, true)
        }
        Some(_) => return None,
    };
    let mut stores = Stores { name, is_attribute, count: 0, is_global: false };
    stores.visit_body(body);
    let most = usize::from(!is_attribute);
    (stores.count <= most && !stores.is_global).then_some(found)
}

/// The value that the statements of a body store once under a name.
fn in_body<'c>(body: &'c [Stmt], name: &str) -> Option<&'c Expr> {
    let is_name = |target: &Expr| matches!(target, Expr::Name(target) if target.id == name);
    let mut values = body.iter().filter_map(|stmt| match stmt {
        Stmt::Assign(assign) => assign.targets.iter().any(is_name).then_some(&*assign.value),
        Stmt::AnnAssign(assign) if is_name(&assign.target) => assign.value.as_deref(),
        _ => None,
    });
    values.next().filter(|_| values.next().is_none())
}

/// The value that a class, or a base class of the same source, gives an attribute.
fn attribute<'c>(body: &'c [Stmt], class: &str, name: &str) -> Option<&'c Expr> {
    let mut wanted = class.to_owned();
    for _ in 0..MAX_BASES {
        let class = class_of(body, &wanted)?;
        if let Some(value) = in_body(&class.body, name) {
            return Some(value);
        }
        // With several base classes, the order of resolution would decide.
        match class.bases() {
            [Expr::Name(base)] => wanted = base.id.to_string(),
            _ => return None,
        }
    }
    None
}

/// The class with a qualified name.
fn class_of<'c>(body: &'c [Stmt], name: &str) -> Option<&'c StmtClassDef> {
    let (first, rest) = name.split_once('.').map_or((name, None), |(first, rest)| (first, Some(rest)));
    let mut classes = body.iter().filter_map(|stmt| match stmt {
        Stmt::ClassDef(class) if class.name.as_str() == first => Some(class),
        _ => None,
    });
    let class = classes.next().filter(|_| classes.next().is_none())?;
    match rest {
        Some(rest) => class_of(&class.body, rest),
        None => Some(class),
    }
}

/// Counts the statements that store a name of a module, or an attribute of any object.
struct Stores<'n> {
    name: &'n str,
    is_attribute: bool,
    count: usize,
    is_global: bool,
}

impl<'s> Visitor<'s> for Stores<'_> {
    fn visit_stmt(&mut self, stmt: &'s Stmt) {
        match stmt {
            // Names of functions are their own.
            Stmt::FunctionDef(function) if !self.is_attribute => {
                let mut global = Globals { name: self.name, found: false };
                global.visit_body(&function.body);
                self.is_global |= global.found;
            }
            Stmt::ClassDef(_) if !self.is_attribute => {}
            _ => visitor::walk_stmt(self, stmt),
        }
    }

    fn visit_expr(&mut self, expr: &'s Expr) {
        let is_stored = |context: ExprContext| context != ExprContext::Load;
        match expr {
            Expr::Name(name) if !self.is_attribute => {
                self.count += usize::from(name.id == self.name && is_stored(name.ctx));
            }
            Expr::Attribute(attribute) if self.is_attribute => {
                self.count += usize::from(attribute.attr.as_str() == self.name && is_stored(attribute.ctx));
            }
            _ => {}
        }
        visitor::walk_expr(self, expr);
    }
}

/// Finds `global NAME`.
struct Globals<'n> {
    name: &'n str,
    found: bool,
}

impl<'s> Visitor<'s> for Globals<'_> {
    fn visit_stmt(&mut self, stmt: &'s Stmt) {
        if let Stmt::Global(global) = stmt {
            self.found |= global.names.iter().any(|name| name.as_str() == self.name);
        }
        visitor::walk_stmt(self, stmt);
    }
}
