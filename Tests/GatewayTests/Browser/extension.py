#!/usr/bin/env python3
"""The example of an extension in Chromium: its popup asks over the data channel, and over HTTP when there is none.

    extension.py http://127.0.0.1:3010 [--folder FOLDER]

The server lets the origin `chrome-extension://` + ID in, with the ID that --print-id FOLDER prints. The folder is where the
extension is put together.
"""
import hashlib
import os
import shutil
import sys
import tempfile

from browser import main, step
from page import check

OPTIONS = {"--folder": "where the extension is put together"}
ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../.."))


def identifier(folder):
    """Chromium makes the id of an unpacked extension from the path of its folder."""
    digest = hashlib.sha256(os.path.realpath(folder).encode()).hexdigest()[:32]
    return "".join(chr(ord("a") + int(digit, 16)) for digit in digest)


def body(driver, options):
    folder = os.path.realpath(options.folder or os.path.join(tempfile.gettempdir(), "swift-webrtc-extension"))
    shutil.copytree(os.path.join(ROOT, "Examples/browser-extension"), folder, dirs_exist_ok=True)
    for module in ("webrtc-session.js", "peer-connection.js", "store.js"):
        shutil.copy(os.path.join(ROOT, "Sources/Gateway/Pages", module), folder)
    browser = driver.browser(extension=folder)
    step("over the data channel")
    browser.open(f"chrome-extension://{identifier(folder)}/popup.html")
    browser.wait("the popup is there", "return document.querySelector('#server')?.value")
    browser.type("#server", options.base)
    browser.click("button")
    browser.wait_text("#reply", "{")
    check(browser.text("#state") == "over the data channel", "the way", browser.text("#state"), browser.text("#reply"))
    step("over HTTP, from a worker without WebRTC")
    result = browser.run_async("""
        const { createSession } = await import("./webrtc-session.js");
        const session = createSession({ url: args[0] + "/v1", RTCPeerConnection: null });
        const result = await session.request("system_info");
        await session.close();
        return [session.state, typeof result];
        """, options.base)
    check(result == ["closed", "object"], "the reply", result)


if __name__ == "__main__":
    if "--print-id" in sys.argv:
        print(identifier(sys.argv[2]))
    else:
        main(__doc__, OPTIONS, body)
