from django.urls import path

from events import views

urlpatterns = [
    path("kegiatan/", views.event_list, name="events"),
    path("kegiatan/baru/", views.event_new, name="event-new"),
    path("kegiatan/<uuid:event_id>/ubah/", views.event_edit, name="event-edit"),
    path("kegiatan/<uuid:event_id>/setujui/", views.event_approve, name="event-approve"),
    path("kegiatan/<uuid:event_id>/sesi/baru/", views.session_new, name="session-new"),
    path("sesi/<uuid:session_id>/tempat/", views.session_places, name="session-places"),
]
