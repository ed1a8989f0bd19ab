import MulticastDNS
import Testing

@testable import Discovery

@Suite("names of services and hosts")
struct ServiceNameTests {
    @Test("local names lose case and final dot", arguments: ["a.local", "A.Local.", "a.LOCAL"])
    func canonical(name: String) throws {
        #expect(try LocalName.canonical(name) == "a.local")
    }

    @Test(
        "what is no name under .local is refused",
        arguments: [
            "", ".", "local", ".local", "a..local", "a.example", "a b.local", "ü.local", "a.local..", "a\0b.local",
            String(repeating: "a", count: 64) + ".local", String(repeating: "a.", count: 130) + "local",
        ])
    func refusedHosts(name: String) {
        #expect(throws: DiscoveryError.self) { try LocalName.canonical(name) }
    }

    @Test(
        "service types have the form of RFC 6763 §7",
        arguments: [
            ("_meshchat._tcp", true), ("_mobile-worship._tcp", true), ("_a._udp", true), ("meshchat._tcp", false),
            ("_meshchat", false), ("_._tcp", false), ("_meshchat._tcp.", false), ("_meshchat._sctp", false),
            ("", false),
            ("_abcdefghijklmnop._tcp", false), ("_a b._tcp", false),
        ])
    func types(type: String, isValid: Bool) {
        #expect(((try? ServiceName.validate(type: type)) != nil) == isValid)
    }

    @Test("the alternative to a long name still fits into a label")
    func alternative() {
        #expect(ServiceName.alternative(to: "a", attempt: 2) == "a #2")
        let long = String(repeating: "ü", count: 31)
        #expect(ServiceName.alternative(to: long, attempt: 12).utf8.count <= 63)
    }

    @Test("the name of a service has up to 63 bytes, and no control characters")
    func instances() {
        for (name, isValid) in [("", false), ("a", true), ("a\u{7F}", false), ("a\n", false)] {
            #expect(((try? ServiceName.validate(instance: name)) != nil) == isValid)
        }
        #expect(throws: Never.self) { try ServiceName.validate(instance: String(repeating: "a", count: 63)) }
        #expect(throws: DiscoveryError.self) { try ServiceName.validate(instance: String(repeating: "a", count: 64)) }
    }
}
