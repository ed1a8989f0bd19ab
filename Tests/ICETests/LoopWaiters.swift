import Foundation
import Testing

@testable import NetworkLoop

/// Those who wait for something to become true of a subject that lives on a loop.
///
/// `@unchecked Sendable`: used on the loop only, but for
/// ``wait(for:on:sourceLocation:story:until:)``.
final class LoopWaiters<Subject: AnyObject & Sendable>: @unchecked Sendable {
    private var waiters: [UUID: (condition: (Subject) -> Bool, continuation: CheckedContinuation<String?, Never>)] = [:]

    /// Returns once `condition` holds; it is looked at on the loop, after each event and, for what
    /// changes without one, each 20 ms. When the test's time is up it records what had happened
    /// until then, and returns too.
    func wait(
        for subject: Subject, on loop: NetworkLoop, sourceLocation: SourceLocation,
        story: @escaping @Sendable (Subject) -> String, until condition: @escaping @Sendable (Subject) -> Bool
    ) async {
        let id = UUID()
        let failure: String? = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isCancelled = Task.isCancelled
                loop.post {
                    if condition(subject) { return continuation.resume(returning: nil) }
                    if isCancelled { return continuation.resume(returning: story(subject)) }
                    self.waiters[id] = (condition, continuation)
                    self.keepLooking(id, at: subject, on: loop)
                }
            }
        } onCancel: {
            loop.post { self.waiters.removeValue(forKey: id)?.continuation.resume(returning: story(subject)) }
        }
        if let failure { Issue.record("time is up: \(failure)", sourceLocation: sourceLocation) }
    }

    private func keepLooking(_ id: UUID, at subject: Subject, on loop: NetworkLoop) {
        _ = loop.schedule(after: .milliseconds(20)) { [self] in
            guard let waiter = waiters[id] else { return }
            guard waiter.condition(subject) else { return keepLooking(id, at: subject, on: loop) }
            waiters[id] = nil
            waiter.continuation.resume(returning: nil)
        }
    }

    /// Something has happened.
    func notify(_ subject: Subject) {
        let ready = waiters.filter { $0.value.condition(subject) }
        for id in ready.keys { waiters[id] = nil }
        for waiter in ready.values { waiter.continuation.resume(returning: nil) }
    }
}
