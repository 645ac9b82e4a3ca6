from django.urls import path

from reports import views

urlpatterns = [
    path("", views.home, name="home"),
    path("hari-ini/", views.today_page, name="today"),
    path("cakupan/", views.coverage_page, name="coverage"),
    path("cakupan/<str:code>/", views.coverage_page, name="coverage-region"),
    path("cakupan/<str:code>/tren/", views.trend_page, name="coverage-trend"),
    path("cakupan/<str:code>/mengapa/", views.why_page, name="coverage-why"),
    path("laporan/", views.daily_page, name="daily"),
    path("laporan/<str:code>/", views.daily_page, name="daily-region"),
]
