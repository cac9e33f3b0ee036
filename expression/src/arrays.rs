//! Arrays and scalars of libraries, which are recorded as pieces of text and values.

use connie_wire::{Kind, Value};

use ruff_python_ast::Operator;

use super::got::{Got, Outcome};
use super::numbers;
use super::problem::unknown;
use super::values::Values;

/// The magnitude up to which comparing an int with a float gives the same result as in numpy, which rounds the int
/// first.
const EXACT: u64 = 1 << 53;

/// Classes that define `shape` themselves, by module and name; a subclass may compute it.
const ARRAYS: [(&str, &str); 8] = [
    ("numpy", "ndarray"),
    ("torch", "Tensor"),
    ("torch.nn.parameter", "Parameter"),
    ("jaxlib._jax", "ArrayImpl"),
    ("jaxlib.xla_extension", "ArrayImpl"),
    ("pandas.core.frame", "DataFrame"),
    ("pandas", "DataFrame"),
    ("polars.dataframe.frame", "DataFrame"),
];

/// Whether a cell of a numpy type equals the value recorded for it.
fn is_exact(value: &Value, dtype: &str) -> bool {
    match value {
        Value::Bool(_) => dtype == "bool",
        Value::Int(_) => dtype.starts_with("int") || dtype.starts_with("uint"),
        Value::Float(_) => dtype == "float64",
        Value::Str(_) => dtype == "str",
        _ => false,
    }
}

/// The result of an operator on numpy cells, if it equals that of Python with their values: sums, differences, products
/// and quotients of `int64` and `float64`, with each other and with Python's numbers.
pub(super) fn calculated(op: Operator, left: &Got, right: &Got) -> Outcome {
    let operand = |value: &Got| match value {
        Got::Scalar(value @ Value::Int(_), dtype) if dtype == "int64" => Some(Got::Value(value.clone())),
        Got::Scalar(value @ Value::Float(_), dtype) if dtype == "float64" => Some(Got::Value(value.clone())),
        Got::Value(Value::Int(_) | Value::Float(_)) => Some(value.clone()),
        _ => None,
    };
    let is_zero = |value: &Got| numbers::float(value).is_none_or(|value| value == 0.0);
    let found = match (op, operand(left), operand(right)) {
        (Operator::Add | Operator::Sub | Operator::Mult, Some(a), Some(b)) => numbers::binary(op, &a, &b),
        (Operator::Div, Some(a), Some(b)) if !is_zero(&b) => numbers::binary(op, &a, &b),
        _ => None,
    };
    match found {
        Some(Ok(Got::Value(value @ Value::Int(_)))) => Ok(Got::Scalar(value, "int64".into())),
        Some(Ok(Got::Value(value @ Value::Float(_)))) => Ok(Got::Scalar(value, "float64".into())),
        _ => unknown("calculating with a cell of this type runs code of its library"),
    }
}

fn is_number(value: &Got) -> bool {
    matches!(value, Got::Value(Value::Bool(_) | Value::Int(_) | Value::Float(_)))
}

impl Values<'_> {
    /// The Python value of a numpy scalar: an integer, a truth value or a 64-bit float. Other floats are shown as the
    /// shortest decimal that represents them, which is not their exact value.
    pub(super) fn scalar_of(&self, value: &Got) -> Option<Got> {
        if let Got::Scalar(value, dtype) = value {
            return is_exact(value, dtype).then(|| Got::Value(value.clone()));
        }
        let Got::Value(Value::Object(object)) = value else { return None };
        let entity = self.scope.world().entity(*object)?;
        let ty = self.scope.world().type_name(entity.ty?)?;
        if ty.kind != Kind::Template || ty.module != "numpy" {
            return None;
        }
        let is_int = ["int", "uint", "longlong", "ulonglong"].iter().any(|name| ty.name.starts_with(name));
        let found = match entity.items.as_slice() {
            [Value::Str(text)] => match &*text.bytes {
                b"np.True_" => Value::Bool(true),
                b"np.False_" => Value::Bool(false),
                _ => return None,
            },
            [_, value @ Value::Int(_), _] if is_int => value.clone(),
            [_, value @ Value::Float(_), _] if ty.name == "float64" => value.clone(),
            _ => return None,
        };
        self.look(*object);
        Some(Got::Value(found))
    }

    /// Two numbers of which at least one is a numpy scalar, if numpy compares them as Python does.
    pub(super) fn scalars_of(&self, left: &Got, right: &Got) -> Option<(Got, Got)> {
        let (a, b) = (self.scalar_of(left), self.scalar_of(right));
        if a.is_none() && b.is_none() {
            return None;
        }
        let (a, b) = (a.unwrap_or_else(|| left.clone()), b.unwrap_or_else(|| right.clone()));
        let small = |value: &Got| numbers::int(value).is_none_or(|n| n.unsigned_abs() <= EXACT);
        let whole = numbers::int(&a).is_some() && numbers::int(&b).is_some();
        let are_texts = matches!((&a, &b), (Got::Value(Value::Str(_)), Got::Value(Value::Str(_))));
        (are_texts || is_number(&a) && is_number(&b) && (whole || small(&a) && small(&b))).then_some((a, b))
    }

    /// The shape of an array or a frame, which is at the beginning of its recorded text.
    pub(super) fn shape(&self, value: &Got) -> Option<Vec<i64>> {
        let Got::Value(Value::Object(object)) = value else { return None };
        let entity = self.scope.world().entity(*object)?;
        let ty = self.scope.world().type_name(entity.ty?)?;
        if ty.kind != Kind::Template || !ARRAYS.contains(&(&ty.module, &ty.name)) {
            return None;
        }
        let Some(Value::Str(head)) = entity.items.first() else { return None };
        let head = std::str::from_utf8(&head.bytes).ok()?;
        let sizes = head.split_once(" shape=(")?.1.split_once(')')?.0;
        self.look(*object);
        sizes.split(',').map(str::trim).filter(|size| !size.is_empty()).map(|size| size.parse().ok()).collect()
    }

    /// An attribute of an array that follows from its shape.
    pub(super) fn of_shape(&self, value: &Got, name: &str) -> Option<Got> {
        let shape = self.shape(value)?;
        let int = |n: i64| Got::Value(Value::Int(n));
        let (_, _, class) = self.object(value)?;
        match name {
            "shape" => Some(Got::Tuple(shape.into_iter().map(int).collect())),
            "ndim" if class != "DataFrame" => Some(int(shape.len() as i64)),
            "size" if matches!(class.as_str(), "ndarray" | "ArrayImpl") => Some(int(shape.iter().product())),
            _ => None,
        }
    }
}
