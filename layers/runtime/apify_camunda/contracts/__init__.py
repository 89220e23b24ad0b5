"""Shapes that cross our border; they say what a thing looks like and decide nothing."""
