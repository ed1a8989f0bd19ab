// The key of a mesh group in a page: read from words or from a QR code's text, and proven. Docs/Mesh-Security.md has the protocol.

import { groupWords } from "./group-words.js";
import { hkdf, hmac, isSame, sha256 } from "./sha256.js";

const SCHEME = "MESH-GROUP:";
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const PATIENCE = 5000;

/**
 * Reads a group's key as people have it: twelve words, the text of a QR code, or an address with such a text behind its `#`.
 * Rejects with an `Error` that says what is wrong, and which word.
 */
export async function readGroupKey(text) {
    if (typeof text !== "string" || text.length > 2048) throw new Error("a key is twelve words, or the text of a QR code");
    return new GroupKey(text.includes(":") ? fromText(text) : fromWords(text));
}

class GroupKey {
    #bytes;

    constructor(bytes) {
        this.#bytes = bytes;
    }

    /** The key as twelve words. Keep them secret. */
    async words() {
        const bytes = [...this.#bytes, wordChecksum(this.#bytes)];
        const bits = bytes.map((byte) => byte.toString(2).padStart(8, "0")).join("");
        return Array.from({ length: 12 }, (_, i) => groupWords[parseInt(bits.slice(11 * i, 11 * i + 11), 2)]).join(" ");
    }

    /** The key as the text of a QR code. Keep it secret. */
    async text() {
        return SCHEME + base32(this.#bytes) + textChecksum(this.#bytes);
    }

    /** What the group's announcements carry. */
    async advertisement() {
        const publicID = this.#derived("public id", 16);
        return hex(sha256(utf8("swift-webrtc mesh advertisement 1"), publicID).slice(0, 16));
    }

    /**
     * Proves to a node's signaling server that this page has the key, after the server has proven the same. Then `register` with
     * the same id, and no other.
     *
     * @param socket a WebSocket that is open, and on which nothing has been said
     * @param peerId the id that the page registers with
     * @param serverId the id of the node whose server it is meant to be; without one any member's is good
     */
    async enter(socket, { peerId, serverId = null } = {}) {
        const nonce = crypto.getRandomValues(new Uint8Array(32));
        const key = this.#derived("challenge", 32);
        const answer = heard(socket);
        socket.send(JSON.stringify({ type: "challenge", peer_id: peerId, nonce: hex(nonce) }));
        const challenge = await answer;
        if (challenge.type === "error") throw new Error(`the server says: ${challenge.message}`);
        const server = String(challenge.peer_id ?? "");
        const serverNonce = unhex(challenge.nonce, 32);
        const proof = unhex(challenge.proof, 32);
        const isMeant = serverId === null || serverId.toLowerCase() === server.toLowerCase();
        const fields = [nonce, serverNonce, peerId.toLowerCase(), server.toLowerCase(), "address", new URL(socket.url).host];
        const isRight =
            challenge.type === "challenge" && serverNonce && proof && isMeant && hex(serverNonce) !== hex(nonce)
            && isSame(proof, hmac(key, transcript("mesh challenge: the server has the key", ...fields)));
        if (!isRight) {
            socket.close();
            throw new Error("the server has not proven that it has the group's key on this connection");
        }
        const own = hmac(key, transcript("mesh challenge: the client has the key", ...fields));
        socket.send(JSON.stringify({ type: "response", peer_id: peerId, proof: hex(own) }));
    }

    /** What proves the descriptions of links that this page makes, and looks at those that it gets. */
    links(peerId) {
        return new LinkProofs(this.#derived("link", 32), peerId.toLowerCase());
    }

    #derived(purpose, count) {
        return hkdf(this.#bytes, utf8("swift-webrtc mesh group 1"), utf8(purpose), count);
    }
}

class LinkProofs {
    #key;
    #own;
    #number = 0;
    #offered = new Map();
    #heard = new Map();
    #numbers = new Map();

    constructor(key, own) {
        this.#key = key;
        this.#own = own;
    }

    /** The message with its proof: an `offer` or `answer` as it is to be sent to `to_peer_id`. Others are as they were. */
    async seal(message) {
        const to = String(message.to_peer_id ?? "").toLowerCase();
        const hash = sha256(utf8(message.sdp ?? ""));
        if (message.type === "offer") {
            const number = ++this.#number;
            this.#offered.set(to, hash);
            const proof = hmac(this.#key, offerTranscript(hash, this.#own, to, number));
            return { ...message, proof: hex(proof), number };
        }
        if (message.type !== "answer") return message;
        const offer = this.#heard.get(to);
        if (!offer) throw new Error("an answer needs an offer whose proof was right");
        return { ...message, proof: hex(hmac(this.#key, answerTranscript(offer, hash, this.#own, to))) };
    }

    /** Whether a message from `from_peer_id` is to be believed: an `offer` or `answer` with a proof that is right, or another one. */
    async accepts(message) {
        if (message.type !== "offer" && message.type !== "answer") return true;
        const from = String(message.from_peer_id ?? "").toLowerCase();
        const proof = unhex(message.proof, 32);
        if (!proof || typeof message.sdp !== "string") return false;
        const hash = sha256(utf8(message.sdp));
        if (message.type === "answer") {
            const offer = this.#offered.get(from);
            return offer !== undefined && isSame(proof, hmac(this.#key, answerTranscript(offer, hash, from, this.#own)));
        }
        const { number } = message;
        if (!Number.isSafeInteger(number) || number < 0) return false;
        if (!isSame(proof, hmac(this.#key, offerTranscript(hash, from, this.#own, number)))) return false;
        if (number <= (this.#numbers.get(from) ?? -1)) return false;
        this.#numbers.set(from, number);
        this.#heard.set(from, hash);
        return true;
    }
}

function offerTranscript(hash, from, to, number) {
    return transcript("mesh link: an offer", from, to, String(number), hash);
}

function answerTranscript(offer, hash, from, to) {
    return transcript("mesh link: an answer", from, to, offer, hash);
}

/** The next message of a socket. */
function heard(socket) {
    return new Promise((resolve, reject) => {
        const end = (act, value) => {
            clearTimeout(timer);
            socket.removeEventListener("message", take);
            socket.removeEventListener("close", close);
            act(value);
        };
        const take = ({ data }) => {
            try {
                end(resolve, JSON.parse(data));
            } catch {
                end(reject, new Error("the server does not speak JSON"));
            }
        };
        const close = () => end(reject, new Error("the server closed the connection"));
        const timer = setTimeout(() => end(reject, new Error("the server has not answered the challenge")), PATIENCE);
        socket.addEventListener("message", take);
        socket.addEventListener("close", close);
    });
}

// MARK: Words and texts

function fromWords(text) {
    const spelled = text.toLowerCase().split(/[^\p{L}\p{M}]+/u).filter(Boolean);
    let bits = "";
    spelled.forEach((word, place) => {
        const number = word.length < 4 ? -1 : groupWords.findIndex((other) => other.slice(0, 4) === word.slice(0, 4));
        if (number < 0 || !groupWords[number].startsWith(word)) {
            throw new Error(`word ${place + 1}, '${word.slice(0, 24)}', is none of a key`);
        }
        bits += number.toString(2).padStart(11, "0");
    });
    if (spelled.length !== 12) throw new Error(`a key is twelve words, and these are ${spelled.length}`);
    const bytes = Uint8Array.from({ length: 16 }, (_, i) => parseInt(bits.slice(8 * i, 8 * i + 8), 2));
    if (wordChecksum(bytes) >> 4 !== parseInt(bits.slice(128), 2)) {
        throw new Error("these words are no key: look for one that is another's, or in the wrong place");
    }
    return bytes;
}

function wordChecksum(bytes) {
    return sha256(utf8("swift-webrtc mesh group words 1"), bytes)[0] & 0xf0;
}

function fromText(text) {
    const fragment = text.slice(text.indexOf("#") + 1).replace(/\s/gu, "").toUpperCase();
    const letters = fragment.slice(SCHEME.length);
    if (!fragment.startsWith(SCHEME) || !/^[A-Z2-7]{30}$/.test(letters)) {
        throw new Error(`a key's text is ${SCHEME} and 30 letters and digits`);
    }
    const bits = [...letters.slice(0, 26)].map((letter) => LETTERS.indexOf(letter).toString(2).padStart(5, "0")).join("");
    const bytes = Uint8Array.from({ length: 16 }, (_, i) => parseInt(bits.slice(8 * i, 8 * i + 8), 2));
    if (bits.slice(128) !== "00" || letters.slice(26) !== textChecksum(bytes)) {
        throw new Error("this is no key's text: a letter of it is another's");
    }
    return bytes;
}

function textChecksum(bytes) {
    return base32(sha256(utf8("swift-webrtc mesh group text 1"), bytes).slice(0, 3)).slice(0, 4);
}

function base32(bytes) {
    const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
    return bits.match(/.{1,5}/g).map((part) => LETTERS[parseInt(part.padEnd(5, "0"), 2)]).join("");
}

// MARK: Bytes

function transcript(...fields) {
    const parts = fields.map((field) => (typeof field === "string" ? utf8(field) : field));
    const bytes = new Uint8Array(parts.reduce((sum, part) => sum + 4 + part.length, 0));
    const view = new DataView(bytes.buffer);
    let at = 0;
    for (const part of parts) {
        view.setUint32(at, part.length);
        bytes.set(part, at + 4);
        at += 4 + part.length;
    }
    return bytes;
}

function utf8(text) {
    return new TextEncoder().encode(text);
}

function hex(bytes) {
    return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function unhex(text, count) {
    if (typeof text !== "string" || !new RegExp(`^[0-9a-fA-F]{${2 * count}}$`).test(text)) return null;
    return Uint8Array.from(text.match(/../g), (digits) => parseInt(digits, 16));
}
