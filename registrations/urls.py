from django.urls import path

from registrations import views

urlpatterns = [
    path("kegiatan/<uuid:event_id>/", views.event_page, name="event"),
    path("kegiatan/<uuid:event_id>/setujui/", views.event_approve, name="event-approve"),
    path("kegiatan/<uuid:event_id>/pindah/", views.event_move, name="event-move"),
    path("kegiatan/<uuid:event_id>/susulan/", views.event_missing, name="event-missing"),
    path("sesi/<uuid:session_id>/", views.session_page, name="session"),
    path("sesi/<uuid:session_id>/tempat/", views.session_places, name="session-places"),
    path("sesi/<uuid:session_id>/meja/", views.desk_page, name="desk"),
    path("sesi/<uuid:session_id>/papan/", views.board_page, name="board"),
    path("sesi/<uuid:session_id>/rombongan/", views.group_new, name="group-new"),
    path("sesi/<uuid:session_id>/tunggu/", views.waiting_page, name="waiting"),
    path("sesi/<uuid:session_id>/daftar/", views.print_list, name="print-list"),
    path("rombongan/<uuid:group_id>/", views.group_page, name="group"),
    path("sesi/<uuid:session_id>/pesan/", views.book_page, name="book"),
    path("janji/<uuid:appointment_id>/", views.appointment_page, name="appointment"),
    path("layanan/", views.log_page, name="log"),
    path("permintaan/", views.request_list, name="requests"),
    path("permintaan/baru/", views.request_new, name="request-new"),
    path("permintaan/<uuid:request_id>/", views.request_page, name="request"),
    path("penduduk/", views.resident_list, name="residents"),
    path("penduduk/baru/", views.resident_new, name="resident-new"),
    path("penduduk/<uuid:resident_id>/", views.resident_page, name="resident"),
    path("ekspor/", views.export_list, name="exports"),
    path("ekspor/<uuid:export_id>/berkas/", views.export_file, name="export-file"),
    path("pengawasan/", views.oversight_page, name="oversight"),
    path("verifikasi/", views.set_aside_page, name="set-aside"),
]
