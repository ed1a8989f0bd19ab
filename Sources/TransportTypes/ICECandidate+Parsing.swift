extension ICECandidate {
    /// Lines longer than this are refused unread; real ones have about 150 bytes.
    static let maximumLength = 2048

    /// Reads a candidate line: RFC 8839 §5.1, with or without `a=` and `candidate:` before it.
    ///
    /// What peers write beyond the grammar and nothing here depends on is taken, as Chromium takes
    /// it: any foundation, component and address, leading zeros, a last name without a value, which
    /// is left out, and a zone (`%eth0`) or brackets at an address, which mean nothing to another
    /// host and are left out as well.
    ///
    /// - Throws: ``ICEError/Code-swift.struct/invalidCandidate``, naming the field that is wrong.
    public init(parsing line: String) throws(ICEError) {
        // What stands before and behind it does not count, so that what is printed can be read.
        guard line.utf8.count <= 2 * Self.maximumLength else {
            throw Self.failure("line", "is longer than \(Self.maximumLength) bytes")
        }
        // All by bytes: a combining mark behind a delimiter makes another character of it. Behind
        // the line only what no word may contain is cut off, so that what is printed ends where it
        // ended.
        var text = Substring(line)
        while let last = text.utf8.last, last == 0x20 || (0x09...0x0D).contains(last) {
            text = Substring(text.utf8.dropLast())
        }
        if text.utf8.starts(with: "a=".utf8) { text = Substring(text.utf8.dropFirst(2)) }
        if String(text.utf8.prefix(10))?.lowercased() == "candidate:" { text = Substring(text.utf8.dropFirst(10)) }
        guard text.utf8.count <= Self.maximumLength else {
            throw Self.failure("line", "is longer than \(Self.maximumLength) bytes")
        }
        guard text.unicodeScalars.allSatisfy({ $0.value > 0x1F && $0.value != 0x7F }) else {
            throw Self.failure("line", "contains a control character")
        }

        let words = text.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false).map(Substring.init)
        guard words.count >= 8, !words.contains("") else {
            throw Self.failure("line", "needs at least 8 words, separated by single spaces, and has \(words.count)")
        }
        guard words[2].utf8.allSatisfy(Self.isTokenCharacter) else {
            throw Self.failure("transport", "'\(words[2])' is not a token")
        }
        guard words[6].lowercased() == "typ" else {
            throw Self.failure("type", "'typ' expected, found '\(words[6])'")
        }
        guard words[7].utf8.allSatisfy(Self.isTokenCharacter) else {
            throw Self.failure("type", "'\(words[7])' is not a token")
        }
        self.init(
            foundation: String(words[0]), component: try Self.number(words[1], "component"),
            transport: Transport(rawValue: String(words[2])), priority: try Self.number(words[3], "priority"),
            address: Self.address(words[4]), port: try Self.number(words[5], "port"),
            kind: Kind(rawValue: String(words[7])), attributes: try Self.attributes(words[8...]))
    }

    private static func attributes(_ words: ArraySlice<Substring>) throws(ICEError) -> [Attribute] {
        var attributes: [Attribute] = []
        var rest = words
        while let name = rest.popFirst(), var value = rest.popFirst().map(String.init) {
            switch name {
            case "raddr": value = address(value[...])
            case "rport":
                let port: UInt16 = try number(value[...], "rport")
                value = String(port)
            case "tcptype":
                guard TCPType(rawValue: value.lowercased()) != nil else {
                    throw failure("tcptype", "'\(value)' is not active, passive or so")
                }
            default: break
            }
            attributes.append(Attribute(name: String(name), value: value))
        }
        return attributes
    }

    /// The address without what belongs to the host that wrote it.
    private static func address(_ word: Substring) -> String {
        var bare = word
        if bare.hasPrefix("["), bare.hasSuffix("]") { bare = bare.dropFirst().dropLast() }
        bare = bare.prefix { $0 != "%" }
        return IPAddress(String(bare)) == nil ? String(word) : String(bare)
    }

    /// Digits only, and no sign.
    private static func number<Number: FixedWidthInteger>(
        _ word: Substring, _ field: String
    ) throws(ICEError) -> Number {
        guard word.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Number(word) else {
            throw failure(field, "'\(word)' is not a number from 0 to \(Number.max)")
        }
        return number
    }

    private static func failure(_ field: String, _ problem: String) -> ICEError {
        ICEError(.invalidCandidate, "candidate \(field): \(problem) (RFC 8839 §5.1)")
    }

    /// `token-char` of RFC 8866 §9: visible, without separators.
    private static func isTokenCharacter(_ byte: UInt8) -> Bool {
        (0x21...0x7E).contains(byte) && !"\"(),/:;<=>?@[\\]".utf8.contains(byte)
    }
}
