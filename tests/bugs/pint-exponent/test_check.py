"""Grams, tons and kilograms reduce to kilograms."""

import pint


def test_units_of_one_dimension_are_reduced_to_one():
    units = pint.UnitRegistry()
    quantity = units.Quantity(0.5, "g*t/kg")
    assert quantity.to_reduced_units() == units.Quantity(0.5, "kg")
