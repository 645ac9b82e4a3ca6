"""Strangers' lists, from the cells of a file or a paste to rows whose columns have a meaning."""
