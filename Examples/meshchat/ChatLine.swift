import GroupKeys

/// A line as typed.
enum ChatLine: Equatable {
    case text(String)
    case peers
    case leader
    case stats
    case help
    case quit
    /// Show the group's key.
    case key
    /// Leave, and join the group with this key.
    case join(GroupKey)
    /// A text for one peer, by name or the beginning of its id.
    case direct(to: String, String)
    /// A command that is none, or is incomplete; the text says what to type.
    case hint(String)
    case nothing

    static let commands = """
        text               to everyone
        /msg NAME text     to one; "two words" for a name with blanks, or the beginning of an id
        /peers             who is here
        /leader            who leads
        /stats             figures
        /key               the group's key, as words and as a QR code
        /join WORDS        leave, and join the group with these words
        /quit              leave
        //text             a text that begins with a slash
        """

    init(_ line: String) {
        let trimmed = line.drop { $0.isWhitespace }
        guard !trimmed.isEmpty else {
            self = .nothing
            return
        }
        guard trimmed.first == "/", !trimmed.hasPrefix("//") else {
            self = .text(trimmed.hasPrefix("//") ? String(trimmed.dropFirst()) : line)
            return
        }
        let command = trimmed.prefix { !$0.isWhitespace }
        let rest = trimmed.dropFirst(command.count).drop { $0.isWhitespace }
        switch command {
        case "/peers": self = .peers
        case "/leader": self = .leader
        case "/stats": self = .stats
        case "/help": self = .help
        case "/quit", "/exit": self = .quit
        case "/key": self = .key
        case "/join": self = Self.join(rest)
        case "/msg": self = Self.direct(rest)
        default: self = .hint("\(command.prefix(20)) is no command; /help lists them")
        }
    }

    private static func join(_ rest: Substring) -> ChatLine {
        guard !rest.isEmpty else { return .hint("type /join and the twelve words of the group's key") }
        do throws(GroupKeyError) {
            return .join(try GroupKey(reading: String(rest)))
        } catch {
            return .hint(error.message)
        }
    }

    private static func direct(_ rest: Substring) -> ChatLine {
        let isQuoted = rest.first == "\""
        let name = isQuoted ? rest.dropFirst().prefix { $0 != "\"" } : rest.prefix { !$0.isWhitespace }
        let text = rest.dropFirst(name.count + (isQuoted ? 2 : 0)).drop { $0.isWhitespace }
        guard !name.isEmpty, !text.isEmpty else { return .hint("type /msg NAME text") }
        return .direct(to: String(name), String(text))
    }
}
