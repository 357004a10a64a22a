/// The JSON Schema (draft 2020-12) of pipeline files, for editors: `millrace schema`.
///
/// It knows what stands alone (keys, types, bounds). What refers to something else, such as a column's name, is left to
/// `millrace check`.
public enum PipelineJSONSchema {
    public static var text: String {
        var entries: [(key: String, value: JSONText)] = [
            ("$schema", .string("https://json-schema.org/draft/2020-12/schema")),
            ("title", .string("A Millrace pipeline")),
        ]
        if case .object(let root) = object(PipelineSchema.root.shape) { entries += root }
        entries.append(
            (
                "$defs",
                .object([
                    (
                        "variable",
                        .object([
                            ("type", .string("string")), ("pattern", .string("\\$\\{[^}]+\\}")),
                            ("description", .string("${NAME}, ${NAME:-default} or ${file:/path}")),
                        ])
                    )
                ])
            ))
        return JSONText.object(entries).rendered() + "\n"
    }

    private static func schema(_ shape: Shape) -> JSONText {
        switch shape {
        case .scalar(let scalar):
            // A text without a pattern takes variables as it is.
            if scalar.isText, !scalar.json.contains(where: { $0.key != "type" }) { return .object(scalar.json) }
            return .object([
                ("anyOf", .array([.object(scalar.json), .object([("$ref", .string("#/$defs/variable"))])]))
            ])
        case .list(let member, let orSingle):
            let list = JSONText.object([("type", .string("array")), ("items", schema(member))])
            return orSingle ? .object([("anyOf", .array([schema(member), list]))]) : list
        case .section(let section): return object(section)
        case .map(_, let values):
            return .object([("type", .string("object")), ("additionalProperties", schema(values))])
        case .either(let shapes): return .object([("anyOf", .array(shapes.map(schema)))])
        }
    }

    private static func object(_ section: SectionShape) -> JSONText {
        guard section.variants.isEmpty else {
            return .object([("oneOf", .array(section.variants.map { object(section, variant: $0) }))])
        }
        return object(section, variant: nil)
    }

    private static func object(_ section: SectionShape, variant: VariantShape?) -> JSONText {
        let fields = section.fields.filter { field in
            field.variants.isEmpty || variant.map { field.variants.contains($0.key) } ?? true
        }
        var entries: [(key: String, value: JSONText)] = []
        if let variant { entries.append(("title", .string(variant.summary))) }
        entries.append(("type", .string("object")))
        entries.append(("properties", .object(fields.map { ($0.name, property($0)) })))
        let required = fields.filter { $0.isRequired || $0.name == variant?.key }.map { JSONText.string($0.name) }
        if !required.isEmpty { entries.append(("required", .array(required))) }
        entries.append(("additionalProperties", section.others.map { schema($0.shape) } ?? .boolean(false)))
        return .object(entries)
    }

    private static func property(_ field: FieldShape) -> JSONText {
        guard case .object(var entries) = schema(field.shape) else { return schema(field.shape) }
        entries.insert(("description", .string(field.summary)), at: 0)
        return .object(entries)
    }
}
