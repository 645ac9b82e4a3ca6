"""Addresses of the pages about events; the API's are in `dukcapil.api_urls`."""

from django.urls import path

from events.views import (
    calendar,
    elections,
    listing,
    notes,
    openings,
    outages,
    planning,
    public,
    requirements,
    resources,
)

urlpatterns = [
    path("jadwal/", public.schedule, name="schedule"),
    path("jadwal.ics", public.schedule_feed, name="schedule-feed"),
    path("kalender/<str:secret>.ics", public.calendar_feed, name="calendar-feed"),
    path("pemilihan/", elections.election_list, name="elections"),
    path("pemilihan/<int:election_id>/", elections.election_decide, name="election"),
    path("hari-libur/", elections.local_day_list, name="local-days"),
    path("buka/", openings.opening_list, name="openings"),
    path("buka/<uuid:opening_id>/", openings.opening_page, name="opening"),
    path("buka/hp/<str:secret>/", openings.opening_phone, name="opening-phone"),
    path("persyaratan/", requirements.requirements_page, name="requirements"),
    path("sumber/", resources.office_resources, name="resources"),
    path("kegiatan/kalender/", calendar.calendar_page, name="calendar"),
    path("kegiatan/<uuid:event_id>/salin/", planning.event_copy, name="event-copy"),
    path("kegiatan/<uuid:event_id>/pos/", planning.event_stations, name="event-stations"),
    path("kegiatan/<uuid:event_id>/gangguan/", outages.event_outages, name="event-outages"),
    path("kegiatan/<uuid:event_id>/catatan/", notes.event_notes, name="event-notes"),
    path("kegiatan/", listing.event_list, name="events"),
    path("kegiatan/baru/", planning.event_new, name="event-new"),
    path("kegiatan/<uuid:event_id>/sesi/baru/", planning.session_new, name="session-new"),
]
