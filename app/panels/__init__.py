"""Panels: data, training bar, transport, inspector, gallery."""
