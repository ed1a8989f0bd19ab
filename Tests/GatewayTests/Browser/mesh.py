#!/usr/bin/env python3
"""The debug panel and the chat of the mesh, with a node that the page starts.

    mesh.py http://127.0.0.1:3010 [--other NAME]

The server's node is not started yet. With --other, another node of that name joins by itself, answers each text `T` with
`echo: T`, and is waited for.
"""
from browser import main, step
from page import Pictures, check

OPTIONS = {"--other": "another node's name"}


def body(driver, options):
    pictures = Pictures(options.screenshots)
    panel = driver.browser()

    step("before the start")
    panel.open(options.base + "/webrtc-debug")
    panel.wait_text("#state", "Disconnected")
    shown = panel.run("return document.body.innerText")
    for words in ("Connection State", "Display Name", "Start Peer", "Controller", "Display", "Connected Peers", "No peers connected"):
        check(words in shown, "not on the page", words)
    check("My Peer ID" not in shown, "an id before the start")
    check(panel.run("return document.querySelector('#display-name').value") == "Test Device", "no name is suggested")
    choices = panel.run("return [...document.querySelector('#peer-type').options].map((o) => o.innerText)")
    check(choices == ["Controller", "Display"], "the choices", choices)
    panel.check_accessible()
    pictures.take(panel, "debug-before")

    step("started: id, leader, count, one's own row marked")
    panel.click("#start button")
    panel.wait_text("#state", "Connected")
    shown = panel.run("return document.querySelector('#status').innerText")
    for words in ("My Peer ID", "Is Leader", "Leader ID", "Peer Count"):
        check(words in shown, "not on the page", words)
    mine = panel.text("#my-peer-id")
    panel.wait_text("#is-leader", "Yes")
    panel.wait_text("#leader-id", mine)
    row = panel.text("#peers tbody tr.mine")
    check(row and "Test Device (Leader) (You)" in row and "Controller" in row and "Connected" in row, "one's own row", row)

    if options.other:
        step("another node comes")
        panel.wait_text("#peer-count", "2")
        panel.wait_text("#peers", options.other)
        check(panel.text("#nobody") is None, "nobody is connected")
    else:
        check(panel.text("#peer-count") == "1", "Peer Count", panel.text("#peer-count"))
        check(panel.text("#nobody") == "No peers connected", "nobody", panel.text("#nobody"))
    panel.check_accessible()
    pictures.take(panel, "debug-after")

    step("a page that comes later knows it all; chat")
    chat = driver.browser(size=(500, 900))
    chat.open(options.base + "/chat.html")
    chat.wait_text("#state", "Connected")
    chat.wait("one can write", "return document.querySelector('#write').checkVisibility()")
    check(chat.text("#start") is None, "it can be started twice")
    if not options.other:
        chat.type("#message", "hello?")
        chat.press("\ue007")
        chat.wait_text("#messages", "Me: hello? (nobody is there)")
    else:
        chat.wait_text("#peers", options.other)
        chat.type("#message", "hello <b>there</b>")
        chat.press("\ue007")
        chat.wait_text("#messages", "Me: hello <b>there</b>")
        chat.wait_text("#messages", f"{options.other}: echo: hello <b>there</b>")
        check(chat.run("return document.querySelector('#message').value") == "", "the field is not empty")
    chat.check_accessible()
    pictures.take(chat, "chat")
    for browser in (panel, chat):
        browser.check_policy()


if __name__ == "__main__":
    main(__doc__, OPTIONS, body)
