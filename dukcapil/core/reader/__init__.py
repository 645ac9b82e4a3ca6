"""Takes strangers' tables apart in a process of its own. Nothing in here may need Django."""
