import GroupKeys

/// What strangers and people's fingers make of a group's key: words, texts, nonces, shares of a passphrase's run.
enum GroupEntry {
    static func run(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        let key = GroupKey()
        let kind = input.below(4)
        let original = input.flag() ? Array(seed(kind, key).utf8) : input.take(200)
        let text = String(decoding: input.mutate(original), as: UTF8.self)
        switch kind {
        case 0: try readBack(text) { (text: String) throws(GroupKeyError) in try GroupKey(words: text) }
        case 1: try readBack(text) { (text: String) throws(GroupKeyError) in try GroupKey(text: text) }
        case 2:
            if let nonce = Nonce(text) {
                try FuzzFinding.require(Nonce(nonce.text) == nonce, "a nonce that is another")
            }
            try strangersProof(text, key)
        default:
            if let code = try? QRCode(text) {
                try FuzzFinding.require(code.text(.darkTerminal).hasSuffix("█\n"), "a code without a border")
            }
        }
    }

    private static func seed(_ kind: Int, _ key: GroupKey) -> String {
        switch kind {
        case 0: key.words
        case 1: key.text
        case 2: Nonce().text
        default: "https://desk.local/#" + key.text
        }
    }

    /// What is read as a key is written as what is read as the same key.
    private static func readBack(_ text: String, _ read: (String) throws(GroupKeyError) -> GroupKey) throws {
        guard let key = try? read(text) else { return }
        try FuzzFinding.require(try GroupKey(words: key.words) == key, "words that are another key's")
        try FuzzFinding.require(try GroupKey(text: key.text) == key, "a text that is another key's")
    }

    /// No text is a proof but the one.
    private static func strangersProof(_ text: String, _ key: GroupKey) throws {
        guard let proof = Proof(text) else { return }
        let context = try ChallengeContext(server: "a", client: "b", binding: .address("c"))
        var server = ServerChallenge(key: key, context: context, nonce: Nonce(), now: .zero)
        let isTaken = (try? server.verify(proof, now: .zero)) != nil
        try FuzzFinding.require(!isTaken, "a stranger's proof is taken")
    }
}
