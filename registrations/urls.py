"""Addresses of the pages of events at work: bookings, desks, people, requests, lists taken out."""

from django.urls import path

from registrations.views import (
    booking,
    changes,
    desk,
    event,
    exports,
    groups,
    oversight,
    requests,
    resident_list,
    residents,
    session,
    set_aside,
    waiting,
)

urlpatterns = [
    path("kegiatan/<uuid:event_id>/", event.event_page, name="event"),
    path("kegiatan/<uuid:event_id>/ubah/", changes.event_edit, name="event-edit"),
    path("kegiatan/<uuid:event_id>/setujui/", event.event_approve, name="event-approve"),
    path("kegiatan/<uuid:event_id>/pindah/", changes.event_move, name="event-move"),
    path("kegiatan/<uuid:event_id>/susulan/", event.event_missing, name="event-missing"),
    path("sesi/<uuid:session_id>/", session.session_page, name="session"),
    path("sesi/<uuid:session_id>/tempat/", event.session_places, name="session-places"),
    path("sesi/<uuid:session_id>/meja/", desk.desk_page, name="desk"),
    path("sesi/<uuid:session_id>/papan/", desk.board_page, name="board"),
    path("sesi/<uuid:session_id>/rombongan/", groups.group_new, name="group-new"),
    path("sesi/<uuid:session_id>/tunggu/", waiting.waiting_page, name="waiting"),
    path("sesi/<uuid:session_id>/daftar/", session.print_list, name="print-list"),
    path("rombongan/<uuid:group_id>/", groups.group_page, name="group"),
    path("sesi/<uuid:session_id>/pesan/", booking.book_page, name="book"),
    path("janji/<uuid:appointment_id>/", booking.appointment_page, name="appointment"),
    path("layanan/", desk.log_page, name="log"),
    path("permintaan/", requests.request_list, name="requests"),
    path("permintaan/baru/", requests.request_new, name="request-new"),
    path("permintaan/<uuid:request_id>/", requests.request_page, name="request"),
    path("penduduk/", resident_list.resident_list, name="residents"),
    path("penduduk/baru/", residents.resident_new, name="resident-new"),
    path("penduduk/<uuid:resident_id>/", residents.resident_page, name="resident"),
    path("ekspor/", exports.export_list, name="exports"),
    path("ekspor/<uuid:export_id>/berkas/", exports.export_file, name="export-file"),
    path("pengawasan/", oversight.oversight_page, name="oversight"),
    path("verifikasi/", set_aside.set_aside_page, name="set-aside"),
]
