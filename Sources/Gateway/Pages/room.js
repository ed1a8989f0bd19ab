// The client of a room: who is there, whom this end is connected to, and its connections. Nobody is called by
// itself; who calls is answered.

import { PeerConnectionManager, currentToken, sessionID } from "./peer-connection.js";
import { SignalingSocket, defaultSocketURL } from "./signaling-socket.js";
import { follow, randomID } from "./store.js";

/** How many times a place is asked for that another socket has: after a reload it may be one's own of before. */
const MOST_TRIES_FOR_PLACE = 5;

/**
 * @param url the signaling server, else that of the page; @param room its name, `default` unless given
 * @param id this end's id, else one by chance; @param localStream what is sent to everybody; may be null
 * @param token what is shown where rooms are not open, or a function that gives it
 * @param callTime in ms: how long nobody answers before a call is given up
 * @param awayTime in ms: how long a connection goes on whose other end is not in the room any more
 */
export function createRoom(options = {}) {
    return new Room(options);
}

class Room {
    #socket;
    #store;
    #events;
    #links = new Map();
    #present = new Set();
    #away = new Map();
    #options;

    constructor(options) {
        this.#options = { callTime: 30_000, awayTime: 5_000, iceServers: [], localStream: null, ...options };
        this.id = options.id ?? randomID().slice(0, 8);
        this.room = options.room ?? "default";
        // Events: `ended`(id, reason), `problem`(error, id), `channel`(channel, id).
        [this.#store, this.#events] = follow(this, {
            // `connecting`, `connected`, `error` (nothing more is tried) or `disconnected` (left).
            connectionState: "connecting",
            error: null,
            // The others: `[{id, state, stream}]`, state `available`, `calling` or `connected`.
            peers: Object.freeze([]),
        });
        this.#socket = new SignalingSocket({
            url: options.url ?? defaultSocketURL(),
            WebSocket: options.WebSocket,
            backoff: options.backoff,
            begin: async (resume) => this.#join(resume),
            isWelcome: ({ type }) => type === "peer-list",
            onUp: (message) => this.#joined(message),
            onDown: (reason, { isFinal }) => this.#lost(reason, isFinal),
            onMessage: (message) => this.#read(message),
            onRefused: (error, tries) => error.code === "id-in-use" ? tries < MOST_TRIES_FOR_PLACE : error.code !== "unauthorized",
        });
    }

    /** Calls somebody who is in the room. */
    call(id) {
        if (this.#links.has(id) || !this.#present.has(id)) return;
        this.#link(id);
        this.#show();
    }

    /** Ends the connection to somebody, or the attempt. */
    hangUp(id) {
        const link = this.#links.get(id);
        if (!link) return;
        this.#sayEnd(id, link.manager);
        this.#end(id, "hung-up");
    }

    /** The `RTCPeerConnection` to somebody, or null. */
    connection(id) {
        return this.#links.get(id)?.manager.connection ?? null;
    }

    /** Hangs up on everybody, and leaves the room. */
    leave() {
        for (const id of [...this.#links.keys()]) this.hangUp(id);
        for (const timer of this.#away.values()) clearTimeout(timer);
        this.#socket.close();
        this.#present.clear();
        this.#store.set({ connectionState: "disconnected", peers: Object.freeze([]) });
    }

    // MARK: The room

    async #join(resume) {
        const message = { type: "join", peerId: this.id, room: this.room };
        if (resume) message.resume = resume;
        const token = await currentToken(this.#options.token);
        return token ? [{ type: "auth", token }, message] : message;
    }

    #joined({ peers = [] }) {
        const there = new Set(peers.filter((id) => typeof id === "string" && id !== this.id));
        for (const id of this.#present) if (!there.has(id)) this.#left(id);
        for (const id of there) this.#came(id);
        this.#store.set({ connectionState: "connected", error: null });
        for (const { manager } of this.#links.values()) manager.repeat();
        this.#show();
    }

    #lost(reason, isFinal) {
        if (this.connectionState === "disconnected") return;
        this.#store.set({ connectionState: isFinal ? "error" : "connecting", error: reason });
    }

    #came(id) {
        this.#present.add(id);
        clearTimeout(this.#away.get(id));
        this.#away.delete(id);
    }

    // Whoever has gone may have lost the server only; what connects the two goes on for some time.
    #left(id) {
        this.#present.delete(id);
        const link = this.#links.get(id);
        if (!link) return;
        if (link.state !== "connected") return this.#end(id, "left");
        clearTimeout(this.#away.get(id));
        this.#away.set(id, setTimeout(() => {
            this.#away.delete(id);
            this.#end(id, "left");
        }, this.#options.awayTime));
    }

    #show() {
        const ids = [...new Set([...this.#present, ...this.#links.keys()])].sort();
        const peers = ids.map((id) => {
            const { state = "available", stream = null } = this.#links.get(id) ?? {};
            return Object.freeze({ id, state, stream: state === "connected" ? stream : null });
        });
        this.#store.set({ peers: Object.freeze(peers) });
    }

    #read(message) {
        const { type, from, peerId } = message;
        if (type === "peer-joined" && typeof peerId === "string") this.#came(peerId);
        else if (type === "peer-left") this.#left(peerId);
        else if (type === "error") this.#refused(message);
        else if (typeof from === "string" && from !== this.id) this.#hear(message, from);
        this.#show();
    }

    #refused({ code, to, message }) {
        if ((code === "unknown-peer" || code === "recipient-offline") && this.#links.get(to)?.state === "calling") {
            return this.#end(to, "left");
        }
        if (code !== "unknown-peer") this.#events.emit("problem", new Error(message), to ?? null);
    }

    // MARK: One peer

    #hear(message, from) {
        const { type, sdp, candidate, negotiation } = message;
        if (type === "offer" && typeof sdp === "string") {
            let link = this.#links.get(from);
            // Another program in the place of the one that was connected, such as the same page after a reload.
            const known = sessionID(link?.manager.connection.currentRemoteDescription?.sdp);
            if (known && known !== sessionID(sdp)) {
                this.#end(from, "replaced");
                link = null;
            }
            link ??= this.#link(from);
            link.manager.handleRemoteDescription({ type, sdp });
        } else if (type === "answer" && typeof sdp === "string") {
            const link = this.#links.get(from);
            if (link) link.manager.handleRemoteDescription({ type, sdp });
            // It has taken an offer that was called off before it came.
            else this.#tellEnd(from, sessionID(sdp));
        } else if (type === "candidate" && typeof negotiation?.ends === "string") {
            this.#hearEnd(from, negotiation.ends);
        } else if (type === "candidate") {
            this.#links.get(from)?.manager.handleIceCandidate(candidate);
        }
    }

    #link(id) {
        const { RTCPeerConnection, rtcConfiguration, iceServers, localStream } = this.#options;
        const manager = new PeerConnectionManager({
            RTCPeerConnection, rtcConfiguration,
            isPolite: this.id > id,
            out: {
                description: ({ type, sdp }) => this.#socket.send({ type, from: this.id, to: id, sdp }),
                candidate: (candidate) => this.#socket.send({ type: "candidate", from: this.id, to: id, candidate }),
            },
            onTrack: ({ streams, track }) => {
                link.stream ??= streams[0] ?? new MediaStream();
                if (!streams[0]) link.stream.addTrack(track);
                this.#show();
            },
            onDataChannel: (channel) => this.#events.emit("channel", channel, id),
            onConnectionStateChange: (state) => {
                if (state !== "connected" || link.state === "connected") return;
                clearTimeout(link.timer);
                link.state = "connected";
                this.#show();
            },
            onProblem: (error) => this.#events.emit("problem", error, id),
        });
        const link = { manager, state: "calling", stream: null, timer: null };
        this.#links.set(id, link);
        link.timer = setTimeout(() => {
            this.hangUp(id);
            this.#events.emit("ended", id, "unanswered");
        }, this.#options.callTime);
        manager.on("end", () => this.#end(id, "hung-up-there", link));
        manager.initialize(iceServers);
        // It makes the connection one that can be made without media, and its end seen at once at the other side.
        manager.connection.createDataChannel("room", { negotiated: true, id: 1000 }).onclose = () => {
            this.#end(id, "hung-up-there", link);
        };
        if (localStream) manager.addLocalStream(localStream);
        return link;
    }

    #end(id, reason, only = this.#links.get(id)) {
        const link = this.#links.get(id);
        if (!link || link !== only) return;
        this.#links.delete(id);
        clearTimeout(link.timer);
        link.manager.close();
        if (reason !== "hung-up" && reason !== "replaced") this.#events.emit("ended", id, reason);
        this.#show();
    }

    // MARK: The end of a connection

    // The dialect has no word for it. It goes with an end of candidates, which is nothing to who does not know it,
    // and names the connection by the session id of its sender's descriptions: one that is made right after it stays.
    #sayEnd(id, manager) {
        const { localDescription, remoteDescription } = manager.connection;
        const session = sessionID(localDescription?.sdp) ?? sessionID(remoteDescription?.sdp);
        if (session) this.#tellEnd(id, session);
    }

    #tellEnd(to, session) {
        if (!session) return;
        const candidate = { candidate: "", sdpMid: "0", sdpMLineIndex: 0 };
        this.#socket.send({ type: "candidate", from: this.id, to, candidate, negotiation: { ends: session } });
    }

    #hearEnd(from, session) {
        const link = this.#links.get(from);
        // What was offered before it is taken first.
        link?.manager.settled().then(() => {
            const { localDescription, remoteDescription } = link.manager.connection;
            const sessions = [localDescription, remoteDescription].map((description) => sessionID(description?.sdp));
            if (sessions.includes(session)) this.#end(from, "hung-up-there", link);
        });
    }
}
