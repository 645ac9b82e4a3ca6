"""Addresses of the pages of figures; those of the API stand in dukcapil.api_urls."""

from django.urls import path

from reports.views import (
    ages,
    bases,
    basis_new,
    closing,
    coverage,
    daily,
    files,
    papers,
    recap,
    today,
)

urlpatterns = [
    path("", today.home, name="home"),
    path("hari-ini/", today.today_page, name="today"),
    path("cakupan/", coverage.coverage_page, name="coverage"),
    path("cakupan/<str:code>/", coverage.coverage_page, name="coverage-region"),
    path("cakupan/<str:code>/tren/", coverage.trend_page, name="coverage-trend"),
    path("cakupan/<str:code>/mengapa/", coverage.why_page, name="coverage-why"),
    path("cakupan/<str:code>/usia/", ages.ages_page, name="coverage-ages"),
    path("cakupan/<str:code>/berkas/", files.files_page, name="coverage-files"),
    path("cakupan/<str:code>/berkas/<uuid:file_id>/", files.file_download, name="coverage-file"),
    path("dasar/", bases.basis_list, name="bases"),
    path("dasar/baru/", basis_new.basis_new, name="basis-new"),
    path("dasar/baru/<str:token>/", basis_new.basis_preview, name="basis-preview"),
    path("dasar/contoh/", basis_new.basis_template, name="basis-template"),
    path("dasar/<int:basis_id>/", bases.basis_page, name="basis"),
    path("target/", bases.target_list, name="targets"),
    path("rilis/", bases.release_list, name="releases"),
    path("kegiatan/rekap/", recap.recap_page, name="event-recap"),
    path("kegiatan/<uuid:event_id>/laporan/", closing.closing_page, name="event-report"),
    path("kegiatan/<uuid:event_id>/berita-acara/", papers.minutes, name="event-minutes"),
    path("laporan/", daily.daily_page, name="daily"),
    path("laporan/<str:code>/", daily.daily_page, name="daily-region"),
    path("laporan/<str:code>/berkas/", papers.daily_file, name="daily-file"),
    path("laporan/<str:code>/beda/", daily.difference_page, name="daily-difference"),
]
