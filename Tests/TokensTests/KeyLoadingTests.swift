import Crypto
import CryptoExtras
import Foundation
import Signaling
import TestSupport
import Testing

@testable import Tokens

@Suite("keys that are weak, broken or not allowed are refused when they are loaded", .timeLimit(.minutes(1)))
struct KeyLoadingTests {
    /// Why a source is refused; nil if it is not.
    private func error(
        _ source: TokenKeySource, _ configuration: JSONWebTokens.Configuration = .init()
    ) async -> TokenKeyError? {
        do throws(TokenKeyError) {
            _ = try await JSONWebTokens(keys: source, configuration: configuration)
            return nil
        } catch { return error }
    }

    @Test("a secret is at least as long as the hash of its algorithm, and at most 4096 bytes")
    func secrets() async throws {
        for (count, algorithm) in [(32, TokenAlgorithm.hs256), (48, .hs384), (64, .hs512)] {
            let configuration = JSONWebTokens.Configuration(algorithms: [algorithm])
            #expect(await error(.secret(Array(repeating: 7, count: count)), configuration) == nil)
            let short = await error(.secret(Array(repeating: 7, count: count - 1)), configuration)
            #expect(short?.code == .weak)
            #expect(
                short?.description
                    == "weak: the secret has \(count - 1) bytes, and \(algorithm) needs at least \(count); "
                    + "make one with: openssl rand -hex \(count)")
        }
        #expect(await error(.secret([]))?.code == .weak)
        #expect(await error(.secret(Array(repeating: 7, count: 4096))) == nil)
        #expect(await error(.secret(Array(repeating: 7, count: 4097)))?.code == .tooLarge)
    }

    @Test("a key in PEM is no secret")
    func pemAsSecret() async throws {
        let pem = Array(TestKeys.p256.publicKey.pemRepresentation.utf8)
        #expect(await error(.secret(pem))?.code == .malformed)
        #expect(await error(.secret(Array("\u{FEFF} \n".utf8) + pem))?.code == .malformed)
        let folder = try TestFolder()
        let path = try folder.write(pem, to: "key.pem")
        let refused = await error(.secretFile(path))
        #expect(refused?.code == .malformed)
        #expect(refused?.path == path)
    }

    @Test("a file's secret is its bytes without the line end behind them")
    func secretFiles() async throws {
        let folder = try TestFolder()
        let token = try TestSigner.hs256(TestKeys.secret).token()
        for (end, isSame) in [("", true), ("\n", true), ("\r\n", true), ("\n\n", false), (" ", false), ("\r", false)] {
            let path = try folder.write(TestKeys.secret + Array(end.utf8), to: "secret")
            #expect((await (try JSONWebTokens(.secretFile(path))).refusal(of: token) == nil) == isSame)
        }
        let short = await error(.secretFile(try folder.write(Array(repeating: 7, count: 31) + [0x0A], to: "short")))
        #expect(short?.code == .weak)
        #expect(short?.path == folder.path("short"))
    }

    @Test("a path that leads to no file is refused with the path and what to do")
    func noFiles() async throws {
        let folder = try TestFolder()
        let sources: [@Sendable (String) -> TokenKeySource] = [
            { .secretFile($0) }, { .pemFile($0) }, { .jwksFile($0) },
        ]
        for source in sources {
            for path in [folder.path("nothing"), folder.folder, "/dev/zero", ""] {
                let refused = await error(source(path))
                #expect(refused?.code == .unreadable)
                #expect(refused?.path == path)
                #expect(refused?.advice == "give the path of a key file")
            }
            let large = try folder.write(Array(repeating: 7, count: 300_000), to: "large")
            #expect(await error(source(large))?.code == .tooLarge)
        }
    }

    @Test("a PEM file is read as a PEM text is")
    func pemFiles() async throws {
        let folder = try TestFolder()
        let path = try folder.write(Array(TestKeys.ed25519.publicKey.pemRepresentation.utf8), to: "key.pem")
        let tokens = try await JSONWebTokens(.pemFile(path))
        #expect(await tokens.refusal(of: try TestSigner.edDSA(TestKeys.ed25519).token()) == nil)
        let broken = await error(.pemFile(try folder.write([0xFF, 0xFE, 0], to: "broken.pem")))
        #expect(broken?.code == .malformed)
        #expect(broken?.description.contains(folder.path("broken.pem")) == true)
    }

    @Test("what is no key in PEM, or more than one, is refused")
    func brokenPEM() async throws {
        let good = TestKeys.p256.publicKey.pemRepresentation
        let cases: [(String, TokenKeyError.Code)] = [
            ("", .malformed), ("-----BEGIN PUBLIC KEY-----", .malformed), ("-----BEGIN -----", .malformed),
            (good + "\n" + good, .malformed), (good.replacing("MFkw", with: "MFkx"), .unsupported),
            (good.replacing("MFkw", with: "!!!!"), .unsupported),
            ("-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----", .unsupported),
            (good.replacing("PUBLIC KEY", with: "PRIVATE KEY"), .unsupported),
            (good.replacing("PUBLIC KEY", with: "RSA PUBLIC KEY"), .unsupported),
            (good.replacing("PUBLIC KEY", with: "OPENSSH PRIVATE KEY"), .unsupported),
            (good.replacing("END PUBLIC", with: "END PRIVATE"), .malformed),
            (String(repeating: " ", count: 65_537), .tooLarge),
        ]
        for (text, code) in cases { #expect(await error(.pem(text))?.code == code, "\(text.prefix(200))") }
        // What stands around a key does not matter.
        let around = "Bag Attributes\n  name: x\r\n" + good.replacing("\n", with: "\r\n") + "\r\n\r\nmore"
        #expect(await error(.pem(around)) == nil)
    }

    @Test("a key whose algorithm is not allowed is refused, and one that has several")
    func algorithms() async throws {
        let p384 = await error(.pem(TestKeys.p384.publicKey.pemRepresentation))
        #expect(p384?.code == .unsupported)
        #expect(p384?.advice == "use another key, or add ES384 to the algorithms")
        #expect(await error(.secret(TestKeys.secret), .init(algorithms: [.rs256]))?.code == .unsupported)
        let pem = try TestKeys.rsa.get().publicKey.pemRepresentation
        #expect(await error(.pem(pem), .init(algorithms: [.rs256, .rs384]))?.code == .invalidSetting)
        #expect(await error(.secret(TestKeys.secret), .init(algorithms: []))?.code == .invalidSetting)
    }

    @Test("settings out of their range are refused")
    func settings() async throws {
        let source = TokenKeySource.secret(TestKeys.secret)
        for leeway in [Duration.zero, .seconds(300)] { #expect(await error(source, .init(leeway: leeway)) == nil) }
        for leeway in [Duration.milliseconds(-1), .seconds(300) + .nanoseconds(1), .seconds(Int64.max)] {
            #expect(await error(source, .init(leeway: leeway))?.code == .invalidSetting)
        }
        #expect(await error(source, .init(audience: ""))?.code == .invalidSetting)
        #expect(await error(source, .init(issuer: ""))?.code == .invalidSetting)
    }

    @Test("a source says what it is without its secret")
    func descriptions() {
        let secret = String(decoding: TestKeys.secret, as: UTF8.self)
        for source in [TokenKeySource.secret(TestKeys.secret), .pem(secret), .jwks(TestKeys.secret)] {
            #expect(!"\(source) \(String(reflecting: source))".contains("thirty-two"))
            #expect(!"\(source)".contains("115"))
        }
        #expect("\(TokenKeySource.jwksFile("/a"))" == "the JWK Set in /a")
    }

    @Test(
        "RSA keys under 2048 bits are refused, public and private, to the bit",
        .enabled("no openssl") { await TestProgram.hasOpenSSL() })
    func weakRSA() async throws {
        for (bits, code) in [(512, TokenKeyError.Code.weak), (1024, .weak), (2047, .weak), (2048, nil)] {
            let folder = try TestFolder()
            let path = folder.path("key.pem")
            let made = try await TestProgram.run(["openssl", "genrsa", "-out", path, "\(bits)"])
            try #require(made.status == 0, "\(made.output)")
            #expect(await error(.pemFile(path))?.code == code, "\(bits) bits, private")
            let traditional = try await TestProgram.openssl("rsa", "-in", path, "-traditional")
            #expect(await error(.pem(traditional))?.code == code, "\(bits) bits, PKCS #1")
            for form in ["-pubout", "-RSAPublicKey_out"] {
                let publicKey = try await TestProgram.openssl("rsa", "-in", path, form)
                #expect(await error(.pem(publicKey))?.code == code, "\(bits) bits, \(form)")
            }
            let numbers = try await TestProgram.openssl("rsa", "-in", path, "-noout", "-modulus")
            let hex = numbers.split(whereSeparator: \.isNewline).first { $0.hasPrefix("Modulus=") }?.dropFirst(8) ?? ""
            let modulus = try TestSigner.encode(#require(Data(hexadecimal: String(hex))))
            let jwk = #"{"kty":"RSA","kid":"a","n":"\#(modulus)","e":"AQAB"}"#
            #expect(await error(.jwks(TestJWKS.bytes([jwk])))?.code == code, "\(bits) bits, JWK")
        }
    }

    @Test(
        "keys of other kinds, encrypted keys and certificates are refused with what to do",
        .enabled("no openssl") { await TestProgram.hasOpenSSL() })
    func otherKinds() async throws {
        let folder = try TestFolder()
        let path = folder.path("key.pem")
        func made(_ command: String, _ arguments: String...) async throws -> TokenKeyError? {
            let made = try await TestProgram.run(["openssl", command, "-out", path] + arguments)
            try #require(made.status == 0, "\(made.output)")
            return await error(.pemFile(path))
        }
        #expect(try await made("genpkey", "-algorithm", "ed448")?.code == .unsupported)
        #expect(try await made("genpkey", "-algorithm", "x25519")?.code == .unsupported)
        let x25519 = try await TestProgram.openssl("pkey", "-in", path, "-pubout")
        #expect(await error(.pem(x25519))?.code == .unsupported)
        #expect(try await made("ecparam", "-name", "secp256k1", "-genkey")?.code == .unsupported)
        // The parameters that stand before this key do not matter.
        #expect(try await made("ecparam", "-name", "prime256v1", "-genkey") == nil)
        #expect(try await made("genpkey", "-algorithm", "ed25519") == nil)
        let encrypted = try await made("genpkey", "-algorithm", "ed25519", "-aes128", "-pass", "pass:x")
        #expect(encrypted?.advice.contains("openssl pkey") == true)
        let other = try await made("genrsa", "-traditional", "-aes128", "-passout", "pass:xxxx", "2048")
        #expect(other?.reason == "the key is encrypted")
        let certificate = try await made(
            "req", "-x509", "-newkey", "ed25519", "-nodes", "-keyout", folder.path("k"), "-subj", "/CN=x")
        #expect(certificate?.reason == "it holds a certificate, not a key")
    }
}

extension Data {
    fileprivate init?(hexadecimal text: String) {
        self.init()
        var rest = Substring(text)
        while !rest.isEmpty {
            guard let byte = UInt8(rest.prefix(2), radix: 16) else { return nil }
            append(byte)
            rest = rest.dropFirst(2)
        }
    }
}
