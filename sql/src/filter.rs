//! The conditions of a query on a table's rows, as far as the table can use them.

use rusqlite::types::Value;

/// The comparison in a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `>` and `>=`: treated as `>=`, since SQLite checks again.
    AtLeast,
    /// `<` and `<=`
    AtMost,
}

/// The conditions on the rows of a table. A table may return more rows: SQLite checks each again.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    conditions: Vec<(usize, Comparison, Value)>,
    /// A bit for each column that the query reads; the last bit stands for all columns from the 64th on.
    pub used: u64,
}

impl Filter {
    /// Creates a filter from conditions: column, comparison, value.
    pub fn new(conditions: Vec<(usize, Comparison, Value)>, used: u64) -> Self {
        Self { conditions, used }
    }

    /// Whether the query reads a column.
    pub fn reads(&self, column: usize) -> bool {
        self.used & (1 << column.min(63)) != 0
    }

    fn equal(&self, column: usize) -> impl Iterator<Item = &Value> {
        self.conditions.iter().filter(move |(n, how, _)| *n == column && *how == Comparison::Equal).map(|(_, _, v)| v)
    }

    /// Whether the conditions allow a text in a column.
    pub fn allows_text(&self, column: usize, text: &str) -> bool {
        self.equal(column).all(|wanted| match wanted {
            Value::Text(wanted) => wanted == text,
            Value::Null => false,
            // SQLite compares numbers.
            _ => true,
        })
    }

    /// Whether the conditions allow a number in a column.
    pub fn allows_number(&self, column: usize, number: u64) -> bool {
        let (least, most) = self.range(column);
        (least..=most).contains(&number)
    }

    /// The smallest and the largest number that the conditions allow in a column; an empty range if none is.
    pub fn range(&self, column: usize) -> (u64, u64) {
        let (mut least, mut most) = (0u64, i64::MAX as u64);
        for (_, how, value) in self.conditions.iter().filter(|(n, _, _)| *n == column) {
            let (low, high) = match value {
                Value::Integer(n) if *n < 0 => {
                    if *how == Comparison::AtLeast {
                        continue;
                    }
                    return (1, 0);
                }
                Value::Integer(n) => (*n as u64, *n as u64),
                Value::Real(x) if x.is_finite() => (x.floor().max(0.0) as u64, x.ceil().max(0.0) as u64),
                Value::Null => return (1, 0),
                _ => continue,
            };
            if *how != Comparison::AtMost {
                least = least.max(low);
            }
            if *how != Comparison::AtLeast {
                most = most.min(high);
            }
        }
        (least, most)
    }

    /// Whether the query requires a single value of a column.
    pub fn is_equal(&self, column: usize) -> bool {
        self.equal(column).next().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_hold_all_that_sqlite_would_take() {
        use Comparison::{AtLeast, AtMost, Equal};
        let range = |conditions: &[(Comparison, Value)]| {
            Filter::new(conditions.iter().map(|(how, value)| (0, *how, value.clone())).collect(), 0).range(0)
        };
        let most = i64::MAX as u64;
        assert_eq!(range(&[]), (0, most));
        assert_eq!(range(&[(Equal, Value::Integer(7))]), (7, 7));
        assert_eq!(range(&[(AtLeast, Value::Integer(3)), (AtMost, Value::Integer(9))]), (3, 9));
        assert_eq!(range(&[(AtLeast, Value::Integer(-3))]), (0, most));
        assert_eq!(range(&[(AtLeast, Value::Real(2.5)), (AtMost, Value::Real(7.5))]), (2, 8));
        assert_eq!(range(&[(AtLeast, Value::Text("x".into()))]), (0, most));
        for none in [(Equal, Value::Integer(-1)), (AtMost, Value::Integer(-1)), (Equal, Value::Null)] {
            let (least, most) = range(&[none]);
            assert!(least > most);
        }
    }

    #[test]
    fn texts_are_compared_and_numbers_are_left_to_sqlite() {
        let filter = |value| Filter::new(vec![(2, Comparison::Equal, value)], 0b100);
        assert!(filter(Value::Text("a".into())).allows_text(2, "a"));
        assert!(!filter(Value::Text("a".into())).allows_text(2, "b"));
        assert!(filter(Value::Text("a".into())).allows_text(1, "b"));
        assert!(filter(Value::Integer(1)).allows_text(2, "1"));
        assert!(!filter(Value::Null).allows_text(2, "b"));
        assert!(filter(Value::Null).reads(2) && !filter(Value::Null).reads(1));
    }
}
