"""Addresses of one session, which desks and their polls ask for all day: tried before all other pages."""

from django.urls import path

from registrations.views import booking, desk, event, lists, session, waiting

urlpatterns = [
    path("<uuid:session_id>/", session.session_page, name="session"),
    path("<uuid:session_id>/tempat/", event.session_places, name="session-places"),
    path("<uuid:session_id>/meja/", desk.desk_page, name="desk"),
    path("<uuid:session_id>/papan/", desk.board_page, name="board"),
    path("<uuid:session_id>/rombongan/", lists.group_new, name="group-new"),
    path("<uuid:session_id>/tunggu/", waiting.waiting_page, name="waiting"),
    path("<uuid:session_id>/daftar/", session.print_list, name="print-list"),
    path("<uuid:session_id>/pesan/", booking.book_page, name="book"),
]
