import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseLanguage, text, textNames } from "../../../Sources/Gateway/Pages/texts.js";
import { Backoff, randomID } from "../../../Sources/Gateway/Pages/store.js";

test("both languages have all texts, with as many values", () => {
    assert.deepEqual(textNames.de, textNames.en);
    assert.equal(text("peersInRoom", 2), "Peers in Room (2)");
    assert.equal(chooseLanguage("?lang=de", ["en-US"]), "de");
    assert.equal(chooseLanguage("", ["fr", "de-AT"]), "de");
    assert.equal(chooseLanguage("?lang=fr", []), "en");
});

test("waits are twice as long each time, up to the longest, and never less than half of it", () => {
    const backoff = new Backoff({ first: 100, longest: 500, random: () => 0 });
    assert.deepEqual([1, 2, 3, 4].map(() => backoff.next()), [100, 200, 400, 500]);
    backoff.reset();
    backoff.random = () => 1;
    assert.equal(backoff.next(), 50);
    assert.match(randomID(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
