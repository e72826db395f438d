"""A real Chromium, driven through chromedriver's own HTTP protocol (W3C WebDriver)."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
CHROMEDRIVER = shutil.which("chromedriver")
SECONDS, POLL_SECONDS = 20, 0.05
ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]


@dataclass(frozen=True)
class Browser:
    """One window. `url` is the session's address at chromedriver."""

    url: str

    def open(self, address: str) -> None:
        self._post("url", {"url": address})

    def back(self) -> None:
        self._post("back", {})

    def run(self, script: str, *arguments: Any) -> Any:
        """What a function body returns in the page."""
        return self._post("execute/sync", {"script": script, "args": list(arguments)})

    def wait_for(self, text: str) -> None:
        """Until the page shows `text`. Fails with what it shows instead."""
        deadline = time.monotonic() + SECONDS
        shown = ""
        while time.monotonic() < deadline:
            shown = self.run("return document.body ? document.body.innerText : ''")
            if text in shown:
                return
            time.sleep(POLL_SECONDS)
        raise AssertionError(f"{text!r} never came; the page says:\n{shown}")

    def click(self, link: str) -> None:
        """The link with exactly this text."""
        xpath = {"using": "xpath", "value": f"//a[normalize-space()='{link}']"}
        (element,) = self._post("element", xpath).values()
        self._post(f"element/{element}/click", {})

    def resize(self, width: int) -> None:
        """The window as wide as a phone, say; a real one never gets so narrow."""
        metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": True}
        command = "Emulation.setDeviceMetricsOverride"
        self._post("goog/cdp/execute", {"cmd": command, "params": metrics})

    def resize_back(self) -> None:
        """As wide as it was opened."""
        command = "Emulation.clearDeviceMetricsOverride"
        self._post("goog/cdp/execute", {"cmd": command, "params": {}})

    def complaints(self) -> list[str]:
        """What the console has said since it was asked last."""
        return [entry["message"] for entry in self._post("se/log", {"type": "browser"})]

    def _post(self, command: str, body: dict[str, Any]) -> Any:
        answer = requests.post(f"{self.url}/{command}", json=body, timeout=SECONDS)
        value = answer.json()["value"]
        assert answer.ok, value
        return value


@contextmanager
def chromium(width: int = 1280) -> Iterator[Browser]:
    """Starts driver and browser on a free port and ends both."""
    assert CHROMEDRIVER
    driver = subprocess.Popen(  # noqa: S603  # found on the PATH, constant arguments
        [CHROMEDRIVER, "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert driver.stdout
    try:
        ports = (re.search(r"started successfully on port (\d+)", line) for line in driver.stdout)
        url = f"http://127.0.0.1:{next(found[1] for found in ports if found)}/session"
        chrome = {"binary": CHROMIUM, "args": [*ARGUMENTS, f"--window-size={width},900"]}
        wanted = {"goog:chromeOptions": chrome, "goog:loggingPrefs": {"browser": "ALL"}}
        asked = {"capabilities": {"alwaysMatch": wanted}}
        session = requests.post(url, json=asked, timeout=SECONDS).json()["value"]
        url = f"{url}/{session['sessionId']}"
        yield Browser(url)
        requests.delete(url, timeout=SECONDS)
    finally:
        driver.terminate()
        driver.communicate()
