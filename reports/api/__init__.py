"""Figures for programs. The address book takes its views from the modules."""
