"""Arrays of jax, inside functions that are traced and outside."""

import jax
import jax.numpy as jnp


def arrays():
    a = jnp.arange(6.0).reshape(2, 3)
    b = a.at[0, 0].set(9)
    c = jnp.array([1, 2], dtype=jnp.int8)
    d = jnp.float32(0.1)
    e = jnp.array([0.1, 2.5], dtype=jnp.bfloat16)
    f = jnp.zeros((0, 2))
    g = a.T
    h = jnp.array([True, False])
    i = {"a": [a, c]}
    total = float(a.sum())
    jax.block_until_ready((b, g))
    return i, total


def fit():
    w = jnp.array([3.0, -4.0])
    length = jax.jit(jnp.linalg.norm)
    values = []
    for _ in range(3):
        value, gradient = jax.block_until_ready(jax.value_and_grad(length)(w))
        w = jax.block_until_ready(w - 0.5 * gradient)
        values.append(round(float(value), 4))
    return values


arrays()
print(fit())
