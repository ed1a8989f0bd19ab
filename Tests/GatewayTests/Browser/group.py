#!/usr/bin/env python3
"""A page that joins a group of nodes with its key.

    group.py - --node ws://127.0.0.1:4000/ws --id UUID --words "…" --text "…" --strange "…"

The page is served from here. The node leads, is alone in the group, and answers each text `T` with `echo: T`. The strange words are
another group's.
"""
import functools
import http.server
import json
import pathlib
import threading

from browser import main, step
from page import check

OPTIONS = {
    "--node": "the node's signaling server", "--id": "the node's id", "--words": "the key in words", "--text": "the key's text",
    "--strange": "another group's key",
}

JOIN = """
    const { readGroupKey, joinMesh } = await import("/swift-webrtc.js");
    window.outcome = null;
    try {
        const key = %(key)s === null ? null : await readGroupKey(%(key)s);
        window.mesh = await joinMesh({ url: %(node)s, key, serverId: %(id)s, displayName: "page" });
        window.outcome = "joined";
    } catch (error) {
        window.outcome = error.message;
    }
    return window.outcome;
"""


class Pages(http.server.SimpleHTTPRequestHandler):
    """The modules, and a page without anything."""

    def do_GET(self):
        if self.path != "/blank.html":
            return super().do_GET()
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>group</title>")

    def log_message(self, *_):
        pass


def serve():
    folder = pathlib.Path(__file__).resolve().parents[3] / "Sources/Gateway/Pages"
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Pages, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


def join(browser, options, key, server):
    words = JOIN % {"key": json.dumps(key), "node": json.dumps(options.node), "id": json.dumps(server)}
    browser.run("window.outcome = undefined; (async () => {" + words + "})()")
    browser.wait("an outcome", "return window.outcome ?? null")
    return browser.run("return window.outcome")


def body(driver, options):
    base = serve()
    page = driver.browser()
    page.open(base + "/blank.html")

    step("with no key, another's, or at another's server: nothing")
    check("challenge" in join(page, options, None, None), "let in without a key", page.run("return window.outcome"))
    check("has not proven" in join(page, options, options.strange, options.id), "another group's key", page.run("return window.outcome"))
    other = "00000000-0000-4000-8000-000000000000"
    check("has not proven" in join(page, options, options.words, other), "another's server", page.run("return window.outcome"))
    check("is none of a key" in join(page, options, options.words + "x", None), "a wrong word", page.run("return window.outcome"))

    for key in (options.words, base + "/#" + options.text):
        step("with the key: a link, and texts both ways")
        check(join(page, options, key, options.id) == "joined", "not joined", page.run("return window.outcome"))
        page.wait("a link", "return mesh.peers.some((peer) => peer.isConnected)")
        check(page.run("return mesh.send('hello')") == 1, "to whom it was sent")
        page.wait("an answer", "return mesh.messages.some(({ text }) => text === 'echo: hello')")
        page.run("mesh.close()")


if __name__ == "__main__":
    main(__doc__, OPTIONS, body)
