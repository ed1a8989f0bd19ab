// SHA-256 (FIPS 180-4), HMAC (RFC 2104) and HKDF (RFC 5869). Browsers have them in `crypto.subtle`, but only for pages of `https:` and of
// this machine; a page of another machine on the LAN has neither.

/** The first 32 bits behind the point of roots of the first primes. */
function fractions(count, root) {
    const words = [];
    for (let candidate = 2; words.length < count; candidate++) {
        let isPrime = true;
        for (let factor = 2; factor * factor <= candidate; factor++) isPrime &&= candidate % factor !== 0;
        if (isPrime) words.push(Math.floor((root(candidate) % 1) * 2 ** 32) >>> 0);
    }
    return Uint32Array.from(words);
}

const INITIAL = fractions(8, Math.sqrt);
const ROUNDS = fractions(64, Math.cbrt);

/** The hash of some bytes, which may come in parts. */
export function sha256(...parts) {
    const message = joined(parts);
    const padded = new Uint8Array((message.length + 72) & ~63);
    padded.set(message);
    padded[message.length] = 0x80;
    const view = new DataView(padded.buffer);
    view.setUint32(padded.length - 8, Math.floor(message.length / 2 ** 29));
    view.setUint32(padded.length - 4, message.length << 3);
    const state = Uint32Array.from(INITIAL);
    const words = new Uint32Array(64);
    for (let start = 0; start < padded.length; start += 64) {
        for (let i = 0; i < 16; i++) words[i] = view.getUint32(start + 4 * i);
        for (let i = 16; i < 64; i++) {
            const [a, b] = [words[i - 15], words[i - 2]];
            const mixed = (turn(a, 7) ^ turn(a, 18) ^ (a >>> 3)) + (turn(b, 17) ^ turn(b, 19) ^ (b >>> 10));
            words[i] = words[i - 16] + words[i - 7] + mixed;
        }
        compress(state, words);
    }
    const hash = new DataView(new ArrayBuffer(32));
    state.forEach((word, i) => hash.setUint32(4 * i, word));
    return new Uint8Array(hash.buffer);
}

function compress(state, words) {
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 64; i++) {
        const first = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + ROUNDS[i] + words[i]) | 0;
        const second = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
        [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
    }
    [a, b, c, d, e, f, g, h].forEach((word, i) => (state[i] += word));
}

function turn(word, bits) {
    return (word >>> bits) | (word << (32 - bits));
}

/** The code of some bytes under a key. */
export function hmac(key, bytes) {
    const block = new Uint8Array(64);
    block.set(key.length > 64 ? sha256(key) : key);
    return sha256(block.map((byte) => byte ^ 0x5c), sha256(block.map((byte) => byte ^ 0x36), bytes));
}

/** Up to 32 bytes for one use of a key. */
export function hkdf(key, salt, info, count) {
    return hmac(hmac(salt, key), joined([info, [1]])).slice(0, count);
}

/** Whether two codes are the same; how long that takes does not tell where they differ. */
export function isSame(left, right) {
    return left.length === right.length && left.reduce((difference, byte, i) => difference | (byte ^ right[i]), 0) === 0;
}

function joined(parts) {
    const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
        bytes.set(part, at);
        at += part.length;
    }
    return bytes;
}
