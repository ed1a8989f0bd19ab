#!/usr/bin/env python3
"""The example of an extension in Chromium: its popup asks over the data channel, and over HTTP when there is none.

    extension.py http://127.0.0.1:3010

The server lets the origin `chrome-extension://` + ID in, with the ID that --print-id prints.
"""
import hashlib
import os
import shutil
import sys
import tempfile

from browser import arguments, check, main, step

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../.."))
FOLDER = os.path.join(tempfile.gettempdir(), "swift-webrtc-extension")


def identifier():
    """Chromium makes the id of an unpacked extension from the path of its folder."""
    digest = hashlib.sha256(os.path.realpath(FOLDER).encode()).hexdigest()[:32]
    return "".join(chr(ord("a") + int(digit, 16)) for digit in digest)


def body(driver, options):
    shutil.rmtree(FOLDER, ignore_errors=True)
    shutil.copytree(os.path.join(ROOT, "Examples/browser-extension"), FOLDER)
    for module in ("webrtc-session.js", "peer-connection.js", "store.js"):
        shutil.copy(os.path.join(ROOT, "Sources/Gateway/Pages", module), FOLDER)
    browser = driver.browser(f"--load-extension={FOLDER}", "--disable-features=DisableLoadExtensionCommandLineSwitch")
    step("over the data channel")
    browser.open(f"chrome-extension://{identifier()}/popup.html")
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


if "--print-id" in sys.argv:
    os.makedirs(FOLDER, exist_ok=True)
    print(identifier())
else:
    main(body, arguments(__doc__))
