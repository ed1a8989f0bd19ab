import WebRTC

// Two connections in one process. Yours stand on two machines, and these descriptions travel over
// your signaling.
let caller = try PeerConnection()
let callee = try PeerConnection()

let chat = try await caller.createDataChannel("chat")
let offer = try await caller.offer()
let answer = try await callee.answer(to: offer)
try await caller.setRemoteDescription(answer)

try await chat.opened(within: .seconds(10))  // or an error that says what stands in the way
try await chat.send("hello")  // waits while 16 MiB wait to be sent
chat.close()  // after what was sent

for await channel in callee.dataChannels {
    for try await message in channel.messages {  // a slow reader slows its sender; memory stays bounded
        print("\(channel.label): \(message)")
    }
    break
}
caller.close()
callee.close()
