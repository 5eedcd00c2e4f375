"""Tests of data sets, drawing and import."""
