// Not run: `tsc --strict --noEmit` has to take it, and each line after @ts-expect-error has to be wrong.
import {
    createCalls, createMesh, createPeerConnection, createRoom, createSession, createStreams, iceServers, publishStream, turnApi,
    watchStream, type Call, type MeshPeer,
} from "../../../Sources/Gateway/Pages/swift-webrtc.js";
import { SessionError } from "../../../Sources/Gateway/Pages/webrtc-session.js";

export async function connect(send: (message: object) => void, stream: MediaStream): Promise<RTCStatsReport> {
    const manager = await createPeerConnection({
        isPolite: true, callId: "c", remoteUserId: "bob", signaling: { send }, token: async () => "t", refreshToken: async () => "u",
        onTrack: ({ streams }) => console.log(streams[0]?.id),
        onIceConnectionStateChange: (state) => console.log(state === "connected"),
    });
    manager.addLocalStream(stream);
    await manager.handleRemoteDescription({ type: "offer", sdp: "v=0" });
    await manager.handleIceCandidate(null);
    manager.restartIce();
    manager.on("end", () => manager.close());
    return manager.getStats();
}

export async function servers(): Promise<RTCIceServer[]> {
    return iceServers(await turnApi.getCredentials({ token: "t" }));
}

export async function mesh(): Promise<readonly MeshPeer[]> {
    const mesh = createMesh();
    const id: string = await mesh.startPeer("controller", "Desk");
    await mesh.sendMessage(null, { type: "black", eventId: id, isBlack: true });
    mesh.subscribe(({ leaderStatus }) => console.log(leaderStatus.leaderId?.length, leaderStatus.peerCount + 1));
    // @ts-expect-error there is no such type of a peer
    await mesh.startPeer("speaker", "Desk");
    return mesh.peers;
}

export function room(localStream: MediaStream): void {
    const room = createRoom({ localStream, room: "r" });
    room.on("ended", (id, reason) => console.log(id.length, reason === "left"));
    for (const { id, state } of room.peers) if (state === "available") room.call(id);
    // @ts-expect-error peers are not changed from outside
    room.peers.push({ id: "x", state: "available", stream: null });
}

export function calls(): Call {
    const calls = createCalls({ token: () => "t", isBusy: (user) => user === "bob" });
    calls.on("incoming", (call) => call.accept({ stream: null }));
    calls.on("problem", ({ code }, call) => console.log(code, call?.user));
    // @ts-expect-error a user is known by a token
    createCalls({});
    return calls.call("bob");
}

export async function session(): Promise<number> {
    const session = createSession({ url: "https://example.org/v1" });
    try {
        for await (const part of session.stream<{ n: number }>("count", { to: 3 })) console.log(part.n);
    } catch (error) {
        if (error instanceof SessionError) console.log(error.code);
    }
    interface Sum { terms: number[] }
    const sum: Sum = { terms: [1, 2] };
    await session.request("add", null);
    // @ts-expect-error members have names
    await session.request("add", [1, 2]);
    // @ts-expect-error members have names
    await session.request("add", "1 2");
    // @ts-expect-error the id is the session's own
    await session.request("add", { id: 7, terms: [1, 2] });
    return session.request<number>("add", sum, { timeout: 100 });
}

export async function streams(camera: MediaStream, video: HTMLVideoElement): Promise<void> {
    const streams = createStreams({ token: () => "t" });
    await streams.create("bars", { source: { type: "file", name: "film.webm", loop: true }, width: 640, codec: "vp8" });
    // @ts-expect-error a source is needed
    await streams.create("bars", { width: 640 });
    for (const { streamer_id, status } of streams.streams) if (status === "failed") await streams.stop(streamer_id);
    const watched = watchStream("bars");
    watched.subscribe(({ stream }) => { video.srcObject = stream; });
    watched.select({ width: 320, paused: false });
    if (watched.key("KeyA", true)) watched.mouse({ x: 0.5, y: 0.5, buttons: 1 });
    for (const pad of navigator.getGamepads()) if (pad) watched.gamepad(pad);
    // @ts-expect-error that is the server's to say
    watched.status = "live";
    const { connection, close } = await publishStream("cam", camera, { onConnectionStateChange: (state) => console.log(state === "failed") });
    console.log(connection.signalingState);
    await close();
}
