import Signaling
import TestSupport
import Testing

/// Clients written with Python's `websockets`, which knows nothing of our client. Where the package is missing the test
/// is skipped; where `CI` is set it fails.
@Suite("interoperation with Python's websockets", .timeLimit(.minutes(1)))
struct PythonInteropTests {
    @Test(
        "its clients register, signal, are refused and closed as the protocol says",
        .enabled("no Python websockets") { await PythonClient.isExpected() })
    func clients() async throws {
        let server = SignalingServer(configuration: .init(host: "127.0.0.1", port: 0))
        let port = try await server.start()
        let (status, output) = try await PythonClient.run(PythonClient.script, "ws://127.0.0.1:\(port)")
        #expect(status == 0, "\(output)")
        #expect(output.hasSuffix("ok\n"))
        await server.stop()
    }
}

enum PythonClient {
    static func isExpected() async -> Bool {
        if TestProgram.isCI { return true }
        return ((try? await run("import websockets.asyncio.client", ""))?.status ?? 1) == 0
    }

    /// Runs a script to its end; its words are standard output and error together.
    static func run(_ script: String, _ argument: String) async throws -> (status: Int32, output: String) {
        try await TestProgram.run(["python3", "-c", script, argument])
    }

    static let script = #"""
        import asyncio, json, sys, uuid
        from websockets.asyncio.client import connect
        from websockets.exceptions import ConnectionClosed

        url = sys.argv[1]
        A, B = str(uuid.uuid4()), str(uuid.uuid4())

        async def register(ws, peer):
            await ws.send(json.dumps({"type": "register", "peer_id": peer, "peer_type": "display",
                                      "display_name": "Pÿ", "display_class": None}))

        async def until(ws, kind):
            while True:
                message = json.loads(await ws.recv())
                if message["type"] == kind:
                    return message

        async def close_code(ws):
            try:
                while True:
                    await ws.recv()
            except ConnectionClosed as closed:
                return closed.rcvd.code

        async def main():
            async with connect(url + "/") as a, connect(url + "/ws?x=y") as b:
                await register(a, A)
                assert (await until(a, "peer_list"))["peers"] == [
                    {"id": A, "peer_type": "display", "display_name": "Pÿ", "is_connected": True, "is_leader": False}]
                await register(b, B)
                assert [p["id"] for p in (await until(a, "peer_list"))["peers"]] == [A, B]
                candidate = {"candidate": "candidate:1 1 UDP 1 x.local 9 typ host", "sdpMid": "0", "sdpMLineIndex": 0}
                ice = {"type": "ice", "from_peer_id": A, "to_peer_id": B, "candidate": candidate, "own": 1.50}
                text = json.dumps(ice)
                await a.send([text[:10], text[10:11], text[11:]])  # in fragments
                del ice["candidate"]
                assert await until(b, "ice") == ice | candidate  # the line is a string, the rest stands beside it
                await b.send(json.dumps({"type": "offer", "from_peer_id": A, "to_peer_id": A, "sdp": "x"}))
                assert (await until(b, "error"))["code"] == "identity"
                await b.send(json.dumps({"type": "offer", "to_peer_id": str(uuid.uuid4()), "sdp": "x"}))
                assert (await until(b, "error"))["code"] == "unknown-peer"
                await (await a.ping())
                await b.send("x" * 65537)
                assert (await until(b, "error"))["code"] == "too-large"
                await b.send(b"{}")
                assert (await until(b, "error"))["code"] == "invalid-message"
                async with connect(url) as c:
                    await register(c, A)
                    assert (await until(c, "error"))["code"] == "id-in-use"
                    assert await close_code(c) == 4409
                async with connect(url) as c:
                    for _ in range(5):
                        await c.send("nonsense")
                    assert await close_code(c) == 1008
                async with connect(url) as c:
                    await c.send("x" * 2_000_000)
                    assert await close_code(c) == 1009
                await b.close()
                assert [p["id"] for p in (await until(a, "peer_list"))["peers"]] == [A]
                async with connect(url) as c, connect(url) as d:
                    await c.send(json.dumps({"type": "join", "peerId": "C"}))
                    assert (await until(c, "peer-list"))["peers"] == []
                    await d.send(json.dumps({"type": "join", "peerId": "D"}))
                    assert await until(c, "peer-joined") == {"type": "peer-joined", "peerId": "D"}
                    await d.send(json.dumps({"type": "offer", "from": "D", "to": "C", "sdp": "x"}))
                    assert await until(c, "offer") == {"type": "offer", "from": "D", "to": "C", "sdp": "x"}
                    await d.close()
                    assert await until(c, "peer-left") == {"type": "peer-left", "peerId": "D"}

        asyncio.run(asyncio.wait_for(main(), 30))
        print("ok")
        """#
}
