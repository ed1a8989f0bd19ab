"""Firefox by the W3C's WebDriver BiDi."""
import base64
import json
import os
import re
import shutil
import subprocess
import tempfile

from page import Failure, Page

PREFERENCES = {
    # The other end may be there, and nowhere else.
    "media.peerconnection.ice.loopback": True,
    # A page plays what it gets, without being asked to.
    "media.autoplay.default": 0, "media.autoplay.blocking_policy": 0, "media.navigator.streams.fake": True,
    # Nothing that asks the network for something.
    "browser.safebrowsing.malware.enabled": False, "browser.safebrowsing.phishing.enabled": False,
    "network.captive-portal-service.enabled": False, "network.connectivity-service.enabled": False,
    "media.gmp-manager.updateEnabled": False, "app.normandy.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False, "browser.shell.checkDefaultBrowser": False,
    "browser.startup.homepage_override.mstone": "ignore", "dom.ipc.processPrelaunch.enabled": False,
}
ALLOWED = {"media.navigator.permission.disabled": True}
REFUSED = {"permissions.default.camera": 2, "permissions.default.microphone": 2}
PLACE = """(selector) => {
    const element = document.querySelector(selector);
    element.scrollIntoView({ block: "center" });
    const { x, y, width, height } = element.getBoundingClientRect();
    return JSON.stringify([x + width / 2, y + height / 2]);
}"""


class Firefox:
    """A browser for each kind of window that is wanted."""

    def __init__(self):
        if not shutil.which("firefox-esr"):
            raise Failure("firefox-esr is not installed")
        self.browsers = {}

    def close(self):
        for browser in self.browsers.values():
            browser.close()

    def window(self, *, camera="asked", language="en-US", dark=False, alone=False):
        """As of Chromium. It takes seconds to start one, so that only what a page does differently has one of its own."""
        preferences = {**PREFERENCES, **(REFUSED if camera == "refused" else ALLOWED)}
        key = json.dumps(preferences) if not alone else object()
        if key not in self.browsers:
            self.browsers[key] = Program(preferences)
        return Window(self.browsers[key])


class Program:
    """One Firefox."""

    def __init__(self, preferences):
        try:
            from websockets.sync.client import connect
        except ImportError:
            raise Failure("the Python package websockets is not installed") from None
        self.profile = tempfile.mkdtemp()
        with open(os.path.join(self.profile, "user.js"), "w", encoding="utf-8") as file:
            for name, value in preferences.items():
                file.write(f"user_pref({json.dumps(name)}, {json.dumps(value)});\n")
        environment = {**os.environ, "HOME": self.profile, "TMPDIR": self.profile, "MOZ_CRASHREPORTER_DISABLE": "1"}
        self.process = subprocess.Popen(
            ["firefox-esr", "--headless", "--no-remote", "--profile", self.profile, "--remote-debugging-port", "0"],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment)
        for line in self.process.stderr:
            if found := re.search(r"BiDi listening on (ws://\S+)", line):
                self.socket = connect(found[1] + "/session", max_size=1 << 27, open_timeout=20)
                break
        else:
            raise Failure("Firefox has not come up")
        self.last = 0
        self.logs = []
        self.is_open = True
        self.ask("session.new", capabilities={})
        self.ask("session.subscribe", events=["log.entryAdded"])

    def ask(self, method, **parameters):
        self.last += 1
        self.socket.send(json.dumps({"id": self.last, "method": method, "params": parameters}))
        while True:
            message = json.loads(self.socket.recv(timeout=60))
            if message.get("method") == "log.entryAdded":
                self.logs.append(message["params"])
            if message.get("id") == self.last:
                break
        if message["type"] == "error":
            raise Failure(f"BiDi: {method}: {message['error']}: {message['message'][:400]}")
        return message["result"]

    def kill(self):
        self.is_open = False
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)

    def close(self):
        if not self.is_open:
            return
        try:
            self.ask("browser.close")
            self.process.wait(timeout=10)
        except (Failure, OSError, subprocess.TimeoutExpired):
            pass
        self.kill()


class Window(Page):
    def __init__(self, program):
        self.program = program
        self.context = program.ask("browsingContext.create", type="window")["context"]

    def resize(self, width, height):
        self.program.ask(
            "browsingContext.setViewport", context=self.context, viewport={"width": width, "height": height})

    def open(self, url):
        self.program.ask("browsingContext.navigate", context=self.context, url=url, wait="complete")

    def close(self):
        """Closes the window as people do."""
        if self.context and self.program.is_open:
            self.program.ask("browsingContext.close", context=self.context)
            self.context = None

    def kill(self):
        """Ends the browser without a word to the page. Of a window that is alone."""
        self.program.kill()

    def call(self, function, *arguments):
        reply = self.program.ask(
            "script.callFunction", functionDeclaration=function, awaitPromise=True, target={"context": self.context},
            arguments=[{"type": "string", "value": argument} for argument in arguments])
        if reply["type"] != "success":
            raise Failure(reply["exceptionDetails"]["text"])
        return json.loads(reply["result"]["value"])

    def run(self, script, *arguments):
        return self.call(
            "async (text) => JSON.stringify((function () {" + script + "})(...JSON.parse(text)) ?? null)",
            json.dumps(arguments))

    def run_async(self, script, *arguments):
        """Runs a script with `await` in it, and waits for what it returns."""
        return self.call(
            "async (text) => { const args = JSON.parse(text); return JSON.stringify((await (async () => {" + script
            + "})()) ?? null); }", json.dumps(arguments))

    def click(self, selector):
        x, y = self.call(PLACE, selector)
        move = {"type": "pointerMove", "x": round(x), "y": round(y)}
        self.act({"type": "pointer", "id": "mouse", "actions": [
            move, {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]})

    def type(self, selector, words):
        self.run("const e = document.querySelector(arguments[0]); e.value = ''; e.focus()", selector)
        self.press(*words)

    def press(self, *keys):
        """Presses keys one after the other, wherever the focus is."""
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        if actions:
            self.act({"type": "key", "id": "keys", "actions": actions})

    def act(self, source):
        self.program.ask("input.performActions", context=self.context, actions=[source])

    def log(self):
        logs, self.program.logs = self.program.logs, []
        return [f"{entry['level']} {entry.get('text')}" for entry in logs]

    def screenshot(self, path):
        picture = self.program.ask("browsingContext.captureScreenshot", context=self.context)
        with open(path, "wb") as file:
            file.write(base64.b64decode(picture["data"]))
