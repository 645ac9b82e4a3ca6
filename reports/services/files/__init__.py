"""Files of coverage, all from one `Answer`, and of closing reports: nothing here counts or divides."""

from reports.services.files.closing import closing_pdf, closing_xlsx, recap_xlsx
from reports.services.files.delimited import SDMX_TYPE, coverage_csv, satu_data_csv, sdmx_csv
from reports.services.files.document import pdf
from reports.services.files.message import message
from reports.services.files.package import package
from reports.services.files.sheets import XLSX_TYPE, xlsx

__all__ = [
    "SDMX_TYPE",
    "XLSX_TYPE",
    "closing_pdf",
    "closing_xlsx",
    "coverage_csv",
    "message",
    "package",
    "pdf",
    "recap_xlsx",
    "satu_data_csv",
    "sdmx_csv",
    "xlsx",
]
