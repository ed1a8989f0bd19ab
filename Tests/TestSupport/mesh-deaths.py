#!/usr/bin/env python3
"""How long a mesh of five hosts is without a leader, and without signaling, when its leader dies in each of three ways.

  mesh-deaths.py MESHCHAT [--rounds N] [--kind killed|cut|stopped]      needs root, and what lan.sh needs

Each host is in namespaces of its own, with its own avahi, on one switch (lan.sh). All say a number five times a second; what the
survivors of a round have said to each other in it must have come, once and in order. Printed for each kind: from the death until all
survivors name one leader (named), and until all of them are registered at its server (signaling), as an onlooker sees who connects
there; median, 95th percentile and longest, in ms. Ends with 1 if a round fails.
"""
import argparse
import base64
import json
import os
import pathlib
import signal
import socket
import statistics
import struct
import subprocess
import sys
import threading
import time
import uuid

HERE = pathlib.Path(__file__).resolve().parent
HOSTS = 5
PORT = 3010


def onlook(port):
    """Registers at the server of this host, and prints when each list came, and who is connected by it."""
    own = str(uuid.uuid4())
    link = socket.create_connection(("127.0.0.1", port))
    key = base64.b64encode(os.urandom(16)).decode()
    link.sendall(f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                 f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode())
    stream = link.makefile("rb")
    while stream.readline().strip():
        pass

    def send(message):
        data = json.dumps(message).encode()
        head = bytes([0x81, 0x80 | len(data)]) if len(data) < 126 else bytes([0x81, 0xFE]) + struct.pack(">H", len(data))
        link.sendall(head + bytes(4) + data)

    send({"type": "register", "peer_id": own, "peer_type": "display", "display_name": "onlooker", "display_class": None})

    def live():
        while True:
            time.sleep(2)
            send({"type": "heartbeat", "peer_id": own})

    threading.Thread(target=live, daemon=True).start()
    while True:
        first, second = stream.read(2)
        size = second & 0x7F
        if size == 126:
            size = struct.unpack(">H", stream.read(2))[0]
        elif size == 127:
            size = struct.unpack(">Q", stream.read(8))[0]
        data = stream.read(size)
        if first & 0xF != 1:
            continue
        message = json.loads(data)
        if message.get("type") == "peer_list":
            there = [peer["display_name"] for peer in message["peers"] if peer["is_connected"]]
            print(json.dumps({"at": time.monotonic(), "there": there}), flush=True)


class Node:
    """A meshchat on a host, and what it has said and heard."""

    def __init__(self, lan, program, host, life):
        self.host, self.name = host, f"h{host}"
        self.lock = threading.Condition()
        self.leader, self.connected, self.id = None, set(), None
        self.changes, self.heard, self.said = [], [], 0
        self.state = pathlib.Path(lan.state) / f"life{host}.{life}"
        self.process = lan.popen(host, [program, "--json", "--name", self.name, "--port", str(PORT)],
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            now = time.monotonic()
            try:
                event = json.loads(line)
            except ValueError:
                continue
            with self.lock:
                kind = event.get("type")
                if kind == "started":
                    self.id = event["peer_id"]
                elif kind == "leader_changed":
                    self.leader = event["leader_id"]
                    self.changes.append((now, self.leader))
                elif kind == "peer_list_changed":
                    self.connected = {peer["display_name"] for peer in event["peers"] if peer["is_connected"]}
                elif kind == "message":
                    self.heard.append((now, event["from"]["display_name"], event["text"]))
                self.lock.notify_all()

    def say(self):
        self.said += 1
        try:
            self.process.stdin.write(f"{self.process.pid} {self.said}\n")
            self.process.stdin.flush()
        except (BrokenPipeError, ValueError):
            pass

    def wait(self, test, seconds):
        with self.lock:
            return self.lock.wait_for(lambda: test(self), seconds)


class LAN:
    def __init__(self):
        self.environment = dict(os.environ, LAN_STATE=f"/tmp/mesh-deaths-{os.getpid()}", LAN_PREFIX="md")
        self.state = self.environment["LAN_STATE"]
        self.run("up", str(HOSTS))

    def run(self, *arguments):
        subprocess.run(["bash", HERE / "lan.sh", *arguments], env=self.environment, check=True)

    def popen(self, host, command, **options):
        host = (pathlib.Path(self.state) / f"{host}.host").read_text().strip()
        # This process itself becomes the program: it is what is killed and stopped.
        return subprocess.Popen(["nsenter", "--target", host, "--net", "--mount", "--uts", "--", *command], **options)


def whole(nodes):
    names = {node.name for node in nodes}
    ids = {node.leader for node in nodes}
    return len(ids) == 1 and None not in ids and all(node.connected >= names - {node.name} for node in nodes)


def gather(nodes, seconds=40):
    end = time.monotonic() + seconds
    while not whole(nodes):
        if time.monotonic() > end:
            raise SystemExit("not whole again: " + ", ".join(f"{n.name}: {n.leader} {sorted(n.connected)}" for n in nodes))
        time.sleep(0.05)


def count(survivors, since, until):
    """Whether what each has said to each other one has come once and in order, of what was said in that time."""
    flaws = []
    for speaker in survivors:
        for listener in survivors:
            if speaker is listener:
                continue
            with listener.lock:
                numbers = [int(text.split()[1]) for at, name, text in listener.heard
                           if name == speaker.name and text.split()[0] == str(speaker.process.pid)]
            wanted = list(range(since[speaker], until[speaker] + 1))
            got = [number for number in numbers if since[speaker] <= number <= until[speaker]]
            if got != wanted:
                flaws.append(f"{listener.name} has {len(got)} of {len(wanted)} of {speaker.name}")
    return flaws


def play(lan, program, kind, rounds):
    lives = 0
    nodes = {}
    for host in range(1, HOSTS + 1):
        nodes[host] = Node(lan, program, host, lives)
        time.sleep(0.3)
    running = True

    def talk():
        while running:
            for node in list(nodes.values()):
                node.say()
            time.sleep(0.2)

    threading.Thread(target=talk, daemon=True).start()
    named, signaled, flaws = [], [], []
    for turn in range(rounds):
        gather(list(nodes.values()))
        time.sleep(1.2)
        victim = next(node for node in nodes.values() if node.id == node.leader)
        survivors = [node for node in nodes.values() if node is not victim]
        # Those that started first lead next; whichever it is, somebody looks on there.
        onlookers = {}
        for node in survivors:
            onlookers[node] = lan.popen(node.host, [sys.executable, str(HERE / "mesh-deaths.py"), "--onlook", str(PORT)],
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            onlookers[node].stdout.readline()
        time.sleep(0.3)
        since = {node: node.said + 1 for node in survivors}
        died = time.monotonic()
        if kind == "killed":
            victim.process.kill()
        elif kind == "cut":
            lan.run("cut", str(victim.host))
        else:
            victim.process.send_signal(signal.SIGSTOP)
        for node in survivors:
            if not node.wait(lambda n: n.leader not in (None, victim.id), 20):
                flaws.append(f"round {turn}: {node.name} names nobody new")
        heir = next((node for node in survivors if all(other.leader == node.id for other in survivors)), None)
        if heir is None:
            time.sleep(1)
            heir = next((node for node in survivors if all(other.leader == node.id for other in survivors)), None)
        if heir is None:
            flaws.append(f"round {turn}: several leaders")
        else:
            named.append(1000 * (max(node.changes[-1][0] for node in survivors) - died))
            names = {node.name for node in survivors}
            for line in onlookers[heir].stdout:
                seen = json.loads(line)
                if seen["at"] > died and names <= set(seen["there"]):
                    signaled.append(1000 * (seen["at"] - died))
                    break
                if seen["at"] > died + 20:
                    break
        time.sleep(1)
        until = {node: node.said for node in survivors}
        time.sleep(1)
        flaws += [f"round {turn}: {flaw}" for flaw in count(survivors, since, until)]
        for onlooker in onlookers.values():
            onlooker.kill()
            onlooker.wait()
        if kind == "killed":
            victim.process.wait()
            lives += 1
            nodes[victim.host] = Node(lan, program, victim.host, lives)
        elif kind == "cut":
            lan.run("heal", str(victim.host))
        else:
            before = len(victim.changes)
            victim.process.send_signal(signal.SIGCONT)
            # It led before; it has to hear that another one does, or to be voted for again.
            if not victim.wait(lambda n: len(n.changes) > before, 5):
                flaws.append(f"round {turn}: the stopped leader leads on")
    gather(list(nodes.values()))
    running = False
    for node in nodes.values():
        node.process.terminate()
    for node in nodes.values():
        node.process.wait()
    for what, times in (("named", named), ("signaling", signaled)):
        times.sort()
        if times:
            print(f"{kind:8} {what:10} {len(times):3} rounds: median {statistics.median(times):5.0f} ms, "
                  f"95 % {times[min(len(times) - 1, int(0.95 * len(times)))]:5.0f} ms, longest {times[-1]:5.0f} ms", flush=True)
    for flaw in flaws:
        print(f"{kind:8} {flaw}", flush=True)
    return flaws


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("meshchat", nargs="?")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--kind", choices=["killed", "cut", "stopped"])
    parser.add_argument("--onlook", type=int)
    arguments = parser.parse_args()
    if arguments.onlook:
        return onlook(arguments.onlook)
    lan = LAN()
    try:
        time.sleep(1.5)
        kinds = [arguments.kind] if arguments.kind else ["killed", "cut", "stopped"]
        flaws = [flaw for kind in kinds for flaw in play(lan, os.path.abspath(arguments.meshchat), kind, arguments.rounds)]
    finally:
        lan.run("down")
    return 1 if flaws else 0


if __name__ == "__main__":
    sys.exit(main())
