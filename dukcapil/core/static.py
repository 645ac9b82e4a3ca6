"""Static files: hashed names, compressed once, without source maps and unused bundles."""

from django.contrib.staticfiles.apps import StaticFilesConfig
from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticConfig(StaticFilesConfig):
    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "redoc", "*.map", "*.LICENSE.txt"]


class HashedStorage(CompressedManifestStaticFilesStorage):
    #: Only url() in style sheets is rewritten: maps are not shipped, modules are not bundled here.
    patterns = (
        ("*.css", (r"""(?P<matched>url\((?P<quote>['"]{0,1})\s*(?P<url>.*?)["']{0,1}\))""",)),
    )
