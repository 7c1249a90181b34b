import Linux
import Testing

@testable import Monitoring

/// What a strict reader of the format makes of all metrics is tested in Tests/System.
@Suite struct OpenMetricsTests {
    @Test func eachKindIsWrittenAsTheFormatWantsIt() {
        var metrics = OpenMetrics()
        metrics.info("b", "B.", label: "version", "1.2")
        metrics.counter("c_bytes", "C.", unit: .bytes, 7)
        metrics.counter("d", "D.", label: "code", [("1000", 1), ("none", 2)])
        metrics.gauge("g", "G.", -1)
        metrics.seconds(gauge: "s_seconds", "S.", nanoseconds: 1_500_000_000)
        let expected = """
            # TYPE b info
            # HELP b B.
            b_info{version="1.2"} 1
            # TYPE c_bytes counter
            # UNIT c_bytes bytes
            # HELP c_bytes C.
            c_bytes_total 7
            # TYPE d counter
            # HELP d D.
            d_total{code="1000"} 1
            d_total{code="none"} 2
            # TYPE g gauge
            # HELP g G.
            g -1
            # TYPE s_seconds gauge
            # UNIT s_seconds seconds
            # HELP s_seconds S.
            s_seconds 1.5
            # EOF

            """
        #expect(String(decoding: metrics.end(), as: UTF8.self) == expected)
    }

    @Test func bucketsOfAHistogramAddUp() {
        var histogram = DurationHistogram()
        for nanoseconds: Int64 in [1_000, 200_000, 200_000, 20_000_000_000] {
            histogram.count(nanoseconds: nanoseconds)
        }
        var metrics = OpenMetrics()
        metrics.histogram("h_seconds", "H.", histogram)
        let lines = String(decoding: metrics.end(), as: UTF8.self).split(separator: "\n")
        #expect(lines[3] == "h_seconds_bucket{le=\"0.0001\"} 1" && lines[4] == "h_seconds_bucket{le=\"0.00025\"} 3")
        #expect(lines[18] == "h_seconds_bucket{le=\"10.0\"} 3" && lines[19] == "h_seconds_bucket{le=\"+Inf\"} 4")
        #expect(lines[20] == "h_seconds_count 4" && lines[21] == "h_seconds_sum 20.000401")
    }
}
