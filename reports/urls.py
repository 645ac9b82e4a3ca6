"""Addresses of the pages of figures; those of the API stand in dukcapil.api_urls."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from reports.views import (
    ages,
    alerts,
    bases,
    basis_new,
    closing,
    coverage,
    daily,
    day_row,
    desk,
    desk_work,
    editions,
    evaluation,
    files,
    first_day,
    labels,
    papers,
    plans,
    recap,
    screen,
    stock,
    stock_moves,
    stock_province,
    today,
    trend,
    unrecorded,
)


class _AboveVillage(StringConverter):
    """The code of a region above villages: those have a page of people (registrations.urls)."""

    regex = r"\d\d(?:\.\d\d){0,2}"


register_converter(_AboveVillage, "above")

urlpatterns = [
    path("", today.home, name="home"),
    path("hari-ini/", today.today_page, name="today"),
    path("hari-pertama/", first_day.first_day_page, name="first-day"),
    path("layar/", screen.screen_page, name="screen"),
    path("layar/<str:code>/", screen.screen_page, name="screen-region"),
    path("evaluasi/", evaluation.evaluation_page, name="evaluation-own"),
    path("evaluasi/<str:code>/", evaluation.evaluation_page, name="evaluation"),
    path("cakupan/", coverage.coverage_page, name="coverage"),
    path("cakupan/<str:code>/", coverage.coverage_page, name="coverage-region"),
    path("cakupan/<str:code>/tren/", trend.trend_page, name="coverage-trend"),
    path("cakupan/<str:code>/banding/", trend.compare_page, name="coverage-compare"),
    path("cakupan/<str:code>/mengapa/", coverage.why_page, name="coverage-why"),
    path("cakupan/<str:code>/usia/", ages.ages_page, name="coverage-ages"),
    path("cakupan/<str:code>/berkas/", files.files_page, name="coverage-files"),
    path("cakupan/<str:code>/berkas/<uuid:file_id>/", files.file_download, name="coverage-file"),
    path("belum-rekam/", unrecorded.unrecorded_page, name="unrecorded"),
    path("belum-rekam/<above:code>/", unrecorded.unrecorded_page, name="unrecorded-region"),
    path("dasar/", bases.basis_list, name="bases"),
    path("dasar/baru/", basis_new.basis_new, name="basis-new"),
    path("dasar/baru/<str:token>/", basis_new.basis_preview, name="basis-preview"),
    path("dasar/contoh/", basis_new.basis_template, name="basis-template"),
    path("dasar/<int:basis_id>/", bases.basis_page, name="basis"),
    path("target/", bases.target_list, name="targets"),
    path("rilis/", bases.release_list, name="releases"),
    path("edisi/", editions.edition_list, name="editions"),
    path("edisi/<int:edition_id>/", editions.edition_page, name="edition"),
    path("edisi/<int:edition_id>/berkas/", editions.edition_file, name="edition-file"),
    path("kegiatan/rekap/", recap.recap_page, name="event-recap"),
    path("kegiatan/<uuid:event_id>/laporan/", closing.closing_page, name="event-report"),
    path("kegiatan/<uuid:event_id>/berita-acara/", papers.minutes_file, name="event-minutes"),
    path("perangkat/label/", labels.device_labels, name="device-labels"),
    path("desk-pilkada/", desk.own_desk, name="desk-own"),
    path("desk-pilkada/<str:code>/", desk.desk_page, name="desk-board"),
    path("desk-pilkada/<str:code>/laporan/", desk.desk_report, name="desk-report"),
    path("desk-pilkada/<str:code>/berkas/", papers.desk_file, name="desk-file"),
    path("desk-pilkada/<str:code>/gangguan/", desk_work.incidents_page, name="desk-incidents"),
    path("desk-pilkada/<str:code>/padam/", desk_work.outages_page, name="desk-outages"),
    path("desk-pilkada/<str:code>/tugas/", desk_work.tasks_page, name="desk-tasks"),
    path("desk-pilkada/<str:code>/telepon/", desk_work.calls_page, name="desk-calls"),
    path("desk-pilkada/<str:code>/komitmen/", desk_work.commitments_page, name="desk-commitments"),
    path("peringatan/", alerts.alert_list, name="alerts"),
    path("peringatan/surel/", alerts.alert_address, name="alert-address"),
    path("peringatan/aturan/", alerts.own_rules, name="alert-rules-own"),
    path("peringatan/aturan/<str:code>/", alerts.alert_rules, name="alert-rules"),
    path("peringatan/<uuid:alert_id>/", alerts.alert_page, name="alert"),
    path("rencana/", plans.plan_list, name="plans"),
    path("rencana/<uuid:plan_id>/", plans.plan_page, name="plan"),
    path(
        "rencana/<uuid:plan_id>/banding/<uuid:other_id>/", plans.plan_compare, name="plan-compare"
    ),
    path("stok/", stock.own_stock, name="stock-own"),
    path("stok/provinsi/<str:code>/", stock_province.stock_region, name="stock-region"),
    path(
        "stok/permintaan/<uuid:stock_request_id>/",
        stock_province.stock_request,
        name="stock-request",
    ),
    path("stok/<str:code>/", stock.stock_office, name="stock-office"),
    path("stok/<str:code>/mutasi/", stock.stock_statement, name="stock-statement"),
    path("stok/<str:code>/opname/", stock_moves.stock_counts, name="stock-counts"),
    path("stok/<str:code>/opname/catat/", stock_moves.stock_count, name="stock-count"),
    path("stok/<str:code>/permintaan/", stock_province.stock_requests, name="stock-requests"),
    path("stok/<str:code>/catat/", stock_moves.stock_write, name="stock-write"),
    path("stok/<str:code>/catat/<slug:slug>/", stock_moves.stock_move, name="stock-move"),
    path(
        "stok/<str:code>/berkas/<slug:kind>/<uuid:sheet_id>/",
        stock_moves.stock_sheet,
        name="stock-sheet",
    ),
    path("laporan/", daily.daily_page, name="daily"),
    path("laporan/<str:code>/", daily.daily_page, name="daily-region"),
    path("laporan/<str:code>/berkas/", papers.daily_file, name="daily-file"),
    path("laporan/<str:code>/baris/", day_row.day_row_page, name="day-row"),
    path("laporan/<str:code>/beda/", daily.difference_page, name="daily-difference"),
]
