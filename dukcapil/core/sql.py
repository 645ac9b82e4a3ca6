"""SQL that stands beside a migration, and is as frozen as it (docs/migrations.md)."""

from pathlib import Path


def written(migration: str, name: str) -> str:
    """``sql/0002_<name>.sql`` for a migration whose file (`__file__`) begins with 0002."""
    path = Path(migration)
    number = path.name.partition("_")[0]
    return (path.parent / "sql" / f"{number}_{name}.sql").read_text()


def as_keeper(statements: str) -> str:
    """Create functions of `keeper`, who may create nothing at any other time."""
    return f"""
GRANT CREATE ON SCHEMA public TO keeper;
SET LOCAL ROLE keeper;
{statements}
SET LOCAL ROLE NONE;
REVOKE CREATE ON SCHEMA public FROM keeper;
"""
