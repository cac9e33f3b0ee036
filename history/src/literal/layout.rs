//! Writes Python expressions as text, with the line breaks of `ruff format`.

/// The maximum line width in columns.
pub const WIDTH: usize = 88;

/// An expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// An expression that is never broken: a number, a string, a name.
    Atom(String),
    /// A call: the function, and its arguments with their names.
    Call(String, Vec<(Option<String>, Node)>),
    /// A list, a tuple or a set.
    Items(Brackets, Vec<Node>),
    /// A dict.
    Pairs(Vec<(Node, Node)>),
}

/// The brackets around items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Brackets {
    /// `[]`
    List,
    /// `()`
    Tuple,
    /// `{}`, which is never empty.
    Set,
}

impl Node {
    /// A name, a number, a string.
    #[must_use]
    pub fn atom(text: impl Into<String>) -> Self {
        Node::Atom(text.into())
    }

    /// A call with arguments by position.
    #[must_use]
    pub fn call(function: impl Into<String>, arguments: Vec<Node>) -> Self {
        Node::Call(function.into(), arguments.into_iter().map(|argument| (None, argument)).collect())
    }

    /// The expression on one line.
    #[must_use]
    pub fn flat(&self) -> String {
        let joined = |parts: Vec<String>| parts.join(", ");
        match self {
            Node::Atom(text) => text.clone(),
            Node::Call(function, arguments) => {
                let arguments = arguments.iter().map(|(name, node)| format!("{}{}", named(name), node.flat()));
                format!("{function}({})", joined(arguments.collect()))
            }
            Node::Items(brackets, items) => {
                let (open, close) = brackets.signs();
                let comma = if *brackets == Brackets::Tuple && items.len() == 1 { "," } else { "" };
                format!("{open}{}{comma}{close}", joined(items.iter().map(Node::flat).collect()))
            }
            Node::Pairs(pairs) => {
                let pair = |(key, value): &(Node, Node)| format!("{}: {}", key.flat(), value.flat());
                format!("{{{}}}", joined(pairs.iter().map(pair).collect()))
            }
        }
    }

    /// The expression as a part of a line: `before` precedes it, `after` characters follow it, and the line is indented
    /// by `indent`.
    #[must_use]
    pub fn layout(&self, indent: usize, before: &str, after: usize) -> String {
        let flat = self.flat();
        let first = before.chars().count();
        if indent + first + flat.chars().count() + after <= WIDTH {
            return format!("{before}{flat}");
        }
        match self {
            Node::Atom(text) => format!("{before}{text}"),
            Node::Call(function, arguments) if !arguments.is_empty() => {
                let one_line = &flat[function.len() + 1..flat.len() - 1];
                if indent + 4 + one_line.chars().count() <= WIDTH {
                    let (inner, outer) = (" ".repeat(indent + 4), " ".repeat(indent));
                    return format!("{before}{function}(\n{inner}{one_line}\n{outer})");
                }
                let lines = arguments.iter().map(|(name, node)| node.layout(indent + 4, &named(name), 1));
                enclosed(&format!("{before}{function}("), lines, ")", indent)
            }
            Node::Items(brackets, items) if !items.is_empty() => {
                let (open, close) = brackets.signs();
                let lines = items.iter().map(|node| node.layout(indent + 4, "", 1));
                enclosed(&format!("{before}{open}"), lines, close, indent)
            }
            Node::Pairs(pairs) if !pairs.is_empty() => {
                let line = |(key, value): &(Node, Node)| value.layout(indent + 4, &format!("{}: ", key.flat()), 1);
                enclosed(&format!("{before}{{"), pairs.iter().map(line), "}", indent)
            }
            _ => format!("{before}{flat}"),
        }
    }
}

impl Brackets {
    fn signs(self) -> (&'static str, &'static str) {
        match self {
            Brackets::List => ("[", "]"),
            Brackets::Tuple => ("(", ")"),
            Brackets::Set => ("{", "}"),
        }
    }
}

fn named(name: &Option<String>) -> String {
    name.as_ref().map_or_else(String::new, |name| if name.starts_with('*') { name.clone() } else { format!("{name}=") })
}

/// One item per line, between brackets.
fn enclosed(open: &str, lines: impl Iterator<Item = String>, close: &str, indent: usize) -> String {
    let inner = " ".repeat(indent + 4);
    let body: String = lines.map(|line| format!("{inner}{line},\n")).collect();
    format!("{open}\n{body}{}{close}", " ".repeat(indent))
}

/// A string as Python's `repr` writes it, with the quotes that `ruff format` prefers.
#[must_use]
pub fn requoted(repr: &str) -> String {
    let start = repr.find(['\'', '"']).unwrap_or(0);
    let (prefix, quoted) = repr.split_at(start);
    let Some(body) = quoted.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) else {
        return repr.to_owned();
    };
    if body.matches('"').count() > body.matches('\'').count() {
        return repr.to_owned();
    }
    let mut out = format!("{prefix}\"");
    let mut chars = body.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('\'') => out.push('\''),
                Some(next) => out.extend(['\\', next]),
                None => out.push('\\'),
            },
            '"' => out.push_str("\\\""),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_those_of_the_formatter() {
        for (repr, expected) in [
            ("'a'", "\"a\""),
            ("'a\"b'", "'a\"b'"),
            ("\"it's\"", "\"it's\""),
            ("'it\\'s \"'", "\"it's \\\"\""),
            ("'\\\\'", "\"\\\\\""),
            ("b'x'", "b\"x\""),
        ] {
            assert_eq!(requoted(repr), expected);
        }
    }

    #[test]
    fn what_is_too_long_is_broken() {
        let numbers = |count: usize| (0..count).map(|n| Node::atom((n + 1000).to_string())).collect::<Vec<_>>();
        let list = Node::Items(Brackets::List, numbers(20)).layout(4, "x = ", 0);
        assert!(list.starts_with("x = [\n        1000,\n") && list.ends_with("1019,\n    ]"), "{list}");
        let call = Node::call("shop.total", numbers(12)).layout(4, "result = ", 0);
        assert_eq!(call.lines().count(), 3, "{call}");
        let one = Node::Items(Brackets::Tuple, numbers(1));
        assert_eq!(one.layout(0, "", 0), "(1000,)");
        assert_eq!(Node::Items(Brackets::List, vec![]).layout(200, "", 0), "[]");
    }
}
