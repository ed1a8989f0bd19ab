extension ICECandidate {
    /// Lines longer than this are refused unread; real ones have about 150 bytes.
    static let maximumLength = 2048

    /// Reads a candidate line: RFC 8839 §5.1, with or without `a=` and `candidate:` before it.
    ///
    /// - Throws: ``ICEError/Code-swift.struct/invalidCandidate``, naming the field that is wrong.
    public init(parsing line: String) throws(ICEError) {
        guard line.utf8.count <= Self.maximumLength else {
            throw Self.failure("line", "is longer than \(Self.maximumLength) bytes")
        }
        var text = Substring(line)
        while let last = text.last, last.isNewline || last == " " { text.removeLast() }
        if text.hasPrefix("a=") { text.removeFirst(2) }
        if text.prefix(10).lowercased() == "candidate:" { text.removeFirst(10) }
        guard text.unicodeScalars.allSatisfy({ $0.value > 0x1F && $0.value != 0x7F }) else {
            throw Self.failure("line", "contains a control character")
        }

        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count >= 8, !words.contains("") else {
            throw Self.failure("line", "needs at least 8 words, separated by single spaces, and has \(words.count)")
        }
        guard words[0].utf8.count <= 32, words[0].utf8.allSatisfy(Self.isICECharacter) else {
            throw Self.failure("foundation", "'\(words[0])' is not 1 to 32 letters, digits, '+' or '/'")
        }
        let component: UInt16 = try Self.number(words[1], "component")
        guard (1...256).contains(component) else {
            throw Self.failure("component", "\(component) is not between 1 and 256")
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
        guard words[4].utf8.allSatisfy(Self.isAddressCharacter) else {
            throw Self.failure("address", "'\(words[4])' is neither an IP address nor a host name")
        }
        self.init(
            foundation: String(words[0]), component: component, transport: Transport(rawValue: String(words[2])),
            priority: try Self.number(words[3], "priority"), address: String(words[4]),
            port: try Self.number(words[5], "port"), kind: Kind(rawValue: String(words[7])),
            attributes: try Self.attributes(words[8...]))
    }

    private static func attributes(_ words: ArraySlice<Substring>) throws(ICEError) -> [Attribute] {
        guard words.count.isMultiple(of: 2) else {
            throw failure("extension", "'\(words.last ?? "")' has no value")
        }
        var attributes: [Attribute] = []
        var rest = words
        while let name = rest.popFirst(), let value = rest.popFirst() {
            switch name {
            case "raddr":
                guard value.utf8.allSatisfy(isAddressCharacter) else {
                    throw failure("raddr", "'\(value)' is neither an IP address nor a host name")
                }
            case "rport":
                let _: UInt16 = try number(value, "rport")
            case "tcptype":
                guard TCPType(rawValue: String(value)) != nil else {
                    throw failure("tcptype", "'\(value)' is not active, passive or so")
                }
            default: break
            }
            attributes.append(Attribute(name: String(name), value: String(value)))
        }
        return attributes
    }

    /// Digits only: no sign, and no leading zero, which would not print as it was read.
    private static func number<Number: FixedWidthInteger>(
        _ word: Substring, _ field: String
    ) throws(ICEError) -> Number {
        guard word.utf8.allSatisfy({ (0x30...0x39).contains($0) }), word == "0" || word.first != "0",
            let number = Number(word)
        else { throw failure(field, "'\(word)' is not a number from 0 to \(Number.max)") }
        return number
    }

    private static func failure(_ field: String, _ problem: String) -> ICEError {
        ICEError(.invalidCandidate, "candidate \(field): \(problem) (RFC 8839 §5.1)")
    }

    /// `ice-char` of RFC 8839 §5.1.
    static func isICECharacter(_ byte: UInt8) -> Bool {
        isAlphanumeric(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "/")
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }

    /// `token-char` of RFC 8866 §9: visible, without separators.
    private static func isTokenCharacter(_ byte: UInt8) -> Bool {
        (0x21...0x7E).contains(byte) && !"\"(),/:;<=>?@[\\]".utf8.contains(byte)
    }

    /// What IP addresses and host names consist of; a zone ("%eth0") has no meaning to a peer.
    private static func isAddressCharacter(_ byte: UInt8) -> Bool {
        isAlphanumeric(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: ":") || byte == UInt8(ascii: "-")
            || byte == UInt8(ascii: "_")
    }
}
