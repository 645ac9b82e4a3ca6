"""Static files: hashed names, compressed once, without source maps and unused bundles."""

from typing import Any

from django.conf import settings
from django.contrib.staticfiles.apps import StaticFilesConfig
from django.core.files.storage import FileSystemStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticConfig(StaticFilesConfig):
    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "redoc", "*.map", "*.LICENSE.txt"]


class HashedStorage(CompressedManifestStaticFilesStorage):
    """The list of all names lies beside the files, where nobody is served it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        names = FileSystemStorage(location=f"{settings.STATIC_ROOT}-names")
        super().__init__(*args, manifest_storage=names, **kwargs)

    #: Only url() in style sheets is rewritten: maps are not shipped, modules are not bundled here.
    patterns = (
        ("*.css", (r"""(?P<matched>url\((?P<quote>['"]{0,1})\s*(?P<url>.*?)["']{0,1}\))""",)),
    )
