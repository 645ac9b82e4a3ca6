from django.urls import path

from reports import views

urlpatterns = [
    path("", views.home, name="home"),
    path("hari-ini/", views.today_page, name="today"),
    path("cakupan/", views.coverage_page, name="coverage"),
    path("cakupan/<str:code>/", views.coverage_page, name="coverage-region"),
    path("cakupan/<str:code>/tren/", views.trend_page, name="coverage-trend"),
    path("cakupan/<str:code>/mengapa/", views.why_page, name="coverage-why"),
    path("cakupan/<str:code>/usia/", views.ages_page, name="coverage-ages"),
    path("cakupan/<str:code>/berkas/", views.files_page, name="coverage-files"),
    path("cakupan/<str:code>/berkas/<uuid:file_id>/", views.file_download, name="coverage-file"),
    path("dasar/", views.basis_list, name="bases"),
    path("dasar/baru/", views.basis_new, name="basis-new"),
    path("dasar/baru/<str:token>/", views.basis_preview, name="basis-preview"),
    path("dasar/<int:basis_id>/", views.basis_page, name="basis"),
    path("target/", views.target_list, name="targets"),
    path("rilis/", views.release_list, name="releases"),
    path("kegiatan/rekap/", views.recap_page, name="event-recap"),
    path("kegiatan/<uuid:event_id>/laporan/", views.closing_page, name="event-report"),
    path("laporan/", views.daily_page, name="daily"),
    path("laporan/<str:code>/", views.daily_page, name="daily-region"),
    path("laporan/<str:code>/beda/", views.difference_page, name="daily-difference"),
]
