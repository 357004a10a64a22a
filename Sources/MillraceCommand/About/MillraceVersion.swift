/// The program's version.
enum MillraceVersion {
    static let text = "0.1.0"
}
