internal import AsyncQueues
public import GroupKeys
public import Logging
internal import Signaling

/// Gets a group's key from one of its members, for somebody who knows the group's passphrase.
///
/// It looks for members on the network, by their announcements, and tries the passphrase once with
/// one of them: who only pretends to be a member gets one guess by that. When members of several
/// groups are there it tries none.
public struct GroupJoin: Sendable {
    private let passphrase: String
    private let discovery: any PeerDiscovery
    private let timeout: Duration
    private let logger: Logger
    private let group: String?
    /// How long others are listened to after the first has been seen.
    private let listening: Duration

    /// - Parameters:
    ///   - passphrase: The group's passphrase.
    ///   - serviceType: The mDNS service type of the application.
    ///   - group: The beginning of the group's `advertisement`, where there are several;
    ///     nil if there is one.
    ///   - timeout: How long to look for a member, and then to talk to it.
    ///   - logger: Gets debug messages; the passphrase never.
    public init(
        passphrase: String, serviceType: String = "_meshchat._tcp", group: String? = nil,
        timeout: Duration = .seconds(10),
        logger: Logger = Logger(label: "swift-webrtc.mesh", factory: { _ in SwiftLogNoOpLogHandler() })
    ) {
        self.init(
            passphrase: passphrase, discovery: ServiceDiscovery(serviceType: serviceType, logger: logger),
            group: group, timeout: timeout, logger: logger)
    }

    package init(
        passphrase: String, discovery: any PeerDiscovery, group: String? = nil, timeout: Duration = .seconds(10),
        listening: Duration = .seconds(1),
        logger: Logger = Logger(label: "swift-webrtc.mesh", factory: { _ in SwiftLogNoOpLogHandler() })
    ) {
        self.listening = listening
        self.passphrase = passphrase
        self.discovery = discovery
        self.group = group?.lowercased()
        self.timeout = timeout
        self.logger = logger
    }

    private struct Member: Sendable {
        var id: PeerID
        var group: String
        var urls: [String]
    }

    /// Looks, tries, and gives the key; once.
    ///
    /// - Throws: `.notOfGroup` when the passphrase is another, no member is there, or several
    ///   groups are; `.signalingFailed` when the member cannot be reached.
    public func key() async throws(MeshError) -> GroupKey {
        let members = await members()
        let groups = Set(members.map(\.group))
        guard let member = members.first, groups.count == 1 else {
            let names = groups.sorted().map { String($0.prefix(8)) }.joined(separator: ", ")
            throw MeshError(
                .notOfGroup,
                groups.isEmpty
                    ? "no member of a group is on the network" : "there are several groups: say which of \(names)")
        }
        let stretched: GroupPassphrase
        do throws(GroupKeyError) {
            stretched = try await GroupPassphrase(passphrase, group: member.group)
        } catch {
            throw MeshError(.notOfGroup, error.message)
        }
        var reason = "the member has no address"
        for url in member.urls {
            let client: DialectClient<NodeDialect>
            do throws(SignalingError) {
                client = try await DialectClient<NodeDialect>.connect(
                    to: url, configuration: SignalingClientConfiguration(connectTimeout: .seconds(2), logger: logger))
            } catch {
                reason = error.message
                continue
            }
            let result = await Self.run(stretched, with: member.id, over: client, timeout: timeout)
            await client.close()
            return try result.get()
        }
        throw MeshError(.signalingFailed, reason)
    }

    /// Those that are announced, until a moment after the first.
    private func members() async -> [Member] {
        let found = AsyncStream.makeStream(of: Member.self, bufferingPolicy: .bufferingOldest(64))
        let discovery = discovery
        let browsing = Task {
            await discovery.browse { report in
                guard case .seen(_, let txt, let endpoint) = report, let group = txt["group"]?.lowercased(),
                    let sighting = PeerSighting(txt: txt, endpoint: endpoint)
                else { return }
                found.continuation.yield(Member(id: sighting.id, group: group, urls: Array(endpoint.urls.prefix(6))))
            }
        }
        let limit = Task {
            try? await Task.sleep(for: timeout)
            found.continuation.finish()
        }
        var members: [Member] = []
        var end: Task<Void, Never>?
        for await member in found.stream where group.map({ member.group.hasPrefix($0) }) ?? true {
            members.append(member)
            guard end == nil else { continue }
            end = Task {
                try? await Task.sleep(for: listening)
                found.continuation.finish()
            }
        }
        end?.cancel()
        limit.cancel()
        await discovery.stop()
        browsing.cancel()
        await browsing.value
        return members
    }

    private static func run(
        _ passphrase: GroupPassphrase, with member: PeerID, over client: DialectClient<NodeDialect>,
        timeout: Duration
    ) async -> Result<GroupKey, MeshError> {
        let timer = Task {
            guard (try? await Task.sleep(for: timeout)) != nil else { return }
            await client.close()
        }
        defer { timer.cancel() }
        do {
            return .success(try await talk(passphrase, with: member, over: client))
        } catch let error as GroupKeyError {
            return .failure(MeshError(.notOfGroup, error.message))
        } catch let error as MeshError {
            return .failure(error)
        } catch {
            return .failure(MeshError(.signalingFailed, (error as? SignalingError)?.message ?? "\(error)"))
        }
    }

    private static func talk(
        _ passphrase: GroupPassphrase, with member: PeerID, over client: DialectClient<NodeDialect>
    ) async throws -> GroupKey {
        // An id that nobody has seen: whoever joins is no node yet.
        let own = PeerID()
        let context = try ChallengeContext(server: member.text, client: own.text, binding: .address(client.host))
        var join = try PassphraseJoin(passphrase, context: context)
        try await client.send(
            .challenge(SignalingMessage(type: "challenge", ["peer_id": own.text, "share": join.share])))
        for try await message in client.messages {
            switch message {
            case .challenge(let answer):
                let proof = try join.confirm(answer["share"] ?? "")
                try await client.send(
                    .response(SignalingMessage(type: "response", ["peer_id": own.text, "proof": proof.text])))
            case .response(let answer):
                guard let proof = answer["proof"].flatMap({ Proof($0) }) else {
                    throw GroupKeyError(.malformed, "the member's response has no proof")
                }
                return try join.open(proof: proof, sealed: answer["key"] ?? "")
            case .mesh(.error(let error), _): throw MeshError(.notOfGroup, error.message)
            case .mesh: continue
            }
        }
        throw MeshError(.notOfGroup, "the member ended the connection")
    }
}
