/// Buttons for what operators ask for. Nothing is sent but by the page's own script, with a token that is typed in for it:
/// no other site can press them.
struct ActionsPart {
    var canWrite: Bool

    private static let actions: [(name: String, title: String, explanation: String, takesVersion: Bool?)] = [
        (
            "retrain", "Retrain",
            "Asks for a run now. It trains on what the pipeline declares, and its model passes the gate or does not.",
            nil
        ),
        ("promote", "Promote", "Makes a version the champion, after the gate has been asked again.", true),
        (
            "rollback", "Roll back",
            "Puts an earlier champion back, and holds automatic promotion until it is resumed.", false
        ),
    ]

    var html: String {
        let buttons = Self.actions.map { action in
            "<button type=\"button\" data-open=\"\(action.name)\"\(canWrite ? "" : " disabled")>\(action.title)…</button>"
        }
        let note =
            canWrite
            ? "Each asks for your token and a reason, which is kept with the decision."
            : "The pipeline file declares no token for writing (<code>http.tokens.write</code>); on the command line "
                + "<code>millrace retrain</code>, <code>promote</code> and <code>rollback</code> do the same."
        return """
            <section aria-labelledby="actions-title"><h2 id="actions-title">Decide</h2><p class="buttons">\(buttons.joined())</p>\
            <p class="quiet">\(note)</p>\(canWrite ? Self.actions.map(dialog).joined() : "")</section>
            """
    }

    private func dialog(_ name: String, _ title: String, _ explanation: String, _ takesVersion: Bool?) -> String {
        let version = takesVersion.map { isRequired in
            """
            <label>Version\(isRequired ? "" : " <small>(the one before, if left empty)</small>")\
            <input name="version" inputmode="numeric" pattern="[0-9]{1,9}"\(isRequired ? " required" : "")></label>
            """
        }
        return """
            <dialog id="\(name)" aria-labelledby="\(name)-title"><form data-action="\(name)" autocomplete="off">\
            <h3 id="\(name)-title">\(title)</h3><p>\(explanation)</p>\(version ?? "")\
            <label>Reason<input name="reason" required maxlength="2000"></label>\
            <label>Your name<input name="requester" maxlength="100"></label>\
            <label>Token for writing<input name="token" type="password" required autocomplete="off"></label>\
            <p class="answer" role="alert"></p>\
            <p class="buttons"><button type="button" data-close>Cancel</button><button class="main">\(title)</button></p></form></dialog>
            """
    }
}
