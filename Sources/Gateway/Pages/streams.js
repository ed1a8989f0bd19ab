// Streams of the server: which there are, one to watch with its shared input, and one to publish (WHIP, RFC 9725).

import { HTTPError, fetchJSON, fetchWithToken, tokenQuery } from "./peer-connection.js";
import { defaultSocketURL } from "./signaling-socket.js";
import { Backoff, follow } from "./store.js";

/** What an offer may wait for candidates, in ms. */
const GATHERING_TIME = 500;
/** What may wait in the channel of the input, in bytes; a mouse that moves on is not missed. */
const MOST_INPUT_WAITING = 16_384;

/**
 * The streams of the server, as they change.
 *
 * @param url where the paths of streamers begin, `/api/streamers` unless given
 * @param token shown where the server asks for one, or a function that gives it; @param refreshToken gives another
 */
export function createStreams(options = {}) {
    return new Streams(options);
}

class Streams {
    #store;
    #options;
    #source = null;
    #timer = null;
    #backoff;
    #isClosed = false;

    constructor(options) {
        this.#options = { url: "/api/streamers", EventSource: globalThis.EventSource, ...options };
        this.#backoff = new Backoff(options.backoff);
        [this.#store] = follow(this, {
            // By name: `[{streamer_id, status, reason, connected_peers, width, height, fps, recording, …}]`.
            streams: Object.freeze([]),
            // `connecting`, `connected` or `error`.
            connectionState: "connecting",
            error: null,
        });
        this.#listen();
    }

    /** Makes a streamer. Resolves to what it is when its first packet is there. */
    create(name, settings, members = {}) {
        return this.#ask("", "POST", { streamer_id: name, settings, ...members });
    }

    /** Ends a stream. */
    stop(name) {
        return this.#ask(`/${encodeURIComponent(name)}`, "DELETE");
    }

    /** A stream with its publisher and its watchers. */
    get(name) {
        return this.#ask(`/${encodeURIComponent(name)}`);
    }

    /** Ends a watcher. */
    kick(name, peerId) {
        return this.#ask(`/${encodeURIComponent(name)}/peers/${encodeURIComponent(peerId)}`, "DELETE");
    }

    /** Begins to record a stream, or ends that. */
    record(name, isOn = true) {
        return this.#ask(`/${encodeURIComponent(name)}/recording`, isOn ? "POST" : "DELETE");
    }

    close() {
        this.#isClosed = true;
        clearTimeout(this.#timer);
        this.#source?.close();
        this.#source = null;
    }

    #ask(path, method = "GET", body = undefined) {
        const { url, token, refreshToken, fetch } = this.#options;
        return fetchJSON(url + path, { method, body, token, refreshToken, fetch });
    }

    async #listen() {
        const { url, token, EventSource } = this.#options;
        const query = await tokenQuery(token);
        if (this.#isClosed) return;
        const source = new EventSource(`${url}/events${query}`);
        this.#source = source;
        let isFirst = true;
        source.addEventListener("streamer", ({ data }) => {
            const stream = JSON.parse(data);
            this.#up();
            const rest = (isFirst ? [] : this.streams).filter(({ streamer_id: id }) => id !== stream.streamer_id);
            isFirst = false;
            if (stream.status !== "gone") rest.push(stream);
            rest.sort((one, other) => (one.streamer_id < other.streamer_id ? -1 : 1));
            this.#store.set({ streams: Object.freeze(rest) });
        });
        source.onopen = () => {
            // Those that have gone meanwhile are not told of.
            if (isFirst) this.#store.set({ streams: Object.freeze([]) });
            this.#up();
        };
        source.onerror = () => {
            source.close();
            if (this.#isClosed || source !== this.#source) return;
            this.#store.set({ connectionState: "error", error: "the server cannot be reached, or refuses the token" });
            this.#timer = setTimeout(() => this.#listen(), this.#backoff.next());
        };
    }

    #up() {
        this.#backoff.reset();
        if (this.connectionState !== "connected") this.#store.set({ connectionState: "connected", error: null });
    }
}

/**
 * Watches a stream by its WebSocket: picture and sound, and keys, mouse and gamepads that all who watch share. Where the
 * server goes, or the network, it begins again by itself.
 *
 * @param name of the stream
 */
export function watchStream(name, options = {}) {
    return new WatchedStream(name, options);
}

class WatchedStream {
    #name;
    #options;
    #store;
    #socket = null;
    #connection = null;
    #input = null;
    #timer = null;
    #backoff;
    #wishes = null;
    #isClosed = false;

    constructor(name, options) {
        this.#name = name;
        this.#options = {
            WebSocket: globalThis.WebSocket, RTCPeerConnection: globalThis.RTCPeerConnection, ...options,
            url: options.url ?? defaultSocketURL("/api/streamers"),
        };
        this.#backoff = new Backoff(options.backoff);
        [this.#store] = follow(this, {
            // `connecting`, `waiting` (for the source), `connected`, `ended` or `closed`.
            state: "connecting",
            // How the stream stands: `starting`, `live`, `failed` or `stopped`, and why.
            status: null,
            reason: null,
            // What a video element shows.
            stream: null,
            peerId: null,
            // Whether keys and the rest reach the source.
            hasInput: false,
            error: null,
        });
        this.#connect();
    }

    /** What is wanted of the picture: at most `width` and `height` in pixels, or nothing while `paused`. */
    select(wishes) {
        this.#wishes = wishes;
        this.#say({ type: "select", ...wishes });
    }

    /** A key goes down or up; `code` as `KeyboardEvent.code` has it. False where it does not reach the source. */
    key(code, down) {
        return this.#press({ type: "key", code, down });
    }

    /** Where the mouse is, and what is held on it, as `MouseEvent.buttons` has it. */
    mouse({ x, y, buttons = 0, wheel = 0 }) {
        return this.#press({ type: "mouse", x, y, buttons, wheel }, buttons === 0 && wheel === 0);
    }

    /** What is held on a gamepad, as `Gamepad` has it. */
    gamepad({ index, axes, buttons }) {
        const values = buttons.map((button) => (typeof button === "number" ? button : button.value));
        return this.#press({ type: "gamepad", index, axes: [...axes], buttons: values });
    }

    /** What the browser knows of the connection; null while there is none. */
    getStats() {
        return this.#connection?.getStats() ?? Promise.resolve(null);
    }

    close() {
        if (this.#isClosed) return;
        this.#isClosed = true;
        clearTimeout(this.#timer);
        this.#leave();
        this.#store.set({ state: "closed" });
    }

    #press(event, mayBeLost = false) {
        if (this.#input?.readyState !== "open") return false;
        if (mayBeLost && this.#input.bufferedAmount > MOST_INPUT_WAITING) return false;
        this.#input.send(JSON.stringify(event));
        return true;
    }

    #say(message) {
        if (this.#socket?.readyState === 1) this.#socket.send(JSON.stringify(message));
    }

    // MARK: The socket

    async #connect() {
        const { url, token, WebSocket } = this.#options;
        const query = await tokenQuery(token);
        if (this.#isClosed) return;
        const socket = new WebSocket(`${url}/${encodeURIComponent(this.#name)}/peer${query}`);
        this.#socket = socket;
        socket.onmessage = async ({ data }) => {
            if (socket !== this.#socket) return;
            try {
                await this.#take(JSON.parse(data));
            } catch (error) {
                this.#store.set({ error: error.message });
            }
        };
        socket.onclose = ({ code, reason }) => this.#lose(socket, code, reason);
    }

    async #take(message) {
        switch (message.type) {
            case "welcome":
                // Each begins a new connection: the one before is the source's of before.
                this.#drop();
                this.#servers = message.ice_servers ?? [];
                this.#store.set({ peerId: message.peer_id, state: "waiting", error: null });
                return;
            case "state": {
                const isOver = message.status === "stopped";
                this.#store.set({ status: message.status, reason: message.reason ?? null, ...(isOver && { state: "ended" }) });
                if (message.status === "live") this.#backoff.reset();
                return;
            }
            case "offer": return this.#answer(message.sdp);
            case "candidate": return this.#connection?.addIceCandidate(message.candidate ?? undefined);
            case "error": return this.#store.set({ error: message.message });
        }
    }

    #servers = [];

    async #answer(sdp) {
        const connection = this.#connection ?? this.#make();
        await connection.setRemoteDescription({ type: "offer", sdp });
        await connection.setLocalDescription();
        if (connection !== this.#connection) return;
        this.#say({ type: "answer", sdp: connection.localDescription.sdp });
        if (this.#wishes) this.#say({ type: "select", ...this.#wishes });
    }

    #make() {
        const iceServers = this.#servers.map(({ urls, username, credential }) =>
            ({ urls, ...(username && { username }), ...(credential && { credential }) }));
        const connection = new this.#options.RTCPeerConnection({ iceServers, ...this.#options.rtcConfiguration });
        this.#connection = connection;
        const tracks = [];
        connection.ontrack = ({ track, streams }) => {
            tracks.push(track);
            this.#store.set({ stream: streams[0] ?? new MediaStream(tracks) });
        };
        connection.onicecandidate = ({ candidate }) =>
            connection === this.#connection && this.#say({ type: "candidate", candidate: candidate?.toJSON?.() ?? candidate });
        connection.ondatachannel = ({ channel }) => {
            if (channel.label !== "input") return;
            this.#input = channel;
            const changed = () =>
                channel === this.#input && this.#store.set({ hasInput: channel.readyState === "open" });
            channel.onopen = channel.onclose = changed;
            changed();
        };
        connection.onconnectionstatechange = () => {
            if (connection !== this.#connection) return;
            if (connection.connectionState === "connected") this.#store.set({ state: "connected" });
            // The server closes the socket then, too, and it is begun again.
            if (connection.connectionState === "failed") this.#lose(this.#socket, 1006, "the connection has failed");
        };
        return connection;
    }

    #lose(socket, code, reason) {
        if (socket !== this.#socket || this.#isClosed) return;
        const isOver = this.status === "stopped";
        this.#leave();
        if (isOver) return this.#store.set({ state: "ended" });
        const why = reason || (code === 1006 ? "the server cannot be reached, or has no such stream" : `closed with ${code}`);
        this.#store.set({ state: "connecting", error: this.error ?? why });
        this.#timer = setTimeout(() => this.#connect(), this.#backoff.next());
    }

    #drop() {
        const connection = this.#connection;
        [this.#connection, this.#input] = [null, null];
        if (!connection) return;
        connection.close();
        this.#store.set({ stream: null, hasInput: false });
    }

    #leave() {
        const socket = this.#socket;
        this.#socket = null;
        this.#drop();
        if (!socket) return;
        socket.onmessage = socket.onclose = null;
        socket.close();
    }
}

/**
 * Publishes a stream of the browser's, such as a camera, by WHIP. Resolves when the server has taken it; `close()` ends it.
 *
 * @param name of the stream; @param stream its tracks
 * @param url where streams are published, `/whip` unless given
 */
export async function publishStream(name, stream, options = {}) {
    const {
        url = "/whip", RTCPeerConnection = globalThis.RTCPeerConnection, rtcConfiguration,
        onConnectionStateChange = () => {},
    } = options;
    const send = (path, method, body) => sendSDP(path, method, body, options);
    const connection = new RTCPeerConnection(rtcConfiguration);
    for (const track of stream.getTracks()) connection.addTransceiver(track, { direction: "sendonly", streams: [stream] });
    connection.onconnectionstatechange = () => onConnectionStateChange(connection.connectionState);
    let place = null;
    const close = async () => {
        connection.close();
        if (place) await send(place, "DELETE").catch(() => {});
        place = null;
    };
    try {
        await connection.setLocalDescription();
        await gathered(connection);
        const answer = await send(`${url}/${encodeURIComponent(name)}`, "POST", connection.localDescription.sdp);
        place = answer.headers.get("location");
        await connection.setRemoteDescription({ type: "answer", sdp: await answer.text() });
    } catch (error) {
        await close();
        throw error;
    }
    return { connection, close };
}

// Candidates come with the offer, as far as they are found soon.
function gathered(connection) {
    if (connection.iceGatheringState === "complete") return undefined;
    return new Promise((resolve) => {
        const timer = setTimeout(resolve, GATHERING_TIME);
        connection.onicegatheringstatechange = () => {
            if (connection.iceGatheringState !== "complete") return;
            clearTimeout(timer);
            resolve();
        };
    });
}

async function sendSDP(path, method, body, access) {
    const headers = body ? { "Content-Type": "application/sdp" } : {};
    const response = await fetchWithToken(path, { method, body, headers }, access);
    if (response.ok) return response;
    throw new HTTPError(response.status, await response.json().catch(() => null));
}
