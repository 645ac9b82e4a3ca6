from django.urls import path

from events import views

urlpatterns = [
    path("jadwal/", views.schedule, name="schedule"),
    path("jadwal.ics", views.schedule_feed, name="schedule-feed"),
    path("kalender/<str:secret>.ics", views.calendar_feed, name="calendar-feed"),
    path("sumber/", views.office_resources, name="resources"),
    path("pinjaman/<uuid:loan_id>/", views.loan_page, name="loan"),
    path("kegiatan/kalender/", views.calendar_page, name="calendar"),
    path("kegiatan/<uuid:event_id>/salin/", views.event_copy, name="event-copy"),
    path("kegiatan/<uuid:event_id>/pos/", views.event_stations, name="event-stations"),
    path("kegiatan/<uuid:event_id>/tim/", views.event_team, name="event-team"),
    path("kegiatan/<uuid:event_id>/catatan/", views.event_notes, name="event-notes"),
    path("kegiatan/", views.event_list, name="events"),
    path("kegiatan/baru/", views.event_new, name="event-new"),
    path("kegiatan/<uuid:event_id>/ubah/", views.event_edit, name="event-edit"),
    path("kegiatan/<uuid:event_id>/sesi/baru/", views.session_new, name="session-new"),
]
