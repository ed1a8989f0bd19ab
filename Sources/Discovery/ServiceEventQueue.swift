internal import AsyncQueues

/// Events that wait for a reader: at most one for each service, so a reader that sleeps costs no
/// more memory than the services there are. What it then gets still leads from what it knew to what
/// is.
struct ServiceEventQueue: QueueBuffer {
    private var events: [String: ServiceEvent] = [:]
    private var order: [String] = []

    /// Adds an event, joined with the one of the same service that waits, if there is one.
    mutating func add(_ event: ServiceEvent) {
        let name = event.service.name
        guard let waiting = events[name] else {
            events[name] = event
            order.append(name)
            return
        }
        switch (waiting, event) {
        case (.found, .changed(let service)), (.found, .found(let service)): events[name] = .found(service)
        case (.found, .lost):
            events[name] = nil
            order.removeAll { $0 == name }
        case (.lost, .found(let service)): events[name] = .changed(service)
        default: events[name] = event
        }
    }

    var isEmpty: Bool { order.isEmpty }
    /// The services that there are bound it.
    var isFull: Bool { false }
    var isDrained: Bool { true }

    mutating func removeAll() {
        events = [:]
        order = []
    }

    mutating func popFirst() -> ServiceEvent? {
        guard !order.isEmpty else { return nil }
        return events.removeValue(forKey: order.removeFirst())
    }
}
