"""An overlay keeps the mode of its environment."""

from jinja2 import Environment


def test_an_overlay_is_async_as_its_environment_is():
    environment = Environment(enable_async=True)
    assert environment.overlay().is_async
