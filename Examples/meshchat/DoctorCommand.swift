import ArgumentParser

/// `meshchat doctor`
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Check what the chat needs, and say what to do.")

    func run() async throws {}
}
