internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTPTypes
internal import NIOHTTPTypesHTTP1
internal import Signaling
internal import StrictJSON

/// Makes a WebSocket of one connection, where its route lets its request in.
final class SocketUpgrader: ConnectionUpgrader {
    private let routes: SocketRoutes
    private let route: SocketRoute
    private let parameters: Parameters
    private let loop: any EventLoop
    private var body: SocketRoute.Body?
    private var failure = GatewayFailure.malformed("This is no opening handshake of a WebSocket.")

    init(_ route: SocketRoute, of routes: SocketRoutes, parameters: Parameters, loop: any EventLoop) {
        (self.route, self.routes, self.parameters, self.loop) = (route, routes, parameters, loop)
    }

    func buildUpgradeResponse(
        channel: any Channel, upgradeRequest: HTTPRequestHead, initialResponseHeaders: HTTPHeaders
    ) -> EventLoopFuture<HTTPHeaders> {
        let request: Request
        do {
            request = Request(
                head: try HTTPRequest(upgradeRequest, secure: false, splitCookie: false),
                body: RequestBody(buffer: ByteBuffer()))
        } catch {
            return loop.makeFailedFuture(error)
        }
        let bound = NIOLoopBound(self, eventLoop: loop)
        let (routes, route, parameters) = (routes, route, parameters)
        let remote = channel.remoteAddress
        return loop.makeFutureWithTask { () -> Result<SocketRoute.Body, GatewayFailure> in
            do throws(GatewayFailure) {
                return .success(try await routes.open(request, parameters, remote, route))
            } catch {
                return .failure(error)
            }
        }.flatMapThrowing { result in
            do throws(GatewayFailure) {
                bound.value.body = try result.get()
                return try Self.headers(for: upgradeRequest, initialResponseHeaders)
            } catch {
                bound.value.failure = error
                throw error
            }
        }
    }

    /// The headers of the 101 answer.
    private static func headers(
        for request: HTTPRequestHead, _ initial: HTTPHeaders
    ) throws(GatewayFailure) -> HTTPHeaders {
        var headers = initial
        headers.replaceOrAdd(name: "upgrade", value: "websocket")
        do throws(HTTPAnswer) {
            headers.add(contentsOf: try TextSocket.headers(for: request))
        } catch {
            let code = [405: "method-not-allowed", 426: "upgrade-required"][error.status.code] ?? "malformed"
            var failure = GatewayFailure(
                .init(code: Int(error.status.code), reasonPhrase: error.status.reasonPhrase), code, error.text)
            for (name, value) in error.headers {
                if let name = HTTPField.Name(name) { failure.headers[name] = value }
            }
            throw failure
        }
        return headers
    }

    func open(_ channel: any Channel) -> EventLoopFuture<Void> {
        loop.makeCompletedFuture {
            guard let body else { throw ChannelError.operationUnsupported }
            let socket = try TextSocket.open(on: channel)
            Task {
                await body(socket)
                socket.close(code: 1000, reason: "")
            }
        }
    }

    var refusal: any ChannelInboundHandler & RemovableChannelHandler { RefusalHandler(failure) }
}

/// Answers a request that was refused, and closes its connection.
private final class RefusalHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let failure: GatewayFailure

    init(_ failure: GatewayFailure) {
        self.failure = failure
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .end = unwrapInboundIn(data) else { return }
        let body = ByteBuffer(bytes: failure.document.bytes)
        var headers = HTTPHeaders(failure.headers)
        headers.replaceOrAdd(name: "content-type", value: "application/json")
        headers.replaceOrAdd(name: "content-length", value: "\(body.readableBytes)")
        headers.replaceOrAdd(name: "connection", value: "close")
        let head = HTTPResponseHead(
            version: .http1_1, status: .init(statusCode: failure.status.code), headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in channel.close(promise: nil) }
    }
}
