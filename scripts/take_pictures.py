"""Pictures of the console at a station that runs, as docs/explanation/console-drawn.md shows them.

    python -m scripts.take_pictures http://127.0.0.1:8740 NAME PASSWORD [docs/images/console]

NAME is an officer's of the invented town (`make serve` prints who may sign in). It takes a minute: alarms must stand.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = {"executable_path": "/usr/bin/chromium", "args": ["--no-sandbox", "--disable-dev-shm-usage"]}
SETTLES_S = 6.0


def main() -> None:
    parser = argparse.ArgumentParser(description="Take pictures of the console.")
    parser.add_argument("url")
    parser.add_argument("name")
    parser.add_argument("password")
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "docs" / "images" / "console")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**CHROMIUM)  # type: ignore[arg-type] # its names are checked when it starts
        page = browser.new_page(viewport={"width": 1440, "height": 880}, color_scheme="dark")
        taken(page, options.url, options.name, options.password, options.folder)
        phone = browser.new_page(viewport={"width": 390, "height": 844}, color_scheme="light")
        on_a_phone(phone, options.url, options.folder)
        browser.close()


def taken(page: Page, url: str, name: str, password: str, folder: Path) -> None:
    """Walk through the screens, and keep a picture of each."""

    def keep(of: str) -> None:
        time.sleep(SETTLES_S)
        page.screenshot(path=folder / f"{of}.jpg", type="jpeg", quality=72)
        print(folder / f"{of}.jpg")

    page.set_default_timeout(120_000)
    page.goto(f"{url}/live")
    page.fill("input[name=name]", name)
    page.fill("input[name=password]", password)
    page.click("main button")
    page.wait_for_selector("[data-alarm]")
    page.click("#shift")
    page.locator("[data-alarm] .t").first.click()
    keep("live")
    replay = page.locator("a[href*='/replay?incident']").first.get_attribute("href")
    page.context.set_offline(True)  # nothing is asked any more; what streams goes on, and is thrown away
    page.evaluate("skykeep.take = () => {}")
    page.wait_for_selector("#pill.old")
    keep("old")
    page.context.set_offline(False)
    page.goto(f"{url}{replay}")
    page.wait_for_selector("input[type=range]")
    time.sleep(SETTLES_S)
    page.keyboard.press("Space")
    keep("replay")
    for path, of in (("/zones", "zones"), ("/permits/P-2026-001", "permits")):
        page.goto(url + path)
        keep(of)


def on_a_phone(page: Page, url: str, folder: Path) -> None:
    """Keep a picture of each page for everybody, as the drawings are: narrow, and light."""
    for path, of in (("/?place=Harbour", "public"), ("/check", "check")):
        page.goto(url + path)
        time.sleep(SETTLES_S)
        page.screenshot(path=folder / f"{of}.jpg", type="jpeg", quality=80)
        print(folder / f"{of}.jpg")


if __name__ == "__main__":
    main()
