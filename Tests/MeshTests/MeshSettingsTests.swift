import Mesh
import Testing

@Suite("Settings of a node that cannot work")
struct MeshSettingsTests {
    @Test(
        "they are named with their value and the range before the node starts",
        arguments: [
            (MeshConfiguration(displayName: "x", eventLimit: 0), "eventLimit is 0: 1 to 1048576"),
            (MeshConfiguration(displayName: "x", sendTimeout: .zero), "sendTimeout is 0.0 seconds: 10 ms to one day"),
            (MeshConfiguration(displayName: "x", leaveTimeout: .seconds(-1)), "leaveTimeout is -1.0 seconds: 0 to "),
        ])
    func range(_ configuration: MeshConfiguration, _ text: String) async {
        let error = await #expect(throws: MeshError.self) { try await MeshNode(configuration).start() }
        #expect(error?.code == .invalidConfiguration && error?.message.hasPrefix(text) == true)
    }
}
