/// A member's place in its group at one moment.
public final class GroupMetadata: Sendable {
    let group: String
    let member: String
    let generation: Int

    init(group: String, member: String, generation: Int) {
        self.group = group
        self.member = member
        self.generation = generation
    }
}
