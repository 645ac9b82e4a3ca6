"""make screenshots: the pictures of README and docs/guide/, taken from a running demonstration.

Needs `make run` in another terminal (its demo.json says where and who) and Debian's chromium.
Nothing is changed in the demonstration: pages are only looked at.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("DUKCAPIL_VAR", ROOT / "var"))
PICTURES = ROOT / "docs" / "guide" / "pictures"
FLAGS = ["--no-sandbox", "--disable-quic", "--disable-background-networking"]
DESK, PHONE = {"width": 1200, "height": 780}, {"width": 390, "height": 780}


def main() -> None:
    demo = json.loads((VAR / "demo.json").read_text())
    accounts = {row["username"]: row for row in demo["accounts"]}
    PICTURES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        clerk = enter(browser, demo["url"], accounts["operator"])
        take(clerk, "/hari-ini/", "hari-ini")
        take(clerk, "/hari-ini/", "hari-ini-telepon", PHONE)
        take(clerk, "/kegiatan/", "kegiatan")
        take(clerk, "/kegiatan/baru/", "kegiatan-baru")
        take(clerk, "/kegiatan/kalender/", "kalender")
        take(clerk, "/jadwal/", "jadwal")
        take(clerk, "/permintaan/", "permintaan")
        take(clerk, "/kegiatan/rekap/", "rekap")
        clerk.goto(demo["url"] + "/hari-ini/")
        clerk.locator("tbody th a").first.click()
        session = clerk.url
        take(clerk, session, "sesi")
        take(clerk, session, "sesi-telepon", PHONE)
        clerk.goto(session)
        event = str(clerk.locator(".crumbs a").last.get_attribute("href"))
        take(clerk, event, "kegiatan-rencana")
        take(clerk, f"{event}tim/", "tim")
        take(clerk, f"{event}laporan/", "laporan-kegiatan")
        clerk.goto(session)
        called = str(clerk.locator("td a[href*='person=']").first.get_attribute("href"))
        clerk.goto(f"{session}meja/")
        station = clerk.locator("#station option").nth(1).get_attribute("value")
        take(clerk, f"{called}&station={station}", "meja")
        take(clerk, f"{called}&station={station}", "meja-telepon", PHONE)
        take(clerk, f"{session}papan/", "papan")
        clerk.goto(demo["url"] + "/kegiatan/?q=SMA+Negeri+5")
        clerk.locator("tbody th a").first.click()
        clerk.locator("tbody th a[href^='/sesi/']").first.click()
        clerk.goto(f"{clerk.url}rombongan/")
        group = clerk.locator("a[href^='/rombongan/']").first.get_attribute("href")
        take(clerk, str(group), "rombongan")
        clerk.goto(session)
        slip = clerk.locator("td a[href^='/janji/']").first.get_attribute("href")
        take(clerk, str(slip), "slip")
        person = clerk.goto(session) and clerk.locator("td a[href*='person=']").first
        take(clerk, str(person.get_attribute("href")), "catat-layanan")  # type: ignore[union-attr]
        take(clerk, "/laporan/", "laporan-harian")
        take(clerk, "/status/", "status")
        take(clerk, "/surat/", "surat")
        take(clerk, "/dokumen/", "dokumen")
        keeper = enter(browser, demo["url"], accounts["juru-makam"])
        take(keeper, "/pemakaman/", "pemakaman-ponsel", PHONE)
        head = enter(browser, demo["url"], accounts["kepala"])
        head.goto(demo["url"] + "/kegiatan/?state=draft")
        draft = head.locator("tbody th a").first.get_attribute("href")
        take(head, f"{draft}setujui/", "setujui")
        plans(head)
        take(head, "/akun/petugas/", "petugas")
        take(head, "/pengawasan/?show=reveals", "pengawasan")
        province = enter(browser, demo["url"], accounts["provinsi-13"])
        take(province, "/cakupan/13/", "cakupan", scroll=False)
        take(province, "/cakupan/13/", "peta", scroll=True)
        take(province, "/verifikasi/", "menunggu-verifikasi")
        take(province, "/laporan/13/baris/", "baris-harian")
        lampung = enter(browser, demo["url"], accounts["provinsi-18"])
        take(lampung, "/cakupan/18/mengapa/?date=2024-11-15", "mengapa")
        browser.close()


def enter(browser: Browser, url: str, account: dict[str, Any]) -> Page:
    page = browser.new_context(base_url=url, locale="id-ID", viewport=DESK).new_page()  # type: ignore[arg-type]
    page.goto("/")
    page.locator("#id_login").fill(account["username"])
    page.locator("#id_password").fill(account["password"])
    page.keyboard.press("Enter")
    if "totp_uri" in account:
        command = [sys.executable, "manage.py", "totp", account["username"]]
        code = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
        page.locator("#id_code").fill(code.stdout.strip())
        page.keyboard.press("Enter")
    page.locator("nav.side").wait_for(state="attached")
    return page


def plans(head: Page) -> None:
    """The plan of the demonstration, once the worker has made it; a visit of it, opened."""
    head.goto("/rencana/")
    plan = str(head.locator("tbody th a").first.get_attribute("href"))
    head.goto(plan)
    head.locator(".plan-calendar").wait_for()
    take(head, plan, "rencana")
    visit = str(head.locator("li.visit a").first.get_attribute("href"))
    take(head, plan + visit, "rencana-pindah")
    take(head, f"{plan}kunjungan/", "rencana-kunjungan")


def take(
    page: Page, path: str, name: str, size: dict[str, int] | None = None, *, scroll: bool = False
) -> None:
    page.set_viewport_size(size or DESK)  # type: ignore[arg-type]
    page.goto(path)
    page.wait_for_load_state("networkidle")
    if scroll:
        page.locator("#map").scroll_into_view_if_needed()
        page.wait_for_timeout(500)
    page.wait_for_timeout(800)
    page.screenshot(path=str(PICTURES / f"{name}.png"))


if __name__ == "__main__":
    main()
