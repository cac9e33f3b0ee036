//! Arrays and scalars of libraries, which are recorded as pieces of text and values.

use connie_wire::{Kind, Value};

use super::got::Got;
use super::numbers;
use super::values::Values;

/// Ints up to which an int is compared with a float as numpy does it, which rounds it first.
const EXACT: u64 = 1 << 53;

/// Classes whose `shape` is theirs, by module and name; of subclasses it may be computed.
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

fn is_number(value: &Got) -> bool {
    matches!(value, Got::Value(Value::Bool(_) | Value::Int(_) | Value::Float(_)))
}

impl Values<'_> {
    /// The Python value of a scalar of numpy: of an integer, a truth value or a float of 64 bits. Others are shown
    /// as the shortest decimal that stands for them, which is not what they are.
    pub(super) fn scalar_of(&self, value: &Got) -> Option<Got> {
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

    /// Two numbers of which at least one is a scalar of numpy, where comparing them is what Python does.
    pub(super) fn scalars_of(&self, left: &Got, right: &Got) -> Option<(Got, Got)> {
        let (a, b) = (self.scalar_of(left), self.scalar_of(right));
        if a.is_none() && b.is_none() {
            return None;
        }
        let (a, b) = (a.unwrap_or_else(|| left.clone()), b.unwrap_or_else(|| right.clone()));
        let small = |value: &Got| numbers::int(value).is_none_or(|n| n.unsigned_abs() <= EXACT);
        let whole = numbers::int(&a).is_some() && numbers::int(&b).is_some();
        (is_number(&a) && is_number(&b) && (whole || small(&a) && small(&b))).then_some((a, b))
    }

    /// The shape of an array or a frame, which stands at the beginning of what is shown of it.
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
