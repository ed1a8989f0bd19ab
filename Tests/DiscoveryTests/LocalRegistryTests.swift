import MulticastDNS
import Foundation
import Testing

@testable import Discovery

@Suite("registry of this machine", .timeLimit(.minutes(1)))
struct LocalRegistryTests {
    private let directory = TemporaryDirectory()
    private let type = "_test._tcp"

    @Test("what is published is seen by others until it is withdrawn")
    func publish() throws {
        let registry = try LocalRegistry(directory: directory.path)
        let publication = try registry.publish(name: "a", type: type, port: 7, txt: ["K": "v"])
        _ = try registry.publish(name: "b", type: "_other._tcp", port: 7, txt: [:])
        let expected = Service(
            name: "a", type: type, host: "localhost", port: 7, txt: ["k": "v"], addresses: ["127.0.0.1"],
            source: .registry)
        #expect(try LocalRegistry(directory: directory.path).services(ofType: type) == [expected])
        publication.withdraw()
        publication.withdraw()
        #expect(registry.services(ofType: type) == [])
    }

    @Test("a name in use gets a number")
    func conflict() throws {
        let registry = try LocalRegistry(directory: directory.path)
        let publications = try (0..<3).map { _ in try registry.publish(name: "a", type: type, port: 7, txt: [:]) }
        #expect(publications.map(\.name) == ["a", "a #2", "a #3"])
    }

    @Test("an update replaces the entry and a released publication withdraws it")
    func update() throws {
        let registry = try LocalRegistry(directory: directory.path)
        var publication: LocalRegistry.Publication? = try registry.publish(name: "a", type: type, port: 7, txt: [:])
        try publication?.update(txt: ["k": "v"])
        #expect(registry.services(ofType: type).map(\.txt) == [["k": "v"]])
        publication = nil
        #expect(registry.services(ofType: type) == [])
    }

    @Test("the file of a process that ended is ignored and removed")
    func stale() throws {
        let registry = try LocalRegistry(directory: directory.path)
        let network = RegistryFiles.networkNamespace
        let entry = LocalRegistry.Entry(name: "a", type: type, port: 7, txt: [:], network: network)
        try directory.write(String(decoding: try JSONEncoder().encode(entry), as: UTF8.self), to: "1-1.json")
        #expect(registry.services(ofType: type) == [])
        #expect(directory.fileNames == [])
    }

    @Test("an entry of another network namespace, of another version or damaged is ignored")
    func foreign() throws {
        let registry = try LocalRegistry(directory: directory.path)
        var held: [Int32] = []
        defer { for descriptor in held { RegistryFiles.close(descriptor) } }
        let texts = [
            "{\"version\":1,\"name\":\"x\",\"type\":\"_test._tcp\",\"port\":7,\"txt\":{},\"network\":\"net:[1]\"}",
            "{\"version\":9}", "", "nonsense", "[]", "{\"port\":70000}", String(repeating: "[", count: 60000),
        ]
        for (index, text) in texts.enumerated() {
            held.append(try RegistryFiles.write(Array(text.utf8), to: "\(index).json", in: directory.path))
        }
        #expect(registry.services(ofType: type) == [])
        #expect(directory.fileNames.count == texts.count)
    }

    @Test("a directory that others may enter is refused")
    func openDirectory() throws {
        try directory.make(mode: 0o755)
        let error = #expect(throws: DiscoveryError.self) { try LocalRegistry(directory: directory.path) }
        #expect(error?.code == .registryUnusable)
    }

    @Test("a link in place of the directory is refused")
    func link() throws {
        let target = TemporaryDirectory()
        try target.make()
        try FileManager.default.createSymbolicLink(atPath: directory.path, withDestinationPath: target.path)
        #expect(throws: DiscoveryError.self) { try LocalRegistry(directory: directory.path) }
    }
}
