import ArgumentParser

/// `meshchat`: a chat without a server, and a look at what may be in its way.
@main
struct Meshchat: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "meshchat",
        abstract: "Chat with everyone on the network, peer to peer.",
        discussion: """
            Nodes find each other over mDNS; lines typed go to all of them over WebRTC data channels.
            /help lists what can be typed. Lines from a pipe wait until somebody is there to read them.

            \(Outcome.help)

            \(ChatCommand.optionsHelp)
            """,
        version: "0.1.0",
        subcommands: [
            ChatCommand.self, DoctorCommand.self, KeyCommand.self, ServeCommand.self, TokenCommand.self,
        ],
        defaultSubcommand: ChatCommand.self)

    static func main() async {
        StandardDescriptors.fillGaps()
        await main(nil)
    }
}
