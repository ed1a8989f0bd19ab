import Testing
import TransportTypes

@testable import ICE

@Suite("transport states")
struct TransportStatusTests {
    /// The states passed on the way through the steps.
    private func states(_ steps: [(inout TransportStatus) -> Void]) -> [ICETransportState] {
        var status = TransportStatus()
        var states: [ICETransportState] = []
        for step in steps {
            step(&status)
            while let state = status.update() { states.append(state) }
        }
        return states
    }

    private let connect: [(inout TransportStatus) -> Void] = [
        { $0.apply(.gathering) }, { $0.apply(.connecting) }, { $0.apply(.connected) }, { $0.select() },
        { $0.apply(.ready) },
    ]

    @Test("gathering alone leaves the transport new")
    func new() {
        #expect(states([{ $0.apply(.gathering) }, { $0.hasRemoteEnded = true }, { $0.isGathered = true }]) == [])
    }

    @Test("a valid pair counts once it is selected")
    func connecting() {
        #expect(states(connect) == [.checking, .connected])
    }

    @Test("completed needs both ends to have finished, and comes after connected")
    func completed() {
        #expect(states(connect + [{ $0.isGathered = true }]) == [.checking, .connected])
        #expect(states(connect + [{ $0.isGathered = true }, { $0.hasRemoteEnded = true }]).last == .completed)
        #expect(
            states([{ $0.isGathered = true }, { $0.hasRemoteEnded = true }] + connect)
                == [.checking, .connected, .completed])
    }

    @Test("silence is disconnected and may be sent to; expired consent may not, and only a restart helps")
    func silence() {
        #expect(
            states(connect + [{ $0.isSilent = true }, { $0.isSilent = false }])
                == [.checking, .connected, .disconnected, .connected])
        var status = TransportStatus()
        for step in connect { step(&status) }
        status.isSilent = true
        #expect(status.isUsable)
        status.expire()
        #expect(!status.isUsable)
        // A late check of the peer has libnice take the pair into use again.
        for step in connect.dropFirst() { step(&status) }
        while status.update() != nil {}
        #expect(status.state == .failed && !status.isUsable)
        status.restart()
        for step in connect { step(&status) }
        while status.update() != nil {}
        #expect(status.state == .connected && status.isUsable)
    }

    @Test("a new pair that is found after consent of the old one has expired is as good as any")
    func expiredInRestart() {
        var status = TransportStatus()
        for step in connect + [{ $0.restart() }, { $0.apply(.connecting) }, { $0.expire() }] { step(&status) }
        #expect(!status.isUsable)
        for step in connect.dropFirst(2) { step(&status) }
        #expect(status.isUsable)
        status.apply(.failed)
        while status.update() != nil {}
        #expect(status.state == .failed, "what libnice says counts again")
    }

    @Test("a restart checks again and connects again; failure can be left that way")
    func restart() {
        #expect(
            states(connect + [{ $0.restart() }, { $0.apply(.gathering) }] + connect.dropFirst())
                == [.checking, .connected, .checking, .connected])
        #expect(
            states([{ $0.apply(.connecting) }, { $0.apply(.failed) }, { $0.restart() }] + connect)
                == [.checking, .failed, .checking, .connected])
    }

    @Test("after a restart both ends have to finish once more before it is completed")
    func completedAfterRestart() {
        let ended: [(inout TransportStatus) -> Void] = [{ $0.isGathered = true }, { $0.hasRemoteEnded = true }]
        let restarted = connect + ended + [{ $0.restart() }] + connect.dropFirst()
        #expect(states(restarted).last == .connected)
        for one in ended { #expect(states(restarted + [one]).last == .connected) }
        #expect(states(restarted + ended).last == .completed)
    }

    @Test("failed is the end until a restart, whatever late checks of the peer have libnice do")
    func failedForGood() {
        let ended: [(inout TransportStatus) -> Void] = [{ $0.isGathered = true }, { $0.hasRemoteEnded = true }]
        let failed = ended + [{ $0.apply(.connecting) }, { $0.apply(.failed) }]
        #expect(states(failed + connect) == [.checking, .failed])
        #expect(states(failed + [{ $0.restart() }] + connect) == [.checking, .failed, .checking, .connected])
        #expect(
            states(connect + [{ $0.restart() }] + failed + connect)
                == [.checking, .connected, .completed, .checking, .failed])
        #expect(states(connect + ended + [{ $0.apply(.failed) }] + connect).last == .failed)
        // The pair from before may expire while the restart begins.
        let expiring: [(inout TransportStatus) -> Void] = [{ $0.restart() }, { $0.expire() }, { $0.apply(.failed) }]
        #expect(states(connect + expiring + ended + connect).last == .completed)
        // Candidates that are still to come can mend it by themselves.
        #expect(states([{ $0.apply(.connecting) }, { $0.apply(.failed) }] + connect).last == .connected)
    }

    @Test("the pair from before may be used until a restart has found another one, or has failed")
    func usableWhileRestarting() {
        var status = TransportStatus()
        for step in connect { step(&status) }
        status.restart()
        status.apply(.connecting)
        #expect(status.isUsable && !status.isSelected)
        var failed = status
        failed.apply(.failed)
        #expect(!failed.isUsable)
        status.apply(.connected)
        status.select()
        #expect(status.isUsable && status.isSelected)
        var new = TransportStatus()
        new.apply(.connecting)
        #expect(!new.isUsable)
    }

    @Test("without a candidate of its own an end fails once the peer has no more either; a restart can mend it")
    func hopeless() {
        let barren: [(inout TransportStatus) -> Void] = [
            { $0.hasCandidates = false }, { $0.isGathered = true }, { $0.hasRemoteEnded = true },
        ]
        #expect(states(barren) == [.failed])
        #expect(states(Array(barren.dropLast())) == [])
        #expect(states(connect + [{ $0.restart() }] + barren) == [.checking, .connected, .failed])
        #expect(states(barren + [{ $0.restart() }] + connect) == [.failed, .new, .checking, .connected])
        var status = TransportStatus()
        for step in connect + [{ $0.restart() }] + barren { step(&status) }
        #expect(!status.isUsable)
    }

    @Test("nothing is reported after close")
    func close() {
        #expect(states(connect + [{ $0.close() }, { $0.apply(.failed) }]) == [.checking, .connected])
    }

    @Test("a failure while a restart has only begun is that of the pair from before, and changes nothing")
    func failureBefore() {
        var status = TransportStatus()
        for step in connect { step(&status) }
        status.restart()
        status.apply(.failed)
        #expect(status.isRestarting)
        status = TransportStatus()
        for step in connect { step(&status) }
        status.expire()
        status.restart()
        status.apply(.failed)
        status.select()
        status.apply(.connected)
        while status.update() != nil {}
        #expect(status.state == .failed, "consent of that pair is still lost")
    }
}
