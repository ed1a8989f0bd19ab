import Foundation
import Testing

@testable import NetworkLoop

/// Those who wait for something to become true of a subject that lives on a loop.
///
/// `@unchecked Sendable`: used on the loop only, but for ``wait(for:on:sourceLocation:story:until:)``.
final class LoopWaiters<Subject: AnyObject & Sendable>: @unchecked Sendable {
    private var waiters: [UUID: (condition: (Subject) -> Bool, resume: () -> Void)] = [:]

    /// Returns once `condition` holds; it is looked at after each event, on the loop. When the test's time is up it records
    /// what had happened until then, and returns too.
    func wait(
        for subject: Subject, on loop: NetworkLoop, sourceLocation: SourceLocation,
        story: @escaping @Sendable (Subject) -> String, until condition: @escaping @Sendable (Subject) -> Bool
    ) async {
        let id = UUID()
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isCancelled = Task.isCancelled
                loop.post {
                    if isCancelled || condition(subject) { return continuation.resume() }
                    self.waiters[id] = (condition, { continuation.resume() })
                }
            }
        } onCancel: {
            loop.post {
                guard let waiter = self.waiters.removeValue(forKey: id) else { return }
                Issue.record("time is up: \(story(subject))", sourceLocation: sourceLocation)
                waiter.resume()
            }
        }
    }

    /// Something has happened.
    func notify(_ subject: Subject) {
        let ready = waiters.filter { $0.value.condition(subject) }
        for id in ready.keys { waiters[id] = nil }
        for waiter in ready.values { waiter.resume() }
    }
}
