"""Login, own account and staff. Sign-up and everything else of allauth stays unmounted."""

from allauth.account.views import LoginView, LogoutView, PasswordChangeView, ReauthenticateView
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.base.views import ReauthenticateView as MfaReauthenticateView
from allauth.mfa.recovery_codes.views import (
    DownloadRecoveryCodesView,
    GenerateRecoveryCodesView,
    ViewRecoveryCodesView,
)
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.usersessions.views import ListUserSessionsView
from django.contrib.auth.decorators import login_not_required
from django.urls import path
from django.views.generic import RedirectView

from dukcapil.accounts import views

urlpatterns = [
    path("masuk/", login_not_required(LoginView.as_view()), name="account_login"),
    path("keluar/", login_not_required(LogoutView.as_view()), name="account_logout"),
    path("sandi/", PasswordChangeView.as_view(), name="account_change_password"),
    path("ulang/", ReauthenticateView.as_view(), name="account_reauthenticate"),
    path("kode/", login_not_required(AuthenticateView.as_view()), name="mfa_authenticate"),
    path("", views.account, name="account"),
    path("token/baru/", views.token_new, name="token-new"),
    path("token/dibuat/", views.token_made, name="token-made"),
    path("petugas/", views.staff_list, name="staff"),
    path("petugas/baru/", views.staff_new, name="staff-new"),
    path("petugas/usulan/", views.proposal_list, name="staff-proposals"),
    path("petugas/<int:posting_id>/nomor/", views.staff_number, name="staff-number"),
    path("petugas/<int:posting_id>/dibuat/", views.staff_made, name="staff-made"),
    path("petugas/<int:posting_id>/penempatan/", views.posting_new, name="posting-new"),
    path("petugas/<int:posting_id>/akhiri/", views.posting_end, name="posting-end"),
    path("petugas/<int:posting_id>/sandi/", views.access_reset, name="access-reset"),
    path("kantor/", views.office_page, name="office-profile"),
    path("sesi/", ListUserSessionsView.as_view(), name="usersessions_list"),
    path("faktor-kedua/", RedirectView.as_view(pattern_name="account"), name="mfa_index"),
    path("faktor-kedua/ulang/", MfaReauthenticateView.as_view(), name="mfa_reauthenticate"),
    path("faktor-kedua/aktifkan/", ActivateTOTPView.as_view(), name="mfa_activate_totp"),
    path("faktor-kedua/matikan/", DeactivateTOTPView.as_view(), name="mfa_deactivate_totp"),
    path("faktor-kedua/kode/", ViewRecoveryCodesView.as_view(), name="mfa_view_recovery_codes"),
    path(
        "faktor-kedua/kode/buat/",
        GenerateRecoveryCodesView.as_view(),
        name="mfa_generate_recovery_codes",
    ),
    path(
        "faktor-kedua/kode/unduh/",
        DownloadRecoveryCodesView.as_view(),
        name="mfa_download_recovery_codes",
    ),
]
