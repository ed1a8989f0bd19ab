#!/usr/bin/env python3
"""Chromium, headless, both ends in one page; what it uses is what all of its processes use.

    Examples/rtcbench/peers/chromium.py throughput --message-size 1024
"""
import json
import os
import re
import subprocess
import time
import urllib.request
from pathlib import Path

import measure

PAGE = Path(__file__).with_name("chromium.html")
ARGUMENTS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--js-flags=--expose-gc",
    "--allow-loopback-in-peer-connection", "--disable-features=WebRtcHideLocalIpsWithMdns"]


class Browser:
    """A page in a browser of its own, driven by the W3C's WebDriver protocol."""

    def __init__(self):
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, text=True)
        found = (re.search(r"successfully on port (\d+)", line) for line in self.driver.stdout)
        port = next(match[1] for match in found if match)
        self.session = f"http://127.0.0.1:{port}/session"
        options = {"browserName": "chrome", "goog:chromeOptions": {"args": ARGUMENTS}}
        opened = self.post("", {"capabilities": {"alwaysMatch": options}})
        self.session += "/" + opened["sessionId"]
        self.post("/url", {"url": PAGE.as_uri()})

    def post(self, path, body):
        request = urllib.request.Request(
            self.session + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)["value"]

    def run(self, script, *arguments):
        """What a function's body returns; where that is a promise, what it becomes."""
        return self.post("/execute/sync", {"script": script, "args": arguments})

    def end(self):
        urllib.request.urlopen(urllib.request.Request(self.session, method="DELETE")).close()
        self.driver.terminate()
        self.driver.wait()

    def processes(self):
        """The fields of /proc/PID/stat that follow the name, of the driver and all that came from it."""
        fields = {}
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields[int(path.parent.name)] = path.read_text().rpartition(")")[2].split()
            except OSError:
                pass  # it has ended in between
        family = {self.driver.pid}
        while more := {pid for pid, field in fields.items() if int(field[1]) in family} - family:
            family |= more
        return [fields[pid] for pid in family if pid in fields]

    def processor_seconds(self):
        return sum(int(field[11]) + int(field[12]) for field in self.processes()) / os.sysconf("SC_CLK_TCK")

    def resident_kb(self):
        return sum(int(field[21]) for field in self.processes()) * os.sysconf("SC_PAGESIZE") / 1024

    def usage(self):
        return measure.Usage(self.processor_seconds)


def throughput(browser, options):
    browser.run("return open()")
    browser.run("flood(...arguments)", options.message_size)
    time.sleep(options.warm_up)
    usage, before = browser.usage(), browser.run("return traffic")["bytes"]
    time.sleep(options.seconds)
    traffic = browser.run("return traffic")
    report = measure.throughput_report(options, usage, traffic["bytes"] - before)
    if traffic["faults"]:
        raise RuntimeError(f"{traffic['faults']} of {traffic['messages']} messages were not as sent")
    return report


def connect(browser, options):
    browser.run("return open().then(closeAll)")
    usage = browser.usage()
    milliseconds = browser.run(
        "const times = []; for (let n = 0; n < arguments[0]; n++) { times.push(await open()); closeAll(); }"
        "return times", options.count)
    return measure.connect_report(milliseconds, usage.processor_seconds())


def ping(browser, options):
    browser.run("return open()")
    milliseconds = browser.run("return ping(...arguments)", options.count)
    return measure.ping_report([time * 1000 for time in milliseconds])


def many(browser, options):
    browser.run("return open().then(closeAll)")
    kilobytes, usage = browser.resident_kb(), browser.usage()
    browser.run("return openMany(...arguments)", options.pairs, options.parallel)
    opening = usage.seconds(), usage.processor_seconds()
    time.sleep(1)
    kilobytes, idle = browser.resident_kb() - kilobytes, browser.usage()
    time.sleep(options.seconds)
    return measure.many_report(options, options.pairs, opening, kilobytes, idle)


def in_browser(mode):
    def run(options):
        browser = Browser()
        try:
            return mode(browser, options)
        finally:
            browser.end()

    return run


if __name__ == "__main__":
    modes = {"throughput": throughput, "connect": connect, "ping": ping, "many": many}
    measure.main("chromium", {name: in_browser(mode) for name, mode in modes.items()})
