//! What tests need of others: packages, each with what it needs itself, as they are fetched one by one.

use crate::shell::{self, Result};

/// Real programs whose own entry points the oracle follows; pure Python, for every version.
pub const PACKAGES: [&str; 6] = [
    "pyflakes==3.2.0",
    "pycodestyle==2.12.1",
    "Pygments==2.18.0",
    "Markdown==3.7",
    "mistune==3.0.2",
    "sqlparse==0.5.1",
];

/// Arrays of another kind, and what they need.
pub const JAX: [&str; 5] =
    ["jax==0.12.0.1", "jaxlib==0.12.0.1", "ml_dtypes==0.6.0", "opt_einsum==3.4.0", "numpy>=2.5,<2.6"];

/// Notebooks, run as Jupyter does.
pub const NOTEBOOKS: [&str; 3] = ["nbconvert==7.17.2", "ipykernel==7.4.0", "ipython==9.18.1"];

/// Extension modules that tell profilers of their own frames.
pub const CYTHON: [&str; 2] = ["Cython==3.3.1", "setuptools==84.2.1"];

/// Libraries whose values are read from memory, and greenlet; binary wheels, for the newest interpreter.
pub const FRAMES: [&str; 9] = [
    "greenlet==3.2.4",
    "numpy>=2,<3",
    "pandas==2.2.3",
    "polars==2.1.0",
    // What these need; packages are fetched one by one.
    "polars-runtime-32==2.1.0",
    "python-dateutil>=2.8.2",
    "pytz",
    "six",
    "tzdata",
];

/// What `tests/oracle/libraries` lives on, and what that needs.
pub const LIBRARIES: [&str; 16] = [
    "Werkzeug==3.1.3",
    "MarkupSafe==3.0.3",
    "Django==5.2.7",
    "asgiref==3.10.0",
    "sqlparse==0.5.3",
    "SQLAlchemy==2.0.44",
    "typing_extensions==4.15.0",
    "greenlet==3.2.4",
    "trio==0.32.0",
    "anyio==4.11.0",
    "attrs==25.4.0",
    "idna==3.11",
    "outcome==1.3.0.post0",
    "sniffio==1.3.1",
    "hypothesis==6.148.2",
    "sortedcontainers==2.4.0",
];

/// pytest, for `connie pytest`; pure Python, for every version.
const PYTEST: [&str; 10] = [
    "pytest==8.4.2",
    "pytest-xdist==3.8.0",
    // What these need; packages are fetched one by one.
    "execnet==2.1.2",
    "pluggy==1.6.0",
    "iniconfig==2.1.0",
    "packaging==25.0",
    "Pygments==2.18.0",
    "exceptiongroup==1.3.1",
    "tomli==2.0.1",
    "typing_extensions==4.12.2",
];

/// A folder with pytest.
pub fn pytest(python: &std::path::Path) -> Result<std::path::PathBuf> {
    shell::packages(python, "pytest", &PYTEST)
}
