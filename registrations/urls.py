from django.urls import path

from registrations import views

urlpatterns = [
    path("kegiatan/<uuid:event_id>/", views.event_page, name="event"),
    path("sesi/<uuid:session_id>/", views.session_page, name="session"),
    path("sesi/<uuid:session_id>/pesan/", views.book_page, name="book"),
    path("janji/<uuid:appointment_id>/", views.appointment_page, name="appointment"),
    path("layanan/", views.log_page, name="log"),
    path("penduduk/", views.resident_list, name="residents"),
    path("penduduk/baru/", views.resident_new, name="resident-new"),
    path("penduduk/<uuid:resident_id>/", views.resident_page, name="resident"),
    path("ekspor/", views.export_list, name="exports"),
    path("ekspor/<uuid:export_id>/berkas/", views.export_file, name="export-file"),
    path("pengawasan/", views.oversight_page, name="oversight"),
    path("verifikasi/", views.set_aside_page, name="set-aside"),
]
