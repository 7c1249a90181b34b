/// A request head: the request line, a Host header, and more.
func head(_ line: String = "GET /ws HTTP/1.1", _ more: [String] = []) -> String {
    ([line, "Host: chat.example.org"] + more + ["", ""]).joined(separator: "\r\n")
}

func head(_ more: [String]) -> String { head("GET /ws HTTP/1.1", more) }
