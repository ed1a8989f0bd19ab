"""Plays the steps of inventory_steps.json over HTTP and over a data channel, and compares the replies with what is expected
and with each other. The program is Examples/inventory."""
import asyncio
import http.client
import json
import os
import sys
import urllib.parse

from gateway_session import connect

STEPS = json.load(open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "inventory_steps.json"), encoding="utf-8"))
STATUS = {"malformed": 400, "unknown-action": 404, "internal": 500}


class OverHTTP:
    def __init__(self, base):
        self.address = urllib.parse.urlsplit(base).netloc

    async def ask(self, message):
        """The replies, as they come."""
        replies = asyncio.Queue()
        loop = asyncio.get_running_loop()
        loop.run_in_executor(None, self._ask, message, lambda reply: loop.call_soon_threadsafe(replies.put_nowait, reply))
        return replies

    def _ask(self, message, tell):
        connection = http.client.HTTPConnection(self.address)
        connection.request("POST", "/v1/rpc", json.dumps(message), {"Content-Type": "application/json"})
        response = connection.getresponse()
        kind = response.headers["Content-Type"]
        if kind.startswith("application/x-ndjson"):
            assert response.status == 200, response.status
            for line in response:
                tell(json.loads(line))
        else:
            reply = json.loads(response.read())
            status = STATUS.get(reply["error"]["code"], 422) if "error" in reply else 200
            assert response.status == status, (message, response.status, reply)
            tell(reply)
        connection.close()


class OverChannel:
    def __init__(self, channel):
        self.channel = channel
        self.waiting = {}
        channel.on("message", self.received)

    def received(self, text):
        reply = json.loads(text)
        self.waiting[reply["id"]].put_nowait(reply)

    async def ask(self, message):
        replies = self.waiting[message["id"]] = asyncio.Queue()
        self.channel.send(json.dumps(message))
        return replies


async def rest(replies, id, first=None):
    """All replies to a request, as one: {"result"}, or {"parts"}, either with an {"error"} in the place of the end."""
    told, parts = {}, []
    while True:
        reply = first or await asyncio.wait_for(replies.get(), 10)
        first = None
        assert reply.pop("id") == id, reply
        if "part" in reply:
            assert reply.pop("part") == len(parts), reply
            parts.append(reply.pop("result"))
            assert not reply, reply
            continue
        if parts or "done" in reply:
            told["parts"] = parts
        assert reply.pop("done", True) is True
        return {**told, **reply}


def check(step, told):
    if "count" in step:
        assert len(told.get("result", told.get("parts"))) == step["count"], (step, told)
        return
    if "error" in step:
        assert told["error"]["code"] == step["error"] and told["error"]["message"], (step, told)
    for name in ("result", "parts"):
        if name in step:
            assert told.get(name, "nothing") == step[name], (step, told)
    assert ("error" in told) == ("error" in step), (step, told)


async def play(way):
    played, begun, said = [], {}, set()
    for number, step in enumerate(STEPS):
        if "end" in step:
            told = await rest(*begun.pop(step["end"]))
        else:
            id = f"{number}"
            said.add(step["action"])
            replies = await way.ask({**step.get("members", {}), "action": step["action"], "id": id})
            if "begin" in step:
                # Of those that come in parts the first says that it has begun.
                first = await replies.get() if step["begin"] == "watch" else None
                begun[step["begin"]] = (replies, id, first)
                continue
            told = await rest(replies, id)
        check(step, told)
        if step.get("action") == "actions":
            known = set(told["result"])
        played.append(told)
    assert said == known | {"no.such.action"}, said ^ known
    return played


async def main():
    base = sys.argv[1]
    over_http = await play(OverHTTP(base))
    session, connection, channel, post = await connect(base)
    over_channel = await play(OverChannel(channel))
    assert len(over_http) == len(over_channel)
    for step, one, other in zip([step for step in STEPS if "begin" not in step], over_http, over_channel):
        assert one == other, (step, one, other)
    assert (await post("DELETE", f"/v1/webrtc/session/{session}"))[0] == 204
    await connection.close()
    print(f"{len(over_http)} replies\nok")


asyncio.run(asyncio.wait_for(main(), 50))
