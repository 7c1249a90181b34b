// Responses for load balancers and monitoring: /healthz and /metrics. They need no Origin header, and leave no journal records.
// The proxy in front keeps them from the public (nginx/chatrelay.conf).
//
// A daemon that stops accepts no connections: they wait in the socket, and the next process answers them.

package import HTTP
package import Host

extension Monitor {
    /// The response to a request for a page, or nil where there is no such page.
    package func response(to head: RequestHead, _ host: ChatHost) -> HTTPResponse? {
        // HAProxy's health check, unless another one is configured.
        if head.method == "OPTIONS", ["/", "*"].contains(head.path) { return healthPage }
        guard ["/healthz", "/metrics"].contains(head.path) else { return nil }
        guard head.method == "GET" || head.method == "HEAD" else {
            return HTTPError.methodNotAllowed("Only GET and HEAD are answered here.", allow: "GET, HEAD").response
        }
        if head.path == "/metrics" {
            return HTTPResponse(200, type: OpenMetrics.type, body: MetricsPage(monitor: self, host: host).bytes())
        }
        return healthPage
    }

    private var healthPage: HTTPResponse { health.outage.map { HTTPResponse(503, $0) } ?? HTTPResponse(200, "ok") }
}
