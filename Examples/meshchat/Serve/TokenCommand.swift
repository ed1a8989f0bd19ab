import ArgumentParser
import Tokens

/// `meshchat token`: a token for a user, for tests and scripts.
struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Print a token that meshchat serve lets in.")

    @Argument(help: "The user's id.")
    var user: String

    @Option(name: .long, help: "A file with the secret (HS256).")
    var secretFile: String?

    @Option(name: .long, help: "A file with the private key in PEM.")
    var keyFile: String?

    @Option(name: .long, help: "What it may do: call, watch, publish, api, metrics. May be repeated.")
    var scope: [String] = []

    @Option(name: .long, help: "For how many seconds.")
    var lifetime = 3600

    @Option(name: .long, help: "Its aud.")
    var audience: String?

    func validate() throws {
        guard (secretFile == nil) != (keyFile == nil) else {
            throw ValidationError("give one of --secret-file and --key-file")
        }
    }

    func run() async throws {
        let source: TokenKeySource = secretFile.map { .secretFile($0) } ?? .pemFile(keyFile ?? "")
        do throws(TokenKeyError) {
            let tokens = try await JSONWebTokens(keys: source, configuration: .init(audience: audience))
            Console.standard.write(
                line: try await tokens.issue(subject: user, scopes: Set(scope), lifetime: .seconds(lifetime)))
        } catch {
            throw ValidationError("\(error)")
        }
    }
}
