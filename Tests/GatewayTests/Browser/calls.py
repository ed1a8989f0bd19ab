#!/usr/bin/env python3
"""The page of calls: accept, reject, hang up, missed, busy, a second device, calls that cross, a token that is refused.

    calls.py http://127.0.0.1:3010 --ann TOKEN --bob TOKEN [--server ws://127.0.0.1:4011/ws]

The tokens are those of two users; their ids are what the page shows.
"""
import time
import urllib.parse

from browser import main, step
from page import Pictures, check

OPTIONS = {"--ann": "one user's token", "--bob": "another user's", "--server": "the WebSocket, if it is another server's"}
PLAYS = "return [...document.querySelectorAll('#videos video:not([muted])')].filter((v) => !v.muted && v.videoWidth > 0).length > 0"

# A server without TURN says so with a status, and calls go on without.
RENEWAL = """
    const [server, ann, bob] = args;
    const { createCalls } = await import("./swift-webrtc.js");
    const url = server ?? undefined;
    let refreshed = 0;
    const callers = [createCalls({ url, token: "no token", refreshToken: async () => (refreshed += 1, ann) }),
        createCalls({ url, token: bob }), createCalls({ url, token: bob })];
    const until = async (holds) => { while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20)); };
    await until(() => callers.every(({ connectionState }) => connectionState === "connected"));
    let rang = 0, answered = null;
    const ended = [], missed = [];
    for (const calls of callers.slice(1)) calls.on("incoming", (call) => {
        if (calls !== callers[1]) return;
        rang += 1;
        answered = call;
        call.accept();
    });
    for (const calls of callers.slice(0, 2)) calls.on("ended", ({ reason }) => ended.push(reason));
    for (const calls of callers) calls.on("problem", ({ status, message }) => status || missed.push(message));
    const call = callers[0].call(callers[1].userId);
    await until(() => answered && call.mediaState === "connected" && answered.mediaState === "connected");
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("2d");
    const stream = canvas.captureStream(10);
    setInterval(() => context.fillRect(0, 0, Math.random() * 99, 9), 50);
    call.manager.addLocalStream(stream);
    answered.manager.addLocalStream(stream);
    await until(() => call.remoteStream && answered.remoteStream);
    call.restartIce();
    answered.restartIce();
    const channel = call.manager.connection.createDataChannel("echo");
    const echo = new Promise((resolve) => { channel.onmessage = ({ data }) => resolve(data); });
    answered.manager.connection.ondatachannel = (event) => {
        event.channel.onmessage = ({ data }) => event.channel.send(data);
    };
    channel.onopen = () => channel.send("hello");
    const said = await echo;
    await until(() => call.manager.connection.signalingState === "stable" && answered.manager.connection.signalingState === "stable");
    await new Promise((resolve) => setTimeout(resolve, 500));
    const tracks = [call, answered].filter(({ remoteStream }) => remoteStream.getVideoTracks().length === 1).length;
    call.hangUp();
    await until(() => ended.length === 2);
    const rings = callers[2].calls.length;
    for (const calls of callers) calls.close();
    return { rang: rang + rings, tracks, echo: said, ended, missed, refreshed };
    """


def body(driver, options):
    pictures = Pictures(options.screenshots)
    turns = 3 if driver.name == "chromium" else 1

    def page(token, **query):
        if options.server:
            query["server"] = options.server
        return f"{options.base}/calls.html?{urllib.parse.urlencode(query)}#token={token}"

    def device(token, **query):
        browser = driver.browser(camera="allowed")
        browser.open(page(token, **query))
        browser.wait_text("#connection", "Connected")
        return browser

    def call(browser, user):
        browser.type("#recipient", user)
        browser.click("#call")

    def press(browser, action):
        browser.wait(f"a button {action}", """
            const button = [...document.querySelectorAll(`#calls button[data-action="${arguments[0]}"]`)].find((b) => b.checkVisibility());
            button?.click();
            return Boolean(button)""", action)

    def last(browser, words, within=20):
        browser.wait(f"the last call ended as {words!r}", """
            return document.querySelector('#calls').children.length === 0
                && document.querySelector('#past li')?.innerText.includes(arguments[0])""", words, within=within)
        browser.run("document.querySelector('#past').replaceChildren()")

    step("a token that is refused: said, and asked for again")
    stranger = driver.browser(camera="allowed")
    stranger.open(page("no-token"))
    stranger.wait_text("#error", ":")
    stranger.wait("the form is there", "return document.querySelector('#sign-in').checkVisibility()")
    check("token=" not in stranger.run("return location.href"), "the token stays in the address")
    stranger.check_accessible()
    stranger.close()

    ann, bob = device(options.ann, ringing=2500), device(options.bob)
    ann_id, bob_id = ann.text("#my-id"), bob.text("#my-id")

    step("accepted, seen, and hung up by who was called")
    call(ann, bob_id)
    bob.wait_text("#news", f"{ann_id} is calling")
    check(ann.text("#calls li span") == "Calling…", "the caller's status", ann.text("#calls li span"))
    pictures.take(bob, "calls-ringing")
    press(bob, "accept")
    for browser in (ann, bob):
        browser.wait_text("#calls", "Connected")
        browser.wait("the other one is seen", PLAYS)
    pictures.take(ann, "calls-connected")
    ann.check_accessible()
    press(bob, "hangUp")
    last(ann, "hung up", within=1)
    last(bob, "hung up", within=1)

    step("rejected")
    call(ann, bob_id)
    press(bob, "reject")
    last(ann, "rejected")
    last(bob, "rejected")

    step("missed")
    call(ann, bob_id)
    bob.wait_text("#news", "is calling")
    last(ann, "missed")
    last(bob, "missed")

    step("busy")
    bob.click("#busy")
    call(ann, bob_id)
    last(ann, "busy")
    check(bob.text("#no-calls") is not None, "a busy one is rung")
    bob.click("#busy")

    step("a second device: both ring, the first that accepts has it")
    second = device(options.bob)
    call(ann, bob_id)
    for browser in (bob, second):
        browser.wait_text("#news", "is calling")
    press(second, "accept")
    last(bob, "answered on another device")
    ann.wait_text("#calls", "Connected")
    second.wait_text("#calls", "Connected")
    ann.wait("the other one is seen", PLAYS)

    press(ann, "hangUp")
    last(second, "hung up", within=1)
    last(ann, "hung up")
    second.close()

    step("negotiated anew and ICE restarted by both ends: the call goes on, and rings nowhere")
    ann.close()
    bob.close()
    quiet = driver.browser()
    quiet.open(options.base + "/index.html")
    result = quiet.run_async(RENEWAL, options.server, options.ann, options.bob)
    check(result["rang"] == 1 and result["tracks"] == 2 and result["echo"] == "hello" and result["missed"] == [], "renewal", result)
    check(result["ended"] == ["hung-up", "hung-up"], "its end", result)
    quiet.check_policy()
    ann, bob = device(options.ann, ringing=2500), device(options.bob)

    step("both call at once, again and again: one call, without ringing")
    for turn in range(turns):
        at = time.time() * 1000 + 900
        for browser, user in ((ann, bob_id), (bob, ann_id)):
            browser.type("#recipient", user)
            browser.run("setTimeout(() => document.querySelector('#call').click(), arguments[0] - Date.now())", at)
        time.sleep(0.9)
        for browser in (ann, bob):
            browser.wait("one call that is connected", """
                const calls = document.querySelector('#calls');
                return calls.children.length === 1 && calls.innerText.includes('Connected')""")
            browser.wait("the other one is seen", PLAYS)
            browser.run("document.querySelector('#past').replaceChildren()")
        press((ann, bob)[turn % 2], "hangUp")
        last(ann, "hung up", within=1)
        last(bob, "hung up", within=1)

    step("who calls reloads while it rings; nobody is there")
    call(ann, bob_id)
    bob.wait_text("#news", "is calling")
    ann.run("setTimeout(() => location.reload())")
    last(bob, "missed", within=5)
    ann.wait_text("#connection", "Connected")
    bob.open("about:blank")
    call(ann, bob_id)
    last(ann, "not connected")
    ann.check_policy()


if __name__ == "__main__":
    main(__doc__, OPTIONS, body)
