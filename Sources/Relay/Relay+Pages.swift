// What is answered to plain requests, for load balancers and monitoring: /healthz and /metrics. They are no chat connections, need
// no Origin, and leave no records. A proxy in front must keep them from the public (nginx/chatrelay.conf does).

internal import WebSocket

extension Relay {
    /// The answer to a request for a page, or nil where there is no such page.
    func page(_ head: RequestHead) -> [UInt8]? {
        guard ["/healthz", "/metrics"].contains(head.path) else { return nil }
        guard head.method == "GET" || head.method == "HEAD" else {
            return HTTPResponse(405, "Only GET and HEAD are answered here.", headers: ["Allow: GET, HEAD"]).bytes()
        }
        let response =
            if head.path == "/metrics" {
                HTTPResponse(200, type: OpenMetrics.type, body: metrics())
            } else if let sickness = figures.sickness {
                HTTPResponse(503, sickness)
            } else {
                HTTPResponse(200, "ok")
            }
        return response.bytes(toHead: head.method == "HEAD")
    }
}
