internal import Crypto

extension GroupKey {
    /// How many words a key has: 128 bits of key and 4 of checksum, 11 a word.
    public static let wordCount = 12
    /// The longest text that is read as words, in bytes of UTF-8.
    static let longestWords = 1024

    /// The key as twelve words of a list of 2048, in lower case with blanks between them. Keep them
    /// as secret as the key.
    public var words: String {
        let bits = BitReader(bytes + [Self.checksum(of: bytes)])
        return (0..<Self.wordCount).map { WordList.words[bits.number(at: 11 * $0, count: 11)] }
            .joined(separator: " ")
    }

    /// Reads twelve words.
    ///
    /// Whatever stands between them is overlooked, as is their case; of each the first four letters
    /// are enough.
    ///
    /// - Parameter words: At most 1024 bytes of UTF-8.
    /// - Throws: `unknownWord`, which names the word and its place; `malformed` for another number
    ///   of words; `checksum` when a word was taken for another or two changed places, which
    ///   fifteen of sixteen such mistakes are found by.
    public init(words: String) throws(GroupKeyError) {
        guard words.utf8.count <= Self.longestWords else {
            throw GroupKeyError(.malformed, "a key is twelve words, and this is longer than any twelve are")
        }
        let spelled = words.split { !$0.isLetter }.map { $0.lowercased() }
        var bits = BitWriter()
        for (place, word) in spelled.enumerated() {
            guard let number = WordList.number(of: word) else { throw Self.unknown(word, place + 1) }
            bits.add(number, count: 11)
        }
        guard spelled.count == Self.wordCount else {
            throw GroupKeyError(.malformed, "a key is twelve words, and these are \(spelled.count)")
        }
        let read = bits.bytes
        guard let key = GroupKey(bytes: Array(read.prefix(Self.count))), read.count == Self.count + 1,
            Self.checksum(of: key.bytes) == read[Self.count]
        else {
            throw GroupKeyError(
                .checksum, "these words are no key: look for one that is another's, or in the wrong place")
        }
        self = key
    }

    private static func unknown(_ word: String, _ place: Int) -> GroupKeyError {
        let hint = WordList.likeness(of: word).map { "; is it '\($0)'?" } ?? ""
        return GroupKeyError(.unknownWord, "word \(place), '\(word.prefix(24))', is none of a key\(hint)")
    }

    /// Four bits, those above of a byte whose lower half is nil.
    private static func checksum(of bytes: [UInt8]) -> UInt8 {
        let hash = SHA256.hash(data: Array("swift-webrtc mesh group words 1".utf8) + bytes)
        return hash.prefix(1).reduce(0) { $0 | $1 } & 0xF0
    }
}

/// Numbers from bytes, the highest bit first.
private struct BitReader {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func number(at start: Int, count: Int) -> Int {
        (start..<start + count).reduce(0) { $0 << 1 | Int(bytes[$1 / 8] >> (7 - UInt8($1 % 8)) & 1) }
    }
}

/// Bytes from numbers, the highest bit first; the last byte is filled with zeros.
private struct BitWriter {
    private(set) var bytes: [UInt8] = []
    private var length = 0

    mutating func add(_ number: Int, count: Int) {
        for shift in (0..<count).reversed() {
            if length % 8 == 0 { bytes.append(0) }
            bytes[length / 8] |= UInt8(number >> shift & 1) << (7 - UInt8(length % 8))
            length += 1
        }
    }
}
