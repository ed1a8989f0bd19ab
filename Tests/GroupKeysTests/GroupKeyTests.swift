import Foundation
import TestSupport
import Testing

@testable import GroupKeys

@Suite("Keys of groups")
struct GroupKeyTests {
    private func key(_ seed: UInt64) throws -> GroupKey {
        var random = SeededGenerator(seed: seed)
        return try #require(GroupKey(bytes: (0..<16).map { _ in UInt8.random(in: 0...255, using: &random) }))
    }

    @Test("each key is another, of 128 bits")
    func generated() {
        let keys = (0..<100).map { _ in GroupKey() }
        #expect(Set(keys.map(\.words)).count == 100)
        #expect(keys.allSatisfy { $0.bytes.count == 16 })
        #expect(GroupKey(bytes: [1, 2, 3]) == nil && GroupKey(bytes: []) == nil)
    }

    @Test("a key that is printed says nothing of itself")
    func printed() throws {
        let key = try key(1)
        var dumped = ""
        dump(key, to: &dumped)
        for text in [key.description, key.debugDescription, "\(key)", String(reflecting: key), dumped] {
            #expect(!text.contains(HexText.write(key.bytes)))
            #expect(!key.words.split(separator: " ").contains { text.contains($0) && $0 != "group" })
            #expect(Mirror(reflecting: key).children.isEmpty)
        }
    }

    @Test("what is derived from a key differs by purpose and by key, and is the same on each run")
    func derived() throws {
        let key = try #require(GroupKey(bytes: Array(0..<16)))
        let all: [GroupKey.Purpose] = [.publicID, .challenge, .link]
        #expect(Set(all.map { HexText.write(key.derived($0).bytes).prefix(32) }).count == 3)
        #expect(key.derived(.challenge) != (try self.key(1)).derived(.challenge))
        // Computed beside this with Python's hmac.
        #expect(key.publicID == Self.publicID)
        #expect(key.advertisement == Self.advertisement)
        #expect(HexText.write(key.derived(.challenge).bytes) == Self.challenge)
        #expect(HexText.write(key.derived(.link).bytes) == Self.link)
    }

    @Test("a key survives the way through words and through its text")
    func roundTrip() throws {
        for seed in 0..<200 as Range<UInt64> {
            let key = try key(seed)
            #expect(try GroupKey(words: key.words) == key)
            #expect(try GroupKey(text: key.text) == key)
            #expect(try GroupKey(reading: key.words) == key)
            #expect(try GroupKey(reading: key.text) == key)
        }
        for byte in [0, 255] as [UInt8] {
            let key = try #require(GroupKey(bytes: Array(repeating: byte, count: 16)))
            #expect(try GroupKey(words: key.words) == key)
            #expect(try GroupKey(text: key.text) == key)
        }
    }

    @Test("words are read in any case, with anything between them, and by their first four letters")
    func forgiving() throws {
        let key = try key(7)
        let words = key.words.split(separator: " ").map(String.init)
        var spellings = [key.words.uppercased(), words.joined(separator: ", "), words.joined(separator: "-")]
        spellings.append("  " + words.joined(separator: "\n\t ") + " \n")
        spellings.append(words.enumerated().map { "\($0 + 1). \($1)" }.joined(separator: "\n"))
        spellings.append(words.map { String($0.prefix(4)) }.joined(separator: " "))
        spellings.append(words.map(\.capitalized).joined(separator: " "))
        spellings.append(words.map { $0.count > 5 ? String($0.dropLast()) : $0 }.joined(separator: " "))
        for text in spellings { #expect(try GroupKey(words: text) == key, "\(text)") }
    }

    @Test("a word that is none is named, with its place and what may be meant")
    func wrongWord() throws {
        var words = try key(3).words.split(separator: " ").map(String.init)
        words[4] = "elephanz"
        let error = #expect(throws: GroupKeyError.self) { try GroupKey(words: words.joined(separator: " ")) }
        #expect(error?.code == .unknownWord)
        #expect(error?.message == "word 5, 'elephanz', is none of a key; is it 'elephant'?")
        for wrong in ["ele", "x", "qqqq", "éléphant", "象", "elephants", String(repeating: "a", count: 300)] {
            words[4] = wrong
            let error = #expect(throws: GroupKeyError.self) { try GroupKey(words: words.joined(separator: " ")) }
            #expect(error?.code == .unknownWord, "\(wrong)")
            #expect(error?.message.hasPrefix("word 5, '\(wrong.prefix(24))'") == true)
        }
    }

    @Test("another number of words, words in another order and text without end are refused")
    func malformedWords() throws {
        let words = try key(5).words.split(separator: " ").map(String.init)
        for count in [0, 1, 11] {
            let error = #expect(throws: GroupKeyError.self) {
                try GroupKey(words: words.prefix(count).joined(separator: " "))
            }
            #expect(error?.code == .malformed)
        }
        #expect(throws: GroupKeyError.self) { try GroupKey(words: (words + [words[0]]).joined(separator: " ")) }
        #expect(throws: GroupKeyError.self) { try GroupKey(words: String(repeating: "able ", count: 100_000)) }
        // A checksum of four bits finds about fifteen of sixteen.
        var random = SeededGenerator(seed: 9)
        let found = (0..<1000).count { _ in
            var changed = words
            changed[Int.random(in: 0..<12, using: &random)] =
                WordList.words[Int.random(in: 0..<WordList.count, using: &random)]
            return (try? GroupKey(words: changed.joined(separator: " "))) == nil
        }
        #expect((900...980).contains(found))
    }

    @Test("the list has 2048 words, in order, that their first four letters tell apart")
    func list() {
        let words = WordList.words
        #expect(words.count == 2048 && words == words.sorted() && Set(words).count == 2048)
        #expect(Set(words.map { $0.prefix(4) }).count == 2048)
        #expect(words.allSatisfy { (4...8).contains($0.count) && $0.utf8.allSatisfy { (97...122).contains($0) } })
        for (number, word) in words.enumerated() {
            #expect(WordList.number(of: word) == number)
            #expect(WordList.number(of: String(word.prefix(4))) == number)
        }
    }

    @Test("no two words differ by one letter only")
    func distance() {
        let words = WordList.words
        // Words that differ by one letter are the same when that one is left out of either.
        var seen: [String: Int] = [:]
        for (number, word) in words.enumerated() {
            for index in word.indices {
                let one = String(word[..<index]) + "." + String(word[word.index(after: index)...])
                #expect(seen[one].map { words[$0] } == nil, "\(word)")
                seen[one] = number
            }
        }
    }

    @Test("a key's text is read in any case and from an address, and a changed letter is found")
    func text() throws {
        let key = try key(11)
        let text = key.text
        #expect(text.hasPrefix("MESH-GROUP:") && text.count == 41)
        for good in [
            text.lowercased(), "https://desk.local:3010/mesh#\(text)", " \(text)\n",
            "http://192.0.2.1/#\(text.lowercased())",
        ] { #expect(try GroupKey(text: good) == key) }
        var found = 0
        for index in text.indices.dropFirst(11) {
            for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567" where letter != text[index] {
                let changed = text.replacingCharacters(at: index, with: letter)
                if (try? GroupKey(text: changed)) == nil { found += 1 }
            }
        }
        #expect(found >= 30 * 31 - 1)
        for bad in [
            "", "#", "MESH-GROUP:", String(text.dropLast()), text + "A", "MESH-GROUPS:" + text.dropFirst(11),
            text.replacingOccurrence(of: "MESH", with: "NESH"), String(repeating: "A", count: 100_000),
            "MESH-GROUP:" + String(repeating: "é", count: 30), text + "#" + text + "#",
        ] {
            let error = #expect(throws: GroupKeyError.self, "\(bad.prefix(60))") { try GroupKey(text: bad) }
            #expect(error?.code == .malformed)
        }
    }

    // Python: prk = hmac(b"swift-webrtc mesh group 1", bytes(range(16))); okm = hmac(prk, purpose + b"\1").
    private static let publicID = "7f0bbc1237fe8dbf7a5d2163c82c7afc"
    private static let advertisement = "da1b9153b556f0e3d9e55bb0fc9fbf12"
    private static let challenge = "32d2df5ce44c1c2fe7cd76a1b8d91f0c36809af268bb5bc19a9dcd6b89aec2b0"
    private static let link = "f14fb62385ca4d214ac630c3bff9aefd69f92f801ff74a434b52150cca1505da"
}

extension String {
    func replacingCharacters(at index: Index, with letter: Character) -> String {
        var copy = self
        copy.replaceSubrange(index...index, with: [letter])
        return copy
    }

    func replacingOccurrence(of part: String, with other: String) -> String {
        hasPrefix(part) ? other + dropFirst(part.count) : self
    }
}
