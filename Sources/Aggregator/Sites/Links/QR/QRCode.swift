/// A text as a QR code, for print: byte mode, error correction M. Pure.
/// - Source: ISO/IEC 18004:2015.
package struct QRCode: Equatable {
    private let matrix: QRMatrix

    /// Under the mask that reads best; nil above 213 bytes.
    package init?(_ text: String) {
        let codes = (0..<8).compactMap { QRCode(text, mask: $0) }
        guard let best = codes.min(by: { $0.matrix.penalty < $1.matrix.penalty }) else {
            return nil
        }
        self = best
    }

    /// Under a mask of 0...7.
    init?(_ text: String, mask: Int) {
        guard let version = QRVersion.fitting(bytes: text.utf8.count) else { return nil }
        matrix = QRMatrix(version)
            .filled(with: QRCodewords(Array(text.utf8), version).bytes, mask: mask)
    }

    /// A line of `#` and `.` for each row.
    var rows: [String] {
        (0..<matrix.size).map { y in
            String((0..<matrix.size).map { matrix.isDark($0, y) ? "#" : "." })
        }
    }

    /// An image of any size, with the four light modules around it that readers need.
    package var svg: String {
        let side = matrix.size + 8
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(side) \(side)" \
            shape-rendering="crispEdges"><path fill="#fff" d="M0 0h\(side)v\(side)H0z"/>\
            <path d="\(path)"/></svg>
            """
    }

    /// A box for each run of dark modules.
    private var path: String {
        var path = ""
        for y in 0..<matrix.size {
            var x = 0
            while x < matrix.size {
                let start = x
                while x < matrix.size, matrix.isDark(x, y) { x += 1 }
                if x > start { path += "M\(start + 4) \(y + 4)h\(x - start)v1H\(start + 4)z" }
                x += 1
            }
        }
        return path
    }
}
