import ArgumentParser
import GroupKeys
import Mesh

/// `meshchat key`: makes a group's key, or shows one.
struct KeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Make a key for a group, and show it as words and as a QR code.",
        discussion: """
            Give each member the words or the code, and to meshchat by --key-file. Whoever has the key is a member:
            Docs/Mesh-Security.md says what it protects from. With --key-file or --group-key an existing one is shown.
            """)

    @OptionGroup var options: KeyOptions

    @Option(name: .long, help: "A file for the key, which must not be there yet; only you can read it.")
    var out: String?

    @Option(name: .long, help: "The QR code: colored, dark or light for such a terminal, none.")
    var qr: KeyCard.QRStyle?

    @Option(name: .long, help: "The mDNS service type, where the key is got by a passphrase.")
    var service = "_meshchat._tcp"

    func run() async throws {
        let key = try await options.key(service: service) ?? GroupKey()
        if let out { try Self.write(key, to: out) }
        for line in KeyCard(key: key).lines(qr ?? (Console.isTerminal ? .colored : .none)) {
            Console.standard.write(line: line)
        }
    }

    private static func write(_ key: GroupKey, to path: String) throws {
        if let reason = PrivateFile.make(path, Array((key.words + "\n").utf8)) {
            throw ValidationError("the file \(path) cannot be made: \(reason)")
        }
    }
}

extension KeyCard.QRStyle: ExpressibleByArgument {}
