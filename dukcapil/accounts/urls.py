"""Login, logout and second factor. Sign-up and everything else of allauth stays unmounted."""

from allauth.account.views import LoginView, LogoutView, PasswordChangeView, ReauthenticateView
from allauth.mfa.base.views import AuthenticateView, IndexView
from allauth.mfa.base.views import ReauthenticateView as MfaReauthenticateView
from allauth.mfa.recovery_codes.views import (
    DownloadRecoveryCodesView,
    GenerateRecoveryCodesView,
    ViewRecoveryCodesView,
)
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from django.contrib.auth.decorators import login_not_required
from django.urls import path

urlpatterns = [
    path("masuk/", login_not_required(LoginView.as_view()), name="account_login"),
    path("keluar/", login_not_required(LogoutView.as_view()), name="account_logout"),
    path("sandi/", PasswordChangeView.as_view(), name="account_change_password"),
    path("ulang/", ReauthenticateView.as_view(), name="account_reauthenticate"),
    path("kode/", login_not_required(AuthenticateView.as_view()), name="mfa_authenticate"),
    path("faktor-kedua/", IndexView.as_view(), name="mfa_index"),
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
