"""Chromium by the W3C's WebDriver protocol, with nothing but Python's own library.

What the scripts beside it share: each takes the base URL of a server, looks at a page of it, and ends with 0, or with 1
and what was wrong.
"""
import argparse
import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

PATIENCE = 20  # seconds
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class Failure(Exception):
    """Something is not as it should be."""


class Driver:
    """chromedriver, for as many browsers as are wanted. It ends with the block that it is made in."""

    def __enter__(self):
        program = shutil.which("chromedriver")
        if not program:
            raise Failure("chromedriver is not installed")
        self.folder = tempfile.mkdtemp()
        self.process = subprocess.Popen(
            [program, "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for line in self.process.stdout:
            if "started successfully on port" in line:
                self.base = "http://127.0.0.1:" + line.rsplit("port ", 1)[1].strip(" .\n")
                break
        self.browsers = []
        return self

    def __exit__(self, *_):
        for browser in self.browsers:
            try:
                browser.close()
            except Exception:  # it may be gone already
                pass
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def browser(self, *arguments, preferences=None, language="en-US", size="1100,900"):
        browser = Browser(self.base, [
            "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--use-fake-device-for-media-stream",
            f"--lang={language}", f"--window-size={size}", *arguments], preferences)
        self.browsers.append(browser)
        return browser


class Browser:
    def __init__(self, base, arguments, preferences=None):
        options = {"args": arguments}
        if preferences:
            options["prefs"] = preferences
        capabilities = {"browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        answer = exchange("POST", base + "/session", {"capabilities": {"alwaysMatch": capabilities}})
        self.session = f"{base}/session/{answer['sessionId']}"
        self.tab = None

    def open(self, url):
        exchange("POST", self.session + "/url", {"url": url})

    def close(self):
        exchange("DELETE", self.session)

    def new_tab(self):
        """Opens another tab, and returns its name for `switch`. Commands go to the tab switched to last."""
        return exchange("POST", self.session + "/window/new", {"type": "tab"})["handle"]

    def switch(self, handle):
        exchange("POST", self.session + "/window", {"handle": handle})

    def handle(self):
        return exchange("GET", self.session + "/window")

    def run(self, script, *arguments):
        return exchange("POST", self.session + "/execute/sync", {"script": script, "args": list(arguments)})

    def run_async(self, script, *arguments):
        """Runs a script with `await` in it, and waits for what it returns."""
        body = ("const done = arguments[arguments.length - 1];"
                "const args = [...arguments].slice(0, -1); (async () => {" + script + "})()"
                ".then((value) => done({ value }), (error) => done({ error: String(error) }))")
        answer = exchange("POST", self.session + "/execute/async", {"script": body, "args": list(arguments)})
        if "error" in answer:
            raise Failure(answer["error"])
        return answer.get("value")

    def element(self, selector):
        found = exchange("POST", self.session + "/element", {"using": "css selector", "value": selector})
        return f"{self.session}/element/{found[ELEMENT]}"

    def click(self, selector):
        exchange("POST", self.element(selector) + "/click", {})

    def type(self, selector, words):
        element = self.element(selector)
        exchange("POST", element + "/clear", {})
        exchange("POST", element + "/value", {"text": words})

    def press(self, *keys):
        """Presses keys one after the other, wherever the focus is."""
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        exchange("POST", self.session + "/actions", {"actions": [{"type": "key", "id": "keys", "actions": actions}]})

    def text(self, selector):
        """What an element shows, or None."""
        return self.run("const e = document.querySelector(arguments[0]); return e && e.checkVisibility() ? e.innerText : null", selector)

    def wait(self, what, script, *arguments, within=PATIENCE):
        """Waits until a script returns something true, and returns it."""
        start = time.monotonic()
        while True:
            value = self.run(script, *arguments)
            if value:
                return value
            if time.monotonic() - start > within:
                raise Failure(f"not within {within} s: {what}. The page shows:\n{self.run('return document.body.innerText')}\n{self.log()}")
            time.sleep(0.02)

    def wait_text(self, selector, words, within=PATIENCE):
        script = "const e = document.querySelector(arguments[0]); return e && e.checkVisibility() && e.innerText.includes(arguments[1])"
        return self.wait(f"{selector} shows {words!r}", script, selector, words, within=within)

    def log(self):
        entries = exchange("POST", self.session + "/se/log", {"type": "browser"})
        return [f"{entry['level']} {entry['message']}" for entry in entries]

    def screenshot(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(exchange("GET", self.session + "/screenshot")))

    def check_policy(self):
        """Nothing on the page was refused by its content security policy."""
        refused = [line for line in self.log() if "Content Security Policy" in line]
        check(not refused, "the content security policy refused something", refused)

    def check_accessible(self):
        """All that can be operated or looked at has a name, and ids are there once."""
        wrong = self.run("""
            const named = (e) => e.getAttribute("aria-label") || e.getAttribute("aria-labelledby") || e.innerText?.trim()
                || [...(e.labels ?? [])].some((label) => label.innerText.trim());
            const visible = [...document.querySelectorAll("button, a, input, select, textarea, video, [role=log]")]
                .filter((e) => e.checkVisibility());
            const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
            return [...visible.filter((e) => !named(e)).map((e) => e.outerHTML.slice(0, 120)),
                ...ids.filter((id, at) => ids.indexOf(id) !== at),
                ...(document.documentElement.lang ? [] : ["no language"]),
                ...(document.documentElement.scrollWidth > innerWidth ? [`${document.documentElement.scrollWidth} wide in ${innerWidth}`] : [])]
            """)
        check(not wrong, "not accessible", wrong)


def exchange(method, url, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.load(response)["value"]
    except urllib.error.HTTPError as error:
        value = json.load(error)["value"]
        raise Failure(f"WebDriver: {value['error']}: {value['message'].splitlines()[0]}") from None


def check(holds, what, *details):
    if not holds:
        raise Failure(" ".join([what, *(f"{detail!r}" for detail in details)]))


def step(words):
    print(words, flush=True)


def arguments(description, *more):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("base", help="the base URL of the server, such as http://127.0.0.1:3010")
    parser.add_argument("--screenshots", help="a folder for pictures of the page")
    for name, words in more:
        parser.add_argument(name, help=words)
    options = parser.parse_args()
    options.base = options.base.rstrip("/")
    return options


class Pictures:
    """Keeps pictures of a page where a folder for them is given."""

    def __init__(self, folder):
        self.folder = folder
        if folder:
            os.makedirs(folder, exist_ok=True)

    def take(self, browser, name):
        if self.folder:
            browser.screenshot(os.path.join(self.folder, name + ".png"))


def main(body, options):
    """Runs `body(driver, options)`, and ends the program with 0, or with 1 and what was wrong."""
    try:
        with Driver() as driver:
            body(driver, options)
    except Failure as failure:
        print(f"failed: {failure}", flush=True)
        sys.exit(1)
    print("passed", flush=True)
