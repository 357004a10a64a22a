/// The page docs/reference/pipeline-file.md, made of the schema.
public enum PipelineReference {
    public static var markdown: String {
        var page = Page()
        page.text += """
            # The pipeline file

            <!-- Made from the schema in Sources/MillraceCore/Configuration/Schema: edit that, not this page. -->

            One YAML file declares a pipeline. `millrace check FILE` reports every mistake in it at once, with line and
            column; `millrace schema` prints a JSON Schema for editors; `millrace init` writes a file to begin with.

            ## How values are written

            | what | how |
            |---|---|
            | duration | whole numbers with units `us`, `ms`, `s`, `m`, `h`, `d`, `w`: `90s`, `1h30m`, `7d` |
            | size | bytes: `4096`, `64MiB`, `2GB` |
            | time | `2018-05-15`, `2018-05-15T06:00:00` (in the pipeline's `time_zone`), `2018-05-15T06:00:00Z` |
            | variable | `${NAME}`, `${NAME:-default}` when unset or empty, in any value; within `{ }` or `[ ]` it needs quotes |
            | secret | `${file:/path}`: the file's text without its last line break; never shown |
            | dollar sign | `$$` before `{` |
            | column type | `id` (a number or a text, made the same text), `decimal(n)` (exact, n of 0…9 digits), `float`, `integer`, `text`, `boolean`, `time`, `time(unix_milliseconds)` |
            | shared part | `&name` marks a value, `*name` repeats it |

            Relative paths start from the folder in which the worker is started.


            """
        page.section("The file", path: "", PipelineSchema.root.shape, level: 2)
        return page.text
    }

    private struct Page {
        var text = ""

        mutating func section(
            _ title: String, path: String, _ section: SectionShape, level: Int, effect: ChangeEffect? = nil
        ) {
            text += "\(String(repeating: "#", count: level)) \(title)\n\n"
            var nested: [(String, FieldShape, SectionShape)] = []
            if !section.variants.isEmpty {
                text += "Exactly one of these keys says what an entry is:\n\n| key | is | such as |\n|---|---|---|\n"
                for variant in section.variants {
                    text += "| `\(variant.key)` | \(variant.summary) | `\(variant.example)` |\n"
                }
                text += "\n"
            }
            let fields = section.fields + (section.others.map { [$0] } ?? [])
            guard !fields.isEmpty else { return }
            text += "| key | value | default | |\n|---|---|---|---|\n"
            for field in fields {
                let isOther = section.others?.name == field.name
                let name = isOther ? field.name : "`\(field.name)`"
                text += "| \(name) | \(value(field.shape)) | \(defaultText(field)) | \(summary(field)) |\n"
                if let inner = Self.inner(field.shape) {
                    let inner = (path.isEmpty ? field.name : "\(path).\(field.name)", field, inner)
                    nested.append(inner)
                }
            }
            text += "\n"
            if let effect { text += "An edit takes effect \(effect.summary).\n\n" }
            for field in fields {
                guard let own = field.effect, own != effect, effect != nil else { continue }
                text += "An edit of `\(field.name)` takes effect \(own.summary).\n\n"
            }
            for (path, field, shape) in nested where !shape.fields.isEmpty || shape.others != nil {
                self.section(
                    "`\(path)`", path: path, shape, level: min(level + 1, 4), effect: field.effect)
            }
        }

        private func value(_ shape: Shape) -> String {
            switch shape {
            case .scalar(let scalar):
                if !scalar.allowed.isEmpty, scalar.json.contains(where: { $0.key == "enum" || $0.key == "anyOf" }) {
                    return scalar.allowed.map { "`\($0)`" }.joined(separator: ", ")
                }
                return scalar.name + (scalar.bound.map { ", \($0)" } ?? "")
            case .list(let member, let orSingle):
                let member = Self.inner(member) == nil ? value(member) : "sections"
                return orSingle ? "\(member), or a list" : "list: \(member)"
            case .section: return "section"
            case .map(let keys, let values): return "\(keys): \(value(values))"
            case .either(let shapes): return shapes.map { value($0) }.joined(separator: ", or ")
            }
        }

        private func defaultText(_ field: FieldShape) -> String {
            if field.isRequired { return "required" }
            guard let text = field.defaultText else { return "" }
            let isSentence = text.contains(" ") && !text.contains("[") || text.contains("'") || text == "none"
            return isSentence || text == "all" ? text : "`\(text)`"
        }

        private func summary(_ field: FieldShape) -> String {
            var text = field.summary
            if !field.variants.isEmpty {
                text += " With " + field.variants.map { "`\($0)`" }.joined(separator: ", ") + "."
            }
            if let example = field.example, Self.inner(field.shape) == nil || field.isRequired || example.count > 30 {
                text += " Such as `\(example)`."
            }
            return text.replacing("|", with: "\\|")
        }

        private static func inner(_ shape: Shape) -> SectionShape? {
            switch shape {
            case .scalar: nil
            case .section(let section): section
            case .list(let member, _): inner(member)
            case .map(_, let values): inner(values)
            case .either(let shapes): shapes.lazy.compactMap { inner($0) }.first
            }
        }
    }
}
