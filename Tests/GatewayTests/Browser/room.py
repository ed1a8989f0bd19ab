#!/usr/bin/env python3
"""The page of a room, in three tabs' worth of Chromium: who is there, calls, hang-ups, reloads, crossing calls.

    room.py http://127.0.0.1:3010 [--server ws://127.0.0.1:4011/ws] [--token TOKEN]
"""
import time
import urllib.parse
import uuid

from browser import main, step
from page import Failure, Pictures, check

OPTIONS = {"--server": "the WebSocket, if it is another server's", "--token": "where rooms are not open"}
PLAYS = """
    const item = document.querySelector(`#videos li[data-key="peer-${arguments[0]}"] video`);
    return Boolean(item) && item.videoWidth > 0 && item.currentTime > 0"""


def row(browser, peer):
    """Status, its colour, and the button of a peer's row; None without one."""
    return browser.run("""
        const row = document.querySelector(`#peers tr[data-key="${arguments[0]}"]`);
        if (!row || !row.checkVisibility()) return null;
        const [badge, button] = [row.querySelector("span"), row.querySelector("button")];
        return [badge.innerText, badge.className.replace("badge ", ""), button.innerText]""", peer)


def wait_row(browser, peer, wanted, within=20):
    start = time.monotonic()
    while (found := row(browser, peer)) != wanted:
        if time.monotonic() - start > within:
            raise Failure(f"the row of {peer} is {found!r} and not {wanted!r} within {within} s; {browser.log()}")
        time.sleep(0.01)
    return time.monotonic() - start


AVAILABLE, CALLING, CONNECTED = (
    ["Available", "gray", "Call"], ["Calling…", "orange", "Cancel"], ["Connected", "green", "Hang Up"])


def press(browser, peer):
    browser.run("document.querySelector(`#peers tr[data-key=\"${arguments[0]}\"] button`).click()", peer)


def body(driver, options):
    pictures = Pictures(options.screenshots)
    turns = 3 if driver.name == "chromium" else 1
    room = f"test-{uuid.uuid4().hex[:8]}"

    def page(identifier, **more):
        query = {"room": room, "id": identifier, **more}
        if options.server:
            query["server"] = options.server
        fragment = f"#token={options.token}" if options.token else ""
        return f"{options.base}/room.html?{urllib.parse.urlencode(query)}{fragment}"

    step("a camera that is refused: said, and not joined")
    refused = driver.browser(camera="refused")
    refused.open(page("R"))
    refused.wait_text("#error", "refused")
    check(refused.text("#others") is None, "the room is shown without a camera")
    refused.check_accessible()
    pictures.take(refused, "room-refused")

    step("alone: nobody else, and one's own video without sound")
    a = driver.browser(camera="allowed")
    a.open(page("A"))
    a.wait_text("#connection", "Connected")
    check(a.text("#my-id") == "A", "My ID", a.text("#my-id"))
    check("My ID" in a.text("#me"), "no My ID")
    check(a.text("#peers-title") == "Peers in Room (0)", "title", a.text("#peers-title"))
    check(a.text("#nobody") == "No other peers connected", "nobody", a.text("#nobody"))
    check(a.run("return document.querySelector('#own').muted"), "one's own video has sound")
    a.wait("one's own video plays", "return document.querySelector('#own').videoWidth > 0")

    step("another comes: available, and nobody is called by itself")
    b = driver.browser(camera="allowed")
    b.open(page("B"))
    for browser, other in ((a, "B"), (b, "A")):
        wait_row(browser, other, AVAILABLE)
        check(browser.text("#peers-title") == "Peers in Room (1)", "title", browser.text("#peers-title"))
    heads = a.run("return [...document.querySelectorAll('#peers thead th')].map((e) => e.innerText)")
    check(heads == ["Peer ID", "Status", "Action"], "the table's heads", heads)

    step("A calls B: both connected, each sees the other")
    press(a, "B")
    wait_row(a, "B", CONNECTED)
    wait_row(b, "A", CONNECTED)
    a.wait("A sees B", PLAYS, "B")
    b.wait("B sees A", PLAYS, "A")
    a.check_accessible()
    pictures.take(a, "room-connected")

    step("B hangs up: available at A within 1 s, and no video")
    press(b, "A")
    took = wait_row(a, "B", AVAILABLE, within=1)
    step(f"    after {took:.2f} s")
    wait_row(b, "A", AVAILABLE, within=1)
    for browser, other in ((a, "B"), (b, "A")):
        check(not browser.run(PLAYS, other), "a video without a connection")

    step("called again with the keyboard, and hung up by the caller")
    b.run("document.querySelector('#peers tr button').focus()")
    b.press("\ue007")
    wait_row(b, "A", CONNECTED)
    wait_row(a, "B", CONNECTED)
    check(b.run("return document.activeElement?.innerText") == "Hang Up", "the focus is lost")
    b.press("\ue007")
    wait_row(a, "B", AVAILABLE, within=1)
    wait_row(b, "A", AVAILABLE, within=1)

    step("called off at once: both available")
    press(a, "B")
    check(row(a, "B") == CALLING, "not Calling…", row(a, "B"))
    press(a, "B")
    wait_row(a, "B", AVAILABLE, within=1)
    time.sleep(0.5)
    wait_row(b, "A", AVAILABLE, within=5)
    wait_row(a, "B", AVAILABLE, within=1)

    step("both press Call at once, again and again")
    for turn in range(turns):
        at = time.time() * 1000 + 700
        for browser, other in ((a, "B"), (b, "A")):
            browser.run("setTimeout(() => document.querySelector(`#peers tr[data-key=\"${arguments[0]}\"] button`).click(),"
                        " arguments[1] - Date.now())", other, at)
        time.sleep(0.7)
        wait_row(a, "B", CONNECTED)
        wait_row(b, "A", CONNECTED)
        a.wait("A sees B", PLAYS, "B")
        b.wait("B sees A", PLAYS, "A")
        press(*((a, "B") if turn % 2 else (b, "A")))
        wait_row(a, "B", AVAILABLE, within=1)
        wait_row(b, "A", AVAILABLE, within=1)

    step("B reloads in the middle: gone at A, back, and called again")
    press(a, "B")
    wait_row(a, "B", CONNECTED)
    wait_row(b, "A", CONNECTED)
    b.run("setTimeout(() => location.reload())")
    took = time.monotonic()
    a.wait("B is not connected any more", """
        const row = document.querySelector('#peers tr[data-key="B"]');
        return !row || row.innerText.includes("Available")""", within=3)
    step(f"    after {time.monotonic() - took:.2f} s")
    b.wait_text("#connection", "Connected")
    wait_row(a, "B", AVAILABLE)
    wait_row(b, "A", AVAILABLE)
    press(b, "A")
    wait_row(a, "B", CONNECTED)
    wait_row(b, "A", CONNECTED)
    a.wait("A sees B", PLAYS, "B")

    step("a third one: connected to both at the same time")
    c = driver.browser(camera="allowed", alone=True)
    c.open(page("C"))
    wait_row(c, "A", AVAILABLE)
    wait_row(c, "B", AVAILABLE)
    press(c, "A")
    press(c, "B")
    for browser, others in ((a, "BC"), (b, "AC"), (c, "AB")):
        for other in others:
            wait_row(browser, other, CONNECTED)
            browser.wait(f"{other} is seen", PLAYS, other)
    check(a.text("#peers-title") == "Peers in Room (2)", "title", a.text("#peers-title"))
    pictures.take(c, "room-three")

    step("C is killed: gone at the others")
    c.kill()
    for browser in (a, b):
        browser.wait("C is gone", "return !document.querySelector('#peers tr[data-key=\"C\"]')", within=15)
    wait_row(a, "B", CONNECTED)

    step("German, dark, as wide as a telephone")
    phone = driver.browser((500, 900), camera="allowed", dark=True, language="de-DE")
    phone.open(page("D", lang="de"))
    phone.wait_text("#peers-title", "Teilnehmer im Raum (2)")
    phone.check_accessible()
    pictures.take(phone, "room-phone")
    for browser in (a, b, refused, phone):
        browser.check_policy()


if __name__ == "__main__":
    main(__doc__, OPTIONS, body)
