//! Analyses compound statements: the stores of their heads, and the lines that follow.

use ruff_python_ast::{Expr, Pattern, Stmt};
use ruff_text_size::{Ranged, TextSize};

use super::oneline::{self, Only};
use super::sites::{Target, Walk};
use super::walrus;

impl<'s> Walk<'_> {
    /// First and last line of a body on separate lines.
    fn body_of(&self, head_end: u32, body: &[Stmt]) -> Option<(u32, u32)> {
        let (first, last) = (self.line(decorated(body.first()?)), self.last_line(body.last()?.end()));
        (first > head_end).then_some((first, last))
    }

    /// The stores of a body on the same line as its head.
    fn inside(&self, body: &'s [Stmt]) -> Vec<Target<'s>> {
        let mut targets = Vec::new();
        body.iter().for_each(|stmt| self.simple(stmt, &mut targets));
        targets
    }

    /// Adds an `if` or `elif`.
    fn test(&mut self, start: TextSize, test: &'s Expr, body: &'s [Stmt]) {
        let lines = (self.line(start), self.last_line(test.end()));
        let mut targets = Vec::new();
        self.walruses(test, &mut targets);
        let mut runs = walrus::has_comprehension_in(test);
        let is_inside = self.body_of(lines.1, body).is_none();
        if is_inside {
            let mut inside = self.inside(body);
            let names: Vec<&str> = inside.iter().filter_map(Target::name).collect();
            if let Some(holds) = oneline::condition(self.text, test, &names) {
                inside.iter_mut().for_each(|target| target.only.holds = Some(holds.clone()));
                targets.extend(inside);
                runs |= body.iter().any(walrus::has_comprehension);
            }
        }
        self.site(lines, runs, None, &targets);
        if !is_inside {
            self.block(body);
        }
    }

    fn again(&mut self, again: &'s ruff_python_ast::StmtWhile) {
        let lines = (self.line(again.start()), self.last_line(again.test.end()));
        let mut targets = Vec::new();
        self.walruses(&again.test, &mut targets);
        let runs = walrus::has_comprehension_in(&again.test);
        if self.body_of(lines.1, &again.body).is_some() {
            self.site(lines, runs, None, &targets);
            self.block(&again.body);
        } else if self.is_round(lines, &again.body) && !runs {
            let mut inside = self.inside(&again.body);
            let names: Vec<&str> = inside.iter().filter_map(Target::name).collect();
            // The line may have an event after the test is done (up to 3.13) or before it.
            let holds = oneline::condition(self.text, &again.test, &names).filter(|condition| !condition.after);
            inside.iter_mut().for_each(|target| target.only = Only { again: true, holds: holds.clone() });
            targets.extend(inside);
            if let Some(site) = self.site(lines, false, None, &targets) {
                site.again = true;
            }
        }
        self.block(&again.orelse);
    }

    fn each(&mut self, each: &'s ruff_python_ast::StmtFor) {
        let mut targets = Vec::new();
        self.targets(&each.target, &mut targets);
        let lines = (self.line(each.start()), self.last_line(each.iter.end()));
        if self.body_of(lines.1, &each.body).is_some() {
            self.entering(lines, false, &targets, &each.body);
        } else if !each.is_async && self.is_round(lines, &each.body) && !walrus::has_comprehension_in(&each.iter) {
            targets.extend(self.inside(&each.body));
            targets.iter_mut().for_each(|target| target.only.again = true);
            if let Some(site) = self.site(lines, false, None, &targets) {
                site.again = true;
            }
        }
        self.block(&each.orelse);
    }

    /// Whether each iteration of a loop is one line event.
    fn is_round(&self, lines: (u32, u32), body: &[Stmt]) -> bool {
        let last = body.last().map(|last| self.last_line(last.end()));
        lines.0 == lines.1
            && last == Some(lines.0)
            && oneline::comes_to_its_end(body)
            && !body.iter().any(walrus::has_comprehension)
    }

    /// Adds a head that stores, and is followed by its body if it did.
    fn entering(&mut self, lines: (u32, u32), runs: bool, targets: &[Target<'s>], body: &'s [Stmt]) {
        if let Some(inside) = self.body_of(lines.1, body) {
            self.site(lines, runs, Some(inside), targets);
            self.block(body);
        }
    }

    fn with(&mut self, with: &'s ruff_python_ast::StmtWith) {
        let mut targets = Vec::new();
        for item in &with.items {
            self.walruses(&item.context_expr, &mut targets);
            item.optional_vars.iter().for_each(|target| self.targets(target, &mut targets));
        }
        let end = with.items.iter().map(Ranged::end).max().unwrap_or(with.start());
        let lines = (self.line(with.start()), self.last_line(end));
        if self.body_of(lines.1, &with.body).is_some() {
            // Exceptions in the body lead back to the head.
            self.landings.push(lines);
            self.entering(lines, false, &targets, &with.body);
            self.landings.pop();
        } else {
            // An exception that it suppresses has an event like any other.
            targets.extend(self.inside(&with.body));
            self.site(lines, true, None, &targets);
        }
    }

    pub(super) fn compound(&mut self, stmt: &'s Stmt) {
        let start = decorated(stmt);
        match stmt {
            Stmt::If(choice) => {
                self.test(start, &choice.test, &choice.body);
                for clause in &choice.elif_else_clauses {
                    match &clause.test {
                        Some(test) => self.test(clause.start(), test, &clause.body),
                        None => self.block(&clause.body),
                    }
                }
            }
            Stmt::While(again) => self.again(again),
            Stmt::For(each) => self.each(each),
            Stmt::With(with) => self.with(with),
            Stmt::Try(attempt) => self.attempt(attempt),
            Stmt::Match(choice) => self.choice(choice),
            Stmt::FunctionDef(function) => {
                let end = function.returns.as_ref().map_or(function.parameters.end(), |returns| returns.end());
                self.define(start, end, function.name.as_str(), &function.body);
            }
            Stmt::ClassDef(class) => {
                let end = class.arguments.as_ref().map_or(class.name.end(), |arguments| arguments.end());
                self.define(start, end, class.name.as_str(), &class.body);
            }
            _ => {}
        }
    }

    fn attempt(&mut self, attempt: &'s ruff_python_ast::StmtTry) {
        let last = self.last_line(attempt.end());
        let handlers = attempt.handlers.first().map(|first| self.line(first.start()));
        let ends = attempt.finalbody.first().map(|first| self.line(decorated(first)));
        let outer = self.landings.len();
        self.landings.extend(ends.map(|first| (first, last)));
        self.landings.extend(handlers.map(|first| (first, last)));
        self.block(&attempt.body);
        self.landings.truncate(outer + usize::from(ends.is_some()));
        for (n, handler) in attempt.handlers.iter().enumerate() {
            let next = attempt.handlers.get(n + 1).map(|next| (self.line(next.start()), last));
            let ruff_python_ast::ExceptHandler::ExceptHandler(handler) = handler;
            self.handler(handler, next);
        }
        self.block(&attempt.orelse);
        self.landings.truncate(outer);
        self.block(&attempt.finalbody);
    }

    /// Adds one `except`. `next` are the lines of the clause after it.
    fn handler(&mut self, handler: &'s ruff_python_ast::ExceptHandlerExceptHandler, next: Option<(u32, u32)>) {
        let mut targets: Vec<Target<'s>> = handler.name.iter().map(|name| self.name(name.as_str())).collect();
        let end = handler.name.as_ref().map(Ranged::end).or(handler.type_.as_ref().map(|ty| ty.end()));
        let start = handler.start();
        let lines = (self.line(start), self.last_line(end.unwrap_or(start + TextSize::from(1))));
        if self.body_of(lines.1, &handler.body).is_some() {
            self.entering(lines, false, &targets, &handler.body);
            return;
        }
        // If it does not match, the exception continues: to the next clause, to enclosing statements, or out of the
        // frame.
        targets.extend(self.inside(&handler.body));
        let elsewhere: Vec<(u32, u32)> = match &handler.type_ {
            Some(_) => next.into_iter().chain(self.landings.iter().copied()).collect(),
            None => Vec::new(),
        };
        if let Some(site) = self.site(lines, true, None, &targets) {
            site.elsewhere = elsewhere;
        }
    }

    fn choice(&mut self, choice: &'s ruff_python_ast::StmtMatch) {
        let mut targets = Vec::new();
        self.walruses(&choice.subject, &mut targets);
        let lines = (self.line(choice.start()), self.last_line(choice.subject.end()));
        self.site(lines, walrus::has_comprehension_in(&choice.subject), None, &targets);
        let last = self.last_line(choice.end());
        for (n, case) in choice.cases.iter().enumerate() {
            let mut targets = Vec::new();
            self.pattern(&case.pattern, &mut targets);
            let end = case.guard.as_ref().map_or(case.pattern.end(), |guard| guard.end());
            let lines = (self.line(case.start()), self.last_line(end));
            if self.body_of(lines.1, &case.body).is_some() {
                self.entering(lines, false, &targets, &case.body);
                continue;
            }
            // If it does not match, the next case is tried.
            let next = choice.cases.get(n + 1).map(|next| (self.line(next.start()), last));
            let always = case.guard.is_none() && oneline::is_irrefutable(&case.pattern);
            targets.extend(self.inside(&case.body));
            if (next.is_some() || always)
                && let Some(site) = self.site(lines, true, None, &targets)
            {
                site.elsewhere = next.into_iter().collect();
            }
        }
    }

    /// The names that a pattern binds. All alternatives of a pattern bind the same names.
    fn pattern(&self, pattern: &'s Pattern, found: &mut Vec<Target<'s>>) {
        let name = match pattern {
            Pattern::MatchAs(bound) => bound.name.as_ref(),
            Pattern::MatchStar(bound) => bound.name.as_ref(),
            Pattern::MatchMapping(bound) => bound.rest.as_ref(),
            _ => None,
        };
        match pattern {
            Pattern::MatchAs(bound) => bound.pattern.iter().for_each(|inner| self.pattern(inner, found)),
            Pattern::MatchSequence(all) => all.patterns.iter().for_each(|inner| self.pattern(inner, found)),
            Pattern::MatchMapping(all) => all.patterns.iter().for_each(|inner| self.pattern(inner, found)),
            Pattern::MatchOr(all) => all.patterns.iter().take(1).for_each(|inner| self.pattern(inner, found)),
            Pattern::MatchClass(class) => {
                class.arguments.patterns.iter().for_each(|inner| self.pattern(inner, found));
                class.arguments.keywords.iter().for_each(|inner| self.pattern(&inner.pattern, found));
            }
            _ => {}
        }
        found.extend(name.map(|name| self.name(name.as_str())));
    }

    /// Adds a `def` or `class`: it stores its name, and its body is a scope.
    fn define(&mut self, start: TextSize, end: TextSize, name: &str, body: &'s [Stmt]) {
        let targets = [self.name(name)];
        self.site((self.line(start), self.last_line(end)), true, None, &targets);
        self.made += 1;
        let outer = std::mem::replace(&mut self.scope, self.made);
        let landings = std::mem::take(&mut self.landings);
        self.block(body);
        self.landings = landings;
        self.scope = outer;
    }
}

/// The start of a statement, including its decorators.
fn decorated(stmt: &Stmt) -> TextSize {
    let first = match stmt {
        Stmt::FunctionDef(function) => function.decorator_list.first(),
        Stmt::ClassDef(class) => class.decorator_list.first(),
        _ => None,
    };
    first.map_or(stmt.start(), Ranged::start)
}
