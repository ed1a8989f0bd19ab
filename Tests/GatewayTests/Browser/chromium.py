"""Chromium by the W3C's WebDriver protocol, with nothing but Python's own library."""
import base64
import json
import os
import pathlib
import shutil
import subprocess
import urllib.error
import urllib.request

from page import Failure, Page

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
REFUSED = {
    "profile.default_content_setting_values.media_stream_camera": 2,
    "profile.default_content_setting_values.media_stream_mic": 2,
}


class Chromium:
    """chromedriver, with a browser for each kind of window that is wanted."""

    def __init__(self):
        program = shutil.which("chromedriver")
        if not program:
            raise Failure("chromedriver is not installed")
        self.process = subprocess.Popen(
            [program, "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.base = None
        for line in self.process.stdout:
            if "started successfully on port" in line:
                self.base = "http://127.0.0.1:" + line.rsplit("port ", 1)[1].strip(" .\n")
                break
        if not self.base:
            raise Failure("chromedriver has not come up")
        self.sessions = {}

    def close(self):
        for session in self.sessions.values():
            session.close()
        self.process.terminate()
        self.process.wait()

    def window(self, *, camera="asked", language="en-US", dark=False, extension=None, alone=False):
        """A window, in a browser that is there for windows like it; `alone` gives it one that can be killed."""
        arguments = [
            "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--use-fake-device-for-media-stream=fps=10",
            # A window behind another one is as awake as on another desk.
            "--disable-backgrounding-occluded-windows", "--disable-renderer-backgrounding",
            "--disable-background-timer-throttling", f"--lang={language}"]
        if camera == "allowed":
            arguments.append("--use-fake-ui-for-media-stream")
        if dark:
            arguments.append("--force-dark-mode")
        if extension:
            arguments += [f"--load-extension={extension}", "--disable-features=DisableLoadExtensionCommandLineSwitch"]
        key = (*arguments, camera) if not alone else object()
        if key not in self.sessions:
            self.sessions[key] = Session(self.base, arguments, REFUSED if camera == "refused" else {})
        return Window(self.sessions[key])


class Session:
    """One browser. Its commands go to one window at a time."""

    def __init__(self, base, arguments, preferences):
        options = {"args": arguments, "prefs": preferences}
        capabilities = {"browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        answer = exchange("POST", base + "/session", {"capabilities": {"alwaysMatch": capabilities}})
        self.url = f"{base}/session/{answer['sessionId']}"
        self.number = answer["capabilities"]["goog:processID"]
        # The first window stays empty: with the last one the browser ends, and without one it takes no commands.
        self.first = self.window = self.ask("GET", "/window")
        self.is_open = True

    def ask(self, method, path, body=None):
        return exchange(method, self.url + path, body)

    def switch(self, window):
        if self.window != window:
            self.ask("POST", "/window", {"handle": window})
            self.window = window

    def send(self, kind):
        """Sends a signal to the browser's processes, to each at nearly the same time."""
        parents = {}
        for entry in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                parents[int(entry.parent.name)] = int(entry.read_text().rsplit(")", 1)[1].split()[1])
            except (OSError, IndexError):  # it has ended
                continue
        wanted = {self.number}
        while True:
            more = {child for child, parent in parents.items() if parent in wanted} - wanted
            if not more:
                break
            wanted |= more
        for number in sorted(wanted):
            try:
                os.kill(number, kind)
            except ProcessLookupError:
                pass

    def close(self):
        if self.is_open:
            self.is_open = False
            try:
                self.ask("DELETE", "")
            except Failure:  # it may be gone already
                pass


class Window(Page):
    def __init__(self, session):
        self.session = session
        self.handle = session.ask("POST", "/window/new", {"type": "window"})["handle"]

    def ask(self, method, path, body=None):
        self.session.switch(self.handle)
        return self.session.ask(method, path, body)

    def resize(self, width, height):
        self.ask("POST", "/window/rect", {"width": width, "height": height})

    def open(self, url):
        self.ask("POST", "/url", {"url": url})

    def close(self):
        """Closes the window as people do."""
        if self.handle and self.session.is_open:
            self.ask("DELETE", "/window")
            self.handle = None
            self.session.switch(self.session.first)

    def send(self, kind):
        """Sends a signal to the browser's processes. Of a window that is alone."""
        self.session.send(kind)

    def kill(self):
        """Ends the browser without a word to the page. Of a window that is alone."""
        self.session.close()

    def run(self, script, *arguments):
        return self.ask("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def run_async(self, script, *arguments):
        """Runs a script with `await` in it, and waits for what it returns."""
        body = ("const done = arguments[arguments.length - 1];"
                "const args = [...arguments].slice(0, -1); (async () => {" + script + "})()"
                ".then((value) => done({ value }), (error) => done({ error: String(error) }))")
        answer = self.ask("POST", "/execute/async", {"script": body, "args": list(arguments)})
        if "error" in answer:
            raise Failure(answer["error"])
        return answer.get("value")

    def element(self, selector):
        found = self.ask("POST", "/element", {"using": "css selector", "value": selector})
        return f"/element/{found[ELEMENT]}"

    def click(self, selector):
        self.ask("POST", self.element(selector) + "/click", {})

    def type(self, selector, words):
        element = self.element(selector)
        self.ask("POST", element + "/clear", {})
        self.ask("POST", element + "/value", {"text": words})

    def press(self, *keys):
        """Presses keys one after the other, wherever the focus is."""
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self.ask("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": actions}]})

    def log(self):
        entries = self.ask("POST", "/se/log", {"type": "browser"})
        return [f"{entry['level']} {entry['message']}" for entry in entries]

    def screenshot(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.ask("GET", "/screenshot")))


def exchange(method, url, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.load(response)["value"]
    except urllib.error.HTTPError as error:
        value = json.load(error)["value"]
        raise Failure(f"WebDriver: {value['error']}: {value['message'].splitlines()[0]}") from None
