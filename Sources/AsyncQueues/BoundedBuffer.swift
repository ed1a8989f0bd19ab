public import DequeModule

/// Elements in the order in which they came, bounded in count and in bytes.
public struct BoundedBuffer<Element: Sendable>: QueueBuffer {
    /// What to do with one more when the buffer is full.
    public enum Overflow: Sendable {
        /// It does not get in, and its producer is told so.
        case refuse
        /// The oldest make room, and are counted.
        case dropOldest
        /// It gets in, and its producer is told to stop. For producers that do stop, and for what
        /// may never be lost and is bounded by what makes it.
        case admit
    }

    /// How far it grows, and what happens then.
    public struct Policy: Sendable {
        /// How many elements are enough; at least 1.
        @usableFromInline
        var count: Int
        /// How many bytes are enough, as `cost` counts them.
        @usableFromInline
        var bytes: Int
        @usableFromInline
        var overflow: Overflow
        /// The bytes that an element keeps. Pure, for it is called under a lock.
        @usableFromInline
        var cost: (@Sendable (Element) -> Int)?
        /// Whether a new element makes an old one needless, which then is the first to go from a
        /// full buffer. Pure.
        @usableFromInline
        var supersedes: (@Sendable (_ new: Element, _ old: Element) -> Bool)?
        /// Of which chain an element is, and whether it begins it anew or needs what came before.
        /// Pure.
        @usableFromInline
        var link: (@Sendable (Element) -> Link)?

        /// - Parameters:
        ///   - count: how many elements are enough; less than 1 counts as 1.
        ///   - bytes: how many bytes are enough; an element larger than that waits alone.
        ///   - overflow: what happens then.
        ///   - cost: the bytes that an element keeps; none by default. Pure, for it is called under
        ///     a lock.
        ///   - supersedes: whether a new element makes an old one needless, which then leaves a
        ///     full buffer first. Pure.
        ///   - link: of which chain an element is. What needs others of its chain leaves the buffer
        ///     with them, and gets in only after one that begins it. Pure.
        @inlinable
        public init(
            count: Int, bytes: Int = .max, overflow: Overflow, cost: (@Sendable (Element) -> Int)? = nil,
            supersedes: (@Sendable (_ new: Element, _ old: Element) -> Bool)? = nil,
            link: (@Sendable (Element) -> Link)? = nil
        ) {
            self.count = max(1, count)
            self.bytes = max(1, bytes)
            self.overflow = overflow
            self.cost = cost
            self.supersedes = supersedes
            self.link = link
        }
    }

    /// An element's place in a chain of elements that need each other.
    public struct Link: Sendable {
        /// The chain's name; there are few.
        public var chain: String
        /// Whether it needs none of those before it.
        public var isFirst: Bool

        /// - Parameters:
        ///   - chain: the chain's name.
        ///   - isFirst: whether it needs none of those before it.
        @inlinable
        public init(chain: String, isFirst: Bool) {
            self.chain = chain
            self.isFirst = isFirst
        }
    }

    /// How a chain has gone on so far.
    @usableFromInline
    enum Chain: Sendable {
        case whole
        /// Something of it was lost; what follows is, too.
        case broken
    }

    /// What became of an element.
    public struct Admission: Sendable {
        /// Whether it waits now.
        public var isAdmitted = true
        /// What has left for it unread. Let go outside of the lock, for it may be the last
        /// reference.
        public var evicted: [Element] = []
        /// How many were lost: of the evicted those that nothing superseded, or the element itself.
        public var lost = 0

        @inlinable
        init() {}
    }

    @usableFromInline
    let policy: Policy
    @usableFromInline
    var elements: Deque<Element> = []
    @usableFromInline
    var byteCount = 0
    @usableFromInline
    var losses = 0
    /// Those that have begun.
    @usableFromInline
    var chains: [String: Chain] = [:]

    /// An empty buffer.
    @inlinable
    public init(_ policy: Policy) {
        self.policy = policy
    }

    @inlinable
    public var isEmpty: Bool { elements.isEmpty }
    @inlinable
    public var isFull: Bool { elements.count >= policy.count || byteCount >= policy.bytes }
    @inlinable
    public var isDrained: Bool { elements.count <= policy.count / 2 && byteCount <= policy.bytes / 2 }
    /// How many elements were lost or refused so far.
    @inlinable
    public var lost: Int { losses }
    /// How many elements wait.
    @inlinable
    public var count: Int { elements.count }

    /// Takes out what the element would supersede, as far as it is in its way. `hasRoom` if there
    /// is room for it then.
    @inlinable
    public mutating func makeRoom(for element: Element) -> (hasRoom: Bool, evicted: [Element]) {
        let cost = policy.cost?(element) ?? 0
        let evicted = evictSuperseded(by: element, cost)
        return (hasRoom(for: cost), evicted)
    }

    /// What waits, the oldest first.
    @inlinable
    public var waiting: [Element] { Array(elements) }

    /// Takes out the oldest element of which that is true.
    @inlinable
    public mutating func removeFirst(where isUnwanted: (Element) -> Bool) -> Element? {
        guard let index = elements.firstIndex(where: isUnwanted) else { return nil }
        let element = elements.remove(at: index)
        byteCount -= policy.cost?(element) ?? 0
        return element
    }

    /// Adds an element as the policy allows.
    @inlinable
    public mutating func append(_ element: Element) -> Admission {
        var admission = Admission()
        let link = policy.link?(element)
        if let link, !link.isFirst, !goesOn(link, &admission) { return admission }
        let cost = policy.cost?(element) ?? 0
        if !hasRoom(for: cost) { makeRoom(for: element, cost, &admission) }
        // What it needs may have left for it.
        if let link, !link.isFirst, !goesOn(link, &admission) { return admission }
        guard admission.isAdmitted else { return admission }
        if let link, link.isFirst { chains[link.chain] = .whole }
        elements.append(element)
        byteCount += cost
        return admission
    }

    @inlinable
    public mutating func popFirst() -> Element? {
        guard let element = elements.popFirst() else { return nil }
        byteCount -= policy.cost?(element) ?? 0
        return element
    }

    @inlinable
    func hasRoom(for cost: Int) -> Bool {
        elements.isEmpty || elements.count < policy.count && cost <= policy.bytes - byteCount
    }

    @inlinable
    mutating func makeRoom(for element: Element, _ cost: Int, _ admission: inout Admission) {
        admission.evicted = evictSuperseded(by: element, cost)
        guard !hasRoom(for: cost) else { return }
        switch policy.overflow {
        case .admit: break
        case .refuse:
            admission.isAdmitted = false
            admission.lost = 1
            losses += 1
        case .dropOldest:
            while !hasRoom(for: cost), let oldest = popFirst() {
                lose(oldest, &admission)
                if let link = policy.link?(oldest) { breakChain(link.chain, &admission) }
            }
        }
    }

    @inlinable
    mutating func lose(_ element: Element, _ admission: inout Admission) {
        admission.evicted.append(element)
        admission.lost += 1
        losses += 1
    }

    /// Lets a link that does not begin its chain go on with it, if that is whole. If not the link
    /// does not get in; it is lost, where others of its chain did.
    @inlinable
    mutating func goesOn(_ link: Link, _ admission: inout Admission) -> Bool {
        let chain = chains[link.chain]
        if chain == .whole { return true }
        admission.isAdmitted = false
        if chain == .broken {
            admission.lost += 1
            losses += 1
        }
        return false
    }

    /// The oldest of a chain is gone, and so is what needs it, up to the next that begins it anew.
    @inlinable
    mutating func breakChain(_ name: String, _ admission: inout Admission) {
        chains[name] = .broken
        guard let link = policy.link else { return }
        // Mostly the next begins anew, or there is none: then nothing is to be moved.
        guard let next = elements.first(where: { link($0).chain == name }) else { return }
        if link(next).isFirst {
            chains[name] = .whole
            return
        }
        var isBroken = true
        var kept = Deque<Element>(minimumCapacity: elements.count)
        for element in elements {
            let place = link(element)
            if isBroken, place.chain == name {
                isBroken = !place.isFirst
                if isBroken {
                    byteCount -= policy.cost?(element) ?? 0
                    lose(element, &admission)
                    continue
                }
                chains[name] = .whole
            }
            kept.append(element)
        }
        elements = kept
    }

    @inlinable
    mutating func evictSuperseded(by element: Element, _ cost: Int) -> [Element] {
        guard let supersedes = policy.supersedes else { return [] }
        var evicted: [Element] = []
        while !hasRoom(for: cost), let old = removeFirst(where: { supersedes(element, $0) }) { evicted.append(old) }
        return evicted
    }
}
