"""Numerical engines that know no word of the field."""
