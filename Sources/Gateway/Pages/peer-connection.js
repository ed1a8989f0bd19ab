// A peer connection with perfect negotiation, as in W3C WebRTC §10.7, and what a browser needs besides:
// credentials for TURN, candidates that come early, and what is to be said again after signaling broke.

import { Events } from "./store.js";

const MOST_CANDIDATES = 256;

/** The session id in an SDP's `o=` line: the same for all descriptions of one connection's end. */
export function sessionID(sdp) {
    return /^o=\S+ (\d+) /m.exec(sdp ?? "")?.[1] ?? null;
}

export class PeerConnectionManager {
    #connection = null;
    #isPolite;
    #out;
    #options;
    #makingOffer = false;
    #ignoreOffer = false;
    #isSettingRemoteAnswerPending = false;
    #early = [];
    #sent = [];
    #inbox = Promise.resolve();
    #waiting = 0;
    #isClosed = false;
    #restart = null;
    #events = new Events();

    /**
     * @param isPolite whether this end gives way when two offers cross
     * @param out `{description(description, isFirst), candidate(candidate)}`: says them to the other end
     */
    constructor({ isPolite, out, ...options }) {
        this.#isPolite = Boolean(isPolite);
        this.#out = out;
        this.#options = options;
    }

    /** The `RTCPeerConnection`; null before `initialize`. */
    get connection() {
        return this.#connection;
    }

    get isPolite() {
        return this.#isPolite;
    }

    /** Events: `end`, when the other end has closed the connection or nothing has brought it back, and
     * `problem`. Returns what ends the listening. */
    on(name, listener) {
        return this.#events.on(name, listener);
    }

    /** Makes the connection. */
    initialize(iceServers = []) {
        if (this.#connection) throw new Error("it is initialized already");
        const { RTCPeerConnection = globalThis.RTCPeerConnection, rtcConfiguration = {} } = this.#options;
        if (!RTCPeerConnection) throw new Error("there is no WebRTC here");
        const connection = new RTCPeerConnection({ ...rtcConfiguration, iceServers });
        this.#connection = connection;
        connection.onnegotiationneeded = () => this.#offer();
        connection.onicecandidate = ({ candidate }) => {
            if (!candidate || this.#isClosed) return;
            if (this.#sent.length < MOST_CANDIDATES) this.#sent.push(candidate);
            this.#out.candidate(candidate);
        };
        connection.ontrack = (event) => this.#options.onTrack?.(event);
        connection.ondatachannel = (event) => this.#options.onDataChannel?.(event.channel);
        connection.oniceconnectionstatechange = () => {
            this.#options.onIceConnectionStateChange?.(connection.iceConnectionState);
        };
        connection.onconnectionstatechange = () => this.#watch();
        return connection;
    }

    /** Sends the stream's tracks; those that are sent already stay. */
    addLocalStream(stream) {
        const sent = new Set(this.#connection.getSenders().map((sender) => sender.track));
        return stream.getTracks().filter((track) => !sent.has(track))
            .map((track) => this.#connection.addTrack(track, stream));
    }

    async #offer() {
        try {
            this.#makingOffer = true;
            await this.#setLocal();
        } catch (error) {
            this.#report(error);
        } finally {
            this.#makingOffer = false;
        }
    }

    async #setLocal() {
        const connection = this.#connection;
        await connection.setLocalDescription();
        if (!this.#isClosed && connection.localDescription) this.#out.description(connection.localDescription);
    }

    /** Takes what the other end has offered or answered. Descriptions and candidates are taken in their order. */
    handleRemoteDescription(description) {
        return this.#inTurn(async () => {
            const connection = this.#connection;
            const isOffer = description.type === "offer";
            // An answer that is said again, or to an offer that is no more.
            if (description.type === "answer" && connection.signalingState !== "have-local-offer") return;
            const readyForOffer = !this.#makingOffer
                && (connection.signalingState === "stable" || this.#isSettingRemoteAnswerPending);
            this.#ignoreOffer = !this.#isPolite && isOffer && !readyForOffer;
            if (this.#ignoreOffer) return;
            this.#isSettingRemoteAnswerPending = description.type === "answer";
            try {
                await connection.setRemoteDescription(description);
            } finally {
                this.#isSettingRemoteAnswerPending = false;
            }
            for (const candidate of this.#early.splice(0)) await this.#add(candidate);
            if (isOffer) await this.#setLocal();
        });
    }

    /** Takes a candidate of the other end's; one that comes before its description waits for that. */
    handleIceCandidate(candidate) {
        return this.#inTurn(async () => {
            if (this.#connection.remoteDescription) return this.#add(candidate);
            if (this.#early.length < MOST_CANDIDATES) this.#early.push(candidate);
        });
    }

    async #add(candidate) {
        try {
            await this.#connection.addIceCandidate(candidate ?? undefined);
        } catch (error) {
            if (!this.#ignoreOffer) this.#report(error);
        }
    }

    #inTurn(step) {
        if (this.#waiting >= 2 * MOST_CANDIDATES) return Promise.reject(new Error("too much waits for the connection"));
        this.#waiting += 1;
        this.#inbox = this.#inbox.then(async () => {
            this.#waiting -= 1;
            if (this.#isClosed) return;
            try {
                await step();
            } catch (error) {
                this.#report(error);
            }
        });
        return this.#inbox;
    }

    /** Resolves when all is taken that came before. */
    settled() {
        return this.#inTurn(async () => {});
    }

    /** Finds the way to the other end anew, as after a change of networks. */
    restartIce() {
        this.#connection?.restartIce();
    }

    /** Says again what the other end may not have heard, after signaling was interrupted. */
    repeat() {
        const connection = this.#connection;
        if (!connection?.localDescription || this.#isClosed) return;
        const isOpen = connection.signalingState === "have-local-offer";
        if (!isOpen && connection.connectionState === "connected") return;
        const { type } = connection.localDescription;
        if (isOpen || type === "answer") this.#out.description(connection.localDescription);
        for (const candidate of this.#sent) this.#out.candidate(candidate);
    }

    /** Resolves to the report of `RTCPeerConnection.getStats()`. */
    getStats(selector = null) {
        return this.#connection.getStats(selector);
    }

    /** Closes the connection. Nothing is called after that. */
    close() {
        if (this.#isClosed) return;
        this.#isClosed = true;
        clearTimeout(this.#restart);
        const connection = this.#connection;
        if (!connection) return;
        connection.onnegotiationneeded = connection.onicecandidate = connection.ontrack = null;
        connection.ondatachannel = connection.oniceconnectionstatechange = connection.onconnectionstatechange = null;
        connection.close();
    }

    get isClosed() {
        return this.#isClosed;
    }

    #report(error) {
        if (this.#isClosed) return;
        this.#events.emit("problem", error);
        this.#options.onProblem?.(error);
    }

    // MARK: A way that is lost

    // A connection that is interrupted may come back by itself. Where it does not, ICE is restarted, by both ends if
    // need be, for perfect negotiation sorts that out; and when that has brought nothing, it is over.
    #watch() {
        const connection = this.#connection;
        const state = connection.connectionState;
        this.#options.onConnectionStateChange?.(state);
        clearTimeout(this.#restart);
        if (state === "connected") {
            for (const { transport } of connection.getSenders()) this.#watchTransport(transport);
            this.#watchTransport(connection.sctp?.transport);
        }
        const { restartAfter = 3_000, lostAfter = 20_000 } = this.#options;
        if (state === "closed") return this.#end();
        if (state !== "disconnected" && state !== "failed") return;
        this.#restart = setTimeout(() => {
            this.restartIce();
            this.#restart = setTimeout(() => this.#end(), lostAfter);
        }, state === "failed" ? 0 : restartAfter);
    }

    // The other end has closed: its close_notify comes at once, long before ICE notices the silence.
    #watchTransport(transport) {
        if (!transport || transport.onstatechange) return;
        transport.onstatechange = () => {
            if (transport.state !== "closed") return;
            setTimeout(() => !this.#isClosed && this.#isStillUsed(transport) && this.#end(), 50);
        };
    }

    // A transport that bundling has left closes too, a moment before its senders say that they are on another one.
    #isStillUsed(transport) {
        const connection = this.#connection;
        return connection.sctp?.transport === transport
            || connection.getSenders().some((sender) => sender.transport === transport);
    }

    #end() {
        if (!this.#isClosed) this.#events.emit("end");
    }
}

// MARK: Credentials for TURN

/** An answer of the server's that is an error. */
export class HTTPError extends Error {
    constructor(status, body, retryAfter = null) {
        const said = body?.error ?? body;
        super(said?.message ?? body?.detail ?? body?.title ?? (typeof said === "string" && said ? said : `HTTP ${status}`));
        this.name = "HTTPError";
        this.status = status;
        this.code = said?.code ?? null;
        /** In seconds, as in `Retry-After`; null where it is not said. */
        this.retryAfter = retryAfter;
    }
}

/** A token, or what gives one. */
export async function currentToken(token) {
    return typeof token === "function" ? await token() : token;
}

/** The query with the token, for an EventSource or a WebSocket: neither can send headers. */
export async function tokenQuery(token) {
    const bearer = await currentToken(token);
    return bearer ? `?token=${encodeURIComponent(bearer)}` : "";
}

/** Asks with a token; a 401 has it refreshed once. */
export async function fetchWithToken(url, request, { token, refreshToken, fetch = globalThis.fetch } = {}) {
    const ask = (bearer) => fetch(url, {
        ...request, headers: { ...request.headers, ...(bearer && { Authorization: `Bearer ${bearer}` }) },
    });
    const response = await ask(await currentToken(token));
    return response.status === 401 && refreshToken ? ask(await refreshToken()) : response;
}

/** Asks for JSON with a token; a 401 has it refreshed once. Resolves to the value, null where there is none. */
export async function fetchJSON(url, { method = "GET", body, signal, ...access } = {}) {
    const isSent = body !== undefined;
    const headers = { Accept: "application/json", ...(isSent && { "Content-Type": "application/json" }) };
    const response = await fetchWithToken(
        url, { method, headers, signal, body: isSent ? JSON.stringify(body) : undefined }, access);
    const text = await response.text();
    let value = null;
    try {
        value = text ? JSON.parse(text) : null;
    } catch {
        value = text;
    }
    const retryAfter = Number.parseInt(response.headers?.get?.("Retry-After") ?? "", 10);
    if (!response.ok) throw new HTTPError(response.status, value, Number.isNaN(retryAfter) ? null : retryAfter);
    return value;
}

export const turnApi = {
    /** `{username, password, ttl, uris}`, as `GET /api/turn/credentials` has it. */
    getCredentials({ url = "/api/turn/credentials", ...options } = {}) {
        return fetchJSON(url, options);
    },
};

/** What an `RTCPeerConnection` takes, from what `turnApi.getCredentials()` gives. */
export function iceServers(credentials) {
    const urls = credentials?.uris ?? [];
    if (!urls.length) return [];
    return [{ urls, username: credentials.username, credential: credentials.password }];
}

/**
 * A connection to a user in a call, with `signaling.send` for the messages of the call dialect. Resolves to a
 * `PeerConnectionManager` that is initialized with the TURN servers which the server names. Where it names none, or
 * cannot be asked, the connection is made without, and `onProblem` is told.
 */
export async function createPeerConnection({
    isPolite, signaling, callId, remoteUserId, iceServers: given, token, refreshToken, turnUrl, fetch, ...options
}) {
    const to = { recipientId: remoteUserId, callId };
    const manager = new PeerConnectionManager({
        ...options,
        isPolite,
        out: {
            description({ type, sdp }) {
                const message = { type: `call-${type}`, ...to, sdp };
                // An offer in a call that goes on must not ring on devices that do not know the call.
                if (type === "offer" && manager.connection.currentRemoteDescription) message.negotiation = { renews: "call" };
                if (type === "offer" || type === "answer") signaling.send(message);
            },
            candidate(candidate) {
                signaling.send({ type: "call-ice-candidate", ...to, candidate: candidate.toJSON?.() ?? candidate });
            },
        },
    });
    let servers = given;
    if (!servers) {
        try {
            servers = iceServers(await turnApi.getCredentials({ url: turnUrl, token, refreshToken, fetch }));
        } catch (error) {
            options.onProblem?.(error);
        }
    }
    if (!manager.isClosed) manager.initialize(servers ?? []);
    return manager;
}
