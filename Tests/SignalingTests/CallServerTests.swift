import Testing

@testable import Signaling

/// Knows users by tokens that are their names with `token-` before them.
struct NamedTokens: TokenVerifier {
    func identity(of token: String) async throws(TokenError) -> TokenIdentity {
        guard token.hasPrefix("token-") else { throw TokenError(.wrongKey, "nobody has this token") }
        return TokenIdentity(subject: String(token.dropFirst(6)), scopes: ["call"])
    }
}

@Suite("calls over sockets", .timeLimit(.minutes(1)))
struct CallServerTests {
    private static var configuration: SignalingServerConfiguration {
        SignalingServerConfiguration(host: "127.0.0.1", port: 0, tokens: NamedTokens())
    }

    @Test(
        "a token in the request is looked at before there is a socket",
        arguments: [
            (RawPeer.request(["Authorization": "Bearer token-ann"]), 101),
            (RawPeer.request(["Authorization": "bearer  token-ann"]), 101),
            (RawPeer.request(line: "GET /ws?token=token-ann HTTP/1.1"), 101),
            (RawPeer.request(line: "GET /?x=1&token=token%2Dann HTTP/1.1"), 101),
            (RawPeer.request(), 101), (RawPeer.request(["Authorization": "Basic YTpi"]), 101),
            (RawPeer.request(["Authorization": "Bearer stolen"]), 401),
            (RawPeer.request(line: "GET /ws?token= HTTP/1.1"), 401),
            (RawPeer.request(line: "GET /nowhere?token=token-ann HTTP/1.1"), 404),
        ])
    func request(request: String, status: Int) async throws {
        let server = SignalingServer(configuration: Self.configuration)
        var peer = try await RawPeer.connect(port: try await server.start())
        try await peer.send(request)
        let head = try await peer.head()
        #expect(head.hasPrefix("HTTP/1.1 \(status) "))
        #expect(head.lowercased().contains("www-authenticate: bearer") == (status == 401))
        if request.contains("ann"), status == 101 {
            let there = await server.withDialect(CallDialect.self) { calls, _ in calls.present }
            #expect(there == ["ann"])
        }
        await peer.close()
        await server.stop()
    }

    @Test(
        "Python's clients call each other: two devices ring, one has it, rooms beside it, and strangers get nothing",
        .enabled("no Python websockets") { await PythonClient.isExpected() })
    func python() async throws {
        let server = SignalingServer(configuration: Self.configuration)
        let port = try await server.start()
        let (status, output) = try await PythonClient.run(Self.script, "ws://127.0.0.1:\(port)")
        #expect(status == 0 && output.hasSuffix("ok\n"), "\(output)")
        await server.stop()
    }

    private static let script = #"""
        import asyncio, json, sys
        from websockets.asyncio.client import connect
        from websockets.exceptions import ConnectionClosed, InvalidStatus

        url = sys.argv[1]

        async def say(ws, kind, **fields):
            await ws.send(json.dumps({"type": kind, **fields}))

        async def hear(ws):
            return json.loads(await asyncio.wait_for(ws.recv(), 10))

        async def main():
            try:
                async with connect(url + "/?token=nobody"):
                    raise SystemExit("a stranger came in")
            except InvalidStatus as refused:
                assert refused.response.status_code == 401
            ann = await connect(url, additional_headers={"Authorization": "Bearer token-ann"})
            phone = await connect(url + "/ws?token=token-bob")
            desk = await connect(url)
            await say(desk, "auth", token="token-bob")
            # What follows at once waits for the token.
            await say(desk, "typing", recipientId="ann")
            assert await hear(ann) == {"type": "typing", "senderId": "bob"}
            await say(ann, "call-offer", recipientId="bob", callId="1", sdp="v=0", extra={"a": [1]})
            offer = {"type": "call-offer", "senderId": "ann", "callId": "1", "sdp": "v=0", "extra": {"a": [1]}}
            assert await hear(phone) == offer and await hear(desk) == offer
            await say(desk, "call-accept", recipientId="ann", callId="1")
            assert (await hear(ann))["type"] == "call-accept"
            assert await hear(phone) == {"type": "call-hangup", "senderId": "ann", "callId": "1", "reason": "answered-elsewhere"}
            await say(desk, "call-answer", recipientId="ann", callId="1", sdp="v=1")
            assert await hear(ann) == {"type": "call-answer", "senderId": "bob", "callId": "1", "sdp": "v=1"}
            await say(ann, "call-ice-candidate", recipientId="bob", callId="1", candidate={"candidate": "c"})
            assert (await hear(desk))["candidate"] == {"candidate": "c"}
            await say(ann, "call-offer", recipientId="zoe", callId="2", sdp="v=0")
            error = await hear(ann)
            assert (error["type"], error["code"], error["callId"]) == ("error", "recipient-offline", "2")
            await say(ann, "join", peerId="A")
            joined = await hear(ann)
            assert (joined["type"], joined["peers"]) == ("peer-list", [])
            await say(phone, "join", peerId="P")
            assert (await hear(phone))["peers"] == ["A"]
            assert await hear(ann) == {"type": "peer-joined", "peerId": "P"}
            await say(phone, "offer", to="A", sdp="x")
            assert await hear(ann) == {"type": "offer", "from": "P", "to": "A", "sdp": "x"}
            # Ann's connection breaks, and is back: nothing is lost, and nothing comes twice.
            ann.transport.abort()
            assert await hear(phone) == {"type": "peer-left", "peerId": "A"}
            await say(phone, "candidate", to="A", candidate={"candidate": "kept"})
            await say(desk, "call-ice-candidate", recipientId="ann", callId="1", candidate={"candidate": "kept too"})
            ann = await connect(url, additional_headers={"Authorization": "Bearer token-ann"})
            await say(ann, "join", peerId="A", resume=joined["resume"])
            assert await hear(phone) == {"type": "peer-joined", "peerId": "A"}
            again = await hear(ann)
            assert (again["type"], again["peers"]) == ("peer-list", ["P"]) and again["resume"] != joined["resume"]
            # Of two senders either may be the first.
            kept = [(await hear(ann))["candidate"]["candidate"] for _ in range(2)]
            assert sorted(kept) == ["kept", "kept too"]
            await say(ann, "call-hangup", recipientId="bob", callId="1")
            assert (await hear(desk))["type"] == "call-hangup"
            stranger = await connect(url)
            await say(stranger, "auth", token="stolen")
            assert (await hear(stranger))["code"] == "unauthorized"
            for _ in range(4):
                await say(stranger, "call-offer", recipientId="ann", callId="3", sdp="v=0")
                assert (await hear(stranger))["code"] == "not-registered"
            try:
                await hear(stranger)
                raise SystemExit("five bad messages, and no end")
            except ConnectionClosed as closed:
                assert closed.rcvd.code == 1008
            for ws in (ann, phone, desk):
                await ws.close()
            print("ok")

        asyncio.run(main())
        """#
}
