// A page as a member of a mesh: it registers at a node's signaling server, and has a data channel of its own with each other node.
// Docs/Mesh.md has the protocol, Docs/Mesh-Security.md the part with the group's key.

import { follow, randomID } from "./store.js";

const HEARTBEAT = 2000;
/** The longest text, in bytes of UTF-8. */
const LONGEST_TEXT = 32 * 1024;
const MOST_MESSAGES = 500;
const MOST_CANDIDATES = 200;

/**
 * Joins a mesh.
 *
 * @param url a node's server, `ws://host:port/ws`; the leader's, for only there others are introduced
 * @param key of the group, from `readGroupKey`; null for a mesh without one
 * @param serverId the id of that node, where it is known: then no other one's server is believed
 * @param peerId, peerType (`display` or `controller`), displayName who the page is
 * @returns when the page has registered; it rejects when the server does not prove that it has the key, or refuses the page
 */
export async function joinMesh(options) {
    const peer = new MeshPeer(options);
    await peer.enter();
    return peer;
}

class MeshPeer {
    #options;
    #socket;
    #proofs;
    #links = new Map();
    #store;
    #events;
    #timer = null;
    /** One message after the other, for to look at a proof takes a moment. */
    #turn = Promise.resolve();

    constructor({ peerId = randomID(), peerType = "display", displayName = "Page", key = null, ...more }) {
        this.#options = { WebSocket: globalThis.WebSocket, serverId: null, ...more, peerId, peerType, displayName, key };
        this.#proofs = key?.links(peerId) ?? null;
        this.id = peerId;
        // Events: `message`({from, text, isDirect}), `refused`({from, reason}) for a description that is not believed.
        [this.#store, this.#events] = follow(this, {
            // Others that are registered: `[{id, displayName, peerType, isConnected, isLeader}]`; connected by a channel.
            peers: Object.freeze([]),
            isRegistered: false,
            // The newest, oldest first: `[{from, text, isDirect}]`.
            messages: Object.freeze([]),
            error: null,
        });
    }

    /** Connects, proves, and registers. */
    async enter() {
        const { url, WebSocket, key, serverId, peerId, peerType, displayName } = this.#options;
        const socket = new WebSocket(url);
        this.#socket = socket;
        await new Promise((resolve, reject) => {
            socket.addEventListener("open", resolve, { once: true });
            socket.addEventListener("close", () => reject(new Error("the server cannot be reached")), { once: true });
        });
        await key?.enter(socket, { peerId, serverId });
        await new Promise((resolve, reject) => {
            socket.addEventListener("message", ({ data }) => {
                this.#turn = this.#turn.then(() => this.#take(data, resolve, reject)).catch(() => {});
            });
            socket.addEventListener("close", ({ reason }) => {
                clearInterval(this.#timer);
                const error = `the server closed the connection${reason ? `: ${reason}` : ""}`;
                this.#store.set({ isRegistered: false, error });
                reject(new Error(error));
            });
            this.#say({ type: "register", peer_id: peerId, peer_type: peerType, display_name: displayName, display_class: null });
            this.#timer = setInterval(() => this.#say({ type: "heartbeat", peer_id: peerId }), HEARTBEAT);
        });
    }

    /** Sends a text to one node, or to all where `to` is null. @returns to how many it was handed. */
    send(text, to = null) {
        if (new TextEncoder().encode(text).length > LONGEST_TEXT) throw new RangeError("the text is longer than 32 KiB");
        const message = JSON.stringify({ type: to === null ? "chat" : "direct", text });
        const open = [...this.#links.values()].filter((link) => link.channel?.readyState === "open" && (to === null || link.id === to.toLowerCase()));
        for (const link of open) link.channel.send(message);
        return open.length;
    }

    /** Says goodbye to all, and leaves. */
    close() {
        clearInterval(this.#timer);
        for (const link of this.#links.values()) {
            if (link.channel?.readyState === "open") link.channel.send('{"type":"bye"}');
        }
        this.#socket?.close();
        // Who has read the goodbye closes; whoever has not has a moment.
        setTimeout(() => [...this.#links.keys()].forEach((id) => this.#drop(id)), 500);
    }

    #say(message) {
        if (this.#socket.readyState === 1) this.#socket.send(JSON.stringify(message));
    }

    // MARK: Signaling

    async #take(data, registered, refused) {
        const message = JSON.parse(data);
        switch (message.type) {
            case "peer_list":
                this.#store.set({ isRegistered: true, error: null });
                registered();
                return this.#meet(message.peers);
            case "error":
                this.#store.set({ error: message.message });
                if (!this.isRegistered) refused(new Error(message.message));
                return;
            case "offer":
            case "answer":
            case "ice":
                return this.#hear(message);
        }
    }

    async #hear(message) {
        const id = String(message.from_peer_id ?? "").toLowerCase();
        if (this.#proofs && !(await this.#proofs.accepts(message))) {
            this.#events.emit("refused", { from: id, reason: `an ${message.type} whose proof is missing or wrong` });
            return;
        }
        if (message.type === "offer") {
            let link = this.#links.get(id);
            // Of another session than the one that is open: the other end has begun anew.
            if (!link || link.isOfferer) link = this.#begin(id, false);
            await link.connection.setRemoteDescription({ type: "offer", sdp: message.sdp });
            await link.connection.setLocalDescription();
            await this.#describe(link, "answer");
            return this.#addCandidates(link);
        }
        const link = this.#links.get(id);
        if (!link) return;
        if (message.type === "answer") {
            await link.connection.setRemoteDescription({ type: "answer", sdp: message.sdp });
            return this.#addCandidates(link);
        }
        const { candidate, sdpMid = null, sdpMLineIndex = sdpMid === null ? 0 : null, usernameFragment = null } = message;
        if (link.candidates.length >= MOST_CANDIDATES) return;
        link.candidates.push({ candidate, sdpMid, sdpMLineIndex, usernameFragment });
        if (link.connection.remoteDescription) await this.#addCandidates(link);
    }

    async #addCandidates(link) {
        for (; link.added < link.candidates.length; link.added++) {
            // One that is bad is no reason to give up the others.
            await link.connection.addIceCandidate(link.candidates[link.added]).catch(() => {});
        }
    }

    /** The larger id offers; a text of a UUID is compared as its bytes are. */
    #meet(peers) {
        if (!Array.isArray(peers)) return;
        const own = this.id.toLowerCase();
        const others = peers.filter((peer) => typeof peer?.id === "string" && peer.id.toLowerCase() !== own);
        this.#listed = others;
        for (const { id } of others) {
            if (id.toLowerCase() < own && !this.#links.has(id.toLowerCase())) this.#offer(id.toLowerCase());
        }
        this.#show();
    }

    #listed = [];

    #show() {
        const peers = this.#listed.map(({ id, display_name: displayName, peer_type: peerType, is_leader: isLeader }) => {
            const isConnected = this.#links.get(id.toLowerCase())?.channel?.readyState === "open";
            return Object.freeze({ id, displayName, peerType, isLeader, isConnected });
        });
        this.#store.set({ peers: Object.freeze(peers) });
    }

    // MARK: Links

    #begin(id, isOfferer) {
        this.#drop(id);
        const connection = new RTCPeerConnection(this.#options.configuration);
        const link = { id, isOfferer, connection, channel: null, candidates: [], added: 0 };
        this.#links.set(id, link);
        connection.onicecandidate = ({ candidate }) => {
            const { sdpMid, sdpMLineIndex, usernameFragment } = candidate ?? {};
            this.#send(link, { type: "ice", candidate: candidate?.candidate ?? "", sdpMid, sdpMLineIndex, usernameFragment });
        };
        connection.onconnectionstatechange = () => {
            if (["failed", "closed"].includes(connection.connectionState) && this.#links.get(id) === link) this.#drop(id);
        };
        connection.ondatachannel = ({ channel }) => {
            if (channel.label === "mesh" && !link.channel) this.#carry(link, channel);
            else channel.close();
        };
        return link;
    }

    async #offer(id) {
        const link = this.#begin(id, true);
        this.#carry(link, link.connection.createDataChannel("mesh"));
        await link.connection.setLocalDescription();
        await this.#describe(link, "offer");
    }

    async #describe(link, type) {
        const { sdp } = link.connection.localDescription;
        const message = { type, from_peer_id: this.id, to_peer_id: link.id, sdp };
        this.#say(this.#proofs ? await this.#proofs.seal(message) : message);
        link.isDescribed = true;
        for (const candidate of link.waiting?.splice(0) ?? []) this.#say(candidate);
    }

    /** Candidates go behind their description, which takes a moment to prove. */
    #send(link, message) {
        const whole = { from_peer_id: this.id, to_peer_id: link.id, ...message };
        if (link.isDescribed) this.#say(whole);
        else (link.waiting ??= []).push(whole);
    }

    #carry(link, channel) {
        link.channel = channel;
        channel.onopen = () => {
            const { peerType, displayName } = this.#options;
            channel.send(JSON.stringify({ type: "hello", peer_id: this.id, peer_type: peerType, display_name: displayName }));
            this.#show();
        };
        channel.onclose = () => this.#links.get(link.id) === link && this.#drop(link.id);
        channel.onmessage = ({ data }) => this.#read(link, channel, data);
        if (channel.readyState === "open") channel.onopen();
    }

    #read(link, channel, data) {
        let message;
        try {
            message = JSON.parse(data);
        } catch {
            return;
        }
        if (message?.type === "ping") return channel.send('{"type":"pong"}');
        if (message?.type === "bye") return this.#drop(link.id);
        if (!["chat", "direct"].includes(message?.type) || typeof message.text !== "string") return;
        const heard = Object.freeze({ from: link.id, text: message.text, isDirect: message.type === "direct" });
        this.#store.set({ messages: Object.freeze([...this.messages, heard].slice(-MOST_MESSAGES)) });
        this.#events.emit("message", heard);
    }

    #drop(id) {
        const link = this.#links.get(id);
        if (!link) return;
        this.#links.delete(id);
        link.connection.close();
        this.#show();
    }
}
