"""Estimates: bills of materials priced by suppliers' offers."""
