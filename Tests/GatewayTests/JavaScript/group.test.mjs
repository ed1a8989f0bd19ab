import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { createHash, createHmac, hkdfSync, randomBytes, webcrypto } from "node:crypto";
import { readGroupKey } from "../../../Sources/Gateway/Pages/swift-webrtc.js";
import { groupWords } from "../../../Sources/Gateway/Pages/group-words.js";
import { hkdf, hmac, isSame, sha256 } from "../../../Sources/Gateway/Pages/sha256.js";

globalThis.crypto ??= webcrypto;

// Tests/GroupKeysTests/SharedVectorTests.swift has the same.
const text = "MESH-GROUP:AAAQEAYEAUDAOCAJBIFQYDIOB4ZLGP";
const words = "abacus algae install algae elapse acumen bodily botany amuse fifth degree blurt";
const client = "91AB0000-0000-4000-8000-000000000002";
const server = "6f0c0000-0000-4000-8000-000000000001";
const serverProof = "8f3a505d36767773b7c4eef2748f48c618817779438d69d75fffcf64ce8a0815";

test("hashes and codes are node's, of every length around a block", () => {
    for (let length = 0; length < 200; length++) {
        const [bytes, key] = [randomBytes(length), randomBytes(length % 100)];
        assert.deepEqual(Buffer.from(sha256(bytes)), createHash("sha256").update(bytes).digest());
        assert.deepEqual(Buffer.from(hmac(key, bytes)), createHmac("sha256", key).update(bytes).digest());
        assert.deepEqual(Buffer.from(hkdf(key, bytes, bytes, 32)), Buffer.from(hkdfSync("sha256", key, bytes, bytes, 32)));
    }
    const large = randomBytes(100_000);
    assert.deepEqual(Buffer.from(sha256(large.subarray(0, 7), large.subarray(7))), createHash("sha256").update(large).digest());
    assert.ok(isSame([1, 2], [1, 2]) && !isSame([1, 2], [1, 3]) && !isSame([1, 2], [1]));
});

test("the words are those of the nodes", () => {
    const source = readFileSync(new URL("../../../Sources/GroupKeys/Words/WordList+Words.swift", import.meta.url), "utf8");
    assert.deepEqual(groupWords, source.split('"""')[1].trim().split(/\s+/));
});

test("a key is read from words and from its text, and a mistake is named", async () => {
    const short = words.split(" ").map((word) => word.slice(0, 4).toUpperCase()).join(", ");
    for (const good of [text, text.toLowerCase(), `https://desk.local/#${text}`, words, short]) {
        const key = await readGroupKey(good);
        assert.deepEqual([await key.text(), await key.words()], [text, words]);
        assert.equal(await key.advertisement(), "da1b9153b556f0e3d9e55bb0fc9fbf12");
    }
    await assert.rejects(readGroupKey(words.replace(words.split(" ")[2], "élan")), /word 3, 'élan'/);
    await assert.rejects(readGroupKey(words.split(" ").slice(1).join(" ")), /these are 11/);
    await assert.rejects(readGroupKey(words.split(" ").reverse().join(" ")), /no key/);
    await assert.rejects(readGroupKey(text.slice(0, -1) + (text.endsWith("A") ? "B" : "A")), /another's/);
    for (const bad of ["", "MESH-GROUP:", 7, null, "x:y", "a ".repeat(5000)]) await assert.rejects(readGroupKey(bad));
});

class FakeSocket extends EventTarget {
    sent = [];
    url = "ws://Desk.local:3010/ws";
    answer;
    isClosed = false;

    constructor(answer) {
        super();
        this.answer = answer;
    }

    send(data) {
        this.sent.push(JSON.parse(data));
        const answer = this.sent.length === 1 ? this.answer : null;
        if (answer) setTimeout(() => this.dispatchEvent(Object.assign(new Event("message"), { data: JSON.stringify(answer) })));
    }

    close() {
        this.isClosed = true;
    }
}

test("a page proves that it has the key to a server that has proven it, and to no other", async (context) => {
    context.mock.method(crypto, "getRandomValues", (array) => array.fill(1));
    const key = await readGroupKey(text);
    const good = { type: "challenge", peer_id: server, nonce: "02".repeat(32), proof: serverProof };
    const socket = new FakeSocket(good);
    await key.enter(socket, { peerId: client, serverId: server.toUpperCase() });
    assert.deepEqual(socket.sent, [
        { type: "challenge", peer_id: client, nonce: "01".repeat(32) },
        { type: "response", peer_id: client, proof: "da621e2232db5790b0ce310e69bb5c725f0a3de834c1b07029df6c525ae60833" },
    ]);
    const bad = [
        { ...good, proof: "00".repeat(32) }, { ...good, nonce: "01".repeat(32) }, { ...good, peer_id: client },
        { ...good, proof: undefined }, { type: "peer_list", peers: [] }, { ...good, type: "response" }, 7,
    ];
    for (const answer of bad) {
        const socket = new FakeSocket(answer);
        await assert.rejects(key.enter(socket, { peerId: client, serverId: server }), /has not proven/);
        assert.deepEqual([socket.sent.length, socket.isClosed], [1, true]);
    }
    const open = new FakeSocket({ type: "error", code: "unknown-type", message: "no challenge here" });
    await assert.rejects(key.enter(open, { peerId: client }), /no challenge here/);
});

test("descriptions are proven, and others are not believed", async () => {
    const [a, b] = [await readGroupKey(text), await readGroupKey(words)].map((key, i) => key.links([client, server][i]));
    const offer = await a.seal({ type: "offer", from_peer_id: client, to_peer_id: server, sdp: "v=0\r\noffer" });
    assert.deepEqual([offer.number, offer.proof], [1, "9f684ad174a2edbe704b5c00eff63b2fc614bc2cc0090e9f8a638c0922e5362d"]);
    assert.equal(await b.accepts({ ...offer, sdp: "v=0\r\nother" }), false);
    assert.equal(await b.accepts({ ...offer, number: 2 }), false);
    assert.equal(await b.accepts({ ...offer, proof: undefined }), false);
    await assert.rejects(b.seal({ type: "answer", to_peer_id: client, sdp: "v=0\r\nanswer" }));
    assert.equal(await b.accepts(offer), true);
    assert.equal(await b.accepts(offer), false);
    const answer = await b.seal({ type: "answer", from_peer_id: server, to_peer_id: client, sdp: "v=0\r\nanswer" });
    assert.equal(answer.proof, "334c5edd63449ba40cbdb92f601c84b097b39eba453a26b29b4f235f48c5389c");
    assert.equal(await a.accepts({ ...answer, sdp: "v=0\r\nother" }), false);
    assert.equal(await a.accepts(answer), true);
    assert.equal(await a.accepts({ type: "ice", from_peer_id: server, candidate: "" }), true);
    const ice = { type: "ice", to_peer_id: server, candidate: "" };
    assert.equal(await a.seal(ice), ice);
});
