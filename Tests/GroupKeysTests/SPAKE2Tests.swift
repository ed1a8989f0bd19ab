import Testing

@testable import GroupKeys

/// RFC 9382 appendix B: P256-SHA256-HKDF-HMAC.
@Suite("SPAKE2")
struct SPAKE2Tests {
    struct Vector: Sendable, CustomTestStringConvertible {
        var a: String
        var b: String
        var w: String
        var x: String
        var y: String
        var shareA: String
        var shareB: String
        var shared: String
        var key: String
        var confirmationA: String
        var confirmationB: String

        var testDescription: String { "A='\(a)', B='\(b)'" }
    }

    @Test("RFC 9382's vectors", arguments: vectors)
    func vector(_ vector: Vector) throws {
        func bytes(_ text: String) throws -> [UInt8] { try #require(HexText.read(text, count: text.utf8.count / 2)) }
        let identities = (a: Array(vector.a.utf8), b: Array(vector.b.utf8))
        let w = try bytes(vector.w)
        let a = try SPAKE2(.a, identities: identities, w: w, secret: try bytes(vector.x))
        let b = try SPAKE2(.b, identities: identities, w: w, secret: try bytes(vector.y))
        #expect(HexText.write(a.share) == vector.shareA)
        #expect(HexText.write(b.share) == vector.shareB)
        let (ofA, ofB) = (try a.finish(b.share), try b.finish(a.share))
        #expect(ofA.transcript == ofB.transcript)
        #expect(HexText.write(ofA.transcript).contains(vector.shared))
        #expect(HexText.write(ofA.key) == vector.key && ofB.key == ofA.key)
        #expect(HexText.write(ofA.confirmation) == vector.confirmationA && ofA.confirmation == ofB.expected)
        #expect(HexText.write(ofB.confirmation) == vector.confirmationB && ofB.confirmation == ofA.expected)
        #expect(ofA.confirms(ofB.confirmation) && ofB.confirms(ofA.confirmation))
        #expect(!ofA.confirms(ofA.confirmation) && !ofA.confirms([]) && !ofA.confirms(Array(repeating: 0, count: 32)))
    }

    @Test("a run with random secrets agrees, and no two are the same")
    func random() throws {
        let w = try #require(try P256().scalar(reducing: Array("a password".utf8)))
        let other = try #require(try P256().scalar(reducing: Array("b password".utf8)))
        var keys: Set<[UInt8]> = []
        for _ in 0..<20 {
            let a = try SPAKE2(.a, identities: ([1], [2]), w: w, context: [9])
            let b = try SPAKE2(.b, identities: ([1], [2]), w: w, context: [9])
            let (ofA, ofB) = (try a.finish(b.share), try b.finish(a.share))
            #expect(ofA.key == ofB.key && ofA.confirms(ofB.confirmation))
            keys.insert(ofA.key)
            for wrong in [
                try SPAKE2(.b, identities: ([1], [2]), w: other, context: [9]),
                try SPAKE2(.b, identities: ([1], [3]), w: w, context: [9]),
                try SPAKE2(.b, identities: ([1], [2]), w: w, context: [8]),
            ] {
                let secrets = try wrong.finish(a.share)
                #expect(!(try a.finish(wrong.share)).confirms(secrets.confirmation))
            }
        }
        #expect(keys.count == 20)
    }

    @Test("scalars are reduced by the order, and zero is none")
    func scalars() throws {
        let curve = try P256()
        let order = try #require(
            HexText.read("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", count: 32))
        #expect(try curve.scalar(reducing: order) == nil && curve.scalar(reducing: []) == nil)
        #expect(try curve.scalar(reducing: [0, 0]) == nil)
        #expect(try curve.scalar(reducing: order.dropLast() + [0x52]) == Array(repeating: 0, count: 31) + [1])
        let one = Array(repeating: 0, count: 31) + [1] as [UInt8]
        let generator = try #require(try curve.product(one))
        #expect(try curve.product(order) == nil && curve.sum(generator, generator, negated: true) == nil)
        #expect(try curve.sum(generator, generator) == curve.product(Array(repeating: 0, count: 31) + [2]))
        #expect(try curve.point([0]) == nil && curve.point([]) == nil && curve.point(generator) == generator)
    }

    static let vectors = [
        Vector(
            a: "server", b: "client",
            w: "2ee57912099d31560b3a44b1184b9b4866e904c49d12ac5042c97dca461b1a5f",
            x: "43dd0fd7215bdcb482879fca3220c6a968e66d70b1356cac18bb26c84a78d729",
            y: "dcb60106f276b02606d8ef0a328c02e4b629f84f89786af5befb0bc75b6e66be",
            shareA: "04a56fa807caaa53a4d28dbb9853b9815c61a411118a6fe516a8798434751470f9"
                + "010153ac33d0d5f2047ffdb1a3e42c9b4e6be662766e1eeb4116988ede5f912c",
            shareB: "0406557e482bd03097ad0cbaa5df82115460d951e3451962f1eaf4367a420676d0"
                + "9857ccbc522686c83d1852abfa8ed6e4a1155cf8f1543ceca528afb591a1e0b7",
            shared: "0412af7e89717850671913e6b469ace67bd90a4df8ce45c2af19010175e37eed69"
                + "f75897996d539356e2fa6a406d528501f907e04d97515fbe83db277b715d3325",
            key: "0e0672dc86f8e45565d338b0540abe69",
            confirmationA: "58ad4aa88e0b60d5061eb6b5dd93e80d9c4f00d127c65b3b35b1b5281fee38f0",
            confirmationB: "d3e2e547f1ae04f2dbdbf0fc4b79f8ecff2dff314b5d32fe9fcef2fb26dc459b"),
        Vector(
            a: "", b: "client",
            w: "0548d8729f730589e579b0475a582c1608138ddf7054b73b5381c7e883e2efae",
            x: "403abbe3b1b4b9ba17e3032849759d723939a27a27b9d921c500edde18ed654b",
            y: "903023b6598908936ea7c929bd761af6039577a9c3f9581064187c3049d87065",
            shareA: "04a897b769e681c62ac1c2357319a3d363f610839c4477720d24cbe32f5fd85f44"
                + "fb92ba966578c1b712be6962498834078262caa5b441ecfa9d4a9485720e918a",
            shareB: "04e0f816fd1c35e22065d5556215c097e799390d16661c386e0ecc84593974a61b"
                + "881a8c82327687d0501862970c64565560cb5671f696048050ca66ca5f8cc7fc",
            shared: "048f83ec9f6e4f87cc6f9dc740bdc2769725f923364f01c84148c049a39a735ebd"
                + "a82eac03e00112fd6a5710682767cff5361f7e819e53d8d3c3a2922e0d837aa6",
            key: "642f05c473c2cd79909f9a841e2f30a7",
            confirmationA: "47d29e6666af1b7dd450d571233085d7a9866e4d49d2645e2df975489521232b",
            confirmationB: "3313c5cefc361d27fb16847a91c2a73b766ffa90a4839122a9b70a2f6bd1d6df"),
        Vector(
            a: "server", b: "",
            w: "626e0cdc7b14c9db3e52a0b1b3a768c98e37852d5db30febe0497b14eae8c254",
            x: "07adb3db6bc623d3399726bfdbfd3d15a58ea776ab8a308b00392621291f9633",
            y: "b6a4fc8dbb629d4ba51d6f91ed1532cf87adec98f25dd153a75accafafedec16",
            shareA: "04f88fb71c99bfffaea370966b7eb99cd4be0ff1a7d335caac4211c4afd855e2e1"
                + "5a873b298503ad8ba1d9cbb9a392d2ba309b48bfd7879aefd0f2cea6009763b0",
            shareB: "040c269d6be017dccb15182ac6bfcd9e2a14de019dd587eaf4bdfd353f031101e7"
                + "cca177f8eb362a6e83e7d5e729c0732e1b528879c086f39ba0f31a9661bd34db",
            shared: "0445ee233b8ecb51ebd6e7da3f307e88a1616bae2166121221fdc0dadb986afaf3"
                + "ec8a988dc9c626fa3b99f58a7ca7c9b844bb3e8dd9554aafc5b53813504c1cbe",
            key: "005184ff460da2ce59062c87733c299c",
            confirmationA: "bc9f9bbe99f26d0b2260e6456e05a86196a3307ec6663a18bf6ac825736533b2",
            confirmationB: "c2370e1bf813b086dff0d834e74425a06e6390f48f5411900276dcccc5a297ec"),
        Vector(
            a: "", b: "",
            w: "7bf46c454b4c1b25799527d896508afd5fc62ef4ec59db1efb49113063d70cca",
            x: "8cef65df64bb2d0f83540c53632de911b5b24b3eab6cc74a97609fd659e95473",
            y: "d7a66f64074a84652d8d623a92e20c9675c61cb5b4f6a0063e4648a2fdc02d53",
            shareA: "04a65b367a3f613cf9f0654b1b28a1e3a8a40387956c8ba6063e8658563890f46c"
                + "a1ef6a676598889fc28de2950ab8120b79a5ef1ea4c9f44bc98f585634b46d66",
            shareB: "04589f13218822710d98d8b2123a079041052d9941b9cf88c6617ddb2fcc049466"
                + "2eea8ba6b64692dc318250030c6af045cb738bc81ba35b043c3dcb46adf6f58d",
            shared: "041a3c03d51b452537ca2a1fea6110353c6d5ed483c4f0f86f4492ca3f378d40a9"
                + "94b4477f93c64d928edbbcd3e85a7c709b7ea73ee97986ce3d1438e135543772",
            key: "fc6374762ba5cf11f4b2caa08b2cd1b9",
            confirmationA: "dfb4db8d48ae5a675963ea5e6c19d98d4ea028d8e898dad96ea19a80ade95dca",
            confirmationB: "d0f0609d1613138d354f7e95f19fb556bf52d751947241e8c7118df5ef0ae175"),
    ]
}
