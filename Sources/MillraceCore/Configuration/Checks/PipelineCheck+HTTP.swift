extension PipelineCheck {
    mutating func http() {
        let http = pipeline.http
        guard !decoding.isBroken("http") else { return }
        if let objection = http.objection { decoding.problem(.conflict, at: "http.listen", objection) }
        let tokens = [http.tokens.read, http.tokens.write, http.tokens.payloads].compactMap(\.self)
        if Set(tokens).count < tokens.count {
            decoding.problem(
                .conflict, at: "http.tokens", "two of the tokens are the same: each permission needs a token of its own"
            )
        }
    }
}
